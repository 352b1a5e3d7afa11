"""What a campaign came to, counted in the database: leads, calls, money, delays, promises."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import TextClause, func, select, text
from sqlalchemy.orm import Session

from dialer import campaigns, costs, ledger, report_lists
from dialer.errors import NotFound
from dialer.models import Appointment, Attempt, Campaign, Import, Lead, Suppression
from dialer.report import Funnel, Percentiles, Report
from dialer.report_lists import NEVER_RANG
from dialer.rules.budget import usd

LISTED = 500
CENT_OF_A_CENT = Decimal("0.0001")


def campaign_report(
    session: Session, campaign_id: int, now: datetime, listed: int = LISTED
) -> Report:
    """The whole account of one campaign as of `now`. Raises `NotFound`.

    An attempt counts when the carrier was asked to ring; one that was given back before is
    counted as `never_rang`. Costs are divided over attempts, conversations and appointments.
    """
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound(f"there is no campaign {campaign_id}", "`dialer campaigns list` names them")
    states = campaigns.lead_counts(session, campaign_id)
    spent, reserved = ledger.balance(session, f"campaign:{campaign_id}")
    dialed, never_rang = _attempts(session, campaign_id)
    talks = _one(session, _CONVERSATIONS, campaign_id)
    booked = _booked(session, campaign_id)
    stages = latency(session, campaign_id)
    return Report(
        campaign_id=campaign.id,
        campaign=campaign.name,
        state=campaign.state,
        brand=str(campaign.script.get("brand", "")),
        timezone=campaign.timezone,
        window=f"{campaign.window_start:%H:%M}-{campaign.window_end:%H:%M}",
        generated_at=now,
        listed=listed,
        leads_imported=sum(states.values()),
        rows_rejected=_rows_rejected(session, campaign_id),
        attempts=dialed,
        never_rang=never_rang,
        max_concurrent=_one(session, _CONCURRENT, campaign_id),
        double_dials=_one(session, _TWO_CALLS, campaign_id) + _one(session, _OVERLAPS, campaign_id),
        dispositions=_dispositions(session, campaign_id),
        lead_states=states,
        funnel=funnel(session, campaign_id),
        conversation_attempts=talks,
        appointments=booked,
        invites_sent=report_lists.invites_sent(session, campaign_id),
        opt_outs=_opt_outs(session, campaign_id),
        spent_usd=usd(spent),
        reserved_usd=usd(reserved),
        budget_usd=usd(campaign.daily_budget_micros),
        cost_per_call_usd=_each(spent, dialed),
        cost_per_conversation_usd=_each(spent, talks),
        cost_per_appointment_usd=_each(spent, booked),
        cost_by_product_usd=costs.by_product(session, campaign_id, spent),
        voice_to_voice_ms=stages.pop("voice_to_voice", Percentiles()),
        stages_ms=stages,
        appointment_list=report_lists.appointments(session, campaign_id, listed),
        opt_out_list=report_lists.opt_outs(session, campaign_id, listed),
        waiting_list=report_lists.waiting(session, campaign, listed, now),
        refused_rows=report_lists.refused_rows(session, campaign_id, listed),
        calls=report_lists.calls(session, campaign_id, listed),
    )


def as_json(report: Report) -> str:
    """The report as indented JSON; money as decimal strings, times as ISO 8601."""
    return report.model_dump_json(indent=2)


def funnel(session: Session, campaign_id: int | None = None) -> Funnel:
    """How many leads of one campaign, or of all, came how far."""
    row = session.execute(_FUNNEL, {"campaign": campaign_id}).one()
    return Funnel(
        imported=row.imported,
        dialed=row.dialed,
        answered=row.answered,
        conversations=row.conversations,
        booked=row.booked,
    )


def latency(session: Session, campaign_id: int) -> dict[str, Percentiles]:
    """Delays of the agent's answers by stage, over all turns of all calls."""
    return {
        row.stage: Percentiles(p50=row.figures[0], p95=row.figures[1], count=row.turns)
        for row in session.execute(_LATENCY, {"campaign": campaign_id})
    }


def _attempts(session: Session, campaign_id: int) -> tuple[int, int]:
    rang = Attempt.placing_at.is_not(None) & Attempt.state.not_in(NEVER_RANG)
    row = session.execute(
        select(func.count().filter(rang), func.count().filter(~rang)).where(
            Attempt.campaign_id == campaign_id
        )
    ).one()
    return row[0], row[1]


