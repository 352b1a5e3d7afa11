"""The report on a history whose figures are known."""

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest

from dialer import reports
from dialer.db import transaction
from dialer.errors import NotFound
from dialer.report import Funnel, Percentiles, Report
from integration.history import dial_twice, live_through, overlap
from integration.house import NOON, House, build


@pytest.fixture
def house(database: str) -> Iterator[House]:
    made = build(database)
    yield made
    made.close()


def report(house: House, **kwargs: int) -> Report:
    with transaction(house.sessions) as session:
        return reports.campaign_report(session, house.campaign_id, NOON, **kwargs)


def test_counts_leads_calls_and_their_ends(house: House) -> None:
    live_through(house)
    made = report(house)
    assert made.leads_imported == 5
    assert made.rows_rejected == 1
    assert (made.attempts, made.never_rang) == (4, 1)
    assert made.dispositions == {"appointment_booked": 1, "busy": 1, "do_not_call": 1}
    assert made.lead_states == {
        "ready": 1,
        "waiting": 1,
        "in_call": 1,
        "done": 1,
        "suppressed": 1,
        "invalid": 0,
    }
    assert made.funnel == Funnel(imported=5, dialed=4, answered=3, conversations=2, booked=1)
    assert (made.appointments, made.invites_sent, made.opt_outs) == (1, 1, 1)


def test_an_end_and_a_start_at_one_instant_are_not_two_calls(house: House) -> None:
    live_through(house)
    # 0-60, 30-50, 60-90 and 70-: two at once, never three
    assert report(house).max_concurrent == 2


def test_money_is_exact(house: House) -> None:
    live_through(house)
    made = report(house)
    assert made.spent_usd == Decimal("0.0552")
    assert made.reserved_usd == Decimal("0.092")
    assert made.budget_usd == Decimal("25")
    assert made.cost_per_call_usd == Decimal("0.0138")
    assert made.cost_per_conversation_usd == Decimal("0.0276")
    assert made.cost_per_appointment_usd == Decimal("0.0552")


def test_delays_are_taken_over_all_answers(house: House) -> None:
    live_through(house)
    made = report(house)
    assert made.voice_to_voice_ms == Percentiles(p50=700, p95=900, count=4)
    assert made.stages_ms["first_audio"] == Percentiles(p50=560, p95=560, count=4)


def test_a_broken_promise_is_counted(house: House) -> None:
    ids = live_through(house)
    assert report(house).double_dials == 0
    dial_twice(house, ids["booked"])
    assert report(house).double_dials == 1
    overlap(house)
    assert report(house).double_dials == 2


def test_lists_tell_local_times_and_reasons(house: House) -> None:
    live_through(house)
    made = report(house)
    [appointment] = made.appointment_list
    assert appointment.lead == "Lead0"
    assert appointment.agent == "Dana Reyes"
    assert appointment.local_time == "Wed 25 Nov, 3:00 PM EST"
    assert appointment.invited
    [waiting] = made.waiting_list
    assert (waiting.reason, waiting.local_time) == ("retry after busy", "Tue 24 Nov, 12:15 PM CST")
    [opted_out] = made.opt_out_list
    assert opted_out.words == "stop calling me"
    [row] = made.refused_rows
    assert (row.file, row.line, row.column) == ("leads.csv", 2, "phone")
    assert len(made.calls) == 4


def test_lists_are_cut_and_counts_are_not(house: House) -> None:
    live_through(house)
    made = report(house, listed=1)
    assert len(made.calls) == 1
    assert made.attempts == 4


def test_a_campaign_without_calls_has_no_costs(house: House) -> None:
    made = report(house)
    assert made.cost_per_call_usd is None
    assert made.voice_to_voice_ms == Percentiles()
    assert made.max_concurrent == 0
    assert json.loads(reports.as_json(made))["spent_usd"] == 0


def test_an_unknown_campaign_is_named(house: House) -> None:
    with transaction(house.sessions) as session, pytest.raises(NotFound, match="99"):
        reports.campaign_report(session, 99, NOON)
