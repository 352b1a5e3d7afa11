"""A Pipecat client in the carrier's place: a callee who says hello and then listens."""

from pathlib import Path
from typing import Any

from pipecat.audio.utils import create_stream_resampler, ulaw_to_pcm
from pipecat.frames.frames import (
    EndFrame,
    Frame,
    InputAudioRawFrame,
    OutputAudioRawFrame,
    OutputTransportMessageUrgentFrame,
    StartFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.transports.websocket.client import WebsocketClientParams, WebsocketClientTransport
from pipecat.workers.runner import WorkerRunner

from peers.pipecat_bot import RATE, TELEPHONY, loud
from peers.stub_carrier import CALL
from peers.twin import ROOT

STREAM = "MZ" + "d3" * 16
HELLO: Path = ROOT / "media" / "simulator" / "callees" / "slt-hello.ul"
SILENCE_S = 20


class Callee(FrameProcessor):
    """Says hello, listens, and ends the call after so many seconds of the other's voice."""

    def __init__(self, enough_s: float) -> None:
        super().__init__()
        self._enough_s = enough_s
        self.heard_s = 0.0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not isinstance(frame, InputAudioRawFrame):
            await self.push_frame(frame, direction)
            if isinstance(frame, StartFrame):
                await self._greet()
            return
        before = self.heard_s
        self.heard_s += len(frame.audio) / 2 / RATE if loud(frame.audio) else 0
        if before < self._enough_s <= self.heard_s:
            await self._tell({"event": "stop", "streamSid": STREAM, "stop": {"callSid": CALL}})
            await self.pipeline_worker.queue_frame(EndFrame())

    async def _greet(self) -> None:
        form = {"encoding": "audio/x-mulaw", "sampleRate": RATE, "channels": 1}
        start = {"streamSid": STREAM, "callSid": CALL, "tracks": ["inbound"], "mediaFormat": form}
        await self._tell({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        await self._tell({"event": "start", "streamSid": STREAM, "start": start})
        pcm = await ulaw_to_pcm(HELLO.read_bytes(), RATE, RATE, create_stream_resampler())
        pcm += bytes(2 * RATE * SILENCE_S)
        await self.push_frame(OutputAudioRawFrame(audio=pcm, sample_rate=RATE, num_channels=1))

    async def _tell(self, message: dict[str, Any]) -> None:
        await self.push_frame(OutputTransportMessageUrgentFrame(message=message))


async def listen(url: str, headers: dict[str, str], enough_s: float) -> float:
    """Be the callee of a stream; the seconds of voice heard."""
    params = WebsocketClientParams(
        audio_in_enabled=True,
        audio_out_enabled=True,
        add_wav_header=False,
        additional_headers=headers,
        serializer=TwilioFrameSerializer(
            STREAM, params=TwilioFrameSerializer.InputParams(auto_hang_up=False)
        ),
    )
    transport = WebsocketClientTransport(url, params)
    callee = Callee(enough_s)
    runner = WorkerRunner(handle_sigint=False)
    line = Pipeline([transport.input(), callee, transport.output()])
    worker = PipelineWorker(line, params=TELEPHONY, enable_rtvi=False)

    @transport.event_handler("on_disconnected")
    async def gone(*_: object) -> None:
        await worker.cancel()

    await runner.add_workers(worker)
    await runner.run()
    return callee.heard_s
