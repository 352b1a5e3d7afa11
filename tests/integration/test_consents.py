"""Consents: recorded with their wording, revoked for good, and what held leads do."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from dialer import consents, db, erasures
from dialer.erasures import Key
from dialer.errors import InputError
from dialer.models import Consent
from dialer.phone import E164
from integration.people import LENA, MARIA, NOON, OMAR, WINTER, People, people

KEY = Key("a-key-of-the-tests")
DAY = timedelta(days=1)
GIVEN = {
    "wording": "I agree to automated calls",
    "channel": "web form",
    "form": "written",
    "purpose": "sales",
    "source": "site",
}


@pytest.fixture
def house(database: str) -> Iterator[People]:
    with people(database) as found:
        yield found


def record(
    house: People, number: str = MARIA, at: datetime = NOON - DAY, **changed: object
) -> None:
    with db.transaction(house.sessions) as session:
        consents.record(session, E164(number), **GIVEN | {"captured_at": at, "now": NOON} | changed)


def binding(house: People, number: str = MARIA) -> Consent | None:
    with house.sessions() as session:
        found = consents.in_force(session, house.phones(session, number))
        return next(iter(found.values()), None)


def revoke(house: People, at: datetime = NOON, number: str = MARIA) -> int:
    with db.transaction(house.sessions) as session:
        return consents.revoke(session, E164(number), "please stop", at)


def test_the_strongest_then_newest_consent_is_in_force(house: People) -> None:
    record(house, at=NOON - 3 * DAY)
    record(house, at=NOON - 2 * DAY, wording="I agree again")
    record(house, at=NOON - DAY, form="express")
    found = binding(house)
    assert found is not None and (found.form, found.wording) == ("written", "I agree again")
    assert binding(house, LENA) is None


def test_a_consent_lets_held_leads_go_and_no_others(house: People) -> None:
    held = house.lead(MARIA, state="waiting", reason="consent_missing")
    other = house.lead(MARIA, WINTER, "waiting", "no_zone")
    lena = house.lead(LENA, state="waiting", reason="consent_missing")
    record(house)
    assert house.state(held) == ("ready", "", NOON)
    assert house.state(other)[:2] == ("waiting", "no_zone")
    assert house.state(lena)[:2] == ("waiting", "consent_missing")


def test_the_same_consent_again_is_the_one_on_record(house: People) -> None:
    record(house)
    record(house, wording="Something else")
    with house.sessions() as session:
        [one] = consents.of_number(session, E164(MARIA))
    assert one.wording == "I agree to automated calls"


def test_a_revocation_ends_all_consents_and_holds_the_leads(house: People) -> None:
    record(house)
    record(house, purpose="survey")
    ready, later = house.lead(MARIA), house.lead(MARIA, WINTER, "waiting")
    lena = house.lead(LENA)
    assert revoke(house) == 2
    assert binding(house) is None
    assert house.state(ready) == house.state(later) == ("waiting", "consent_revoked", None)
    assert house.state(lena)[0] == "ready"
    with house.sessions() as session:
        kept = consents.of_number(session, E164(MARIA))
    assert {(one.revoked_at, one.revocation) for one in kept} == {(NOON, "please stop")}


def test_a_campaign_of_people_is_not_held_by_a_revocation(house: People) -> None:
    lead = house.lead(MARIA)
    with db.transaction(house.sessions) as session:
        session.execute(consents.text("update campaigns set call_class = 'live'"))
    revoke(house)
    assert house.state(lead)[0] == "ready"


@pytest.mark.parametrize("known", [True, False])
def test_an_older_consent_that_arrives_later_does_not_undo_a_revocation(
    house: People, known: bool
) -> None:
    if known:
        record(house)
    revoke(house)
    held = house.lead(MARIA, state="waiting", reason="consent_revoked")
    record(house, at=NOON - 2 * DAY, purpose="from an old file")
    assert binding(house) is None
    assert house.state(held)[0] == "waiting"
    record(house, at=NOON + DAY, now=NOON + DAY)
    assert binding(house) is not None
    assert house.state(held)[0] == "ready"


PROVES_NOTHING: list[tuple[dict[str, Any], str]] = [
    ({"wording": " "}, "consent wording is empty"),
    ({"channel": ""}, "consent channel is empty"),
    ({"form": "oral"}, "consent form 'oral'"),
    ({"at": NOON + DAY}, "is in the future"),
]


def test_a_consent_that_proves_nothing_is_refused(house: People) -> None:
    for changed, problem in PROVES_NOTHING:
        with pytest.raises(InputError, match=problem):
            record(house, **changed)
    assert binding(house) is None


def test_a_file_is_taken_row_by_row_with_faults_by_line_and_column(house: People) -> None:
    with db.transaction(house.sessions) as session:
        erasures.erase(session, KEY, E164(OMAR), "by letter", NOON)
    held = house.lead(MARIA, state="waiting", reason="consent_missing")
    lines = [
        "Phone,Captured at,Consent wording,form",
        f"{MARIA},2026-11-20T10:00:00-05:00,I agree,written",
        f"{LENA},2026-11-20,,",
        f"{LENA},yesterday,,",
        f"{LENA},2026-12-20,,",
        f"{LENA},2026-11-20,Yes,oral",
        "12,2026-11-20,,",
        f"{OMAR},2026-11-20,,",
        f"{MARIA},2026-11-20T15:00:00Z,I agree,written",
    ]
    defaults = {"wording": "I agree by phone", "form": "express", "channel": "call"}
    with db.transaction(house.sessions) as session:
        taken = consents.take(session, KEY, lines, defaults, "crm.csv", NOON)
    assert (taken.added, taken.known) == (2, 1)
    assert [(one.line, one.column) for one in taken.faults] == [
        (4, "date"),
        (5, "date"),
        (6, "form"),
        (7, "phone"),
        (8, "phone"),
    ]
    found = binding(house, LENA)
    assert found is not None
    assert (found.wording, found.form, found.source) == ("I agree by phone", "express", "crm.csv")
    assert house.state(held)[0] == "ready"


def test_a_file_without_a_phone_column_is_refused(house: People) -> None:
    with (
        pytest.raises(InputError, match="no phone column"),
        db.transaction(house.sessions) as session,
    ):
        consents.take(session, KEY, ["wording,form"], {}, "crm.csv", NOON)
