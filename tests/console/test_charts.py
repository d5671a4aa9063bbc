"""Charts: where values stand, that what is said in them is escaped, and that nothing inline is in them."""

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest

from ingather.console.charts import (
    LagChart,
    LagLine,
    LimitChart,
    Line,
    Tone,
    TradeChart,
    bar,
    lag_chart,
    limit_chart,
    pareto_step,
    trade_chart,
)
from ingather.console.charts.scale import apart, ticks

_HOSTILE = '"><script>alert(1)</script>'
_DAYS = [date(2026, 10, 1) + timedelta(days=each) for each in range(61)]


def _limit(*lines: Line, label: str = "limit 0.50") -> str:
    return limit_chart(
        LimitChart(
            days=_DAYS, lines=lines, limit=0.5, warn=0.3, limit_label=label, warn_label="we warn 0.30",
            marks=[(_DAYS[31], "Nov")], sentence=f"rate {label}",
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        (0, [0, 1]),
        (0.55, [0, 0.2, 0.4, 0.6]),
        (3.3, [0, 1, 2, 3, 4]),
        (16.5, [0, 5, 10, 15, 20]),
        (100, [0, 20, 40, 60, 80, 100]),
    ],
)
def test_ticks_are_round_and_reach_over_the_highest_value(top: float, expected: list[float]) -> None:
    assert ticks(top) == expected


def test_labels_stand_apart_in_their_order_and_within_the_chart() -> None:
    wanted = [150.0, 151.0, 20.0, 152.0, 149.0]
    placed = apart(wanted, gap=12, least=8, most=152)
    assert [placed[at] for at in sorted(range(5), key=lambda at: wanted[at])] == sorted(placed)
    stood = sorted(placed)
    assert all(after - before >= 12 for before, after in pairwise(stood))
    assert max(placed) <= 152
    assert min(placed) >= 8
    assert apart([], gap=12, least=0, most=10) == []


def test_a_line_ends_at_its_last_value_and_breaks_where_there_is_none() -> None:
    values: list[float | None] = [0.25] * 61
    values[10] = None
    drawn = _limit(Line(label="All 0.25", values=values, tone=Tone.TOTAL))
    pieces = re.findall(r'<polyline class="ln " points="([^"]+)"', drawn)
    assert len(pieces) == 2
    # The scale ends at 0.6: a quarter of a percent is 25/60 of the height of 144 above 152.
    assert pieces[1].split()[-1] == "302.0,92.0"
    assert '<path class="limit" d="M30 32.0H302"/>' in drawn
    assert '<circle class="dot " cx="302" cy="92.0"' in drawn


def test_a_value_far_above_the_limit_stays_within_the_picture() -> None:
    drawn = _limit(Line(label="All", values=[None] * 60 + [12.0], tone=Tone.TOTAL))
    assert all(8 <= float(y) <= 152 for y in re.findall(r'cy="([0-9.]+)"', drawn))


def test_a_chart_without_any_value_is_drawn_with_its_limit_alone() -> None:
    drawn = _limit(Line(label="All", values=[None] * 61, tone=Tone.TOTAL))
    assert "polyline" not in drawn
    assert 'class="limit"' in drawn


def test_the_running_total_of_a_pareto_goes_on_from_row_to_row() -> None:
    first = pareto_step(0.5, before=0.0, after=0.5, following=0.8, kind="bar")
    second = pareto_step(0.3, before=0.5, after=0.8, following=None, kind="bar-k")
    down = re.findall(r'd="M([0-9.]+) 20L([0-9.]+) 40"', first)
    up = re.findall(r'd="M([0-9.]+) 0L([0-9.]+) 20"', second)
    assert down == [("80.0", "104.0")]
    assert up == [("104.0", "128.0")]
    assert 'width="80.0"' in first
    assert " 20L" not in second


def test_a_bar_shows_what_is_there_at_all() -> None:
    assert 'width="1.0"' in bar(0.0001)
    assert 'width="0.0"' in bar(0)
    assert 'width="120.0"' in bar(7)


def _pictures(words: str) -> list[str]:
    lag = LagChart(
        lines=[LagLine(label=words, banking=[0, 50, 90, 95, 96, 97], calendar=[98, 99, 99, 100], kind="dash")],
        later=(15, 30, 45, 61), hold=3, hold_label=words, banking_label=words, days_label=words, sentence=words,
    )  # fmt: skip
    trade = TradeChart(
        lengths=[2, 3], waits=[words, "2.00"], heights=[0.5, 1.0], after=[4.0, 2.0], now=3, chosen=2,
        waits_label=words, after_label=words, now_label=words, sentence=words,
    )  # fmt: skip
    return [
        _limit(Line(label=words, values=[0.1] * 61, tone=Tone.HOT), label=words),
        lag_chart(lag),
        trade_chart(trade),
    ]


def test_what_is_said_in_a_chart_is_escaped_and_nothing_is_inline() -> None:
    for drawn in _pictures(_HOSTILE):
        assert "<script" not in drawn
        assert 'role="img"' in drawn
        assert not re.search(r"\sstyle=|\son[a-z]+=", drawn)
    for drawn in _pictures("hold"):
        assert 'aria-label="' in drawn


def test_the_holds_last_day_is_marked_where_it_is() -> None:
    drawn = _pictures("hold")[1]
    # Three of five banking days of 101 units from 28.
    assert '<path class="holdl" d="M88.6 10V230"/>' in drawn
