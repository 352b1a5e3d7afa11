"""Do-not-call files: taken in, replaced, refused, and how old the scrub is."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from dialer import db, dnc_lists, suppressions
from dialer.errors import Conflict, InputError
from dialer.phone import E164
from integration.people import AUTUMN, LENA, MARIA, NOON, OMAR, WINTER, People, people

TODAY = NOON.date()


@pytest.fixture
def house(database: str) -> Iterator[People]:
    with people(database) as found:
        yield found


def take(
    house: People, lines: list[str], as_of: date = TODAY, name: str = "ftc", kind: str = "national"
) -> dnc_lists.Taken:
    with db.transaction(house.sessions) as session:
        return dnc_lists.take(session, name, kind, as_of, lines, "0" * 64, NOON)


def test_every_form_of_line_is_read_and_bad_ones_are_told_alone(house: People) -> None:
    lines = ["number,date", "2125550123", "312,5550145", '"+13055550167",2026', "", "12", MARIA]
    taken = take(house, lines)
    assert (taken.numbers, taken.added, taken.refused) == (3, 3, 1)
    assert [line for line, _ in taken.faults] == [6]
    with house.sessions() as session:
        for number in (MARIA, LENA, OMAR):
            why = suppressions.suppressed(session, number, WINTER, NOON)
            assert why == "on the national do-not-call registry (ftc)"


def test_a_newer_file_replaces_the_older_and_its_leads_follow(house: People) -> None:
    maria, lena, omar = (house.lead(number) for number in (MARIA, LENA, OMAR))
    first = take(house, [MARIA, LENA], TODAY - timedelta(days=1))
    assert (first.leads_stopped, house.state(maria)[0], house.state(lena)[0]) == (
        2,
        "suppressed",
        "suppressed",
    )
    with db.transaction(house.sessions) as session:
        suppressions.add(session, E164(MARIA), "by letter", "operator", NOON)
    second = take(house, [OMAR])
    assert (second.numbers, second.added, second.removed) == (1, 1, 2)
    assert (second.leads_stopped, second.leads_freed) == (1, 1)
    assert [house.state(one)[0] for one in (maria, lena, omar)] == [
        "suppressed",
        "ready",
        "suppressed",
    ]
    assert house.state(maria)[1].startswith("by letter (suppression ")


CANNOT_STAND_IN: list[tuple[list[str], date, str, type[Exception]]] = [
    ([MARIA], TODAY - timedelta(days=3), "national", Conflict),
    ([MARIA], TODAY + timedelta(days=1), "national", InputError),
    ([MARIA], TODAY, "state", Conflict),
    ([MARIA], TODAY, "secret", InputError),
    ([], TODAY, "national", InputError),
    (["name", "12", "x"], TODAY, "national", InputError),
]


def test_a_file_that_cannot_stand_in_leaves_the_old_one(house: People) -> None:
    take(house, [LENA], TODAY - timedelta(days=2))
    for lines, as_of, kind, error in CANNOT_STAND_IN:
        with pytest.raises(error):
            take(house, lines, as_of, kind=kind)
        with house.sessions() as session:
            assert suppressions.suppressed(session, LENA, AUTUMN, NOON)
            assert [one.as_of for one in dnc_lists.every(session)] == [TODAY - timedelta(days=2)]


def test_the_scrub_is_as_old_as_the_oldest_national_file(house: People) -> None:
    with house.sessions() as session:
        assert dnc_lists.scrub(session, NOON) == dnc_lists.Scrub(None, None)
        assert not dnc_lists.fresh(session, 31, NOON)
    take(house, [MARIA], TODAY - timedelta(days=31))
    take(house, [LENA], TODAY, "ftc-2")
    take(house, [LENA], TODAY - timedelta(days=90), "texas", "state")
    with house.sessions() as session:
        assert dnc_lists.scrub(session, NOON).age_days == 31
        assert dnc_lists.fresh(session, 31, NOON)
        assert not dnc_lists.fresh(session, 31, NOON + timedelta(days=1))


def test_look_ups_use_the_index_among_many_numbers(house: People) -> None:
    """The plan, not the clock: at 20,000 rows a scan would already lose."""
    taken = take(
        house, [f"212{prefix}{line:04d}" for prefix in (555, 556) for line in range(10_000)]
    )
    assert taken.numbers == 20_000
    with house.sessions() as session:
        session.execute(text("analyze suppressions"))
        query = suppressions._AGAINST.text
        told = {"ids": [1, 2], "numbers": [MARIA, LENA], "campaign": AUTUMN, "now": NOON}
        plan = "\n".join(session.scalars(text(f"explain {query}"), told))
    assert "suppressions_by_number" in plan
    assert "Seq Scan on suppressions" not in plan
