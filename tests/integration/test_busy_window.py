"""A busy window: the lines stay full, at the account's pace, and never above their number."""

from random import Random

from integration.busy_window import BusyWindow
from integration.house import build


def test_five_lines_are_in_use_97_percent_of_a_busy_window(database: str) -> None:
    numbers = [f"+1212{exchange}{rest:04d}" for exchange in (555, 556) for rest in range(100, 250)]
    house = build(database, numbers, daily_budget="1000", max_attempts=1)
    window = BusyWindow(house, Random(7))
    share = window.run(10 * 60)
    house.close()
    assert window.placed > 30
    assert window.most == 5
    assert share >= 0.97
