"""The form of `make bench`: what its JSON says of each figure, and that every part can run."""

import json
import math
from importlib import import_module
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tests.bench.__main__ import PARTS, table
from tests.bench.figure import Figure, as_json, quantile

ALONE = {"part", "name", "value", "unit", "better", "target"}
FIGURES = [
    Figure("audio", "codec p50", 3.5, "us", "lower"),
    Figure("audio", "codec p99", 4.25, "us", "lower", 10, "audioop", 0.5),
    Figure("imports", "rows", 31_000.0, "rows/s", "higher", 30_000),
]


def test_the_file_is_a_list_of_objects_with_the_agreed_names() -> None:
    codec, beside, rows = json.loads(as_json(FIGURES))
    assert codec.keys() == ALONE and codec["target"] is None
    assert beside.keys() == ALONE | {"rival", "rival_value"}
    assert (beside["value"], beside["target"], beside["rival_value"]) == (4.25, 10, 0.5)
    assert rows == {
        "part": "imports",
        "name": "rows",
        "value": 31_000.0,
        "unit": "rows/s",
        "better": "higher",
        "target": 30_000,
    }


def test_a_figure_that_is_no_number_is_not_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        as_json([Figure("audio", "broken", math.nan, "us", "lower")])


def test_better_is_higher_or_lower() -> None:
    assert set(get_args(get_type_hints(Figure)["better"])) == {"higher", "lower"}


@given(value=st.floats(0, 1e9), target=st.floats(0, 1e9))
def test_a_target_is_met_from_its_good_side(value: float, target: float) -> None:
    lower = Figure("p", "n", value, "us", "lower", target)
    higher = Figure("p", "n", value, "us", "higher", target)
    assert lower.met is (value <= target)
    assert higher.met is (value >= target)
    assert Figure("p", "n", value, "us", "lower").met is None


@given(st.lists(st.floats(0, 1e9), min_size=1), st.sampled_from([0.0, 0.5, 0.95, 0.99]))
def test_a_quantile_is_a_value_with_so_many_below(values: list[float], share: float) -> None:
    found = quantile(values, share)
    assert found in values
    assert sum(value < found for value in values) <= share * len(values)
    assert sum(value <= found for value in values) >= share * len(values)


def test_the_table_names_value_target_and_rival() -> None:
    console = Console(width=150)
    with console.capture() as shown:
        console.print(table(FIGURES))
    text = shown.get()
    assert "31,000" in text and "30,000" in text
    assert "audioop: 0.5" in text and "4.25" in text


@pytest.mark.parametrize("part", PARTS)
def test_every_part_can_be_imported_and_measures(part: str) -> None:
    assert callable(import_module(f"tests.bench.{part}").measure)
