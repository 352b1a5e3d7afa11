"""Reads TwiML into verbs. Verbs that this twin does not play are reported, not pretended."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from typing import ClassVar

from media.simulator.twiml.verbs import (
    ConnectStream,
    Hangup,
    Pause,
    Play,
    Redirect,
    Reject,
    Say,
    Verb,
)

MAX_BYTES = 64 * 1024
_PARAMETER_LIMIT = 500


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


class Reader:
    """Turns one document into verbs, collecting warnings."""

    _ATTRIBUTES: ClassVar[dict[str, set[str]]] = {
        "Say": {"voice", "language", "loop"},
        "Play": {"digits", "loop"},
        "Pause": {"length"},
        "Hangup": set(),
        "Reject": {"reason"},
        "Redirect": {"method"},
        "Connect": {"action", "method"},
        "Stream": {"url", "name", "track", "statusCallback", "statusCallbackMethod"},
        "Parameter": {"name", "value"},
    }

    def __init__(self) -> None:
        self._warnings: list[tuple[int, str]] = []

    def read(self, text: str) -> Document:
        """Raises `TwimlError` 11750 (too long), 12100 (no XML or no `<Response>`)."""
        if len(text.encode()) > MAX_BYTES:
            raise TwimlError(11750, "the document is longer than 64 kB")
        try:
            root = ElementTree.fromstring(text)
        except (ElementTree.ParseError, ValueError) as error:
            raise TwimlError(12100, f"document parse failure: {error}") from error
        if root.tag != "Response":
            raise TwimlError(12100, f"the root element is <{root.tag}>, not <Response>")
        verbs = [verb for element in root if (verb := self._verb(element)) is not None]
        return Document(tuple(verbs), tuple(self._warnings))

    def _warn(self, reason: str, code: int = 12200) -> None:
        self._warnings.append((code, reason))

    def _check(self, element: ElementTree.Element) -> None:
        for name in element.attrib.keys() - self._ATTRIBUTES[element.tag]:
            self._warn(f"attribute {name!r} is not allowed in <{element.tag}>")

    def _verb(self, element: ElementTree.Element) -> Verb | None:
        if element.tag not in self._ATTRIBUTES or element.tag in {"Stream", "Parameter"}:
            self._warn(f"<{element.tag}> is not supported")
            return None
        self._check(element)
        text = re.sub(r"\s+", " ", "".join(element.itertext())).strip()
        match element.tag:
            case "Say":
                loop = self._number(element, "loop", 1)
                return Say(text, element.get("voice", ""), max(1, min(99, int(loop))))
            case "Play":
                return self._play(element)
            case "Pause":
                return Pause(max(0.0, self._number(element, "length", 1)))
            case "Redirect":
                return Redirect(text, element.get("method", "POST").upper())
            case "Connect":
                return self._connect(element)
        return Hangup() if element.tag == "Hangup" else Reject()

    def _number(self, element: ElementTree.Element, name: str, usual: float) -> float:
        try:
            return float(element.get(name, usual))
        except ValueError:
            self._warn(f"attribute {name!r} of <{element.tag}> is not a number")
            return usual

    def _play(self, element: ElementTree.Element) -> Play | None:
        digits = element.get("digits", "")
        if not digits or set(digits) - set("0123456789*#ABCDwW"):
            self._warn("<Play> is supported with digits only")
            return None
        return Play(digits)

    def _connect(self, element: ElementTree.Element) -> ConnectStream | None:
        streams = [child for child in element if child.tag == "Stream"]
        if len(streams) != 1:
            self._warn("<Connect> is supported with exactly one <Stream>")
            return None
        stream = streams[0]
        self._check(stream)
        url = (stream.get("url") or "").strip()
        if not url.startswith("wss://"):
            self._warn(f"stream url {url!r} is not wss", 31922)
        elif stream.get("track", "inbound_track") != "inbound_track":
            self._warn("track of a bidirectional stream must be inbound_track", 31941)
        else:
            return self._stream(element, stream, url)
        return None

    def _stream(
        self, connect: ElementTree.Element, stream: ElementTree.Element, url: str
    ) -> ConnectStream:
        if "?" in url:
            self._warn("query strings of a stream url are not passed on", 31923)
        return ConnectStream(
            url=url.split("?")[0],
            name=stream.get("name", ""),
            parameters=self._parameters(stream),
            action=connect.get("action"),
            method=connect.get("method", "POST").upper(),
            status_callback=stream.get("statusCallback"),
        )

    def _parameters(self, stream: ElementTree.Element) -> dict[str, str]:
        parameters = {}
        for child in stream:
            name, value = child.get("name", ""), child.get("value", "")
            if child.tag != "Parameter" or not name:
                self._warn(f"<{child.tag}> in <Stream> is not a named <Parameter>")
            elif len(name) + len(value) >= _PARAMETER_LIMIT:
                self._warn(f"parameter {name!r} is longer than {_PARAMETER_LIMIT} characters")
            else:
                parameters[name] = value
        return parameters
