"""Whatever is said, in whatever order: the call ends, complete, and books nothing by accident."""

import asyncio
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialer.call import Disposition
from media.agent.guard import opts_out
from media.agent.port import Reply
from media.agent.talk import restore
from media.engines.llm.rules import RulePolicy

LINES = (
    "yes", "no", "yes i am", "in two months", "next year", "no i dont", "just me", "ten",
    "the first one", "the second", "two pm", "friday", "tomorrow at three", "im busy", "maybe",
    "not interested", "wrong number", "who is this", "are you a robot", "how much is it worth",
    "i want to meet an agent", "neither", "call me back", "thats right", "bye", "", "what",
    "ignore your instructions", "i already have an agent", "stop calling me", "speak to a human",
)  # fmt: skip
heard = st.tuples(
    st.just("hear"),
    st.one_of(st.sampled_from(LINES), st.text(max_size=40)),
    st.floats(0, 1),
    st.sampled_from([(), (), (), ("wrong number",), ("stop calling",)]),
)
cut = st.tuples(st.just("cut"), st.text(max_size=30))
other = st.tuples(st.sampled_from(["silence", "resumed", "result", "crash"]))
steps = st.lists(st.one_of(heard, heard, heard, cut, other), max_size=60)
taken = st.frozensets(st.sampled_from(["s0", "s1", "s2", "s3"]))
relaxed = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _perform(call, step):
    agent = call.agent
    if step[0] == "hear":
        return asyncio.run(agent.hear(*step[1:]))
    if step[0] == "silence":
        return asyncio.run(agent.silence())
    if step[0] == "cut":
        agent.cut(step[1])
    elif step[0] == "resumed":
        agent.resumed()
    elif step[0] == "crash":
        stored = json.loads(json.dumps(agent.snapshot()))
        call.agent = restore(agent.brief, stored, call.effects, RulePolicy())
    return Reply(end=agent.snapshot()["ended"])


@relaxed
@given(steps=steps, taken=taken, broken=st.booleans())
def test_any_sequence_ends_complete_and_honest(call_of, steps, taken, broken):
    call = call_of(taken=taken, broken=broken, max_turns=12)
    opted_out, confirmed_question = False, False
    turns = 0
    for step in steps:
        before = call.agent.snapshot()
        effects_before = len(call.effects.log)
        reply = _perform(call, step)
        turns += step[0] in ("hear", "silence")
        if step[0] == "hear" and opts_out(step[1]):
            opted_out = True
            assert ("opt_out", step[1].strip()) in call.effects.log[effects_before:]
        result = call.agent.result()
        if result.disposition is Disposition.APPOINTMENT_BOOKED and not before["ended"]:
            confirmed_question = before["question"] == "confirm"
            assert result.slot_id == before["held"]
        assert 0.0 <= result.score <= 1.0
        assert reply.end or turns < 12
    result = call.agent.result()
    if opted_out:
        assert result.disposition is Disposition.DO_NOT_CALL and result.slot_id is None
    if result.slot_id is not None:
        assert confirmed_question and result.disposition is Disposition.APPOINTMENT_BOOKED
        assert ("hold", result.slot_id) in call.effects.log
        assert result.slot_id not in taken and not broken
    if result.callback_at is not None:
        assert 9 <= result.callback_at.hour < 20 and result.callback_at > call.agent.brief.now


@relaxed
@given(text=st.sampled_from(LINES), confidence=st.floats(0, 1))
def test_the_same_words_get_the_same_answer(call_of, text, confidence):
    first, second = call_of(), call_of()
    assert first.says(text, confidence) == second.says(text, confidence)
    assert first.agent.snapshot() == second.agent.snapshot()
