"""Rates as lines against their limit: the total thick, a slice above our warning in attention, the limit in danger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from markupsafe import Markup, escape

from ingather.console.charts.scale import apart, plain, ticks

_LEFT, _RIGHT, _TOP, _BOTTOM, _LABELS = 30.0, 302.0, 8.0, 152.0, 312.0
_GAP = 12.5
_MOVED = 2.0


class Tone(StrEnum):
    """How a line is drawn: the total, one above our warning, or one of the others."""

    TOTAL = ""
    HOT = "hot"
    THIN = "thin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: its label, and its value on each day in percent, None where there is none."""

    label: str
    values: Sequence[float | None]
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitChart:
    """Lines over days, with the limit and our warning, where there is one, in percent.

    ``marks`` are the days below the axis, each with its words; ``sentence`` says it all to who sees no picture.
    """

    days: Sequence[date]
    lines: Sequence[Line]
    limit: float
    warn: float | None
    limit_label: str
    warn_label: str
    marks: Sequence[tuple[date, str]]
    sentence: str


def limit_chart(chart: LimitChart) -> Markup:
    """Return the picture."""
    highest = max([chart.limit * 1.1, *(value for line in chart.lines for value in line.values if value is not None)])
    steps = ticks(highest)
    top = steps[-1]
    parts = [_axes(chart, steps)]
    if chart.warn is not None:
        parts.append(Markup('<path class="warn" d="M30 {0}H302"/>').format(_number(_y(chart.warn, top))))
    parts.append(Markup('<path class="limit" d="M30 {0}H302"/>').format(_number(_y(chart.limit, top))))
    # The total is drawn last, over the others.
    parts += [_drawn(line, top) for line in sorted(chart.lines, key=lambda each: each.tone is Tone.TOTAL)]
    parts.append(_labels(chart, top))
    return Markup('<svg class="chart" viewBox="0 0 394 172" role="img" aria-label="{}">{}</svg>').format(
        chart.sentence, Markup("").join(parts)
    )


def _axes(chart: LimitChart, steps: Sequence[float]) -> Markup:
    parts = [
        Markup('<path class="grid-l" d="M30 {0}H302"/><text x="24" y="{1}" text-anchor="end">{2}</text>').format(
            _number(_y(step, steps[-1])), _number(_y(step, steps[-1]) + 4), plain(step)
        )
        for step in steps
    ]
    where = {day: at for at, day in enumerate(chart.days)}
    for day, words in chart.marks:
        x = _number(_x(where[day], len(chart.days)))
        parts.append(Markup('<path class="axis" d="M{0} 152v4"/><text x="{0}" y="169">{1}</text>').format(x, words))
    parts.append(Markup('<path class="axis" d="M30 152H302"/>'))
    return Markup("").join(parts)


def _drawn(line: Line, top: float) -> Markup:
    points: list[str] = []
    pieces: list[Markup] = []

    def end() -> None:
        if points:
            pieces.append(Markup('<polyline class="ln {}" points="{}"/>').format(line.tone, " ".join(points)))
            points.clear()

    for at, value in enumerate(line.values):
        if value is None:
            end()
        else:
            points.append(f"{_x(at, len(line.values)):.1f},{_y(value, top):.1f}")
    end()
    last = line.values[-1] if line.values else None
    if last is not None and line.tone is not Tone.THIN:
        pieces.append(
            Markup('<circle class="dot {}" cx="302" cy="{}" r="2.5"/>').format(line.tone, _number(_y(last, top)))
        )
    return Markup("").join(pieces)


def _labels(chart: LimitChart, top: float) -> Markup:
    said = [("limit-t", chart.limit_label, _y(chart.limit, top))]
    if chart.warn is not None:
        said.append(("warn-t", chart.warn_label, _y(chart.warn, top)))
    classes = {Tone.TOTAL: "strong", Tone.HOT: "hot-t", Tone.THIN: "lab"}
    said += [
        (classes[line.tone], line.label, _y(line.values[-1], top))
        for line in chart.lines
        if line.values and line.values[-1] is not None
    ]
    placed = apart([y for *_, y in said], gap=_GAP, least=_TOP, most=_BOTTOM)
    parts = []
    for (kind, label, y), at in zip(said, placed, strict=True):
        if abs(at - y) > _MOVED:
            lead = Markup('<path class="axis" d="M304 {0}L310 {1}" fill="none"/>')
            parts.append(lead.format(_number(y), _number(at)))
        parts.append(Markup('<text class="{}" x="312" y="{}">{}</text>').format(kind, _number(at + 4), escape(label)))
    return Markup("").join(parts)


def _x(at: int, count: int) -> float:
    return _LEFT + (_RIGHT - _LEFT) * (at / (count - 1) if count > 1 else 1)


def _y(value: float, top: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * min(value / top, 1)


def _number(value: float) -> str:
    return f"{value:.1f}"
