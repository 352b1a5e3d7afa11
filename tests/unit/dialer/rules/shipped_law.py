"""The law as the product ships it, as a value and without a database."""

from dialer import rule_pack
from dialer.calling_rules import rule_of
from dialer.models import CallingRule
from dialer.rules.holiday import Calendar
from dialer.rules.law import Law


def shipped_law() -> Law:
    """Version 1 of every shipped rule and the states' own days."""
    rows = [
        CallingRule(**rule, version=1, confirmed_by="", reason=rule_pack.PACK)
        for rule in rule_pack.shipped().values()
    ]
    days = {(day.jurisdiction, day.day): day.name for day in rule_pack.shipped_days()}
    return Law(tuple(rule_of(row) for row in rows), Calendar(days))
