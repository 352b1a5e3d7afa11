"""Late prices are asked for and booked, days are compared with the carrier, somebody is told."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dialer import alerts, ledger, outbox, prices, usage
from dialer.carrier.port import CarrierCall, CarrierError, NotSent, Rejected, ResultUnknown
from dialer.clock import Clock
from dialer.db import Sessions, transaction
from dialer.mail import MailDelayed, MailRefused, MailServer
from dialer.models import Attempt, LedgerEntry, OutboxMessage, UsageCheck
from dialer.settings import Settings
from integration import money
from integration.money import NOON
from workers import upkeep

ENDED = NOON + timedelta(seconds=70)
DAY = date(2026, 11, 24)


@dataclass(frozen=True)
class At(Clock):
    """A clock that stands at one moment."""

    moment: datetime = NOON

    def now(self) -> datetime:
        return self.moment

    def of(self, session: Session) -> datetime:
        return self.moment


@dataclass
class Bookkeeper:
    """A carrier that is only asked for prices and usage."""

    price: int | CarrierError | None = None
    billed: dict[str, int] = field(default_factory=dict)
    asked: int = 0

    def fetch(self, sid: str) -> CarrierCall:
        self.asked += 1
        if isinstance(self.price, CarrierError):
            raise self.price
        return CarrierCall(sid, "completed", "+12125550123", NOON, 70, self.price)

    def usage(self, day: date) -> dict[str, int]:
        return self.billed


@pytest.fixture
def sessions(database: str) -> Iterator[Sessions]:
    with money.sessions_of(database) as made:
        yield made


def answered(sessions: Sessions, count: int = 1, **kwargs: bool) -> list[UUID]:
    """Charged attempts whose price is due a minute after their end."""
    with transaction(sessions) as session:
        of = money.campaign(session)
        made = [money.charged(session, of, **kwargs) for _ in range(count)]
        for attempt_id in made:
            attempt = session.get_one(Attempt, attempt_id)
            attempt.price_due_at = ENDED + prices.FIRST_ASKED_AFTER
    return made


def due_at(sessions: Sessions, attempt_id: UUID) -> datetime | None:
    with sessions() as session:
        return session.get_one(Attempt, attempt_id).price_due_at


def test_a_price_is_asked_for_when_it_is_due_and_booked_once(sessions: Sessions) -> None:
    [attempt_id] = answered(sessions)
    carrier = Bookkeeper(price=30_000)
    with sessions() as session:
        assert prices.due(session, ENDED) == []
        assert prices.due(session, ENDED + timedelta(minutes=1)) == [attempt_id]
    clock = At(moment=ENDED + timedelta(minutes=1))
    assert prices.ask(sessions, clock, carrier, attempt_id)
    assert not prices.ask(sessions, clock, carrier, attempt_id)
    with sessions() as session:
        assert prices.due(session, ENDED + timedelta(days=9)) == []
        assert session.get_one(Attempt, attempt_id).price_micros == 30_000
        booked = select(LedgerEntry.amount_micros).where(LedgerEntry.kind == "true_up")
        assert session.scalars(booked).all() == [2_000, 2_000]


def test_a_price_that_never_comes_is_asked_for_six_times_and_then_told(sessions: Sessions) -> None:
    [attempt_id] = answered(sessions)
    carrier, waits = Bookkeeper(), []
    for _ in range(7):
        if (at := due_at(sessions, attempt_id)) is None:
            break
        waits.append(at - ENDED)
        assert not prices.ask(sessions, At(moment=at - timedelta(seconds=1)), carrier, attempt_id)
        assert not prices.ask(sessions, At(moment=at), carrier, attempt_id)
    minutes = [round(wait.total_seconds() / 60) for wait in waits]
    assert minutes == [1, 5, 15, 60, 6 * 60, 24 * 60]
    with sessions() as session:
        [told] = alerts.every(session)
        assert (told.kind, told.severity) == ("price", "notice")
        assert session.get_one(Attempt, attempt_id).cost_micros == 36_800


@pytest.mark.parametrize("failure", [NotSent("no"), ResultUnknown("no")])
def test_a_carrier_out_of_reach_costs_no_try(sessions: Sessions, failure: CarrierError) -> None:
    [attempt_id] = answered(sessions)
    now = ENDED + timedelta(minutes=1)
    with pytest.raises(type(failure)):
        prices.ask(sessions, At(moment=now), Bookkeeper(price=failure), attempt_id)
    assert due_at(sessions, attempt_id) == now + prices.OUT_OF_REACH
    with sessions() as session:
        assert session.get_one(Attempt, attempt_id).price_tries == 0


def test_a_call_that_the_carrier_forgot_costs_a_try(sessions: Sessions) -> None:
    [attempt_id] = answered(sessions)
    carrier = Bookkeeper(price=Rejected(20404, "gone"))
    assert not prices.ask(sessions, At(moment=ENDED + timedelta(minutes=1)), carrier, attempt_id)
    assert due_at(sessions, attempt_id) == ENDED + timedelta(minutes=5)


def compare(sessions: Sessions, day: date, **billed: int) -> UsageCheck:
    names = {"voice": "calls-outbound", "stream": "calls-media-stream-minutes"}
    names["amd"] = "answering-machine-detection"
    carrier = Bookkeeper(billed={names[key]: amount for key, amount in billed.items()})
    return usage.compare(sessions, At(), carrier, day)


def test_a_day_is_summed_by_the_carriers_categories_with_its_own_prices(
    sessions: Sessions,
) -> None:
    first, _ = answered(sessions, 2, amd=True)
    with transaction(sessions) as session:
        ledger.true_up(session, first, NOON, connectivity_micros=26_000)
    check = compare(sessions, DAY, voice=54_000, stream=17_600, amd=15_000)
    assert check.detail["ledger"] == check.detail["carrier"]
    assert (check.ledger_micros, check.carrier_micros) == (86_600, 86_600)
    assert compare(sessions, DAY - timedelta(days=1)).ledger_micros == 0
    with sessions() as session:
        assert alerts.every(session) == []


def test_a_day_compared_again_is_renewed_and_told_of_once(sessions: Sessions) -> None:
    answered(sessions)
    assert compare(sessions, DAY, voice=300_000).carrier_micros == 300_000
    assert compare(sessions, DAY, voice=310_000).carrier_micros == 310_000
    with sessions() as session:
        [check] = usage.every(session)
        assert check.carrier_micros == 310_000
        [told] = alerts.every(session, kind="usage")
        assert told.severity == "warning" and "$0.0368" in told.message


@pytest.mark.parametrize(
    ("ours", "theirs", "told"),
    [
        (0, 100_000, False),
        (0, 100_001, True),
        (10_000_000, 10_500_000, False),
        (10_000_000, 10_600_000, True),
        (10_600_000, 10_000_000, True),
    ],
)
def test_five_percent_and_ten_cents_are_let_pass(ours: int, theirs: int, told: bool) -> None:
    assert usage.differs(ours, theirs) is told


class Letterbox(MailServer):
    """A mail server that keeps what it is given."""

    def __init__(self, trouble: Exception | None = None) -> None:
        super().__init__("mail.test", 25)
        object.__setattr__(self, "letters", [])
        object.__setattr__(self, "trouble", trouble)

    def send(self, message: EmailMessage) -> None:
        if self.trouble:
            raise self.trouble
        self.letters.append(message)


def test_an_alert_is_raised_once_and_mailed_once(sessions: Sessions) -> None:
    box, server = alerts.Mailbox("dialer@harbor.example", "ops@harbor.example"), Letterbox()
    with transaction(sessions) as session:
        old = NOON - timedelta(days=2)
        assert alerts.raise_once(session, "old", "breaker", "notice", "long ago", old)
        assert alerts.raise_once(session, "k", "budget", "critical", "80 %\nis bound", NOON)
        assert not alerts.raise_once(session, "k", "budget", "critical", "other words", NOON)
    for _ in range(2):
        with transaction(sessions) as session:
            alerts.post(session, NOON)
            for message_id in alerts.due(session, NOON):
                assert alerts.send(session, message_id, server, box, NOON)
    [letter] = server.letters
    assert letter["To"] == "ops@harbor.example"
    assert letter["Subject"] == "[critical] 80 % is bound"
    with sessions() as session:
        assert [one.told_at for one in alerts.every(session)] == [NOON, None]


@pytest.mark.parametrize(
    ("trouble", "again"),
    [(MailDelayed("later"), [outbox.RETRY_AFTER]), (MailRefused("never"), [])],
)
def test_mail_that_is_delayed_is_tried_again_and_refused_mail_is_not(
    sessions: Sessions, trouble: Exception, again: list[timedelta]
) -> None:
    box, server = alerts.Mailbox("a@harbor.example", "b@harbor.example"), Letterbox(trouble)
    with transaction(sessions) as session:
        alerts.raise_once(session, "k", "budget", "warning", "half", NOON)
        alerts.post(session, NOON)
        [message_id] = alerts.due(session, NOON)
        assert not alerts.send(session, message_id, server, box, NOON)
        assert session.get_one(OutboxMessage, message_id).last_error == str(trouble)
    with sessions() as session:
        assert alerts.due(session, NOON) == []
        late = alerts.due(session, NOON + timedelta(hours=1))
        waits = [session.get_one(OutboxMessage, one).due_at - NOON for one in late]
    assert waits == again


@dataclass
class Parts:
    """What the tasks take of the product."""

    sessions: Sessions
    carrier: Bookkeeper
    clock: Clock
    settings: Settings
    mail: MailServer | None = None


def parts(sessions: Sessions, monkeypatch: pytest.MonkeyPatch, **told: str) -> Parts:
    """The parts, handed to the tasks of upkeep."""
    settings = Settings(_env_file=None, twilio_account_sid="AC1", **told)
    it = Parts(sessions, Bookkeeper(), At(moment=ENDED + timedelta(hours=9)), settings)
    monkeypatch.setattr(upkeep, "product", lambda: it)
    return it


def test_the_tick_asks_for_every_price_until_the_carrier_is_out_of_reach(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = answered(sessions, 3)
    it = parts(sessions, monkeypatch)
    it.carrier.price = NotSent("429")
    upkeep.true_up()
    assert it.carrier.asked == 1
    it.carrier.price = 14_000
    upkeep.true_up()
    with sessions() as session:
        priced = [session.get_one(Attempt, one).price_micros for one in made]
    assert sorted(priced, key=str) == [14_000, 14_000, None]


def test_the_night_compares_two_days(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    parts(sessions, monkeypatch)
    upkeep.compare_usage()
    with sessions() as session:
        days = [one.day for one in usage.every(session)]
    assert days == [DAY, DAY - timedelta(days=1)], "the two before the 25th"


@pytest.mark.parametrize(("told", "letters"), [({}, 0), ({"alert_email": "ops@harbor.example"}, 1)])
def test_the_relay_mails_alerts_only_to_an_address(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, told: dict[str, str], letters: int
) -> None:
    it = parts(sessions, monkeypatch, **told)
    it.mail = server = Letterbox()
    with transaction(sessions) as session:
        alerts.raise_once(session, "k", "budget", "warning", "half", it.clock.of(session))
    for _ in range(2):
        upkeep.relay_outbox()
    assert len(server.letters) == letters
