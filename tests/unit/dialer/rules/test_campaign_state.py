"""A campaign's states under any sequence of verbs."""

from hypothesis import given
from hypothesis import strategies as st

from dialer.rules.campaign_state import FINAL, MOVES, State, Verb, after, to_run

verbs = st.lists(st.sampled_from(list(Verb)), max_size=30)


@given(verbs)
def test_any_sequence_of_verbs_keeps_the_ends(sequence: list[Verb]) -> None:
    state = State.DRAFT
    for verb in sequence:
        moved = after(state, verb)
        if state is State.ABORTED:
            assert moved is None
        if state is State.COMPLETED:
            assert verb in {Verb.REOPEN, Verb.SCHEDULE} or moved is None
        if moved is State.DRAFT:
            raise AssertionError("a campaign that left the draft came back to it")
        if verb in {Verb.ABORT, Verb.COMPLETE} and moved:
            assert moved in FINAL
        if moved is State.RUNNING:
            assert verb in {Verb.START, Verb.RESUME, Verb.REOPEN}
            assert to_run(state) is verb
        state = moved or state


def test_every_state_has_its_moves_and_all_but_the_last_can_be_aborted_and_run() -> None:
    assert set(MOVES) == set(State)
    for state in State:
        assert (to_run(state) is None) == (state in {State.RUNNING, State.ABORTED})
        assert (after(state, Verb.ABORT) is State.ABORTED) == (state not in FINAL)


def test_only_what_calls_or_waits_to_call_can_be_paused() -> None:
    pausable = {state for state in State if after(state, Verb.PAUSE)}
    assert pausable == {State.SCHEDULED, State.RUNNING, State.PAUSED, State.DRAINING}
