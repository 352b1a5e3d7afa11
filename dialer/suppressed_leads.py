"""Leads that a suppression puts aside, and that come back when nothing forbids them any more."""

from datetime import datetime

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from dialer.models import Suppression

ERASED = "erased"
"""The reason of a lead whose person was forgotten: it never comes back."""


def stop(session: Session, entry: Suppression, now: datetime) -> None:
    """Put all that waits for the entry's numbers aside, named after what forbids it."""
    session.execute(_STOP, _meant(entry) | {"now": now})


def free(session: Session, entry: Suppression, now: datetime) -> int:
    """Make ready what the ended entry had put aside; returns how many leads.

    Leads that another entry forbids stay, and bear its name from now on.
    """
    freed = session.execute(_FREE, _meant(entry) | {"id": entry.id, "now": now})
    return sum(state == "ready" for (state,) in freed)


def stop_import(session: Session, import_id: int, now: datetime) -> int:
    """Put the leads of an import aside that an entry in force forbids; returns how many."""
    return len(session.execute(_STOP_IMPORT, {"import_id": import_id, "now": now}).all())


def follow_list(session: Session, list_id: int, now: datetime) -> tuple[int, int]:
    """After a list has changed: how many leads it puts aside now, and how many it lets go."""
    told = {"list": list_id, "now": now}
    stopped = session.execute(_STOP_LIST, told).all()
    freed = session.execute(_FREE_LIST, told)
    return len(stopped), sum(state == "ready" for (state,) in freed)


def _meant(entry: Suppression) -> dict[str, object]:
    return {"number": entry.e164, "pattern": entry.pattern, "campaign": entry.campaign_id}


# What forbids the lead l with the phone p, named so that the entry's end finds its leads again;
# what a person asked for comes before what stands on a list.
_NAME = """s.reason || case when s.list_id is null
  then ' (suppression ' || s.id || ')' else ' (list ' || s.list_id || ')' end"""
_FIRST = """(s.campaign_id is null or s.campaign_id = l.campaign_id)
    and (s.expires_at is null or s.expires_at > :now)
  order by s.list_id nulls first, s.id limit 1"""
_LEADS = f"""
  select l.id, coalesce(
    (select {_NAME} from suppressions s where s.e164 = p.e164 and {_FIRST}),
    (select {_NAME} from suppressions s
     where s.pattern is not null and p.e164 like translate(s.pattern, '*?', '%_') and {_FIRST})
  ) as name from leads l join phones p on p.id = l.phone_id
"""
_MEANT = """(p.e164 = :number or p.e164 like translate(:pattern, '*?', '%_'))
  and (cast(:campaign as bigint) is null or l.campaign_id = :campaign)"""
_WAITS = "l.state in ('ready', 'waiting')"

_ASIDE = """
update leads set state = 'suppressed', next_attempt_at = null, reason = f.name
from f where leads.id = f.id and f.name is not null returning leads.id
"""
_BACK = """
update leads set reason = coalesce(f.name, ''),
  state = case when f.name is null then 'ready' else 'suppressed' end,
  next_attempt_at = case when f.name is null then cast(:now as timestamptz) end
from f where leads.id = f.id returning leads.state
"""


def _of(chosen: str, what: str) -> TextClause:
    """The statement over the chosen leads; they are named before the update, each once."""
    return text(f"with f as materialized ({_LEADS} where {chosen} for update of l) {what}")


_STOP = _of(f"{_MEANT} and {_WAITS}", _ASIDE)

# Set-wise first: of a million leads, few meet an entry.
_MET = """
  select m.id from leads m join phones n on n.id = m.phone_id
  join suppressions s on s.e164 = n.e164 where m.import_id = :import_id
  union select m.id from leads m join phones n on n.id = m.phone_id
  join suppressions s on s.pattern is not null and n.e164 like translate(s.pattern, '*?', '%_')
  where m.import_id = :import_id
"""
_STOP_IMPORT = _of(f"l.id in ({_MET}) and {_WAITS}", _ASIDE)

_LISTED = "select s.e164 from suppressions s where s.list_id = :list"
_STOP_LIST = _of(f"p.e164 in ({_LISTED}) and {_WAITS}", _ASIDE)

_FREE_LIST = _of("l.state = 'suppressed' and l.reason like '%(list ' || :list || ')'", _BACK)

# Leads that bear another entry's name are that entry's; those without a name were put aside
# after a call or at import, by whatever entry covered them.
_FREE = _of(
    f"""{_MEANT} and l.state = 'suppressed' and l.reason <> '{ERASED}'
    and (l.reason like '%(suppression ' || :id || ')'
         or l.reason !~ '[(](suppression|list) [0-9]+[)]$')""",
    _BACK,
)
