"""The days that usage records are told for."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.simulator.errors import ApiError
from media.simulator.rest.periods import periods

TODAY = date(2028, 3, 10)
SINCE = date(2027, 11, 20)
ONE = timedelta(days=1)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("", (SINCE, TODAY)),
        ("AllTime", (SINCE, TODAY)),
        ("Today", (TODAY, TODAY)),
        ("Yesterday", (date(2028, 3, 9), date(2028, 3, 9))),
        ("ThisMonth", (date(2028, 3, 1), TODAY)),
        ("LastMonth", (date(2028, 2, 1), date(2028, 2, 29))),
    ],
)
def test_one_period(kind, expected):
    assert periods(kind, {}, TODAY, SINCE) == [expected]


def test_months_and_years_are_cut_where_the_question_ends():
    months = periods("Monthly", {}, TODAY, SINCE)
    assert months[0] == (SINCE, date(2027, 11, 30)) and months[-1] == (date(2028, 3, 1), TODAY)
    assert periods("Yearly", {}, TODAY, SINCE) == [
        (SINCE, date(2027, 12, 31)),
        (date(2028, 1, 1), TODAY),
    ]


def test_days_may_be_counted_from_today():
    query = {"StartDate": "-2days", "EndDate": "-1day"}
    [one] = periods("", query, TODAY, SINCE)
    assert one == (date(2028, 3, 8), date(2028, 3, 9))


@pytest.mark.parametrize("text", ["yesterday", "2028-13-01", "-99999999days"])
def test_no_date_is_refused(text):
    with pytest.raises(ApiError) as caught:
        periods("Daily", {"StartDate": text}, TODAY, SINCE)
    assert caught.value.code == 20001


@given(st.sampled_from(["Daily", "Monthly", "Yearly"]), st.integers(0, 1500))
def test_every_day_is_in_one_period(kind, length):
    since = TODAY - length * ONE
    found = periods(kind, {}, TODAY, since)
    assert found[0][0] == since and found[-1][1] == TODAY
    for (_, before), (after, _) in pairwise(found):
        assert after == before + ONE
