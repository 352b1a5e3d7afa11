"""What a run leaves behind to judge it by: the database, the twin's report, and what was seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Run:
    """One run that has come to rest.

    `report` and `calls` are the twin's `/twin/report` and the list of `/twin/calls`; `troubles`
    counts the faults that hit somebody; `unknown_creates` the creates whose answer was lost;
    `looks` are samples taken during the run: (moment in words, whether every lead was in one
    state and imported leads were all there).
    """

    database: Connection
    report: Mapping[str, Any]
    calls: Sequence[Mapping[str, Any]]
    max_concurrent: int
    cost_per_call_micros: int
    troubles: int = 0
    unknown_creates: int = 0
    looks: Sequence[tuple[str, bool]] = field(default=())

    def rows(self, query: str, **values: object) -> Sequence[tuple[Any, ...]]:
        """The answer of the database."""
        return [tuple(row) for row in self.database.execute(text(query), values)]

    def count(self, query: str, **values: object) -> int:
        """A single number of the database."""
        return int(self.database.execute(text(query), values).scalar() or 0)
