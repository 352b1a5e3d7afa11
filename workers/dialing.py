"""Tasks of the `dial` queue: look for due leads, ring the phone of a prepared call."""

import logging
from functools import lru_cache
from uuid import UUID

from dialer import attempts, dialing, placing
from dialer.db import transaction
from dialer.rules.call_state import TERMINAL
from dialer.telemetry import log
from workers.app import app
from workers.parts import product

logger = logging.getLogger(__name__)
REFUSALS_PER_TICK = 200


@app.task(name="dialing.tick")
def tick() -> None:
    """Reserve as many due leads as there are lines, money and turns; prepare each."""
    it = product()
    _provision()
    for _ in range(REFUSALS_PER_TICK):
        with transaction(it.sessions) as session:
            step = dialing.reserve_next(session, it.terms, it.clock.of(session))
        if step is None:
            return
        if isinstance(step, dialing.Reserved):
            it.nudges.prepare(step.attempt_id)
            log(logger, "reserved", attempt_id=step.attempt_id)
        else:
            log(logger, "refused", lead_id=step.lead_id, reasons=step.reasons)


@app.task(name="dialing.place_call")
def place_call(attempt_id: str) -> None:
    """Ring the phone, now that a media worker is ready to talk."""
    it = product()
    state = placing.place(it.sessions, it.clock, it.carrier, UUID(attempt_id), it.terms)
    log(logger, "placed", attempt_id=attempt_id, state=state)
    if state in TERMINAL:
        it.live.tell(attempt_id, {"kind": "ended", "state": state})
        it.nudges.follow_up(attempt_id)
    it.live.publish(attempt_id, {"kind": "call", "state": state})


@lru_cache(maxsize=1)
def _provision() -> None:
    """Make the lines once per process; more or fewer after a change of the setting."""
    it = product()
    with transaction(it.sessions) as session:
        attempts.provision_slots(session, it.settings.max_concurrent_calls)
