"""Turns: no campaign above its limit, nobody starves, and the closing locality goes first."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dialer.rules.turn_order import Candidate, Share, TurnOrder

NOON = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)


def candidate(
    lead_id: int, campaign_id: int = 1, closes: int = 60, *, callback=False, priority=(0, 0), due=0
) -> Candidate:
    closes_at = NOON + timedelta(minutes=closes)
    due_at = NOON - timedelta(minutes=due)
    return Candidate(lead_id, campaign_id, closes_at, callback, priority, due_at)


def taken(order: TurnOrder) -> list[int]:
    """Everybody in turn."""
    found = []
    while one := order.take():
        found.append(one.lead_id)
    return found


def queues(*candidates: Candidate) -> dict[int, list[Candidate]]:
    found: dict[int, list[Candidate]] = {}
    for one in sorted(candidates, key=lambda one: one.rank):
        found.setdefault(one.campaign_id, []).append(one)
    return found


def test_closing_first_then_callbacks_then_priority_then_longest_due() -> None:
    order = TurnOrder(
        queues(
            candidate(1, closes=120, callback=True, priority=(9, 9)),
            candidate(2, closes=30, due=1),
            candidate(3, closes=30, due=5),
            candidate(4, closes=30, priority=(0, 1)),
            candidate(5, closes=30, callback=True),
        ),
        {1: Share(1, 5, 0)},
        5,
    )
    assert taken(order) == [5, 4, 3, 2, 1]


def test_lines_are_shared_by_weight_while_both_have_leads() -> None:
    mine = [candidate(number, 1, closes=30) for number in range(10)]
    other = [candidate(number, 2, closes=90) for number in range(100, 110)]
    order = TurnOrder(queues(*mine, *other), {1: Share(3, 8, 0), 2: Share(1, 8, 0)}, 8)
    first = [order.take().campaign_id for _ in range(8)]
    assert (first.count(1), first.count(2)) == (6, 2)


def test_a_turn_that_took_no_line_counts_for_nothing() -> None:
    order = TurnOrder(queues(candidate(1), candidate(2)), {1: Share(1, 1, 0)}, 5)
    assert order.take() is not None
    assert order.take() is None
    order.unused(1)
    assert order.take() is not None


def test_a_line_that_nobody_else_wants_is_not_left_idle() -> None:
    order = TurnOrder(queues(*[candidate(n) for n in range(5)]), {1: Share(1, 5, 0)}, 5)
    assert len(taken(order)) == 5


shares = st.builds(Share, st.integers(1, 5), st.integers(0, 6), st.integers(0, 4))
leads = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 3), st.booleans(), st.integers(-2, 2)), max_size=30
)


@given(leads, st.fixed_dictionaries(dict.fromkeys(range(1, 5), shares)), st.integers(1, 8))
def test_no_limit_is_passed_and_no_turn_is_wasted(
    drawn: list[tuple[int, int, bool, int]], claims: dict[int, Share], lines: int
) -> None:
    waiting = queues(
        *[
            candidate(index, campaign, closes * 30, callback=callback, priority=(0, priority))
            for index, (campaign, closes, callback, priority) in enumerate(drawn)
        ]
    )
    order = TurnOrder(waiting, claims, lines)
    given_lines = dict.fromkeys(claims, 0)
    last: dict[int, tuple] = {}
    while one := order.take():
        given_lines[one.campaign_id] += 1
        # Inside a campaign the order is the rank's.
        assert last.get(one.campaign_id, one.rank) <= one.rank
        last[one.campaign_id] = one.rank
    for campaign, share in claims.items():
        room = max(share.limit - share.active, 0)
        assert given_lines[campaign] == min(room, len(waiting.get(campaign, [])))


@given(st.integers(1, 5), st.integers(1, 5), st.integers(2, 10))
def test_a_campaign_behind_its_share_goes_before_one_ahead_of_it(
    mine: int, others: int, lines: int
) -> None:
    order = TurnOrder(
        queues(candidate(1, 1, closes=500), candidate(2, 2, closes=1)),
        {1: Share(mine, lines, 0), 2: Share(others, lines * 2, lines)},
        lines,
    )
    first = order.take()
    assert first is not None and first.campaign_id == 1
