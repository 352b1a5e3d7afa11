"""Why a campaign is not calling, and why a lead is not called: the words, the sums, the hours."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from dialer import cli, decisions, explanations, waiting
from dialer.decisions import Ruling, Written
from dialer.errors import NotFound
from dialer.models import Campaign, Decision, Lead, Locality, Phone
from integration.rows import NOON, Desk, attempt, campaign, desk, lead, locality

RULES = ({"id": "us-fl", "version": 1, "authority": "Fla. Stat. 501.616(6)", "confidence": "high"},)
STATES = ("ready", "waiting", "in_call", "done", "suppressed", "invalid")
REASONS = ("", "consent_missing", "erased", "number_without_place", "appointment_booked")


@pytest.fixture
def house(database: str) -> Iterator[Desk]:
    with desk(database) as made, made.open() as session:
        of = campaign(session)
        here = locality(session)
        locality(session, zones=["Pacific/Honolulu"], states=["US-HI"])
        locality(session, zones=[], states=[], blocked="number_without_place")
        lead(session, of, here, "+12125550123")
        session.commit()
        yield made


def the(session, kind):
    return session.scalars(select(kind).order_by(kind.id)).first()


def found(session, now: datetime = NOON) -> dict[str, waiting.Reason]:
    return {one.code: one for one in waiting.reasons(session, the(session, Campaign), now)}


def allowed(_: Lead) -> Ruling:
    return Ruling(True, (), RULES, ("America/New_York",))


def test_a_due_lead_waits_for_its_turn(house: Desk) -> None:
    with house.open() as session:
        assert found(session)["turn"].leads == 1


def test_a_closed_place_names_the_rule_and_its_hour(house: Desk) -> None:
    with house.open() as session:
        # Tuesday 08:00 in Honolulu.
        places = session.scalars(select(Locality).order_by(Locality.id)).all()
        lead(session, the(session, Campaign), places[1], "+18085550123")
        (closed,) = (one for code, one in found(session).items() if code != "turn")
        assert closed.code.startswith("outside_window:")
        assert "outside the hours of" in closed.words and "Pacific/Honolulu" in closed.words
        assert closed.next_at == datetime(2026, 11, 24, 20, tzinfo=UTC)


def test_a_pause_says_why_and_until_when(house: Desk) -> None:
    with house.open() as session:
        of = the(session, Campaign)
        of.state, of.state_reason, of.resume_at = "paused", "budget", NOON + timedelta(hours=1)
        (only,) = found(session).values()
        assert only.code == "campaign_not_running"
        assert only.words == "the campaign is paused (budget) until 2026-11-24 19:00 UTC"
        assert only.next_at == of.resume_at


def test_leads_held_for_consent_have_no_hour(house: Desk) -> None:
    with house.open() as session:
        one = the(session, Lead)
        one.state, one.next_attempt_at, one.reason = "waiting", None, "consent_missing"
        held = found(session)["consent_missing"]
        assert held.next_at is None and "47 CFR 64.1200(a)" in held.words


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(STATES),
            st.sampled_from(REASONS),
            st.sampled_from([None, -60, 0, 60]),
            st.integers(0, 2),
        ),
        max_size=12,
    ),
    st.sampled_from(["running", "paused", "draft"]),
)
def test_every_lead_stands_under_one_reason(house: Desk, wanted, state: str) -> None:
    with house.open() as session:
        of = the(session, Campaign)
        of.state = state
        session.execute(delete(Lead))
        session.execute(delete(Phone))
        places = session.scalars(select(Locality).order_by(Locality.id)).all()
        for index, (lead_state, reason, due, place) in enumerate(wanted):
            due_at = None if due is None else NOON + timedelta(seconds=due)
            if lead_state == "ready":
                due_at = due_at or NOON
            lead(
                session,
                of,
                places[place],
                f"+1212555{index:04}",
                state=lead_state,
                reason=reason,
                next_attempt_at=due_at,
            )
        reasons = waiting.reasons(session, of, NOON)
        assert sum(one.leads for one in reasons) == len(wanted)
        assert len({one.code for one in reasons}) == len(reasons)
        assert all(one.words and one.leads > 0 for one in reasons)
        session.rollback()


def test_the_ruling_of_now_is_told_and_nothing_is_written(house: Desk) -> None:
    opens = datetime(2026, 11, 25, 15, tzinfo=UTC)
    refused = Ruling(
        False,
        ("outside_window:us-fl:America/New_York", "suppressed"),
        RULES,
        ("America/New_York",),
        opens,
        {"suppression": "asked by letter (operator)"},
    )
    with house.open() as session:
        (one,) = explanations.explain(session, "+1 212 555 0123", lambda _: refused)
        assert not session.new and not session.dirty
        assert session.scalar(select(func.count()).select_from(Decision)) == 0
    assert one.now["words"] == (
        "would be refused now: outside the hours of Fla. Stat. 501.616(6) in America/New_York; "
        "the number is on the suppression list: asked by letter (operator); "
        "next lawful moment 2026-11-25 15:00 UTC"
    )
    assert one.now["rules"] == list(RULES)


def test_the_gate_itself_can_be_asked(house: Desk) -> None:
    with house.open() as session:
        ask = explanations.at_the_gate(session, NOON)
        (one,) = explanations.explain(session, str(the(session, Lead).id), ask)
    assert [reason["code"] for reason in one.now["reasons"]] == ["consent_missing"]
    assert one.now["next_lawful_at"] is None
    assert "no lawful moment in sight" in one.now["words"]


def test_lead_phone_and_attempt_lead_to_the_same_history(house: Desk) -> None:
    with house.open() as session:
        who = the(session, Lead)
        made = attempt(session, who)
        rows = [
            Written(who, "reserve", Ruling(False, ("cap:us-fl",), RULES, (), None, CAPS)),
            Written(who, "reserve", allowed(who), made.id),
        ]
        decisions.record_all(session, rows, NOON)
        keys = (str(who.id), "+12125550123", str(made.id))
        told = [explanations.explain(session, key, allowed) for key in keys]
        assert told[0] == told[1] == told[2]
        (one,) = told[0]
        assert [made["allowed"] for made in one.decisions] == [False, True]
        assert one.decisions[0]["words"] == [
            "dialed as often as Fla. Stat. 501.616(6) allows (3 in 24 hours)"
        ]
        assert one.attempts[0]["attempt_id"] == str(made.id)
        assert decisions.of_attempt(session, made.id) == one.decisions[1:]


CAPS = {"caps": [{"rule": "us-fl", "count": 3, "hours": 24}]}


def test_what_the_ruling_means_depends_on_the_lead(house: Desk) -> None:
    with house.open() as session:
        who = the(session, Lead)
        for state, words in MEANINGS.items():
            who.state, who.reason = state, "busy"
            (one,) = explanations.explain(session, str(who.id), allowed)
            assert one.now["words"].startswith(words)


MEANINGS = {
    "in_call": "a call is under way",
    "done": "will not be called again: busy",
    "ready": "may be called now and waits for its turn",
    "waiting": "may be called now, but waits until 2026-11-24 18:00 UTC",
    "invalid": "nothing of the law stands against a call now, but the lead is invalid",
}


def test_nothing_known_says_what_to_give(house: Desk) -> None:
    with house.open() as session:
        for key in ("999", "+12125559999", str(uuid4()), "nobody"):
            with pytest.raises(NotFound) as raised:
                explanations.explain(session, key, allowed)
            assert "lead id, a phone number or an attempt id" in raised.value.remedy


@pytest.fixture
def run(house: Desk, database: str, tmp_path, monkeypatch, capsys):
    """Runs `dialer WORDS...`; its exit code and what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("COLUMNS", "200")

    def go(*words: str) -> tuple[int, str]:
        return cli.main(list(words)), capsys.readouterr().out

    return go


