"""The numbers behind the screen of the rates, as tables for other programs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ingather.console.rate_parts import BANKING, KINDS, LATER, Measured, codes_of, lag_of, series_of, slices_shown
from ingather.domain.refusals import NoSuch
from ingather.rules.rates import Method, Rate, Slice, rate_limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table: its name as a file, its head and its rows. Amounts are in US dollars, rates in percent."""

    name: str
    head: Sequence[str]
    rows: Iterable[Sequence[object]]


def sheet_of(part: str, found: Measured, *, by: Slice, method: Method) -> Sheet:
    """Return the numbers of a part of the screen; raises ``NoSuch`` for no part of it."""
    if part == "slices":
        return _slices(found, by, method)
    if part == "days":
        return _days(found, by, method)
    if part in _PARTS:
        return _PARTS[part](found)
    fact = f"the rates have no table {part[:20]}"
    raise NoSuch(fact, f"There are {', '.join(('slices', 'days', *_PARTS))}")


def _slices(found: Measured, by: Slice, method: Method) -> Sheet:
    head = ("slice", "name", "rate", "method", "returns", "debits", "percent", "limit_percent", "more", "level")
    rows = [
        (row.second or row.key, row.name, rate.rate, rate.method, rate.returns, rate.debits,
         "" if not rate.debits else f"{100 * rate.returns / rate.debits:.4f}", f"{rate.limit_bps / 100:.2f}",
         rate.more, rate.level)
        for row in slices_shown(found, by, method)
        for rate in row.rates.values()
    ]  # fmt: skip
    return Sheet(name=f"rates-by-{by}-{found.last}", head=head, rows=rows)


def _days(found: Measured, by: Slice, method: Method) -> Sheet:
    rows = []
    for limit in rate_limits(found.last):
        for each in (Slice.ALL, by):
            series = series_of(found, by=each, rate=limit.rate, method=method)
            for at, key in enumerate(series.keys):
                name = found.merchants.get(key, (key, ""))[0] if each is Slice.MERCHANT else key
                rows += [
                    (day.isoformat(), limit.rate, each, name, returns, debits)
                    for day, returns, debits in zip(
                        series.days, series.returns[at].tolist(), series.debits[at].tolist(), strict=True
                    )
                ]
    head = ("day", "rate", "by", "slice", "returns_of_60_days", "debits")
    return Sheet(name=f"rates-by-day-{found.last}", head=head, rows=rows)


def _codes(found: Measured) -> Sheet:
    rows = [
        (row.code, row.title, row.kind, row.count, _dollars(row.cents), f"{100 * row.share:.2f}",
         f"{100 * row.running:.2f}", row.next_step)
        for row in codes_of(found)
    ]  # fmt: skip
    head = ("code", "meaning", "kind", "returns", "amount", "percent", "running_percent", "next_step")
    return Sheet(name=f"returns-by-code-{found.last}", head=head, rows=rows)


def _lag(found: Measured) -> Sheet:
    lag = lag_of(found)
    kinds: tuple[Rate | None, ...] = (*KINDS, None)
    rows: list[tuple[object, ...]] = [
        (f"{day} banking days", *(f"{lag.banking[kind][day]:.2f}" for kind in kinds)) for day in range(BANKING + 1)
    ]
    rows.append((f"{found.hold} banking days, the hold ends", *(f"{lag.held[kind]:.2f}" for kind in kinds)))
    rows += [(f"{days} days", *(f"{lag.calendar[kind][at]:.2f}" for kind in kinds)) for at, days in enumerate(LATER)]
    rows.append(("returns", *(lag.whole[kind] for kind in kinds)))
    head = ("after", "funds_and_other_percent", "administrative_percent", "unauthorized_percent", "all_percent")
    return Sheet(name=f"return-lag-{found.last}", head=head, rows=rows)


def _banks(found: Measured) -> Sheet:
    rows = [(each.routing, each.week.isoformat(), each.count, _dollars(each.cents)) for each in found.banks]
    return Sheet(name=f"returns-by-bank-{found.last}", head=("rdfi", "week_of", "returns", "amount"), rows=rows)


def _dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


_PARTS: dict[str, Callable[[Measured], Sheet]] = {"codes": _codes, "lag": _lag, "banks": _banks}
