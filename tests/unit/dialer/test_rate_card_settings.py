"""The rate card as the settings write it, and how a wrong price list is refused."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from dialer.settings import Settings, prefix_prices
from dialer.wiring import Product


def test_the_card_is_made_from_the_settings() -> None:
    card = Product(
        Settings(
            rate_voice_per_minute=Decimal("0.02"),
            rate_voice_by_prefix="+44=0.03, +61=0.0450",
            rate_tts_per_character=Decimal("0.0000045"),
        )
    ).rate_card
    assert card.voice == {"+1": 20_000, "+44": 30_000, "+61": 45_000}
    price = card.cost("+61291234567", 61, amd=True, tts_characters=1001)
    assert price.by_product == {"voice": 90_000, "stream": 8_800, "amd": 7_500, "tts": 4_505}


@pytest.mark.parametrize("text", ["44=0.03", "+44", "+44=-1", "+44=1,+44=2", "+44=0.03;+61=1"])
def test_a_wrong_price_list_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        prefix_prices(text)
    with pytest.raises(ValidationError, match="rate_voice_by_prefix"):
        Settings(rate_voice_by_prefix=text)
