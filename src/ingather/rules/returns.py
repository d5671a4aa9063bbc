"""What a return means: whether the debit may be presented again and when, what must stop, and what people are told.

Only R01 and R09 are presented again, at most twice, within 180 days of the first settlement, and never the next
morning. The codes are dated rows of a packaged table; a code that is not in it is never taken for success.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache, lru_cache

from ingather.rules.calendar import add_banking_days, banking_day_on_or_after, retry_deadline
from ingather.rules.profile_parts import Retry, RetryDay
from ingather.rules.tables import table

QUESTIONABLE = "QUESTIONABLE"
RETRY_BANKING_DAYS = 2

_LOOK_AHEAD_DAYS = 45
_FRIDAY = 4
_DAY_OF_MONTH = {RetryDay.FIRST: 1, RetryDay.FIFTEENTH: 15}


class Block(StrEnum):
    """What a return stops: the account, the authorization, the buyer, or the holder's class (a consumer after all)."""

    ACCOUNT = "account"
    AUTHORIZATION = "authorization"
    BUYER = "buyer"
    HOLDER_CLASS = "holder_class"


class Rate(StrEnum):
    """Which return rate a code counts in; the first two count in the overall rate as well."""

    UNAUTHORIZED = "unauthorized"
    ADMINISTRATIVE = "administrative"
    OVERALL = "overall"
    NONE = "none"


class NextStep(StrEnum):
    """What can follow a return."""

    RETRY = "retry"
    REAUTHORIZE = "reauthorize"
    CORRECTED_ENTRY = "corrected_entry"
    NEW_ENTRY = "new_entry"
    NEW_ACCOUNT = "new_account"
    NEW_AUTHORIZATION = "new_authorization"
    INVESTIGATE = "investigate"
    NONE = "none"


class NoRetry(StrEnum):
    """Why a returned debit is not presented again."""

    CODE = "code"
    EXHAUSTED = "exhausted"
    WINDOW_OVER = "window-over"
    NEVER_SETTLED = "never-settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReason:
    """A row of the return codes: what the code means within its dates.

    ``window_days`` is ``None`` where the Rules give no number; ``window_kind`` says what is counted.
    """

    code: str
    title: str
    category: str
    account: str
    window_days: int | None
    window_kind: str
    rate: Rate
    next_step: NextStep
    blocks: tuple[Block, ...]
    sentence: str
    effective_from: date
    effective_to: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What follows from one return.

    ``retry_on`` is the settlement day of the next presentation, ``None`` when there is none; ``no_retry`` says why.
    ``known`` is false for a code that is not in the table. ``sentence`` is the reason in a merchant's words.
    """

    code: str
    known: bool
    title: str
    category: str
    rate: Rate
    next_step: NextStep
    blocks: tuple[Block, ...]
    sentence: str
    retry_on: date | None
    no_retry: NoRetry | None

    @property
    def retry(self) -> bool:
        """Return whether the debit is presented again."""
        return self.retry_on is not None


@cache
def return_reasons() -> tuple[ReturnReason, ...]:
    """Return every row of the return codes, dated, in the order of their codes."""
    return tuple(
        ReturnReason(
            code=row["code"],
            title=row["title"],
            category=row["category"],
            account=row["account"],
            window_days=int(row["window_days"]) if row["window_days"] else None,
            window_kind=row["window_kind"],
            rate=Rate(row["rate"]),
            next_step=NextStep(row["next_step"]),
            blocks=tuple(Block(word) for word in row["blocks"].split()),
            sentence=row["sentence"],
            effective_from=date.fromisoformat(row["effective_from"]),
            effective_to=date.fromisoformat(row["effective_to"]) if row["effective_to"] else None,
        )
        for row in table("return_codes")
    )


@lru_cache(maxsize=4096)
def return_reason(code: str, *, on: date) -> ReturnReason | None:
    """Return the row of a code that is in force on a day, or ``None``."""
    return next(
        (
            row
            for row in return_reasons()
            if row.code == code and row.effective_from <= on and (row.effective_to is None or on <= row.effective_to)
        ),
        None,
    )


def decide_return(
    code: str,
    *,
    returned_on: date,
    presentations: int,
    first_settled_on: date | None,
    policy: Retry,
    information: str = "",
) -> Decision:
    """Return what follows from a return that settled on ``returned_on``.

    ``presentations`` counts the debits made so far, the returned one included; ``first_settled_on`` is the settlement
    of the first, or its effective date while no settlement has been reported. ``information`` is the addenda's text:
    R17 with QUESTIONABLE stops the account and the buyer.
    Source: Nacha Operating Rules, reinitiation, and the packaged return codes.
    """
    row = return_reason(code, on=returned_on)
    if row is None:
        return Decision(
            code=code,
            known=False,
            title="Unknown code",
            category="unknown",
            rate=Rate.OVERALL,
            next_step=NextStep.INVESTIGATE,
            blocks=(),
            sentence=f"The buyer's bank returned the debit with a code that is not known, {code}.",
            retry_on=None,
            no_retry=NoRetry.CODE,
        )
    again, no_retry = _next_presentation(row, returned_on, presentations, first_settled_on, policy)
    doubted = row.code == "R17" and QUESTIONABLE in information.upper()
    return Decision(
        code=code,
        known=True,
        title=row.title,
        category=row.category,
        rate=row.rate,
        next_step=row.next_step,
        blocks=(Block.ACCOUNT, Block.BUYER) if doubted else row.blocks,
        sentence="The buyer's bank suspects fraud." if doubted else row.sentence,
        retry_on=again,
        no_retry=no_retry,
    )


@lru_cache(maxsize=4096)
def retry_on(returned_on: date, *, policy: Retry) -> date:
    """Return the settlement day of a re-presentment: the policy's next day that is at least two banking days away.

    A policy day that is no banking day moves to the next one. The next morning is never chosen.
    """
    earliest = add_banking_days(returned_on, RETRY_BANKING_DAYS)
    nominal = (returned_on + timedelta(days=ahead) for ahead in range(_LOOK_AHEAD_DAYS))
    moved = (banking_day_on_or_after(day) for day in nominal if _is_policy_day(day, policy))
    return min(day for day in moved if day >= earliest)


def is_late(return_settled_on: date, hold_until: date) -> bool:
    """Return whether a return came after its entry's hold, by its settlement date and never by its arrival."""
    return return_settled_on > hold_until


def _is_policy_day(day: date, policy: Retry) -> bool:
    return any(
        day.weekday() == _FRIDAY if choice is RetryDay.FRIDAY else day.day == _DAY_OF_MONTH[choice]
        for choice in policy.days
    )


def _next_presentation(
    row: ReturnReason, returned_on: date, presentations: int, first_settled_on: date | None, policy: Retry
) -> tuple[date | None, NoRetry | None]:
    if row.next_step is not NextStep.RETRY:
        return None, NoRetry.CODE
    if presentations > policy.max:
        return None, NoRetry.EXHAUSTED
    if first_settled_on is None:
        return None, NoRetry.NEVER_SETTLED
    day = retry_on(returned_on, policy=policy)
    return (day, None) if day <= retry_deadline(first_settled_on) else (None, NoRetry.WINDOW_OVER)
