"""Runs TwiML on a live call: documents fetched, and for each verb its performer chosen."""

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum, auto

from media.simulator.line import Line
from media.simulator.program import prompts
from media.simulator.program.gather import gather
from media.simulator.program.playing import Playing
from media.simulator.program.ports import Ports, Source
from media.simulator.program.record import record
from media.simulator.program.sound_file import content_type, telephone
from media.simulator.records.recording import RecordingSource
from media.simulator.twiml import verbs
from media.simulator.twiml.addresses import absolute
from media.simulator.twiml.reader import Document, TwimlError, read
from media.simulator.webhooks.sender import Answer, WebhookFailed

_TWIML_TYPES = {"text/xml", "application/xml", "text/html"}
MAX_DOCUMENTS = 200
"""Documents that one call may run; a loop of redirects ends here."""


class _After(Enum):
    """What comes after a verb that names no other document."""

    NEXT = auto()
    END = auto()


class Interpreter:
    """One call's program. `run` returns when the program is over, which ends the call.

    `send_digits` are pressed once, before the first document. `hung_up` tells, when the program is
    over, whether a document wanted the call's end or could not be had.
    """

    def __init__(self, line: Line, ports: Ports, send_digits: str = "") -> None:
        self._line = line
        self._ports = ports
        self._send_digits = send_digits
        self._current = Source()
        self._base = ""
        self.hung_up = False

    async def run(self, source: Source) -> None:
        """Run documents until one ends without naming another."""
        await self.press()
        following: Source | None = source
        for _ in range(MAX_DOCUMENTS):
            if following is None:
                return
            document = await self._load(following)
            if document is None:
                self.hung_up = True
                return
            following = await self._play(document)
        self._ports.alert(11215, "too many documents")

    async def press(self) -> None:
        """The digits that follow the pickup, once."""
        digits, self._send_digits = self._send_digits, ""
        with Playing(self._line) as playing:
            await playing.keys(digits)

    async def _load(self, source: Source) -> Document | None:
        try:
            return await self._read(source)
        except (TwimlError, WebhookFailed) as error:
            self._ports.alert(error.code, str(error))
            if source.fallback_url is None:
                return None
            more = {"ErrorCode": str(error.code), "ErrorUrl": source.url}
            fallback = Source(None, source.fallback_url, source.fallback_method, more=more)
        try:
            return await self._read(fallback)
        except (TwimlError, WebhookFailed) as error:
            self._ports.alert(error.code, str(error))
            return None

    async def _read(self, source: Source) -> Document:
        text = source.text
        self._current = source
        if text is None:
            answer = await self._ports.fetch(source.url, source.method, source.more)
            self._base = source.url
            if content_type(answer).startswith("audio/"):
                return await self._heard(answer)
            text = _twiml_of(answer)
        document = read(text)
        for code, reason in document.warnings:
            self._ports.alert(code, reason)
        return replace(document, verbs=absolute(document.verbs, self._base))

    async def _heard(self, answer: Answer) -> Document:
        """A sound in place of a document is played, and the program is over."""
        with Playing(self._line) as playing:
            await playing.sound(telephone(answer))
        return Document(())

    async def _play(self, document: Document) -> Source | None:
        for verb in document.verbs:
            after = await self._perform(verb)
            if isinstance(after, Source):
                return after
            if after is _After.END:
                return None
        return None

    async def _perform(self, verb: verbs.Verb) -> Source | _After:
        match verb:
            case verbs.Say() | verbs.Play() | verbs.PlaySound() | verbs.Pause():
                with Playing(self._line) as playing:
                    await prompts.perform(verb, playing, self._ports)
            case verbs.Redirect():
                return self._following(verb.url, verb.method)
            case verbs.Hangup() | verbs.Reject():
                self.hung_up = True
                return _After.END
            case verbs.StartStream():
                self._ports.fork(verb)
            case verbs.StopStream():
                self._ports.join(verb.name)
            case verbs.StartRecording():
                self._record(verb)
            case verbs.ConnectStream() | verbs.Dial() | verbs.Gather() | verbs.Record():
                return await self._ask(verb)
        return _After.NEXT

    def _record(self, verb: verbs.StartRecording) -> None:
        if self._ports.recording is None:
            self._ports.alert(12200, "<Recording> is not supported")
        else:
            self._ports.recording(RecordingSource.START, verb.wish)

    async def _ask(
        self, verb: verbs.ConnectStream | verbs.Dial | verbs.Gather | verbs.Record
    ) -> Source | _After:
        """A verb with an action, which is asked for the next document.

        Without an action, what Gather and Record have got goes to the current document's address.
        """
        told = await self._told(verb)
        action = verb.action
        if action is None and isinstance(verb, verbs.Gather | verbs.Record):
            action = self._base
        if told is None or not action:
            return _After.NEXT
        return self._following(action, verb.method, told)

    async def _told(
        self, verb: verbs.ConnectStream | verbs.Dial | verbs.Gather | verbs.Record
    ) -> Mapping[str, str] | None:
        match verb:
            case verbs.ConnectStream():
                return await self._ports.stream(verb)
            case verbs.Gather():
                return await gather(verb, self._line, self._ports)
            case verbs.Record():
                return await record(verb, self._line, self._ports)
        if self._ports.dial is None:
            self._ports.alert(12200, "<Dial> is not supported")
            return None
        return await self._ports.dial(verb)

    def _following(self, url: str, method: str, more: Mapping[str, str] | None = None) -> Source:
        """The next document, with the fallback that the call has."""
        return replace(self._current, text=None, url=url, method=method, more=more or {})


def _twiml_of(answer: Answer) -> str:
    """The document in an answer, by its content type. Raises `TwimlError` 12300."""
    kind = content_type(answer)
    if kind in _TWIML_TYPES:
        return answer.text
    if kind != "text/plain":
        raise TwimlError(12300, f"content type {kind!r} is not TwiML")
    if answer.text.lstrip().startswith("<"):
        return answer.text
    escaped = answer.text.replace("&", "&amp;").replace("<", "&lt;")
    return f"<Response><Say>{escaped}</Say></Response>"
