"""Staged rows become phones, consents and leads: each step one statement over the whole file."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, TextClause, select, text
from sqlalchemy.orm import Session

from dialer import erasures, suppressed_leads
from dialer.erasures import Key
from dialer.errors import SettingsError
from dialer.models import Erasure, Import

MEMORY = "set local work_mem = '256MB'; set local jit = off"
ONE_AT_A_TIME = 0x6C656164  # "lead": imports of one campaign add leads one after the other


def refuse_doubled(session: Session, import_id: int) -> int:
    """Refuse rows whose number stands in an earlier line of the file; returns how many."""
    session.execute(text(MEMORY))
    return _refused(session, _DOUBLED, import_id=import_id)


def refuse_known(session: Session, taken: Import) -> int:
    """Refuse rows whose number the campaign has already; returns how many.

    Until the transaction ends no other import adds leads to this campaign.
    """
    session.execute(_LOCK, {"what": ONE_AT_A_TIME, "campaign": taken.campaign_id % (1 << 31)})
    return _refused(session, _KNOWN, import_id=taken.id, campaign=taken.campaign_id)


def refuse_erased(session: Session, import_id: int, key: Key | None) -> int:
    """Refuse rows whose person asked to be forgotten; returns how many.

    Raises `SettingsError` when there are erasures and not the key to know their numbers by.
    """
    erased = set(session.scalars(select(Erasure.hash)))
    if not erased:
        return 0
    if key is None:
        raise SettingsError(
            "numbers were erased, and without the erasure key nobody can tell which",
            "Set ERASURE_KEY as it was when they were erased",
        )
    erasures.check(session, key)
    rows = session.execute(
        _NUMBERS, {"import_id": import_id}, execution_options={"yield_per": 5000}
    )
    lines = [line for line, number in rows if key.hash(number) in erased]
    return _refused(session, _ERASED, import_id=import_id, lines=lines) if lines else 0


def add(session: Session, taken: Import, now: datetime) -> int:
    """Make phones, consents and leads of what is left; returns how many leads.

    A lead is ready at once unless its place is unknown (`invalid`) or, in an automated campaign,
    its person's consent is (`waiting`, held); those and suppressed ones get a decision.
    """
    session.execute(text(MEMORY))
    told = {"import_id": taken.id, "campaign": taken.campaign_id, "now": now}
    session.execute(_PHONES, told)
    session.execute(_CONSENTS, told | {"filename": taken.filename} | _bulk(taken))
    added = session.execute(_LEADS, told)
    session.execute(_PLACES, told)
    suppressed_leads.stop_import(session, taken.id, now)
    session.execute(_DECISIONS, told)
    session.execute(_DONE, told)
    return cast("CursorResult[Any]", added).rowcount


def is_complete(session: Session, taken: Import) -> bool:
    """Are all rows still there? A crash of the server empties the staging table."""
    staged = _count(session, _STAGED, {"import_id": taken.id})
    return staged == taken.rows_total - taken.rows_rejected


def clear(session: Session, import_id: int) -> None:
    """Forget what was staged and refused, so that the file can be read anew."""
    session.execute(_DONE, {"import_id": import_id})
    session.execute(_NO_FAULTS, {"import_id": import_id})


def _bulk(taken: Import) -> dict[str, Any]:
    """The consent of the whole file, null where there is none."""
    fields = ("wording", "channel", "captured_at", "form", "purpose")
    return {name: (taken.consent or {}).get(name) for name in fields}


def _refused(session: Session, statement: TextClause, **told: object) -> int:
    return _count(session, statement, told)


def _count(session: Session, statement: TextClause, told: dict[str, Any]) -> int:
    return int(session.scalar(statement, told) or 0)


_REFUSE = """
, gone as (
  delete from import_rows r using refused f where r.import_id = :import_id and r.line = f.line
), told as (
  insert into import_errors (import_id, line, "column", reason)
  select :import_id, line, 'phone', reason from refused returning 1
)
select count(*) from told
"""

_DOUBLED = text(f"""
with firsts as (
  select e164, min(line) as line from import_rows where import_id = :import_id
  group by e164 having count(*) > 1
), refused as (
  select r.line, r.e164 || ' stands in line ' || f.line || ' already' as reason
  from import_rows r join firsts f on f.e164 = r.e164
  where r.import_id = :import_id and r.line > f.line
)
{_REFUSE}
""")

_KNOWN = text(f"""
with refused as (
  select r.line, r.e164 || ' is in this campaign already' as reason
  from import_rows r join phones p on p.e164 = r.e164
  join leads l on l.phone_id = p.id and l.campaign_id = :campaign
  where r.import_id = :import_id
)
{_REFUSE}
""")

_ERASED = text(f"""
with refused as (
  select line, 'the person asked to be forgotten'::text as reason
  from unnest(cast(:lines as integer[])) as line
)
{_REFUSE}
""")

_LOCK = text("select pg_advisory_xact_lock(:what, :campaign)")
_NUMBERS = text("select line, e164 from import_rows where import_id = :import_id")
_STAGED = text("select count(*) from import_rows where import_id = :import_id")
_NO_FAULTS = text("delete from import_errors where import_id = :import_id")
_DONE = text("delete from import_rows where import_id = :import_id")

# Sorted, so that two imports never wait for each other's numbers in a circle.
_PHONES = text("""
insert into phones (e164, country, created_at)
select e164, country, :now from import_rows where import_id = :import_id
order by e164
on conflict (e164) do nothing
""")

_CONSENTS = text("""
insert into consents (phone_id, purpose, wording, channel, form, captured_at, source, evidence,
  import_id, created_at, revocation)
