"""Reads a TwiML document into verbs. What is not understood is warned of, and the rest runs."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import dataclass

from media.simulator.twiml import (
    dial_reader,
    gather_reader,
    prompt_reader,
    recording_reader,
    stream_reader,
)
from media.simulator.twiml.attributes import SCHEMA, Attributes, Warn
from media.simulator.twiml.prompt_reader import alone, text_of
from media.simulator.twiml.verbs import Hangup, Redirect, Reject, Verb

MAX_BYTES = 64 * 1024


class TwimlError(Exception):
    """The document cannot be run; `code` is the carrier's debugger code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Document:
    """The verbs in order, and (code, reason) of what was left out."""

    verbs: tuple[Verb, ...]
    warnings: tuple[tuple[int, str], ...] = ()


def read(text: str) -> Document:
    """Raises `TwimlError` 11750 (more than 64 kB), 12100 (no XML, a blank before the XML
    declaration, or a root other than `<Response>`). Names are case-sensitive, as the carrier's.
    """
    root = _parsed(text)
    verbs: list[Verb] = []
    warnings: list[tuple[int, str]] = []

    def warn(reason: str, code: int) -> None:
        warnings.append((code, reason))

    for name in sorted(root.attrib):
        warn(f"attribute {name!r} is not allowed in <Response>", SCHEMA)
    if "".join([root.text or "", *(child.tail or "" for child in root)]).strip():
        warn("text between the verbs of <Response> is not allowed", SCHEMA)
    for element in root:
        reader = _READERS.get(element.tag)
        if reader is None:
            warn(f"<{element.tag}> is not supported", SCHEMA)
        else:
            verbs.extend(reader(element, warn))
    return Document(tuple(verbs), tuple(warnings))


def _parsed(text: str) -> ElementTree.Element:
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise TwimlError(11750, "the document is longer than 64 kB")
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise TwimlError(12100, f"document parse failure: {error}") from error
    if root.tag != "Response":
        raise TwimlError(12100, f"the root element is <{root.tag}>, not <Response>")
    return root


def _hangup(element: ElementTree.Element, warn: Warn) -> tuple[Hangup, ...]:
    Attributes(element, warn)
    alone(element, warn)
    return (Hangup(),)


def _reject(element: ElementTree.Element, warn: Warn) -> tuple[Reject, ...]:
    Attributes(element, warn).choice("reason", ("rejected", "busy"), "rejected")
    return (Reject(),)


def _redirect(element: ElementTree.Element, warn: Warn) -> tuple[Redirect, ...]:
    attributes = Attributes(element, warn)
    alone(element, warn)
    return (Redirect(text_of(element), attributes.method()),)


_READERS: dict[str, Callable[[ElementTree.Element, Warn], tuple[Verb, ...]]] = {
    "Say": prompt_reader.say,
    "Play": prompt_reader.play,
    "Pause": prompt_reader.pause,
    "Hangup": _hangup,
    "Reject": _reject,
    "Redirect": _redirect,
    "Connect": stream_reader.connect,
    "Start": stream_reader.start,
    "Stop": stream_reader.stop,
    "Record": recording_reader.record,
    "Gather": gather_reader.gather,
    "Dial": dial_reader.dial,
}
