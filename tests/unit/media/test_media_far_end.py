"""When the callee's telephone plays what, against a carrier that tells the truth by marks."""

from hypothesis import given
from hypothesis import strategies as st

from media.far_end import FarEnd


class TimeLine:
    """What was last said of every millisecond, 8 bytes each."""

    def __init__(self) -> None:
        self.at: dict[int, bytes] = {}

    def played(self, ulaw: bytes, at_samples: int) -> None:
        assert at_samples % 8 == 0
        for index in range(0, len(ulaw), 8):
            self.at[at_samples // 8 + index // 8] = ulaw[index : index + 8]

    def sound(self) -> dict[int, bytes]:
        return {ms: ulaw for ms, ulaw in self.at.items() if ulaw != b"\xff" * len(ulaw)}


def test_sound_sent_without_a_hole_is_placed_without_a_hole() -> None:
    line = TimeLine()
    end = FarEnd(line.played)
    end.sent(0, b"a" * 800, 1000, 1000, 1000)
    end.sent(800, b"b" * 800, 1107, 1107, 1000)
    assert sorted(line.sound()) == list(range(1000, 1200))
    assert line.at[1099] == b"a" * 8 and line.at[1100] == b"b" * 8


@given(st.integers(-200, 200))
def test_the_first_mark_puts_all_sound_behind_it_right(error_ms: int) -> None:
    line = TimeLine()
    end = FarEnd(line.played)
    end.sent(0, b"a" * 160, 1000, 1000, 1000)
    end.sent(160, b"b" * 3200, 1020, 1020, 1000)
    end.anchored(160, 1020 + error_ms, exact=True)
    placed = {ms for ms, ulaw in line.sound().items() if ulaw == b"b" * 8}
    assert placed == set(range(1020 + error_ms, 1420 + error_ms))


def test_a_mark_told_in_whole_frames_moves_nothing_but_a_hole_does() -> None:
    line = TimeLine()
    end = FarEnd(line.played)
    end.sent(0, b"a" * 1600, 1000, 1000, 1000)
    before = dict(line.at)
    end.anchored(800, 1115, exact=False)
    assert line.at == before
    end.anchored(800, 1160, exact=False)
    assert min(ms for ms in line.sound() if ms >= 1160) == 1160
    assert max(line.sound()) == 1259


def test_what_was_thrown_away_is_silence_and_the_next_answer_has_its_own_time() -> None:
    line = TimeLine()
    end = FarEnd(line.played)
    end.sent(0, b"a" * 3200, 1000, 1000, 1000)
    end.cleared(1100)
    assert sorted(line.sound()) == list(range(1000, 1100))
    end.sent(3200, b"b" * 80, 1700, 1700, 1000)
    assert sorted(line.sound())[-10:] == list(range(1700, 1710))


def test_the_next_answer_is_foretold_by_the_way_that_sound_took() -> None:
    line = TimeLine()
    end = FarEnd(line.played)
    end.sent(0, b"a" * 160, 1003, 1003, 1000)
    end.anchored(160, 1080, exact=True)
    end.sent(160, b"b" * 160, 2001, 2001, 2000)
    assert min(ms for ms, ulaw in line.sound().items() if ulaw == b"b" * 8) == 2060
    before = dict(line.at)
    end.anchored(320, 2080, exact=True)
    assert line.at == before, "foretold to the millisecond"


def test_pieces_that_begin_within_a_millisecond_are_placed_to_the_sample() -> None:
    placed: list[tuple[int, int]] = []
    end = FarEnd(lambda ulaw, at: placed.append((at, len(ulaw))))
    end.sent(0, b"a" * 803, 1000, 1000, 1000)
    end.sent(803, b"b" * 5, 1100, 1000, 1000)
    end.sent(808, b"c" * 100, 1101, 1000, 1000)
    assert placed == [(8000, 803), (8803, 5), (8808, 100)]


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9), st.booleans())
def test_broken_timestamps_cost_no_memory(
    first_ms: int, mark_ms: int, cleared_ms: int, exact: bool
) -> None:
    placed: list[int] = []
    end = FarEnd(lambda ulaw, _: placed.append(len(ulaw)))
    end.sent(0, b"a" * 1600, first_ms, first_ms, first_ms)
    end.anchored(160, mark_ms, exact=exact)
    end.sent(1600, b"b" * 1600, cleared_ms, cleared_ms, cleared_ms)
    end.cleared(cleared_ms)
    assert max(placed) <= 3200
