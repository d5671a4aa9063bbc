"""Return rates by hand: each denominator, each limit met and exceeded by one, and slices that add up."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

import numpy as np
import pytest

from ingather.rules.policy import RateTerms, load_policy
from ingather.rules.profile_faults import ProfileRefused
from ingather.rules.rates import (
    DebitCounts,
    Level,
    Method,
    Rate,
    ReturnCounts,
    ReturnRate,
    Slice,
    first_day,
    measure,
    percent,
    rate_limits,
)
from ingather.rules.return_codes import return_reasons
from ingather.rules.tables import policy_text
from tests.seeds import seed

TODAY = date(2026, 11, 30)
DAY = timedelta(days=1)
USUAL = RateTerms()

Debited = tuple[int, str, str, int, date, int]
"""File, company id, SEC code, merchant, settlement day and count."""
CameBack = tuple[int, str, str, int, date, date, str, int]
"""The same with the return's day and code before the count."""


def numbered(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def counted(debits: Sequence[Debited], returned: Sequence[CameBack]) -> tuple[DebitCounts, ReturnCounts]:
    """Return counts stated row by row as columns."""
    return DebitCounts(
        file=np.array([row[0] for row in debits], np.int64),
        company=[row[1] for row in debits],
        sec=[row[2] for row in debits],
        merchant=np.array([row[3] for row in debits], np.int64),
        day=np.array([numbered(row[4]) for row in debits], np.int64),
        count=np.array([row[5] for row in debits], np.int64),
    ), ReturnCounts(
        file=np.array([row[0] for row in returned], np.int64),
        company=[row[1] for row in returned],
        sec=[row[2] for row in returned],
        merchant=np.array([row[3] for row in returned], np.int64),
        day=np.array([numbered(row[4]) for row in returned], np.int64),
        returned=np.array([numbered(row[5]) for row in returned], np.int64),
        code=[row[6] for row in returned],
        count=np.array([row[7] for row in returned], np.int64),
    )


def rates(
    debits: Sequence[Debited],
    returned: Sequence[CameBack],
    *,
    on: date = TODAY,
    by: Slice = Slice.ALL,
    terms: RateTerms = USUAL,
) -> dict[tuple[str, Rate, Method], ReturnRate]:
    return {
        (rate.key, rate.rate, rate.method): rate
        for rate in measure(*counted(debits, returned), on=on, by=by, terms=terms)
    }


def unauthorized(debits: int, returns: int, *, terms: RateTerms = USUAL) -> ReturnRate:
    """Return the unauthorized rate of so many debits and returns, all of one file and settled lately."""
    found = rates(
        [(1, "C", "WEB", 1, TODAY - DAY, debits)],
        [(1, "C", "WEB", 1, TODAY - DAY, TODAY, "R10", returns)] if returns else [],
        terms=terms,
    )
    return found["", Rate.UNAUTHORIZED, Method.PERIOD]


def test_each_denominator_by_hand() -> None:
    # File 1 is older than the window, file 2 early in it, file 3 late; what comes back comes back today.
    old, early, late = first_day(TODAY) - DAY, first_day(TODAY), TODAY - DAY
    found = rates(
        [(1, "C", "WEB", 1, old, 100), (2, "C", "WEB", 1, early, 300), (3, "C", "WEB", 1, late, 500)],
        [(1, "C", "WEB", 1, old, TODAY, "R10", 2), (3, "C", "WEB", 1, late, TODAY, "R10", 1)],
    )
    said = {method: (rate.returns, rate.debits) for (_, kind, method), rate in found.items() if kind == "unauthorized"}
    # Returns of sixty days over debits of sixty days; over files 1 and 3 whole; of the debits of sixty days, one.
    assert said == {Method.PERIOD: (3, 800), Method.FILES: (3, 600), Method.COHORT: (1, 800)}
    permitted = {rate.method: rate.permitted for rate in found.values()}
    assert permitted == {Method.PERIOD: True, Method.FILES: True, Method.COHORT: False}


def test_a_late_return_counts_on_its_own_day_by_the_periods_and_with_its_debit_in_the_cohort() -> None:
    debited, returned = date(2026, 11, 2), date(2026, 12, 17)
    debits = [(1, "C", "WEB", 1, debited, 1_000)]
    back = [(1, "C", "WEB", 1, debited, returned, "R10", 1)]

    def said(on: date) -> dict[Method, tuple[int, int]]:
        found = rates(debits, back, on=on)
        return {method: (rate.returns, rate.debits) for (_, kind, method), rate in found.items() if kind == "overall"}

    assert said(returned - DAY) == {Method.PERIOD: (0, 1_000), Method.FILES: (0, 0), Method.COHORT: (0, 1_000)}
    assert said(returned) == {Method.PERIOD: (1, 1_000), Method.FILES: (1, 1_000), Method.COHORT: (1, 1_000)}
    # Sixty days after the debit its file still holds the entry, while the period no longer holds the debit.
    later = debited + 60 * DAY
    assert said(later) == {Method.PERIOD: (1, 0), Method.FILES: (1, 1_000), Method.COHORT: (0, 0)}
    assert said(returned + 59 * DAY)[Method.FILES] == (1, 1_000)
    assert said(returned + 60 * DAY) == {}


def test_a_rate_exactly_at_its_limit_is_near_it_and_one_return_more_is_over() -> None:
    at = unauthorized(1_000, 5)
    assert (at.level, at.more, at.bps) == (Level.WARNING, 1, 50)
    over = unauthorized(1_000, 6)
    assert (over.level, over.more) == (Level.OVER, 0)
    assert (unauthorized(1_199, 6).level, unauthorized(1_200, 6).level) == (Level.OVER, Level.WARNING)
    assert [unauthorized(1_000, returns).level for returns in (0, 2, 3)] == [Level.OK, Level.OK, Level.WARNING]


def test_how_many_more_until_the_limit_is_exceeded() -> None:
    assert unauthorized(399, 0).more == 2
    assert unauthorized(399, 1).more == 1
    assert unauthorized(399, 1).level is Level.OK
    assert unauthorized(399, 2).level is Level.OVER
    assert (unauthorized(399, 2).more, unauthorized(400, 2).more) == (0, 1)


def test_what_is_over_never_reads_as_the_limit() -> None:
    over = unauthorized(199_999, 1_000)
    assert (over.level, percent(over.bps or 0)) == (Level.OVER, "0.51 %")
    assert (percent(unauthorized(200_000, 1_000).bps or 0), percent(1_500)) == ("0.50 %", "15.00 %")


def test_few_debits_are_shown_with_a_caution_and_not_judged_where_the_policy_says_so() -> None:
    few = unauthorized(199, 1)
    assert (few.level, few.one_is_over) == (Level.OVER, True)
    assert unauthorized(200, 1).one_is_over is False
    unjudged = unauthorized(199, 1, terms=RateTerms(least_debits=200))
    assert (unjudged.level, unjudged.returns, unjudged.debits) == (Level.TOO_FEW, 1, 199)
    nothing_debited = rates([], [(1, "C", "WEB", 1, TODAY - 70 * DAY, TODAY, "R10", 1)])
    lonely = nothing_debited["", Rate.UNAUTHORIZED, Method.PERIOD]
    assert (lonely.level, lonely.bps) == (Level.OVER, None)


def test_each_code_counts_in_the_rates_that_its_row_names() -> None:
    codes = ["R01", "R02", "R03", "R04", "R05", "R07", "R10", "R11", "R29", "R51", "R17", "R99", "R71"]
    found = rates(
        [(1, "C", "WEB", 1, TODAY, 10_000)],
        [(1, "C", "WEB", 1, TODAY, TODAY, code, 10**place) for place, code in enumerate(codes)],
    )
    said = {kind: str(rate.returns)[::-1] for (_, kind, method), rate in found.items() if method is Method.PERIOD}
    # One digit for each code, from the left. What nobody knows is a return all the same; a contest is none.
    assert said == {Rate.UNAUTHORIZED: "0000111111", Rate.ADMINISTRATIVE: "0111", Rate.OVERALL: "111111111011"}
    assert {reason.code for reason in return_reasons() if Rate.UNAUTHORIZED in reason.rates} == set(codes[4:10])


def test_slices_add_up_to_all_debits() -> None:
    draw = Random(seed())  # noqa: S311 -- a seeded sequence of counts
    debits: list[Debited] = []
    back: list[CameBack] = []
    for file in range(30):
        for merchant in range(4):
            day = TODAY - draw.randrange(60) * DAY
            company, sec = f"C{merchant % 2}", draw.choice(["WEB", "CCD", "PPD"])
            debits.append((file, company, sec, merchant, day, draw.randrange(1, 500)))
            if draw.random() < 0.4:
                back.append((file, company, sec, merchant, day, TODAY, draw.choice(["R01", "R10", "R03"]), 1))
    whole = rates(debits, back)
    for by in (Slice.COMPANY, Slice.SEC, Slice.MERCHANT):
        parts = rates(debits, back, by=by)
        for kind in (Rate.UNAUTHORIZED, Rate.ADMINISTRATIVE, Rate.OVERALL):
            for method in (Method.PERIOD, Method.COHORT):
                of_parts = [rate for (_, each, how), rate in parts.items() if (each, how) == (kind, method)]
                assert sum(rate.returns for rate in of_parts) == whole["", kind, method].returns
                assert sum(rate.debits for rate in of_parts) == whole["", kind, method].debits
    merchants = rates(debits, back, by=Slice.MERCHANT)
    of_company = rates(debits, back, by=Slice.COMPANY)["C1", Rate.OVERALL, Method.PERIOD]
    of_its_merchants = [merchants[key, Rate.OVERALL, Method.PERIOD] for key in ("1", "3")]
    assert (of_company.returns, of_company.debits) == (
        sum(rate.returns for rate in of_its_merchants),
        sum(rate.debits for rate in of_its_merchants),
    )


def test_the_second_denominator_of_a_slice_counts_only_its_own_debits_of_the_file() -> None:
    found = rates(
        [(1, "C", "WEB", 1, TODAY, 40), (1, "C", "WEB", 2, TODAY, 60), (2, "C", "WEB", 1, TODAY, 500)],
        [(1, "C", "WEB", 1, TODAY, TODAY, "R01", 1)],
        by=Slice.MERCHANT,
    )
    assert (found["1", Rate.OVERALL, Method.FILES].debits, found["2", Rate.OVERALL, Method.FILES].debits) == (40, 0)


def test_there_are_no_limits_before_the_day_they_came_into_force() -> None:
    assert rate_limits(date(2015, 9, 17)) == ()
    assert [(limit.rate, limit.limit_bps, limit.nature) for limit in rate_limits(date(2015, 9, 18))] == [
        (Rate.UNAUTHORIZED, 50, "threshold"),
        (Rate.ADMINISTRATIVE, 300, "level"),
        (Rate.OVERALL, 1_500, "level"),
    ]
    assert first_day(TODAY) == TODAY - 59 * DAY


def test_the_policy_says_when_to_warn_and_whether_to_pause() -> None:
    assert load_policy(policy_text("default")).rates == RateTerms()
    text = 'id = "a"\nversion = 1\n[rates]\n'
    assert load_policy(f'{text}pause = "limit"\nleast_debits = 500\n').rates.pause == "limit"
    for wrong in ('pause = "always"', "warn_overall_bps = 0.1", "warn_overall_bps = 20000", "least = 1"):
        with pytest.raises(ProfileRefused):
            load_policy(f"{text}{wrong}\n")
