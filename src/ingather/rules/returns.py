"""What a return leads to: its window, whether it was in time, what it stops, what follows, and what people are told.

Decisions are made over columns, one for each distinct case, and name the rule rows they rest on. Only a code whose row
says so is presented again; what must be looked at by a person becomes a case.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from ingather.base.columns import Int64
from ingather.domain.accounts import Holder
from ingather.domain.cases import CaseKind
from ingather.domain.returns import OdfiRequestKind
from ingather.rules.calendar import add_banking_days
from ingather.rules.clocks import clock
from ingather.rules.profile_parts import Retry
from ingather.rules.retries import COUNT_CLOCK, WINDOW_CLOCK, NoRetry, next_presentation, retry_on
from ingather.rules.return_codes import Block, NextStep, Rate, ReturnReason, Until, return_reason, return_reasons
from ingather.rules.return_windows import Timeliness, is_late, last_day, timeliness
from ingather.rules.rows import ids_of

__all__ = [
    "Block",
    "Decision",
    "Decisions",
    "NextStep",
    "NoRetry",
    "Rate",
    "ReturnReason",
    "ReturnedEntries",
    "Timeliness",
    "Until",
    "decide_return",
    "decide_returns",
    "is_late",
    "retry_on",
    "return_reason",
    "return_reasons",
]

DISHONOUR_CLOCK = "dishonour"
CORRECTION_CLOCK = "corrected-entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedEntries:
    """``n`` returned debits as columns of length n.

    ``information`` is the addenda's text; ``holder`` a word of the domain or empty. ``settled_on`` is the entry's
    settlement, ``first_settled_on`` that of the order's first presentation (``None``: never settled); ``returned_on``
    the return's own settlement, ``None`` where the bank does not say it, ``told_on`` the day of its report.
    ``presentations`` counts the debits made so far; ``corrected`` says that the one corrected entry has been made.
    """

    code: Sequence[str]
    information: Sequence[str]
    entry_class: Sequence[str]
    holder: Sequence[str]
    amount_cents: Sequence[int]
    settled_on: Sequence[date]
    returned_on: Sequence[date | None]
    told_on: Sequence[date]
    presentations: Sequence[int]
    first_settled_on: Sequence[date | None]
    corrected: Sequence[bool]

    def __len__(self) -> int:
        """Return the number of returns."""
        return len(self.code)

    def cases(self) -> Iterator[tuple[object, ...]]:
        """Yield of each return what its decision depends on; of its amount only whether there is one."""
        return zip(
            self.code, self.information, self.entry_class, self.holder, map(bool, self.amount_cents), self.settled_on,
            self.returned_on, self.told_on, self.presentations, self.first_settled_on, self.corrected, strict=True,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What follows from one return.

    ``known`` is false for a code that is not in the table. ``deadline_on`` is the last day in time, ``None`` where the
    window has no day; ``fits`` says that the code can be about such a debit. ``retry_on`` is the settlement day of the
    next presentation, ``None`` when there is none; ``no_retry`` says why. ``correct_by`` is the last day of the one
    corrected entry where one may follow. ``dishonour_by`` is the last day on which a late or unasked return can be
    dishonored, ``None`` where the bank does not say when it settled. ``ends`` says that the order fails with it: no
    retry, no corrected entry, and a code that is known to return entries. ``sentence`` is the reason in a merchant's
    words, ``rows`` what the decision rests on.
    """

    code: str
    known: bool
    title: str
    category: str
    deadline_on: date | None
    timeliness: Timeliness
    fits: bool
    rate: Rate
    rates: tuple[Rate, ...]
    next_step: NextStep
    blocks: tuple[Block, ...]
    until: Until | None
    corrects_holder: Holder | None
    case: CaseKind | None
    answers: OdfiRequestKind | None
    sentence: str
    retry_on: date | None
    no_retry: NoRetry | None
    correct_by: date | None
    dishonour_by: date | None
    ends: bool
    rows: tuple[str, ...]

    @property
    def retry(self) -> bool:
        """Return whether the debit is presented again."""
        return self.retry_on is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """The decisions about ``n`` returns: the distinct ones, and ``which`` of them each return has, ``(n,)``."""

    distinct: tuple[Decision, ...]
    which: Int64

    def __len__(self) -> int:
        """Return the number of returns."""
        return len(self.which)

    def __iter__(self) -> Iterator[Decision]:
        """Yield each return's decision."""
        return (self.distinct[index] for index in self.which.tolist())


def decide_returns(returned: ReturnedEntries, *, policy: Retry) -> Decisions:
    """Return what follows from each of ``n`` returns under the rows in force on the day each of them settled.

    Few distinct cases stand in many returns, so each of those is decided once.
    """
    known: dict[tuple[object, ...], int] = {}
    which = np.fromiter((known.setdefault(each, len(known)) for each in returned.cases()), np.int64, len(returned))
    first = np.zeros(len(known), np.int64)
    first[which[::-1]] = np.arange(len(returned))[::-1]
    return Decisions(distinct=tuple(_decide(returned, row, policy) for row in first.tolist()), which=which)


