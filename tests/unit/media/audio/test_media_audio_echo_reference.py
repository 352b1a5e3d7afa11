"""The reference's time line against a dictionary of samples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.audio.echo.port import FRAME, FRAME_BYTES
from media.audio.echo.reference import SILENCE, FarReference

placements = st.lists(
    st.tuples(st.integers(-400, 1200), st.integers(0, 500), st.integers(1, 32000)), max_size=12
)


def sound(length: int, value: int) -> bytes:
    return b"".join((value + n).to_bytes(2, "little", signed=True) for n in range(length))


@given(placements, st.lists(st.integers(-700, 1900), max_size=6), st.integers(0, 700))
def test_the_last_word_about_each_sample_counts_and_silence_lies_between(
    placed: list[tuple[int, int, int]], looks: list[int], samples: int
) -> None:
    reference = FarReference()
    model: dict[int, int] = {}
    for at, length, value in placed:
        reference.played(sound(length, value), at)
        model.update({at + n: value + n for n in range(length)})

    for look in looks:
        expected = [model.get(look + n, 0) for n in range(max(samples, FRAME))]
        pcm = b"".join(value.to_bytes(2, "little", signed=True) for value in expected)
        assert reference.span(look, samples) == pcm[: 2 * samples]
        assert reference.frame(look) == pcm[:FRAME_BYTES]


def test_what_was_read_long_ago_is_forgotten_and_what_comes_is_kept() -> None:
    reference = FarReference()
    for index in range(1000):
        reference.played(sound(FRAME, index), FRAME * index)

    assert reference.frame(FRAME * 900) == sound(FRAME, 900)
    assert reference.span(0, FRAME) == SILENCE
    assert reference.frame(FRAME * 750) == sound(FRAME, 750)
    assert reference.frame(FRAME * 999) == sound(FRAME, 999)


def test_a_piece_may_be_far_ahead_of_what_is_read() -> None:
    reference = FarReference()
    reference.played(sound(FRAME, 1), 0)
    reference.played(sound(FRAME, 2), 3600 * 8000)

    assert reference.frame(0) == sound(FRAME, 1)
    assert reference.frame(160) == SILENCE
    assert reference.frame(3600 * 8000) == sound(FRAME, 2)


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="even number"):
        FarReference().played(b"123", 0)
