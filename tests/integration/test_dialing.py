"""The reservation on a real PostgreSQL: one decision a dial, in order, within law and money."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from dialer import attempts, caller_ids, campaigns, consents, ledger, suppressions
from dialer.db import transaction
from dialer.models import Attempt, Campaign, Decision, Lead
from dialer.phone import E164
from dialer.rules.call_state import ACTIVE
from integration.house import (
    LIMITS,
    NOON,
    NUMBERS,
    TERMS,
    House,
    add_leads,
    build,
    reserve,
    reserve_one,
)


@pytest.fixture
def house(database: str) -> Iterator[House]:
    made = build(database)
    yield made
    made.close()


def counts(house: House) -> dict[str, int]:
    with transaction(house.sessions) as session:
        return campaigns.lead_counts(session, house.campaign_id)


def decisions_of(house: House, *, allowed: bool) -> list[Decision]:
    with transaction(house.sessions) as session:
        return list(
            session.scalars(
                select(Decision).where(Decision.allowed == allowed, Decision.stage != "import")
            )
        )


def numbers_in_order(house: House, terms=TERMS, now=NOON) -> list[str]:
    """The leads' first names in the order in which single lines are given to them."""
    order = []
    with transaction(house.sessions) as session:
        attempts.provision_slots(session, 20)
    wide = replace(terms, max_concurrent=20)
    for _ in range(20):
        made = reserve(house, replace(wide, max_concurrent=len(order) + 1), now)
        if not made.reserved:
            break
        with transaction(house.sessions) as session:
            attempt = session.get_one(Attempt, made.reserved[0])
            order.append(session.get_one(Lead, attempt.lead_id).first_name)
    return order


def other_campaign(house: House, text: str, **changed: object) -> int:
    wanted = {
        "name": "other",
        "window": "10:00-17:00",
        "daily_budget": "5",
        "script": {"brand": "B"},
    }
    with transaction(house.sessions) as session:
        made = campaigns.create(session, campaigns.spec(**wanted | changed), LIMITS, NOON)
        other_id = made.id
    add_leads(house, other_id, text)
    with transaction(house.sessions) as session:
        campaigns.start(session, session.get_one(Campaign, other_id), NOON)
    return other_id


def test_five_lines_and_no_sixth(house: House) -> None:
    assert len(reserve(house).reserved) == 5
    assert not reserve(house)
    assert counts(house)["in_call"] == 5


def test_every_dial_has_a_decision_with_its_evidence(database: str) -> None:
    house = build(database, ["+12125550123"])
    attempt_id = reserve_one(house)
    with transaction(house.sessions) as session:
        row = session.scalars(select(Decision).where(Decision.attempt_id == attempt_id)).one()
    assert row.allowed and row.stage == "reserve"
    named = {rule["id"] for rule in row.rules}
    assert {"us-fed-hours", "preset", f"campaign:{house.campaign_id}"} <= named
    assert all(rule["version"] and rule["authority"] for rule in row.rules)
    facts = row.facts
    assert facts["states"] == ["US-NY"] and row.zones == ["America/New_York"]
    assert facts["sources"]["America/New_York"]
    assert facts["consent"]["channel"] == "web form"
    assert facts["reserved_micros"] == 92_000
    assert facts["closes_at"] == "2026-11-24T21:59:30+00:00"
    house.close()


def test_outside_every_window_the_campaign_sleeps_until_one_opens(database: str) -> None:
    early = NOON - timedelta(hours=2)  # 08:00 in Los Angeles
    house = build(database, ["+13105550189"], now=early)
    assert not reserve(house, now=early)
    with transaction(house.sessions) as session:
        campaign = session.get_one(Campaign, house.campaign_id)
        assert (campaign.state, campaign.state_reason) == ("paused", "window")
        assert campaign.resume_at == NOON  # 10:00 in Los Angeles
    house.close()


def test_nobody_without_consent_is_called_until_they_consent(database: str) -> None:
    house = build(database, ["+12125550123"])
    add_leads(house, house.campaign_id, "phone,first name\n+12125550199,Ann\n", consent=None)
    assert len(reserve(house).reserved) == 1
    assert counts(house)["waiting"] == 1
    with transaction(house.sessions) as session:
        refusal = session.scalars(select(Decision).where(~Decision.allowed)).one()
        assert "consent_missing" in refusal.reasons
        consents.record(
            session,
            E164("+12125550199"),
            wording="Yes, call me",
            channel="form",
            form="written",
            captured_at=NOON - timedelta(days=1),
            purpose="real estate",
            source="operator",
            now=NOON,
        )
    assert len(reserve(house).reserved) == 1
    house.close()


