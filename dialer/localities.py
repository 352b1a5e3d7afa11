"""Localities in the database: one row for all leads of the same zones and states."""

from collections.abc import Iterable
from weakref import WeakKeyDictionary

from sqlalchemy import event, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dialer import models
from dialer.rules.locality import Locality


class _Known:
    """Committed rows of one database."""

    def __init__(self) -> None:
        self.ids: dict[Locality, int] = {}
        self.rows: dict[int, Locality] = {}


_databases: WeakKeyDictionary[object, _Known] = WeakKeyDictionary()


def _known(session: Session) -> _Known:
    return _databases.setdefault(session.get_bind().engine, _Known())


def ensure(session: Session, wanted: Iterable[Locality]) -> dict[Locality, int]:
    """The id of each locality; those that are new are inserted.

    Rows never change, so ids are remembered in this process once they are committed. New ones
    go in sorted, so that two transactions never wait for each other.
    """
    asked = set(wanted)
    ids = _known(session).ids
    found = {one: ids[one] for one in asked if one in ids}
    missing = sorted(asked - found.keys(), key=_values)
    if missing:
        found |= _select(session, missing)
        new = [one for one in missing if one not in found]
        if new:
            rows = [dict(zip(_COLUMNS, _values(one), strict=True)) for one in new]
            session.execute(insert(models.Locality).on_conflict_do_nothing(), rows)
            found |= _select(session, new)
        _remember_after_commit(session, {one: found[one] for one in missing})
    return found


def get(session: Session, locality_id: int) -> Locality:
    """The locality of that id. Raises `NoResultFound` where there is none."""
    known = _known(session).rows.get(locality_id)
    if known is None:
        row = session.get_one(models.Locality, locality_id)
        known = Locality(row.country, tuple(row.zones), tuple(row.states), row.blocked)
        _remember_after_commit(session, {known: locality_id})
    return known


_COLUMNS = ("country", "zones", "states", "blocked")
BATCH = 2_000


def _values(one: Locality) -> tuple[str, list[str], list[str], str]:
    return one.country, list(one.zones), list(one.states), one.blocked


def _select(session: Session, wanted: list[Locality]) -> dict[Locality, int]:
    row = models.Locality
    key = tuple_(row.country, row.zones, row.states, row.blocked)
    found = {}
    for start in range(0, len(wanted), BATCH):
        batch = [_values(one) for one in wanted[start : start + BATCH]]
        for one in session.execute(
            select(row.id, row.country, row.zones, row.states, row.blocked).where(key.in_(batch))
        ):
            locality = Locality(one.country, tuple(one.zones), tuple(one.states), one.blocked)
            found[locality] = one.id
    return found


def _remember_after_commit(session: Session, found: dict[Locality, int]) -> None:
    """What this transaction read or inserted is only true once it is committed."""
    known = _known(session)

    def remember(_: Session) -> None:
        known.ids.update(found)
        known.rows.update((locality_id, one) for one, locality_id in found.items())
        found.clear()

    def forget(_: Session) -> None:
        found.clear()

    event.listen(session, "after_commit", remember, once=True)
    event.listen(session, "after_rollback", forget, once=True)
