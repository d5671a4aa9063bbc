"""Return rates: each against its limit over sixty days; why debits come back, how late, and from which banks."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup
from starlette.responses import Response

from ingather.console.charts import LagChart, LagLine, LimitChart, Line, Tone, lag_chart, limit_chart, pareto_step
from ingather.console.pages import Pages
from ingather.console.rate_parts import (
    KINDS,
    LATER,
    CodeRow,
    Lag,
    Measured,
    SliceRow,
    Standing,
    codes_counting,
    codes_of,
    lag_shown,
    measured,
    percents,
    standing,
    weeks_of,
)
from ingather.console.rate_sheets import sheet_of
from ingather.console.visits import Visit
from ingather.domain.users import Permission
from ingather.rules.rates import Level, Method, Rate, RateLimit, ReturnRate, Slice

pages = Pages("Rates")
NAMES = {Rate.UNAUTHORIZED: "Unauthorized", Rate.ADMINISTRATIVE: "Administrative", Rate.OVERALL: "Overall"}
_LINES, _SLICES, _CODES, _BANKS, _SHADES = 3, 100, 11, 10, 5
_BARS = {Rate.OVERALL: "bar", Rate.ADMINISTRATIVE: "bar-m", Rate.UNAUTHORIZED: "bar-k"}
_HUNDRED, _WHOLE = 100, 10_000
_FITS = 12
"""How many letters of a name fit beside a chart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One rate with its limit, its codes, how it stands, how many returns it is over, and its line."""

    limit: RateLimit
    name: str
    codes: Sequence[str]
    rate: ReturnRate | None
    over: int
    chart: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class ParetoRow:
    """A row of the Pareto; several codes together have no next step."""

    row: CodeRow
    codes: Sequence[str]
    bar: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class BankRow:
    """A bank with what came back from it by week, each with its shade of five."""

    routing: str
    cells: Sequence[tuple[int, int]]
    count: int
    cents: int


@pages.get("/rates", needs=Permission.RETURNS_READ)
def show_rates(visit: Visit) -> Response:
    """Show the rates of the window that ends today."""
    by, method = by_of(visit), method_of(visit)
    found = measured(visit)
    stands, lag = standing(visit, found, by=by, method=method), lag_shown(visit, found)
    return visit.show(
        "rates/rates.html",
        found=found,
        by=by,
        method=method,
        span=f"from={found.first}&to={found.last}",
        pictures=[_picture(visit, found, stands, limit, rate) for limit, rate in stands.totals],
        slices=_listed(stands.slices),
        more_slices=max(len(stands.slices) - _SLICES, 0),
        codes=_pareto(codes_of(found)),
        lag=lag,
        lag_picture=_lag_picture(visit, found, lag),
        kinds=KINDS,
        later=LATER,
        weeks=[_week(visit, each) for each in weeks_of(found)],
        banks=_banks(found),
        unmatched=found.history.unmatched,
        counting={rate: ",".join(codes_counting(rate, found.last)) for rate in Rate if rate is not Rate.NONE},
        Rate=Rate,
    )


@pages.get("/rates/slices.csv", needs=Permission.RETURNS_READ)
@pages.get("/rates/days.csv", needs=Permission.RETURNS_READ)
@pages.get("/rates/codes.csv", needs=Permission.RETURNS_READ)
@pages.get("/rates/lag.csv", needs=Permission.RETURNS_READ)
@pages.get("/rates/banks.csv", needs=Permission.RETURNS_READ)
def give_numbers(visit: Visit) -> Response:
    """Give the numbers of a part of the screen as CSV: its slices, days, codes, lag or banks."""
    part = visit.request.url.path.removeprefix("/rates/").removesuffix(".csv")
    sheet = sheet_of(part, measured(visit), by=by_of(visit), method=method_of(visit))
    return visit.csv(sheet.name, sheet.head, sheet.rows)


def by_of(visit: Visit) -> Slice:
    """Return how the debits are sliced: by merchant unless asked otherwise."""
    asked = visit.asked.get("by", "")
    return Slice(asked) if asked in {Slice.MERCHANT, Slice.SEC, Slice.COMPANY} else Slice.MERCHANT


def method_of(visit: Visit) -> Method:
    """Return what returns are divided by: the first denominator of the Rules unless asked otherwise."""
    asked = visit.asked.get("method", "")
    return Method(asked) if asked in {*Method} else Method.PERIOD


def _picture(visit: Visit, found: Measured, stands: Standing, limit: RateLimit, rate: ReturnRate | None) -> Picture:
    whole, parts = stands.whole[limit.rate], stands.parts[limit.rate]
    lines = [
        _line(
            row.name,
            percents(parts, row.key),
            row.rates[limit.rate],
            Tone.HOT if _is_hot(row.rates[limit.rate]) else Tone.THIN,
        )
        for row in _drawn(stands.slices, limit.rate)
    ]
    lines.append(_line(visit.say("All"), percents(whole, ""), rate, Tone.TOTAL))
    warn = rate.warn_bps if rate is not None else 0
    name = visit.say(NAMES[limit.rate])
    now = _percent(rate.bps) if rate is not None and rate.bps is not None else visit.say("no debits")
    chart = LimitChart(
        days=whole.days,
        lines=lines,
        limit=limit.limit_bps / _HUNDRED,
        warn=warn / _HUNDRED if warn else None,
        limit_label=visit.say("limit {percent}", percent=_percent(limit.limit_bps)),
        warn_label=visit.say("we warn {percent}", percent=_percent(warn)),
        marks=[(day, _month(visit, day.month)) for day in whole.days if day.day == 1],
        sentence=visit.say(
            "{name}: return rate of rolling 60 days, {first} to {last}: now {now} percent, limit {limit} percent",
            name=name, first=visit.figures.day(found.first), last=visit.figures.day(found.last), now=now,
            limit=_percent(limit.limit_bps),
        ),
    )  # fmt: skip
    over = rate.returns - limit.limit_bps * rate.debits // _WHOLE if rate is not None else 0
    codes = codes_counting(limit.rate, found.last)
    return Picture(limit=limit, name=name, codes=codes, rate=rate, over=over, chart=limit_chart(chart))


def _drawn(slices: Sequence[SliceRow], rate: Rate) -> list[SliceRow]:
    """Return the slices that get a line: those above a warning first, then the largest."""
    return sorted(slices, key=lambda row: (not _is_hot(row.rates[rate]), -row.rates[rate].debits))[:_LINES]


def _listed(slices: Sequence[SliceRow]) -> list[SliceRow]:
    """Return the slices of the table: of many the largest, and before those whatever is above a warning."""
    hot = [row for row in slices if any(_is_hot(rate) for rate in row.rates.values())]
    chosen = {row.key for row in [*hot, *slices][:_SLICES]} if len(slices) > _SLICES else {row.key for row in slices}
    return [row for row in slices if row.key in chosen]


def _is_hot(rate: ReturnRate) -> bool:
    return rate.level in {Level.WARNING, Level.OVER}


def _line(name: str, values: Sequence[float | None], rate: ReturnRate | None, tone: Tone) -> Line:
    short = name if len(name) <= _FITS else name.split(maxsplit=1)[0][:_FITS]
    return Line(label=f"{short} {_percent(rate.bps if rate else None)}".strip(), values=values, tone=tone)


def _percent(bps: int | None) -> str:
    return "" if bps is None else f"{bps / _HUNDRED:.2f}"


def _month(visit: Visit, month: int) -> str:
    names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return f"{month}月" if visit.language == "zh" else names[month - 1]


def _week(visit: Visit, monday: date) -> str:
    return f"{monday.month}/{monday.day}" if visit.language == "zh" else f"{monday.day} {_month(visit, monday.month)}"


def _pareto(rows: Sequence[CodeRow]) -> list[ParetoRow]:
    """Return the rows of the Pareto; what is beyond the most frequent codes stands in one."""
    head, rest = rows[:_CODES], rows[_CODES:]
    groups = [(row, [row.code]) for row in head]
    if rest:
        together = CodeRow(
            code="", title="", next_step="", kind=Rate.OVERALL, count=sum(row.count for row in rest),
            cents=sum(row.cents for row in rest), share=sum(row.share for row in rest), running=1.0,
        )  # fmt: skip
        groups.append((together, [row.code for row in rest]))
    found = []
    for at, (row, codes) in enumerate(groups):
        picture = pareto_step(
            row.share,
            before=groups[at - 1][0].running if at else 0.0,
            after=row.running,
            following=groups[at + 1][0].running if at + 1 < len(groups) else None,
            kind=_BARS[row.kind],
        )
        found.append(ParetoRow(row=row, codes=codes, bar=picture))
    return found


def _lag_picture(visit: Visit, found: Measured, lag: Lag) -> Markup:
    names = {
        None: (visit.say("all"), ""),
        Rate.OVERALL: (visit.say("funds"), "thin"),
        Rate.ADMINISTRATIVE: (visit.say("account"), "thin"),
        Rate.UNAUTHORIZED: (visit.say("unauthorized"), "dash"),
    }
    return lag_chart(
        LagChart(
            lines=[
                LagLine(label=label, banking=lag.banking[kind], calendar=lag.calendar[kind], kind=line)
                for kind, (label, line) in names.items()
                if lag.whole[kind]
            ],
            later=LATER,
            hold=found.hold,
            hold_label=visit.say("hold ends"),
            banking_label=visit.say("banking days"),
            days_label=visit.say("days"),
            sentence=visit.say(
                "Cumulative share of returns seen by days after settlement: {percent} percent of all by the end of the "
                "hold",
                percent=f"{lag.held[None]:.1f}",
            ),
        )
    )


def _banks(found: Measured) -> list[BankRow]:
    """Return the banks from which most came back; each week's shade is of the most in a week."""
    weeks = weeks_of(found)
    counts: defaultdict[str, Counter[object]] = defaultdict(Counter)
    cents: Counter[str] = Counter()
    for each in found.banks:
        counts[each.routing][each.week] += each.count
        cents[each.routing] += each.cents
    top = sorted(counts, key=lambda routing: (-counts[routing].total(), routing))[:_BANKS]
    most = max((counts[routing][week] for routing in top for week in weeks), default=0)
    return [
        BankRow(
            routing=routing,
            cells=[(count, -(-count * _SHADES // most)) for count in (counts[routing][week] for week in weeks)],
            count=counts[routing].total(),
            cents=cents[routing],
        )
        for routing in top
    ]