def test_a_refusal_is_written_down_and_the_lead_goes_aside(house: House) -> None:
    with transaction(house.sessions) as session:
        # Straight into the table: a lead that was ready when the entry came by another way.
        suppressions.add(session, E164(NUMBERS[0]), "asked by mail", "operator", NOON)
        lead = session.scalars(select(Lead).where(Lead.state == "suppressed")).one()
        lead.state, lead.next_attempt_at = "ready", NOON
    assert len(reserve(house).reserved) == 4
    refused = decisions_of(house, allowed=False)
    assert [row.reasons for row in refused] == [["suppressed"]]
    assert counts(house)["suppressed"] == 1


def test_the_zone_that_closes_soonest_goes_first(database: str) -> None:
    numbers = ["+13105550189", "+12125550123", "+13125550145"]  # Pacific, Eastern, Central
    house = build(database, numbers)
    assert numbers_in_order(house) == ["Lead1", "Lead2", "Lead0"]
    house.close()


def test_in_one_zone_callbacks_go_before_priority_and_priority_before_age(database: str) -> None:
    house = build(database, [f"+1212555010{n}" for n in range(4)])
    with transaction(house.sessions) as session:
        leads = list(session.scalars(select(Lead).order_by(Lead.id)))
        leads[3].callback = True
        leads[2].priority = 5
        leads[0].next_attempt_at = NOON
        leads[1].next_attempt_at = NOON - timedelta(hours=1)
    assert numbers_in_order(house) == ["Lead3", "Lead2", "Lead1", "Lead0"]
    house.close()


def test_a_waiting_lead_is_claimed_when_its_hour_has_come(database: str) -> None:
    house = build(database, ["+12125550123"])
    with transaction(house.sessions) as session:
        lead = session.scalars(select(Lead)).one()
        lead.state, lead.next_attempt_at = "waiting", NOON + timedelta(minutes=10)
    assert not reserve(house)
    assert reserve(house, now=NOON + timedelta(minutes=10)).reserved
    house.close()


def test_two_campaigns_share_the_lines_by_weight(database: str) -> None:
    house = build(database, [f"+1212555{n:04d}" for n in range(100, 110)], weight=4)
    other = other_campaign(
        house, "phone\n" + "\n".join(f"+1212556{n:04d}" for n in range(100, 110)), weight=1
    )
    reserve(house)
    with transaction(house.sessions) as session:
        rows = session.execute(
            select(Attempt.campaign_id, func.count()).group_by(Attempt.campaign_id)
        ).all()
    assert dict(map(tuple, rows)) == {house.campaign_id: 4, other: 1}
    house.close()


def test_a_campaign_keeps_its_own_limit(database: str) -> None:
    house = build(database, max_concurrent=2)
    assert len(reserve(house).reserved) == 2
    assert not reserve(house)
    house.close()


def test_one_phone_in_two_campaigns_has_one_active_attempt(house: House) -> None:
    other_campaign(house, "phone\n" + "\n".join(NUMBERS))
    with transaction(house.sessions) as session:
        attempts.provision_slots(session, 10)
    wide = replace(TERMS, max_concurrent=10)
    assert len(reserve(house, wide).reserved) == 5
    assert not reserve(house, wide).reserved
    with transaction(house.sessions) as session:
        active = session.scalars(
            select(Attempt.phone_id).where(Attempt.state.in_([state.value for state in ACTIVE]))
        ).all()
    assert len(set(active)) == len(active) == 5


def test_three_dials_in_a_day_are_the_cap_over_all_campaigns(database: str) -> None:
    house = build(database, ["+12125550123"])
    with transaction(house.sessions) as session:
        lead = session.scalars(select(Lead)).one()
        for ordinal, hours in enumerate((20, 10, 2), start=1):
            session.add(dialed(lead, ordinal, NOON - timedelta(hours=hours)))
    assert not reserve(house).reserved
    (refusal,) = decisions_of(house, allowed=False)
    assert refusal.reasons == ["cap:preset"]
    # The first of the three leaves the window at 17:00 in New York: the next day it is.
    assert refusal.next_lawful_at == NOON + timedelta(hours=21)
    house.close()