select p.id,
  case when own then r.consent_purpose else :purpose end,
  case when own then r.consent_wording else :wording end,
  case when own then r.consent_channel else :channel end,
  case when own then r.consent_form else :form end,
  case when own then r.consent_at::timestamptz else cast(:captured_at as timestamptz) end,
  :filename, 'line ' || r.line, :import_id, :now, ''
from (select *, consent_wording <> '' as own from import_rows where import_id = :import_id) r
join phones p on p.e164 = r.e164
where own or cast(:wording as text) is not null
order by p.id
on conflict (phone_id, purpose, channel, captured_at) do nothing
""")

# Consent in force as in dialer/consents.py: not revoked, nor captured before a revocation.
# In the order of the index that dialing reads, so that it grows at its end.
_LEADS = text("""
insert into leads (campaign_id, phone_id, locality_id, import_id, line, state,
  next_attempt_at, callback, priority, attempts_made, reason, external_id, first_name,
  last_name, email, address, city, region, postal_code, timezone, timezone_source, intent, extra)
with places as (
  select o.id, o.blocked, n.code - 1 as code
  from imports i, jsonb_array_elements_text(i.places) with ordinality as n (id, code)
  join localities o on o.id = n.id::bigint
  where i.id = :import_id
), agreed as (
  select y.phone_id from import_rows r join phones p on p.e164 = r.e164
  join consents y on y.phone_id = p.id
  where r.import_id = :import_id
  group by y.phone_id
  having max(y.captured_at) filter (where y.revoked_at is null)
    > coalesce(max(y.revoked_at), '-infinity')
), judged as (
  select r.*, p.id as phone_id, o.id as locality_id, o.blocked,
    case when o.blocked <> '' then 'invalid'
         when c.call_class = 'automated' and k.phone_id is null then 'waiting'
         else 'ready' end as state
  from import_rows r
  join phones p on p.e164 = r.e164
  join places o on o.code = r.place
  join campaigns c on c.id = :campaign
  left join agreed k on k.phone_id = p.id
  where r.import_id = :import_id
)
select :campaign, phone_id, locality_id, :import_id, line, state,
  case state when 'ready' then cast(:now as timestamptz) end, false, priority, 0,
  case state when 'invalid' then blocked when 'waiting' then 'consent_missing' else '' end,
  external_id, first_name, last_name, email, address, city, region, postal_code, timezone,
  case when timezone = '' then '' else 'list' end, intent, extra
from judged order by locality_id, line
""")

_PLACES = text("""
insert into campaign_localities (campaign_id, locality_id)
select distinct campaign_id, locality_id from leads where import_id = :import_id
on conflict do nothing
""")

_DECISIONS = text("""
insert into decisions (lead_id, campaign_id, stage, allowed, reasons, rules, zones, decided_at,
  facts)
select l.id, l.campaign_id, 'import', false,
  jsonb_build_array(case l.state when 'suppressed' then 'suppressed' else l.reason end),
  '[]', to_jsonb(o.zones), :now, '{}'
from leads l join localities o on o.id = l.locality_id
where l.import_id = :import_id and l.state <> 'ready'
""")
