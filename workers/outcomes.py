"""Tasks of the `followup` queue about the outcome itself: record it, tell about it."""

import json
import logging
from uuid import UUID

from celery.exceptions import Ignore

from dialer import attempts, evidence, outcomes
from dialer.db import transaction
from dialer.telemetry import log
from workers.app import app
from workers.parts import product

logger = logging.getLogger(__name__)


@app.task(name="followup.record")
def record(attempt_id: str) -> None:
    """Disposition, retry, money, suppression and appointment in one transaction.

    Ends the chain when it is too early (the other half of the story is missing) or done before.
    """
    it = product()
    with transaction(it.sessions) as session:
        done = outcomes.record(session, UUID(attempt_id), it.rate_card, it.clock.of(session))
    if done is None:
        raise Ignore
    log(logger, "recorded", attempt_id=attempt_id, disposition=done.disposition)
    it.live.publish(
        attempt_id,
        {"kind": "recorded", "disposition": done.disposition, "lead_state": done.lead_state},
    )
    it.live.forget(attempt_id)


@app.task(name="followup.notify")
def notify(attempt_id: str) -> None:
    """Seal the call's evidence, and leave its account on disk beside its recording."""
    it = product()
    with transaction(it.sessions) as session:
        evidence.seal(session, UUID(attempt_id), it.clock.of(session))
        outcome = attempts.find(session, attempt_id).outcome
    if outcome is None:
        return
    directory = it.settings.data_dir / "transcripts"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{attempt_id}.json").write_text(json.dumps(outcome, indent=2))
