"""Any history: whatever happens in whatever order, leads are conserved and promises hold."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from dialer import (
    attempts,
    campaign_clock,
    campaigns,
    consents,
    dialing,
    lineup,
    outcomes,
    placing,
    reconcile,
    suppressions,
)
from dialer.attempts import CarrierMessage
from dialer.call import AnsweredBy, AttemptId, CallOutcome, Disposition, EndedBy
from dialer.carrier.port import NotSent, Rejected, ResultUnknown
from dialer.db import transaction
from dialer.errors import Conflict
from dialer.models import Attempt, Campaign
from dialer.phone import E164
from dialer.rules.call_state import ACTIVE
from integration.house import (
    CARD,
    NOON,
    NUMBERS,
    TERMS,
    House,
    ObedientCarrier,
    Stopped,
    add_leads,
    build,
)

ERRORS = (None, None, NotSent("429"), Rejected(21211, "no"), ResultUnknown("timeout"))
WORDS = ("ringing", "in-progress", "busy", "no-answer", "failed", "completed")
DISPOSITIONS = (
    Disposition.NOT_INTERESTED,
    Disposition.CALLBACK_REQUESTED,
    Disposition.DO_NOT_CALL,
    Disposition.VOICEMAIL_LEFT,
    Disposition.WRONG_NUMBER,
)
index = st.integers(0, 30)
step = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 6 * 60)),
    st.tuples(st.just("reserve"), st.just(0)),
    st.tuples(st.just("place"), index, st.sampled_from(ERRORS)),
    st.tuples(st.just("hear"), index, st.sampled_from(WORDS)),
    st.tuples(st.just("hand_in"), index, st.sampled_from(DISPOSITIONS)),
    st.tuples(st.just("record"), index),
    st.tuples(st.just("sweep"), st.just(0)),
    st.tuples(st.just("suppress"), index),
    st.tuples(st.just("revoke"), index),
    st.tuples(st.just("verb"), st.sampled_from(["pause", "start", "drain"])),
    st.tuples(st.just("import_more"), index),
)


class History:
    """One house, its clock, and what may happen to it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.now = NOON
        self.imported = len(NUMBERS)
        self.sids: dict[UUID, str] = {}

    def attempt_at(self, position: int) -> UUID | None:
        with transaction(self.house.sessions) as session:
            found = session.scalars(
                select(Attempt.id).order_by(Attempt.reserved_at, Attempt.id)
            ).all()
        return found[position % len(found)] if found else None

    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def reserve(self, _: int) -> None:
        with transaction(self.house.sessions) as session:
            campaign_clock.advance(session, self.now)
            lineup.wake(session, self.now)
        with transaction(self.house.sessions) as session:
            dialing.reserve(session, TERMS, self.now)

    def place(self, position: int, error: Exception | None) -> None:
        attempt_id = self.attempt_at(position)
        if attempt_id is None:
            return

        def answer(_: object) -> None:
            if error:
                raise error

        carrier = ObedientCarrier(on_place=answer)
        placing.place(
            self.house.sessions,
            Stopped(at=self.now),
            carrier,
            attempt_id,
            TERMS,
            wait=lambda seconds: None,
        )

    def hear(self, position: int, word: str) -> None:
        attempt_id = self.attempt_at(position)
        if attempt_id is None:
            return
        with transaction(self.house.sessions) as session:
            attempt = session.get_one(Attempt, attempt_id)
            if attempt.placing_at is None:
                return  # The carrier knows nothing of a call that was never asked for.
            sid = attempt.carrier_sid or f"CA{attempt_id.hex}"
            told = CarrierMessage(sid, "status", word, WORDS.index(word), {}, 61)
            attempts.hear(session, attempt_id, told, self.now)

    def hand_in(self, position: int, disposition: Disposition) -> None:
        attempt_id = self.attempt_at(position)
        if attempt_id is None:
            return
        outcome = CallOutcome(
            attempt_id=AttemptId(str(attempt_id)),
            disposition=disposition,
            answered_by=AnsweredBy.HUMAN,
            ended_by=EndedBy.CALLEE,
        )
        with transaction(self.house.sessions) as session:
            outcomes.submit(session, outcome, self.now)

    def record(self, position: int) -> None:
        attempt_id = self.attempt_at(position)
        if attempt_id:
            with transaction(self.house.sessions) as session:
                outcomes.record(session, attempt_id, CARD, self.now)

    def sweep(self, _: int) -> None:
        with transaction(self.house.sessions) as session:
            reconcile.expire_reservations(session, self.now)
            reconcile.doubt_placings(session, self.now)
            quiet = reconcile.quiet(session, self.now)
        for attempt_id in quiet:
            clock = Stopped(at=self.now)
            carrier = ObedientCarrier()
            with transaction(self.house.sessions) as session:
                known = session.get_one(Attempt, attempt_id).carrier_sid
            if known is None:
                reconcile.ask(self.house.sessions, clock, carrier, attempt_id)
            else:
                self.hear_of(attempt_id, known)

    def hear_of(self, attempt_id: UUID, sid: str) -> None:
        with transaction(self.house.sessions) as session:
            told = CarrierMessage(sid, "fetch", "completed", -1, {}, 30)
            attempts.hear(session, attempt_id, told, self.now)

    def suppress(self, position: int) -> None:
        number = E164(NUMBERS[position % len(NUMBERS)])
        with transaction(self.house.sessions) as session:
            suppressions.add(session, number, "asked", "operator", self.now)

    def revoke(self, position: int) -> None:
        number = E164(NUMBERS[position % len(NUMBERS)])
        with transaction(self.house.sessions) as session:
            consents.revoke(session, number, "asked", self.now)

    def verb(self, verb: str) -> None:
        with transaction(self.house.sessions) as session:
            campaign = session.get_one(Campaign, self.house.campaign_id)
            try:
                getattr(campaigns, verb)(session, campaign, self.now)
            except Conflict:
                session.rollback()

    def import_more(self, position: int) -> None:
        text_ = f"phone\n+1212557{1000 + self.imported + position:04d}\n{NUMBERS[0]}\n"
        add_leads(self.house, self.house.campaign_id, text_, self.now)
        with transaction(self.house.sessions) as session:
            self.imported = sum(campaigns.lead_counts(session, self.house.campaign_id).values())

    def rows(self, query: str) -> list:
        with self.house.engine.connect() as connection:
            return connection.execute(text(query)).all()

    def check(self) -> None:
        with transaction(self.house.sessions) as session:
            counts = campaigns.lead_counts(session, self.house.campaign_id)
        assert sum(counts.values()) == self.imported, counts
        states = ",".join(f"'{state.value}'" for state in ACTIVE)
        ((active, phones, held),) = self.rows(
            f"select count(*), count(distinct phone_id),"
            f" (select count(*) from call_slots where attempt_id is not null)"
            f" from attempts where state in ({states})"
        )
        assert active == phones == held <= 5
        assert counts["in_call"] >= active
        # Whoever is in a call has an attempt that is under way or waits to be recorded.
        assert not self.rows(
            "select 1 from leads l where l.state = 'in_call' and not exists (select 1 from"
            " attempts a where a.lead_id = l.id and a.recorded_at is null)"
        )
        assert not self.rows(
            "select 1 from attempts a where not exists"
            " (select 1 from decisions d where d.attempt_id = a.id and d.allowed)"
        )
        assert not self.rows(
            "select 1 from attempts a where a.placing_at is not null and not exists (select 1"
            " from decisions d where d.attempt_id = a.id and d.stage = 'place' and d.allowed)"
        )
        for scope, reserved, spent, overrun in self.rows(
            "select scope, reserved_micros, spent_micros, overrun_micros from budget_days"
        ):
            sums = dict(
                map(
                    tuple,
                    self.rows(
                        "select kind, sum(amount_micros)::bigint from ledger_entries"
                        f" where scope = '{scope}' group by kind"
                    ),
                )
            )
            moved = sums.get("reserve", 0) - sums.get("settle", 0) - sums.get("release", 0)
            assert (reserved, spent + overrun) == (moved, sums.get("settle", 0)), scope


