"""Turns as they were heard."""

from dialer.call import Speaker
from media.playout import Spoken
from media.transcript import Transcript


def spoken(text: str, started_ms: int, ended_ms: int, interrupted: bool = False) -> Spoken:
    return Spoken(text, b"", started_ms, ended_ms, interrupted)


def test_the_clauses_of_one_answer_are_one_turn() -> None:
    transcript = Transcript()
    transcript.new_answer()
    transcript.agent(spoken("Hello Ann,", 0, 900))
    transcript.agent(spoken("this is a", 900, 1500, interrupted=True))
    transcript.callee("who is this", 1200, 2000, 0.9)
    transcript.new_answer()
    transcript.agent(spoken("Your assistant.", 2600, 3600))
    agent, callee, again = transcript.turns
    assert (agent.text, agent.started_ms, agent.ended_ms) == ("Hello Ann, this is a", 0, 1500)
    assert agent.interrupted and not again.interrupted
    assert (callee.speaker, callee.confidence) == (Speaker.CALLEE, 0.9)
    assert transcript.callee_spoke


def test_turns_come_in_the_order_in_which_they_began() -> None:
    transcript = Transcript()
    transcript.callee("hello", 5000, 5400, 1.0)
    transcript.agent(spoken("Hello.", 1000, 5200))
    assert [turn.text for turn in transcript.turns] == ["Hello.", "hello"]


def test_a_new_answer_is_a_new_turn_even_at_once() -> None:
    transcript = Transcript()
    transcript.agent(spoken("Yes.", 0, 500))
    transcript.new_answer()
    transcript.agent(spoken("Are you there?", 500, 1500))
    assert len(transcript.turns) == 2 and not transcript.callee_spoke
