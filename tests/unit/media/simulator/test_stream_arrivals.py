"""What a bad network does to a stream: late and in order, lost only where that is asked for."""

from hypothesis import given
from hypothesis import strategies as st

from media.simulator.impairments import UNIMPAIRED, Impairments
from media.simulator.stream.arrivals import Arrivals

BEAT_S = 0.02
anything = st.builds(
    Impairments,
    jitter_ms=st.integers(0, 200),
    stall_every_s=st.floats(0, 5),
    stall_ms=st.just((200, 2000)),
    loss=st.floats(0, 1),
    duplicates=st.floats(0, 1),
    lose_first_ms=st.integers(0, 1000),
    seed=st.integers(0, 9),
)


def arrive(wanted: Impairments, beats: int = 300) -> list[tuple[float, ...]]:
    arrivals = Arrivals(wanted, 100.0)
    return [arrivals.media(100.0 + BEAT_S * beat, 20 * beat) for beat in range(beats)]


def test_as_it_stands_nothing_happens() -> None:
    assert arrive(UNIMPAIRED) == [(100.0 + BEAT_S * beat,) for beat in range(300)]


@given(anything)
def test_never_early_always_in_order_and_the_same_seed_the_same(wanted: Impairments) -> None:
    told = arrive(wanted)
    flat = [when for copies in told for when in copies]
    assert flat == sorted(flat)
    for beat, copies in enumerate(told):
        assert all(when >= 100.0 + BEAT_S * beat for when in copies)
    assert told == arrive(wanted)


@given(anything)
def test_only_what_is_asked_for_is_lost_or_doubled(wanted: Impairments) -> None:
    told = arrive(wanted)
    whole = told[-(-wanted.lose_first_ms // 20) :]
    assert not any(told[: wanted.lose_first_ms // 20])
    if wanted.loss == 0:
        assert all(whole)
    if wanted.duplicates == 0:
        assert all(len(copies) <= 1 for copies in told)
    if wanted.loss == 1:
        assert not any(told)


def test_a_stall_holds_back_and_then_all_come_at_once() -> None:
    told = arrive(Impairments(stall_every_s=2.0, stall_ms=(500, 500), seed=3), beats=1000)
    late = [copies[0] - 100.0 - BEAT_S * beat for beat, copies in enumerate(told)]
    assert 0.46 < max(late) <= 0.5 + 1e-9
    bursts = [copies[0] for copies in told]
    assert max(bursts.count(when) for when in bursts) >= 20
    assert sum(one > 0 for one in late) < 600, "between the stalls the line is quiet"


def test_jitter_stays_within_its_bound() -> None:
    told = arrive(Impairments(jitter_ms=40, seed=1))
    late = [copies[0] - 100.0 - BEAT_S * beat for beat, copies in enumerate(told)]
    assert 0.03 < max(late) <= 0.04 + 1e-9


def test_the_connection_breaks_when_told() -> None:
    arrivals = Arrivals(Impairments(reset_after_ms=1500), 100.0)
    assert [arrivals.broken(100.0 + one) for one in (0.0, 1.49, 1.5)] == [False, False, True]
    assert not Arrivals(UNIMPAIRED, 0.0).broken(10**6)
