"""Makes one sound of what an address gives: a sound file, or a document of Say, Play and Pause."""

import asyncio
from collections.abc import Awaitable, Callable

from media.simulator.people import speech
from media.simulator.playout.playback import SAMPLE_RATE
from media.simulator.program.sound_file import content_type, telephone
from media.simulator.program.voices import local_voice
from media.simulator.twiml.addresses import absolute
from media.simulator.twiml.reader import read
from media.simulator.twiml.verbs import Pause, PlaySound, Say, Verb
from media.simulator.webhooks.sender import Answer

Fetch = Callable[[str], Awaitable[Answer]]


async def rendered(url: str, fetch: Fetch, voice: str) -> bytes:
    """Mu-law; other verbs are left out. Raises `WebhookFailed`, `TwimlError`."""
    answer = await fetch(url)
    if content_type(answer).startswith("audio/"):
        return telephone(answer)
    verbs = absolute(read(answer.text).verbs, url)
    return b"".join([await _sound(verb, fetch, voice) for verb in verbs])


async def _sound(verb: Verb, fetch: Fetch, voice: str) -> bytes:
    match verb:
        case Say():
            local = local_voice(verb, voice)
            return await asyncio.to_thread(speech.spoken, local, verb.text) * max(1, verb.loop)
        case PlaySound():
            return telephone(await fetch(verb.url)) * max(1, verb.loop)
        case Pause():
            return b"\xff" * round(verb.length_s * SAMPLE_RATE)
    return b""
