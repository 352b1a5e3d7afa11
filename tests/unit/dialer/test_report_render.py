"""The report as text and as a page: complete, escaped, self-contained, the same figures."""

import io
import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from dialer import report_html, report_text
from dialer.report import (
    BookedAppointment,
    CallLine,
    Funnel,
    OptOut,
    Percentiles,
    RefusedRow,
    Report,
    WaitingLead,
)

NOON = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
EMPTY = Report(
    campaign_id=1,
    campaign="autumn",
    state="draft",
    brand="Harbor Realty",
    timezone="America/New_York",
    window="10:00-17:00",
    generated_at=NOON,
    listed=500,
    leads_imported=0,
    rows_rejected=0,
    attempts=0,
    never_rang=0,
    max_concurrent=0,
    double_dials=0,
    dispositions={},
    lead_states={"ready": 0, "done": 0},
    funnel=Funnel(),
    conversation_attempts=0,
    appointments=0,
    invites_sent=0,
    opt_outs=0,
    spent_usd=Decimal(0),
    reserved_usd=Decimal(0),
    budget_usd=Decimal(25),
    cost_per_call_usd=None,
    cost_per_conversation_usd=None,
    cost_per_appointment_usd=None,
    voice_to_voice_ms=Percentiles(),
    stages_ms={},
    appointment_list=(),
    opt_out_list=(),
    waiting_list=(),
    refused_rows=(),
    calls=(),
)


def full(name: str) -> Report:
    """A report with an entry in every list, and `name` wherever people can write."""
    return EMPTY.model_copy(
        update={
            "campaign": name,
            "brand": name,
            "dispositions": {"appointment_booked": 3, "busy": 1},
            "lead_states": {"ready": 40, "done": 4},
            "funnel": Funnel(imported=44, dialed=4, answered=3, conversations=3, booked=3),
            "cost_by_product_usd": {"voice": Decimal("0.028"), "corrections": Decimal("-0.01")},
            "voice_to_voice_ms": Percentiles(p50=640, p95=910, count=14),
            "stages_ms": {"endpoint": Percentiles(p50=480, p95=480, count=14)},
            "appointment_list": (
                BookedAppointment(
                    lead=name,
                    agent=name,
                    starts_at=NOON,
                    local_time="noon",
                    agent_time="one",
                    invited=True,
                ),
            ),
            "opt_out_list": (OptOut(attempt_id="a", lead=name, words=name, at=NOON),),
            "waiting_list": (
                WaitingLead(
                    lead_id=1,
                    lead=name,
                    reason=name,
                    attempts_made=1,
                    next_attempt_at=NOON,
                    local_time="noon",
                ),
            ),
            "refused_rows": tuple(
                RefusedRow(file=name, line=line, column="phone", reason=name) for line in range(30)
            ),
            "calls": (
                CallLine(
                    attempt_id="a",
                    lead=name,
                    ordinal=1,
                    state="completed",
                    disposition="busy",
                    dialed_at=NOON,
                    seconds=None,
                    cost_usd=None,
                ),
            ),
        }
    )


def printed(report: Report, width: int = 120) -> str:
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(report_text.render(report))
    return console.export_text()


@pytest.mark.parametrize("width", [60, 120])
def test_an_empty_report_is_a_report(width: int) -> None:
    assert "not measured" in printed(EMPTY, width)
    page = report_html.as_html(EMPTY)
    assert "not measured" in page
    assert "None" not in page


def test_text_cuts_long_lists_and_says_so() -> None:
    text = printed(full("Maria"))
    assert "and 18 more" in text
    assert "640 ms median, 910 ms p95 of 14" in text


def test_the_money_is_told_by_product() -> None:
    assert "voice $0.0280, corrections -$0.01" in printed(full("Maria"))
    assert "nothing yet" in printed(EMPTY)
    page = report_html.as_html(full("Maria"))
    assert "<td>corrections</td>" in page and "-$0.01" in page


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    page = report_html.as_html(full("Maria"))
    assert not re.search(r"<script|<link|src=|href=|url\(|@import", page)
    assert "prefers-color-scheme: dark" in page


def test_a_broken_promise_is_shown_red() -> None:
    assert 'class="figure bad"' not in report_html.as_html(EMPTY)
    broken = EMPTY.model_copy(update={"double_dials": 1})
    assert 'class="figure bad"' in report_html.as_html(broken)


@given(st.text(alphabet="<>&\"'[]/ab{}%", min_size=1, max_size=12))
def test_what_people_wrote_stays_words(name: str) -> None:
    report = full(name)
    assert report_html.as_html(report).count("<td>") == report_html.as_html(full("x")).count("<td>")
    assert printed(report)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (None, "-"),
        (Decimal(0), "$0.00"),
        (Decimal("1234.5"), "$1,234.50"),
        (Decimal("0.0184"), "$0.0184"),
        (Decimal("0.644"), "$0.6440"),
        (Decimal("-0.0184"), "-$0.0184"),
    ],
)
def test_money_in_words(amount: Decimal | None, shown: str) -> None:
    assert report_text.usd(amount) == shown
