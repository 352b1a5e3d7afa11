"""Performs `<Dial>`: joins the first of some numbers to answer, or takes a seat in a conference."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from media.simulator.conference.hall import Hall
from media.simulator.conference.mixer import Mixer
from media.simulator.conference.seat import Seat
from media.simulator.line import Line
from media.simulator.people.speech import ringback
from media.simulator.program.playing import Playing
from media.simulator.program.ports import ActiveRecording
from media.simulator.records.call import Call, Ending, Status
from media.simulator.records.recording import Recording, RecordingSource
from media.simulator.twiml.verbs import Dial, DialConference, DialNumber, RecordingWish

Joined = Callable[[Line], Awaitable[None]]
"""Called with a leg's line when its owner may be joined; the leg ends when it returns."""


class Leg(Protocol):
    """A call that `<Dial>` has placed."""

    @property
    def call(self) -> Call:
        """Its record."""

    def end(self, ending: Ending) -> None:
        """End it now; the first ending wins."""

    async def over(self) -> None:
        """Wait until it has ended."""


class LegRefused(Exception):
    """The number cannot be called; `code` is the debugger's."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Switch:
    """What `<Dial>` needs of the exchange and of its call."""

    call: Call
    line: Line
    hall: Hall
    place: Callable[[DialNumber, Dial, Joined], Leg]
    """Calls a number. Raises `LegRefused`."""
    alert: Callable[[int, str], None]
    recording: Callable[[RecordingSource, RecordingWish], ActiveRecording]
    recording_url: Callable[[Recording], str]


async def dial(verb: Dial, switch: Switch) -> Mapping[str, str]:
    """The fields that the action is told. Cancelled when the call ends or is redirected."""
    if isinstance(verb.to, DialConference):
        return await _conference(verb, verb.to, switch)
    return await _Numbers(verb, switch).perform(verb.to)


async def _conference(verb: Dial, to: DialConference, switch: Switch) -> Mapping[str, str]:
    hall, call = switch.hall, switch.call
    meeting = hall.open(to)
    if len(meeting.seats) >= to.max_participants:
        switch.alert(13227, f"conference {to.name!r} is full")
        return {"DialCallStatus": "failed"}
    with Seat(meeting.mixer, call.sid, switch.line, star=verb.hangup_on_star) as seat:
        hall.enter(meeting, to, call, seat)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(verb.time_limit_s):
                    await seat.left.wait()
        finally:
            hall.leave(meeting, call)
    return {"DialCallStatus": "answered", "ConferenceSid": meeting.record.sid}


class _Numbers:
    """One `<Dial>` of numbers: all ring, the first who may be joined is, the others are let go."""

    def __init__(self, verb: Dial, switch: Switch) -> None:
        self._verb = verb
        self._switch = switch
        self._legs: list[Leg] = []
        self._joined: asyncio.Future[tuple[Leg, Line]] = asyncio.get_running_loop().create_future()
        self._parted = asyncio.Event()

    async def perform(self, numbers: tuple[DialNumber, ...]) -> Mapping[str, str]:
        try:
            for number in numbers:
                self._place(number)
            if not self._legs:
                return {"DialCallStatus": "failed", "DialBridged": "false"}
            await self._ring()
            if not self._joined.done():
                last = self._legs[-1].call
                return {**_told(last), "DialBridged": "false"}
            return await self._talk(*self._joined.result())
        finally:
            self._parted.set()
            for leg in self._legs:
                answered = leg.call.status is Status.IN_PROGRESS
                leg.end(Ending(Status.COMPLETED) if answered else Ending(Status.CANCELED, 487))

    def _place(self, number: DialNumber) -> None:
        index = len(self._legs)

        async def joined(line: Line) -> None:
            if not self._joined.done():
                self._joined.set_result((self._legs[index], line))
                await self._parted.wait()

        try:
            self._legs.append(self._switch.place(number, self._verb, joined))
        except LegRefused as error:
            self._switch.alert(error.code, str(error))

    async def _ring(self) -> None:
        """Until somebody may be joined, or nobody is left; the caller hears it ring."""
        with Playing(self._switch.line) as playing:
            sound = asyncio.create_task(playing.sound(ringback(), loop=0))
            legs = {asyncio.create_task(leg.over()) for leg in self._legs}
            try:
                while legs and not self._joined.done():
                    waiting: set[asyncio.Future[Any]] = {self._joined, *legs}
                    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                    legs = {leg for leg in legs if not leg.done()}
            finally:
                for task in (sound, *legs):
                    task.cancel()
                await asyncio.gather(sound, *legs, return_exceptions=True)

    async def _talk(self, leg: Leg, line: Line) -> Mapping[str, str]:
        for other in self._legs:
            if other is not leg:
                other.end(Ending(Status.CANCELED, 487))
        verb, switch, mixer = self._verb, self._switch, Mixer()
        making = switch.recording(RecordingSource.DIAL, verb.record) if verb.record else None
        with (
            Seat(mixer, switch.call.sid, switch.line, star=verb.hangup_on_star) as here,
            Seat(mixer, leg.call.sid, line),
        ):
            await _first(leg.over(), here.left.wait(), limit_s=verb.time_limit_s)
        leg.end(Ending(Status.COMPLETED))
        await leg.over()
        told = {**_told(leg.call), "DialBridged": "true"}
        if making is not None:
            recording = making.stop()
            told["RecordingUrl"] = switch.recording_url(recording)
            told["RecordingSid"] = recording.sid
        return told


async def _first(*waits: Awaitable[object], limit_s: float) -> None:
    """Until one of them is over, or the limit."""
    tasks = {asyncio.ensure_future(one) for one in waits}
    try:
        await asyncio.wait(tasks, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _told(call: Call) -> dict[str, str]:
    fields = {"DialCallStatus": call.status.value, "DialCallSid": call.sid}
    if call.duration_s is not None:
        fields["DialCallDuration"] = str(call.duration_s)
    return fields
