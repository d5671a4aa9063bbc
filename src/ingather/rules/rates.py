"""Return rates: how many of an originator's debits come back, by kind of return, and how far that is from the limits.

The Rules limit three rates over sixty days and permit two denominators; the limits and the denominators are dated
rows. A third count, by the days on which the debits settled, is our own early look and alarms nobody. Everything is
whole numbers: a rate is never divided, the products across are compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import assert_never

import numpy as np
import numpy.typing as npt

from ingather.base.columns import Int64, Mask
from ingather.rules.policy import RateTerms
from ingather.rules.return_codes import Rate, return_reasons
from ingather.rules.rows import in_force

__all__ = [
    "DebitCounts",
    "Level",
    "Method",
    "Rate",
    "RateLimit",
    "RateTerms",
    "ReturnCounts",
    "ReturnRate",
    "Slice",
    "counting",
    "first_day",
    "measure",
    "percent",
    "rate_limits",
    "slices_of",
]

WHOLE_BPS = 10_000
_EPOCH = date(1970, 1, 1)


class Method(StrEnum):
    """What returns are divided by: a row of ``rate_methods`` each."""

    PERIOD = "period"
    FILES = "files"
    COHORT = "cohort"


class Slice(StrEnum):
    """Whose debits are looked at together: all of them, a company id's, an SEC code's or a merchant's."""

    ALL = "all"
    COMPANY = "company"
    SEC = "sec"
    MERCHANT = "merchant"


