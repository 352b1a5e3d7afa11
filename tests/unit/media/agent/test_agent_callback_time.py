"""Spoken wishes become moments of the lead's own day, never before 9:00 nor from 20:00 on."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.agent.callback_time import callback_time, default_callback

ZONE = ZoneInfo("America/Chicago")
MONDAY = datetime(2026, 11, 23, 11, 0, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("words", "day", "hour", "minute"),
    [
        ("tomorrow", 24, 10, 0),
        ("tomorrow at three", 24, 15, 0),
        ("tomorrow at three thirty", 24, 15, 30),
        ("tomorrow morning", 24, 10, 0),
        ("tomorrow at nine in the morning", 24, 9, 0),
        ("tomorrow evening", 24, 18, 0),
        ("the day after tomorrow", 25, 10, 0),
        ("in an hour", 23, 12, 0),
        ("give me half an hour", 23, 11, 30),
        ("in a couple of hours", 23, 13, 0),
        ("in ten minutes", 23, 11, 10),
        ("in ten hours", 24, 9, 0),
        ("in two days", 25, 10, 0),
        ("next week", 30, 10, 0),
        ("next week on wednesday", 2, 10, 0),
        ("wednesday afternoon", 25, 14, 0),
        ("on friday at noon", 27, 12, 0),
        ("monday", 30, 10, 0),
        ("this afternoon", 23, 14, 0),
        ("tonight", 23, 18, 0),
        ("after five", 23, 17, 0),
        ("at nine", 24, 9, 0),
        ("tomorrow at ten pm", 24, 19, 30),
        ("tomorrow at six am", 24, 9, 0),
        ("november twenty fifth at 2 p.m.", 25, 14, 0),
        ("on the weekend", 28, 10, 0),
        ("later", 23, 14, 0),
        ("in a week", 30, 10, 0),
    ],
)
def test_wishes(words, day, hour, minute):
    month = 12 if day < 20 else 11
    assert callback_time(words, MONDAY) == datetime(2026, month, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize("words", ["", "yes", "what a day", "purple", "i have one"])
def test_no_time_is_no_time(words):
    assert callback_time(words, MONDAY) is None


def test_a_night_with_a_clock_change_keeps_the_wall_clock():
    before = datetime(2026, 10, 31, 15, 0, tzinfo=ZONE)
    after = callback_time("tomorrow at three", before)
    assert after is not None and after.hour == 15
    assert after.utcoffset() != before.utcoffset()


moments = st.datetimes(
    min_value=MONDAY.replace(tzinfo=None),
    max_value=MONDAY.replace(year=2028, tzinfo=None),
    timezones=st.just(ZONE),
)
_WORDS = (
    "tomorrow today at in an hour ten three thirty pm am next week monday friday morning "
    "evening tonight later two days minutes months november twenty fifth half couple"
)
said = st.lists(st.sampled_from(_WORDS.split()), max_size=6).map(" ".join)


@given(words=said, now=moments)
def test_promises_lie_ahead_and_in_the_day(words, now):
    moment = callback_time(words, now) or default_callback(now)
    assert moment > now.replace(second=0, microsecond=0)
    assert 9 <= moment.hour < 20
