"""Tasks of the `followup` queue about appointments: file them, invite people."""

from uuid import UUID

from dialer import appointments, invites
from dialer.db import transaction
from workers.app import app
from workers.parts import product


@app.task(name="followup.book")
def book(attempt_id: str) -> None:
    """File a booked appointment as a calendar entry on disk."""
    it = product()
    with transaction(it.sessions) as session:
        appointment = appointments.booked(session, UUID(attempt_id))
        if appointment is None:
            return
        now = it.clock.of(session)
        invitation = invites.compose(session, appointment.id, it.settings.mail_from, now)
    directory = it.settings.data_dir / "invites"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{invitation.uid}.ics").write_bytes(invites.calendar(invitation))


@app.task(name="followup.invite")
def invite(attempt_id: str) -> None:
    """Send what the outcome put into the outbox; a failed one stays there for the relay."""
    it = product()
    with transaction(it.sessions) as session:
        message_id = invites.waiting_for(session, UUID(attempt_id))
    if message_id is not None:
        send(message_id)


def send(message_id: int) -> None:
    """Send one outbox message, if there is a mail server."""
    it = product()
    if it.mail is None:
        return
    with transaction(it.sessions) as session:
        now = it.clock.of(session)
        invites.send(session, message_id, it.mail, it.settings.mail_from, now)
