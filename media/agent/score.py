"""The qualification score: motivation, timeline, price or finance, authority, exclusivity."""

from collections.abc import Mapping

QUESTION_ORDER = ("motivation", "timeline", "has_agent", "authority", "price_or_finance")
"""Asked in this order: the first four suffice for an eager owner, so most calls stay short."""

_WEIGHTS = {
    "motivation": 25,
    "timeline": 25,
    "price_or_finance": 20,
    "authority": 15,
    "has_agent": 15,
}
_WORTH: dict[str, dict[str, float]] = {
    "motivation": {"high": 1.0, "some": 0.6},
    "timeline": {"within_3_months": 1.0, "within_6_months": 0.8, "within_12_months": 0.4},
    "price_or_finance": {"ready": 1.0, "partly": 0.5},
    "authority": {"sole": 1.0, "joint": 0.7},
    "has_agent": {"no": 1.0},
}
_CAP_WHEN_LISTED = 0.5


def score(answers: Mapping[str, str]) -> float:
    """0.0-1.0; an answer that is missing or unknown is worth nothing.

    Weights: motivation .25, timeline .25 (three months 1.0, six .8, twelve .4), price or finance
    .20, authority .15, no agent .15; at most .5 when already with an agent. The dimensions are
    the usual ones of inside sales (motivation, time, finance, authority, exclusivity), the
    weights are the product's own.
    """
    hundredths = sum(
        weight * _WORTH[slot].get(answers.get(slot, ""), 0.0) for slot, weight in _WEIGHTS.items()
    )
    total = round(hundredths / 100, 4)
    return min(total, _CAP_WHEN_LISTED) if answers.get("has_agent") in ("yes", "listed") else total


def next_question(answers: Mapping[str, str]) -> str | None:
    """The first question that is still open; None when all are answered."""
    return next((slot for slot in QUESTION_ORDER if slot not in answers), None)
