"""Performs `<Dial>`: joins the first of some numbers who may be, or takes a conference's seat."""

import asyncio
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from media.simulator.conference.mixer import Mixer
from media.simulator.conference.seat import Seat
from media.simulator.line import Line
from media.simulator.people.speech import ringback
from media.simulator.program.conferring import confer
from media.simulator.program.playing import Playing
from media.simulator.program.switch import Leg, LegRefused, Switch
from media.simulator.records.call import Call, Ending, Status
from media.simulator.records.recording import RecordingSource
from media.simulator.twiml.verbs import Dial, DialConference, DialNumber


async def dial(verb: Dial, switch: Switch) -> Mapping[str, str] | None:
    """The fields that the action is told. Cancelled when the call ends or is redirected."""
    if isinstance(verb.to, DialConference):
        return await confer(verb, verb.to, switch)
    return await _Numbers(verb, switch).perform(verb.to)


class _Numbers:
    """One `<Dial>` of numbers: all ring, the first who may be joined is, the others are let go."""

    def __init__(self, verb: Dial, switch: Switch) -> None:
        self._verb = verb
        self._switch = switch
        self._legs: list[Leg] = []
        self._joined: asyncio.Future[tuple[Leg, Line]] = asyncio.get_running_loop().create_future()
        self._parted = asyncio.Event()
        self._gone = asyncio.Event()

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
                try:
                    await self._parted.wait()
                finally:
                    self._gone.set()

        try:
            self._legs.append(self._switch.place(number, self._verb, joined))
        except LegRefused as error:
            self._switch.ports.alert(error.code, str(error))

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
        with self._recorded() as told, self._seats(leg, line) as here:
            waits = (leg.over(), self._gone.wait(), here.left.wait())
            await _first(*waits, limit_s=self._verb.time_limit_s)
        told = {**told, "DialBridged": "true"}
        if self._gone.is_set() and not leg.ending:
            # It has got another document of its own, and lives on.
            self._legs.remove(leg)
            return {**_told(leg.call), "DialCallStatus": Status.COMPLETED.value, **told}
        leg.end(Ending(Status.COMPLETED))
        await leg.over()
        return {**_told(leg.call), **told}

    @contextmanager
    def _seats(self, leg: Leg, line: Line) -> Iterator[Seat]:
        """Both hear each other; the seat of the one who dialed."""
        switch, mixer = self._switch, Mixer()
        star = self._verb.hangup_on_star
        with (
            Seat(mixer, switch.call.sid, switch.line, star=star) as here,
            Seat(mixer, leg.call.sid, line),
        ):
            yield here

    @contextmanager
    def _recorded(self) -> Iterator[dict[str, str]]:
        """Record while it lasts, where that is wanted; the fields that tell of the recording."""
        wish, ports = self._verb.record, self._switch.ports
        told: dict[str, str] = {}
        if wish is None or ports.recording is None:
            yield told
            return
        making = ports.recording(RecordingSource.DIAL, wish)
        try:
            yield told
        finally:
            recording = making.stop()
            told["RecordingUrl"] = ports.recording_url(recording)
            told["RecordingSid"] = recording.sid


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
