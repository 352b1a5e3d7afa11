"""Where a number may ring: the zones and states whose hours all have to be open."""

from dataclasses import dataclass

MAX_ZONES = 3


@dataclass(frozen=True, slots=True)
class Locality:
    """A country (ISO 3166-1), its zones (IANA) and candidate states (ISO 3166-2, `US-FL`), sorted.

    `blocked` says why nobody can know when a call is lawful there (`number_without_place`,
    `zone_unknown`, `too_many_zones`, `country_unknown`); empty when it is known.
    """

    country: str
    zones: tuple[str, ...]
    states: tuple[str, ...]
    blocked: str = ""
