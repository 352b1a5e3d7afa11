"""The pool of caller ids: caps and rests hold with many workers, and people see one number."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from dialer import caller_ids
from dialer.caller_ids import Picked, Resting
from dialer.errors import Conflict, InputError, NotFound
from dialer.models import (
    Attempt,
    CallerId,
    Campaign,
    CampaignCallerId,
    CampaignLocality,
    Lead,
    Locality,
    Phone,
)
from integration.rows import NOON, Desk, attempt, campaign, desk, lead, locality

OURS = ["+12125550100", "+12125550101", "+12125550102"]


@pytest.fixture
def house(database: str) -> Iterator[Desk]:
    with desk(database) as made, made.open() as session:
        campaign(session)
        session.commit()
        yield made


def the_campaign(session) -> Campaign:
    return session.scalars(select(Campaign)).one()


def pool(session, cap: int | None, rest: int, numbers: list[str] = OURS) -> None:
    for number in numbers:
        caller_ids.add(session, number, "", cap, rest, NOON)
    caller_ids.assign(session, the_campaign(session), numbers)


def test_the_accounts_number_is_unlimited_outside_the_pool(house: Desk) -> None:
    with house.open() as session:
        for _ in range(3):
            assert caller_ids.pick(session, the_campaign(session), NOON) == Picked(OURS[0])


def test_the_accounts_number_obeys_its_cap_once_in_the_pool(house: Desk) -> None:
    with house.open() as session:
        caller_ids.add(session, OURS[0], "office", 1, 0, NOON)
        assert caller_ids.pick(session, the_campaign(session), NOON) == Picked(OURS[0])
        attempt(session, lead(session, the_campaign(session), locality(session), "+12125550123"))
        midnight = datetime(2026, 11, 25, 5, tzinfo=UTC)
        later = NOON + timedelta(minutes=1)
        assert caller_ids.pick(session, the_campaign(session), later) == Resting(
            "caller_id:daily_cap", midnight
        )
        session.scalars(select(Attempt)).one().state = "refused"
        assert caller_ids.pick(session, the_campaign(session), later) == Picked(OURS[0])


def test_numbers_take_turns_and_rest(house: Desk) -> None:
    with house.open() as session:
        pool(session, None, 60)
        picked = [
            caller_ids.pick(session, the_campaign(session), NOON + timedelta(seconds=second))
            for second in range(3)
        ]
        assert picked == [Picked(number) for number in OURS]
        resting = caller_ids.pick(session, the_campaign(session), NOON + timedelta(seconds=3))
        assert resting == Resting("caller_id:resting", NOON + timedelta(seconds=60))
        again = caller_ids.pick(session, the_campaign(session), NOON + timedelta(seconds=60))
        assert again == Picked(OURS[0])


def test_a_retry_shows_the_number_that_the_lead_saw(house: Desk) -> None:
    with house.open() as session:
        pool(session, 2, 0)
        who = lead(
            session, the_campaign(session), locality(session), "+12125550123", attempts_made=1
        )
        attempt(session, who, OURS[2], state="busy", placing_at=NOON)
        for _ in range(2):
            found = caller_ids.pick(session, the_campaign(session), NOON, who)
            assert found == Picked(OURS[2])
        other = attempt(session, who, OURS[2], state="busy", ordinal=2, placing_at=NOON)
        assert caller_ids.pick(session, the_campaign(session), NOON, who) == Picked(OURS[0])
        other.placing_at = NOON - timedelta(days=1)
        assert caller_ids.pick(session, the_campaign(session), NOON, who) == Picked(OURS[2])


def test_a_retired_number_is_never_used_again(house: Desk) -> None:
    with house.open() as session:
        pool(session, None, 0, OURS[:1])
        caller_ids.retire(session, OURS[0])
        found = caller_ids.pick(session, the_campaign(session), NOON)
        assert isinstance(found, Resting) and found.reason == "caller_id:retired"
        session.execute(delete(CampaignCallerId))
        assert isinstance(caller_ids.pick(session, the_campaign(session), NOON), Resting)
        caller_ids.add(session, OURS[0], "back", None, 0, NOON)
        assert caller_ids.pick(session, the_campaign(session), NOON) == Picked(OURS[0])


def test_what_the_pool_refuses(house: Desk) -> None:
    with house.open() as session:
        with pytest.raises(InputError, match="not a telephone number"):
            caller_ids.add(session, "nobody", "", None, 0, NOON)
        with pytest.raises(InputError, match="below 1"):
            caller_ids.add(session, OURS[0], "", 0, 0, NOON)
        with pytest.raises(InputError, match="negative"):
            caller_ids.add(session, OURS[0], "", None, -1, NOON)
        with pytest.raises(NotFound, match="not in the pool"):
            caller_ids.assign(session, the_campaign(session), [OURS[1]])
        caller_ids.add(session, OURS[0], "", None, 0, NOON)
        caller_ids.retire(session, OURS[0])
        with pytest.raises(Conflict, match="is retired"):
            caller_ids.assign(session, the_campaign(session), OURS[:1])


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cap=st.integers(1, 4), numbers=st.integers(1, 3))
def test_workers_at_once_never_exceed_a_cap(house: Desk, cap: int, numbers: int) -> None:
    workers, tries = 6, 4
    with house.open() as session:
        for table in (Attempt, Lead, Phone, CampaignLocality, Locality, CampaignCallerId, CallerId):
            session.execute(delete(table))
        pool(session, cap, 0, OURS[:numbers])
        place = locality(session)
        people = [
            lead(session, the_campaign(session), place, f"+1212555{index:04}").id
            for index in range(workers * tries)
        ]

    def dial(worker: int) -> None:
        for person in people[worker * tries : (worker + 1) * tries]:
            with house.open() as session:
                found = caller_ids.pick(session, the_campaign(session), NOON)
                if isinstance(found, Picked):
                    attempt(session, session.get_one(Lead, person), found.e164)

    with ThreadPoolExecutor(workers) as threads:
        list(threads.map(dial, range(workers)))
    with house.open() as session:
        used = Counter(session.scalars(select(Attempt.caller_id)))
    assert used and all(count <= cap for count in used.values())