@pytest.fixture
def ready(database: str) -> Iterator[House]:
    """One database for all histories: each begins by emptying it."""
    made = build(database)
    yield made
    made.close()


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.lists(step, min_size=10, max_size=40))
def test_leads_are_conserved_and_promises_hold_after_any_history(
    ready: House, steps: list[tuple]
) -> None:
    with ready.engine.begin() as connection:
        connection.execute(
            text(
                "truncate leads, attempts, decisions, ledger_entries, budget_days, consents,"
                " suppressions, carrier_events, breakers, alerts, imports, phones,"
                " campaign_localities, appointments, outbox, evidence_seals cascade"
            )
        )
        connection.execute(text("delete from call_slots"))
        connection.execute(text("update campaigns set state = 'draft', epoch = 1"))
    with transaction(ready.sessions) as session:
        attempts.provision_slots(session, 5)
    history = History(ready)
    add_leads(ready, ready.campaign_id, "phone\n" + "\n".join(NUMBERS))
    history.verb("start")
    history.check()
    for name, *words in steps:
        getattr(history, name)(*words)
        history.check()


def test_the_history_can_reach_the_end_of_a_call(database: str) -> None:
    """The histories above are worth something only if they get anywhere."""
    house = build(database)
    history = History(house)
    for name, *words in [
        ("reserve", 0),
        ("place", 0, None),
        ("hear", 0, "in-progress"),
        ("hand_in", 0, Disposition.NOT_INTERESTED),
        ("hear", 0, "completed"),
        ("record", 0),
    ]:
        getattr(history, name)(*words)
        history.check()
    with transaction(house.sessions) as session:
        assert campaigns.lead_counts(session, house.campaign_id)["done"] == 1
    house.close()
