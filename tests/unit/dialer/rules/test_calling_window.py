"""The window decision: half-open edges, daylight saving, versions, holidays, and failing closed."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.dialer.rules.shipped_law import shipped_law

from dialer.rules.calling_window import Verdict, decide, lawful_spans
from dialer.rules.holiday import Calendar
from dialer.rules.law import ALL_DAY, PRESET, Cap, Law, Rule, Window
from dialer.rules.locality import Locality

CHICAGO = ZoneInfo("America/Chicago")
ZONES = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/St_Johns",
    "Australia/Lord_Howe",
]
MARGIN = timedelta(seconds=30)
NO_HOLIDAYS = Calendar()
LAW = shipped_law()


def window(start: str, end: str) -> Window:
    return Window(time.fromisoformat(start), time.fromisoformat(end))


def rule(rule_id: str, *windows: Window, jurisdiction: str = "US", days: int = 7) -> Rule:
    """A rule with the same windows on the first `days` days of the week."""
    hours = (windows,) * days + ((),) * (7 - days)
    return Rule(rule_id, 1, jurisdiction, "any", "statute", hours)


FEDERAL = rule("us-fed-hours", window("08:00", "21:00"))
OFFICE = rule("campaign:1", window("10:00", "17:00"), jurisdiction="*", days=5)


def at(*zones: str, states: tuple[str, ...] = (), country: str = "US") -> Locality:
    return Locality(country, zones, states)


def asked(now: datetime, locality: Locality, *rules: Rule, margin: timedelta = MARGIN) -> Verdict:
    return decide(now, locality, rules, NO_HOLIDAYS, margin)


def by_law(now: datetime, locality: Locality, law: Law = LAW, kind: str = "automated") -> Verdict:
    rules = law.applicable(locality.country, locality.states, kind)
    return decide(now, locality, rules, law.closed, MARGIN)


half_hours = st.integers(0, 47).map(lambda half: half * 30)
windows = st.tuples(half_hours, half_hours).filter(lambda pair: pair[0] < pair[1])
moments = st.integers(0, 2 * 365 * 86_400).map(
    lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)
margins = st.sampled_from([timedelta(0), timedelta(seconds=30), timedelta(minutes=2)])
zone_sets = st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True)


@st.composite
def rule_sets(draw: st.DrawFn) -> list[Rule]:
    """A federal rule and up to three others, some of them of some days, dates or holidays only."""
    found = [FEDERAL]
    for position in range(draw(st.integers(0, 3))):
        low, high = draw(windows)
        clock = Window(time(low // 60, low % 60), time(high // 60, high % 60))
        one = rule(f"other-{position}", clock, jurisdiction="US-PA", days=draw(st.integers(1, 7)))
        since = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 730)))
        if draw(st.booleans()):
            one = replace(one, effective_from=since)
        if draw(st.booleans()):
            one = replace(one, holiday_hours=())
        found.append(one)
    return found


@given(moments, zone_sets, rule_sets(), margins)
def test_the_turn_of_a_verdict_is_exact(
    now: datetime, zones: list[str], rules: list[Rule], margin: timedelta
) -> None:
    place = at(*zones, states=("US-PA",))

    def allowed(moment: datetime) -> bool:
        return decide(moment, place, rules, LAW.closed, margin).allowed

    verdict = decide(now, place, rules, LAW.closed, margin)
    turn = verdict.closes_at if verdict.allowed else verdict.next_lawful_at
    if turn is None:
        turn, ends = now + timedelta(days=31), False
    else:
        ends = True
        assert allowed(turn) is not verdict.allowed
        assert allowed(turn - timedelta(microseconds=1)) is verdict.allowed
    quarters = range(0, int((turn - now).total_seconds()), 900)
    samples = {now.replace(minute=0, second=0) + timedelta(seconds=at) for at in quarters}
    edges = [sample + shift for sample in samples for shift in (timedelta(0), -margin)]
    for moment in sorted(edges)[:: max(1, len(edges) // 40)]:
        if now <= moment < turn:
            assert allowed(moment) is verdict.allowed, (moment, ends)


@given(moments, zone_sets, rule_sets(), windows)
@settings(max_examples=60)
def test_one_more_rule_never_allows_more(
    now: datetime, zones: list[str], rules: list[Rule], more: tuple[int, int]
) -> None:
    low, high = more
    added = rule("one-more", Window(time(low // 60, low % 60), time(high // 60, high % 60)))
    before = asked(now, at(*zones), *rules)
    after = asked(now, at(*zones), *rules, added)
    assert before.allowed or not after.allowed
    if before.allowed and after.allowed and before.closes_at and after.closes_at:
        assert after.closes_at <= before.closes_at


@given(moments, rule_sets(), margins)
@settings(max_examples=40)
def test_the_spans_are_the_moments_that_are_allowed(
    now: datetime, rules: list[Rule], margin: timedelta
) -> None:
    place = at("America/New_York", states=("US-PA",))
    spans = lawful_spans(now.date(), 3, place, rules, LAW.closed, margin)
    for hours in range(0, 48, 3):
        moment = now.replace(hour=0) + timedelta(hours=hours)
        inside = any(low <= moment < high for low, high in spans)
        assert decide(moment, place, rules, LAW.closed, margin).allowed is inside


@pytest.mark.parametrize(
    "clock, allowed",
    [("07:59:59", False), ("08:00:00", True), ("20:59:59", True), ("21:00:00", False)],
)
def test_the_federal_hours_are_half_open(clock: str, allowed: bool) -> None:
    now = datetime.combine(date(2026, 11, 24), time.fromisoformat(clock), CHICAGO)
    assert asked(now, at("America/Chicago"), FEDERAL, margin=timedelta(0)).allowed is allowed


def test_the_ringing_must_end_inside_too() -> None:
    now = datetime(2026, 11, 24, 20, 59, 30, tzinfo=CHICAGO)
    assert not asked(now, at("America/Chicago"), FEDERAL).allowed
    verdict = asked(now - timedelta(seconds=1), at("America/Chicago"), FEDERAL)
    assert (verdict.allowed, verdict.closes_at) == (True, now)


def test_a_ring_may_not_span_the_break_between_two_windows() -> None:
    french = rule("fr", window("10:00", "13:00"), window("14:00", "20:00"), jurisdiction="FR")
    noon = datetime(2026, 11, 24, 12, 59, 45, tzinfo=ZoneInfo("Europe/Paris"))
    verdict = asked(noon, at("Europe/Paris", country="FR"), french)
    assert not verdict.allowed
    assert verdict.next_lawful_at == noon.replace(hour=14, minute=0, second=0)


@pytest.mark.parametrize(
    "place, reason",
    [
        (at(), "zone_unknown"),
        (at("Mars/Olympus"), "zone_unknown"),
        (at("America"), "zone_unknown"),
        (at(*ZONES[:4]), "zone_unknown"),
        (Locality("US", (), (), "number_without_place"), "number_without_place"),
    ],
)
def test_a_place_that_is_not_known_closes_the_gate(place: Locality, reason: str) -> None:
    verdict = asked(datetime(2026, 11, 24, 18, tzinfo=UTC), place, FEDERAL)
    assert (verdict.allowed, verdict.reasons) == (False, (reason,))
    assert verdict.next_lawful_at is None


def test_without_a_rule_of_the_country_no_call() -> None:
    now = datetime(2026, 11, 24, 18, tzinfo=UTC)
    assert asked(now, at("America/Chicago")).reasons == ("no_rule",)
    assert asked(now, at("America/Chicago"), OFFICE).reasons == ("no_rule",)
    assert by_law(now, at("America/Nassau", country="BS")).reasons == ("no_rule",)


@pytest.mark.parametrize(
    "zone, day",
    [
        ("America/New_York", date(2026, 3, 8)),  # second Sunday of March: a gap
        ("America/New_York", date(2026, 11, 1)),  # first Sunday of November: a fold
        ("America/Phoenix", date(2026, 3, 8)),  # keeps no summer time
        ("Australia/Lord_Howe", date(2026, 10, 4)),  # moves by half an hour
    ],
)
def test_the_opening_hour_is_read_from_the_wall_clock(zone: str, day: date) -> None:
    midnight = datetime.combine(day, time(0), ZoneInfo(zone))
    verdict = asked(midnight, at(zone), FEDERAL)
    assert verdict.next_lawful_at == datetime.combine(day, time(8), ZoneInfo(zone))


def test_an_hour_that_comes_twice_is_open_twice() -> None:
    night = rule("night", window("01:00", "02:00"))
    zone = ZoneInfo("America/New_York")
    first = datetime(2026, 11, 1, 1, 30, tzinfo=zone)
    verdict = asked(first, at(zone.key), night)
    assert (verdict.allowed, verdict.closes_at) == (
        True,
        datetime(2026, 11, 1, 6, 59, 30, tzinfo=UTC),
    )


def test_an_hour_that_does_not_come_is_not_open() -> None:
    night = rule("night", window("02:00", "03:00"))
    zone = ZoneInfo("America/New_York")
    verdict = asked(datetime(2026, 3, 8, tzinfo=zone), at(zone.key), night)
    assert verdict.next_lawful_at == datetime(2026, 3, 9, 2, tzinfo=zone)


def test_the_newest_version_in_force_binds() -> None:
    strict = replace(FEDERAL, version=2, hours=((),) * 7, effective_from=date(2026, 11, 25))
    lifted = replace(FEDERAL, version=3, effective_from=date(2026, 11, 27))
    noon = datetime(2026, 11, 24, 12, tzinfo=CHICAGO)
    answers = [
        asked(noon + timedelta(days=day), at("America/Chicago"), lifted, FEDERAL, strict)
        for day in range(4)
    ]
    assert [verdict.allowed for verdict in answers] == [True, False, False, True]
    assert [verdict.binding[0].version for verdict in answers] == [1, 2, 2, 3]


def test_a_rule_is_silent_outside_its_days() -> None:
    brief = replace(
        rule("us-xx", jurisdiction="US-XX"),
        effective_from=date(2026, 11, 24),
        effective_to=date(2026, 11, 25),
    )
    noon = datetime(2026, 11, 23, 12, tzinfo=CHICAGO)
    allowed = [
        asked(noon + timedelta(days=day), at("America/Chicago"), FEDERAL, brief).allowed
        for day in range(3)
    ]
    assert allowed == [True, False, True]


def test_pennsylvania_narrows_on_its_day() -> None:
    place = at("America/New_York", states=("US-PA",))
    zone = ZoneInfo("America/New_York")
    state_only = tuple(one for one in LAW.rules if one.jurisdiction in ("US", "US-PA"))
    before = datetime(2026, 10, 17, 20, tzinfo=zone)  # a Saturday: to 21:00
    after = datetime(2026, 10, 24, 20, tzinfo=zone)  # a week later: to 19:00
    assert decide(before, place, state_only, LAW.closed, MARGIN).allowed
    assert decide(after, place, state_only, LAW.closed, MARGIN).reasons == (
        "outside_window:us-pa-2026:America/New_York",
    )


def test_an_unreadable_rule_closes_its_places_and_no_other() -> None:
    broken = replace(rule("us-xx", jurisdiction="US-XX"), fault="hours: does not name the days")
    now = datetime(2026, 11, 24, 18, tzinfo=UTC)
    law = Law((FEDERAL, broken), NO_HOLIDAYS)
    assert by_law(now, at("America/Chicago", states=("US-XX",)), law).reasons == (
        "rule_unreadable:us-xx",
    )
    assert by_law(now, at("America/Chicago", states=("US-YY",)), law).allowed


def test_a_hard_block_has_no_next_moment() -> None:
    verdict = by_law(
        datetime(2026, 11, 24, 18, tzinfo=UTC), at("America/Los_Angeles", states=("US-WA",))
    )
    assert verdict.reasons == ("hard_block:us-wa-auto",)
    assert verdict.next_lawful_at is None
    live = datetime(2026, 11, 24, 20, tzinfo=UTC)
    assert by_law(live, at("America/Los_Angeles", states=("US-WA",)), kind="live").allowed


def test_a_country_whose_rules_nobody_confirmed_is_closed() -> None:
    now = datetime(2026, 6, 2, 12, tzinfo=ZoneInfo("Europe/London"))
    place = at("Europe/London", country="GB")
    assert by_law(now, place).reasons == (
        "rule_unconfirmed:uk-code",
        "rule_unconfirmed:uk-pecr-auto",
    )
    vouched = tuple(
        replace(one, version=2, confirmed=True) if one.jurisdiction == "GB" else one
        for one in LAW.rules
    )
    assert by_law(now, place, Law((*LAW.rules, *vouched), LAW.closed)).allowed


def test_where_a_rule_is_unconfirmed_the_first_preset_binds_whatever_it_was_widened_to() -> None:
    wide = next(one for one in LAW.rules if one.rule_id == PRESET)
    wide = replace(wide, version=2, hours=((ALL_DAY,),) * 7, caps=(Cap(9, 24),))
    law = Law((*LAW.rules, wide), LAW.closed)
    evening = datetime(2026, 11, 24, 18, tzinfo=CHICAGO)
    assert by_law(evening, at("America/Chicago", states=("US-TX",)), law).allowed
    verdict = by_law(evening, at("America/Chicago", states=("US-IN",)), law)
    assert verdict.reasons == ("outside_window:preset:America/Chicago",)
    assert [one.version for one in verdict.binding if one.rule_id == PRESET] == [2, 1]


@pytest.mark.parametrize(
    "states, day, reason",
    [
        (("US-UT",), date(2026, 7, 24), "holiday:us-ut:Pioneer Day:America/Chicago"),
        (("US-PA",), date(2026, 4, 3), "holiday:us-pa:Good Friday:America/Chicago"),
        (("US-AL",), date(2026, 4, 27), "holiday:us-al:Confederate Memorial Day:America/Chicago"),
        ((), date(2026, 7, 3), "holiday:preset:Independence Day (observed):America/Chicago"),
        (("US-NH",), date(2026, 12, 25), "holiday:preset:Christmas Day:America/Chicago"),
    ],
)
def test_holidays_close_with_their_name(states: tuple[str, ...], day: date, reason: str) -> None:
    noon = datetime.combine(day, time(12), CHICAGO)
    assert reason in by_law(noon, at("America/Chicago", states=states)).reasons


def test_a_state_keeps_its_own_holidays_and_not_its_neighbours() -> None:
    noon = datetime(2026, 7, 24, 12, tzinfo=CHICAGO)
    assert by_law(noon, at("America/Chicago", states=("US-TX",))).allowed
    both = by_law(noon, at("America/Chicago", states=("US-TX", "US-UT")))
    assert both.reasons == (
        "holiday:preset:Pioneer Day:America/Chicago",
        "holiday:us-ut:Pioneer Day:America/Chicago",
    )


def test_a_day_may_be_closed_or_opened_against_the_calendar() -> None:
    storm, feast = ("US-LA", date(2026, 11, 24)), ("US-LA", date(2026, 2, 17))
    law = Law(LAW.rules, Calendar({storm: "declared emergency", feast: None}))
    place = at("America/Chicago", states=("US-LA",))
    noon = datetime(2026, 11, 24, 12, tzinfo=CHICAGO)
    assert "holiday:us-la:declared emergency:America/Chicago" in by_law(noon, place, law).reasons
    assert by_law(noon.replace(month=2, day=17), place, law).allowed


def test_a_day_that_a_country_opens_may_still_be_kept_by_a_state() -> None:
    day = date(2026, 11, 27)
    opened = Calendar({("US", day): None})
    assert opened.name("US", day) == ""
    assert opened.name("US-PA", day) == "Day After Thanksgiving"
    assert Calendar({("US", day): "mourning"}).name("US-TX", day) == "mourning"


def test_an_address_abroad_brings_its_countrys_rules() -> None:
    place = at("America/New_York", "America/Toronto", states=("CA-ON", "US-NY"))
    noon = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("America/New_York"))
    bound = {one.rule_id for one in by_law(noon, place).binding}
    assert {"ca-fed", "ca-adad", "us-fed-hours"} <= bound
    nassau = at("America/New_York", states=("BS-NP",))
    assert by_law(noon, nassau).reasons == ("no_rule",)


def test_a_moment_must_know_its_zone_and_a_margin_reach_forward() -> None:
    with pytest.raises(ValueError, match="aware"):
        asked(datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None), at(ZONES[0]), FEDERAL)
    with pytest.raises(ValueError, match="forward"):
        asked(datetime(2026, 1, 1, tzinfo=UTC), at("America/Chicago"), FEDERAL, margin=-MARGIN)
