"""The product's parts in each worker process."""

from functools import lru_cache

from dialer import settings
from dialer.wiring import Product


@lru_cache(maxsize=1)
def product() -> Product:
    """The parts of this process; first asked for inside a task, so always after the fork."""
    return Product(settings.current())
