"""All recordings of the account: made, worked on for a while, billed, told of, deleted."""

import asyncio
import math
from collections.abc import Coroutine
from datetime import datetime
from typing import Any

from media.simulator.clock import rfc2822
from media.simulator.faults import Told
from media.simulator.network import Network
from media.simulator.recording.tracks import Tracks
from media.simulator.records.bill import Billed
from media.simulator.records.call import Call
from media.simulator.records.recording import (
    Recording,
    RecordingSource,
    RecordingStatus,
    RecordingWish,
)
from media.simulator.sids import new_sid

_SHORTEST_S = 0.1
_TOO_SHORT, _SILENT = 16101, 16102


class Making:
    """A recording that is being made; a fork of the line, or fed by a conference."""

    def __init__(self, desk: "Desk", call: Call, recording: Recording, wish: RecordingWish) -> None:
        self.recording = recording
        self.wish = wish
        self.tracks = Tracks(recording.track)
        self._desk = desk
        self._call = call

    def beat(self, callee: bytes, carrier: bytes) -> None:
        """See `Fork`."""
        if not self.recording.stopped:
            self.tracks.beat(callee, carrier)

    def pause(self, *, skip: bool) -> None:
        """Go on without sound until `resume`; `skip` leaves the time out as well."""
        self.tracks.paused, self.tracks.skipping = True, skip
        self.recording.status = RecordingStatus.PAUSED

    def resume(self) -> None:
        """Record again."""
        self.tracks.paused = False
        self.recording.status = RecordingStatus.IN_PROGRESS

    def stop(self) -> Recording:
        """End it, once; its sound is there a little later, when the customer is told."""
        if not self.recording.stopped:
            self._desk.finish(self, self._call)
        return self.recording


class Desk:
    """Keeps recordings beyond their calls."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.recordings: dict[str, Recording] = {}
        self.making: dict[str, Making] = {}
        self._working: set[asyncio.Task[None]] = set()

    def start(
        self,
        call: Call,
        source: RecordingSource,
        wish: RecordingWish,
        conference_sid: str | None = None,
    ) -> Making:
        """Begin one; who feeds it decides what is in it."""
        recording = Recording(
            new_sid("RE", self._network.rng),
            call.sid,
            source,
            wish.channels,
            wish.track,
            self._now(),
            conference_sid=conference_sid,
        )
        making = Making(self, call, recording, wish)
        self.recordings[recording.sid] = recording
        self.making[recording.sid] = making
        self._tell(making, call)
        return making

    def finish(self, making: Making, call: Call) -> None:
        """Take what was recorded into work."""
        recording = making.recording
        recording.status, recording.stopped = RecordingStatus.PROCESSING, True
        del self.making[recording.sid]
        self._later(self._work(making, call))

    async def close(self) -> None:
        """Give up what is in work."""
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)

    def _now(self) -> datetime:
        return self._network.clock.now()

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _work(self, making: Making, call: Call) -> None:
        account, recording, tracks = self._network.account, making.recording, making.tracks
        await asyncio.sleep(account.recording_delay_s)
        recording.duration_s = max(1, round(tracks.duration_s))
        if recording.status is RecordingStatus.DELETED:
            return
        if tracks.duration_s < _SHORTEST_S or tracks.silent:
            recording.status = RecordingStatus.ABSENT
            recording.error_code = _SILENT if tracks.duration_s >= _SHORTEST_S else _TOO_SHORT
            text = "the recording is silent" if recording.error_code == _SILENT else "too short"
            self._network.debugger.alert(recording.error_code, text, call.sid)
        else:
            recording.wav = tracks.wav(recording.channels, trim=making.wish.trim)
            recording.status = RecordingStatus.COMPLETED
            minutes = math.ceil(recording.duration_s / 60)
            cost = minutes * account.recording_per_minute
            recording.price = -cost
            self._network.bill.add(Billed.RECORDINGS, self._now(), minutes, cost)
        self._tell(making, call)

    def url(self, recording: Recording) -> str:
        """Where its sound is, as callbacks tell it."""
        account = self._network.account.sid
        return f"{self._network.origin()}/2010-04-01/Accounts/{account}/Recordings/{recording.sid}"

    def _tell(self, making: Making, call: Call) -> None:
        recording, wish = making.recording, making.wish
        if wish.callback is None or recording.status.value not in wish.events:
            return
        params = {
            "AccountSid": self._network.account.sid,
            "CallSid": recording.call_sid,
            "RecordingSid": recording.sid,
            "RecordingUrl": self.url(recording),
            "RecordingStatus": recording.status.value,
            "RecordingDuration": str(recording.duration_s or ""),
            "RecordingChannels": str(recording.channels),
            "RecordingStartTime": rfc2822(recording.started_at) or "",
            "RecordingSource": recording.source.value,
            "RecordingTrack": recording.track,
        }
        if recording.conference_sid is not None:
            params["ConferenceSid"] = recording.conference_sid
        if recording.error_code is not None:
            params["ErrorCode"] = str(recording.error_code)
        self._network.callbacks.tell(
            call, wish.callback, wish.callback_method, params, Told.RECORDING
        )
