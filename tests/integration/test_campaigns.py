"""Campaigns on a real database: what people and time do to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from dialer import breakers, campaign_clock, campaign_edits, campaigns, db
from dialer.errors import Conflict, InputError
from dialer.models import Alert, Campaign, DncList, Import, Lead, Locality, Phone
from dialer.rules.breaker import Circuit
from integration.house import LIMITS, NOON, NUMBERS

MORNING = datetime(2026, 11, 24, 15, tzinfo=UTC)
"""Tuesday 10:00 in New York."""

RUNS = {"cron": "0 10 * * mon-fri", "run_minutes": 120}
LIVE = {"call_class": "live", "live_reason": "people of the team speak"}


WRONG_EDITS: list[tuple[dict[str, Any], str]] = [
    ({"window": "17:00-10:00"}, "the end is not after the start"),
    ({"window": None}, "window cannot be empty"),
    ({"daily_budget": "0"}, "daily_budget: Input should be greater than 0"),
    ({"max_concurrent": 6}, "max_concurrent 6 is more than"),
    ({"weight": 101}, "weight"),
    ({"cron": "0 10 * *", "run_minutes": 5}, "cron: Value error, five fields"),
    ({"cron": "0 0 30 2 *", "run_minutes": 5}, "cron: Value error"),
    ({"cron": "0 10 * * *"}, "cron and run_minutes belong together"),
    ({"starts_on": "2026-12-02", "ends_on": "2026-12-01"}, "is before starts_on"),
    ({"ends_on": "soon"}, "ends_on"),
    ({"retry": {"no_answer": {"max": 0}}}, "retry.no_answer.max"),
    ({"retry": {"wrong_number": {"max": 2}}}, "'wrong_number' is final"),
    ({"retry": {"shrug": {}}}, "'shrug'"),
    ({"amd": "maybe"}, "amd"),
    ({"script": {"brand": None}}, "script.brand"),
    ({"colour": "red"}, "colour: no such field"),
    ({"name": "winter"}, "cannot change, for it has run"),
    (LIVE, "call_class, live_reason of campaign 'autumn' cannot change"),
]


@dataclass
class Desk:
    """One campaign with two leads, and a session that commits after each use."""

    sessions: db.Sessions
    id: int

    def do(self, verb: Any, *words: Any, now: datetime = NOON) -> Any:
        with db.transaction(self.sessions) as session:
            return verb(session, session.get_one(Campaign, self.id), *words, now)

    def advance(self, now: datetime) -> list[tuple[str, str]]:
        with db.transaction(self.sessions) as session:
            return [(one.before, one.after) for one in campaign_clock.advance(session, now)]

    def look(self) -> Campaign:
        with self.sessions() as session:
            return session.get_one(Campaign, self.id)

    def edit(self, now: datetime = NOON, **changes: Any) -> tuple[str, ...]:
        return self.do(campaign_edits.edit, changes, LIMITS, now=now)

    def leads(self, **values: Any) -> None:
        with db.transaction(self.sessions) as session:
            session.execute(update(Lead).where(Lead.campaign_id == self.id).values(**values))

    @property
    def stands(self) -> tuple[str, str]:
        found = self.look()
        return found.state, found.state_reason


def make(sessions: db.Sessions, leads: int = 2, **changed: Any) -> Desk:
    wanted = {
        "name": "autumn",
        "window": "10:00-17:00",
        "daily_budget": Decimal("25"),
        "script": {"brand": "Harbor Realty"},
    }
    with db.transaction(sessions) as session:
        campaign = campaigns.create(session, campaigns.spec(**wanted | changed), LIMITS, NOON)
        add_leads(session, campaign.id, NUMBERS[:leads])
        return Desk(sessions, campaign.id)


def add_leads(session: Session, campaign_id: int, numbers: list[str]) -> None:
    place = session.scalar(select(Locality).where(Locality.zones == ["America/New_York"]))
    place = place or Locality(country="US", zones=["America/New_York"], states=["US-NY"])
    session.add(place)
    session.flush()
    for number in numbers:
        phone = session.scalar(select(Phone).where(Phone.e164 == number))
        phone = phone or Phone(e164=number, country="US", created_at=NOON)
        session.add(phone)
        session.flush()
        session.add(
            Lead(
                campaign_id=campaign_id,
                phone_id=phone.id,
                locality_id=place.id,
                next_attempt_at=NOON,
            )
        )


@pytest.fixture
def sessions(database: str) -> Iterator[db.Sessions]:
    engine = db.connect(database)
    yield db.sessions(engine)
    engine.dispose()


@pytest.fixture
def desk(sessions: db.Sessions) -> Desk:
    made = make(sessions)
    made.do(campaigns.start)
    return made


def test_a_schedule_opens_closes_and_ends(sessions: db.Sessions) -> None:
    desk = make(sessions, **RUNS, ends_on=date(2026, 11, 25))
    desk.do(campaigns.start, now=MORNING - timedelta(hours=3))
    assert (desk.look().state, desk.look().resume_at) == ("scheduled", MORNING)
    assert desk.advance(MORNING - timedelta(minutes=1)) == []
    assert desk.advance(MORNING) == [("scheduled", "running")]
    assert desk.advance(MORNING + timedelta(minutes=119)) == []
    assert desk.advance(MORNING + timedelta(hours=2)) == [("running", "scheduled")]
    assert desk.look().resume_at == MORNING + timedelta(days=1)
    assert desk.advance(MORNING + timedelta(days=1)) == [("scheduled", "running")]
    assert desk.advance(MORNING + timedelta(days=1, hours=2)) == [("running", "completed")]
    assert desk.stands == ("completed", "schedule over")
    with pytest.raises(Conflict, match="no opening left"):
        desk.do(campaigns.start, now=MORNING + timedelta(days=3))


def test_a_run_of_a_holiday_is_skipped_unless_told_otherwise(sessions: db.Sessions) -> None:
    eve = datetime(2026, 11, 25, 23, tzinfo=UTC)
    desk = make(sessions, **RUNS)
    desk.do(campaigns.start, now=eve)
    assert desk.look().resume_at == datetime(2026, 11, 27, 15, tzinfo=UTC)
    desk.edit(eve, skip_holidays=False)
    assert desk.look().resume_at == datetime(2026, 11, 26, 15, tzinfo=UTC)


@pytest.mark.parametrize("reason", ["window", "budget"])
def test_a_rest_ends_by_itself(desk: Desk, reason: str) -> None:
    tomorrow = NOON + timedelta(hours=21)
    assert desk.do(campaign_clock.dormant, reason, tomorrow)
    assert desk.stands == ("paused", reason)
    assert not desk.do(campaign_clock.dormant, reason, tomorrow)
    assert desk.advance(tomorrow - timedelta(seconds=1)) == []
    assert desk.advance(tomorrow) == [("paused", "running")]
    assert desk.look().resume_at is None


def test_a_short_rest_is_no_rest(desk: Desk) -> None:
    epoch = desk.look().epoch
    assert not desk.do(campaign_clock.dormant, "window", NOON + timedelta(seconds=119))
    assert (desk.stands, desk.look().epoch) == (("running", ""), epoch)


def test_what_a_person_paused_only_a_person_resumes(desk: Desk) -> None:
    desk.do(campaign_clock.dormant, "budget", NOON + timedelta(hours=5))
    desk.do(campaigns.pause)
    assert desk.advance(NOON + timedelta(days=3)) == []
    assert desk.stands == ("paused", "user")
    desk.do(campaigns.start)
    assert desk.stands == ("running", "")


def test_it_is_completed_when_nobody_is_left_and_reopened_by_new_leads(desk: Desk) -> None:
    desk.leads(state="waiting", next_attempt_at=None, reason="consent_missing")
    assert desk.advance(NOON) == []
    desk.leads(state="in_call")
    assert desk.advance(NOON) == []
    desk.leads(state="done")
    with db.transaction(desk.sessions) as session:
        arriving = Import(
            campaign_id=desk.id, filename="x.csv", sha256="0", state="staged", created_at=NOON
        )
        session.add(arriving)
        session.flush()
        import_id = arriving.id
    assert desk.advance(NOON) == []
    with db.transaction(desk.sessions) as session:
        session.get_one(Import, import_id).state = "ready"
    assert desk.advance(NOON) == [("running", "completed")]
    assert desk.look().ended_at == NOON
    with pytest.raises(Conflict, match="no lead left to call"):
        desk.do(campaigns.start)
    with db.transaction(desk.sessions) as session:
        add_leads(session, desk.id, NUMBERS[3:4])
    desk.do(campaigns.start)
    assert (desk.stands, desk.look().ended_at) == (("running", ""), None)


def test_draining_waits_for_live_calls_only(desk: Desk) -> None:
    with db.transaction(desk.sessions) as session:
        session.scalars(select(Lead).order_by(Lead.id)).first().state = "in_call"
    desk.do(campaigns.drain)
    assert desk.advance(NOON) == []
    with db.transaction(desk.sessions) as session:
        session.execute(update(Lead).where(Lead.state == "in_call").values(state="done"))
    assert desk.advance(NOON) == [("draining", "completed")]
    assert desk.stands == ("completed", "drained")


def test_an_aborted_campaign_stays_so(desk: Desk) -> None:
    desk.do(campaigns.abort)
    for verb in (campaigns.start, campaigns.pause, campaigns.drain, campaigns.abort):
        with pytest.raises(Conflict, match="aborted"):
            desk.do(verb)
    with pytest.raises(Conflict, match="aborted"):
        desk.edit(weight=2)


def test_every_change_of_state_is_a_new_epoch(desk: Desk) -> None:
    epochs = [desk.look().epoch]
    for verb in (campaigns.pause, campaigns.start, campaigns.drain, campaigns.start):
        desk.do(verb)
        epochs.append(desk.look().epoch)
    assert epochs == list(range(epochs[0], epochs[0] + 5))
    desk.do(campaigns.start)
    assert desk.look().epoch == epochs[-1]


def test_a_campaign_that_somebody_holds_waits_for_the_next_tick(desk: Desk) -> None:
    desk.leads(state="done")
    with desk.sessions() as other:
        other.get_one(Campaign, desk.id, with_for_update={"read": True})
        assert desk.advance(NOON) == []
        assert not desk.do(campaign_clock.dormant, "window", NOON + timedelta(hours=1))
    assert desk.advance(NOON) == [("running", "completed")]
    assert desk.advance(NOON) == []


def test_a_tick_asks_little_however_many_campaigns_there_are(
    sessions: db.Sessions, desk: Desk
) -> None:
    for index in range(12):
        make(sessions, leads=1, name=f"more {index}").do(campaigns.start)
    asked: list[str] = []
    engine = sessions.kw["bind"]
    event.listen(engine, "before_cursor_execute", lambda *words: asked.append(words[2]))
    desk.advance(NOON)
    assert len(asked) <= 4


def note(desk: Desk, ok: bool, now: datetime) -> None:
    desk.do(breakers.note, ok, now=now)


def limits(desk: Desk) -> dict[int, int]:
    with desk.sessions() as session:
        return breakers.limit(session, [desk.id])


def test_failures_open_the_breaker_and_good_probes_close_it(desk: Desk) -> None:
    for _ in range(7):
        note(desk, False, NOON)
    assert (desk.stands, limits(desk)) == (("running", ""), {})
    note(desk, False, NOON)
    assert desk.stands == ("paused", "breaker")
    assert limits(desk) == {desk.id: 0}
    assert desk.look().resume_at == NOON + timedelta(minutes=5)
    later = NOON + timedelta(minutes=5)
    assert desk.advance(later - timedelta(seconds=1)) == []
    assert desk.advance(later) == [("paused", "running")]
    assert limits(desk) == {desk.id: 1}
    note(desk, False, later)
    assert (desk.stands, desk.look().resume_at) == (
        ("paused", "breaker"),
        later + timedelta(minutes=10),
    )
    later += timedelta(minutes=10)
    desk.advance(later)
    for _ in range(3):
        assert limits(desk) == {desk.id: 1}
        note(desk, True, later)
    assert limits(desk) == {}
    with desk.sessions() as session:
        assert breakers.circuit(session, desk.id) is Circuit.CLOSED
        assert len(session.scalars(select(Alert).where(Alert.kind == "breaker")).all()) == 2


def test_a_person_who_goes_on_before_the_cooldown_gets_probes(desk: Desk) -> None:
    for _ in range(8):
        note(desk, False, NOON)
    desk.do(campaigns.start)
    assert (desk.stands, limits(desk)) == (("running", ""), {desk.id: 1})
    assert desk.advance(NOON) == []


def test_a_breaker_does_not_wait_for_a_dial_and_the_tick_makes_good(desk: Desk) -> None:
    with desk.sessions() as dial:
        dial.get_one(Campaign, desk.id, with_for_update={"read": True})
        for _ in range(8):
            note(desk, False, NOON)
        assert (desk.stands, limits(desk)) == (("running", ""), {desk.id: 0})
    assert desk.advance(NOON + timedelta(seconds=1)) == [("running", "paused")]
    assert desk.stands == ("paused", "breaker")
    assert desk.look().resume_at == NOON + timedelta(minutes=5)


def test_a_breaker_leaves_what_a_person_paused_alone(desk: Desk) -> None:
    desk.do(campaigns.pause)
    for _ in range(8):
        note(desk, False, NOON)
    assert desk.stands == ("paused", "user")


def national(session: Session, age_days: int) -> None:
    session.add(
        DncList(
            name="ftc",
            kind="national",
            as_of=NOON.date() - timedelta(days=age_days),
            sha256="0",
            numbers=1,
            imported_at=NOON,
        )
    )


def test_a_registry_that_was_never_imported_stops_who_needs_it(sessions: db.Sessions) -> None:
    desk = make(sessions, dnc_scrub="required")
    desk.do(campaigns.start)
    assert desk.advance(NOON) == [("running", "paused")]
    assert desk.look().state_reason.startswith("error: the national DNC registry was never")
    assert desk.advance(NOON + timedelta(days=9)) == []
    with desk.sessions() as session:
        alert = session.scalars(select(Alert)).one()
        assert (alert.severity, alert.campaign_id) == ("critical", desk.id)


@pytest.mark.parametrize(("age_days", "state"), [(31, "running"), (32, "paused")])
def test_a_registry_is_good_for_31_days(sessions: db.Sessions, age_days: int, state: str) -> None:
    desk = make(sessions, dnc_scrub="required")
    with db.transaction(sessions) as session:
        national(session, age_days)
    desk.do(campaigns.start)
    desk.advance(NOON)
    assert desk.look().state == state


def test_an_edit_is_in_force_at_once(desk: Desk) -> None:
    epoch = desk.look().epoch
    changed = desk.edit(
        window="11:00-16:00", weight=3, script={"purpose": "about your lease"}, days="mon-fri"
    )
    assert changed == ("window", "script", "weight")
    now = desk.look()
    assert (now.epoch, now.weight, now.window_start.hour) == (epoch + 1, 3, 11)
    assert (now.script["brand"], now.script["purpose"]) == ("Harbor Realty", "about your lease")
    assert desk.edit(weight=3) == ()
    assert desk.look().epoch == epoch + 1


def test_a_retry_policy_is_laid_over_field_by_field(desk: Desk) -> None:
    desk.edit(retry={"no_answer": {"max": 2}, "busy": {"after_minutes": 5}})
    desk.edit(retry={"no_answer": {"after_minutes": 60}, "busy": None})
    assert desk.look().retry == {"no_answer": {"after_minutes": 60, "max": 2}}


def test_dates_cron_and_bounds_can_be_emptied(desk: Desk) -> None:
    desk.edit(**RUNS, ends_on=date(2026, 12, 1), max_concurrent=2)
    assert desk.edit(cron="", ends_on=None, max_concurrent=None) == (
        "ends_on",
        "cron",
        "run_minutes",
        "max_concurrent",
    )
    now = desk.look()
    assert (now.cron, now.cron_minutes, now.ends_on, now.max_concurrent) == ("", None, None, None)


def test_more_money_wakes_a_campaign_that_ran_out_of_it(desk: Desk) -> None:
    desk.do(campaign_clock.dormant, "budget", NOON + timedelta(hours=11))
    desk.edit(daily_budget="60")
    assert desk.advance(NOON) == [("paused", "running")]


def test_a_wrong_edit_names_the_field_and_changes_nothing(desk: Desk) -> None:
    epoch = desk.look().epoch
    for changes, words in WRONG_EDITS:
        with pytest.raises((InputError, Conflict)) as told:
            desk.edit(**changes)
        assert words in told.value.problem and told.value.remedy
    assert desk.look().epoch == epoch


def test_a_live_class_needs_its_reason(sessions: db.Sessions) -> None:
    with pytest.raises(InputError, match="without a live_reason"):
        make(sessions, call_class="live")
    assert make(sessions, **LIVE).look().live_reason == "people of the team speak"


def test_a_draft_can_become_another(sessions: db.Sessions) -> None:
    desk = make(sessions)
    make(sessions, name="winter")
    with pytest.raises(Conflict, match="there is a campaign named 'winter'"):
        desk.edit(name="winter")
    assert desk.edit(name="spring", timezone="America/Denver") == ("name", "timezone")
