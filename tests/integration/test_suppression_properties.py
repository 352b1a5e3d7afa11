"""Whatever happens in whatever order: a forbidden number is found, and no lead of it waits."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from dialer import consents, dnc_lists, erasures, suppressions
from dialer.erasures import Key
from dialer.phone import E164
from integration.people import AUTUMN, NOON, WINTER, People, people

KEY = Key("a-key-of-the-tests")
NUMBERS = ("+12125550123", "+12125550124", "+13055550167", "+13125550145")
PATTERNS = ("+1212*", "+1212555012?", "+1305555????", "+131255*5")
DAY = timedelta(days=1)
ON_ONE_DATABASE = settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

scopes = st.sampled_from([None, AUTUMN, WINTER])
ends = st.sampled_from([None, 1, 3])
numbers = st.sampled_from(NUMBERS)
steps = st.one_of(
    st.tuples(st.just("add"), numbers, scopes, ends),
    st.tuples(st.just("add"), st.sampled_from(PATTERNS), scopes, ends),
    st.tuples(st.just("lift"), st.integers(0, 9)),
    st.tuples(st.just("take"), st.sampled_from(["ftc", "own"]), st.sets(numbers, min_size=1)),
    st.tuples(st.just("erase"), numbers),
    st.tuples(st.just("wait")),
)


def matches(target: str, number: str) -> bool:
    """The reference: a pattern as a regular expression."""
    expression = re.escape(target).replace(r"\*", "[0-9]*").replace(r"\?", "[0-9]")
    return re.fullmatch(expression, number) is not None


@dataclass
class Model:
    """What must be so: plain lists and sets."""

    now: datetime = NOON
    entries: dict[int, tuple[str, int | None, datetime | None]] = field(default_factory=dict)
    lists: dict[str, set[str]] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)

    def forbids(self, number: str, campaign: int) -> bool:
        return any(number in listed for listed in self.lists.values()) or any(
            matches(target, number) and scope in (None, campaign) and (not end or end > self.now)
            for target, scope, end in self.entries.values()
        )


@pytest.fixture
def house(database: str) -> Iterator[People]:
    with people(database) as found:
        for number in NUMBERS:
            found.lead(number)
            found.lead(number, WINTER)
        yield found


@contextmanager
def undone(house: People) -> Iterator[Session]:
    """A session whose work is rolled back, so that examples do not see each other."""
    with house.sessions() as session:
        yield session
        session.rollback()


def act(session: Session, model: Model, step: tuple[object, ...]) -> None:
    match step:
        case ("add", str(target), scope, days):
            add(session, model, target, scope, days)  # type: ignore[arg-type]  # as drawn
        case ("lift", int(index)) if model.entries:
            one = sorted(model.entries)[index % len(model.entries)]
            suppressions.lift(session, one, "a slip", model.now)
            target, scope, end = model.entries[one]
            ended = min(end, model.now) if end else model.now
            model.entries[one] = (target, scope, ended)
        case ("take", str(name), set(listed)):
            day = model.now.date()
            dnc_lists.take(session, name, "internal", day, listed, "0", model.now)
            model.lists[name] = listed
        case ("erase", str(number)):
            erasures.erase(session, KEY, E164(number), "by letter", model.now)
            model.erased.add(number)
            model.entries = {k: v for k, v in model.entries.items() if v[0] != number}
            model.lists = {name: listed - {number} for name, listed in model.lists.items()}
        case ("wait",):
            model.now += DAY


def add(session: Session, model: Model, target: str, scope: int | None, days: int | None) -> None:
    end = model.now + days * DAY if days else None
    put = suppressions.add if target in NUMBERS else suppressions.add_pattern
    told = {"campaign_id": scope, "expires_at": end}
    if put(session, E164(target), "asked", "operator", model.now, **told):  # type: ignore[arg-type]  # either's
        newest = suppressions.every(session, 1)[0].id
        model.entries[newest] = (target, scope, end)


def agree(session: Session, model: Model) -> None:
    asked = dict(enumerate(NUMBERS))
    for campaign in (AUTUMN, WINTER):
        found = suppressions.against(session, asked, campaign, model.now)
        wanted = {one for one, number in asked.items() if model.forbids(number, campaign)}
        assert set(found) == wanted
    assert erasures.erased(session, KEY, NUMBERS) == model.erased
    waiting = session.execute(
        text(
            "select p.e164, l.campaign_id from leads l join phones p on p.id = l.phone_id"
            " where l.state in ('ready', 'waiting')"
        )
    )
    for number, campaign in waiting:
        assert number in NUMBERS and not model.forbids(number, campaign)


@ON_ONE_DATABASE
@given(history=st.lists(steps, max_size=14))
def test_what_is_off_limits_is_what_a_simple_model_says(
    house: People, history: list[tuple[object, ...]]
) -> None:
    model = Model()
    with undone(house) as session:
        for step in history:
            act(session, model, step)
            agree(session, model)


@ON_ONE_DATABASE
@given(
    number=numbers,
    wild=st.lists(st.sampled_from("=?*"), min_size=8, max_size=8),
    cut=st.booleans(),
)
def test_the_database_reads_a_pattern_as_the_regular_expression_does(
    house: People, number: str, wild: list[str], cut: bool
) -> None:
    tail = "".join(
        digit if sign == "=" else sign for digit, sign in zip(number[4:], wild, strict=True)
    )
    wanted = number[:4] + (tail[:3] + "*" if cut else tail + "*")
    asked = dict(enumerate(NUMBERS))
    with undone(house) as session:
        suppressions.add_pattern(session, wanted, "range", "operator", NOON)
        found = suppressions.against(session, asked, AUTUMN, NOON)
    assert set(found) == {one for one, number in asked.items() if matches(wanted, number)}


@ON_ONE_DATABASE
@given(
    history=st.lists(
        st.one_of(
            st.tuples(st.just("record"), st.integers(-5, 0), st.sampled_from(["sales", "survey"])),
            st.tuples(st.just("revoke")),
            st.tuples(st.just("wait")),
        ),
        max_size=10,
    )
)
def test_only_a_consent_younger_than_every_revocation_binds(
    house: People, history: list[tuple[object, ...]]
) -> None:
    now, given_at, revoked_at = NOON, [], []
    with undone(house) as session:
        phones = house.phones(session, NUMBERS[0])
        for step in history:
            match step:
                case ("record", int(days), str(purpose)):
                    at = now + days * DAY
                    given_at.append(at)
                    consents.record(
                        session,
                        E164(NUMBERS[0]),
                        wording="I agree",
                        channel="web",
                        form="written",
                        captured_at=at,
                        purpose=purpose,
                        source="site",
                        now=now,
                    )
                case ("revoke",):
                    revoked_at.append(now)
                    consents.revoke(session, E164(NUMBERS[0]), "stop", now)
                case _:
                    now += DAY
            binds = any(at > max(revoked_at, default=at - DAY) for at in given_at)
            assert bool(consents.in_force(session, phones)) == binds
