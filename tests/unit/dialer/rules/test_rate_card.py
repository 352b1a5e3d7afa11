"""Money in exact units: what a call may cost and did cost, product by product."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.rules.budget import micros, usd
from dialer.rules.rate_card import (
    MAX_SPEECH_CHARACTERS_PER_SECOND,
    NOTHING,
    NoRate,
    Price,
    RateCard,
)

NUMBER = "+12125550123"
LISTED = RateCard({"+1": 14_000, "+1907": 90_000, "+44": 30_000}, {"stream": 4_400}, 7_500)
PRICES = st.integers(0, 100_000)
CARDS = st.builds(
    RateCard,
    st.fixed_dictionaries({"+1": PRICES}),
    st.dictionaries(st.sampled_from(["stream", "recording", "llm", "stt"]), PRICES),
    PRICES,
    st.integers(0, 400_000_000),
)


def test_seventy_seconds_with_detection_cost_what_the_carrier_lists() -> None:
    price = LISTED.cost(NUMBER, 70, amd=True, tts_characters=0)
    assert price == Price(28_000, 44_300, {"voice": 28_000, "stream": 8_800, "amd": 7_500})


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(0, 1), (1, 1), (59, 1), (60, 1), (61, 2), (120, 2), (121, 3)]
)
def test_started_minutes_are_billed_and_less_than_a_second_is_one(
    seconds: int, minutes: int
) -> None:
    price = LISTED.cost(NUMBER, seconds, amd=False, tts_characters=0)
    assert price.by_product == {"voice": minutes * 14_000, "stream": minutes * 4_400}


def test_nobody_answered_costs_nothing_not_even_the_detection() -> None:
    assert LISTED.cost(NUMBER, None, amd=True, tts_characters=50) == NOTHING


@pytest.mark.parametrize(
    ("number", "price"), [(NUMBER, 14_000), ("+19075550123", 90_000), ("+442079460000", 30_000)]
)
def test_the_longest_prefix_prices_a_number(number: str, price: int) -> None:
    assert LISTED.cost(number, 1, amd=False, tts_characters=0).connectivity_micros == price


def test_a_number_without_a_price_is_refused_by_every_question() -> None:
    with pytest.raises(NoRate, match=r"[+]33"):
        LISTED.worst_micros("+33142685300", 60, amd=False)
    with pytest.raises(NoRate):
        LISTED.longest_seconds("+33142685300", 10**9, 60, amd=False)
    with pytest.raises(NoRate, match="RATE_VOICE_BY_PREFIX"):
        LISTED.cost("+33142685300", None, amd=False, tts_characters=0)


@given(CARDS, st.integers(1, 4000), st.booleans(), st.data())
def test_no_call_costs_more_than_its_worst_case(
    card: RateCard, limit: int, amd: bool, data: st.DataObject
) -> None:
    talk = data.draw(st.one_of(st.none(), st.integers(0, limit)))
    characters = data.draw(st.integers(0, MAX_SPEECH_CHARACTERS_PER_SECOND * (talk or 0)))
    price = card.cost(NUMBER, talk, amd=amd, tts_characters=characters)
    assert price.total_micros <= card.worst_micros(NUMBER, limit, amd=amd)
    assert price.total_micros == sum(price.by_product.values())
    assert price.connectivity_micros == price.by_product.get("voice", 0)


@given(CARDS, st.integers(1, 3_000_000), st.integers(1, 3600), st.booleans())
def test_the_longest_call_is_paid_for_and_one_second_more_is_not(
    card: RateCard, limit: int, longest: int, amd: bool
) -> None:
    seconds = card.longest_seconds(NUMBER, limit, longest, amd=amd)
    if seconds == 0:
        assert card.worst_micros(NUMBER, min(60, longest), amd=amd) > limit
        return
    assert min(60, longest) <= seconds <= longest
    assert card.worst_micros(NUMBER, seconds, amd=amd) <= limit
    assert seconds == longest or card.worst_micros(NUMBER, seconds + 1, amd=amd) > limit


@given(st.decimals(Decimal("0.000001"), Decimal("1000"), places=7))
def test_dollars_round_up_to_micro_dollars(amount: Decimal) -> None:
    assert usd(micros(amount)) >= amount
    assert usd(micros(amount)) - amount < Decimal("0.000001")
