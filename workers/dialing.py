"""Tasks of the `dial` queue: look for due leads, ring the phone of a prepared call."""

import logging
from functools import lru_cache
from uuid import UUID

from dialer import attempts, campaign_clock, dialing, lineup, placing
from dialer.db import transaction
from dialer.rules.call_state import TERMINAL
from dialer.telemetry import log
from workers.app import app
from workers.parts import product

logger = logging.getLogger(__name__)
PASSES_PER_TICK = 20


@app.task(name="dialing.tick")
def tick() -> None:
    """Move campaigns on, wake leads whose hour has come, give every free line a due lead."""
    it = product()
    _provision()
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        campaign_clock.advance(session, now)
        lineup.wake(session, now)
    for _ in range(PASSES_PER_TICK):
        with transaction(it.sessions) as session:
            made = dialing.reserve(session, it.terms, it.clock.of(session), it.verdicts)
        if not made:
            return
        for attempt_id in made.reserved:
            it.nudges.prepare(attempt_id)
            log(logger, "reserved", attempt_id=attempt_id)
        for refusal in made.refused:
            log(logger, "refused", lead_id=refusal.lead_id, reasons=refusal.reasons)


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
