"""Any stream of packets whatever: one frame a tick, every sample accounted for, order kept."""

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from jitter_scene import Packet, Recorder, missing_samples, talk

from media.audio.jitter import AdaptiveJitterBuffer

TALK = talk(12)
NUMBERS = {frame: number for number, frame in enumerate(TALK)}


class Mishap(NamedTuple):
    """What becomes of a packet on its way, and for how many packets the way stands still then."""

    kind: str
    late_ms: float
    number: int
    stall: int


KINDS = ("fine",) * 6 + (
    "lost",
    "twice",
    "overtaken",
    "stamp",
    "sequence",
    "length",
    "jump",
    "pause",
)
SOUND_KINDS = ("fine",) * 6 + ("lost", "twice", "overtaken")


def mishaps(kinds: Sequence[str]) -> st.SearchStrategy[list[Mishap]]:
    one = st.builds(
        Mishap,
        st.sampled_from(kinds),
        st.floats(0, 400),
        st.one_of(st.integers(-(2**33), 2**33), st.integers(-4000, 4000)),
        st.one_of(st.just(0), st.just(0), st.just(0), st.integers(1, 20)),
    )
    return st.lists(one, max_size=150)


def sent(way: Sequence[Mishap], stamp: int, sequence: int) -> list[Packet]:
    """The stream as it arrives; a stall holds up all the packets behind its first."""
    stream, clock, held_until = [], 0.0, 0.0
    for index, mishap in enumerate(way):
        clock += 20.0 + (mishap.late_ms if mishap.kind == "pause" else 0)
        held_until = max(held_until, clock + 20 * mishap.stall)
        stamp += mishap.number if mishap.kind == "jump" else 0
        own = Packet(max(clock, held_until), TALK[index], stamp, sequence)
        stream += arrived(own, mishap)
        stamp, sequence = stamp + 160, sequence + 1
    return sorted(stream, key=lambda packet: packet.arrival_ms)


def arrived(packet: Packet, mishap: Mishap) -> list[Packet]:
    late = packet.arrival_ms + mishap.late_ms
    match mishap.kind:
        case "lost":
            return []
        case "twice":
            return [packet, packet._replace(arrival_ms=late)]
        case "overtaken":
            return [packet._replace(arrival_ms=late)]
        case "stamp":
            return [packet._replace(timestamp=mishap.number)]
        case "sequence":
            return [packet._replace(sequence=mishap.number)]
        case "length":
            return [packet._replace(frame=bytes(abs(mishap.number) % 700))]
    return [packet]


def check(
    stream: Sequence[Packet], phase: float, skipped: frozenset[int] = frozenset()
) -> Recorder:
    recorder = Recorder()
    jitter = AdaptiveJitterBuffer(recorder)
    counts, at, ticks = jitter.statistics, 0, 0
    for tick in range(len(stream) + 40):
        now = phase + 20.0 * tick
        while at < len(stream) and stream[at].arrival_ms <= now:
            jitter.put(
                stream[at].frame, stream[at].timestamp, stream[at].sequence, stream[at].arrival_ms
            )
            at += 1
        if tick in skipped:
            continue
        ticks += 1
        frame = jitter.get(now)
        assert isinstance(frame, bytes) and len(frame) == 320
        assert missing_samples(counts, jitter.held_samples) == 0
        assert 40 <= jitter.statistics.target_ms <= 200
    assert counts.frames == ticks and counts.received == at
    assert min(counts.concealed, counts.paused, counts.late, counts.waited) >= 0
    return recorder


@settings(max_examples=120, deadline=None)
@given(
    mishaps(KINDS),
    st.integers(0, 2**33),
    st.integers(0, 2**17),
    st.floats(0, 60),
    st.frozensets(st.integers(0, 150), max_size=60),
)
def test_whatever_comes_a_frame_goes_out_and_every_sample_is_accounted_for(
    way: list[Mishap], stamp: int, sequence: int, phase: float, skipped: frozenset[int]
) -> None:
    check(sent(way, stamp, sequence), phase, skipped)


@settings(max_examples=80, deadline=None)
@given(
    mishaps(SOUND_KINDS),
    st.sampled_from([0, 2**32 - 160 * 40, 2**32 - 1]),
    st.sampled_from([0, 1, 2**16 - 40]),
    st.floats(0, 60),
)
def test_order_is_kept_through_loss_duplicates_reordering_stalls_and_wrap_around(
    way: list[Mishap], stamp: int, sequence: int, phase: float
) -> None:
    # Behind a first packet that came over 60 ms late the next ones look too early to be true.
    way = [Mishap("fine", 0.0, 0, 0), *way][: len(TALK)]
    drawn = [NUMBERS[frame] for frame in check(sent(way, stamp, sequence), phase).drawn]
    assert drawn == sorted(set(drawn))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.binary(max_size=330), st.integers(), st.integers(), st.floats(-1e9, 1e9)))
)
def test_garbage_never_raises(packets: list[tuple[bytes, int, int, float]]) -> None:
    jitter = AdaptiveJitterBuffer(Recorder())
    for frame, timestamp, sequence, arrival in packets:
        for payload in (frame, frame.ljust(320, b"\1")[:320]):
            jitter.put(payload, timestamp, sequence, arrival)
        assert len(jitter.get(arrival)) == 320
        assert missing_samples(jitter.statistics, jitter.held_samples) == 0
