"""What keeps promises when messages are lost: sweeps over rows with a due time."""

from sqlalchemy import select

from dialer import appointments, invites, outcomes, reconcile
from dialer.db import transaction
from dialer.models import Import
from workers.app import app
from workers.invites import send
from workers.parts import product


@app.task(name="upkeep.sweep")
def sweep() -> None:
    """Expire leases and holds, doubt dials without an answer, record what waits."""
    it = product()
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        expired = reconcile.expire_reservations(session, now)
        reconcile.doubt_placings(session, now)
        appointments.release_stale(session, now)
        waiting = outcomes.due(session, now)
    for attempt_id in expired:
        it.live.tell(str(attempt_id), {"kind": "ended", "state": "expired"})
    for attempt_id in waiting:
        it.nudges.follow_up(str(attempt_id))


@app.task(name="upkeep.reconcile")
def reconcile_quiet() -> None:
    """Ask the carrier about attempts that went quiet, and about dials of unknown result."""
    it = product()
    with transaction(it.sessions) as session:
        quiet = reconcile.quiet(session, it.clock.of(session))
    for attempt_id in quiet:
        if reconcile.ask(it.sessions, it.clock, it.carrier, attempt_id):
            it.live.tell(str(attempt_id), {"kind": "ended", "state": "reconciled"})
            it.nudges.follow_up(str(attempt_id))


@app.task(name="upkeep.relay_outbox")
def relay_outbox() -> None:
    """Send what is due and was not sent."""
    it = product()
    with transaction(it.sessions) as session:
        waiting = invites.due(session, it.clock.of(session))
    for message_id in waiting:
        send(message_id)


@app.task(name="upkeep.clean")
def clean() -> None:
    """Go on with uploads whose chain broke off; a step that was done before does nothing."""
    it = product()
    with transaction(it.sessions) as session:
        stuck = session.scalars(
            select(Import.id).where(Import.state.in_(("uploaded", "staged", "normalised")))
        ).all()
    for import_id in stuck:
        it.nudges.import_leads(import_id)
