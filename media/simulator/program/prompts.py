"""Performs the verbs that sound, alone or inside of Gather."""

import asyncio

from media.simulator.people import speech
from media.simulator.program.playing import Playing
from media.simulator.program.ports import Ports
from media.simulator.program.sound_file import telephone
from media.simulator.program.voices import local_voice
from media.simulator.twiml.reader import TwimlError
from media.simulator.twiml.verbs import Pause, Play, PlaySound, Say
from media.simulator.webhooks.sender import WebhookFailed


async def perform(verb: Say | Play | PlaySound | Pause, playing: Playing, ports: Ports) -> None:
    """Until the callee has heard it. A sound that cannot be had is told, and left out."""
    match verb:
        case Say():
            voice = local_voice(verb, ports.voice)
            sound = await asyncio.to_thread(speech.spoken, voice, verb.text)
            await playing.sound(sound, verb.loop)
        case Play():
            await _keys(verb, playing)
        case Pause():
            await playing.quiet(verb.length_s)
        case PlaySound():
            await _file(verb, playing, ports)


async def _keys(verb: Play, playing: Playing) -> None:
    count = 0
    while verb.loop == 0 or count < verb.loop:
        count += 1
        await playing.keys(verb.digits)


async def _file(verb: PlaySound, playing: Playing, ports: Ports) -> None:
    try:
        sound = telephone(await ports.sound(verb.url))
    except (WebhookFailed, TwimlError) as error:
        ports.alert(error.code, str(error))
        return
    await playing.sound(sound, verb.loop)
