"""The dial on a real PostgreSQL: one decision a dial, never twice, never above slots or money."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from dialer import attempts, campaigns, dialing, ledger, outcomes, placing, reconcile, suppressions
from dialer.attempts import CarrierMessage
from dialer.carrier.port import CarrierError, NotSent, Rejected, ResultUnknown
from dialer.db import transaction
from dialer.models import Attempt, BudgetDay, Campaign, Decision, Lead
from dialer.phone import E164
from dialer.rules.call_state import ACTIVE, CallState
from integration.house import NOON, NUMBERS, RATES, TERMS, House, ObedientCarrier, Stopped, build


@pytest.fixture
def house(database: str) -> Iterator[House]:
    made = build(database)
    yield made
    made.close()


def reserve(house: House, terms: dialing.Terms = TERMS, now=NOON):
    with transaction(house.sessions) as session:
        return dialing.reserve_next(session, terms, now)


def reserved(house: House, **kwargs) -> UUID:
    step = reserve(house, **kwargs)
    assert isinstance(step, dialing.Reserved)
    return step.attempt_id


def told(status: str, sequence: int, sid: str = "CA" + "1" * 32, duration: int | None = None):
    return CarrierMessage(sid, "status", status, sequence, {}, duration)


def hear(house: House, attempt_id: UUID, *messages: CarrierMessage, now=NOON) -> list[bool]:
    heard = []
    for message in messages:
        with transaction(house.sessions) as session:
            heard.append(attempts.hear(session, attempt_id, message, now))
    return heard


def counts(house: House) -> dict[str, int]:
    with transaction(house.sessions) as session:
        return campaigns.lead_counts(session, house.campaign_id)


def test_five_lines_and_no_sixth(house: House, database: str) -> None:
    for _ in range(5):
        reserved(house)
    assert reserve(house) is None
    assert counts(house)["in_call"] == 5


def test_every_dial_and_refusal_has_a_decision_row(house: House) -> None:
    attempt_id = reserved(house)
    placing.place(house.sessions, Stopped(), ObedientCarrier(), attempt_id, TERMS)
    with transaction(house.sessions) as session:
        rows = session.scalars(select(Decision).where(Decision.attempt_id == attempt_id)).all()
    assert [(row.stage, row.allowed) for row in rows] == [("reserve", True), ("place", True)]
    assert {key: rows[0].rules[0][key] for key in ("id", "version")} == {
        "id": "us-fed-hours",
        "version": 1,
    }
    assert rows[0].zones == ["America/New_York"]


def test_outside_the_window_is_refused_until_it_opens(database: str) -> None:
    early = NOON - timedelta(hours=2)  # 08:00 in Los Angeles, 11:00 in New York
    house = build(database, ["+13105550189"], now=early)
    step = reserve(house, now=early)
    assert isinstance(step, dialing.Refused)
    with transaction(house.sessions) as session:
        lead = session.scalars(select(Lead)).one()
        assert lead.state == "waiting"
        assert lead.next_attempt_at == NOON  # 10:00 in Los Angeles
    assert reserve(house, now=early) is None
    reserved(house, now=NOON)
    house.close()


def test_a_number_of_another_country_has_no_rule_and_is_not_called(database: str) -> None:
    house = build(database, ["+14165550123"])
    step = reserve(house)
    assert isinstance(step, dialing.Refused)
    assert step.reasons == ("no_rule",)
    assert counts(house)["invalid"] == 1
    house.close()


def test_toll_free_has_no_zone_and_is_not_called(database: str) -> None:
    house = build(database, ["+18005550199"])
    assert isinstance(reserve(house), dialing.Refused)
    assert counts(house)["invalid"] == 1
    house.close()


def test_a_suppressed_number_is_stopped_between_reservation_and_dial(house: House) -> None:
    attempt_id = reserved(house)
    with transaction(house.sessions) as session:
        suppressions.add(session, E164(NUMBERS[0]), "asked by mail", "operator", NOON)
    carrier = ObedientCarrier()
    state = placing.place(house.sessions, Stopped(), carrier, attempt_id, TERMS)
    assert state is CallState.REFUSED
    assert not carrier.placed
    assert counts(house)["suppressed"] == 1
    assert balance(house) == (0, 0)


def test_pause_stops_a_reserved_dial(house: House) -> None:
    attempt_id = reserved(house)
    with transaction(house.sessions) as session:
        campaigns.pause(session.get_one(Campaign, house.campaign_id))
    carrier = ObedientCarrier()
    placing.place(house.sessions, Stopped(), carrier, attempt_id, TERMS)
    assert not carrier.placed
    assert reserve(house) is None


def test_a_placed_attempt_is_never_placed_again(house: House) -> None:
    attempt_id = reserved(house)
    carrier = ObedientCarrier()
    for _ in range(3):
        placing.place(house.sessions, Stopped(), carrier, attempt_id, TERMS)
    assert len(carrier.placed) == 1
    request = carrier.placed[0]
    assert str(attempt_id) in request.status_url
    assert request.time_limit_seconds <= 300


@pytest.mark.parametrize(
    ("error", "state", "lead_state"),
    [
        (NotSent("429"), CallState.EXPIRED, "waiting"),
        (Rejected(21211, "invalid To"), CallState.FAILED, "in_call"),
        (ResultUnknown("timeout"), CallState.UNKNOWN, "in_call"),
    ],
)
def test_what_an_unsuccessful_create_means(
    house: House, error: CarrierError, state: CallState, lead_state: str
) -> None:
    def fail(_: object) -> None:
        raise error

    attempt_id = reserved(house)
    got = placing.place(
        house.sessions, Stopped(), ObedientCarrier(on_place=fail), attempt_id, TERMS
    )
    assert got is state
    with transaction(house.sessions) as session:
        attempt = session.get_one(Attempt, attempt_id)
        assert session.get_one(Lead, attempt.lead_id).state == lead_state


def test_an_unknown_dial_keeps_line_and_money_until_the_carrier_tells(house: House) -> None:
    def fail(_: object) -> None:
        raise ResultUnknown("timeout")

    attempt_id = reserved(house)
    carrier = ObedientCarrier(on_place=fail)
    placing.place(house.sessions, Stopped(), carrier, attempt_id, TERMS)
    assert balance(house)[1] > 0
    later = Stopped(at=NOON + timedelta(minutes=3))
    assert reconcile.ask(house.sessions, later, carrier, attempt_id)
    with transaction(house.sessions) as session:
        outcomes.record(session, attempt_id, RATES, later.at)
    assert balance(house) == (0, 0)
    with transaction(house.sessions) as session:
        lead = session.get_one(Lead, session.get_one(Attempt, attempt_id).lead_id)
        assert lead.next_attempt_at >= later.at + timedelta(hours=3)


def test_a_callback_binds_a_dial_whose_answer_was_lost(house: House) -> None:
    def fail(_: object) -> None:
        raise ResultUnknown("timeout")

    attempt_id = reserved(house)
    placing.place(house.sessions, Stopped(), ObedientCarrier(on_place=fail), attempt_id, TERMS)
    hear(house, attempt_id, told("ringing", 1))
    with transaction(house.sessions) as session:
        attempt = session.get_one(Attempt, attempt_id)
        assert (attempt.state, attempt.carrier_sid) == ("ringing", "CA" + "1" * 32)


def test_webhooks_in_any_order_and_number_end_the_call_once(house: House) -> None:
    attempt_id = reserved(house)
    carrier = ObedientCarrier()
    placing.place(house.sessions, Stopped(), carrier, attempt_id, TERMS)
    sid = carrier.calls[0].sid
    ended = hear(
        house,
        attempt_id,
        told("completed", 3, sid, 61),
        told("completed", 3, sid, 61),
        told("in-progress", 2, sid),
        told("ringing", 1, sid),
    )
    assert ended == [True, False, False, False]
    with transaction(house.sessions) as session:
        attempt = session.get_one(Attempt, attempt_id)
        assert attempt.state == "completed"
        assert attempt.answered_at is not None
        assert attempt.duration_seconds == 61


def test_money_is_settled_by_started_minutes(house: House) -> None:
    attempt_id = reserved(house)
    carrier = ObedientCarrier()
    placing.place(house.sessions, Stopped(), carrier, attempt_id, TERMS)
    sid = carrier.calls[0].sid
    hear(house, attempt_id, told("in-progress", 2, sid), told("completed", 3, sid, 61))
    later = NOON + timedelta(minutes=5)
    for _ in range(2):
        with transaction(house.sessions) as session:
            outcomes.record(session, attempt_id, RATES, later)
    assert balance(house) == (2 * 18_400, 0)


def test_the_day_s_budget_is_never_exceeded(database: str) -> None:
    house = build(database, daily_budget="0.20")
    steps = [reserve(house) for _ in range(5)]
    granted = [step for step in steps if isinstance(step, dialing.Reserved)]
    assert len(granted) == 2  # 92,000 micro-dollars each
    with transaction(house.sessions) as session:
        refused = session.scalars(select(Decision).where(~Decision.allowed)).all()
        assert {row.reasons[0] for row in refused} == {f"budget:campaign:{house.campaign_id}"}
        assert all(row.next_lawful_at > NOON for row in refused)
        assert session.scalar(select(func.count()).select_from(Attempt)) == 2
    house.close()


def test_sixteen_workers_never_exceed_slots_budget_or_one_call_per_phone(database: str) -> None:
    numbers = [f"+1212555{number:04d}" for number in range(100, 160)]
    house = build(database, numbers, daily_budget="2.00")
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(12):
                step = reserve(house)
                if isinstance(step, dialing.Reserved):
                    carrier = ObedientCarrier()
                    placing.place(house.sessions, Stopped(), carrier, step.attempt_id, TERMS)
                    busy(house)
                    sid = carrier.calls[0].sid
                    hear(house, step.attempt_id, told("busy", 2, sid))
                    with transaction(house.sessions) as session:
                        outcomes.record(session, step.attempt_id, RATES, NOON)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    with transaction(house.sessions) as session:
        made = session.execute(
            select(Attempt.phone_id, func.count()).group_by(Attempt.phone_id)
        ).all()
        assert made and all(count == 1 for _, count in made)
    assert balance(house) == (0, 0)
    assert sum(counts(house).values()) == 60
    house.close()


def test_the_account_s_pace_is_kept(house: House) -> None:
    slow = replace(TERMS, calls_per_second=1.0)
    reserved(house, terms=slow)
    assert reserve(house, terms=slow, now=NOON + timedelta(milliseconds=500)) is None
    reserved(house, terms=slow, now=NOON + timedelta(milliseconds=1001))


def test_a_lease_that_ran_out_makes_the_lead_due_again(house: House) -> None:
    attempt_id = reserved(house)
    late = NOON + timedelta(seconds=46)
    with transaction(house.sessions) as session:
        assert reconcile.expire_reservations(session, late) == [attempt_id]
    carrier = ObedientCarrier()
    placing.place(house.sessions, Stopped(at=late), carrier, attempt_id, TERMS)
    assert not carrier.placed
    assert counts(house)["in_call"] == 0
    assert balance(house) == (0, 0)


def test_a_dial_worker_killed_between_commit_and_create_leaves_an_unknown(house: House) -> None:
    class Killed(BaseException):
        pass

    def die(_: object) -> None:
        raise Killed

    attempt_id = reserved(house)
    carrier = ObedientCarrier(on_place=die)
    with pytest.raises(Killed):
        placing.place(house.sessions, Stopped(), carrier, attempt_id, TERMS)
    later = NOON + timedelta(seconds=31)
    with transaction(house.sessions) as session:
        reconcile.doubt_placings(session, later)
        assert session.get_one(Attempt, attempt_id).state == "unknown"
        assert reconcile.quiet(session, later) == [attempt_id]
    placing.place(house.sessions, Stopped(at=later), carrier, attempt_id, TERMS)
    assert not carrier.placed


def test_one_phone_in_two_campaigns_has_one_active_attempt(house: House) -> None:
    from integration.house import LIMITS, add_leads

    with transaction(house.sessions) as session:
        other = campaigns.create(
            session,
            campaigns.spec(
                name="other", window="10:00-17:00", daily_budget="5", script={"brand": "B"}
            ),
            LIMITS,
            NOON,
        )
        other_id = other.id
    add_leads(house, other_id, "phone\n" + "\n".join(NUMBERS))
    with transaction(house.sessions) as session:
        campaigns.start(session, session.get_one(Campaign, other_id), NOON)
    for _ in range(5):
        reserved(house)
    with transaction(house.sessions) as session:
        attempts.provision_slots(session, 10)
    assert reserve(house, terms=replace(TERMS, max_concurrent=10)) is None
    with transaction(house.sessions) as session:
        active = session.execute(
            select(Attempt.phone_id).where(Attempt.state.in_([state.value for state in ACTIVE]))
        ).all()
    assert len({row[0] for row in active}) == len(active) == 5


def balance(house: House) -> tuple[int, int]:
    with transaction(house.sessions) as session:
        own = ledger.balance(session, f"campaign:{house.campaign_id}")
        assert ledger.balance(session, ledger.GLOBAL) == own
    return own


def busy(house: House) -> None:
    with transaction(house.sessions) as session:
        active = session.scalar(
            select(func.count())
            .select_from(Attempt)
            .where(Attempt.state.in_([state.value for state in ACTIVE]))
        )
        over = session.scalars(
            select(BudgetDay).where(
                BudgetDay.spent_micros + BudgetDay.reserved_micros > BudgetDay.limit_micros
            )
        ).all()
    assert active is not None and active <= 5
    assert not over
