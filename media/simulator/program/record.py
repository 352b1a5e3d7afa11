"""Performs `<Record>`: until silence, a key or the limit."""

import asyncio

from media.simulator.line import Line
from media.simulator.people.callee import Said
from media.simulator.people.ear import Loudness
from media.simulator.people.speech import tone
from media.simulator.playout.metronome import BEAT_S
from media.simulator.program.playing import Playing
from media.simulator.program.ports import Ports
from media.simulator.records.recording import Recording, RecordingSource
from media.simulator.twiml.verbs import Record

_BEEP_MS = 500
_LOUD_DBFS = -45.0


class _Listener:
    """Counts frames until the recording is over."""

    def __init__(self, verb: Record) -> None:
        self._verb = verb
        self._loudness = Loudness(_LOUD_DBFS)
        self._quiet = 0
        self.begun = False
        self.frames = 0
        self.spoke = False
        self.key = ""
        self.over = asyncio.Event()

    def said(self, said: Said) -> None:
        if not self.begun or self.over.is_set():
            return
        self.frames += 1
        loud = self._loudness.loud(said.frame)
        self.spoke = self.spoke or loud
        self._quiet = 0 if loud else self._quiet + 1
        ending = [key for key in said.digits if key in self._verb.finish_on_key]
        if ending:
            self.key = ending[0]
        silent = self._quiet * BEAT_S >= self._verb.timeout_s
        if ending or silent or self.frames * BEAT_S >= self._verb.max_length_s:
            self.over.set()


async def record(verb: Record, line: Line, ports: Ports) -> dict[str, str] | None:
    """The fields that the action is told; None when nobody spoke, and the next verb runs."""
    if ports.recording is None:
        ports.alert(12200, "<Record> is not supported")
        return None
    listener = _Listener(verb)
    with Playing(line, listener.said) as playing:
        if verb.play_beep:
            await playing.sound(tone(_BEEP_MS))
        active = ports.recording(RecordingSource.RECORD, verb.wish)
        listener.begun = True
        try:
            await listener.over.wait()
        except asyncio.CancelledError:
            told = _told(active.stop(), listener, ports, "hangup")
            if verb.action and listener.spoke:
                ports.last_word(verb.action, verb.method, told)
            raise
        told = _told(active.stop(), listener, ports, listener.key)
    return told if listener.spoke else None


def _told(recording: Recording, listener: _Listener, ports: Ports, digits: str) -> dict[str, str]:
    return {
        "RecordingSid": recording.sid,
        "RecordingUrl": ports.recording_url(recording),
        "RecordingDuration": str(max(1, round(listener.frames * BEAT_S))),
        "Digits": digits,
    }
