"""The ledger balances after any history, no purse is exceeded, and nothing is booked twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from dialer import alerts, costs, ledger
from dialer.db import Sessions, transaction
from dialer.models import Attempt, BudgetDay, LedgerEntry
from dialer.rules.budget import usd
from dialer.rules.rate_card import Price
from integration import money
from integration.money import NOON, RESERVED

MOVES = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "charge", "true_up", "give_back"]),
        st.integers(0, 4),
        st.sampled_from([0, 14_000, 60_000, 150_000]),
        st.integers(0, 60_000),
    ),
    min_size=15,
    max_size=50,
)


@pytest.fixture
def sessions(database: str) -> Iterator[Sessions]:
    with money.sessions_of(database) as made:
        yield made


def balanced(session: Session) -> None:
    """Every purse agrees with its ledger lines and stands within its limit."""
    for day in session.scalars(select(BudgetDay).execution_options(populate_existing=True)):
        lines = session.execute(
            select(LedgerEntry.kind, LedgerEntry.amount_micros).where(
                LedgerEntry.scope == day.scope, LedgerEntry.day == day.day
            )
        ).all()
        total = {kind: sum(amount for k, amount in lines if k == kind) for kind, _ in lines}
        gone = total.get("settle", 0) + total.get("true_up", 0)
        bound = total.get("reserve", 0) - total.get("settle", 0) - total.get("release", 0)
        assert day.spent_micros + day.overrun_micros == gone >= 0
        assert day.reserved_micros == bound >= 0
        assert day.spent_micros + day.reserved_micros <= day.limit_micros


def play(session: Session, moves: list[tuple[str, int, int, int]]) -> dict[UUID, int]:
    """Any moves on five attempts, each as a caller may make it; what each attempt really cost."""
    of = money.campaign(session, "tight", 200_000)
    purses = money.purses(of, 250_000)
    made = [money.attempt(session, of) for _ in range(5)]
    reserved: set[int] = set()
    costs: dict[UUID, int] = {}
    for kind, index, connectivity, other in moves:
        attempt = made[index]
        if kind == "reserve" and index not in reserved:
            with session.begin_nested() as point:
                if money.reserve(session, attempt.id, purses, RESERVED) is None:
                    reserved.add(index)
                else:
                    point.rollback()
        if index not in reserved:
            continue
        if kind == "charge":
            price = Price(connectivity, connectivity + other, {"voice": connectivity})
            ledger.charge(session, attempt, price, NOON)
            costs.setdefault(attempt.id, min(connectivity + other, RESERVED))
        if kind == "give_back" and ledger.settle(session, attempt.id, 0, NOON):
            attempt.cost_micros = costs[attempt.id] = 0
        if kind == "true_up" and attempt.cost_micros is not None:
            due = connectivity - (attempt.connectivity_micros or 0)
            if ledger.true_up(session, attempt.id, NOON, connectivity_micros=connectivity):
                costs[attempt.id] += due
        session.flush()
        balanced(session)
    return costs


def test_the_ledger_balances_after_any_history(sessions: Sessions) -> None:
    @settings(max_examples=25)
    @given(MOVES)
    def any_history(moves: list[tuple[str, int, int, int]]) -> None:
        with sessions() as session:
            costs = play(session, moves)
            for attempt_id, cost in costs.items():
                assert session.get_one(Attempt, attempt_id).cost_micros == cost >= 0
            session.rollback()

    any_history()


def test_a_difference_is_booked_once_in_every_scope(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        attempt_id = money.charged(session, money.campaign(session), seconds=70)
    for expected in (True, False):
        with transaction(sessions) as session:
            done = ledger.true_up(session, attempt_id, NOON, connectivity_micros=20_000)
            assert done is expected
    with sessions() as session:
        lines = session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "true_up")).all()
        assert [(one.scope[:8], one.amount_micros) for one in lines] == [
            ("global", -8_000),
            ("campaign", -8_000),
        ]
        attempt = session.get_one(Attempt, attempt_id)
        assert (attempt.price_micros, attempt.cost_micros) == (20_000, 28_800)
        assert ledger.balance(session, ledger.GLOBAL) == (28_800, 0)


def test_what_the_day_has_no_room_for_is_overrun_that_blocks_and_alerts(
    sessions: Sessions,
) -> None:
    with transaction(sessions) as session:
        of = money.campaign(session, limit_micros=100_000)
        attempt_id = money.charged(session, of)
        ledger.true_up(session, attempt_id, NOON, connectivity_micros=150_000)
        day = session.get_one(BudgetDay, (f"campaign:{of.id}", date(2026, 11, 24)))
        assert (day.spent_micros, day.overrun_micros) == (100_000, 58_800)
        [told] = [one for one in alerts.every(session) if one.key.startswith("overrun")]
        assert told.severity == "critical" and "$0.0588" in told.message
        other = money.attempt(session, of)
        short = money.reserve(session, other.id, money.purses(of), 1)
        assert short is not None and short.scope == f"campaign:{of.id}"


def test_room_that_a_settled_call_leaves_first_pays_the_overrun(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        of = money.campaign(session, limit_micros=200_000)
        open_one = money.attempt(session, of)
        money.reserve(session, open_one.id, money.purses(of), RESERVED)
        dear = money.charged(session, of)
        ledger.true_up(session, dear, NOON, connectivity_micros=150_000)
        ledger.settle(session, open_one.id, 0, NOON)
        # 150,000 + 8,800 are gone: 41,200 of 200,000 are left, whatever stands as overrun.
        for amount, fits in ((41_201, False), (41_200, True)):
            other = money.attempt(session, of)
            short = money.reserve(session, other.id, money.purses(of), amount)
            assert (short is None) is fits


def test_a_bill_beyond_the_reservation_is_made_good_by_the_true_up(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        of = money.campaign(session)
        attempt = money.attempt(session, of)
        money.reserve(session, attempt.id, money.purses(of), RESERVED)
        price = money.CARD.cost("+12125550123", 3600, amd=False, tts_characters=0)
        ledger.charge(session, attempt, price, NOON)
        assert attempt.cost_micros == RESERVED
        ledger.true_up(session, attempt.id, NOON, connectivity_micros=price.connectivity_micros)
        assert attempt.cost_micros == price.total_micros
        assert ledger.balance(session, ledger.GLOBAL) == (price.total_micros, 0)


def test_an_attempt_that_was_not_charged_cannot_be_trued_up(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        attempt = money.attempt(session, money.campaign(session))
        with pytest.raises(ValueError, match="not charged"):
            ledger.true_up(session, attempt.id, NOON, connectivity_micros=1)


def test_each_level_of_each_purse_is_told_once(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        of = money.campaign(session, limit_micros=5 * RESERVED)
        for _ in range(5):
            attempt = money.attempt(session, of)
            money.reserve(session, attempt.id, money.purses(of), RESERVED)
        day = f"budget:campaign:{of.id}:2026-11-24"
        keys = [one.key for one in reversed(alerts.every(session))]
        assert keys == [f"{day}:50", f"{day}:80", f"{day}:100"]
        for row in session.scalars(select(Attempt)):
            ledger.settle(session, row.id, 0, NOON)
        again = money.attempt(session, of)
        money.reserve(session, again.id, money.purses(of), 4 * RESERVED)
        assert len(alerts.every(session, campaign_id=of.id)) == 3


def test_many_at_once_book_each_movement_once_and_never_lock_each_other(
    sessions: Sessions,
) -> None:
    with transaction(sessions) as session:
        of = money.campaign(session, limit_micros=1_000_000)
        made = [money.charged(session, of) for _ in range(8)]
        fresh = [money.attempt(session, of).id for _ in range(16)]

    def hammer(worker: int) -> int:
        booked = 0
        for index in range(4):
            with transaction(sessions) as session:
                turn = made[(worker + 3 * index) % len(made)]
                booked += ledger.true_up(session, turn, NOON, connectivity_micros=60_000)
            with sessions() as session:
                attempt_id = fresh[4 * worker + index]
                short = money.reserve(session, attempt_id, money.purses(of), RESERVED)
                session.commit() if short is None else session.rollback()
        return booked

    with ThreadPoolExecutor(4) as threads:
        booked = sum(threads.map(hammer, range(4)))
    with sessions() as session:
        trued = select(Attempt).where(Attempt.price_micros.is_not(None))
        assert booked == len(session.scalars(trued).all()) > 4
        balanced(session)
        day = session.get_one(BudgetDay, (f"campaign:{of.id}", date(2026, 11, 24)))
        bound = day.spent_micros + day.overrun_micros + day.reserved_micros
        assert bound + RESERVED > day.limit_micros


def test_products_and_corrections_add_up_to_what_was_spent(sessions: Sessions) -> None:
    with transaction(sessions) as session:
        of = money.campaign(session)
        first = money.charged(session, of, 70, amd=True)
        money.charged(session, of, 10)
        ledger.true_up(session, first, NOON, connectivity_micros=20_000)
        spent, _ = ledger.balance(session, f"campaign:{of.id}")
        shares = costs.by_product(session, of.id, spent)
    assert shares == {
        "voice": Decimal("0.042"),
        "stream": Decimal("0.0132"),
        "amd": Decimal("0.0075"),
        "corrections": Decimal("-0.008"),
    }
    assert sum(shares.values()) == usd(spent)


def test_a_purse_is_full_again_at_its_own_midnight() -> None:
    late = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
    new_york = ledger.purse("global", 1, "America/New_York", late)
    honolulu = ledger.purse("campaign:1", 1, "Pacific/Honolulu", late)
    assert new_york.next_day_at == datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
    assert honolulu.next_day_at == datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