def _dispositions(session: Session, campaign_id: int) -> dict[str, int]:
    rows = session.execute(
        select(Attempt.disposition, func.count())
        .where(Attempt.campaign_id == campaign_id, Attempt.disposition.is_not(None))
        .group_by(Attempt.disposition)
        .order_by(func.count().desc(), Attempt.disposition)
    )
    return {str(row[0]): row[1] for row in rows}


def _rows_rejected(session: Session, campaign_id: int) -> int:
    counted = select(func.coalesce(func.sum(Import.rows_rejected), 0))
    return int(session.scalar(counted.where(Import.campaign_id == campaign_id)) or 0)


def _booked(session: Session, campaign_id: int) -> int:
    query = (
        select(func.count())
        .select_from(Appointment)
        .join(Lead, Lead.id == Appointment.lead_id)
        .where(Appointment.state == "booked", Lead.campaign_id == campaign_id)
    )
    return session.scalar(query) or 0


def _opt_outs(session: Session, campaign_id: int) -> int:
    query = (
        select(func.count())
        .select_from(Suppression)
        .join(Attempt, Attempt.id == Suppression.attempt_id)
        .where(Attempt.campaign_id == campaign_id)
    )
    return session.scalar(query) or 0


def _each(spent_micros: int, count: int) -> Decimal | None:
    return (usd(spent_micros) / count).quantize(CENT_OF_A_CENT) if count else None


def _one(session: Session, query: TextClause, campaign_id: int) -> int:
    return int(session.execute(query, {"campaign": campaign_id}).scalar_one())


# From the request to the carrier until the end; an end and a start at one instant do not overlap.
_CONCURRENT = text("""
with lives as (
  select coalesce(placing_at, placed_at) as since, ended_at as until from attempts
  where campaign_id = :campaign and coalesce(placing_at, placed_at) is not null
), steps as (
  select since as at, 1 as step from lives
  union all select until, -1 from lives where until is not null
)
select coalesce(max(live), 0) from (
  select sum(step) over (order by at, step rows unbounded preceding) as live from steps
) as counted
""")

_TWO_CALLS = text("""
select count(*) from (
  select e.attempt_id from carrier_events e join attempts a on a.id = e.attempt_id
  where a.campaign_id = :campaign and e.carrier_sid <> ''
  group by e.attempt_id having count(distinct e.carrier_sid) > 1
) as doubled
""")

# Pairs of attempts on one phone, in any campaigns, that were live at the same time.
_OVERLAPS = text("""
with lives as (
  select id, phone_id, campaign_id, tstzrange(coalesce(placing_at, placed_at),
    greatest(ended_at, coalesce(placing_at, placed_at))) as live
  from attempts where coalesce(placing_at, placed_at) is not null
)
select count(*) from lives a join lives b on a.phone_id = b.phone_id and a.live && b.live
where a.campaign_id = :campaign and a.id <> b.id
  and (b.campaign_id <> :campaign or a.id < b.id)
""")

_TALKED = """
a.outcome ->> 'answered_by' = 'human'
and jsonb_path_exists(a.outcome, '$.transcript[*] ? (@.speaker == "callee")')
"""

_CONVERSATIONS = text(
    f"select count(*) from attempts a where a.campaign_id = :campaign and {_TALKED}"
)

_FUNNEL = text(f"""
select
  (select count(*) from leads l
    where cast(:campaign as bigint) is null or l.campaign_id = :campaign) as imported,
  count(distinct a.lead_id) filter
    (where a.placing_at is not null and a.state not in ('expired', 'refused')) as dialed,
  count(distinct a.lead_id) filter (where a.answered_at is not null) as answered,
  count(distinct a.lead_id) filter (where {_TALKED}) as conversations,
  count(distinct p.lead_id) as booked
from attempts a
left join appointments p on p.attempt_id = a.id and p.state = 'booked'
where cast(:campaign as bigint) is null or a.campaign_id = :campaign
""")

_LATENCY = text("""
select stage, count(*) as turns, place,
  percentile_disc(array[0.5, 0.95]) within group (order by ms) as figures
from attempts a
cross join lateral jsonb_array_elements(a.outcome -> 'latency') as turn
cross join lateral (values
  (1, 'endpoint', cast(turn ->> 'endpoint_ms' as integer)),
  (2, 'recognized', cast(turn ->> 'recognized_ms' as integer)),
  (3, 'decided', cast(turn ->> 'decided_ms' as integer)),
  (4, 'first_audio', cast(turn ->> 'first_audio_ms' as integer)),
  (5, 'voice_to_voice', cast(turn ->> 'voice_to_voice_ms' as integer))
) as stages (place, stage, ms)
where a.campaign_id = :campaign and jsonb_typeof(a.outcome) = 'object' and ms is not null
group by stage, place order by place
""")
