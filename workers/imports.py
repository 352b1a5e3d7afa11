"""Tasks of the `imports` queue: the three steps of an upload, each repeatable."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from dialer import leads
from dialer.db import transaction
from dialer.errors import InputError, SettingsError
from dialer.models import Import
from workers.app import app
from workers.parts import product


@app.task(name="imports.stage")
def stage(import_id: int) -> None:
    """CSV text to normalised rows and row faults."""
    _step(import_id, lambda session, _: leads.stage(session, import_id))


@app.task(name="imports.normalise")
def normalise(import_id: int) -> None:
    """Rows that the file holds twice are refused."""
    _step(import_id, lambda session, now: leads.normalise(session, import_id, now))


@app.task(name="imports.activate")
def activate(import_id: int) -> None:
    """Rows become leads, all at once, and the next tick need not be waited for."""
    it = product()
    _step(
        import_id,
        lambda session, now: leads.activate(session, import_id, now, it.erasure_key),
    )
    it.nudges.tick()


def _step(import_id: int, work: Callable[[Session, datetime], None]) -> None:
    """One transaction; a file that turns out unusable is marked so, with the reason.

    What a setting stands against is told too, and tried again once it is mended.
    """
    it = product()
    try:
        with transaction(it.sessions) as session:
            work(session, it.clock.of(session))
    except (InputError, SettingsError) as error:
        with transaction(it.sessions) as session:
            taken = session.get_one(Import, import_id)
            taken.error = str(error)
            if isinstance(error, InputError):
                taken.state = "failed"
        raise
