"""Sixteen workers on one campaign: slots, money and one call a phone hold in every interleaving."""

import threading
from random import Random

from sqlalchemy import func, select

from dialer import attempts, campaigns, ledger, outcomes, placing
from dialer.attempts import CarrierMessage
from dialer.call import AnsweredBy, AttemptId, CallOutcome, Disposition, EndedBy
from dialer.db import transaction
from dialer.models import Attempt, BudgetDay, Decision
from dialer.rules.call_state import ACTIVE
from integration.house import CARD, NOON, TERMS, House, ObedientCarrier, Stopped, build, reserve

WORKERS = 16
ROUNDS = 10
ENDS = ("busy", "no-answer", "failed", "completed")


def test_sixteen_workers_never_exceed_slots_budget_or_one_call_per_phone(database: str) -> None:
    numbers = [f"+1212555{number:04d}" for number in range(100, 160)]
    house = build(database, numbers, daily_budget="1.50")
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        rng = Random(seed)
        try:
            for _ in range(ROUNDS):
                for attempt_id in reserve(house).reserved:
                    call(house, attempt_id, rng)
                promises(house)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    with transaction(house.sessions) as session:
        made = session.execute(
            select(Attempt.phone_id, func.count())
            .where(Attempt.placing_at.is_not(None))
            .group_by(Attempt.phone_id)
        ).all()
        assert len(made) > 5
        # The clock stands still, so nobody's retry is due: one dial a phone.
        assert all(count == 1 for _, count in made)
        assert sum(campaigns.lead_counts(session, house.campaign_id).values()) == 60
        own = ledger.balance(session, f"campaign:{house.campaign_id}")
        assert ledger.balance(session, ledger.GLOBAL) == own
        assert own[1] == 0 and 0 < own[0] <= 1_500_000
        undecided = session.scalar(
            select(func.count())
            .select_from(Attempt)
            .where(~select(Decision.id).where(Decision.attempt_id == Attempt.id).exists())
        )
        assert undecided == 0
    house.close()


def call(house: House, attempt_id, rng: Random) -> None:
    carrier = ObedientCarrier()
    placing.place(house.sessions, Stopped(), carrier, attempt_id, TERMS)
    promises(house)
    if not carrier.calls:
        return
    end = rng.choice(ENDS)
    told = [("in-progress", 2), (end, 3)] if end == "completed" else [(end, 2)]
    for status, sequence in told:
        message = CarrierMessage(carrier.calls[0].sid, "status", status, sequence, {}, 61)
        with transaction(house.sessions) as session:
            attempts.hear(session, attempt_id, message, NOON)
    with transaction(house.sessions) as session:
        outcome = CallOutcome(
            attempt_id=AttemptId(str(attempt_id)),
            disposition=Disposition.NOT_INTERESTED,
            answered_by=AnsweredBy.HUMAN,
            ended_by=EndedBy.CALLEE,
        )
        outcomes.submit(session, outcome, NOON)
    with transaction(house.sessions) as session:
        outcomes.record(session, attempt_id, CARD, NOON)


def promises(house: House) -> None:
    """What may never be seen, by anybody, at any moment."""
    with transaction(house.sessions) as session:
        active = session.scalar(
            select(func.count())
            .select_from(Attempt)
            .where(Attempt.state.in_([state.value for state in ACTIVE]))
        )
        over = session.scalars(
            select(BudgetDay).where(
                BudgetDay.spent_micros + BudgetDay.reserved_micros > BudgetDay.limit_micros
            )
        ).all()
    assert active is not None and active <= 5
    assert not over
