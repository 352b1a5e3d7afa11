"""Messages to the workers, by task name. Only ids travel; any may be lost or doubled."""

from uuid import UUID

from celery import Celery, chain
from celery.canvas import Signature


def queue_app(redis_url: str) -> Celery:
    """The Celery application: broker and results in Redis, the rest in celeryconfig.py."""
    app = Celery("dialer", broker=redis_url, backend=redis_url)
    app.config_from_object("celeryconfig")
    app.conf.update(broker_url=redis_url, result_backend=redis_url)
    return app


class Nudges:
    """What the web process and the workers ask the queues for, always after a commit."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    @property
    def app(self) -> Celery:
        """The Celery application, to look into the queues."""
        return self._app

    def tick(self) -> None:
        """Look for due leads now instead of at the next beat."""
        self._task("dialing.tick").apply_async(expires=5)

    def prepare(self, attempt_id: UUID) -> None:
        """A media worker shall get ready for this call."""
        self._task("media.run_call", str(attempt_id)).apply_async()

    def place(self, attempt_id: str) -> None:
        """A media worker is ready: ring the phone."""
        self._task("dialing.place_call", attempt_id).apply_async()

    def take_over(self, attempt_id: str) -> None:
        """The media worker of a live call is gone: another one shall go on."""
        self._task("media.run_call", attempt_id, True).apply_async()

    def follow_up(self, attempt_id: str) -> None:
        """Record the outcome, then book, invite and notify."""
        names = ("record", "book", "invite", "notify")
        chain(*(self._task(f"followup.{name}", attempt_id) for name in names)).apply_async()

    def import_leads(self, import_id: int) -> None:
        """The chain of an upload: import, normalise, ready."""
        names = ("stage", "normalise", "activate")
        chain(*(self._task(f"imports.{name}", import_id) for name in names)).apply_async()

    def _task(self, name: str, *args: object) -> Signature:
        signature: Signature = self._app.signature(name, args=args, immutable=True)
        return signature
