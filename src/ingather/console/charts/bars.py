"""Bars inside tables: a quantity on a shared scale, and the steps of a running total over the rows of a Pareto."""

from markupsafe import Markup

_WIDE, _HIGH = 160.0, 40.0
_DOT = 1.8


def bar(share: float, *, kind: str = "bar", width: int = 120, height: int = 10) -> Markup:
    """Return a bar of a share of its scale, 0 to 1; what is there at all is at least a pixel wide."""
    long = max(min(share, 1.0) * width, 1.0) if share > 0 else 0.0
    return Markup(
        '<svg class="chart" width="{0}" height="{1}" viewBox="0 0 {0} {1}" aria-hidden="true">'
        '<rect class="{2}" width="{3}" height="{1}"/></svg>'
    ).format(width, height, kind, f"{long:.1f}")


def pareto_step(share: float, *, before: float, after: float, following: float | None, kind: str) -> Markup:
    """Return one row of a Pareto: its own bar, and the running total from the row above to the row below.

    Shares are 0 to 1 of all; ``after`` is the running total with this row, ``following`` with the next, None for none.
    """
    x, mid = after * _WIDE, _HIGH / 2
    parts = [
        Markup('<rect class="{}" y="12" width="{}" height="16"/>').format(
            kind, f"{max(share * _WIDE, 1.0 if share else 0.0):.1f}"
        )
    ]
    if before > 0:
        parts.append(_line((before * _WIDE + x) / 2, 0.0, x, mid))
    if following is not None:
        parts.append(_line(x, mid, (x + following * _WIDE) / 2, _HIGH))
    parts.append(Markup('<circle class="pd" cx="{}" cy="20" r="{}"/>').format(f"{x:.1f}", _DOT))
    return Markup('<svg class="chart" width="160" height="40" viewBox="0 0 160 40" aria-hidden="true">{}</svg>').format(
        Markup("").join(parts)
    )


def _line(x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<path class="pl" d="M{} {}L{} {}"/>').format(f"{x1:.1f}", f"{y1:.0f}", f"{x2:.1f}", f"{y2:.0f}")
