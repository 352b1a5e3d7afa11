"""The call's state machine: monotonic, first ending wins, money in started minutes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from media.simulator.records.call import Call, Ending, Status
from media.simulator.records.request import CallRequest

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
RANK = {Status.QUEUED: 0, Status.RINGING: 1, Status.IN_PROGRESS: 2}


def new():
    return Call("CA" + "0" * 32, CallRequest("+12125550123", "+13125550100"))


@given(st.lists(st.sampled_from(["dial", "ring", "answer", "end", "cancel"]), max_size=12))
def test_never_goes_back_and_never_leaves_the_end(moves):
    call, rank, final = new(), 0, None
    for second, move in enumerate(moves):
        now = NOW + timedelta(seconds=second)
        match move:
            case "dial":
                call.dial(now, 10)
            case "ring":
                call.ring(now)
            case "answer":
                call.answer(now)
            case "end":
                call.end(Ending(Status.COMPLETED), now)
            case "cancel":
                call.end(Ending(Status.CANCELED, 487), now)
        assert RANK.get(call.status, 3) >= rank
        rank = RANK.get(call.status, 3)
        final = final or (call.status if call.status.ended else None)
        assert final is None or call.status is final
        assert (call.duration_s is not None) == (call.answered_at is not None and call.status.ended)


def test_bills_started_minutes_of_answered_calls_only():
    call = new()
    call.dial(NOW, 0)
    call.ring(NOW)
    call.answer(NOW)
    call.end(Ending(Status.COMPLETED), NOW + timedelta(seconds=61))
    assert call.settle(Decimal("0.0140"), NOW) == Decimal("0.0280")
    assert call.price == Decimal("-0.0280")
    unanswered = new()
    unanswered.dial(NOW, 0)
    unanswered.end(Ending(Status.NO_ANSWER, 487), NOW)
    assert unanswered.settle(Decimal("0.0140"), NOW) == 0
    assert unanswered.price is None and unanswered.duration_s is None


def test_a_call_shorter_than_a_second_lasts_a_second():
    call = new()
    call.dial(NOW, 0)
    call.ring(NOW)
    call.answer(NOW)
    call.end(Ending(Status.COMPLETED), NOW + timedelta(milliseconds=200))
    assert (call.duration_s, call.billed_minutes) == (1, 1)
