"""What the operator should know: raised once per key, listed, and mailed if there is an address."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dialer import outbox
from dialer.mail import MailServer
from dialer.models import Alert, OutboxMessage

Severity = Literal["notice", "warning", "critical"]
KIND = "alert"
OLDEST_MAILED = timedelta(days=1)
"""An address set today is not flooded with what happened last month."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """From whom alerts come and to whom they go."""

    sender: str
    recipient: str


def raise_once(
    session: Session,
    key: str,
    kind: str,
    severity: Severity,
    message: str,
    now: datetime,
    campaign_id: int | None = None,
) -> bool:
    """Tell the operator something, once per `key` for ever; True when it is new."""
    made = session.execute(
        insert(Alert)
        .values(
            key=key,
            kind=kind,
            severity=severity,
            message=message,
            campaign_id=campaign_id,
            at=now,
            told_at=None,
        )
        .on_conflict_do_nothing(index_elements=[Alert.key])
        .returning(Alert.id)
    ).first()
    return made is not None


def every(
    session: Session, *, kind: str = "", campaign_id: int | None = None, limit: int = 100
) -> list[Alert]:
    """Alerts, newest first; of one kind or campaign, if asked."""
    query = select(Alert).order_by(Alert.at.desc(), Alert.id.desc()).limit(limit)
    if kind:
        query = query.where(Alert.kind == kind)
    if campaign_id is not None:
        query = query.where(Alert.campaign_id == campaign_id)
    return list(session.scalars(query))


def post(session: Session, now: datetime) -> int:
    """Put alerts that nobody was told of into the outbox; returns how many are new there."""
    untold = session.scalars(
        select(Alert.id).where(Alert.told_at.is_(None), Alert.at > now - OLDEST_MAILED)
    ).all()
    if not untold:
        return 0
    rows = [
        {
            "key": f"{KIND}:{alert_id}",
            "kind": KIND,
            "payload": {"alert_id": alert_id},
            "due_at": now,
            "tries": 0,
            "last_error": "",
        }
        for alert_id in untold
    ]
    statement = insert(OutboxMessage).values(rows)
    return len(
        session.execute(
            statement.on_conflict_do_nothing(index_elements=[OutboxMessage.key]).returning(
                OutboxMessage.id
            )
        ).all()
    )


def due(session: Session, now: datetime) -> list[int]:
    """Alerts in the outbox that wait to be mailed."""
    return outbox.due(session, KIND, now)


def mail(alert: Alert, box: Mailbox) -> EmailMessage:
    """The alert as a mail."""
    letter = EmailMessage()
    letter["From"], letter["To"] = box.sender, box.recipient
    words = " ".join(alert.message.split())
    letter["Subject"] = f"[{alert.severity}] {words}"[:120]
    letter["Date"] = format_datetime(alert.at)
    letter["Message-ID"] = f"<alert.{alert.id}@batch-dialer>"
    letter.set_content(f"{alert.message}\n\n{alert.kind}, {alert.at:%Y-%m-%d %H:%M} UTC\n")
    return letter


def send(
    session: Session, message_id: int, server: MailServer, box: Mailbox, now: datetime
) -> bool:
    """Mail one alert from the outbox, unless another worker has it; True when it went out now."""

    def composed(waiting: OutboxMessage) -> EmailMessage:
        return mail(session.get_one(Alert, waiting.payload["alert_id"]), box)

    sent = outbox.send(session, message_id, composed, server, now)
    if sent is None:
        return False
    session.get_one(Alert, sent.payload["alert_id"]).told_at = now
    return True
