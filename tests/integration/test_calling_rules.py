"""The law in the database: installed, versioned, changed with reasons, read anew on a change."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import URL, NullPool, create_engine, func, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dialer import (
    calling_rules,
    db,
    rule_changes,
    rule_forecast,
    rule_lookup,
    rule_pack,
    rule_review,
)
from dialer.errors import Conflict, InputError, NotFound
from dialer.models import CallingRule, StateHoliday
from dialer.phone import E164
from dialer.rules.calling_window import Verdict, decide
from dialer.rules.locality import Locality
from dialer.rules.rule_text import COLUMNS
from integration.house import NOON, build

CHICAGO = ZoneInfo("America/Chicago")
EVENING = datetime(2026, 11, 24, 18, 30, tzinfo=CHICAGO)
TEXAS = Locality("US", ("America/Chicago",), ("US-TX",))
LOUISIANA = Locality("US", ("America/Chicago",), ("US-LA",))
FRENCH = ("fr-auto", "fr-fed", "fr-opt-in")
PARIS = E164("+33142685300")
TEXAN = "us-tx,US-TX,any,10:00-21:00,none,none,allowed,,no,,,,,,301.051,counsel,2026-11-01,high,"
OWN = "us-zz-own,US-TX,any,11:00-21:00,none,none,allowed,2 per 24h,no,,,,,,policy,us,2026,operator,"


@pytest.fixture
def session(migrated_template: URL) -> Iterator[Session]:
    """The shipped law, and whatever a test makes of it, which is never committed."""
    engine = create_engine(migrated_template, poolclass=NullPool)
    with db.sessions(engine)() as opened:
        yield opened


def judged(session: Session, now: datetime, place: Locality) -> Verdict:
    law = calling_rules.law(session)
    rules = law.applicable(place.country, place.states, "automated")
    return decide(now, place, rules, law.closed, timedelta(seconds=30))


def rewritten(session: Session, rule_id: str, **changed: object) -> CallingRule:
    """A version as somebody may have written it by hand."""
    last = calling_rules.find(session, rule_id)[-1]
    row = {**rule_pack.substance(last), "version": last.version + 1, "reason": "by hand"}
    session.execute(insert(CallingRule).values(confirmed_by="", created_at=NOON, **row | changed))
    return calling_rules.find(session, rule_id)[-1]


def test_the_template_has_the_pack_and_installing_again_does_nothing(session: Session) -> None:
    rows = calling_rules.every(session)
    assert {row.id for row in rows} == set(rule_pack.shipped())
    assert {row.version for row in rows} == {1}
    assert session.scalar(select(func.count(StateHoliday.id))) == len(rule_pack.shipped_days())
    assert calling_rules.install(session, NOON) == 0


def test_a_changed_pack_row_becomes_a_version_unless_the_operator_changed_it(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule_changes.load(session, [",".join(COLUMNS), TEXAN], "Ann", "counsel said so", NOON)
    rule_changes.confirm(session, "us-in", "Ann", "read the statute", NOON)
    new = {**rule_pack.shipped(), "us-new": {**rule_pack.shipped()["us-wy"], "id": "us-new"}}
    for rule_id in ("us-tx", "us-in", "us-fl"):
        new[rule_id] = {**new[rule_id], "note": "another edition"}
    monkeypatch.setattr(rule_pack, "shipped", lambda: new)
    monkeypatch.setattr(rule_pack, "PACK", "pack 2")

    assert calling_rules.install(session, NOON) == 3
    newest = calling_rules.newest(session)
    assert (newest["us-fl"].version, newest["us-fl"].reason) == (2, "pack 2")
    assert (newest["us-in"].version, newest["us-in"].confirmed_by) == (3, "")
    assert (newest["us-tx"].version, newest["us-tx"].source) == (2, "counsel")
    assert newest["us-new"].version == 1
    assert calling_rules.install(session, NOON) == 0


def test_the_law_is_read_again_when_it_changed_and_not_otherwise(session: Session) -> None:
    first = calling_rules.law(session)
    assert calling_rules.law(session) is first
    rule_changes.close_day(session, "US-LA", date(2026, 11, 24), "storm", "EO 1", NOON)
    second = calling_rules.law(session)
    assert second is not first
    assert second.stamp != first.stamp
    assert "holiday:us-la:storm:America/Chicago" in judged(session, NOON, LOUISIANA).reasons
    rule_changes.close_day(session, "US-LA", date(2026, 11, 24), "over", "EO 2", NOON, closed=False)
    assert judged(session, NOON, LOUISIANA).allowed


def test_the_preset_is_widened_with_a_reason_and_never_over_the_law(session: Session) -> None:
    assert not judged(session, EVENING, TEXAS).allowed
    row = rule_changes.widen(session, {"mon_fri": "06:00-23:00"}, "evening leads", "Ann", NOON)
    assert (row.version, row.reason) == (2, "evening leads (by Ann)")
    assert row.hours["mon"] == ["06:00-23:00"]
    assert row.hours["sat"] == []
    assert judged(session, EVENING, TEXAS).allowed
    late = EVENING.replace(hour=21)
    assert "outside_window:us-tx:America/Chicago" in judged(session, late, TEXAS).reasons


@pytest.mark.parametrize(
    "wanted, reason, words",
    [
        ({"mon_fri": "09:00-20:00"}, " ", "needs a reason"),
        ({"mon_fri": "09:00-25:00"}, "why not", "mon_fri"),
        ({"attempt_cap": "many"}, "why not", "attempt_cap"),
    ],
)
def test_a_widening_that_cannot_be_is_refused(
    session: Session, wanted: dict[str, str], reason: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        rule_changes.widen(session, wanted, reason, "Ann", NOON)
    assert len(calling_rules.find(session, "preset")) == 1


def test_an_unconfirmed_country_opens_when_all_its_rules_are_confirmed(session: Session) -> None:
    at = datetime(2026, 11, 24, 11, tzinfo=ZoneInfo("Europe/Paris"))
    answer = rule_lookup.ask(session, PARIS, at, 25)
    assert answer.reasons == [
        f"rule_unconfirmed:{name}" for name in ("fr-auto", "fr-fed", "fr-opt-in")
    ]
    for rule_id in ("fr-auto", "fr-fed", "fr-opt-in"):
        row = rule_changes.confirm(session, rule_id, "counsel", "read the decree", NOON)
        assert row.effective_from == calling_rules.find(session, rule_id)[0].effective_from
    answer = rule_lookup.ask(session, PARIS, at, 25)
    assert (answer.lawful, answer.consent) == (True, "express")
    with pytest.raises(Conflict, match="no confirmation"):
        rule_changes.confirm(session, "fr-fed", "counsel", "again", NOON)
    with pytest.raises(NotFound):
        rule_changes.confirm(session, "fr-none", "counsel", "again", NOON)


def test_a_row_that_cannot_be_read_closes_its_places_and_is_told(session: Session) -> None:
    rewritten(session, "us-tx", hours={"mon": ["late"]})
    verdict = judged(session, NOON, TEXAS)
    assert verdict.reasons == ("rule_unreadable:us-tx",)
    assert judged(session, NOON, LOUISIANA).allowed
    found = rule_review.check(session, NOON)
    assert "us-tx" in {one.rule_id for one in found if one.severity == "critical"}
    rewritten(session, "us-tx", hours=rule_pack.shipped()["us-tx"]["hours"])
    assert judged(session, NOON, TEXAS).allowed


def test_a_file_of_rules_is_loaded_row_by_row(session: Session) -> None:
    lines = [
        ",".join(COLUMNS),
        TEXAN,
        OWN.replace("11:00-21:00", "eleven"),
        "preset,*,any,08:00-21:00,none,none,none,,no,,,,,,,,,operator,",
        OWN,
    ]
    loaded = rule_changes.load(session, lines, "Ann", "counsel's list", NOON)
    assert (loaded.added, loaded.changed) == (["us-zz-own"], ["us-tx"])
    assert [(one.line, one.column) for one in loaded.faults] == [(3, "mon_fri"), (4, "id")]
    again = rule_changes.load(session, [lines[0], TEXAN], "Ann", "again", NOON)
    assert again.known == ["us-tx"]
    nine = datetime(2026, 11, 25, 10, 30, tzinfo=CHICAGO)
    assert judged(session, nine, TEXAS).reasons == ("outside_window:us-zz-own:America/Chicago",)


def test_the_difference_is_told_in_words(session: Session) -> None:
    assert rule_review.diff(session) == []
    rule_changes.load(session, [",".join(COLUMNS), TEXAN], "Ann", "counsel said so", NOON)
    pack, before = rule_review.diff(session)
    assert (pack.before, pack.after) == ("pack", "version 2")
    assert (before.before, before.after) == ("version 1", "version 2")
    assert before.reason == "counsel said so (by Ann)"
    hours = "hours: Mon-Sat 09:00-21:00, Sun 12:00-21:00 -> Mon-Fri 10:00-21:00, Sat-Sun none"
    assert hours in before.words


def test_the_check_of_the_shipped_law(session: Session) -> None:
    found = {(one.severity, one.rule_id) for one in rule_review.check(session, NOON)}
    assert {("warning", "fr-fed"), ("warning", "uk-code"), ("warning", "us-in")} <= found
    assert ("notice", "us-pa") in found
    assert not [rule_id for severity, rule_id in found if severity == "critical"]


def test_the_check_tells_of_rules_that_leave_no_hour(session: Session) -> None:
    night = OWN.replace("11:00-21:00", "22:00-23:00")
    rule_changes.load(session, [",".join(COLUMNS), night], "Ann", "a slip", NOON)
    problems = [one.problem for one in rule_review.check(session, NOON)]
    assert any("to US-TX have no hour left" in problem for problem in problems)


def test_a_coming_rule_names_the_campaigns_that_it_will_change(database: str) -> None:
    september = datetime(2026, 9, 14, 17, tzinfo=CHICAGO)
    numbers = ["+12155550123", "+12155550145", "+12125550123"]
    house = build(database, numbers, now=september)
    with db.transaction(house.sessions) as session:
        rule_changes.widen(session, {"mon_fri": "08:00-21:00"}, "evenings", "Ann", september)
        coming = rule_forecast.upcoming(session, september, 60)
        assert rule_forecast.upcoming(session, september, 20) == []
    house.close()
    one = next(one for one in coming if one.rule_id == "us-pa-2026")
    assert (one.day, one.what, one.confirmed) == (date(2026, 10, 18), "begins", False)
    (campaign,) = one.campaigns
    assert (campaign.campaign_id, campaign.leads) == (house.campaign_id, 2)
    assert campaign.hours_before.startswith("Mon-Fri 10:00-17:00")


def test_rules_are_only_ever_added(session: Session) -> None:
    rule_changes.widen(session, {"sat": "10:00-16:00"}, "weekend leads", "Ann", NOON)
    versions = calling_rules.find(session, "preset")
    assert [row.version for row in versions] == [1, 2]
    assert versions[0].hours["sat"] == []
    assert versions[1].effective_from <= NOON.date()
    with pytest.raises(DBAPIError, match="only ever added"):
        session.execute(update(CallingRule).values(hard_block=False))
