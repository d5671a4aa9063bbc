"""Clocks of banking days: what has gone, which day is today's, what is left, and what is over."""

from datetime import date

import pytest

from ingather.console.clock_strip import Cell, clock_of

TODAY = date(2026, 11, 25)
"""A Wednesday; Thursday the 26th is Thanksgiving."""
PAST, NOW, HOT, LEFT, OVER = Cell.PAST, Cell.NOW, Cell.HOT, Cell.LEFT, Cell.OVER


@pytest.mark.parametrize(
    ("opened", "due", "day", "of", "left", "cells"),
    [
        ("2026-11-16", "2026-11-24", 7, 6, -1, (PAST,) * 6 + (OVER,)),
        ("2026-11-18", "2026-11-25", 5, 5, 0, (PAST,) * 4 + (HOT,)),
        ("2026-11-24", "2026-11-27", 1, 2, 1, (NOW, LEFT)),
        ("2026-11-16", "2026-12-01", 7, 10, 3, (PAST,) * 6 + (NOW,) + (LEFT,) * 3),
        ("2026-11-25", "2026-12-03", 0, 5, 5, (LEFT,) * 5),
        ("2026-11-25", "2026-11-25", 1, 1, 0, (HOT,)),
    ],
)
def test_a_clock_counts_banking_days_after_its_first(
    opened: str, due: str, day: int, of: int, left: int, cells: tuple[Cell, ...]
) -> None:
    clock = clock_of(opened, due, TODAY)
    assert clock is not None
    assert (clock.day, clock.of, clock.left, clock.cells) == (day, of, left, cells)


def test_closed_days_stand_among_the_dates_and_no_weekend_does() -> None:
    clock = clock_of("2026-11-24", "2026-12-01", TODAY)
    assert clock is not None
    assert [(each.on.day, each.cell) for each in clock.days] == [
        (25, NOW), (26, Cell.SHUT), (27, LEFT), (30, LEFT), (1, Cell.END)
    ]  # fmt: skip
    assert [each.weekday("zh") for each in clock.days][:2] == ["三", "四"]


def test_a_long_clock_is_one_bar_and_none_is_none() -> None:
    clock = clock_of(date(2026, 11, 20), date(2027, 1, 19), TODAY)
    assert clock is not None
    assert (clock.days, clock.left, clock.tone) == ((), 35, "")
    assert clock_of(TODAY, None, TODAY) is None
    over = clock_of("2026-11-16", "2026-11-24", TODAY)
    assert over is not None
    assert over.tone == "dan"
