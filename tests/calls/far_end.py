"""A tiny far end in virtual time: the carrier's play-out buffer and a callee with a script."""

import asyncio
import base64
import json
from collections import deque
from collections.abc import Awaitable, Callable

import numpy as np

from media.audio import g711
from media.simulator.people.room import Room

FRAME_S = 0.02
SILENT_FRAME = bytes([g711.SILENCE]) * g711.FRAME_BYTES
SID = "MZ1"


def _buzz() -> list[bytes]:
    """A second of a voiced vowel: pulses at 120 Hz through two resonances, with syllables."""
    t = np.arange(8000) / 8000
    vowel = sum(
        np.exp(-(((h * 120 - 600) / 500) ** 2)) * np.sin(2 * np.pi * 120 * h * t)
        + 0.5 * np.exp(-(((h * 120 - 1700) / 400) ** 2)) * np.sin(2 * np.pi * 120 * h * t)
        for h in range(1, 30)
    )
    loud = vowel * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))
    pcm = (loud / np.abs(loud).max() * 9000).astype("<i2").tobytes()
    ulaw = g711.encode(pcm)
    return [ulaw[i : i + 160] for i in range(0, len(ulaw), 160)]


def _beep() -> list[bytes]:
    t = np.arange(8000) / 8000
    ulaw = g711.encode((8000 * np.sin(2 * np.pi * 1000 * t)).astype("<i2").tobytes())
    return [ulaw[i : i + 160] for i in range(0, len(ulaw), 160)]


SPEECH = _buzz()
BEEP = _beep()


class FarEnd:
    """A `StreamTransport`. `callee` is a coroutine over this object that plays the person.

    `delay_s` is the network's, one way.
    """

    def __init__(
        self, callee: Callable[["FarEnd"], Awaitable[None]], *, delay_s: float = 0.03
    ) -> None:
        self._callee = callee
        self._delay_s = delay_s
        self._to_us: asyncio.Queue[str | None] = asyncio.Queue()
        self._on_its_way_to_us: deque[str | None] = deque()
        self._on_its_way_to_them: deque[str | None] = deque()
        self._buffer: deque[int | str] = deque()
        self._speech_frames = 0
        self._sound = SPEECH
        self._spoken_frames = 0
        self._changed = asyncio.Event()
        self._live = False
        self._task: asyncio.Task[None] | None = None
        self.clock_ms = 0
        self.ear = bytearray()
        self.loud_ms: list[int] = []
        self.cleared = 0
        self.closed_by_us = False
        self.returns_marks = True
        self.media_format = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        self.offset_ms = 102
        self.room: Room | None = None

    # The carrier

    def start(self) -> None:
        self._live = True
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        self.post({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        start = {"streamSid": SID, "callSid": "CA1", "mediaFormat": self.media_format}
        self.post({"event": "start", "streamSid": SID, "start": start})
        callee = asyncio.create_task(self._callee(self))
        while self._live:
            await asyncio.sleep(FRAME_S)
            self._tick()
        callee.cancel()
        await asyncio.gather(callee, return_exceptions=True)

    def _tick(self) -> None:
        speech = self._speech_frames > 0
        frame = self._sound[self._spoken_frames % len(self._sound)] if speech else SILENT_FRAME
        self._speech_frames -= speech
        self._spoken_frames += speech
        if self.room is not None:
            frame = self.room.beat(bytes(self.ear[-160:]) or SILENT_FRAME, frame)
        stamp = str(self.offset_ms + self.clock_ms)
        media = {
            "track": "inbound",
            "timestamp": stamp,
            "payload": base64.b64encode(frame).decode(),
        }
        self.post({"event": "media", "streamSid": SID, "media": media})
        self._play()
        self.clock_ms += 20
        self._changed.set()

    def _play(self) -> None:
        played = bytearray()
        while self._buffer and (len(played) < 160 or isinstance(self._buffer[0], str)):
            item = self._buffer.popleft()
            if isinstance(item, str):
                self._return(item)
            else:
                played.append(item)
        self.loud_ms += [self.clock_ms] if played else []
        self.ear += bytes(played).ljust(160, b"\xff")

    def _return(self, mark: str) -> None:
        if self.returns_marks:
            self.post({"event": "mark", "streamSid": SID, "mark": {"name": mark}})

    def post(self, message: dict[str, object]) -> None:
        self._later(self._on_its_way_to_us, json.dumps(message))

    def _later(self, way: deque[str | None], message: str | None) -> None:
        """Timers of the same instant come in any order, the messages of a connection do not."""
        way.append(message)
        asyncio.get_running_loop().call_later(self._delay_s, self._arrive, way)

    def _arrive(self, way: deque[str | None]) -> None:
        message = way.popleft()
        if way is self._on_its_way_to_us:
            self._to_us.put_nowait(message)
        elif message is not None:
            self._take(json.loads(message))

    # The transport

    async def receive(self) -> str | None:
        if self._task is None:
            self.start()
        return await self._to_us.get()

    async def send(self, message: str) -> None:
        self._later(self._on_its_way_to_them, message)

    def _take(self, message: dict[str, dict[str, str]]) -> None:
        assert message["streamSid"] == SID
        match message["event"]:
            case "media":
                self._buffer.extend(base64.b64decode(message["media"]["payload"]))
            case "mark":
                self._buffer.append(message["mark"]["name"])
            case "clear":
                self.cleared += 1
                marks = [item for item in self._buffer if isinstance(item, str)]
                self._buffer.clear()
                for name in marks:
                    self._return(name)

    async def close(self) -> None:
        self.closed_by_us = True
        self._live = False
        self._to_us.put_nowait(None)

    # The callee

    @property
    def agent_talking(self) -> bool:
        return bool(self.loud_ms) and self.clock_ms - self.loud_ms[-1] <= 300

    async def until(self, true: Callable[[], bool]) -> None:
        while not true():
            self._changed.clear()
            await self._changed.wait()

    async def wait(self, duration_ms: int) -> None:
        end = self.clock_ms + duration_ms
        await self.until(lambda: self.clock_ms >= end)

    async def speak(self, duration_ms: int) -> None:
        await self._utter(SPEECH, duration_ms)

    async def beep(self, duration_ms: int = 500) -> None:
        await self._utter(BEEP, duration_ms)

    async def say(self, ulaw: bytes) -> None:
        """A recording; mu-law at 8 kHz."""
        whole = ulaw.ljust(-(-len(ulaw) // 160) * 160, b"\xff")
        frames = [whole[i : i + 160] for i in range(0, len(whole), 160)]
        self._spoken_frames = 0
        await self._utter(frames, 20 * len(frames))

    async def _utter(self, sound: list[bytes], duration_ms: int) -> None:
        self._sound, self._speech_frames = sound, duration_ms // 20
        await self.until(lambda: self._speech_frames == 0)

    async def listen(self) -> None:
        """Until the agent has begun and finished talking."""
        await self.until(lambda: self.agent_talking)
        await self.until(lambda: not self.agent_talking)

    async def answer(self, duration_ms: int = 600, after_ms: int = 300) -> None:
        await self.listen()
        await self.wait(after_ms)
        await self.speak(duration_ms)

    def hang_up(self) -> None:
        """The callee hangs up, or the carrier does: a stop message, and nothing after it."""
        if self._live:
            self._live = False
            self.post({"event": "stop", "streamSid": SID, "stop": {"callSid": "CA1"}})

    def break_off(self) -> None:
        """The connection ends without a stop."""
        self._live = False
        self._later(self._on_its_way_to_us, None)

    def freeze(self) -> None:
        """A half-open connection: nothing comes any more, not even its end."""
        self._live = False
