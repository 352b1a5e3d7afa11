"""Turn taking on frames alone."""

from hypothesis import given
from hypothesis import strategies as st

from media.listen import Frame, Heard
from media.turn.answering import Verdict
from media.turns import Aside, BargedIn, Notice, PickedUp, Quiet, TimeUp, TurnTaking

FRAME_MS = 20


def frame(speech: bool = False, heard: Heard | None = None, own: bool = False) -> Frame:
    return Frame(started_ms=0, pcm=b"", speech=speech, heard=heard, own=own)


def heard(text: str = "yes", keyphrases: tuple[str, ...] = ()) -> Heard:
    return Heard(text, 0.9, keyphrases, 0, 0, 0)


def feed(
    turns: TurnTaking, count: int, *, speech: bool = False, agent: bool = False
) -> list[Notice]:
    return [
        notice
        for _ in range(count)
        for notice in turns.frame(frame(speech), agent=agent, thinking=False, callee=speech)
    ]


def resumed(silence_ms: int = 6000, talk_limit_ms: int = 100_000) -> TurnTaking:
    return TurnTaking(silence_ms=silence_ms, talk_limit_ms=talk_limit_ms, resumed=True)


def test_a_silent_pick_up_and_then_silence() -> None:
    turns = TurnTaking(silence_ms=6000, talk_limit_ms=100_000)
    assert feed(turns, 60) == [PickedUp(Verdict.SILENCE)]
    assert feed(turns, 240) == [Quiet()]


def test_quiet_is_told_once_a_period_and_not_while_anybody_is_busy() -> None:
    turns = resumed(silence_ms=1000)
    assert feed(turns, 49) == []
    assert feed(turns, 1, agent=True) == []
    assert feed(turns, 49) == []
    assert feed(turns, 51) == [Quiet(), Quiet()]
    assert turns.frame(frame(), agent=False, thinking=True, callee=False) == []
    assert feed(turns, 49) == []


@given(st.integers(1, 500), st.integers(1, 500))
def test_time_is_up_once(limit_frames: int, frames: int) -> None:
    turns = resumed(silence_ms=10**9, talk_limit_ms=limit_frames * FRAME_MS)
    told = feed(turns, frames)
    assert told == ([TimeUp()] if frames >= limit_frames else [])


def test_words_over_the_agent_are_an_aside_unless_they_matter() -> None:
    aside, stop = heard("mhm"), heard("stop calling", ("stop calling",))
    turns = resumed()
    feed(turns, 50, agent=True)
    told = turns.frame(frame(heard=aside), agent=True, thinking=False, callee=False)
    assert told == [Aside(aside)]
    told = turns.frame(frame(heard=stop), agent=True, thinking=False, callee=False)
    assert told == [BargedIn(), stop]
    told = turns.frame(frame(heard=aside), agent=False, thinking=False, callee=False)
    assert told == [aside]


def test_speech_over_the_agent_takes_the_floor_once() -> None:
    turns = resumed()
    feed(turns, 50, agent=True)
    assert feed(turns, 40, speech=True, agent=True) == [BargedIn()]


def test_what_may_be_the_agents_own_voice_does_not_interrupt_her() -> None:
    turns = resumed()
    echo = [frame(speech=True, own=True)] * 60
    notices = [n for one in echo for n in turns.frame(one, agent=True, thinking=False, callee=True)]
    assert notices == []
    assert feed(turns, 20, speech=True, agent=True) == [BargedIn()]
