"""A live call from ready to outcome, and the one place that chooses its engines."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_core.language_models import BaseChatModel

from dialer.call import CallBrief, CallOutcome, Disposition, EndedBy, Recording
from media.agent.port import AgentResult, CallAgent, Snapshot
from media.agent.talk import make_agent
from media.audio.path import AudioSettings, build_path
from media.audio.processor import AudioProcessor
from media.board import Board
from media.conversation import FIXED_SENTENCES
from media.engines.llm.rules import RulePolicy
from media.engines.stt import faster_whisper
from media.engines.stt.faster_whisper import ModelChoice as WhisperChoice
from media.engines.stt.port import Recognizer
from media.engines.tts import choose
from media.engines.tts.port import Voice
from media.listen import Listener
from media.live_call import LiveCall
from media.outcome import Ending, Evidence, outcome
from media.phrases import PhraseCache
from media.ports import CallPorts, StreamTransport
from media.recording import Recorder
from media.speak import Speaker
from media.turn.endpoint import EndpointConfig
from media.turns import TurnTaking

if TYPE_CHECKING:
    from media.engines.stt.sphinx import Models

log = logging.getLogger(__name__)

_GOODBYE_MS = 6000
"""Kept back of the time allowed, to say goodbye in."""
_OVERRUN_S = 10.0


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """What the media side may be told. `voice` None is the best one installed.

    `llm` is `rules` (needs no host) or `ollama`. `cache_dir` None keeps phrases in memory only;
    `recording_dir` None records nothing, whatever the brief says.
    """

    stt: str = "sphinx"
    whisper: WhisperChoice = field(default_factory=WhisperChoice)
    voice: str | None = None
    llm: str = "rules"
    ollama_host: str = "http://127.0.0.1:11434"
    ollama_model: str = "llama3.1:8b-instruct-q4_0"
    cache_dir: Path | None = None
    recording_dir: Path | None = None
    audio: AudioSettings = field(default_factory=AudioSettings)
    lead_ms: int = 400
    hangover_ms: int = 480
    silence_ms: int = 6000


class CallSession:
    """One call: `prepare` before the phone rings, then `run` once with its stream."""

    def __init__(
        self,
        agent: CallAgent,
        recognizer: Recognizer,
        speaker: Speaker,
        ports: CallPorts,
        settings: MediaSettings,
        *,
        resumed: bool = False,
    ) -> None:
        self._agent = agent
        self._recognizer = recognizer
        self._speaker = speaker
        self._ports = ports
        self._settings = settings
        self._resumed = resumed
        self._audio = _audio_path(settings)

    @property
    def brief(self) -> CallBrief:
        """What the call is about."""
        return self._agent.brief

    async def prepare(self) -> None:
        """Make every sentence that is likely to be said. Raises `VoiceFailed`."""
        sentences = [*FIXED_SENTENCES, self.brief.voicemail_text, *self._agent.phrases()]
        if not self._resumed:
            sentences = [*self._agent.opening().sentences, *sentences]
        await self._speaker.prepare(sentences)

    async def run(self, transport: StreamTransport) -> CallOutcome:
        """Hold the call. Whatever happens, cancellation too, there is one complete outcome."""
        board = Board(self._ports)
        live = self._live_call(transport, board)
        ending = await self._hold(live)
        recording = self._finish_recording(live)
        result = self._result(live)
        board.publish("ended", live.talk_ms, ending.by.value)
        await board.close()
        self.close()
        evidence = Evidence(
            answered_by=live.conversation.answered_by,
            message_left=live.conversation.message_left,
            transcript=live.transcript.turns,
            latency=live.latency,
            recording=recording,
            audio=live.audio_health,
            talk_ms=live.talk_ms,
            tts_characters=self._speaker.characters,
        )
        return outcome(self.brief.attempt_id, result, ending, evidence)

    def close(self) -> None:
        """Let go of the engines; `run` does so itself. For sessions that never get a stream."""
        self._speaker.close()
        self._recognizer.close()

    async def _hold(self, live: LiveCall) -> Ending:
        try:
            async with asyncio.timeout(self.brief.max_seconds + _OVERRUN_S):
                return await live.run(self._ports.hang_up)
        except TimeoutError:
            return Ending(EndedBy.LIMIT, "the call ran over its time")
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None:
                task.uncancel()
            return Ending(EndedBy.ERROR, "the media worker was stopped")
        except Exception as error:
            log.exception("the call broke")
            return Ending(EndedBy.ERROR, f"{type(error).__name__}: {error}")

    def _live_call(self, transport: StreamTransport, board: Board) -> LiveCall:
        settings = self._settings
        max_ms = self.brief.max_seconds * 1000
        return LiveCall(
            transport,
            agent=self._agent,
            speaker=self._speaker,
            listener=Listener(
                self._audio,
                self._recognizer,
                EndpointConfig(hangover_ms=settings.hangover_ms, release_ms=self._audio.release_ms),
            ),
            turns=TurnTaking(
                silence_ms=settings.silence_ms,
                talk_limit_ms=max(max_ms - _GOODBYE_MS, max_ms // 2),
                resumed=self._resumed,
            ),
            board=board,
            recorder=self._recorder(),
            lead_ms=settings.lead_ms,
            resumed=self._resumed,
        )

    def _recorder(self) -> Callable[[], Recorder] | None:
        directory = self._settings.recording_dir
        if directory is None or not self.brief.record:
            return None
        name = "".join(c if c.isalnum() or c in "-_" else "_" for c in self.brief.attempt_id)
        return lambda: Recorder(_free_path(directory, name))

    @staticmethod
    def _finish_recording(live: LiveCall) -> Recording | None:
        try:
            return live.recorder.close() if live.recorder is not None else None
        except OSError:
            log.exception("the recording could not be finished")
            return None

    def _result(self, live: LiveCall) -> AgentResult:
        try:
            return self._agent.result()
        except Exception:
            log.exception("the agent has no account of the call")
            return AgentResult(Disposition.INTERRUPTED)


def _free_path(directory: Path, name: str) -> Path:
    """A call that is taken over by another worker has several recordings."""
    paths = (directory / f"{name}{suffix}.wav" for suffix in ("", *(f".{n}" for n in range(2, 99))))
    return next(path for path in paths if not path.exists())


def build_session(
    settings: MediaSettings, brief: CallBrief, ports: CallPorts, snapshot: Snapshot | None = None
) -> CallSession:
    """A session with the engines that the settings name; with a snapshot it goes on from there.

    Takes up to seconds: models are loaded, and an engine's package only if it was chosen.
    Raises `ValueError` for an engine nobody knows, `VoiceFailed` when there is no voice,
    `pydantic.ValidationError` for a foreign snapshot.
    """
    model, recognizer = _model(settings), _recognizer(settings, _hotwords(brief))
    voice, fallback = _voices(settings)
    return CallSession(
        make_agent(brief, ports, model, snapshot),
        recognizer,
        Speaker(voice, PhraseCache(settings.cache_dir), fallback),
        ports,
        settings,
        resumed=snapshot is not None,
    )


def warm(settings: MediaSettings) -> None:
    """Load what takes long, once in a process and after any fork, so that calls are soon ready."""
    _audio_path(settings)
    _recognizer(settings)
    _model(settings)
    _voices(settings)


def _audio_path(settings: MediaSettings) -> AudioProcessor:
    return build_path(settings.audio, time.perf_counter_ns, log.warning)


def _hotwords(brief: CallBrief) -> tuple[str, ...]:
    """Names that may well be said and that no recogniser expects."""
    names = (brief.lead.first_name, brief.lead.last_name, brief.brand, brief.assistant_name)
    return tuple(name for name in names if name)


@cache
def _sphinx_models() -> "Models":
    """For the whole process, which carries one call at a time."""
    from media.engines.stt.sphinx import Models

    return Models()


def _recognizer(settings: MediaSettings, hotwords: tuple[str, ...] = ()) -> Recognizer:
    if settings.stt == "sphinx":
        from media.engines.stt.sphinx import SphinxRecognizer

        return SphinxRecognizer(_sphinx_models())
    if settings.stt == "faster-whisper":
        return faster_whisper.recognizer(settings.whisper, "en", hotwords)
    raise ValueError(f"no speech recogniser {settings.stt!r}; there are sphinx and faster-whisper")


def _voices(settings: MediaSettings) -> tuple[Voice, Voice | None]:
    """The voice, and another engine's to speak what it cannot."""
    voice = choose.make(settings.voice)
    engine = voice.name.partition(":")[0]
    others = [name for name in choose.available() if name.partition(":")[0] != engine]
    return voice, choose.make(others[0]) if others else None


def _model(settings: MediaSettings) -> BaseChatModel:
    if settings.llm == "rules":
        return RulePolicy()
    if settings.llm == "ollama":
        from media.engines.llm.ollama import ollama_model

        return ollama_model(settings.ollama_host, settings.ollama_model)
    raise ValueError(f"no language model {settings.llm!r}; there are rules and ollama")
