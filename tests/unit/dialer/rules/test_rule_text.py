"""Rules as text: what is read, and how what cannot be read is refused."""

from typing import Any

import pytest

from dialer import rule_pack
from dialer.calling_rules import rule_of
from dialer.errors import InputError
from dialer.models import CallingRule
from dialer.rules.law import WEEKDAYS
from dialer.rules.rule_text import COLUMNS, Unreadable, content

ROW = {
    "id": "us-xx",
    "jurisdiction": "US-TX",
    "call_class": "any",
    "mon_fri": "10:00-13:00;14:00-24:00",
    "sat": "09:00-17:00",
    "sun": "none",
    "holidays": "none",
    "attempt_cap": "3 per 24h; 4 per 30 days",
    "hard_block": "no",
    "confidence": "high",
}


def stored(**changes: Any) -> CallingRule:
    return CallingRule(
        **{**content(ROW), **changes}, version=1, confirmed_by="", reason=rule_pack.PACK
    )


def test_a_row_is_read() -> None:
    rule = rule_of(stored())
    assert not rule.fault
    assert [str(window) for window in rule.hours[0]] == ["10:00-13:00", "14:00-24:00"]
    assert rule.hours[5:] == (rule.hours[5], ())
    assert rule.holiday_hours == ()
    assert [(cap.count, cap.hours) for cap in rule.caps] == [(3, 24), (4, 720)]


@pytest.mark.parametrize(
    "column, text",
    [
        ("id", "US XX"),
        ("jurisdiction", "Texas"),
        ("call_class", "robot"),
        ("mon_fri", "8-21"),
        ("mon_fri", "08:00-24:30"),
        ("mon_fri", "21:00-08:00"),
        ("mon_fri", "10:00-14:00;13:00-20:00"),
        ("sat", ""),
        ("holidays", "closed"),
        ("attempt_cap", "three a day"),
        ("attempt_cap", "0 per 24h"),
        ("hard_block", "maybe"),
        ("consent", "verbal"),
        ("recording", "always"),
        ("scrub_days", "0"),
        ("effective_from", "18 Oct 2026"),
        ("effective_to", "1999-01-01"),
        ("confidence", "sure"),
    ],
)
def test_a_fault_names_its_column_and_a_remedy(column: str, text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        content({**ROW, column: text})
    assert caught.value.column == column
    assert caught.value.remedy


def test_a_faulty_row_is_left_out_and_the_rest_goes_on() -> None:
    rows = [ROW, {**ROW, "id": "us-yy", "sat": "late"}, ROW, {**ROW, "id": "us-zz"}]
    lines = [
        ",".join(COLUMNS),
        *(",".join(row.get(column, "") for column in COLUMNS) for row in rows),
    ]
    pack = rule_pack.read(lines)
    assert set(pack.rules) == {"us-xx", "us-zz"}
    assert [(fault.line, fault.column) for fault in pack.faults] == [(3, "sat"), (4, "id")]


def test_a_file_without_the_columns_is_refused_whole() -> None:
    with pytest.raises(InputError, match="no column jurisdiction"):
        rule_pack.read(["id,sat", "us-xx,none"])


@pytest.mark.parametrize(
    "changes",
    [
        {"hours": {}},
        {"hours": {"mon": ["08:00-21:00"]}},
        {"hours": "always"},
        {"hours": {day: ["8 to 9"] for day in WEEKDAYS}},
        {"holidays": "none"},
        {"holidays": ["10:00"]},
        {"caps": [{"count": 0, "hours": 24}]},
        {"caps": [{"count": True, "hours": 24}]},
        {"caps": {"count": 3}},
    ],
)
def test_a_stored_rule_that_cannot_be_read_says_so_and_opens_nothing(
    changes: dict[str, Any],
) -> None:
    rule = rule_of(stored(**changes))
    assert rule.fault
    assert rule.hours == ((),) * 7


def test_a_rule_for_no_known_place_closes_every_place() -> None:
    rule = rule_of(stored(jurisdiction="Texas"))
    assert (rule.jurisdiction, bool(rule.fault)) == ("*", True)


def test_the_shipped_pack_holds_the_35_rules_of_hours_and_can_be_read() -> None:
    rules = rule_pack.shipped()
    assert len(rules) >= 36
    read = [rule_of(CallingRule(**one, version=1, confirmed_by="")) for one in rules.values()]
    assert not [rule.rule_id for rule in read if rule.fault]
    assert {rule.rule_id for rule in read if not rule.confirmed} == {
        "us-in",
        "us-pa-2026",
        "fr-fed",
        "fr-auto",
        "fr-opt-in",
        "uk-code",
        "uk-pecr-auto",
        "uk-tps",
    }


def test_the_first_preset_lies_inside_every_row_of_the_united_states_but_one() -> None:
    rules = {rule.id: rule_of(rule) for rule in _shipped()}
    preset = rules["preset"]
    for rule in rules.values():
        if not rule.jurisdiction.startswith("US") or rule.rule_id == "us-wa-auto":
            continue
        for day in range(7):
            for window in preset.hours[day]:
                low, high = window.micros()
                outer = [one.micros() for one in rule.hours[day]]
                assert any(start <= low and high <= end for start, end in outer), rule.rule_id


def _shipped() -> list[CallingRule]:
    return [CallingRule(**one, version=1, confirmed_by="") for one in rule_pack.shipped().values()]
