"""Charts as inline SVG, drawn on the server: sizes as attributes, colours by class, and a sentence for who hears them.

Each stands beside its numbers in a table; none is the only place where a number can be read.
"""

from ingather.console.charts.bars import bar, pareto_step
from ingather.console.charts.lag import LagChart, LagLine, lag_chart
from ingather.console.charts.limit_lines import LimitChart, Line, Tone, limit_chart
from ingather.console.charts.trade import TradeChart, trade_chart

__all__ = [
    "LagChart",
    "LagLine",
    "LimitChart",
    "Line",
    "Tone",
    "TradeChart",
    "bar",
    "lag_chart",
    "limit_chart",
    "pareto_step",
    "trade_chart",
]
