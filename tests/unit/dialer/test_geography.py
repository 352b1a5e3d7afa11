"""The shipped tables against the installed libphonenumber, and against each other."""

from zoneinfo import ZoneInfo

import pytest
from phonenumbers.geodata import GEOCODE_DATA
from phonenumbers.tzdata import TIMEZONE_DATA

from dialer import geography, phone
from dialer.rules.locality import clock_of

OVERLAYS = {
    "208": ["986"],
    "250": ["236", "257", "672", "778"],
    "270": ["364"],
    "306": ["474", "639"],
    "407": ["689"],
    "418": ["367", "581"],
    "541": ["458"],
    "709": ["879"],
    "812": ["930"],
    "850": ["448"],
}


NOWHERE = {"600"}  # Canada's data and satellite services: a country but no place


def clocks(zones: tuple[str, ...]) -> set[bytes]:
    return {clock_of(zone) for zone in zones}


def test_every_area_code_that_rings_somewhere_is_known() -> None:
    placed = {
        str(area)
        for area in range(200, 1000)
        if any(phone.country(phone.E164(f"+1{area}{rest}0123")) for rest in range(200, 1000, 13))
    }
    assert placed - NOWHERE == set(geography.area_codes())


def test_no_zone_that_libphonenumber_knows_for_any_exchange_is_missing() -> None:
    for prefix, zones in TIMEZONE_DATA.items():
        place = geography.area_codes().get(prefix[1:4]) if prefix.startswith("1") else None
        if place and len(prefix) >= 4:
            assert set(zones) <= set(place.zones), prefix


def test_the_states_are_those_of_libphonenumber() -> None:
    names = geography.state_names()
    for area, place in geography.area_codes().items():
        told = GEOCODE_DATA.get(f"1{area}", {}).get("en", "").split(", ")[-1]
        state = names.get(told.lower())
        if state and place.country == state[:2]:
            assert place.states == (state,), area


@pytest.mark.parametrize(("code", "overlays"), OVERLAYS.items())
def test_an_overlay_lies_on_the_ground_of_its_code(code: str, overlays: list[str]) -> None:
    table = geography.area_codes()
    for overlay in overlays:
        assert clocks(table[code].zones) <= clocks(table[overlay].zones)
        assert table[code].states == table[overlay].states


def test_every_zone_exists_and_every_place_has_one() -> None:
    tables = (geography.area_codes(), geography.states(), geography.postal_prefixes())
    for name, place in ((name, place) for table in tables for name, place in table.items()):
        assert place.zones, name
        for zone in place.zones:
            ZoneInfo(zone)
        assert set(place.states) <= set(geography.states()), name


def test_a_postal_code_narrows_its_states_and_never_leaves_them() -> None:
    states = geography.states()
    for prefix, place in geography.postal_prefixes().items():
        if place.states and prefix not in ("967", "969"):  # Pacific islands that are no states
            within = {clock for state in place.states for clock in clocks(states[state].zones)}
            assert clocks(place.zones) <= within, prefix


@pytest.mark.parametrize(
    ("written", "state"),
    [("NY", "US-NY"), ("ny", "US-NY"), ("new york", "US-NY"), ("us-ny", "US-NY"),
     ("quebec", "CA-QC"), ("washington", "US-WA"), ("dc", "US-DC"), ("pr", "US-PR")],
)  # fmt: skip
def test_states_are_known_as_people_write_them(written: str, state: str) -> None:
    assert geography.state_names()[written.lower()] == state


def test_all_states_are_there() -> None:
    codes = list(geography.states())
    assert sum(code.startswith("US-") for code in codes) == 50 + 1 + 5
    assert sum(code.startswith("CA-") for code in codes) == 13
