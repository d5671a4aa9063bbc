"""What a hold trades: above, the share of returns that come after each length; below, the money that waits for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_LEFT, _RIGHT = 12.0, 568.0
_LINE_TOP, _LINE_BOTTOM, _BARS_TOP, _BARS_BOTTOM = 34.0, 96.0, 142.0, 214.0
_BAR = 28.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeChart:
    """Shares and sums by the length of a hold; ``now`` and ``chosen`` are marked.

    ``after`` are shares in percent of all returns, ``waits`` the words of sums whose ``heights`` are 0 to 1.
    """

    lengths: Sequence[int]
    waits: Sequence[str]
    heights: Sequence[float]
    after: Sequence[float]
    now: int
    chosen: int
    waits_label: str
    after_label: str
    now_label: str
    sentence: str


def trade_chart(chart: TradeChart) -> Markup:
    """Return the picture."""
    parts = [
        Markup('<text class="lab" x="12" y="10">{}</text><text class="lab" x="12" y="124">{}</text>').format(
            chart.after_label, chart.waits_label
        ),
        Markup('<path class="grid-l" d="M12 96H568"/><path class="axis" d="M12 214H568"/>'),
        _line(chart),
    ]
    for at, length in enumerate(chart.lengths):
        x, tall = _x(at, len(chart.lengths)), (_BARS_BOTTOM - _BARS_TOP) * chart.heights[at]
        marked = length in {chart.now, chart.chosen}
        kind = "bar-info" if length == chart.chosen else "bar-m" if length == chart.now else "bar"
        parts.append(
            Markup('<rect class="{}" x="{}" y="{}" width="28" height="{}"/>').format(
                kind, f"{x - _BAR / 2:.1f}", f"{_BARS_BOTTOM - tall:.1f}", f"{tall:.1f}"
            )
        )
        if marked:
            parts.append(_words(x, _BARS_BOTTOM - tall - 5, chart.waits[at], "strong"))
        words = f"{length}, {chart.now_label}" if length == chart.now else str(length)
        parts.append(_words(x, 230, words, "strong" if marked else "lab"))
    return Markup('<svg class="chart" viewBox="0 0 580 236" role="img" aria-label="{}">{}</svg>').format(
        chart.sentence, Markup("").join(parts)
    )


def _line(chart: TradeChart) -> Markup:
    high = max([*chart.after, 1.0])
    points = [
        (_x(at, len(chart.lengths)), _LINE_BOTTOM - (_LINE_BOTTOM - _LINE_TOP) * share / high)
        for at, share in enumerate(chart.after)
    ]
    parts = [Markup('<polyline class="ln" points="{}"/>').format(" ".join(f"{x:.1f},{y:.1f}" for x, y in points))]
    for (x, y), share in zip(points, chart.after, strict=True):
        parts.append(Markup('<circle class="dot" cx="{}" cy="{}" r="2.5"/>').format(f"{x:.1f}", f"{y:.1f}"))
        parts.append(_words(x + 4, y - 7, f"{share:.1f}", "strong"))
    return Markup("").join(parts)


def _words(x: float, y: float, words: str, kind: str) -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="middle">{}</text>').format(
        kind, f"{x:.1f}", f"{y:.1f}", words
    )


def _x(at: int, count: int) -> float:
    return _LEFT + (_RIGHT - _LEFT) * (at + 0.5) / count
