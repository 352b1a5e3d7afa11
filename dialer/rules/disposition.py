"""How a call that nobody talked in is named, from the carrier's state alone."""

from dialer.call import Disposition
from dialer.rules.call_state import CallState

_WITHOUT_TALK = {
    CallState.BUSY: Disposition.BUSY,
    CallState.NO_ANSWER: Disposition.NO_ANSWER,
    CallState.FAILED: Disposition.FAILED,
    CallState.CANCELED: Disposition.CANCELED,
    CallState.REFUSED: Disposition.CANCELED,
    CallState.EXPIRED: Disposition.CANCELED,
    CallState.COMPLETED: Disposition.INTERRUPTED,
}


def without_talk(state: CallState) -> Disposition:
    """The disposition of a terminal attempt for which no conversation was handed in.

    A call that was answered and left no outcome lost its media worker: `interrupted`.
    """
    return _WITHOUT_TALK[state]
