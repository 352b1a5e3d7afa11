"""A product on the fixtures' servers, for the tests of its faces."""

from datetime import timedelta

from pydantic import SecretStr

from dialer.clock import Clock
from dialer.settings import Settings
from dialer.wiring import Product
from integration.house import NOON, Stopped

TOKEN = "a-token-of-the-tests"


class StoppedProduct(Product):
    """The product at the noon of the hand-made history, a hundred seconds on."""

    @property
    def clock(self) -> Clock:
        return Stopped(at=NOON + timedelta(seconds=100))


def product(database: str, redis_url: str, token: str = TOKEN, **changed: object) -> Product:
    """Settings as an operator would write them, and the parts made from them."""
    given: dict[str, object] = {
        "database_url": database,
        "redis_url": redis_url,
        "api_token": SecretStr(token),
        "twilio_phone_number": "+12125550100",
    }
    return StoppedProduct(Settings(_env_file=None, **given | changed))
