"""What kind of question a posting is that nothing explains, and when it is asked of a person."""

from datetime import date

from ingather.domain.cases import CaseKind
from ingather.reports.items import PostingEvent
from ingather.rules.deadlines import deadline

_RETURNS = frozenset({PostingEvent.RETURN, PostingEvent.CREDIT_RETURN, PostingEvent.REJECTION})
_SETTLEMENTS = frozenset({PostingEvent.SETTLEMENT, PostingEvent.REVERSAL})


def kind_of(event: str, amount_minor: int, *, expected: int | None) -> CaseKind:
    """Return what a posting is a question about.

    ``expected`` is what the batches come to that the posting names, None where it names none of ours.
    """
    if expected is not None and event not in _RETURNS:
        return CaseKind.SHORT_SETTLEMENT if abs(amount_minor) < abs(expected) else CaseKind.OVER_SETTLEMENT
    if event in _RETURNS:
        return CaseKind.POSTING_WITHOUT_RETURN
    if event == PostingEvent.UNKNOWN:
        return CaseKind.UNKNOWN_CODE
    return CaseKind.ORPHAN_CREDIT if amount_minor > 0 else CaseKind.ORPHAN_DEBIT


def asked_from(day: date) -> date:
    """Return the first day on which what should have moved on a day, or is not explained, is a case.

    Source: the clock ``settlement-missing``, our own.
    """
    return deadline("settlement-missing", day)
