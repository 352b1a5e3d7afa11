"""What keeps promises when messages are lost: sweeps over rows with a due time."""

import logging
from datetime import timedelta

from sqlalchemy import select

from dialer import alerts, appointments, evidence, invites, outcomes, prices, reconcile, usage
from dialer.carrier.port import CarrierError
from dialer.db import transaction
from dialer.models import Import
from workers.app import app
from workers.invites import send
from workers.parts import product

log = logging.getLogger(__name__)
PRICES_ASKED = 100
"""At most, each minute."""


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
    """Send what is due and was not sent: invites, and alerts if somebody is to be told."""
    it = product()
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        waiting = invites.due(session, now)
        if it.settings.alert_email:
            alerts.post(session, now)
        untold = alerts.due(session, now)
    for message_id in waiting:
        send(message_id)
    for message_id in untold:
        _tell(message_id)


@app.task(name="upkeep.true_up")
def true_up() -> None:
    """Ask the carrier for the prices of calls that ended."""
    it = product()
    with transaction(it.sessions) as session:
        waiting = prices.due(session, it.clock.of(session), PRICES_ASKED)
    for attempt_id in waiting:
        try:
            prices.ask(it.sessions, it.clock, it.carrier, attempt_id)
        except CarrierError as error:
            log.warning("the carrier cannot be asked for prices now: %s", error)
            return


@app.task(name="upkeep.compare_usage")
def compare_usage() -> None:
    """Compare the last days' ledger with the carrier's usage records."""
    it = product()
    if not it.settings.twilio_account_sid:
        return
    today = it.clock.now().date()
    for ago in range(1, usage.DAYS_COMPARED + 1):
        day = today - timedelta(days=ago)
        try:
            usage.compare(it.sessions, it.clock, it.carrier, day)
        except CarrierError as error:
            log.warning("the usage of %s could not be compared: %s", day, error)


@app.task(name="upkeep.seal")
def seal() -> None:
    """Seal the evidence of calls whose own task was lost, and of dials that never rang."""
    it = product()
    with transaction(it.sessions) as session:
        waiting = evidence.unsealed(session, it.clock.of(session))
    for attempt_id in waiting:
        with transaction(it.sessions) as session:
            evidence.seal(session, attempt_id, it.clock.of(session))


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


def _tell(message_id: int) -> None:
    """Mail one alert, if there is a mail server and somebody to read it."""
    it = product()
    if it.mail is None or not it.settings.alert_email:
        return
    box = alerts.Mailbox(it.settings.mail_from, it.settings.alert_email)
    with transaction(it.sessions) as session:
        alerts.send(session, message_id, it.mail, box, it.clock.of(session))
