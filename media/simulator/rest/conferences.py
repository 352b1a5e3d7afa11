"""Conferences of the account: list, fetch, end, announce."""

from aiohttp import web

from media.simulator.calls.exchange import Exchange
from media.simulator.calls.form import first
from media.simulator.clock import rfc2822
from media.simulator.conference.hall import Meeting
from media.simulator.errors import ApiError, not_found
from media.simulator.records.conference import Reason
from media.simulator.rest.guard import Guard, form_of
from media.simulator.rest.moments import within
from media.simulator.rest.paging import page
from media.simulator.rest.resource import ACCOUNT, API
from media.simulator.rest.room_sounds import announce


class Conferences:
    """`Conferences.json` and `Conferences/{sid}.json`."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._account = exchange.network.account

    def routes(self, guarded: Guard) -> list[web.RouteDef]:
        """Routes under the account."""
        one = f"{ACCOUNT}/Conferences/{{conference}}.json"
        return [
            web.get(f"{ACCOUNT}/Conferences.json", guarded(self._list)),
            web.get(one, guarded(self._fetch)),
            web.post(one, guarded(self._update)),
        ]

    async def _list(self, request: web.Request) -> web.StreamResponse:
        wanted = request.query
        found = [
            one.record
            for one in self._exchange.hall.meetings.values()
            if wanted.get("FriendlyName", one.record.name) == one.record.name
            and wanted.get("Status", one.record.status.value) == one.record.status.value
            and within(one.record.created_at, wanted, "DateCreated")
            and within(one.record.updated_at, wanted, "DateUpdated")
        ]
        shown, fields = page(found, dict(wanted), request.path)
        meetings = self._exchange.hall.meetings
        body = {"conferences": [self._json(meetings[one.sid]) for one in shown], **fields}
        return web.json_response(body)

    def _found(self, request: web.Request) -> Meeting:
        meeting = self._exchange.hall.meetings.get(request.match_info["conference"])
        if meeting is None:
            raise not_found(request.path)
        return meeting

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self._json(self._found(request)))

    async def _update(self, request: web.Request) -> web.StreamResponse:
        meeting, form = self._found(request), await form_of(request)
        status = first(form, "Status")
        if status not in (None, "completed"):
            raise ApiError(20001, "Status of a conference can be set to completed only")
        if status is not None:
            self._exchange.hall.end(meeting, Reason.API)
        announce(self._exchange, meeting, form)
        return web.json_response(self._json(meeting))

    def _json(self, meeting: Meeting) -> dict[str, object]:
        record = meeting.record
        stem = f"{API}/Accounts/{self._account.sid}/Conferences/{record.sid}"
        return {
            "account_sid": self._account.sid,
            "date_created": rfc2822(record.created_at),
            "date_updated": rfc2822(record.updated_at),
            "api_version": "2010-04-01",
            "friendly_name": record.name,
            "region": "us1",
            "sid": record.sid,
            "status": record.status.value,
            "uri": f"{stem}.json",
            "subresource_uris": {
                "participants": f"{stem}/Participants.json",
                "recordings": f"{stem}/Recordings.json",
            },
            "reason_conference_ended": record.reason.value if record.reason else None,
            "call_sid_ending_conference": record.ended_by,
        }
