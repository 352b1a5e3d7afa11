"""The play-out against a carrier that plays 8 bytes a millisecond and returns marks."""

from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from media.playout import BYTES_PER_MS, Mark, Playout, Sound, words_within

LEAD_MS = 400
VOCABULARY = ["hello", "there", "this", "is", "a", "call", "about", "your", "house"]
WORDS = st.lists(st.sampled_from(VOCABULARY), min_size=1)


class Carrier:
    """The far end's buffer in whole milliseconds."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.buffer: deque[int | str] = deque()
        self.ear = bytearray()
        self.holes_ms = 0

    @property
    def buffered_ms(self) -> float:
        return sum(isinstance(item, int) for item in self.buffer) / BYTES_PER_MS

    def take(self, items: list[Sound | Mark]) -> None:
        for item in items:
            self.buffer.extend([item.name] if isinstance(item, Mark) else item.ulaw)

    def tick(self, playout: Playout) -> None:
        """One millisecond passes."""
        self.now_ms += 1
        room = BYTES_PER_MS
        while self.buffer and (room or isinstance(self.buffer[0], str)):
            item = self.buffer.popleft()
            if isinstance(item, str):
                playout.played(item, self.now_ms)
            else:
                self.ear.append(item)
                room -= 1

    def clear(self) -> list[str]:
        marks = [item for item in self.buffer if isinstance(item, str)]
        self.buffer.clear()
        return marks


def pass_ms(playout: Playout, carrier: Carrier, duration_ms: int, every_ms: int = 20) -> None:
    for _ in range(duration_ms):
        if carrier.now_ms % every_ms == 0:
            carrier.take(playout.due(carrier.now_ms))
        carrier.tick(playout)


class PlayoutMachine(RuleBasedStateMachine):
    """Any interleaving of queueing, time, stalls of the sender and clears."""

    def __init__(self) -> None:
        super().__init__()
        self.playout = Playout(LEAD_MS)
        self.carrier = Carrier()
        self.queued = bytearray()
        self.texts: list[str] = []
        self.next_byte = 0

    def make(self, length: int) -> bytes:
        made = bytes((self.next_byte + i) % 251 for i in range(length))
        self.next_byte += length
        return made

    @rule(words=WORDS, length=st.integers(0, 12_000), pieces=st.integers(1, 3))
    def queue(self, words: list[str], length: int, pieces: int) -> None:
        text = " ".join(words)
        self.texts.append(text)
        self.playout.queue(text, complete=False)
        for _ in range(pieces):
            ulaw = self.make(length // pieces)
            self.queued += ulaw
            self.playout.append(ulaw)
        self.playout.complete()

    @rule(duration_ms=st.integers(1, 900), every_ms=st.sampled_from([1, 20, 100, 200]))
    def time(self, duration_ms: int, every_ms: int) -> None:
        pass_ms(self.playout, self.carrier, duration_ms, every_ms)

    @rule()
    def answer(self) -> None:
        if self.playout.drained:
            self.playout.begin()
            self.texts.clear()

    @rule()
    def clear(self) -> None:
        heard = self.playout.clear(self.carrier.now_ms)
        assert (" ".join(self.texts) + " ").startswith(heard + " ") or not heard
        for mark in self.carrier.clear():
            self.playout.played(mark, self.carrier.now_ms)
        assert self.playout.heard == heard
        assert self.playout.drained and not self.playout.speaking(self.carrier.now_ms)
        self.queued = self.carrier.ear[:]
        self.playout.begin()
        self.texts.clear()

    @invariant()
    def never_more_than_the_lead_ahead(self) -> None:
        assert self.carrier.buffered_ms <= LEAD_MS

    @invariant()
    def the_ear_hears_what_was_queued_in_order(self) -> None:
        assert self.queued.startswith(self.carrier.ear)

    @invariant()
    def the_record_of_what_was_spoken_is_what_was_played(self) -> None:
        for spoken in self.playout.take_spoken():
            assert bytes(spoken.ulaw) in bytes(self.carrier.ear)
            assert spoken.started_ms <= spoken.ended_ms <= self.carrier.now_ms

    def teardown(self) -> None:
        pass_ms(self.playout, self.carrier, len(self.queued) // BYTES_PER_MS + 200)
        assert self.carrier.ear == self.queued
        assert self.playout.drained


PlayoutMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
TestPlayoutMachine = PlayoutMachine.TestCase


def test_a_stall_shorter_than_the_lead_makes_no_hole() -> None:
    playout, carrier = Playout(LEAD_MS), Carrier()
    playout.queue("a long clause", bytes(range(200)) * 100)
    pass_ms(playout, carrier, 600)
    before = len(carrier.ear)
    pass_ms(playout, carrier, 280, every_ms=10_000)
    assert len(carrier.ear) == before + 280 * BYTES_PER_MS


def test_heard_is_cut_at_word_borders_by_the_share_played() -> None:
    playout, carrier = Playout(LEAD_MS), Carrier()
    playout.begin()
    playout.queue("Hello Ann.", b"a" * 4000)
    playout.queue("aaaa bbbb cccc dddd", b"b" * 8000)
    pass_ms(playout, carrier, 500 + 600)
    assert playout.clear(carrier.now_ms) == "Hello Ann. aaaa bbbb"
    whole, part = playout.take_spoken()
    assert (whole.started_ms, whole.ended_ms, whole.interrupted) == (0, 500, False)
    assert (part.text, part.started_ms, part.interrupted) == ("aaaa bbbb", 500, True)
    assert abs(part.ended_ms - 1100) <= 1


def test_marks_that_come_back_after_a_clear_do_not_mean_played() -> None:
    playout, carrier = Playout(LEAD_MS), Carrier()
    playout.queue("never heard", b"a" * 8000)
    carrier.take(playout.due(0))
    assert playout.clear(0) == ""
    for mark in ("m1", "m2", "m3"):
        playout.played(mark, 50)
    assert playout.heard == "" and playout.take_spoken() == []


def test_the_first_sample_is_timed_by_the_head_mark_despite_transit() -> None:
    playout = Playout(LEAD_MS)
    playout.begin()
    playout.queue("Hello.", b"a" * 3200)
    items = playout.due(1000)
    assert [type(item) for item in items] == [Sound, Mark, Sound, Mark]
    head, last = (item.name for item in items if isinstance(item, Mark))
    assert playout.first_heard_ms is None
    playout.played(head, 1170)
    assert playout.first_heard_ms == 1150
    assert playout.position(1170) == 160
    playout.played(last, 1550)
    assert playout.take_spoken()[0].started_ms == 1150
    playout.begin()
    playout.queue("Again.", b"a" * 3200)
    playout.due(5000)
    assert playout.position(5150) == 3200, "the transit that was learned delays the next answer"
    assert playout.position(5160) == 3200 + 80


def test_a_lost_mark_is_made_good_by_the_next() -> None:
    playout = Playout(LEAD_MS)
    playout.queue("one", b"a" * 800)
    playout.queue("two", b"b" * 800)
    marks = [item.name for item in playout.due(0) if isinstance(item, Mark)]
    playout.played(marks[-1], 200)
    assert [s.text for s in playout.take_spoken()] == ["one", "two"]
    assert playout.drained and not playout.outstanding


def test_sound_for_a_clause_that_was_thrown_out_is_ignored() -> None:
    playout = Playout(LEAD_MS)
    playout.queue("late", b"a" * 800, complete=False)
    playout.clear(0)
    playout.append(b"b" * 800)
    playout.complete()
    assert playout.due(0) == [] and playout.drained


@given(WORDS, st.floats(0, 1), st.floats(0, 1))
def test_words_within_grows_with_the_share(words: list[str], a: float, b: float) -> None:
    text = " ".join(words)
    less, more = (words_within(text, share) for share in sorted((a, b)))
    assert more.startswith(less) and text.startswith(more)
    assert words_within(text, 1.0) == text
