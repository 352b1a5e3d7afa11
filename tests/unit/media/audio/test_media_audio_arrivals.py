"""Where on the time line the carrier's packets land, whatever the network did to them."""

from hypothesis import given
from hypothesis import strategies as st

from media.audio.arrivals import Arrivals, Placed

FRAME = 160


def packet(index: int) -> bytes:
    return bytes([index % 251]) * FRAME


def receive(
    arrivals: Arrivals, indexes: list[int], wobble: list[int] | None = None
) -> list[Placed]:
    placed: list[Placed] = []
    for nth, index in enumerate(indexes):
        timestamp = 155 + 20 * index + (wobble[nth % len(wobble)] if wobble else 0)
        placed += arrivals.take(packet(index), timestamp, index + 1)
    return placed


@given(st.sets(st.integers(1, 98)), st.lists(st.integers(-2, 2), min_size=1))
def test_every_frame_keeps_its_place_and_every_gap_is_named(
    lost: set[int], wobble: list[int]
) -> None:
    arrivals = Arrivals()
    placed = receive(arrivals, [n for n in range(100) if n not in lost], wobble)
    assert [piece.ulaw for piece in placed] == [
        None if n in lost else packet(n) for n in range(100)
    ]
    first = placed[0].at_samples
    assert [piece.at_samples for piece in placed] == [first + FRAME * n for n in range(100)]
    assert arrivals.lost == len(lost)


@given(st.permutations(range(12)), st.lists(st.integers(0, 11), max_size=6))
def test_what_comes_twice_or_too_late_is_counted_and_changes_nothing(
    order: list[int], again: list[int]
) -> None:
    arrivals = Arrivals()
    sent = [0, *order, *again]
    placed = receive(arrivals, sent)
    kept = [piece for piece in placed if piece.ulaw is not None]
    assert len(kept) + arrivals.late + arrivals.duplicates == len(sent)
    assert [piece.at_samples for piece in placed] == [
        placed[0].at_samples + FRAME * n for n in range(len(placed))
    ]


@given(st.lists(st.integers(1, 700), max_size=20))
def test_the_grouping_of_the_sound_does_not_matter(cuts: list[int]) -> None:
    sound = bytes(range(256)) * 25
    arrivals, placed, at = Arrivals(), [], 0
    for cut in [*cuts, len(sound)]:
        piece = sound[at : at + cut]
        placed += arrivals.take(piece, at // 8, 0) if piece else []
        at += len(piece)
    whole = Arrivals().take(sound, 0)
    assert placed == whole
    assert b"".join(piece.ulaw or b"" for piece in placed) == sound


def test_an_absurd_step_is_a_new_count_and_no_hour_of_silence() -> None:
    arrivals = Arrivals()
    arrivals.take(packet(0), 0)
    assert arrivals.take(packet(1), 3_600_000) == [Placed(28_800_000, packet(1))]
    assert arrivals.take(packet(2), 1000) == [Placed(8000, packet(2))]
    assert (arrivals.lost, arrivals.resets) == (0, 2)


def test_a_packet_from_long_ago_is_late_and_no_new_count() -> None:
    arrivals = Arrivals()
    receive(arrivals, list(range(100)))
    assert receive(arrivals, [10]) == []
    assert (arrivals.late, arrivals.resets) == (1, 0)
    (next_frame,) = receive(arrivals, [100])
    assert next_frame.at_samples == 155 * 8 + 100 * FRAME


def test_a_broken_number_does_not_make_the_rest_of_the_call_too_late() -> None:
    arrivals = Arrivals()
    arrivals.take(packet(0), 0, 4_000_000_000)
    heard = [arrivals.take(packet(n), 20 * n, n) for n in range(1, 60)]
    assert sum(piece.ulaw is not None for pieces in heard for piece in pieces) >= 34


def test_a_rest_before_a_gap_is_filled_up_and_not_shifted() -> None:
    arrivals = Arrivals()
    assert arrivals.take(b"a" * 80, 0) == []
    placed = arrivals.take(b"b" * FRAME, 60)
    assert [(piece.at_samples, piece.ulaw) for piece in placed] == [
        (0, b"a" * 80 + b"\xff" * 80),
        (160, None),
        (320, None),
        (480, b"b" * FRAME),
    ]


@given(
    st.lists(
        st.tuples(st.binary(max_size=500), st.integers(-(10**12), 10**12), st.integers(0, 2**33)),
        max_size=40,
    )
)
def test_garbage_never_raises_and_frames_are_whole_and_in_order(
    messages: list[tuple[bytes, int, int]],
) -> None:
    arrivals = Arrivals()
    for payload, timestamp_ms, sequence in messages:
        for piece in arrivals.take(payload, timestamp_ms, sequence):
            assert piece.ulaw is None or len(piece.ulaw) == FRAME
            assert piece.at_samples >= 0
