"""Presenting a returned debit again: only where its code allows it, at most twice, within 180 days, on a better day.

The days are the bank profile's, such as Fridays and the 1st and 15th, and never the next morning. The numbers are dated
rows of ``clocks``. (Nacha Operating Rules, reinitiation of returned entries.)
"""

from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from ingather.rules.calendar import add_banking_days, banking_day_on_or_after
from ingather.rules.clocks import clock
from ingather.rules.profile_parts import Retry, RetryDay
from ingather.rules.return_codes import NextStep, ReturnReason

RETRY_BANKING_DAYS = 2
COUNT_CLOCK = "retry-count"
WINDOW_CLOCK = "retry-window"

_LOOK_AHEAD_DAYS = 45
_FRIDAY = 4
_DAY_OF_MONTH = {RetryDay.FIRST: 1, RetryDay.FIFTEENTH: 15}


class NoRetry(StrEnum):
    """Why a returned debit is not presented again."""

    CODE = "code"
    EXHAUSTED = "exhausted"
    WINDOW_OVER = "window-over"
    NEVER_SETTLED = "never-settled"
    NO_AMOUNT = "no-amount"
    WITH_US = "with-us"


@lru_cache(maxsize=4096)
def retry_on(returned_on: date, *, policy: Retry) -> date:
    """Return the settlement day of a re-presentment: the policy's next day that is at least two banking days away.

    A policy day that is no banking day moves to the next one. The next morning is never chosen.
    """
    earliest = add_banking_days(returned_on, RETRY_BANKING_DAYS)
    nominal = (returned_on + timedelta(days=ahead) for ahead in range(_LOOK_AHEAD_DAYS))
    moved = (banking_day_on_or_after(day) for day in nominal if _is_policy_day(day, policy))
    return min(day for day in moved if day >= earliest)


def next_presentation(
    reason: ReturnReason,
    *,
    returned_on: date,
    presentations: int,
    first_settled_on: date | None,
    amount_cents: int,
    policy: Retry,
) -> tuple[date | None, NoRetry | None]:
    """Return the settlement day of the next presentation, or why there is none.

    ``presentations`` counts the debits made so far; the profile may allow fewer retries than the Rules, never more.
    """
    if reason.next_step is not NextStep.RETRY:
        return None, NoRetry.CODE
    if amount_cents == 0:
        return None, NoRetry.NO_AMOUNT
    if presentations > min(policy.max, clock(COUNT_CLOCK, returned_on).count):
        return None, NoRetry.EXHAUSTED
    if first_settled_on is None:
        return None, NoRetry.NEVER_SETTLED
    day = retry_on(returned_on, policy=policy)
    last = first_settled_on + timedelta(days=clock(WINDOW_CLOCK, returned_on).count)
    return (day, None) if day <= last else (None, NoRetry.WINDOW_OVER)


def _is_policy_day(day: date, policy: Retry) -> bool:
    return any(
        day.weekday() == _FRIDAY if choice is RetryDay.FRIDAY else day.day == _DAY_OF_MONTH[choice]
        for choice in policy.days
    )
