"""Outcomes on a real PostgreSQL: one transaction each, appointments true, invites sent once."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest
import vobject
from sqlalchemy import select

from dialer import appointments, attempts, briefs, campaigns, consents, invites, outcomes, placing
from dialer.attempts import CarrierMessage
from dialer.call import AnsweredBy, AttemptId, CallOutcome, Disposition, EndedBy
from dialer.db import transaction
from dialer.mail import MailDelayed, MailRefused, MailServer
from dialer.models import Appointment, Attempt, Lead, OutboxMessage, Phone, Suppression
from integration.house import (
    CARD,
    NOON,
    TERMS,
    House,
    ObedientCarrier,
    Stopped,
    build,
    reserve_one,
)


@pytest.fixture
def house(database: str) -> Iterator[House]:
    made = build(database)
    yield made
    made.close()


def in_call(house: House) -> UUID:
    """An attempt that was answered."""
    attempt_id = reserve_one(house)
    placing.place(house.sessions, Stopped(), ObedientCarrier(), attempt_id, TERMS)
    tell(house, attempt_id, "in-progress", 2)
    return attempt_id


def tell(house: House, attempt_id: UUID, status: str, sequence: int) -> None:
    with transaction(house.sessions) as session:
        sid = session.get_one(Attempt, attempt_id).carrier_sid
        assert sid
        told = CarrierMessage(sid, "status", status, sequence, {}, 40)
        attempts.hear(session, attempt_id, told, NOON)


def finish(house: House, attempt_id: UUID, disposition: Disposition, **fields: object) -> None:
    """Hand in an outcome, hang up, record."""
    handed = CallOutcome(
        attempt_id=AttemptId(str(attempt_id)),
        disposition=disposition,
        answered_by=AnsweredBy.HUMAN,
        ended_by=EndedBy.AGENT,
        **fields,
    )
    with transaction(house.sessions) as session:
        outcomes.submit(session, handed, NOON)
    tell(house, attempt_id, "completed", 3)
    with transaction(house.sessions) as session:
        assert outcomes.record(session, attempt_id, CARD, NOON)


def lead_of(house: House, attempt_id: UUID) -> Lead:
    with transaction(house.sessions) as session:
        return session.get_one(Lead, session.get_one(Attempt, attempt_id).lead_id)


def offer(house: House, attempt_id: UUID) -> str:
    with transaction(house.sessions) as session:
        return briefs.make(session, attempt_id, 0.8, 5, NOON).slots[0].slot_id


def test_nobody_is_met_on_thanksgiving(house: House) -> None:
    attempt_id = in_call(house)
    with transaction(house.sessions) as session:
        slots = briefs.make(session, attempt_id, 0.8, 1, NOON).slots
    days = [slot.starts_at.date().isoformat() for slot in slots]
    assert set(days) == {"2026-11-25", "2026-11-27"}


def hold(house: House, attempt_id: UUID, slot: str) -> bool:
    with transaction(house.sessions) as session:
        return appointments.hold(session, attempt_id, slot, NOON)


def booked(house: House) -> UUID:
    attempt_id = in_call(house)
    assert hold(house, attempt_id, offer(house, attempt_id))
    finish(house, attempt_id, Disposition.APPOINTMENT_BOOKED, answers={"timeline": "soon"})
    return attempt_id


def test_a_booking_becomes_an_appointment_and_an_invite_in_the_outbox(house: House) -> None:
    attempt_id = booked(house)
    assert lead_of(house, attempt_id).state == "done"
    with transaction(house.sessions) as session:
        appointment = session.scalars(select(Appointment)).one()
        assert appointment.state == "booked"
        assert session.scalars(select(OutboxMessage)).one().key.startswith("invite:")


def test_a_booking_without_a_hold_is_no_booking(house: House) -> None:
    attempt_id = in_call(house)
    finish(house, attempt_id, Disposition.APPOINTMENT_BOOKED)
    assert lead_of(house, attempt_id).disposition == "warm_followup"


def test_a_dropped_call_releases_its_hold(house: House) -> None:
    attempt_id = in_call(house)
    slot = offer(house, attempt_id)
    assert hold(house, attempt_id, slot)
    finish(house, attempt_id, Disposition.HUNG_UP)
    assert hold(house, in_call(house), slot)


def test_one_slot_goes_to_one_of_five_calls_at_once(house: House) -> None:
    calls = [in_call(house) for _ in range(5)]
    slot = offer(house, calls[0])
    got: list[bool] = []
    threads = [
        threading.Thread(target=lambda one=one: got.append(hold(house, one, slot))) for one in calls
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False] * 4 + [True]


def test_concurrent_calls_begin_with_different_slots(house: House) -> None:
    calls = [in_call(house) for _ in range(5)]
    first: set[str] = set()
    for one in calls:
        with transaction(house.sessions) as session:
            first.update(slot.slot_id for slot in briefs.make(session, one, 0.8, 5, NOON).slots[:2])
    assert len(first) == 10


def test_an_opt_out_stops_the_number_in_every_campaign(house: House) -> None:
    from integration.house import LIMITS, add_leads

    with transaction(house.sessions) as session:
        spec = campaigns.spec(
            name="other", window="10:00-17:00", daily_budget="5", script={"brand": "B"}
        )
        other = campaigns.create(session, spec, LIMITS, NOON).id
    attempt_id = in_call(house)
    with transaction(house.sessions) as session:
        number = session.get_one(Phone, session.get_one(Attempt, attempt_id).phone_id).e164
    add_leads(house, other, f"phone\n{number}\n")
    with transaction(house.sessions) as session:
        outcomes.opt_out(session, attempt_id, "stop calling me", NOON)
        assert campaigns.lead_counts(session, other)["suppressed"] == 1
    finish(house, attempt_id, Disposition.DO_NOT_CALL, opt_out_words="stop calling me")
    assert lead_of(house, attempt_id).state == "suppressed"
    with transaction(house.sessions) as session:
        row = session.scalars(select(Suppression)).one()
        assert (row.e164, row.evidence) == (number, "stop calling me")
        (consent,) = consents.of_number(session, number)
        assert consent.revocation == "stop calling me"


def test_an_answered_call_waits_for_its_outcome_and_then_is_interrupted(house: House) -> None:
    attempt_id = in_call(house)
    tell(house, attempt_id, "completed", 3)
    with transaction(house.sessions) as session:
        assert outcomes.record(session, attempt_id, CARD, NOON) is None
    later = NOON + timedelta(seconds=21)
    with transaction(house.sessions) as session:
        assert outcomes.due(session, later) == [attempt_id]
        done = outcomes.record(session, attempt_id, CARD, later)
    assert done and done.disposition is Disposition.INTERRUPTED
    assert lead_of(house, attempt_id).state == "waiting"


def test_a_record_happens_once(house: House) -> None:
    attempt_id = booked(house)
    with transaction(house.sessions) as session:
        assert outcomes.record(session, attempt_id, CARD, NOON) is None


class Postman(MailServer):
    """Keeps what it gets, or refuses."""

    def __init__(self, refusal: Exception | None = None) -> None:
        super().__init__("nowhere", 25)
        object.__setattr__(self, "_kept", [])
        object.__setattr__(self, "_refusal", refusal)

    @property
    def kept(self) -> list[EmailMessage]:
        return self.__dict__["_kept"]

    def send(self, message: EmailMessage) -> None:
        if refusal := self.__dict__["_refusal"]:
            raise refusal
        self.kept.append(message)


def send(house: House, postman: Postman, now=NOON) -> list[bool]:
    with transaction(house.sessions) as session:
        waiting = invites.due(session, now)
    sent = []
    for message_id in waiting:
        with transaction(house.sessions) as session:
            sent.append(invites.send(session, message_id, postman, "team@harbor.example", now))
    return sent


def test_an_invite_is_sent_once_and_reads_as_a_request(house: House) -> None:
    booked(house)
    postman = Postman()
    assert send(house, postman) == [True]
    assert send(house, postman) == []
    mail = postman.kept[0]
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    assert part.get_param("method") == "REQUEST"
    event = vobject.readOne(part.get_payload(decode=True).decode()).vevent
    assert event.attendee.value == "mailto:dana@harbor.example"
    assert event.attendee.params["RSVP"] == ["TRUE"]
    with transaction(house.sessions) as session:
        appointment = session.scalars(select(Appointment)).one()
    assert event.dtstart.value == appointment.during.lower
    assert event.uid.value.startswith(str(appointment.uid))
    assert "Timeline: soon" in event.description.value


def test_a_delayed_invite_is_tried_again_and_a_refused_one_is_marked(house: House) -> None:
    booked(house)
    assert send(house, Postman(MailDelayed("later"))) == [False]
    assert send(house, Postman()) == []
    later = NOON + timedelta(minutes=6)
    assert send(house, Postman(MailRefused("550 no such user")), later) == [False]
    assert send(house, Postman(), later + timedelta(days=1)) == []
    with transaction(house.sessions) as session:
        row = session.scalars(select(OutboxMessage)).one()
        assert row.failed_at and "550" in row.last_error
