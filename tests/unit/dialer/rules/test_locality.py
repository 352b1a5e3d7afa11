"""Where a number may ring: every source counts, and what nobody knows is blocked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer import geography
from dialer.rules.locality import MAX_ZONES, Locality, clock_of, locate

EAST, CENTRAL = "America/New_York", "America/Chicago"
AREAS = st.sampled_from(sorted(geography.area_codes()))
STATES = st.sampled_from(["", *(code[3:] for code in geography.states())])
ZIPS = st.sampled_from(
    ["", *(f"{prefix}01" for prefix in geography.postal_prefixes() if prefix.isdigit())]
)
ZONES = st.sampled_from(["", EAST, CENTRAL, "America/Phoenix", "America/Detroit", "Europe/Paris"])


@pytest.mark.parametrize(
    ("number", "told", "expected"),
    [
        ("+12125550123", {}, Locality("US", (EAST,), ("US-NY",))),
        ("+18505550123", {}, Locality("US", (CENTRAL, EAST), ("US-FL",))),
        ("+14485550123", {}, Locality("US", (CENTRAL, EAST), ("US-FL",))),
        ("+12125550123", {"region": "fl"}, Locality("US", (CENTRAL, EAST), ("US-FL", "US-NY"))),
        (
            "+12125550123",
            {"region": "Florida", "postal_code": "33139-0001"},
            Locality("US", (EAST,), ("US-FL", "US-NY")),
        ),
        ("+13135550123", {"timezone": EAST}, Locality("US", (EAST,), ("US-MI",))),
        ("+12125550123", {"postal_code": "h2x 1y4"}, Locality("US", (EAST,), ("CA-QC", "US-NY"))),
        ("+17875550123", {}, Locality("US", ("America/Puerto_Rico",), ("US-PR",))),
        ("+442083661177", {}, Locality("GB", ("Europe/London",), ())),
        ("+18005550123", {"region": "NY"}, Locality("", (), (), "number_without_place")),
        ("+15005550123", {}, Locality("", (), (), "number_without_place")),
        ("+80012345678", {}, Locality("", (), (), "number_without_place")),
        ("+870773111632", {}, Locality("", (), (), "country_unknown")),
    ],
)
def test_all_that_is_known_of_a_lead_counts(
    number: str, told: dict[str, str], expected: Locality
) -> None:
    assert locate(number, **told).locality == expected


@pytest.mark.parametrize("number", ["+18675550123", "+61412345678"])
def test_more_than_three_clocks_are_blocked(number: str) -> None:
    place = locate(number).locality
    assert place.blocked == "too_many_zones"
    assert len(place.zones) > MAX_ZONES


def test_the_sources_of_each_zone_and_state_are_told() -> None:
    located = locate("+13135550123", region="NY", postal_code="10001", timezone="America/Detroit")
    assert located.sources == {
        EAST: ("area code 313", "ZIP 10001", "list's time zone (America/Detroit)"),
        "US-MI": ("area code 313",),
        "US-NY": ("ZIP 10001", "state column NY"),
    }


def test_a_text_that_nobody_knows_adds_nothing_and_is_noted() -> None:
    located = locate("+12125550123", region="Nwe York", postal_code="1234")
    assert located.locality == locate("+12125550123").locality
    assert [column for column, _ in located.notes] == ["postal_code", "region"]


@given(AREAS, STATES, ZIPS, ZONES)
def test_more_knowledge_never_takes_a_clock_or_a_state_away(
    area: str, region: str, postal_code: str, timezone: str
) -> None:
    number = f"+1{area}5550123"
    bare = locate(number).locality
    full = locate(number, region=region, postal_code=postal_code, timezone=timezone)
    if bare.blocked in ("number_without_place", "zone_unknown"):
        return
    clocks = {clock_of(zone) for zone in full.locality.zones}
    assert {clock_of(zone) for zone in bare.zones} <= clocks
    assert set(bare.states) <= set(full.locality.states)
    assert not timezone or clock_of(timezone) in clocks
    assert len(clocks) == len(full.locality.zones)
    assert (full.locality.blocked == "too_many_zones") == (len(clocks) > MAX_ZONES)
    assert set(full.sources) == {*full.locality.zones, *full.locality.states}
    assert full.locality.zones == tuple(sorted(full.locality.zones))
