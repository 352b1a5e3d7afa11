"""A Pipecat bot server for Twilio's streams: a key starts it talking, a voice interrupts it."""

import math
import struct
from queue import Queue
from typing import Any

from fastapi import FastAPI, WebSocket
from pipecat.frames.frames import (
    EndFrame,
    Frame,
    InputAudioRawFrame,
    InputDTMFFrame,
    OutputAudioRawFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.workers.runner import WorkerRunner

from peers.twin import AC, TOKEN

RATE = 8000
TELEPHONY = PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE)
LOUD = 500
QUIET_S = 0.4
LONG_S, SHORT_S = 6.0, 0.6


def tone(seconds: float) -> OutputAudioRawFrame:
    """440 Hz, 16 bit mono."""
    samples = (
        int(8000 * math.sin(2 * math.pi * 440 * i / RATE)) for i in range(int(seconds * RATE))
    )
    pcm = b"".join(struct.pack("<h", sample) for sample in samples)
    return OutputAudioRawFrame(audio=pcm, sample_rate=RATE, num_channels=1)


def loud(pcm: bytes) -> bool:
    """Somebody talks, in 16 bit samples."""
    samples = struct.unpack(f"<{len(pcm) // 2}h", pcm)
    return math.sqrt(sum(x * x for x in samples) / len(samples)) > LOUD


class Listener(FrameProcessor):
    """Says a long tone at a key, a short one when it was talked over, and then hangs up at the
    end of the next words."""

    def __init__(self, seen: Queue[tuple[str, Any]]) -> None:
        super().__init__()
        self._seen = seen
        self._words = 0
        self._quiet_s = QUIET_S

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InputDTMFFrame):
            self._seen.put(("key", frame.button.value))
            await self.push_frame(tone(LONG_S))
        elif isinstance(frame, InputAudioRawFrame):
            await self._hear(frame)
        else:
            await self.push_frame(frame, direction)

    async def _hear(self, frame: InputAudioRawFrame) -> None:
        before = self._quiet_s
        self._quiet_s = 0.0 if loud(frame.audio) else before + len(frame.audio) / 2 / RATE
        if self._quiet_s == 0.0 and before >= QUIET_S:
            self._words += 1
            self._seen.put(("words", self._words))
            if self._words == 1:
                await self.broadcast_interruption()
        elif before < QUIET_S <= self._quiet_s:
            await self._answer()

    async def _answer(self) -> None:
        if self._words == 1:
            await self.push_frame(tone(SHORT_S))
        else:
            await self.pipeline_worker.queue_frame(EndFrame())


def bot_server(twin_url: str, seen: Queue[tuple[str, Any]]) -> FastAPI:
    """The server as Pipecat's Twilio examples have it; it tells what it sees."""
    app = FastAPI()

    @app.websocket("/bot")
    async def bot(websocket: WebSocket) -> None:
        await websocket.accept()
        kind, call = await parse_telephony_websocket(websocket)
        seen.put((kind, {"sid": call["call_id"], "body": dict(call["body"])}))
        serializer = TwilioFrameSerializer(
            stream_sid=call["stream_id"],
            call_sid=call["call_id"],
            account_sid=AC,
            auth_token=TOKEN,
            base_url=twin_url,
        )
        params = FastAPIWebsocketParams(
            audio_in_enabled=True, audio_out_enabled=True, serializer=serializer
        )
        transport = FastAPIWebsocketTransport(websocket, params)
        line = Pipeline([transport.input(), Listener(seen), transport.output()])
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(PipelineWorker(line, params=TELEPHONY, enable_rtvi=False))
        await runner.run()
        seen.put(("done", None))

    return app
