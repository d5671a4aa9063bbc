"""Decisions about returns in words: what a desk reads, on a page and in the table of every decision."""

from typing import assert_never

from ingather.rules.retries import NoRetry
from ingather.rules.return_codes import Block, CountedFrom, NextStep, ReturnReason, Until, WindowKind
from ingather.rules.return_windows import Timeliness
from ingather.rules.returns import Decision

_TIMELY = {
    Timeliness.IN_TIME: "in time",
    Timeliness.LATE: "late",
    Timeliness.BY_AGREEMENT: "by agreement",
    Timeliness.NOT_DEFINED: "not defined",
}
_UNTIL = {
    Until.NEVER: "for good",
    Until.CORRECTED: "until corrected or validated again",
    Until.RELEASED: "until a person releases it",
}
_STEPS = {
    NextStep.REAUTHORIZE: "only when the buyer authorizes it anew after the return",
    NextStep.NEW_ENTRY: "not presented again; put right what was wrong, then a new entry",
    NextStep.NEW_ACCOUNT: "not presented again; ask the buyer for another or a corrected account",
    NextStep.NEW_AUTHORIZATION: "not presented again; only a new authorization allows another debit",
    NextStep.INVESTIGATE: "not presented again; a person finds out why",
    NextStep.NONE: "not presented again",
}
_NO_RETRY = {
    NoRetry.CODE: "its code does not allow it",
    NoRetry.EXHAUSTED: "it has been presented as often as is allowed",
    NoRetry.WINDOW_OVER: "the days for it are over",
    NoRetry.NEVER_SETTLED: "its first settlement is not known",
    NoRetry.NO_AMOUNT: "it has no amount",
    NoRetry.WITH_US: "a dishonor, reversal or refund of it ended before",
}


def window_in_words(reason: ReturnReason) -> str:
    """Return a code's window, such as ``2 banking days after the entry``."""
    match reason.window_kind:
        case WindowKind.BY_AGREEMENT:
            return "as our bank agrees"
        case WindowKind.OPERATOR_NEXT_FILE:
            return "the operator's next file"
        case WindowKind.NOT_DEFINED:
            return "not defined"
        case WindowKind.BANKING | WindowKind.CALENDAR as kind:
            counted_from = reason.counted_from or CountedFrom.ENTRY
            days = "banking days" if kind is WindowKind.BANKING else "calendar days and a banking day"
            return f"{reason.window_days} {days} after the {counted_from}"
        case _:
            assert_never(reason.window_kind)


def timeliness_in_words(timeliness: Timeliness) -> str:
    """Return whether a return was in time."""
    return _TIMELY[timeliness]


def stops_in_words(decision: Decision) -> str:
    """Return what a return stops and until when, such as ``the account, for good``."""
    said = []
    if decision.corrects_holder is not None:
        said.append(f"the account's holder is a {decision.corrects_holder} from now on")
    if decision.blocks and decision.until is not None:
        suspends = decision.until is Until.RELEASED and Block.AUTHORIZATION in decision.blocks
        what = " and ".join(f"the {block}" for block in decision.blocks)
        said.append(f"{'suspends' if suspends else 'stops'} {what} {_UNTIL[decision.until]}")
    return "; ".join(said) or "nothing"


def next_step_in_words(decision: Decision) -> str:
    """Return what follows a return: the day of the retry or of the corrected entry, or why there is none."""
    if decision.retry_on is not None:
        return f"presented again on {decision.retry_on} as RETRY PYMT"
    if decision.correct_by is not None:
        return f"one corrected entry may settle until {decision.correct_by}"
    if decision.next_step is NextStep.RETRY and decision.no_retry is not None:
        return f"not presented again: {_NO_RETRY[decision.no_retry]}"
    if decision.next_step is NextStep.CORRECTED_ENTRY:
        return "not presented again: no corrected entry may follow"
    return _STEPS[decision.next_step]


def cases_in_words(decision: Decision) -> str:
    """Return the cases that a return opens for a person; what answers a request of ours opens none when we asked."""
    kinds = [f"{decision.case}{' unless we asked' if decision.answers else ''}"] if decision.case else []
    if decision.timeliness is Timeliness.LATE:
        kinds.append(f"late_return until {decision.dishonour_by}" if decision.dishonour_by else "late_return")
    if not decision.fits:
        kinds.append("improper_return")
    return ", ".join(kinds)