def decide_return(  # noqa: PLR0913 -- what a return's decision depends on, each with its usual value
    code: str,
    *,
    returned_on: date,
    presentations: int,
    first_settled_on: date | None,
    policy: Retry,
    information: str = "",
    entry_class: str = "",
    holder: str = "",
    settled_on: date | None = None,
    amount_cents: int = 1,
    corrected: bool = False,
) -> Decision:
    """Return what follows from one return that settled on ``returned_on``; ``settled_on`` is the entry's settlement.

    Without ``settled_on`` the first settlement, or else the return's, stands for it.
    """
    one = ReturnedEntries(
        code=[code],
        information=[information],
        entry_class=[entry_class],
        holder=[holder],
        amount_cents=[amount_cents],
        settled_on=[settled_on or first_settled_on or returned_on],
        returned_on=[returned_on],
        told_on=[returned_on],
        presentations=[presentations],
        first_settled_on=[first_settled_on],
        corrected=[corrected],
    )
    return decide_returns(one, policy=policy).distinct[0]


def _decide(returned: ReturnedEntries, row: int, policy: Retry) -> Decision:
    code, own_day = returned.code[row], returned.returned_on[row]
    day = own_day or returned.told_on[row]
    reason = return_reason(code, on=day, information=returned.information[row])
    if reason is None:
        return _unknown(code)
    deadline = last_day(reason, returned.settled_on[row])
    timely = timeliness(reason, deadline=deadline, settled_on=own_day, told_on=day)
    again, no_retry = next_presentation(
        reason,
        returned_on=day,
        presentations=returned.presentations[row],
        first_settled_on=returned.first_settled_on[row],
        amount_cents=returned.amount_cents[row],
        policy=policy,
    )
    fits = reason.fits(returned.entry_class[row], returned.holder[row])
    corrected = returned.corrected[row] or not fits
    correct_by = None if corrected else _correct_by(reason, day)
    may_dishonour = timely is Timeliness.LATE or reason.answers is not None
    clocks = [DISHONOUR_CLOCK] * may_dishonour
    clocks += [COUNT_CLOCK, WINDOW_CLOCK] * (reason.next_step is NextStep.RETRY)
    clocks += [CORRECTION_CLOCK] * (reason.next_step is NextStep.CORRECTED_ENTRY)
    return Decision(
        code=code,
        known=True,
        title=reason.title,
        category=reason.category,
        deadline_on=deadline,
        timeliness=timely,
        fits=fits,
        rate=reason.rate,
        rates=reason.rates if returned.amount_cents[row] else (),
        next_step=reason.next_step,
        blocks=reason.blocks,
        until=reason.until,
        corrects_holder=reason.corrects_holder,
        case=reason.case if correct_by or reason.case is not CaseKind.CORRECTABLE_RETURN else None,
        answers=reason.answers,
        sentence=reason.sentence,
        retry_on=again,
        no_retry=no_retry,
        correct_by=correct_by,
        dishonour_by=_dishonour_by(own_day) if may_dishonour else None,
        ends=again is None and correct_by is None and reason.about_entry,
        rows=ids_of([reason.row, *(clock(name, day).row for name in clocks)]),
    )


def _correct_by(reason: ReturnReason, returned_on: date) -> date | None:
    """Return the last day of the one corrected entry, counted from the return's settlement."""
    if reason.next_step is not NextStep.CORRECTED_ENTRY:
        return None
    return returned_on + timedelta(days=clock(CORRECTION_CLOCK, returned_on).count)


def _dishonour_by(returned_on: date | None) -> date | None:
    return returned_on and add_banking_days(returned_on, clock(DISHONOUR_CLOCK, returned_on).count)


def _unknown(code: str) -> Decision:
    """Return the decision about a code that is not in the table: a person asks, and nothing is taken for granted."""
    return Decision(
        code=code,
        known=False,
        title="Unknown code",
        category="unknown",
        deadline_on=None,
        timeliness=Timeliness.NOT_DEFINED,
        fits=True,
        rate=Rate.OVERALL,
        rates=(Rate.OVERALL,),
        next_step=NextStep.INVESTIGATE,
        blocks=(),
        until=None,
        corrects_holder=None,
        case=CaseKind.UNKNOWN_RETURN_CODE,
        answers=None,
        sentence=f"The buyer's bank returned the debit with a code that is not known, {code}.",
        retry_on=None,
        no_retry=NoRetry.CODE,
        correct_by=None,
        dishonour_by=None,
        ends=False,
        rows=(),
    )
