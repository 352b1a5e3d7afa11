"""The attempt's state machine under any order and repetition of the carrier's messages."""

from hypothesis import given
from hypothesis import strategies as st

from dialer.call import Disposition
from dialer.rules.call_state import ACTIVE, TERMINAL, CallState, advance, from_carrier
from dialer.rules.disposition import without_talk

states = st.sampled_from(list(CallState))


@given(states, st.lists(states))
def test_a_terminal_state_is_final_and_the_way_only_goes_forward(
    start: CallState, told: list[CallState]
) -> None:
    state, ended = start, start if start in TERMINAL else None
    for one in told:
        state = advance(state, one)
        if ended is not None:
            assert state is ended
        elif state in TERMINAL:
            ended = state


@given(st.permutations([CallState.PLACED, CallState.RINGING, CallState.ANSWERED]))
def test_any_order_of_progress_ends_at_the_furthest(told: list[CallState]) -> None:
    state = CallState.PLACING
    for one in told:
        state = advance(state, one)
    assert state is CallState.ANSWERED


@given(states, states)
def test_a_repetition_changes_nothing(start: CallState, told: CallState) -> None:
    once = advance(start, told)
    assert advance(once, told) is once


def test_every_state_is_active_or_terminal_and_every_end_has_a_name() -> None:
    assert set(CallState) == ACTIVE | TERMINAL
    assert not ACTIVE & TERMINAL
    for state in TERMINAL:
        assert isinstance(without_talk(state), Disposition)


def test_unknown_words_of_the_carrier_mean_nothing() -> None:
    assert from_carrier("in-progress") is CallState.ANSWERED
    assert from_carrier("teleported") is None
