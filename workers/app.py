"""The Celery application. Light on purpose: beat and Flower load it too.

Each worker is told by its command line (`-I`) which tasks it carries.
"""

import gc

from celery.signals import setup_logging, worker_init

from dialer import settings, telemetry
from dialer.nudges import queue_app

app = queue_app(settings.current().redis_url)


@setup_logging.connect
def _logs(**_: object) -> None:
    telemetry.configure(settings.current().log_level)


@worker_init.connect
def _share_memory(**_: object) -> None:
    """Keep what is loaded before the fork out of the children's garbage collection.

    The collector writes into every object that it looks at, which would copy the parent's
    memory into each child.
    """
    gc.collect()
    gc.freeze()