class Level(StrEnum):
    """How a rate stands; ``too_few`` where the policy does not judge so few debits."""

    OK = "ok"
    WARNING = "warning"
    OVER = "over"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """A limit in force: what is over ``limit_bps`` exceeds it; ``days`` is the window, ``row`` the rule row's id.

    ``nature`` is ``threshold`` where exceeding it starts enforcement, ``level`` where it starts an inquiry.
    """

    rate: Rate
    limit_bps: int
    nature: str
    days: int
    row: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DebitCounts:
    """Debits that went to the bank, counted by file, company id, SEC code, merchant and settlement day: ``n`` groups.

    Days are counted from 1970-01-01.
    """

    file: Int64
    company: Sequence[str]
    sec: Sequence[str]
    merchant: Int64
    day: Int64
    count: Int64


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnCounts:
    """Debits that came back, counted as the debits are, and by the return's own settlement day and code.

    ``day`` is that of the debit.
    """

    file: Int64
    company: Sequence[str]
    sec: Sequence[str]
    merchant: Int64
    day: Int64
    returned: Int64
    code: Sequence[str]
    count: Int64


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRate:
    """One rate of one slice by one method: ``returns`` of ``debits``, how it stands, and how far it is from the limit.

    ``more`` is how many more such returns exceed the limit at these debits: 0 when it is exceeded. ``key`` is the
    company id, the SEC code or the merchant's key in digits, empty for all.
    """

    by: Slice
    key: str
    rate: Rate
    method: Method
    permitted: bool
    returns: int
    debits: int
    limit_bps: int
    warn_bps: int
    level: Level
    more: int
    rows: tuple[str, ...]

    @property
    def bps(self) -> int | None:
        """Return the rate in basis points, rounded up so that what is over a limit reads so; None without debits."""
        return -(-self.returns * WHOLE_BPS // self.debits) if self.debits else None

    @property
    def one_is_over(self) -> bool:
        """Return whether so few debits stand below that one single return exceeds the limit."""
        return self.limit_bps * self.debits < WHOLE_BPS


@lru_cache(maxsize=256)
def rate_limits(on: date) -> tuple[RateLimit, ...]:
    """Return the limits in force on a day, in the order of their table."""
    return tuple(
        RateLimit(
            rate=Rate(row.values["rate"]),
            limit_bps=int(row.values["limit_bps"]),
            nature=row.values["nature"],
            days=int(row.values["days"]),
            row=row.id,
        )
        for row in in_force("rate_limits", on).values()
    )


def percent(bps: int) -> str:
    """Return basis points as people read them, such as ``0.50 %``."""
    return f"{bps // 100}.{bps % 100:02d} %"


def first_day(on: date) -> date:
    """Return the first day of the longest window that ends on a day; the window holds both."""
    return on - timedelta(days=max((limit.days for limit in rate_limits(on)), default=1) - 1)


def measure(
    debits: DebitCounts, returned: ReturnCounts, *, on: date, by: Slice, terms: RateTerms
) -> tuple[ReturnRate, ...]:
    """Return every rate of every slice on a day, by every method in force: slices in order, each with its rates.

    A slice without debits and returns is left out.
    What settled or came back outside the windows may be among the counts; only the second denominator looks at it.
    """
    names, of_debits, of_returns = slices_of(debits, returned, by)
    # One number for a slice and a file together.
    held, holding = _in_files(debits, returned, of_debits, of_returns)
    today = (on - _EPOCH).days
    found: list[list[ReturnRate]] = [[] for _ in names]
    for limit in rate_limits(on):
        first = today - limit.days + 1
        settled_in = (debits.day >= first) & (debits.day <= today)
        counts = (returned.returned >= first) & (returned.returned <= today) & counting(returned.code, limit.rate, on)
        early = counts & (returned.day >= first) & (returned.day <= today)
        in_period = _sums(of_debits, debits.count * settled_in, len(names))
        came_back = _sums(of_returns, returned.count * counts, len(names))
        for row in in_force("rate_methods", on).values():
            method = Method(row.values["method"])
            above, below = came_back, in_period
            if method is Method.FILES:
                below = _sums(of_debits, debits.count * np.isin(held, holding[counts]), len(names))
            elif method is Method.COHORT:
                above = _sums(of_returns, returned.count * early, len(names))
            for place, key in enumerate(names):
                found[place].append(
                    _judged(
                        limit, method, by=by, key=key, returns=int(above[place]), debits=int(below[place]), terms=terms,
                        permitted=row.values["permitted"] == "yes", rows=(limit.row, row.id),
                    )
                )  # fmt: skip
    return tuple(rate for rates in found if any(each.returns or each.debits for each in rates) for rate in rates)


def _judged(  # noqa: PLR0913 -- what a rate is made of
    limit: RateLimit,
    method: Method,
    *,
    by: Slice,
    key: str,
    returns: int,
    debits: int,
    terms: RateTerms,
    permitted: bool,
    rows: tuple[str, ...],
) -> ReturnRate:
    warn_bps = {
        Rate.UNAUTHORIZED: terms.warn_unauthorized_bps,
        Rate.ADMINISTRATIVE: terms.warn_administrative_bps,
    }.get(limit.rate, terms.warn_overall_bps)
    if not returns:
        level = Level.OK
    elif debits < terms.least_debits:
        level = Level.TOO_FEW
    elif returns * WHOLE_BPS > limit.limit_bps * debits:
        level = Level.OVER
    else:
        level = Level.WARNING if returns * WHOLE_BPS >= warn_bps * debits else Level.OK
    return ReturnRate(
        by=by,
        key=key,
        rate=limit.rate,
        method=method,
        permitted=permitted,
        returns=returns,
        debits=debits,
        limit_bps=limit.limit_bps,
        warn_bps=warn_bps,
        level=level,
        more=max(limit.limit_bps * debits // WHOLE_BPS + 1 - returns, 0),
        rows=rows,
    )


@lru_cache(maxsize=256)
def _rates_of(on: date) -> dict[str, frozenset[Rate]]:
    """Return the rates that each known code counts in on a day, whatever its addenda say."""
    standing = in_force("return_codes", on)
    found: dict[str, frozenset[Rate]] = {}
    for reason in return_reasons():
        if standing.get(reason.row.key) is reason.row:
            found[reason.code] = found.get(reason.code, frozenset()) | frozenset(reason.rates)
    return found


def counting(codes: Sequence[str], rate: Rate, on: date) -> Mask:
    """Return which returns count in a rate; one by a code that nobody knows is a return all the same."""
    known, unknown = _rates_of(on), frozenset({Rate.OVERALL})
    return np.fromiter((rate in known.get(code, unknown) for code in codes), np.bool_, len(codes))


def slices_of(debits: DebitCounts, returned: ReturnCounts, by: Slice) -> tuple[list[str], Int64, Int64]:
    """Return the names of the slices, sorted, and for each group of debits and of returns the place of its slice."""
    count = len(debits.count)
    both: npt.NDArray[np.generic]
    match by:
        case Slice.ALL:
            both = np.array([""] * (count + len(returned.count)), "U1")
        case Slice.COMPANY:
            both = np.array([*debits.company, *returned.company], "U10")
        case Slice.SEC:
            both = np.array([*debits.sec, *returned.sec], "U3")
        case Slice.MERCHANT:
            both = np.concatenate([debits.merchant, returned.merchant])
        case _:
            assert_never(by)
    names, places = np.unique(both, return_inverse=True)
    places = places.astype(np.int64)
    return [str(name) for name in names.tolist()], places[:count], places[count:]


def _in_files(debits: DebitCounts, returned: ReturnCounts, of_debits: Int64, of_returns: Int64) -> tuple[Int64, Int64]:
    """Return for each group of debits, and of returns, one number that says both its slice and its file."""
    files, places = np.unique(np.concatenate([debits.file, returned.file]), return_inverse=True)
    both = np.concatenate([of_debits, of_returns]) * len(files) + places
    return both[: len(of_debits)], both[len(of_debits) :]


def _sums(places: Int64, counts: npt.NDArray[np.int64], size: int) -> Int64:
    sums = np.zeros(size, np.int64)
    np.add.at(sums, places, counts)
    return sums
