"""The return rates of sixty days against their limits, as the desk and the merchants read them."""

from enum import StrEnum
from typing import Any

from ingather.actions.rules import policy_of
from ingather.base.ids import Prefix, public_id
from ingather.jobs.desk import Desk
from ingather.rules.rates import Method, ReturnRate, Slice, first_day, measure
from ingather.store.rates import merchant_names, read_counts


class Which(StrEnum):
    """Which denominators are shown: one, the two that the Rules permit, or all."""

    PERIOD = "period"
    FILES = "files"
    COHORT = "cohort"
    BOTH = "both"
    ALL = "all"


def rates_of(
    desk: Desk, *, by: Slice | None = None, which: Which = Which.BOTH, merchant_id: int | None = None
) -> dict[str, Any]:
    """Return the rates on the clock's day with the window they are of; what fits no debit is counted apart.

    With ``merchant_id`` the rates are those of one merchant, and what fits no debit, which is nobody's, is None.
    """
    originator_id = desk.originator_id()
    with desk.view() as view:
        today, terms = view.today, policy_of(view, originator_id).rates
        counted = read_counts(view.session, originator_id, as_of=today)
        names = merchant_names(view.session, originator_id)
    measured = [
        rate
        for each in ([Slice.MERCHANT] if merchant_id is not None else [by] if by else Slice)
        for rate in measure(counted.debits, counted.returned, on=today, by=each, terms=terms)
        if _wanted(rate, which) and (merchant_id is None or rate.key == str(merchant_id))
    ]
    return {
        "on": today.isoformat(),
        "first_day": first_day(today).isoformat(),
        "unmatched": counted.unmatched if merchant_id is None else None,
        "rates": [_row(rate, names) for rate in measured],
    }


def _wanted(rate: ReturnRate, which: Which) -> bool:
    match which:
        case Which.ALL:
            return True
        case Which.BOTH:
            return rate.permitted
        case one:
            return rate.method is Method(one)


def _row(rate: ReturnRate, names: dict[str, str]) -> dict[str, Any]:
    merchant = rate.by is Slice.MERCHANT
    return {
        "by": rate.by,
        "key": public_id(Prefix.MERCHANT, int(rate.key)) if merchant else rate.key,
        "name": names.get(rate.key, "") if merchant else rate.key,
        "rate": rate.rate,
        "method": rate.method,
        "permitted": rate.permitted,
        "returns": rate.returns,
        "debits": rate.debits,
        "rate_bps": rate.bps,
        "limit_bps": rate.limit_bps,
        "warn_bps": rate.warn_bps,
        "level": rate.level,
        "more_until_limit": rate.more,
        "one_return_is_over": rate.one_is_over,
        "rows": list(rate.rows),
    }
