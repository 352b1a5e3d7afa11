"""The filters of `GET Calls.json`."""

from collections.abc import Mapping

from media.simulator.records.call import Call
from media.simulator.rest.moments import within


def matches(call: Call, query: Mapping[str, str]) -> bool:
    """Whether a call passes `To`, `From`, `Status` and the limits on start and end time."""
    request = call.request
    plain = {"To": request.to, "From": request.from_, "Status": call.status.value}
    if query.get("ParentCallSid", call.parent_sid) != call.parent_sid:
        return False
    if any(query.get(key, value) != value for key, value in plain.items()):
        return False
    return within(call.started_at or call.created_at, query, "StartTime") and within(
        call.ended_at, query, "EndTime"
    )
