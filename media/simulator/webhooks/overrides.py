"""Connection overrides that a customer writes into the fragment of a webhook URL."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urldefrag

MAX_TOTAL_S = 15.0
_POLICIES = frozenset({"4xx", "5xx", "ct", "rt"})


@dataclass(frozen=True, slots=True)
class Overrides:
    """How one webhook URL is fetched; times in seconds."""

    retries: int = 1
    policies: frozenset[str] = frozenset({"ct"})
    connect_s: float = 5.0
    read_s: float = 15.0
    total_s: float = MAX_TOTAL_S

    def retry_after(self, failure: str) -> bool:
        """Whether `failure` (`ct`, `rt`, `4xx` or `5xx`) is one that is tried again."""
        return failure in self.policies


def split(url: str) -> tuple[str, Overrides]:
    """The URL without fragment (that is what is fetched and signed), and the overrides in it.

    A value that makes no sense is ignored, as the carrier does.
    """
    bare, fragment = urldefrag(url)
    given = {key: values[-1] for key, values in parse_qs(fragment).items()}
    usual = Overrides()
    policies = frozenset(given.get("rp", "ct").split(","))
    return bare, Overrides(
        retries=int(_bounded(given, "rc", 0, 5, usual.retries)),
        policies=_POLICIES if "all" in policies else policies & _POLICIES,
        connect_s=_bounded(given, "ct", 100, 10_000, usual.connect_s * 1000) / 1000,
        read_s=_bounded(given, "rt", 100, 15_000, usual.read_s * 1000) / 1000,
        total_s=_bounded(given, "tt", 100, 15_000, usual.total_s * 1000) / 1000,
    )


def _bounded(given: dict[str, str], key: str, least: float, most: float, usual: float) -> float:
    text = given.get(key, "")
    return float(text) if text.isdigit() and least <= float(text) <= most else usual
