"""Replaying history: what a hold would have kept, what a reserve would have covered, and what would be missing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.rules.whatif import NEVER, History, Replay, ReplayTerms, replay

DAY = 739_000


def history(*rows: tuple[int, int, int, int | None]) -> History:
    """Rows of merchant, amount, day of collection and day of a late return, settlement three days before."""
    merchant, amount, collected, returned = zip(*rows, strict=True)
    return History(
        merchant_id=np.array(merchant, np.int64),
        amount_minor=np.array(amount, np.int64),
        settled_on=np.array(collected, np.int64) + DAY - 3,
        collected_on=np.array(collected, np.int64) + DAY,
        returned_on=np.array([NEVER if day is None else DAY + day for day in returned], np.int64),
    )


def under(found: History, *, hold: int = 0, bps: int = 0, days: int = 60) -> Replay:
    many = len(found)
    return replay(found, ReplayTerms(hold_days=np.full(many, hold), reserve_bps=np.full(many, bps),
                                     reserve_days=np.full(many, days)))  # fmt: skip


def test_without_a_hold_a_late_return_is_missing_when_nothing_follows() -> None:
    found = under(history((1, 10_000, 0, 20)))
    assert (found.late_minor, found.missing_minor, found.worst_minor) == (10_000, 10_000, 10_000)
    assert found.delay_days_tenths == 30


def test_a_hold_keeps_what_comes_back_within_it() -> None:
    found = under(history((1, 10_000, 0, 20)), hold=20)
    assert (found.held_minor, found.missing_minor, found.worst_minor) == (10_000, 0, 0)
    assert found.delay_days_tenths == 230


def test_later_money_of_the_same_merchant_is_netted_and_of_another_never() -> None:
    found = under(history((1, 10_000, 0, 5), (1, 4_000, 9, None), (2, 50_000, 9, None)))
    assert (found.netted_minor, found.missing_minor, found.worst_minor) == (4_000, 6_000, 10_000)


def test_a_reserve_covers_as_far_as_it_goes_and_is_freed_only_for_what_is_left() -> None:
    rows = history((1, 100_000, 0, None), (1, 10_000, 1, 20))
    found = under(rows, bps=1_000, days=30)
    assert (found.reserve_minor, found.missing_minor) == (10_000, 0)
    assert under(rows, bps=500, days=30).reserve_minor == 5_500
    # Freed before the return came: it covers nothing, and had cost its delay for nothing.
    assert under(rows, bps=1_000, days=10).reserve_minor == 0


def test_the_share_in_reserve_waits_longer_than_the_rest() -> None:
    assert under(history((1, 10_000, 0, None)), bps=5_000, days=60).delay_days_tenths == 330


ROWS = st.tuples(st.integers(1, 3), st.integers(1, 10**7), st.integers(0, 90), st.none() | st.integers(0, 150))


@given(rows=st.lists(ROWS, min_size=1, max_size=40), hold=st.integers(0, 40), bps=st.integers(0, 10_000))
def test_every_cent_that_came_back_is_held_covered_netted_or_missing(
    rows: list[tuple[int, int, int, int | None]], hold: int, bps: int
) -> None:
    found = under(history(*rows), hold=hold, bps=bps, days=30)
    assert found.late_minor == found.held_minor + found.reserve_minor + found.netted_minor + found.missing_minor
    assert found.missing_minor <= found.worst_minor <= found.late_minor


@pytest.mark.parametrize("hold", [5, 10, 60])
def test_a_longer_hold_never_pays_sooner_nor_keeps_less(hold: int) -> None:
    rows = history((1, 10_000, 0, 8), (1, 7_000, 2, 40), (2, 300, 1, None))
    before, after = under(rows, hold=hold - 1), under(rows, hold=hold)
    assert after.delay_days_tenths >= before.delay_days_tenths
    assert after.held_minor >= before.held_minor


def test_no_history_is_no_delay_and_no_loss() -> None:
    nothing = np.array([], np.int64)
    empty = History(merchant_id=nothing, amount_minor=nothing, settled_on=nothing, collected_on=nothing,
                    returned_on=nothing)  # fmt: skip
    assert under(empty).late_minor == under(empty).delay_days_tenths == 0
