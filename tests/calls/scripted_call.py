"""One whole call in virtual time: a scripted agent and scripted engines against the far end."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from far_end import FarEnd
from virtual_time import run_virtually

from dialer.call import CallBrief, CallOutcome, Disposition, LeadBrief, SlotId
from media.agent.port import AgentResult, Reply, Snapshot
from media.audio.path import AudioSettings
from media.engines.scripted import ScriptedRecognizer, ScriptedVoice
from media.engines.stt.port import Recognition
from media.phrases import PhraseCache
from media.session import CallSession, MediaSettings
from media.speak import Speaker

OPENING = ("Hello Ann, this is the assistant of Acme.", "Is this a good time?")
MESSAGE = "Please call us back."
TONES_ARE_SPEECH = AudioSettings(vad="webrtc")
"""The far end hums instead of talking, which Silero is not taken in by."""
BRIEF = CallBrief(
    attempt_id="attempt-1",
    campaign="spring",
    assistant_name="Sam",
    brand="Acme",
    purpose="your house",
    now=datetime(2026, 11, 23, 16, tzinfo=UTC),
    lead=LeadBrief(first_name="Ann", timezone="America/New_York"),
    max_seconds=120,
    voicemail_text=MESSAGE,
)


@dataclass
class ScriptedAgent:
    """Answers each turn with the next of `replies`; notes everything that it was told."""

    replies: list[Reply | Exception]
    brief: CallBrief = BRIEF
    disposition: Disposition = Disposition.HUNG_UP
    heard: list[str] = field(default_factory=list)
    cuts: list[str] = field(default_factory=list)
    silences: int = 0

    def opening(self) -> Reply:
        return Reply(OPENING)

    def phrases(self) -> tuple[str, ...]:
        return ()

    async def hear(self, text: str, confidence: float, keyphrases: tuple[str, ...]) -> Reply:
        self.heard.append(text)
        reply = self.replies.pop(0) if self.replies else Reply()
        if isinstance(reply, Exception):
            raise reply
        if reply.end:
            self.disposition = Disposition.APPOINTMENT_BOOKED
        return reply

    async def silence(self) -> Reply:
        self.silences += 1
        if self.silences > 2:
            self.disposition = Disposition.SILENT
            return Reply(("Goodbye then.",), end=True)
        return Reply(("Are you still there?",))

    def machine(self) -> Reply:
        text = self.brief.voicemail_text
        left = Disposition.VOICEMAIL_LEFT if text else Disposition.VOICEMAIL_SKIPPED
        self.disposition = left
        return Reply((text,) if text else (), end=True)

    def resumed(self) -> Reply:
        return Reply(("Sorry, I am back.",))

    def cut(self, heard: str) -> None:
        self.cuts.append(heard)

    def result(self) -> AgentResult:
        return AgentResult(self.disposition, slot_id=SlotId("s1"), score=0.9)

    def snapshot(self) -> Snapshot:
        return {"heard": list(self.heard)}


@dataclass
class RecordingPorts:
    """Ports that note what was asked of them; `on_hang_up` stands for the carrier."""

    on_hang_up: Callable[[], None]
    broken: bool = False
    hung_up: int = 0
    saved: list[Snapshot] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    async def opt_out(self, words: str) -> None: ...

    async def hold(self, slot_id: SlotId) -> bool:
        return True

    async def hang_up(self) -> None:
        self.hung_up += 1
        if self.broken:
            raise ConnectionError("the carrier does not answer")
        self.on_hang_up()

    async def save(self, snapshot: Snapshot) -> None:
        if self.broken:
            raise ConnectionError("no store")
        self.saved.append(snapshot)

    async def publish(self, event: dict[str, Any]) -> None:
        if self.broken:
            raise ConnectionError("no board")
        self.events.append(event)


@dataclass
class Played:
    """What is left of a call."""

    outcome: CallOutcome
    agent: ScriptedAgent
    ports: RecordingPorts
    far: FarEnd
    recognizer: ScriptedRecognizer

    @property
    def said(self) -> list[tuple[str, str]]:
        return [(turn.speaker.value, turn.text) for turn in self.outcome.transcript]


def play(
    callee: Callable[[FarEnd], Awaitable[None]],
    *,
    lines: Iterable[Recognition | str | Exception] = (),
    agent: ScriptedAgent | None = None,
    recording_dir: Path | None = None,
    resumed: bool = False,
    ports_broken: bool = False,
    fails: Iterable[str] = (),
    change: Callable[[FarEnd], None] | None = None,
    around: Callable[[Awaitable[CallOutcome]], Awaitable[CallOutcome]] | None = None,
) -> Played:
    """Run a whole call without waiting; `around` may cancel it."""

    async def scenario() -> Played:
        far = FarEnd(callee)
        if change is not None:
            change(far)
        the_agent = agent or ScriptedAgent([])
        ports = RecordingPorts(far.hang_up, broken=ports_broken)
        recognizer, voice = ScriptedRecognizer(lines), ScriptedVoice()
        session = CallSession(
            the_agent,
            recognizer,
            Speaker(voice, PhraseCache(None)),
            ports,
            replace(MediaSettings(), audio=TONES_ARE_SPEECH, recording_dir=recording_dir),
            resumed=resumed,
        )
        await session.prepare()
        voice.fails |= set(fails)
        run = session.run(far)
        outcome = await (around(run) if around else run)
        return Played(outcome, the_agent, ports, far, recognizer)

    return run_virtually(scenario())
