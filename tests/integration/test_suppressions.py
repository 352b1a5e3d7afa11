"""Suppression by number and pattern: what is off limits, what goes aside, what comes back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from dialer import db, suppressions
from dialer.errors import InputError, NotFound
from dialer.phone import E164
from integration.people import AUTUMN, LENA, MARIA, NOON, OMAR, WINTER, People, people

LATER = NOON + timedelta(days=1)


@pytest.fixture
def house(database: str) -> Iterator[People]:
    with people(database) as found:
        yield found


def test_a_number_and_a_pattern_are_found_by_phone_with_reason_and_source(house: People) -> None:
    for number in (MARIA, LENA, OMAR):
        house.lead(number)
    with db.transaction(house.sessions) as session:
        suppressions.add(session, E164(MARIA), "by letter", "operator", NOON)
        suppressions.add_pattern(session, "+1305555????", "test range", "api", NOON)
        asked = house.phones(session, MARIA, LENA, OMAR)
        found = suppressions.against(session, asked, AUTUMN, NOON)
    assert {asked[one]: why for one, why in found.items()} == {
        MARIA: "by letter (operator)",
        OMAR: "test range (api)",
    }


def test_leads_that_wait_go_aside_in_every_campaign_and_a_call_goes_on(house: People) -> None:
    ready, held = house.lead(MARIA), house.lead(MARIA, WINTER, "waiting", "consent_missing")
    other, talking = house.lead(LENA), house.lead(OMAR, AUTUMN, "in_call")
    with db.transaction(house.sessions) as session:
        assert suppressions.add(session, E164(MARIA), "by letter", "operator", NOON)
        assert not suppressions.add(session, E164(MARIA), "again", "operator", NOON)
        suppressions.add(session, E164(OMAR), "by letter", "operator", NOON)
    assert house.state(ready) == ("suppressed", "by letter (suppression 1)", None)
    assert house.state(held)[0] == "suppressed"
    assert house.state(other)[0] == "ready"
    assert house.state(talking)[0] == "in_call"


def test_an_entry_of_one_campaign_binds_that_campaign_alone(house: People) -> None:
    here, there = house.lead(MARIA), house.lead(MARIA, WINTER)
    with db.transaction(house.sessions) as session:
        suppressions.add(session, E164(MARIA), "client", "operator", NOON, campaign_id=AUTUMN)
        assert suppressions.suppressed(session, MARIA, AUTUMN, NOON)
        assert suppressions.suppressed(session, MARIA, WINTER, NOON) is None
    assert (house.state(here)[0], house.state(there)[0]) == ("suppressed", "ready")


def test_lifting_frees_the_leads_that_nothing_else_forbids(house: People) -> None:
    maria, lena = house.lead(MARIA), house.lead(LENA)
    with db.transaction(house.sessions) as session:
        suppressions.add_pattern(session, "+1212*", "a slip", "operator", NOON)
        suppressions.add_pattern(session, "+1312*", "a slip", "operator", NOON)
        suppressions.add(session, E164(LENA), "by letter", "operator", NOON)
        assert suppressions.lift(session, 1, "wrong area", LATER) == 1
        assert suppressions.lift(session, 2, "wrong area", LATER) == 0
        kept = session.get_one(suppressions.Suppression, 1)
        assert kept.expires_at == LATER and kept.evidence.endswith("wrong area")
    assert house.state(maria) == ("ready", "", LATER)
    assert house.state(lena) == ("suppressed", "by letter (suppression 3)", None)
    with db.transaction(house.sessions) as session:
        assert suppressions.lift(session, 3, "withdrawn", LATER) == 1


def test_a_lifted_number_can_be_suppressed_anew(house: People) -> None:
    lead = house.lead(MARIA)
    with db.transaction(house.sessions) as session:
        suppressions.add(session, E164(MARIA), "by letter", "operator", NOON)
        suppressions.lift(session, 1, "a slip", LATER)
        assert suppressions.suppressed(session, MARIA, AUTUMN, LATER) is None
        assert suppressions.add(session, E164(MARIA), "now really", "operator", LATER)
        assert suppressions.suppressed(session, MARIA, AUTUMN, LATER) == "now really (operator)"
    assert house.state(lead)[0] == "suppressed"


def test_lifting_does_not_touch_what_another_entry_put_aside(house: People) -> None:
    lead = house.lead(MARIA)
    with db.transaction(house.sessions) as session:
        suppressions.add(session, E164(MARIA), "holiday", "operator", NOON, expires_at=LATER)
        suppressions.add_pattern(session, "+1212*", "a slip", "operator", NOON)
        assert suppressions.lift(session, 2, "wrong area", LATER) == 0
    assert house.state(lead)[0] == "suppressed"  # it was the holiday's, which expired
    with db.transaction(house.sessions) as session:
        assert suppressions.suppressed(session, MARIA, AUTUMN, LATER) is None
        assert suppressions.lift(session, 1, "over", LATER) == 1


def test_an_opt_out_spoken_in_a_call_needs_evidence_to_be_lifted(house: People) -> None:
    with db.transaction(house.sessions) as session:
        suppressions.add(session, E164(MARIA), "opted out in a call", "call", NOON)
        with pytest.raises(InputError, match="--evidence"):
            suppressions.lift(session, 1, "wants calls", NOON)
        suppressions.lift(session, 1, "wants calls", NOON, evidence="letter of 24 November")
        with pytest.raises(NotFound):
            suppressions.lift(session, 99, "", NOON)


def test_a_bad_pattern_is_refused_and_nothing_is_added(house: People) -> None:
    with db.transaction(house.sessions) as session:
        for wrong in ("1900*", "+19*", "+1900", "+1900a*", "", "*", "+190055501234567?"):
            with pytest.raises(InputError, match="pattern"):
                suppressions.add_pattern(session, wrong, "no", "operator", NOON)
        with pytest.raises(InputError, match="expired"):
            suppressions.add(session, E164(MARIA), "no", "operator", NOON, expires_at=NOON)
        assert suppressions.every(session) == []


def test_a_list_may_hold_patterns_and_bad_lines_are_reported_alone(house: People) -> None:
    lines = ["phone,name", MARIA, "+1305555????", "", "12", "+1*", f'"{MARIA}",Maria']
    with db.transaction(house.sessions) as session:
        taken = suppressions.take_list(session, lines, "letters", "list", NOON)
        assert suppressions.suppressed(session, OMAR, WINTER, NOON)
    assert (taken.added, taken.known, [line for line, _ in taken.faults]) == (2, 1, [5, 6])
