"""The life of one attempt: states, their ranks, and how the carrier's messages move them.

States only move forward (monotonic rank) and terminal states stay, so webhooks may be lost,
repeated, late or out of order. Carrier words are Twilio's call statuses.
"""

from enum import StrEnum


class CallState(StrEnum):
    """Where an attempt stands."""

    RESERVED = "reserved"
    PLACING = "placing"
    UNKNOWN = "unknown"
    PLACED = "placed"
    RINGING = "ringing"
    ANSWERED = "answered"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    CANCELED = "canceled"
    REFUSED = "refused"
    EXPIRED = "expired"


TERMINAL = frozenset(
    {
        CallState.COMPLETED,
        CallState.BUSY,
        CallState.NO_ANSWER,
        CallState.FAILED,
        CallState.CANCELED,
        CallState.REFUSED,
        CallState.EXPIRED,
    }
)
ACTIVE = frozenset(CallState) - TERMINAL

_RANK = {
    CallState.RESERVED: 0,
    CallState.PLACING: 1,
    CallState.UNKNOWN: 2,
    CallState.PLACED: 3,
    CallState.RINGING: 4,
    CallState.ANSWERED: 5,
} | dict.fromkeys(TERMINAL, 6)

_CARRIER = {
    "queued": CallState.PLACED,
    "initiated": CallState.PLACED,
    "ringing": CallState.RINGING,
    "in-progress": CallState.ANSWERED,
    "completed": CallState.COMPLETED,
    "busy": CallState.BUSY,
    "no-answer": CallState.NO_ANSWER,
    "failed": CallState.FAILED,
    "canceled": CallState.CANCELED,
}


def from_carrier(status: str) -> CallState | None:
    """The state that a carrier's status word means; None for a word we do not know."""
    return _CARRIER.get(status)


def advance(current: CallState, told: CallState) -> CallState:
    """The state after hearing `told`: the further of the two; terminal states never change."""
    if current in TERMINAL:
        return current
    return told if _RANK[told] > _RANK[current] else current
