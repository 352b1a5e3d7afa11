"""The play-out buffer against a plain model of it."""

from hypothesis import given
from hypothesis import strategies as st

from media.simulator.playout.playback import (
    FRAME,
    HOLE_FRAMES,
    MAX_BUFFERED,
    SILENCE,
    PlaybackBuffer,
)

COMMANDS = st.lists(
    st.one_of(
        st.binary(min_size=0, max_size=700).map(lambda sound: ("media", sound)),
        st.integers(0, 99).map(lambda n: ("mark", f"m{n}")),
        st.just(("clear", None)),
        st.just(("tick", None)),
    ),
    max_size=60,
)


@given(COMMANDS)
def test_every_mark_comes_back_once_in_order_and_no_sound_is_invented(commands):
    buffer = PlaybackBuffer()
    sent_marks, got_marks, queued, played = [], [], b"", b""
    for name, value in commands:
        if name == "media":
            buffer.media(value)
            queued += value
        elif name == "mark":
            sent_marks.append(value)
            got_marks += buffer.mark(value)
        elif name == "clear":
            got_marks += buffer.clear()
            queued = queued[: len(queued) - len(queued)]
            played = b""
        else:
            before = buffer.buffered
            tick = buffer.tick()
            assert len(tick.frame) == FRAME
            played += tick.frame[: min(FRAME, before)]
            got_marks += tick.marks
            assert queued.startswith(played)
    assert got_marks + list(buffer.clear()) == sent_marks


def test_a_mark_waits_until_the_sound_before_it_was_played():
    buffer = PlaybackBuffer()
    assert buffer.mark("now") == ("now",)
    buffer.media(b"\x10" * 2 * FRAME)
    assert buffer.mark("later") == ()
    assert [buffer.tick().marks for _ in range(3)] == [(), (), ("later",)]


def test_a_short_last_frame_is_filled_with_silence():
    buffer = PlaybackBuffer()
    buffer.media(b"\x10" * 10)
    assert buffer.tick().frame == b"\x10" * 10 + SILENCE[10:]


def test_a_hole_in_a_sentence_is_an_underrun():
    buffer = PlaybackBuffer()
    buffer.media(SILENCE)
    for _ in range(4):
        buffer.tick()
    buffer.media(SILENCE)
    buffer.tick()
    assert buffer.underruns == 1


def test_a_pause_that_a_mark_announced_or_a_long_one_is_none():
    buffer = PlaybackBuffer()
    buffer.media(SILENCE)
    buffer.mark("sentence")
    for _ in range(4):
        buffer.tick()
    buffer.media(SILENCE)
    for _ in range(HOLE_FRAMES + 2):
        buffer.tick()
    buffer.media(SILENCE)
    buffer.tick()
    assert buffer.underruns == 0


def test_more_than_ten_minutes_are_thrown_away():
    buffer = PlaybackBuffer()
    assert buffer.media(b"\xff" * MAX_BUFFERED)
    assert not buffer.media(b"\xff")
    assert buffer.buffered == MAX_BUFFERED
