"""What the screen of the rates shows, measured: each rate with its line, the slices, the codes, the lag, the banks."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from ingather.actions.rules import policy_of
from ingather.base.ids import Prefix, public_id
from ingather.console.visits import Visit
from ingather.rules.calendar import next_banking_day
from ingather.rules.clocks import clock
from ingather.rules.rate_series import RateSeries, rate_series
from ingather.rules.rates import (
    Method,
    Rate,
    RateLimit,
    RateTerms,
    ReturnRate,
    Slice,
    counting,
    first_day,
    measure,
    rate_limits,
)
from ingather.rules.return_codes import return_reason, return_reasons
from ingather.store.reading.return_figures import (
    Came,
    FromBank,
    RateHistory,
    by_bank,
    came_back,
    merchant_titles,
    rate_history,
)

KINDS = (Rate.OVERALL, Rate.ADMINISTRATIVE, Rate.UNAUTHORIZED)
"""The kinds of returns as charts tell them apart; overall stands for funds and whatever else is neither."""
LATER = (15, 30, 45, 61)
"""The calendar days by which late returns are counted; within 61 are 60 and the day by which they are here."""
BANKING = 5
_KEPT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything read from the book for the screen, once for all who look: of the window ``first`` to ``last``.

    ``hold`` is how many banking days after settlement the longest hold of a bank ends.
    """

    first: date
    last: date
    terms: RateTerms
    history: RateHistory
    came: Sequence[Came]
    banks: Sequence[FromBank]
    merchants: Mapping[str, tuple[str, str]]
    hold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """A return code of the window: how often, how much, its share and the running total, 0 to 1."""

    code: str
    title: str
    next_step: str
    kind: Rate
    count: int
    cents: int
    share: float
    running: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceRow:
    """A slice with its rates by kind; ``address`` is what names it in a link."""

    key: str
    name: str
    second: str
    address: str
    rates: Mapping[Rate, ReturnRate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """The share of each kind's returns seen, in percent, by banking day 0 to 5, by days, and when the hold ends.

    ``after`` counts the returns that came after the hold by kind, ``after_cents`` their sum; ``whole`` counts all.
    """

    banking: Mapping[Rate | None, Sequence[float]]
    calendar: Mapping[Rate | None, Sequence[float]]
    held: Mapping[Rate | None, float]
    whole: Mapping[Rate | None, int]
    after: Mapping[Rate | None, int]
    after_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the rates stand by one slicing and one denominator: all debits, the slices, and both day by day."""

    totals: Sequence[tuple[RateLimit, ReturnRate | None]]
    slices: Sequence[SliceRow]
    whole: Mapping[Rate, RateSeries]
    parts: Mapping[Rate, RateSeries]


def measured(visit: Visit) -> Measured:
    """Return what the screen is made of; it is at most half a minute old."""
    return visit.front.kept.get(("rates", visit.today), _KEPT_S, lambda: _measure(visit))


def _measure(visit: Visit) -> Measured:
    desk, last = visit.desk, visit.today
    originator_id = desk.originator_id()
    with desk.view() as ctx:
        return Measured(
            first=first_day(last),
            last=last,
            terms=policy_of(ctx, originator_id).rates,
            history=rate_history(ctx.session, originator_id, as_of=last),
            came=came_back(ctx.session, originator_id, as_of=last),
            banks=by_bank(ctx.session, originator_id, as_of=last),
            merchants=merchant_titles(ctx.session, originator_id),
            hold=hold_days(visit),
        )


def standing(visit: Visit, found: Measured, *, by: Slice, method: Method) -> Standing:
    """Return how the rates stand; it is at most half a minute older than what was read."""

    def stand() -> Standing:
        rates = [limit.rate for limit in rate_limits(found.last)]
        return Standing(
            totals=totals_of(found, method),
            slices=slices_shown(found, by, method),
            whole={rate: series_of(found, by=Slice.ALL, rate=rate, method=method) for rate in rates},
            parts={rate: series_of(found, by=by, rate=rate, method=method) for rate in rates},
        )

    return visit.front.kept.get(("rates", found.last, by, method), _KEPT_S, stand)


def lag_shown(visit: Visit, found: Measured) -> Lag:
    """Return how late the returns of the window came; it is at most half a minute older than what was read."""
    return visit.front.kept.get(("lag", found.last), _KEPT_S, lambda: lag_of(found))


def hold_days(visit: Visit) -> int:
    """Return how many banking days after settlement the longest hold of a bank ends."""
    buffers = [route.profile.hold_buffer_days for route in visit.desk.routes()]
    return clock("return-ordinary", visit.today).count + max(buffers, default=0)


def series_of(found: Measured, *, by: Slice, rate: Rate, method: Method) -> RateSeries:
    """Return a rate on each day of the window."""
    days = (found.last - found.first).days + 1
    return rate_series(
        found.history.debits, found.history.returned, last=found.last, count=days, by=by, rate=rate, method=method
    )


def percents(series: RateSeries, key: str) -> list[float | None]:
    """Return one slice's rate in percent on each day, None on a day without debits; all None for no slice."""
    if key not in series.keys:
        return [None] * len(series.days)
    at = series.keys.index(key)
    pairs = zip(series.returns[at].tolist(), series.debits[at].tolist(), strict=True)
    return [100 * above / below if below else None for above, below in pairs]


def totals_of(found: Measured, method: Method) -> list[tuple[RateLimit, ReturnRate | None]]:
    """Return each limit with the rate of all debits, None where nothing was debited."""
    rates = _rates(found, Slice.ALL, method)
    by_rate = {each.rate: each for each in rates}
    return [(limit, by_rate.get(limit.rate)) for limit in rate_limits(found.last)]


def slices_shown(found: Measured, by: Slice, method: Method) -> list[SliceRow]:
    """Return the slices with their rates, those with the most debits first."""
    rows: defaultdict[str, dict[Rate, ReturnRate]] = defaultdict(dict)
    for each in _rates(found, by, method):
        rows[each.key][each.rate] = each
    shown = [_slice(found, by, key, rates) for key, rates in rows.items()]
    return sorted(shown, key=lambda row: (-row.rates[Rate.OVERALL].debits, row.name))


def _rates(found: Measured, by: Slice, method: Method) -> list[ReturnRate]:
    made = measure(found.history.debits, found.history.returned, on=found.last, by=by, terms=found.terms)
    return [each for each in made if each.method is method]


def _slice(found: Measured, by: Slice, key: str, rates: Mapping[Rate, ReturnRate]) -> SliceRow:
    if by is Slice.MERCHANT:
        name, second = found.merchants.get(key, (key, ""))
        return SliceRow(
            key=key, name=name, second=second, address=f"merchant={public_id(Prefix.MERCHANT, int(key))}", rates=rates
        )
    return SliceRow(key=key, name=key, second="", address=f"{by}={key}", rates=rates)


def codes_counting(rate: Rate, on: date) -> list[str]:
    """Return the codes that count in a rate on a day."""
    codes = sorted({reason.code for reason in return_reasons()})
    return [code for code, counts in zip(codes, counting(codes, rate, on).tolist(), strict=True) if counts]


def kind_of(code: str, on: date) -> Rate:
    """Return of which kind a code is: unauthorized, administrative, or overall for what is neither."""
    reason = return_reason(code, on=on)
    return reason.rate if reason is not None and reason.rate is not Rate.NONE else Rate.OVERALL


def codes_of(found: Measured) -> list[CodeRow]:
    """Return the codes of the window, the most frequent first."""
    counts: Counter[str] = Counter()
    cents: Counter[str] = Counter()
    for each in found.came:
        counts[each.code] += each.count
        cents[each.code] += each.cents
    whole, running, rows = counts.total(), 0, []
    for code, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        running += count
        reason = return_reason(code, on=found.last)
        rows.append(
            CodeRow(
                code=code,
                title=reason.title if reason is not None else "",
                next_step=reason.next_step if reason is not None else "",
                kind=kind_of(code, found.last),
                count=count,
                cents=cents[code],
                share=count / whole,
                running=running / whole,
            )
        )
    return rows


def lag_of(found: Measured) -> Lag:
    """Return how late the returns of the window came; None stands for all kinds together."""
    by_banking: defaultdict[Rate | None, Counter[int]] = defaultdict(Counter)
    by_days: defaultdict[Rate | None, Counter[int]] = defaultdict(Counter)
    after: Counter[Rate | None] = Counter()
    late_cents = 0
    for each in found.came:
        late = banking_days(each.settled_on, each.returned_on)
        days = (each.returned_on - each.settled_on).days
        for kind in (None, kind_of(each.code, found.last)):
            by_banking[kind][late] += each.count
            by_days[kind][days] += each.count
            after[kind] += each.count if late > found.hold else 0
        late_cents += each.cents if late > found.hold else 0
    kinds = (None, *KINDS)
    return Lag(
        banking={kind: [_share(by_banking[kind], day) for day in range(BANKING + 1)] for kind in kinds},
        calendar={kind: [_share(by_days[kind], day) for day in LATER] for kind in kinds},
        held={kind: _share(by_banking[kind], found.hold) for kind in kinds},
        whole={kind: by_banking[kind].total() for kind in kinds},
        after=after,
        after_cents=late_cents,
    )


@lru_cache(maxsize=16_384)
def banking_days(first: date, last: date) -> int:
    """Return how many banking days lie after a day through another, at most 99; 0 for one that is not later."""
    count, day = 0, first
    while day < last and count < 99:  # noqa: PLR2004 -- later than any chart looks
        day = next_banking_day(day)
        count += day <= last
    return count


def _share(counts: Counter[int], most: int) -> float:
    whole = counts.total()
    return 100 * sum(count for days, count in counts.items() if days <= most) / whole if whole else 0.0


def weeks_of(found: Measured) -> list[date]:
    """Return the Mondays of the window's weeks."""
    monday = found.first - timedelta(days=found.first.weekday())
    return [monday + timedelta(days=7 * each) for each in range((found.last - monday).days // 7 + 1)]
