"""Reads the verbs that sound: Say, Play and Pause, alone or inside of Gather."""

import re
import xml.etree.ElementTree as ElementTree

from media.simulator.twiml.attributes import SCHEMA, Attributes, Warn
from media.simulator.twiml.verbs import Pause, Play, PlaySound, Say

Prompt = Say | Play | PlaySound | Pause
_KEYS = frozenset("0123456789*#ABCDwW")
_MOST_LOOPS = 1000
_SSML = frozenset(
    {"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w", "mark"}
)


def text_of(element: ElementTree.Element) -> str:
    """All the text inside, blanks and line breaks made single blanks."""
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip()


def alone(element: ElementTree.Element, warn: Warn) -> None:
    """Warn of elements inside of one that takes none."""
    for child in element:
        warn(f"<{child.tag}> is not allowed in <{element.tag}>", SCHEMA)


def say(element: ElementTree.Element, warn: Warn) -> tuple[Say, ...]:
    """`<Say>`; the marks of SSML are taken out, their text is spoken."""
    attributes = Attributes(element, warn)
    for child in element.iter():
        if child is not element and child.tag not in _SSML:
            warn(f"<{child.tag}> is not allowed in <Say>", SCHEMA)
    loop = attributes.whole("loop", 1, 0, _MOST_LOOPS)
    text = text_of(element)
    if not text:
        warn("<Say> has no text", SCHEMA)
        return ()
    return (Say(text, attributes.text("voice"), loop, attributes.text("language")),)


def play(element: ElementTree.Element, warn: Warn) -> tuple[Play | PlaySound, ...]:
    """`<Play>`; keys go before an address."""
    attributes = Attributes(element, warn)
    alone(element, warn)
    loop = attributes.whole("loop", 1, 0, _MOST_LOOPS)
    digits, url = attributes.text("digits"), text_of(element)
    if digits:
        if set(digits) <= _KEYS:
            return (Play(digits, loop),)
        warn(f"digits {digits!r} of <Play> are not keys", SCHEMA)
    if url:
        return (PlaySound(url, loop),)
    warn("<Play> has neither an address nor digits", SCHEMA)
    return ()


def pause(element: ElementTree.Element, warn: Warn) -> tuple[Pause, ...]:
    """`<Pause>`."""
    alone(element, warn)
    return (Pause(float(Attributes(element, warn).whole("length", 1))),)
