"""Holidays of countries and states: the `holidays` package, corrected by the product's table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from holidays import country_holidays


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is known of holidays. `corrections` maps (jurisdiction, day) to the name of a day that
    is closed there, or to None for one that is open against the package's list.
    """

    corrections: Mapping[tuple[str, date], str | None] = field(default_factory=dict)

    def name(self, jurisdiction: str, day: date) -> str:
        """The holiday of a country (`US`) or state (`US-FL`, with its country's); `` for none.

        Observed dates are holidays too: for a fourth of July on a Saturday, the third as well.
        What a country closes is closed in its states; what it opens, a state may still keep.
        """
        if (jurisdiction, day) in self.corrections:
            return self.corrections[jurisdiction, day] or ""
        for wider in (jurisdiction.partition("-")[0], "*"):
            if closed := self.corrections.get((wider, day)):
                return closed
        return _listed(jurisdiction, day.year).get(day, "")

    def any_name(self, jurisdictions: Iterable[str], day: date) -> str:
        """The first holiday that one of the jurisdictions keeps on that day; `` for none."""
        return next((name for place in jurisdictions if (name := self.name(place, day))), "")


@lru_cache(maxsize=1024)
def _listed(jurisdiction: str, year: int) -> Mapping[date, str]:
    """The package's list of a year; a state that it does not know has its country's."""
    country, _, state = jurisdiction.partition("-")
    for subdivision in (state or None, None):
        try:
            found = country_holidays(country, subdiv=subdivision, years=year, language="en_US")
        except NotImplementedError:
            continue
        return MappingProxyType(dict(found))
    return MappingProxyType({})