def dialed(lead: Lead, ordinal: int, at: datetime) -> Attempt:
    return Attempt(
        id=uuid4(),
        lead_id=lead.id,
        campaign_id=lead.campaign_id,
        phone_id=lead.phone_id,
        ordinal=ordinal,
        epoch=1,
        state="no_answer",
        token="t",
        caller_id="+12125550100",
        time_limit_seconds=60,
        reserved_micros=1,
        cost_micros=0,
        reserved_at=at,
        lease_until=at,
        placing_at=at,
        ended_at=at,
        recorded_at=at,
    )


def test_the_day_s_budget_is_never_exceeded_and_the_campaign_waits_for_the_next(
    database: str,
) -> None:
    house = build(database, daily_budget="0.20")
    assert len(reserve(house).reserved) == 2  # 92,000 micro-dollars each
    (refusal,) = decisions_of(house, allowed=False)
    assert refusal.reasons == [f"budget:campaign:{house.campaign_id}"]
    midnight = datetime(2026, 11, 25, 5, tzinfo=UTC)  # in New York
    assert refusal.next_lawful_at == midnight
    with transaction(house.sessions) as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == 2
        campaign = session.get_one(Campaign, house.campaign_id)
        assert (campaign.state, campaign.state_reason) == ("paused", "budget")
        assert campaign.resume_at == midnight
        assert ledger.balance(session, ledger.GLOBAL) == (0, 184_000)
    house.close()


def test_a_prefix_without_a_price_is_not_called(database: str) -> None:
    house = build(database, ["+12125550123"])
    unpriced = replace(TERMS, card=replace(TERMS.card, voice={"+1907": 90_000}))
    assert not reserve(house, unpriced).reserved
    (refusal,) = decisions_of(house, allowed=False)
    assert refusal.reasons == ["no_rate"]
    house.close()


def test_a_lowered_limit_per_call_binds_older_campaigns_too(house: House) -> None:
    attempt_id = reserve_one(house, replace(TERMS, cost_per_call_micros=40_000))
    with transaction(house.sessions) as session:
        attempt = session.get_one(Attempt, attempt_id)
        assert attempt.reserved_micros == 36_800  # two started minutes
        assert attempt.time_limit_seconds == 115


def test_a_resting_caller_id_holds_the_call_back(database: str) -> None:
    house = build(database)
    with transaction(house.sessions) as session:
        caller_ids.add(session, "+12125550100", "main", 2, 0, NOON)
    assert len(reserve(house).reserved) == 2
    refused = decisions_of(house, allowed=False)
    assert {row.reasons[0] for row in refused} == {"caller_id:daily_cap"}
    house.close()


def test_the_account_s_pace_is_kept(house: House) -> None:
    slow = replace(TERMS, calls_per_second=1.0)
    assert len(reserve(house, slow).reserved) == 1
    assert not reserve(house, slow, NOON + timedelta(milliseconds=500))
    assert len(reserve(house, slow, NOON + timedelta(milliseconds=1001)).reserved) == 1


def test_toll_free_and_unknown_places_are_invalid_with_the_reason(database: str) -> None:
    house = build(database, ["+18005550199", "+12125550123"])
    assert len(reserve(house).reserved) == 1
    with transaction(house.sessions) as session:
        lead = session.scalars(select(Lead).where(Lead.state == "invalid")).one()
        row = session.scalars(select(Decision).where(Decision.lead_id == lead.id)).one()
        assert lead.reason == row.reasons[0] == "number_without_place"
    house.close()


def test_a_state_that_forbids_artificial_voices_holds_its_leads(database: str) -> None:
    house = build(database, ["+12065550123", "+12125550123"])  # Seattle, New York
    assert len(reserve(house).reserved) == 1
    (refusal,) = decisions_of(house, allowed=False)
    assert refusal.reasons == ["hard_block:us-wa-auto"]
    assert refusal.next_lawful_at is None
    assert counts(house)["waiting"] == 1
    house.close()


@pytest.mark.parametrize(("before", "lines"), [(30, 3), (31, 5)])
def test_the_end_of_the_ringing_lies_inside_the_window(
    house: House, before: int, lines: int
) -> None:
    closing = datetime(2026, 11, 24, 22, tzinfo=UTC)  # 17:00 in New York and Atlanta
    made = reserve(house, now=closing - timedelta(seconds=before))
    assert len(made.reserved) == lines  # 25 seconds of ringing and 5 of settling
