"""JSON of the REST resources: every scalar is a string or null."""

from media.simulator.clock import rfc2822
from media.simulator.records.call import Call
from media.simulator.sids import sid_of

API = "/2010-04-01"
ACCOUNT = f"{API}/Accounts/{{account}}"
"""The route under which the resources of an account lie."""
_SUBRESOURCES = {
    "notifications": "Notifications",
    "recordings": "Recordings",
    "payments": "Payments",
    "events": "Events",
    "siprec": "Siprec",
    "streams": "Streams",
    "transcriptions": "Transcriptions",
    "user_defined_message_subscriptions": "UserDefinedMessageSubscriptions",
    "user_defined_messages": "UserDefinedMessages",
}


def formatted(number: str) -> str:
    """`+14155550100` -> `(415) 555-0100`; other countries as they are."""
    if number.startswith("+1") and len(number) == 12:
        return f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    return number


def call_json(call: Call, account_sid: str) -> dict[str, object]:
    """A call as `GET /Calls/{sid}.json` shows it."""
    stem = f"{API}/Accounts/{account_sid}/Calls/{call.sid}"
    request = call.request
    return {
        "sid": call.sid,
        "account_sid": account_sid,
        "parent_call_sid": call.parent_sid,
        "phone_number_sid": sid_of("PN", request.from_),
        "to": request.to,
        "to_formatted": formatted(request.to),
        "from": request.from_,
        "from_formatted": formatted(request.from_),
        "status": call.status.value,
        "direction": call.direction.value,
        "answered_by": call.answered_by,
        "api_version": "2010-04-01",
        "date_created": rfc2822(call.created_at),
        "date_updated": rfc2822(call.updated_at),
        "start_time": rfc2822(call.started_at),
        "end_time": rfc2822(call.ended_at),
        "duration": None if call.duration_s is None else str(call.duration_s),
        "price": None if call.price is None else f"{call.price:.5f}",
        "price_unit": "USD",
        "queue_time": str(call.queue_time_ms),
        "caller_name": None,
        "forwarded_from": None,
        "group_sid": None,
        "trunk_sid": None,
        "uri": f"{stem}.json",
        "subresource_uris": {key: f"{stem}/{path}.json" for key, path in _SUBRESOURCES.items()},
    }
