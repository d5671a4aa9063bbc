"""How late returns come, as a cumulative curve: banking days at the left, calendar days behind the break."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from ingather.console.charts.scale import apart

_LEFT, _TOP, _BOTTOM, _BREAK, _RIGHT = 28.0, 10.0, 230.0, 129.0, 230.0
_BANKING, _FIRST_LATER, _CALENDAR = 5, 7, 61


@dataclass(frozen=True, slots=True, kw_only=True)
class LagLine:
    """One line: ``banking`` is the share in percent by banking day 0 to 5, ``calendar`` by the days of the chart."""

    label: str
    banking: Sequence[float]
    calendar: Sequence[float]
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LagChart:
    """Cumulative shares; ``hold`` is the last banking day of the hold, ``later`` the calendar days after the break."""

    lines: Sequence[LagLine]
    later: Sequence[int]
    hold: int
    hold_label: str
    banking_label: str
    days_label: str
    sentence: str


def lag_chart(chart: LagChart) -> Markup:
    """Return the picture."""
    held = _x_banking(min(chart.hold, _BANKING))
    parts = [Markup('<rect class="zone" x="28" y="10" width="{}" height="220"/>').format(f"{held - _LEFT:.1f}")]
    for share in (0, 25, 50, 75, 100):
        y = _y(share)
        parts.append(
            Markup('<path class="grid-l" d="M28 {0}H230"/><text x="22" y="{1}" text-anchor="end">{2}</text>').format(
                f"{y:.1f}", f"{y + 4:.1f}", share
            )
        )
    parts += [_tick(_x_banking(day), str(day)) for day in (1, 2, 3, 5)]
    parts += [_tick(_x_calendar(day), str(day)) for day in (30, 61)]
    parts += [
        Markup('<text x="78.5" y="258" text-anchor="middle">{}</text>').format(chart.banking_label),
        Markup('<text x="179.5" y="258" text-anchor="middle">{}</text>').format(chart.days_label),
        Markup('<path class="axis" d="M28 230H230"/><path class="brk" d="M136 226l-2 8m6 -8l-2 8"/>'),
        Markup('<path class="holdl" d="M{0} 10V230"/><text class="lab" x="{1}" y="222">{2}</text>').format(
            f"{held:.1f}", f"{held + 5:.1f}", escape(chart.hold_label)
        ),
    ]
    parts += [_line(line, chart.later) for line in chart.lines]
    parts.append(_labels(chart))
    return Markup('<svg class="chart" viewBox="0 0 300 262" role="img" aria-label="{}">{}</svg>').format(
        chart.sentence, Markup("").join(parts)
    )


def _line(line: LagLine, later: Sequence[int]) -> Markup:
    points = [(_x_banking(day), _y(share)) for day, share in enumerate(line.banking)]
    points += [(_x_calendar(day), _y(share)) for day, share in zip(later, line.calendar, strict=True)]
    return Markup('<polyline class="ln {}" points="{}"/>').format(
        line.kind, " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    )


def _labels(chart: LagChart) -> Markup:
    """Return the names of the lines at their ends, in the order in which they stood at the hold."""
    ordered = sorted(chart.lines, key=lambda line: -line.banking[min(chart.hold, _BANKING)])
    placed = apart([_y(100.0)] * len(ordered), gap=13, least=_TOP, most=_BOTTOM)
    parts = [
        Markup('<text class="{}" x="236" y="{}">{}</text>').format(
            "lab" if line.kind else "strong", f"{y + 4:.1f}", escape(line.label)
        )
        for line, y in zip(ordered, placed, strict=True)
    ]
    return Markup("").join(parts)


def _tick(x: float, words: str) -> Markup:
    return Markup('<path class="axis" d="M{0} 230v4"/><text x="{0}" y="245" text-anchor="middle">{1}</text>').format(
        f"{x:.1f}", words
    )


def _x_banking(day: int) -> float:
    return _LEFT + (_BREAK - _LEFT) * day / _BANKING


def _x_calendar(day: int) -> float:
    share = (min(day, _CALENDAR) - _FIRST_LATER) / (_CALENDAR - _FIRST_LATER)
    return 140.0 + (_RIGHT - 140.0) * share


def _y(share: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * share / 100
