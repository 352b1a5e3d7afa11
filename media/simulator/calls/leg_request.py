"""What a `<Number>` of `<Dial>` asks for, checked as a create is, with the debugger's codes."""

from media.simulator.account import Account
from media.simulator.calls.create_form import check_caller, check_destination
from media.simulator.errors import ApiError
from media.simulator.program.switch import LegRefused
from media.simulator.records.call import Call
from media.simulator.records.request import CallRequest, Event
from media.simulator.twiml.verbs import Dial, DialNumber

_CODES = {21211: 13224, 21217: 13224, 21215: 13227, 21210: 13214, 21212: 13214}
"""REST code -> debugger code; what else is wrong with a number is 13225."""


def leg_request(parent: Call, to: DialNumber, verb: Dial, account: Account) -> CallRequest:
    """The request of the leg. Raises `LegRefused`."""
    caller = verb.caller_id or parent.request.from_
    try:
        check_caller(caller, account)
        check_destination(to.number, caller, account)
    except ApiError as error:
        raise LegRefused(_CODES.get(error.code, 13225), error.message) from None
    known = {event.value for event in Event}
    return CallRequest(
        to=to.number,
        from_=caller,
        url=to.url,
        method=to.method,
        status_callback=to.status_callback,
        status_callback_method=to.status_callback_method,
        events=frozenset(Event(one) for one in to.status_callback_events if one in known),
        timeout_s=verb.timeout_s,
        time_limit_s=verb.time_limit_s,
        send_digits=to.send_digits,
    )
