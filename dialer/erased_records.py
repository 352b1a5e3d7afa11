"""The records about a person that an erasure empties: rows in one transaction, files after it."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from dialer.models import Attempt
from dialer.suppressed_leads import ERASED

KEPT_OF_OUTCOME = frozenset(
    [
        "attempt_id",
        "disposition",
        "answered_by",
        "ended_by",
        "score",
        "callback_at",
        "talk_ms",
        "tts_characters",
        "ended_at",
        "error",
    ]
)
"""What a call came to, without what was said, answered or recorded."""

KEPT_OF_EVENT = frozenset(
    [
        "AccountSid",
        "CallSid",
        "CallStatus",
        "CallDuration",
        "Duration",
        "Direction",
        "SequenceNumber",
        "Timestamp",
        "From",
        "AnsweredBy",
        "MachineDetectionDuration",
        "SipResponseCode",
        "ErrorCode",
        "ApiVersion",
        "CallbackSource",
        "Caller",
    ]
)
"""The carrier's fields about the call and our own number; all others may tell of the callee."""


def files(attempts: Iterable[Attempt]) -> list[Path]:
    """The recordings that the attempts name."""
    kept = ((one.outcome or {}).get("recording") for one in attempts)
    return [Path(one["path"]) for one in kept if one]


def delete_files(data_dir: Path, named: Iterable[Path], attempts: Iterable[UUID]) -> list[Path]:
    """Delete recordings and transcripts of the attempts; returns the named that are not here.

    Those lie on the machine that carried the call and have to be deleted there.
    """
    missing = []
    for path in named:
        if path.is_file():
            path.unlink()
        else:
            missing.append(path)
    for attempt in attempts:
        for folder in ("recordings", "transcripts"):
            for path in (data_dir / folder).glob(f"{attempt}.*"):
                path.unlink(missing_ok=True)
    return missing


def clear(
    session: Session,
    number: str,
    phone_id: int | None,
    leads: list[int],
    attempts: list[Attempt],
    now: datetime,
) -> None:
    """Empty every row about the person, in the caller's transaction."""
    told = {
        "number": number,
        "phone": phone_id,
        "leads": leads,
        "attempts": [one.id for one in attempts],
        "outcome": list(KEPT_OF_OUTCOME),
        "event": list(KEPT_OF_EVENT),
        "now": now,
    }
    for statement in _STATEMENTS:
        session.execute(statement, told)


_STATEMENTS = [
    text(words)
    for words in (
        f"""
update leads set external_id = '', first_name = '', last_name = '', email = '', address = '',
  city = '', region = '', postal_code = '', timezone = '', timezone_source = '', extra = '{{}}',
  callback = false, next_attempt_at = null,
  reason = case when state in ('ready', 'waiting', 'suppressed') then '{ERASED}' else reason end,
  state = case when state in ('ready', 'waiting') then 'suppressed' else state end
where id = any(cast(:leads as bigint[]))
""",
        """
update attempts set outcome = (
  select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(outcome)
  where key = any(cast(:outcome as text[])))
where id = any(cast(:attempts as uuid[])) and outcome is not null
""",
        """
update carrier_events set payload = (
  select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(payload)
  where key = any(cast(:event as text[])))
where attempt_id = any(cast(:attempts as uuid[]))
""",
        """
update consents set evidence = '', revocation = case when revocation = '' then '' else 'revoked' end
where phone_id = cast(:phone as bigint)
""",
        """
update evidence_seals set disclosed = '{}' where attempt_id = any(cast(:attempts as uuid[]))
""",
        """
update consents set source = '' where phone_id = cast(:phone as bigint)
""",
        """
update decisions set facts = facts - 'sources' where lead_id = any(cast(:leads as bigint[]))
""",
        """
update suppressions set evidence = '' where attempt_id = any(cast(:attempts as uuid[]))
""",
        """
update appointments set state = 'cancelled', held_until = null
where lead_id = any(cast(:leads as bigint[])) and state in ('held', 'booked')
  and lower(during) > :now
""",
        """
update outbox o set payload = '{}',
  failed_at = case when sent_at is null then cast(:now as timestamptz) else failed_at end,
  last_error = case when sent_at is null then 'the person was erased' else last_error end
where payload->>'appointment_id' in
    (select id::text from appointments where lead_id = any(cast(:leads as bigint[])))
  or payload->>'lead_id' in (select unnest(cast(:leads as bigint[]))::text)
  or payload->>'attempt_id' in (select unnest(cast(:attempts as uuid[]))::text)
  or position(:number in payload::text) > 0
""",
        """
update import_errors set reason = replace(reason, :number, 'an erased number')
where position(:number in reason) > 0
""",
        """
update alerts set message = replace(message, :number, 'an erased number')
where position(:number in message) > 0
""",
        """
delete from import_chunks where import_id in (select id from imports where state = 'failed')
""",
    )
]
