"""Calls everybody of a scenario at once, in virtual time, over the real stream protocol.

One agent talks to each of them: it waits until the line has been quiet, says a sentence (a tone,
whose length stands for its words), and keeps every frame that it was sent.
"""

import asyncio
import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from aiohttp import WSMsgType, web
from socket_time import in_virtual_time

from media.simulator.account import Account
from media.simulator.calls.live_call import LiveCall
from media.simulator.clock import ShiftedClock
from media.simulator.network import Recognise
from media.simulator.people.ear import Loudness
from media.simulator.people.reactions import phrases_of
from media.simulator.people.scenario import Scenario
from media.simulator.people.script import Person, Speak, When
from media.simulator.people.speech import tone, touch_tone
from media.simulator.playout.playback import SILENCE
from media.simulator.server import Setup, Twin

AC, OWN = "AC" + "a1" * 16, "+13125550100"
SENTENCE_MS, LONG_MS, PHRASE_MS = 400, 3600, 40
"""The sentence with the n-th phrase in it is 400 + 40 n ms long; a long one can be interrupted."""
_ANSWER_FRAMES, _NOTICE_FRAMES, _ECHO_FRAMES = 200, 18, 30


@dataclass(frozen=True)
class Plan:
    """What the agent does in one call: how many sentences it says, which keys it sends after so
    many frames, when it hangs up; sounds to say instead of tones."""

    turns: int
    keys: dict[int, str] = field(default_factory=dict)
    frames: int = 1500
    sentences: tuple[bytes, ...] = ()


Plans = dict[str, Plan]


@dataclass(frozen=True)
class Understood:
    text: str


@dataclass
class Seen:
    """What the agent's side got of one call, and the carrier's record of it."""

    frames: list[bytes] = field(default_factory=list)
    arrived_s: list[float] = field(default_factory=list)
    keys: list[tuple[int, str]] = field(default_factory=list)
    live: LiveCall | None = None

    @property
    def sound(self) -> bytes:
        return b"".join(self.frames)

    @property
    def call(self) -> LiveCall:
        assert self.live is not None
        return self.live


async def understand(sound: bytes, phrases: Sequence[str]) -> Understood:
    """The phrase whose number the sentence's length tells."""
    loudness = Loudness(-45.0)
    loud_ms = (loudness.last(sound) - loudness.first(sound)) / 8
    index = round((loud_ms - SENTENCE_MS) / PHRASE_MS) - 1
    return Understood(phrases[index] if 0 <= index < len(phrases) else "")


class Agent:
    """The scripted agent on one stream."""

    def __init__(self, person: Person, plan: Plan, seen: Seen) -> None:
        self._turns = plan.turns
        self._seen = seen
        self._background = {SILENCE, *person.noise}
        waited_for = [step.when for step in person.steps]
        base = LONG_MS if person.backchannel or When.AGENT_STARTS in waited_for else SENTENCE_MS
        lengths = (base + PHRASE_MS * n for n in range(len(phrases_of(person)) + 1))
        self._sentences = plan.sentences or tuple(map(tone, lengths))
        self._patience = 5 + max(
            [_NOTICE_FRAMES, *(_longest_pause(s) for s in _utterances(person))]
        )
        self._said = 0
        self._quiet = 0
        self._playing = False
        self._owed = self._deaf = 0

    def frame(self, frame: bytes) -> list[dict[str, Any]]:
        """One frame came; what to send now."""
        self._seen.frames.append(frame)
        self._deaf = max(0, self._deaf - 1)
        quiet = self._deaf > 0 or frame in self._background
        self._quiet = self._quiet + 1 if quiet else 0
        if not quiet:
            self._owed = 0
        self._owed = max(0, self._owed - 1)
        if self._playing or self._owed or self._quiet < self._patience or self._said >= self._turns:
            return []
        self._playing = True
        self._said += 1
        sentence = self._sentences[self._said % len(self._sentences)]
        return [_media(sentence), {"event": "mark", "mark": {"name": "said"}}]

    def marked(self) -> None:
        """The sentence was played; an answer is waited for."""
        self._playing, self._owed, self._quiet = False, _ANSWER_FRAMES, 0
        self._deaf = _ECHO_FRAMES


def _media(sound: bytes) -> dict[str, Any]:
    return {"event": "media", "media": {"payload": base64.b64encode(sound).decode()}}


def _utterances(person: Person) -> list[tuple[bytes, ...]]:
    steps = [*person.steps, *(step for one in person.reactions for step in one.steps)]
    steps += [person.default] if person.default else []
    return [step.action.utterance.frames for step in steps if isinstance(step.action, Speak)]


def _longest_pause(frames: Sequence[bytes]) -> int:
    longest = run = 0
    for frame in frames:
        run = run + 1 if frame == SILENCE else 0
        longest = max(longest, run)
    return longest


class Stage:
    """The customer's web server with an agent for each number, and the twin that calls it."""

    def __init__(self, scenario: Scenario, plans: Plans, recognise: Recognise) -> None:
        self._scenario = scenario
        self._plans = plans
        self._recognise = recognise
        self.seen = {number: Seen() for number in scenario.people}

    async def media(self, request: web.Request) -> web.WebSocketResponse:
        number = request.match_info["number"]
        plan, seen = self._plans[number], self.seen[number]
        agent = Agent(self._scenario.people[number], plan, seen)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        sid = ""
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            told = json.loads(message.data)
            sid = told.get("streamSid", sid)
            for answer in self._answers(told, agent, seen, plan.keys):
                await socket.send_str(json.dumps({"streamSid": sid, **answer}))
            if len(seen.frames) >= plan.frames:
                await socket.close()
        return socket

    @staticmethod
    def _answers(
        told: dict[str, Any], agent: Agent, seen: Seen, keys: dict[int, str]
    ) -> list[dict[str, Any]]:
        if told["event"] == "media":
            seen.arrived_s.append(asyncio.get_running_loop().time())
            answers = agent.frame(base64.b64decode(told["media"]["payload"]))
            key = keys.get(len(seen.frames))
            return [*answers, _media(touch_tone(key))] if key else answers
        if told["event"] == "mark":
            agent.marked()
        elif told["event"] == "dtmf":
            seen.keys.append((len(seen.frames), told["dtmf"]["digit"]))
        return []

    async def run(self) -> dict[str, Seen]:
        app = web.Application()
        app.router.add_get("/media/{number}", self.media)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = f"wss://127.0.0.1:{runner.addresses[0][1]}"
        account = Account(
            AC, "secret", frozenset({OWN}), cps=1000.0, ring_scale=0.0, price_delay_s=0.0
        )
        setup = Setup(
            account, self._scenario, ShiftedClock(), Random(7), understand=self._recognise
        )
        async with Twin(setup) as twin:
            for number, seen in self.seen.items():
                document = (
                    f'<Response><Connect><Stream url="{base}/media/{number}"/></Connect></Response>'
                )
                call = twin.exchange.create({"To": [number], "From": [OWN], "Twiml": [document]})
                seen.live = twin.exchange.calls[call.sid]
            while any(not seen.call.call.status.ended for seen in self.seen.values()):
                await asyncio.sleep(0.5)
        await runner.cleanup()
        return self.seen


def call_everybody(
    scenario: Scenario, plans: Plans, recognise: Recognise = understand
) -> dict[str, Seen]:
    """All calls, from the first ring to the last hang-up."""
    return in_virtual_time(Stage(scenario, plans, recognise).run())
