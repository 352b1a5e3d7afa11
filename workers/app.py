"""The Celery application of all workers, and the product's parts in each of its processes."""

from functools import lru_cache

from celery.signals import setup_logging

from dialer import settings, telemetry
from dialer.wiring import Product, queue_app

app = queue_app(settings.current())
app.conf.update(
    include=[
        "workers.dialing",
        "workers.media",
        "workers.imports",
        "workers.outcomes",
        "workers.invites",
        "workers.upkeep",
    ]
)


@lru_cache(maxsize=1)
def product() -> Product:
    """The parts of this process; first asked for inside a task, so always after the fork."""
    return Product(settings.current())


@setup_logging.connect
def _logs(**_: object) -> None:
    telemetry.configure(settings.current().log_level)
