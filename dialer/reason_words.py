"""The human words of every reason code: one table, for all faces."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PLAIN = {
    "": "nothing stands against it",
    "attempts_used_up": "all attempts that the campaign allows were made",
    "callback": "the person asked to be called back then",
    "caller_id:busy": "another worker is just dialing from the last free caller id",
    "caller_id:daily_cap": "every caller id of the campaign has made its calls of the day",
    "caller_id:resting": "every caller id of the campaign rests after its last call",
    "caller_id:retired": "every caller id of the campaign is retired; assign another one",
    "budget:call": "the shortest call could cost more than the limit per call",
    "budget:global": "the day's budget of the whole product is used up",
    "consent_missing": "there is no consent on record for an automated call to this number"
    " (47 CFR 64.1200(a))",
    "consent_not_written": "the consent on record is not a written one, which the law asks for"
    " here (47 CFR 64.1200(f)(9))",
    "consent_revoked": "the person took their consent back (47 CFR 64.1200(a)(10))",
    "country_unknown": "nobody can tell which country the number belongs to",
    "dnc_scrub_stale": "the do-not-call files are older than the law allows"
    " (16 CFR 310.4(b)(3)(iv)); import newer ones",
    "erased": "the person asked to be forgotten; the number stays uncallable",
    "in_call": "a call is under way",
    "no_rate": "the rate card has no price for this number, so no cost could be bounded",
    "no_rule": "no calling rule of the number's country is in force",
    "number_without_place": "the number belongs to no place (toll-free and the like), so its"
    " hours are unknown",
    "opted out": "the person said not to call again",
    "too_many_zones": "the number may ring in more than three time zones",
    "zone_unknown": "nobody can tell in which time zone the number rings",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the words can be made of: rules by id with their authority, and a decision's facts."""

    authorities: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    campaign: str = ""

    @classmethod
    def of(
        cls, rules: Sequence[Mapping[str, Any]], facts: Mapping[str, Any], campaign: str = ""
    ) -> "Told":
        """From a decision's rules (id, authority) and facts; `campaign` says how it stands."""
        return cls({one["id"]: one["authority"] for one in rules}, facts, campaign)

    def authority(self, rule_id: str) -> str:
        """Who says so: the statute or regulation, else the rule's id."""
        return self.authorities.get(rule_id, "") or f"rule {rule_id}"


def in_words(reason: str, told: Told | None = None) -> str:
    """A reason code (`outside_window:us-fl:America/New_York`) as a person would say it."""
    told = told or Told()
    if reason in PLAIN:
        return PLAIN[reason]
    head, _, rest = reason.partition(":")
    if head in _WITH_ARGUMENT:
        return _WITH_ARGUMENT[head](rest, told)
    return reason.replace("_", " ").replace(":", " ")


def _outside(rest: str, told: Told) -> str:
    rule_id, zone = _rule_and_zone(rest)
    return f"outside the hours of {told.authority(rule_id)} in {zone}"


def _holiday(rest: str, told: Told) -> str:
    rule, zone = _rule_and_zone(rest)
    rule_id, _, name = rule.rpartition(":")
    return f"{name} is a holiday on which {told.authority(rule_id)} allows no call, in {zone}"


def _cap(rest: str, told: Told) -> str:
    caps = [cap for cap in told.facts.get("caps", ()) if cap["rule"] == rest]
    most = " or ".join(f"{cap['count']} in {cap['hours']} hours" for cap in caps)
    return f"dialed as often as {told.authority(rest)} allows" + (f" ({most})" if most else "")


def _suppressed(_: str, told: Told) -> str:
    source = told.facts.get("suppression")
    return "the number is on the suppression list" + (f": {source}" if source else "")


def _rule_and_zone(rest: str) -> tuple[str, str]:
    """Rule ids may hold colons (`campaign:7`), zones never do."""
    rule_id, _, zone = rest.rpartition(":")
    return rule_id, zone


_WITH_ARGUMENT: dict[str, Callable[[str, Told], str]] = {
    "outside_window": _outside,
    "holiday": _holiday,
    "cap": _cap,
    "suppressed": _suppressed,
    "campaign_not_running": lambda _, told: told.campaign or "the campaign is not running",
    "budget": lambda _, told: "the campaign's budget of the day is used up",
    "hard_block": lambda rest, told: f"{told.authority(rest)} forbids such calls altogether",
    "rule_unreadable": lambda rest, _: (
        f"rule {rest} cannot be read, so nothing may be called"
        " under it; `dialer rules check` says what is wrong"
    ),
    "rule_unconfirmed": lambda rest, told: (
        f"rule {rest} ({told.authority(rest)}) is of doubtful"
        " source and no operator has confirmed it"
    ),
}
