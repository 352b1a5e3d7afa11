"""The dial itself: everything checked again, the carrier asked once, its answers in any order."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from dialer import attempts, campaigns, consents, ledger, outcomes, placing, reconcile, suppressions
from dialer.attempts import CarrierMessage
from dialer.carrier.port import CarrierCall, CarrierError, NotSent, Rejected, ResultUnknown
from dialer.db import transaction
from dialer.models import Attempt, Campaign, Decision, Lead
from dialer.phone import E164
from dialer.rules.call_state import CallState
from integration.house import (
    CARD,
    MINUTE,
    NOON,
    NUMBERS,
    TERMS,
    House,
    ObedientCarrier,
    Stopped,
    build,
    reserve,
    reserve_one,
)


@pytest.fixture
def house(database: str) -> Iterator[House]:
    made = build(database)
    yield made
    made.close()


def place(house: House, attempt_id: UUID, carrier: ObedientCarrier, now=NOON) -> CallState:
    return placing.place(house.sessions, Stopped(at=now), carrier, attempt_id, TERMS)


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


def balance(house: House) -> tuple[int, int]:
    with transaction(house.sessions) as session:
        own = ledger.balance(session, f"campaign:{house.campaign_id}")
        assert ledger.balance(session, ledger.GLOBAL) == own
    return own


def failing(error: CarrierError) -> ObedientCarrier:
    def fail(_: object) -> None:
        raise error

    return ObedientCarrier(on_place=fail)


def test_the_dial_has_its_own_decision(house: House) -> None:
    attempt_id = reserve_one(house)
    place(house, attempt_id, ObedientCarrier())
    with transaction(house.sessions) as session:
        rows = session.scalars(
            select(Decision).where(Decision.attempt_id == attempt_id).order_by(Decision.id)
        ).all()
    assert [(row.stage, row.allowed) for row in rows] == [("reserve", True), ("place", True)]
    assert rows[1].facts["reserved_micros"] == rows[0].facts["reserved_micros"]


def test_a_suppressed_number_is_stopped_between_reservation_and_dial(house: House) -> None:
    attempt_id = reserve_one(house)
    with transaction(house.sessions) as session:
        phone = placing.Phone
        number = session.scalar(
            select(phone.e164)
            .join(Attempt, Attempt.phone_id == phone.id)
            .where(Attempt.id == attempt_id)
        )
        suppressions.add(session, E164(number), "asked by mail", "operator", NOON)
    carrier = ObedientCarrier()
    assert place(house, attempt_id, carrier) is CallState.REFUSED
    assert not carrier.placed
    assert counts(house)["suppressed"] == 1
    assert balance(house) == (0, 0)


def test_a_revoked_consent_stops_a_reserved_dial(house: House) -> None:
    attempt_id = reserve_one(house)
    with transaction(house.sessions) as session:
        for number in NUMBERS:
            consents.revoke(session, E164(number), "wrote an e-mail", NOON)
    carrier = ObedientCarrier()
    assert place(house, attempt_id, carrier) is CallState.REFUSED
    assert not carrier.placed
    with transaction(house.sessions) as session:
        lead = session.get_one(Lead, session.get_one(Attempt, attempt_id).lead_id)
        assert (lead.state, lead.next_attempt_at) == ("waiting", None)


def test_pause_stops_a_reserved_dial(house: House) -> None:
    attempt_id = reserve_one(house)
    with transaction(house.sessions) as session:
        campaigns.pause(session, session.get_one(Campaign, house.campaign_id), NOON)
    carrier = ObedientCarrier()
    place(house, attempt_id, carrier)
    assert not carrier.placed
    assert not reserve(house)


def test_a_campaign_that_was_changed_decides_anew(house: House) -> None:
    attempt_id = reserve_one(house)
    with transaction(house.sessions) as session:
        session.get_one(Campaign, house.campaign_id).epoch += 1
    carrier = ObedientCarrier()
    assert place(house, attempt_id, carrier) is CallState.REFUSED
    assert not carrier.placed
    assert reserve(house).reserved


def test_a_call_whose_money_is_reserved_goes_out_though_the_day_s_budget_is_used_up(
    database: str,
) -> None:
    house = build(database, daily_budget="0.10")
    (attempt_id,) = reserve(house).reserved
    with transaction(house.sessions) as session:
        assert session.get_one(Campaign, house.campaign_id).state_reason == "budget"
    carrier = ObedientCarrier()
    place(house, attempt_id, carrier)
    assert len(carrier.placed) == 1
    house.close()


def test_a_placed_attempt_is_never_placed_again(house: House) -> None:
    attempt_id = reserve_one(house)
    carrier = ObedientCarrier()
    for _ in range(3):
        place(house, attempt_id, carrier)
    assert len(carrier.placed) == 1
    request = carrier.placed[0]
    assert str(attempt_id) in request.status_url
    assert request.time_limit_seconds == 295
    assert not request.machine_detection


def test_turns_at_the_carrier_are_a_second_apart(house: House) -> None:
    slow = replace(TERMS, calls_per_second=1.0)
    waited: list[float] = []
    for attempt_id in reserve(house).reserved[:3]:
        placing.place(house.sessions, Stopped(), ObedientCarrier(), attempt_id, slow, waited.append)
    assert waited == [0.0, 1.0, 2.0]


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
    attempt_id = reserve_one(house)
    assert place(house, attempt_id, failing(error)) is state
    with transaction(house.sessions) as session:
        attempt = session.get_one(Attempt, attempt_id)
        assert session.get_one(Lead, attempt.lead_id).state == lead_state


def test_an_unknown_dial_keeps_line_and_money_until_the_carrier_tells(house: House) -> None:
    attempt_id = reserve_one(house)
    carrier = failing(ResultUnknown("timeout"))
    place(house, attempt_id, carrier)
    assert balance(house)[1] > 0
    later = Stopped(at=NOON + timedelta(minutes=3))
    assert reconcile.ask(house.sessions, later, carrier, attempt_id)
    with transaction(house.sessions) as session:
        outcomes.record(session, attempt_id, CARD, later.at)
    assert balance(house) == (0, 0)
    with transaction(house.sessions) as session:
        lead = session.get_one(Lead, session.get_one(Attempt, attempt_id).lead_id)
        assert lead.next_attempt_at >= later.at + timedelta(hours=3)


def test_an_unknown_dial_is_found_in_the_carrier_s_list_among_older_calls(house: House) -> None:
    old, new = reserve(house).reserved[:2]
    carrier = ObedientCarrier()
    place(house, old, carrier)
    known = carrier.calls[0]
    broken = failing(ResultUnknown("timeout"))
    place(house, new, broken)
    with transaction(house.sessions) as session:
        row = session.get_one(Attempt, new)
        number = session.get_one(placing.Phone, row.phone_id).e164
    fresh = CarrierCall("CA" + "9" * 32, "no-answer", number, NOON, None, None)
    # The newest first, as the carrier lists them; the other belongs to another attempt.
    broken.calls = [replace(known, to=number), fresh]
    assert reconcile.ask(house.sessions, Stopped(), broken, new)
    with transaction(house.sessions) as session:
        row = session.get_one(Attempt, new)
        assert (row.carrier_sid, row.state) == (fresh.sid, "no_answer")


def test_a_callback_binds_a_dial_whose_answer_was_lost(house: House) -> None:
    attempt_id = reserve_one(house)
    place(house, attempt_id, failing(ResultUnknown("timeout")))
    hear(house, attempt_id, told("ringing", 1))
    with transaction(house.sessions) as session:
        attempt = session.get_one(Attempt, attempt_id)
        assert (attempt.state, attempt.carrier_sid) == ("ringing", "CA" + "1" * 32)


def test_webhooks_in_any_order_and_number_end_the_call_once(house: House) -> None:
    attempt_id = reserve_one(house)
    carrier = ObedientCarrier()
    place(house, attempt_id, carrier)
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
    attempt_id = reserve_one(house)
    carrier = ObedientCarrier()
    place(house, attempt_id, carrier)
    sid = carrier.calls[0].sid
    hear(house, attempt_id, told("in-progress", 2, sid), told("completed", 3, sid, 61))
    later = NOON + timedelta(minutes=5)
    for _ in range(2):
        with transaction(house.sessions) as session:
            outcomes.record(session, attempt_id, CARD, later)
    assert balance(house) == (2 * MINUTE, 0)
    with transaction(house.sessions) as session:
        attempt = session.get_one(Attempt, attempt_id)
        assert attempt.price_due_at is not None


def test_a_lease_that_ran_out_makes_the_lead_due_again(house: House) -> None:
    attempt_id = reserve_one(house)
    late = NOON + timedelta(seconds=46)
    with transaction(house.sessions) as session:
        assert reconcile.expire_reservations(session, late) == [attempt_id]
    carrier = ObedientCarrier()
    place(house, attempt_id, carrier, late)
    assert not carrier.placed
    assert counts(house)["in_call"] == 0
    assert balance(house) == (0, 0)


def test_a_dial_worker_killed_between_commit_and_create_leaves_an_unknown(house: House) -> None:
    class Killed(BaseException):
        pass

    def die(_: object) -> None:
        raise Killed

    attempt_id = reserve_one(house)
    carrier = ObedientCarrier(on_place=die)
    with pytest.raises(Killed):
        place(house, attempt_id, carrier)
    later = NOON + timedelta(seconds=31)
    with transaction(house.sessions) as session:
        reconcile.doubt_placings(session, later)
        assert session.get_one(Attempt, attempt_id).state == "unknown"
        assert reconcile.quiet(session, later) == [attempt_id]
    place(house, attempt_id, carrier, later)
    assert not carrier.placed
