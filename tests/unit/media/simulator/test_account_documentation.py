"""The documentation of the account file names every key, with the default that it really has."""

import re
from dataclasses import replace
from pathlib import Path

from media.simulator.account import Account
from media.simulator.account_file import KEYS, read

PAGE = (Path(__file__).parents[4] / "docs/carrier-twin.md").read_text()
PLAIN = Account("AC1", "secret", frozenset())


def rows():
    for names, default in re.findall(r"^\| (`.+?`) \| .+? \| (.+?) \|$", PAGE, re.MULTILINE):
        keys = re.findall(r"`(\w+)`", names)
        values = default.split(", ") if len(keys) > 1 and "," in default else [default] * len(keys)
        yield from zip(keys, values, strict=True)


def test_every_key_is_documented_with_its_default():
    documented = dict(rows())
    assert documented.keys() == KEYS
    for key in ("trial", "suspended", "limit_fails_call"):
        assert documented[key] == str(getattr(PLAIN, key)).lower()
    numbers = [key for key, text in documented.items() if re.fullmatch(r"[\d.]+", text)]
    assert len(numbers) == 9
    for key in numbers:
        assert float(documented[key]) == float(getattr(PLAIN, key)), key


def test_the_example_is_read(tmp_path):
    [example] = re.findall(r"```yaml\n(.+?)```", PAGE, re.DOTALL)
    path = tmp_path / "account.yaml"
    path.write_text(example)
    account = replace(PLAIN, **read(path))
    assert account.trial and str(account.balance) == "12.50"
