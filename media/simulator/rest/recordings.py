"""Recordings of a call and of the account, and their sound."""

from collections.abc import Callable, Mapping

from aiohttp import web

from media.simulator.calls.exchange import Exchange
from media.simulator.calls.form import first, is_web_address, words
from media.simulator.clock import rfc2822
from media.simulator.errors import ApiError, not_found
from media.simulator.recording.tracks import one_channel
from media.simulator.records.call import Status
from media.simulator.records.recording import (
    Recording,
    RecordingSource,
    RecordingStatus,
    RecordingWish,
)
from media.simulator.rest.guard import Guard, form_of
from media.simulator.rest.moments import within
from media.simulator.rest.paging import page
from media.simulator.rest.resource import ACCOUNT, API

_CURRENT = "Twilio.CURRENT"
_CHANNELS = {"mono": 1, "dual": 2}
_Shape = Callable[[Recording], dict[str, object]]


class Recordings:
    """Start, list, fetch, pause, resume, stop, delete, and the WAV."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._desk = exchange.desk
        self._account = exchange.network.account

    def routes(self, guarded: Guard) -> list[web.RouteDef]:
        """Routes under the account."""
        of_call = f"{ACCOUNT}/Calls/{{call}}/Recordings"
        of_room = f"{ACCOUNT}/Conferences/{{conference}}/Recordings"
        return [
            web.post(f"{of_call}.json", guarded(self._start)),
            web.get(f"{of_call}.json", guarded(self._list_of_call)),
            web.get(f"{of_call}/{{sid}}.json", guarded(self._fetch_of_call)),
            web.post(f"{of_call}/{{sid}}.json", guarded(self._update)),
            web.delete(f"{of_call}/{{sid}}.json", guarded(self._delete)),
            web.get(f"{of_room}.json", guarded(self._list_of_room)),
            web.get(f"{of_room}/{{sid}}.json", guarded(self._fetch_of_room)),
            web.post(f"{of_room}/{{sid}}.json", guarded(self._update_of_room)),
            web.delete(f"{of_room}/{{sid}}.json", guarded(self._delete)),
            web.get(f"{ACCOUNT}/Recordings.json", guarded(self._list)),
            web.get(f"{ACCOUNT}/Recordings/{{sid}}.json", guarded(self._fetch)),
            web.delete(f"{ACCOUNT}/Recordings/{{sid}}.json", guarded(self._delete)),
            web.get(f"{ACCOUNT}/Recordings/{{sid}}.wav", guarded(self._sound)),
            web.get(f"{ACCOUNT}/Recordings/{{sid}}.mp3", guarded(self._no_mp3)),
            web.get(f"{ACCOUNT}/Recordings/{{sid}}", guarded(self._sound)),
        ]

    def _found(self, request: web.Request) -> Recording:
        """By SID, or the last that runs; of a call or a conference where the path has one."""
        sid, path = request.match_info["sid"], request.match_info
        if sid == _CURRENT and ("call" in path or "conference" in path):
            made = [one.recording for one in self._desk.making.values()]
            recording = next((one for one in reversed(made) if _in(path, one)), None)
        else:
            recording = self._desk.recordings.get(sid)
        if recording is None or not _in(path, recording):
            raise not_found(request.path)
        if recording.status is RecordingStatus.DELETED and not _soft_deleted(request):
            raise not_found(request.path)
        return recording

    async def _start(self, request: web.Request) -> web.StreamResponse:
        live = self._exchange.find(request.match_info["call"])
        if live is None:
            raise not_found(request.path)
        if live.call.status is not Status.IN_PROGRESS or live.conversation is None:
            raise ApiError(21220, "Requested resource is not eligible for recording")
        making = live.conversation.recorder.start(RecordingSource.REST, await self._wish(request))
        return web.json_response(self._of_call(making.recording), status=201)

    @staticmethod
    async def _wish(request: web.Request) -> RecordingWish:
        form = await form_of(request)
        url = first(form, "RecordingStatusCallback")
        if url is not None and not is_web_address(url):
            raise ApiError(21609, f"RecordingStatusCallback is not a valid URL: {url}")
        channels = first(form, "RecordingChannels") or "mono"
        if channels not in _CHANNELS:
            raise ApiError(20001, "RecordingChannels must be mono or dual")
        return RecordingWish(
            channels=_CHANNELS[channels],
            track=first(form, "RecordingTrack") or "both",
            trim=first(form, "Trim") == "trim-silence",
            callback=url,
            callback_method=(first(form, "RecordingStatusCallbackMethod") or "POST").upper(),
            events=words(form, "RecordingStatusCallbackEvent", frozenset({"completed"})),
        )

    async def _update(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self._of_call(await self._changed(request)))

    async def _update_of_room(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self._of_room(await self._changed(request)))

    async def _changed(self, request: web.Request) -> Recording:
        recording, form = self._found(request), await form_of(request)
        making, status = self._desk.making.get(recording.sid), first(form, "Status")
        if making is None:
            raise ApiError(21220, "The recording is not in progress")
        if status == "paused":
            making.pause(skip=first(form, "PauseBehavior") != "silence")
        elif status == "in-progress":
            making.resume()
        elif status == "stopped":
            making.stop()
        else:
            raise ApiError(20001, "Status must be paused, in-progress or stopped")
        return recording

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        recording = self._found(request)
        if not recording.stopped:
            raise ApiError(20009, "A recording that runs cannot be deleted")
        recording.status, recording.wav = RecordingStatus.DELETED, b""
        return web.Response(status=204)

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self._of_account(self._found(request)))

    async def _fetch_of_call(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self._of_call(self._found(request)))

    async def _fetch_of_room(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self._of_room(self._found(request)))

    async def _list(self, request: web.Request) -> web.StreamResponse:
        wanted = request.query
        found = [
            one
            for one in self._desk.recordings.values()
            if (one.status is not RecordingStatus.DELETED or _soft_deleted(request))
            and within(one.started_at, wanted, "DateCreated")
            and wanted.get("CallSid", one.call_sid) == one.call_sid
            and wanted.get("ConferenceSid", one.conference_sid) == one.conference_sid
        ]
        shown, fields = page(found, dict(wanted), request.path)
        return web.json_response({"recordings": [self._of_account(one) for one in shown], **fields})

    async def _list_of_call(self, request: web.Request) -> web.StreamResponse:
        call = request.match_info["call"]
        if self._exchange.find(call) is None:
            raise not_found(request.path)
        return self._listed(request, self._of_call)

    async def _list_of_room(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["conference"] not in self._exchange.hall.meetings:
            raise not_found(request.path)
        return self._listed(request, self._of_room)

    def _listed(self, request: web.Request, shape: _Shape) -> web.StreamResponse:
        found = [
            one
            for one in self._desk.recordings.values()
            if one.status is not RecordingStatus.DELETED
            and _in(request.match_info, one)
            and within(one.started_at, request.query, "DateCreated")
        ]
        shown, fields = page(found, dict(request.query), request.path)
        return web.json_response({"recordings": [shape(one) for one in shown], **fields})

    async def _sound(self, request: web.Request) -> web.StreamResponse:
        recording = self._found(request)
        if not recording.wav:
            raise not_found(request.path)
        wanted = request.query.get("RequestedChannels", "")
        sound = one_channel(recording.wav) if wanted == "1" else recording.wav
        return web.Response(body=sound, content_type="audio/x-wav")

    async def _no_mp3(self, request: web.Request) -> web.StreamResponse:
        raise ApiError(20404, "The carrier twin has recordings as .wav only")

    def _shared(self, one: Recording) -> dict[str, object]:
        return {
            "account_sid": self._account.sid,
            "api_version": "2010-04-01",
            "call_sid": one.call_sid,
            "conference_sid": one.conference_sid,
            "date_created": rfc2822(one.started_at),
            "date_updated": rfc2822(one.started_at),
            "start_time": rfc2822(one.started_at),
            "duration": None if one.duration_s is None else str(one.duration_s),
            "sid": one.sid,
            "price_unit": "USD",
            "status": one.status.value,
            "channels": one.channels,
            "source": one.source.value,
            "error_code": one.error_code,
            "encryption_details": None,
        }

    def _of_call(self, one: Recording) -> dict[str, object]:
        stem = f"{API}/Accounts/{self._account.sid}/Calls/{one.call_sid}/Recordings/{one.sid}"
        price = None if one.price is None else float(one.price)
        return {**self._shared(one), "price": price, "track": one.track, "uri": f"{stem}.json"}

    def _of_room(self, one: Recording) -> dict[str, object]:
        stem = f"{API}/Accounts/{self._account.sid}/Conferences/{one.conference_sid}/Recordings"
        return {**self._shared(one), "price": _price(one), "uri": f"{stem}/{one.sid}.json"}

    def _of_account(self, one: Recording) -> dict[str, object]:
        stem = f"{API}/Accounts/{self._account.sid}/Recordings/{one.sid}"
        parts = {
            "add_on_results": f"{stem}/AddOnResults.json",
            "transcriptions": f"{stem}/Transcriptions.json",
        }
        return {
            **self._shared(one),
            "price": _price(one),
            "uri": f"{stem}.json",
            "subresource_uris": parts,
            "media_url": self._desk.url(one),
        }


def _in(path: Mapping[str, str], one: Recording) -> bool:
    """Whether a recording is of the call or the conference that a path names."""
    return (
        path.get("call", one.call_sid) == one.call_sid
        and path.get("conference", one.conference_sid) == one.conference_sid
    )


def _soft_deleted(request: web.Request) -> bool:
    """Whether the deleted are wanted too; their records are kept for a while (Twilio)."""
    return request.query.get("IncludeSoftDeleted") == "true"


def _price(one: Recording) -> str | None:
    return None if one.price is None else f"{one.price:.5f}"
