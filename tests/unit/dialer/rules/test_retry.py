"""Who is tried again, when, in which part of the day, and never more often than the caps."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.call import Disposition
from dialer.rules.daypart import Hours, part_of
from dialer.rules.retry import DEFAULT, next_step, policy

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
HOURS = Hours(time(10), time(17), (0, 1, 2, 3, 4))
ZONES = ("America/New_York", "America/Phoenix", "Pacific/Honolulu", "Australia/Lord_Howe")

moments = st.integers(0, 2 * 365 * 24 * 60).map(lambda minute: NOW + timedelta(minutes=minute))
draws = st.floats(0, 1, exclude_max=True)
changes = st.dictionaries(
    st.sampled_from([one.value for one in DEFAULT]),
    st.fixed_dictionaries(
        {},
        optional={
            "after_minutes": st.integers(1, 40_000),
            "jitter_minutes": st.integers(0, 1440),
            "max": st.integers(1, 10),
            "other_daypart": st.booleans(),
        },
    ),
)


@given(
    changes, st.lists(st.sampled_from(list(Disposition)), max_size=30), st.integers(1, 10), draws
)
def test_no_policy_and_no_history_exceeds_a_cap(
    words: dict[str, dict[str, int]], history: list[Disposition], allowed: int, draw: float
) -> None:
    rules, seen, now, tried = policy(words), Counter[Disposition](), NOW, []
    for made, disposition in enumerate(history, start=1):
        seen[disposition] += 1
        tried.append(now)
        step = next_step(
            disposition,
            made,
            allowed,
            now,
            policy=rules,
            same=seen[disposition],
            zone="America/Denver",
            tried=tried,
            hours=HOURS,
            draw=draw,
        )
        if step.state != "waiting":
            assert step.at is None
            break
        assert step.at is not None and step.at > now
        now = step.at
    assert len(tried) <= allowed
    assert all(
        seen[one] <= rules[one].most for one in seen if one in rules and rules[one].most is not None
    )


@given(moments, st.sampled_from(ZONES), st.lists(moments, max_size=6), draws)
def test_another_part_of_the_day_is_the_least_tried_and_inside_the_hours(
    now: datetime, zone: str, tried: list[datetime], draw: float
) -> None:
    step = next_step(
        Disposition.NO_ANSWER, 1, 9, now, zone=zone, tried=tried, hours=HOURS, draw=draw
    )
    assert step.at is not None and step.at >= now + DEFAULT[Disposition.NO_ANSWER].after
    local = step.at.astimezone(ZoneInfo(zone))
    assert HOURS.start <= local.time() < HOURS.end and local.weekday() in HOURS.weekdays
    counts = Counter(part_of(one, zone) for one in tried)
    assert counts[part_of(step.at, zone)] == min(counts[part] for part in range(3))


def test_hours_that_know_one_part_only_are_kept() -> None:
    morning = Hours(time(9), time(11), (0, 1, 2, 3, 4))
    step = next_step(
        Disposition.NO_ANSWER, 1, 3, NOW, zone="America/New_York", tried=[NOW], hours=morning
    )
    assert step.at == datetime(2026, 11, 25, 14, tzinfo=UTC)


@given(draws)
def test_jitter_lies_between_nothing_and_its_bound(draw: float) -> None:
    rules = policy({"busy": {"after_minutes": 20, "jitter_minutes": 10}})
    step = next_step(Disposition.BUSY, 1, 3, NOW, policy=rules, draw=draw)
    assert step.at == NOW + timedelta(minutes=20) + timedelta(minutes=10) * draw


def test_a_campaign_s_words_are_laid_over_the_defaults() -> None:
    rules = policy({"no_answer": {"max": 2}})
    assert rules[Disposition.NO_ANSWER].most == 2
    assert rules[Disposition.NO_ANSWER].after == DEFAULT[Disposition.NO_ANSWER].after
    assert rules[Disposition.BUSY] == DEFAULT[Disposition.BUSY]
    assert next_step(Disposition.NO_ANSWER, 2, 9, NOW, policy=rules, same=1).state == "waiting"
    ended = next_step(Disposition.NO_ANSWER, 2, 9, NOW, policy=rules, same=2)
    assert (ended.state, ended.reason) == ("done", "no_answer 2 times")


@pytest.mark.parametrize("final", ["do_not_call", "wrong_number", "appointment_booked", "nonsense"])
def test_a_final_disposition_cannot_be_made_retryable(final: str) -> None:
    with pytest.raises(ValueError, match=final):
        policy({final: {"after_minutes": 5}})


@given(changes)
def test_an_opt_out_is_final_whatever_the_policy(words: dict[str, dict[str, int]]) -> None:
    assert (
        next_step(Disposition.DO_NOT_CALL, 1, 10, NOW, policy=policy(words)).state == "suppressed"
    )


def test_a_callback_keeps_the_promised_hour_and_goes_first() -> None:
    promised = NOW + timedelta(hours=20)
    step = next_step(Disposition.CALLBACK_REQUESTED, 1, 3, NOW, promised, draw=0.9)
    assert (step.at, step.callback) == (promised, True)


@pytest.mark.parametrize("asked", [None, NOW - timedelta(days=1), NOW])
def test_a_callback_without_an_hour_to_come_is_tomorrow(asked: datetime | None) -> None:
    step = next_step(Disposition.CALLBACK_REQUESTED, 1, 3, NOW, asked)
    assert step.at == NOW + timedelta(hours=24)
