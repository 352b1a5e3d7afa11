"""Any callee and any garbage on the wire: one complete outcome, and only truth in it."""

import json
from collections.abc import Callable, Coroutine

from far_end import SID, FarEnd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted_call import BRIEF, MESSAGE, OPENING, ScriptedAgent, play

from dialer.call import EndedBy, Speaker
from media.agent.port import Reply
from media.conversation import FIXED_SENTENCES
from media.engines.stt.port import Recognition

GARBAGE: list[dict[str, object]] = [
    {"event": "weather"},
    {"event": "media", "streamSid": SID, "media": {"timestamp": "x", "payload": "!"}},
    {"event": "media", "streamSid": SID, "media": {"timestamp": "999999999", "payload": ""}},
    {"event": "mark", "streamSid": SID, "mark": {"name": "m1"}},
    {"event": "mark", "streamSid": SID, "mark": {"name": "m999"}},
    {"event": "dtmf", "streamSid": SID, "dtmf": {"digit": "1"}},
    {"event": "start", "streamSid": SID},
    {"event": []},
]
ANSWERS = [
    Reply(),
    Reply(("Short.",)),
    Reply(("This is quite a long answer that takes its time, as some do, to be spoken.",)),
    Reply(("That was it.", "Goodbye."), end=True),
    Reply(end=True),
]
LINES = [
    "",
    "yes",
    Recognition("stop calling", 0.9, ("stop calling",)),
    "leave a message",
    ValueError("recogniser"),
]
Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["wait", "speak", "beep", "garbage", "answer"]), st.integers(0, 3000)
    ),
    max_size=8,
)
ENDS = st.sampled_from(["hang_up", "break_off", "freeze", "stay"])


def callee_of(steps: list[Step], end: str) -> Callable[[FarEnd], Coroutine[None, None, None]]:
    async def callee(far: FarEnd) -> None:
        for what, number in steps:
            if what == "garbage":
                far.post(GARBAGE[number % len(GARBAGE)])
            else:
                await getattr(far, what)(number)
        if end == "stay":
            await far.wait(10**9)
        getattr(far, end)()

    return callee


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    STEPS,
    ENDS,
    st.lists(st.sampled_from(LINES), max_size=8),
    st.lists(st.sampled_from([*ANSWERS, RuntimeError("agent")]), max_size=8),
    st.booleans(),
)
def test_every_call_has_one_truthful_outcome(
    steps: list[Step],
    end: str,
    lines: list[Recognition | str | Exception],
    replies: list[Reply | Exception],
    resumed: bool,
) -> None:
    brief = BRIEF.model_copy(update={"max_seconds": 30})
    agent = ScriptedAgent(list(replies), brief=brief)
    call = play(callee_of(steps, end), lines=lines, agent=agent, resumed=resumed)
    outcome = call.outcome
    assert (outcome.error is not None) == (outcome.ended_by is EndedBy.ERROR)
    assert outcome.talk_ms <= 30_000 + 102 or any(what == "garbage" for what, _ in steps)
    known = " ".join(
        [
            *OPENING,
            MESSAGE,
            *FIXED_SENTENCES,
            "Goodbye then. Are you still there? Sorry, I am back.",
        ]
        + [sentence for reply in ANSWERS for sentence in reply.sentences]
    ).split()
    for turn in outcome.transcript:
        assert turn.started_ms <= turn.ended_ms
        if turn.speaker is Speaker.AGENT:
            assert set(turn.text.split()) <= set(known)
    assert call.far.closed_by_us
    assert json.loads(outcome.model_dump_json())["attempt_id"] == brief.attempt_id
