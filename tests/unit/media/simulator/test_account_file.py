"""The account's YAML: what it says reaches the account, and mistakes are told where they stand."""

from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path

import pytest

from media.simulator.account import Account
from media.simulator.account_file import read
from media.simulator.people.marked_yaml import ScenarioError

EVERYTHING = """
verified: ["+15055550100"]
blocked: ["+12125550199"]
countries: ["+1", "+44"]
trial: true
limit_fails_call: true
cps: 2.5
max_calls: 3
queue_hours: 1
per_minute: 0.0140
per_minute_by_prefix: {"+1907": 0.0900, "+44": 0.0200, "+4474": 0.0300}
balance: 12.50
keys: {SKb2: key secret}
"""


def account(tmp_path: Path, text: str) -> Account:
    path = tmp_path / "account.yaml"
    path.write_text(text)
    return replace(Account("AC1", "secret", frozenset({"+13125550100"})), **read(path))


def test_what_the_file_says_reaches_the_account(tmp_path):
    got = account(tmp_path, EVERYTHING)
    assert (got.cps, got.max_calls, got.trial, got.limit_fails_call) == (2.5, 3, True, True)
    assert got.verified == {"+15055550100"} and got.countries == ("+1", "+44")
    assert got.balance == Decimal("12.50") and got.keys == {"SKb2": "key secret"}
    assert got.rate("+442071838750") == Decimal("0.0200")
    assert got.rate("+447400123456") == Decimal("0.0300")
    assert got.rate("+12125550123") == Decimal("0.0140")


def test_what_it_does_not_say_keeps_its_default(tmp_path):
    plain = Account("AC1", "secret", frozenset({"+13125550100"}))
    for one in fields(Account):
        assert getattr(account(tmp_path, ""), one.name) == getattr(plain, one.name)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("blockd: []", ["line 1", "blockd", "did you mean blocked"]),
        ("cps: 1\nverified: ['12125550123']", ["line 2", "verified[1]", "E.164"]),
        ("per_minute: free", ["line 1", "per_minute", "US dollars"]),
        ("balance: -1", ["balance", "between"]),
        ("per_minute_by_prefix: {Alaska: 0.09}", ["per_minute_by_prefix.Alaska", "prefix"]),
        ("cps: 0", ["cps", "between"]),
        ("trial: maybe", ["trial", "true or false"]),
        ("countries: +1", ["countries", "list"]),
    ],
)
def test_mistakes_are_told_with_line_and_key(tmp_path, text, words):
    with pytest.raises(ScenarioError) as caught:
        account(tmp_path, text)
    for word in words:
        assert word in str(caught.value)
