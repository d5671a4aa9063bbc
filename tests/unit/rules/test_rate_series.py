"""Rates day by day: on each day exactly what the rate of that day is, by every denominator and slice."""

from datetime import date, timedelta
from random import Random
from typing import Any

import numpy as np
import pytest

from ingather.rules import rate_series as series_module
from ingather.rules.rate_series import both, joined, rate_series
from ingather.rules.rates import DebitCounts, Method, RateTerms, ReturnCounts, Slice, measure, rate_limits
from tests.seeds import seed

_LAST = date(2026, 11, 30)
_EPOCH = date(1970, 1, 1)
_DAYS = 60
_SEED = seed()
_CODES = ("R01", "R02", "R10", "R07", "R99")


def _counts(random: Random) -> tuple[DebitCounts, ReturnCounts]:
    """Return what settled and came back in 125 days, some of it after its window, some before its own day."""
    last = (_LAST - _EPOCH).days
    groups = [
        (file, random.choice("AB"), random.choice(["WEB", "PPD"]), random.choice([1, 2]), last - random.randrange(125))
        for file in (random.randrange(1, 30) for _ in range(80))
    ]
    debits = DebitCounts(
        file=np.array([each[0] for each in groups], np.int64),
        company=[each[1] for each in groups],
        sec=[each[2] for each in groups],
        merchant=np.array([each[3] for each in groups], np.int64),
        day=np.array([each[4] for each in groups], np.int64),
        count=np.array([random.randrange(1, 50) for _ in groups], np.int64),
    )
    of = [random.choice(groups) for _ in range(60)]
    returned = ReturnCounts(
        file=np.array([each[0] for each in of], np.int64),
        company=[each[1] for each in of],
        sec=[each[2] for each in of],
        merchant=np.array([each[3] for each in of], np.int64),
        day=np.array([each[4] for each in of], np.int64),
        returned=np.array([min(each[4] + random.randrange(-1, 70), last) for each in of], np.int64),
        code=[random.choice(_CODES) for _ in of],
        count=np.array([random.randrange(1, 4) for _ in of], np.int64),
    )
    return debits, returned


def _differences(debits: DebitCounts, returned: ReturnCounts) -> list[object]:
    """Return on which days a series is not what the rate of that day is; every sixth day is looked at."""
    wrong: list[object] = []
    for by in (Slice.ALL, Slice.MERCHANT, Slice.SEC):
        for back in range(0, _DAYS, 6):
            on = _LAST - timedelta(days=back)
            for rate in measure(debits, returned, on=on, by=by, terms=RateTerms()):
                found = rate_series(
                    debits, returned, last=_LAST, count=_DAYS, by=by, rate=rate.rate, method=rate.method
                )
                at = found.keys.index(rate.key)
                if (found.returns[at, -1 - back], found.debits[at, -1 - back]) != (rate.returns, rate.debits):
                    wrong.append((by, rate.key, rate.rate, rate.method, on))
    return wrong


def _any() -> tuple[DebitCounts, ReturnCounts]:
    return _counts(Random(_SEED))  # noqa: S311 -- examples, not secrets


def test_each_day_of_a_series_is_the_rate_of_that_day() -> None:
    assert _differences(*_any()) == []


def test_a_window_that_is_a_day_too_long_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    laid = series_module._Sheet.laid  # noqa: SLF001 -- the planted fault

    def longer(sheet: Any, place: Any, begins: Any, ends: Any, count: Any) -> Any:  # noqa: ANN401 -- columns, as they come
        return laid(sheet, place, begins, ends + 1, count)

    monkeypatch.setattr(series_module._Sheet, "laid", longer)  # noqa: SLF001 -- the planted fault
    assert _differences(*_any()) != []


def test_a_book_in_which_nothing_happened_has_no_slices() -> None:
    nothing = np.zeros(0, np.int64)
    debits = DebitCounts(file=nothing, company=[], sec=[], merchant=nothing, day=nothing, count=nothing)
    returned = ReturnCounts(
        file=nothing, company=[], sec=[], merchant=nothing, day=nothing, returned=nothing, code=[], count=nothing
    )
    for method in Method:
        for limit in rate_limits(_LAST):
            found = rate_series(debits, returned, last=_LAST, count=5, by=Slice.ALL, rate=limit.rate, method=method)
            assert found.keys == ()
            assert found.returns.shape == (0, 5)


def test_two_windows_are_joined_without_counting_a_file_twice() -> None:
    debits, returned = _any()
    assert joined(debits, debits).count.sum() == debits.count.sum()
    assert both(returned, returned).count.sum() == 2 * returned.count.sum()