def test_why_shows_each_reason_with_its_leads(house: Desk, run) -> None:
    with house.open() as session:
        the(session, Campaign).state = "paused"
        who = the(session, Lead)
        lead(session, the(session, Campaign), the(session, Locality), "+12125550124", state="done")
        who.state, who.next_attempt_at, who.reason = "waiting", None, "consent_missing"
    code, shown = run("why", "autumn")
    assert code == 0
    assert "autumn: the campaign is paused; 2 leads" in shown
    assert "no consent on record" in shown and "called and done" in shown
    told = json.loads(run("why", "autumn", "--json")[1])
    assert told["leads"] == 2 and {one["code"] for one in told["reasons"]} == {
        "consent_missing",
        "done:",
    }


def test_explain_shows_the_ruling_of_now_and_the_history(house: Desk, run) -> None:
    with house.open() as session:
        who = the(session, Lead)
        rows = [Written(who, "reserve", Ruling(False, ("cap:us-fl",), RULES, (), None, CAPS))]
        decisions.record_all(session, rows, NOON)
    code, shown = run("explain", "+12125550123")
    assert code == 0
    assert "of autumn: ready" in shown and "now: would be refused now:" in shown
    assert "there is no consent on record" in shown
    assert "reserve: refused: dialed as often as Fla. Stat. 501.616(6) allows" in shown
    (told,) = json.loads(run("explain", "+12125550123", "--json")[1])
    assert told["now"]["allowed"] is False and len(told["decisions"]) == 1
    assert run("explain", "nobody")[0] == 1


def test_the_pool_on_the_command_line(house: Desk, run) -> None:
    added = run("caller-ids", "add", "+12125550100", "--daily-cap", "50", "--rest-seconds", "20")
    assert added == (0, "+12125550100 is in the pool: 50 a day, 20 s of rest.\n")
    assert run("caller-ids", "assign", "autumn", "+12125550100")[1] == (
        "autumn calls from +12125550100.\n"
    )
    assert "never" in run("caller-ids", "list")[1]
    assert run("caller-ids", "retire", "+12125550100") == (0, "+12125550100 is retired.\n")
    assert json.loads(run("caller-ids", "list", "--json")[1])[0]["active"] is False
    assert run("caller-ids", "retire", "+12125550199")[0] == 1
    assert run("caller-ids", "assign", "autumn")[1] == (
        "autumn calls from its own caller id, +12125550100.\n"
    )
