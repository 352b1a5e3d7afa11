"""The stream's time and the account of one answer."""

from hypothesis import given
from hypothesis import strategies as st

from media.latency import StreamClock, TurnTimes


def test_nothing_is_known_before_the_first_frame() -> None:
    assert StreamClock().now_ms(123.0) == 0


@given(st.lists(st.integers(0, 400), min_size=1, max_size=60), st.integers(-(10**6), 10**6))
def test_the_least_delayed_frame_sets_the_clock(delays: list[int], offset: int) -> None:
    clock = StreamClock()
    arrival = 0
    least = 10**6
    for index, delay in enumerate(delays):
        ended = 20 * (index + 1)
        arrival = max(arrival, ended + delay)
        least = min(least, arrival - ended)
        clock.frame(ended, arrival + offset)
        assert clock.far_ms == ended
        assert clock.now_ms(arrival + offset) >= ended
    assert clock.now_ms(arrival + offset + 1000) == arrival - least + 1000


def test_steps_are_counted_from_the_end_of_speech() -> None:
    times = TurnTimes(10_000)
    assert times.finish(None) is None
    for step, now in (("endpoint", 10_480), ("recognized", 10_490), ("decided", 10_700)):
        times.stamp(step, now)
    times.stamp("first_audio", 10_750)
    times.stamp("first_audio", 99_999)
    account = times.finish(10_840)
    assert account is not None
    assert account.model_dump() == {
        "endpoint_ms": 480,
        "recognized_ms": 490,
        "decided_ms": 700,
        "first_audio_ms": 750,
        "voice_to_voice_ms": 840,
    }
    unheard = times.finish(None)
    assert unheard is not None and unheard.voice_to_voice_ms is None
