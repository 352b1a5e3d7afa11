"""`IncomingPhoneNumbers` (owned) and `OutgoingCallerIds` (verified): whose numbers may be shown."""

import re
from collections.abc import Iterable, Mapping

from aiohttp import web

from media.simulator.account import Account
from media.simulator.clock import Clock, rfc2822
from media.simulator.errors import not_found
from media.simulator.rest.guard import Guard
from media.simulator.rest.paging import Row, page
from media.simulator.rest.resource import ACCOUNT, API, formatted
from media.simulator.sids import sid_of

_VOICE_ONLY = {"voice": True, "sms": False, "mms": False, "fax": False}
_UNUSED = (
    "address_sid",
    "bundle_sid",
    "emergency_address_sid",
    "identity_sid",
    "sms_application_sid",
    "sms_fallback_url",
    "sms_url",
    "status_callback",
    "trunk_sid",
    "voice_application_sid",
    "voice_fallback_url",
    "voice_url",
)


class Numbers:
    """Lists, filtered by `PhoneNumber` and `FriendlyName`, and single numbers."""

    def __init__(self, account: Account, clock: Clock) -> None:
        self._account = account
        self._since = rfc2822(clock.now())

    def routes(self, guarded: Guard) -> list[web.RouteDef]:
        """Routes under the account."""
        owned, verified = f"{ACCOUNT}/IncomingPhoneNumbers", f"{ACCOUNT}/OutgoingCallerIds"
        return [
            web.get(f"{owned}.json", guarded(self._list_owned)),
            web.get(f"{owned}/{{sid}}.json", guarded(self._fetch_owned)),
            web.get(f"{verified}.json", guarded(self._list_verified)),
            web.get(f"{verified}/{{sid}}.json", guarded(self._fetch_verified)),
        ]

    async def _list_owned(self, request: web.Request) -> web.StreamResponse:
        return _listed(request, "incoming_phone_numbers", self._owned())

    async def _fetch_owned(self, request: web.Request) -> web.StreamResponse:
        return _fetched(request, self._owned())

    async def _list_verified(self, request: web.Request) -> web.StreamResponse:
        return _listed(request, "outgoing_caller_ids", self._verified())

    async def _fetch_verified(self, request: web.Request) -> web.StreamResponse:
        return _fetched(request, self._verified())

    def _owned(self) -> list[Row]:
        return [self._row("IncomingPhoneNumbers", one, _telephony()) for one in self._numbers()]

    def _verified(self) -> list[Row]:
        verified = sorted(self._account.verified)
        return [self._row("OutgoingCallerIds", number, {}) for number in verified]

    def _numbers(self) -> list[str]:
        return sorted(self._account.numbers)

    def _row(self, kind: str, number: str, more: Mapping[str, object]) -> Row:
        sid = sid_of("PN", number)
        body = {
            "sid": sid,
            "account_sid": self._account.sid,
            "phone_number": number,
            "friendly_name": formatted(number),
            "date_created": self._since,
            "date_updated": self._since,
            "uri": f"{API}/Accounts/{self._account.sid}/{kind}/{sid}.json",
            **more,
        }
        return Row(sid, body)


def _telephony() -> dict[str, object]:
    """What an owned number can do; nothing answers it, since the twin plays no inbound calls."""
    methods = ("sms_fallback", "sms", "status_callback", "voice_fallback", "voice")
    return {
        "api_version": "2010-04-01",
        "address_requirements": "none",
        "beta": False,
        "capabilities": _VOICE_ONLY,
        "emergency_status": "Inactive",
        "emergency_address_status": "unregistered",
        "origin": "twilio",
        "status": "in-use",
        "type": "local",
        "voice_caller_id_lookup": False,
        "voice_receive_mode": "voice",
        **{f"{one}_method": "POST" for one in methods},
        **dict.fromkeys(_UNUSED),
    }


def _listed(request: web.Request, key: str, rows: Iterable[Row]) -> web.Response:
    found = [row for row in rows if _wanted(row.body, request.query)]
    shown, fields = page(found, request.query, request.path)
    return web.json_response({key: [row.body for row in shown], **fields})


def _fetched(request: web.Request, rows: Iterable[Row]) -> web.Response:
    for row in rows:
        if row.sid == request.match_info["sid"]:
            return web.json_response(row.body)
    raise not_found(request.path)


def _wanted(body: Mapping[str, object], query: Mapping[str, str]) -> bool:
    """`FriendlyName` is exact; `PhoneNumber` is a part of the number in which `*` is one digit."""
    name = query.get("FriendlyName")
    part = re.escape(query.get("PhoneNumber", "")).replace(r"\*", r"\d")
    return name in (None, body["friendly_name"]) and bool(
        re.search(part, str(body["phone_number"]))
    )
