"""The outbox: what was decided to be mailed, sent once and again only while nobody took it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage

from sqlalchemy import select
from sqlalchemy.orm import Session

from dialer.mail import MailDelayed, MailRefused, MailServer
from dialer.models import OutboxMessage

RETRY_AFTER = timedelta(minutes=5)


def due(session: Session, kind: str, now: datetime, limit: int = 20) -> list[int]:
    """Messages of a kind that wait to be sent."""
    return list(
        session.scalars(
            select(OutboxMessage.id)
            .where(OutboxMessage.kind == kind, OutboxMessage.due_at <= now)
            .where(OutboxMessage.sent_at.is_(None), OutboxMessage.failed_at.is_(None))
            .order_by(OutboxMessage.due_at)
            .limit(limit)
        )
    )


def send(
    session: Session,
    message_id: int,
    compose: Callable[[OutboxMessage], EmailMessage],
    server: MailServer,
    now: datetime,
) -> OutboxMessage | None:
    """Send one message, unless another worker has it; the message when it went out now.

    The row is locked while the mail server takes it, so two workers cannot both send it. A
    worker killed between the server's yes and the commit sends it again with the same
    Message-ID, which mail programs show once.
    """
    waiting = session.scalar(
        select(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.sent_at.is_(None))
        .with_for_update(skip_locked=True)
    )
    if waiting is None:
        return None
    waiting.tries += 1
    try:
        server.send(compose(waiting))
    except MailRefused as error:
        waiting.failed_at, waiting.last_error = now, str(error)
        return None
    except MailDelayed as error:
        waiting.due_at, waiting.last_error = now + RETRY_AFTER, str(error)
        return None
    waiting.sent_at = now
    return waiting
