"""Where values stand on a chart: ticks of round numbers, numbers as the markup writes them, labels that do not meet."""

from collections.abc import Sequence

_STEPS = (1, 2, 5)
_MOST_TICKS = 5


def ticks(top: float) -> list[float]:
    """Return round values from 0 through the first one that is not below ``top``, at most six of them."""
    if top <= 0:
        return [0.0, 1.0]
    power = -6
    while True:
        for step in _STEPS:
            size = step * 10.0**power
            if top / size <= _MOST_TICKS:
                count = int(-(-top // size))
                return [round(size * each, 8) for each in range(count + 1)]
        power += 1


def plain(value: float) -> str:
    """Return a coordinate or a tick without zeros that say nothing."""
    return f"{value:.1f}".rstrip("0").rstrip(".") if abs(value) >= 1 or value == 0 else f"{value:.4f}".rstrip("0")


def apart(wanted: Sequence[float], *, gap: float, least: float, most: float) -> list[float]:
    """Return where labels stand so that none meets another: in their order, as near to ``wanted`` as may be."""
    order = sorted(range(len(wanted)), key=lambda each: wanted[each])
    placed: list[float] = []
    for at in order:
        placed.append(max(wanted[at], placed[-1] + gap if placed else least))
    over = placed[-1] - most if placed else 0.0
    ceiling = most
    if over > 0:
        for at in reversed(range(len(placed))):
            placed[at] = max(min(placed[at], ceiling), least + gap * at)
            ceiling = placed[at] - gap
    found = [0.0] * len(wanted)
    for at, value in zip(order, placed, strict=True):
        found[at] = value
    return found
