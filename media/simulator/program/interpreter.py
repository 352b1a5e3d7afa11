"""Runs TwiML on a live call: verbs in order, documents fetched, streams connected."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urljoin

from media.simulator.line import Line
from media.simulator.people import speech
from media.simulator.people.callee import Said
from media.simulator.playout.playback import SAMPLE_RATE
from media.simulator.twiml import verbs
from media.simulator.twiml.reader import Document, TwimlError, read
from media.simulator.webhooks.sender import Answer, WebhookFailed

_MARK = "end"
_TWIML_TYPES = {"text/xml", "application/xml", "text/html"}
MAX_DOCUMENTS = 200
"""Documents that one call may run; a loop of redirects ends here."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document comes from: given text, or an address to ask."""

    text: str | None = None
    url: str = ""
    method: str = "POST"
    fallback_url: str | None = None
    fallback_method: str = "POST"


class _Drained:
    """A tap that waits for the play-out to reach its mark."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    def marked(self, name: str) -> None:
        self.event.set()

    def said(self, said: Said) -> None:
        """Nobody listens to the callee while a verb plays."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What the interpreter needs of the call: fetch(url, method, more), alert, stream, voice."""

    fetch: Callable[[str, str, dict[str, str]], Awaitable[Answer]]
    alert: Callable[[int, str], None]
    stream: Callable[[verbs.ConnectStream], Awaitable[None]]
    voice: str


class Interpreter:
    """One call's program. `run` returns when the program is over, which ends the call."""

    def __init__(self, line: Line, ports: Ports) -> None:
        self._line = line
        self._ports = ports
        self._base = ""

    async def run(self, source: Source) -> None:
        """Run documents until one ends without naming another."""
        following: Source | None = source
        for _ in range(MAX_DOCUMENTS):
            if following is None:
                return
            document = await self._load(following)
            following = await self._play(document) if document is not None else None
        self._ports.alert(11215, "too many documents")

    async def _load(self, source: Source) -> Document | None:
        try:
            return await self._read(source)
        except (TwimlError, WebhookFailed) as error:
            self._ports.alert(error.code, str(error))
            if source.fallback_url is None:
                return None
            more = {"ErrorCode": str(error.code), "ErrorUrl": source.url}
            return await self._load_fallback(source, more)

    async def _load_fallback(self, source: Source, more: dict[str, str]) -> Document | None:
        assert source.fallback_url is not None
        fallback = Source(url=source.fallback_url, method=source.fallback_method)
        try:
            return await self._read(fallback, more)
        except (TwimlError, WebhookFailed) as error:
            self._ports.alert(error.code, str(error))
            return None

    async def _read(self, source: Source, more: dict[str, str] | None = None) -> Document:
        text = source.text
        if text is None:
            answer = await self._ports.fetch(source.url, source.method, more or {})
            self._base = source.url
            text = _twiml_of(answer)
        document = read(text)
        for code, reason in document.warnings:
            self._ports.alert(code, reason)
        return document

    async def _play(self, document: Document) -> Source | None:
        for verb in document.verbs:
            match verb:
                case verbs.Say():
                    await self._say(verb)
                case verbs.Play():
                    await self._keys(verb.digits)
                case verbs.Pause():
                    await self._quiet(verb.length_s)
                case verbs.Redirect():
                    return Source(url=urljoin(self._base, verb.url), method=verb.method)
                case verbs.ConnectStream():
                    await self._ports.stream(verb)
                    if verb.action:
                        return Source(url=urljoin(self._base, verb.action), method=verb.method)
                case verbs.Hangup() | verbs.Reject():
                    return None
        return None

    async def _say(self, verb: verbs.Say) -> None:
        sound = await asyncio.to_thread(speech.spoken, self._ports.voice, verb.text)
        await self._sound(sound * verb.loop)

    async def _keys(self, digits: str) -> None:
        for digit in digits:
            if digit in "wW":
                await self._quiet(0.5 if digit == "w" else 1.0)
            else:
                await self._sound(speech.touch_tone(digit))

    async def _quiet(self, seconds: float) -> None:
        await self._sound(b"\xff" * round(seconds * SAMPLE_RATE))

    async def _sound(self, sound: bytes) -> None:
        """Play and wait until the callee has heard it all."""
        drained = _Drained()
        self._line.tap = drained
        try:
            self._line.playback.media(sound)
            if not self._line.playback.mark(_MARK):
                await drained.event.wait()
        finally:
            self._line.tap = None
            self._line.playback.clear()


def _twiml_of(answer: Answer) -> str:
    """The document in an answer, by its content type. Raises `TwimlError` 12300."""
    kind = answer.content_type.split(";")[0].strip().lower()
    if kind in _TWIML_TYPES:
        return answer.text
    if kind != "text/plain":
        raise TwimlError(12300, f"content type {kind!r} is not TwiML")
    if answer.text.lstrip().startswith("<"):
        return answer.text
    escaped = answer.text.replace("&", "&amp;").replace("<", "&lt;")
    return f"<Response><Say>{escaped}</Say></Response>"
