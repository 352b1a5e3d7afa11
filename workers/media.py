"""The task of the `media` queue: one live call, from the brief to the handed-in outcome."""

import asyncio
import logging
from typing import Any
from uuid import UUID

import redis
from celery.signals import worker_process_init

from dialer import appointments, attempts, briefs, outcomes
from dialer.call import CallBrief, CallOutcome, SlotId
from dialer.db import transaction
from dialer.rules.call_state import TERMINAL
from dialer.telemetry import log
from dialer.wiring import Product
from media.agent.port import Snapshot
from media.audio.path import AudioSettings
from media.engines.stt.faster_whisper import ModelChoice as WhisperChoice
from media.ports import StreamTransport
from media.relay import RelayFailed, connect
from media.session import CallSession, MediaSettings, build_session, warm
from workers.app import app
from workers.parts import product

logger = logging.getLogger(__name__)
AUTO = "auto"
POLL_SECONDS = 5.0
REDIS_PAUSE_SECONDS = 0.5
ANSWER_GRACE_SECONDS = 40


class DialerPorts:
    """The dialer's side of one live call; database and carrier are asked in a thread."""

    def __init__(self, it: Product, attempt_id: str) -> None:
        self._it = it
        self._attempt_id = attempt_id

    async def opt_out(self, words: str) -> None:
        """Commit the suppression before the goodbye is spoken."""
        await asyncio.to_thread(self._opt_out, words)

    async def hold(self, slot_id: SlotId) -> bool:
        """Hold a slot; the exclusion constraint decides between two calls."""
        return await asyncio.to_thread(self._hold, slot_id)

    async def hang_up(self) -> None:
        """End the call at the carrier."""
        await asyncio.to_thread(self._hang_up)

    async def save(self, snapshot: Snapshot) -> None:
        """Keep the agent's state in Redis."""
        await asyncio.to_thread(self._it.live.remember, self._attempt_id, snapshot)

    async def publish(self, event: dict[str, Any]) -> None:
        """Tell the live board."""
        await asyncio.to_thread(self._it.live.publish, self._attempt_id, event)

    def _opt_out(self, words: str) -> None:
        with transaction(self._it.sessions) as session:
            now = self._it.clock.of(session)
            outcomes.opt_out(session, UUID(self._attempt_id), words, now)

    def _hold(self, slot_id: SlotId) -> bool:
        with transaction(self._it.sessions) as session:
            now = self._it.clock.of(session)
            return appointments.hold(session, UUID(self._attempt_id), slot_id, now)

    def _hang_up(self) -> None:
        with transaction(self._it.sessions) as session:
            sid = attempts.find(session, self._attempt_id).carrier_sid
        if sid:
            self._it.carrier.hang_up(sid)


@worker_process_init.connect
def _warm(**_: object) -> None:
    """Load models when the process is born, so that no lead waits for them."""
    warm(media_settings(product()))


def media_settings(it: Product) -> MediaSettings:
    """The media side's share of the settings."""
    settings = it.settings
    return MediaSettings(
        stt=settings.stt_engine,
        whisper=WhisperChoice(
            settings.whisper_model, settings.whisper_device, settings.whisper_compute_type
        ),
        voice=None if settings.tts_voice == AUTO else settings.tts_voice,
        llm=settings.llm_backend,
        ollama_host=settings.ollama_host,
        ollama_model=settings.ollama_model,
        cache_dir=settings.data_dir / "phrases",
        recording_dir=settings.data_dir / "recordings",
        audio=AudioSettings(
            concealment=settings.loss_concealment,
            echo=settings.echo_cancellation,
            noise=settings.noise_reduction,
            vad=settings.voice_activity,
            forced=settings.noise_reduction_forced,
        ),
    )


@app.task(name="media.run_call")
def run_call(attempt_id: str, takeover: bool = False) -> None:
    """Prepare, have the phone rung, talk, hand in; or take over a call that lost its worker."""
    asyncio.run(_carry(product(), attempt_id, takeover))


async def _carry(it: Product, attempt_id: str, takeover: bool) -> None:
    brief = await asyncio.to_thread(_brief, it, attempt_id)
    if brief is None:
        return
    ports = DialerPorts(it, attempt_id)
    memory = it.live.memory(attempt_id) if takeover else None
    call = build_session(media_settings(it), brief, ports, memory)
    await call.prepare()
    if not takeover:
        it.nudges.place(attempt_id)
    await ports.publish({"kind": "call", "state": "ready", "lead": brief.lead.first_name})
    transport = await _stream(
        it, attempt_id, ANSWER_GRACE_SECONDS + it.settings.ring_timeout_seconds
    )
    if transport is None:
        call.close()
        return
    await _talk(it, attempt_id, call, transport)


async def _talk(
    it: Product, attempt_id: str, call: CallSession, transport: StreamTransport
) -> None:
    outcome = await call.run(transport)
    await asyncio.to_thread(_submit, it, outcome)
    log(logger, "talked", attempt_id=attempt_id, disposition=outcome.disposition)
    it.nudges.follow_up(attempt_id)


async def _stream(it: Product, attempt_id: str, patience_s: float) -> StreamTransport | None:
    """Wait where the gateway leaves its address; None when the call ends before it is answered."""
    loop = asyncio.get_running_loop()
    until = loop.time() + patience_s
    while loop.time() < until:
        try:
            told = await asyncio.to_thread(it.live.wait, attempt_id, POLL_SECONDS)
        except redis.RedisError:
            await asyncio.sleep(REDIS_PAUSE_SECONDS)
            continue
        if told is None:
            continue
        if told["kind"] == "ended":
            return None
        try:
            return await connect(told["address"], attempt_id, told["token"])
        except RelayFailed:
            log(logger, "stale offer of a stream", attempt_id=attempt_id)
    return None


def _brief(it: Product, attempt_id: str) -> CallBrief | None:
    """The brief; None when the attempt has ended while its message travelled."""
    with transaction(it.sessions) as session:
        if attempts.find(session, attempt_id).state in TERMINAL:
            return None
        now = it.clock.of(session)
        settings = it.settings
        return briefs.make(
            session,
            UUID(attempt_id),
            settings.qualification_threshold,
            settings.max_concurrent_calls,
            now,
        )


def _submit(it: Product, outcome: CallOutcome) -> None:
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        outcomes.submit(session, outcome.model_copy(update={"ended_at": now}), now)
