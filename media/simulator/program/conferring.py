"""Performs `<Dial><Conference>`: a seat until the conference ends or its owner is sent away."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from media.simulator.conference.seat import Seat
from media.simulator.conference.waiting import music
from media.simulator.program.rendering import rendered
from media.simulator.program.switch import Switch
from media.simulator.records.conference import LABEL_TAKEN
from media.simulator.twiml.reader import TwimlError
from media.simulator.twiml.verbs import Dial, DialConference
from media.simulator.webhooks.sender import Answer, WebhookFailed


async def confer(verb: Dial, to: DialConference, switch: Switch) -> Mapping[str, str] | None:
    """The fields that the action is told; None when a label is taken, and the next verb runs."""
    hall, call = switch.hall, switch.call
    refused = hall.refusal(to)
    if refused is not None:
        switch.ports.alert(*refused)
        return None if refused[0] == LABEL_TAKEN else {"DialCallStatus": "failed"}
    meeting = hall.open(to)
    wait = music() if to.wait_url is None else b""
    with Seat(meeting.mixer, call.sid, switch.line, star=verb.hangup_on_star, wait=wait) as seat:
        hall.enter(meeting, to, call, seat)
        fetching = asyncio.create_task(_fetch_wait(to, seat, switch))
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(verb.time_limit_s):
                    await seat.left.wait()
        finally:
            fetching.cancel()
            hall.leave(meeting, call)
    return {"DialCallStatus": "answered", "ConferenceSid": meeting.record.sid}


async def _fetch_wait(to: DialConference, seat: Seat, switch: Switch) -> None:
    """Silence until the customer's sound is there; an empty address is silence for good."""
    if not to.wait_url:
        return

    async def fetch(url: str) -> Answer:
        return await switch.ports.fetch(url, to.wait_method, {})

    try:
        seat.waiting.sound = await rendered(to.wait_url, fetch, switch.ports.voice)
    except (WebhookFailed, TwimlError) as error:
        switch.ports.alert(error.code, str(error))
