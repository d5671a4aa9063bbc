"""What waits for a person, as a count for each screen, and how far each account's reports are complete."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.files import FileState
from ingather.store.reading.corrections import WAITING
from ingather.store.tables import Book, Case, Correction, Feed, File

_OF_RETURNS = (
    CaseKind.UNMATCHED_RETURN, CaseKind.UNMATCHED_BY_HAND, CaseKind.MISROUTED_RETURN, CaseKind.DUPLICATE_RETURN,
    CaseKind.RETURN_OF_FINAL_ORDER, CaseKind.UNKNOWN_RETURN_CODE, CaseKind.LATE_RETURN, CaseKind.UNREQUESTED_RETURN,
    CaseKind.IMPROPER_RETURN, CaseKind.QUESTIONABLE_RETURN, CaseKind.COMPLIANCE_RETURN, CaseKind.CORRECTABLE_RETURN,
    CaseKind.RETURN_TO_INVESTIGATE, CaseKind.WRONG_DATA_RETURN, CaseKind.DOUBLE_CREDIT, CaseKind.CONTESTED,
    CaseKind.RETRY_ENDING,
)  # fmt: skip
"""Cases in which a person decides about a return."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many of each wait for a person; of cases, how many have their last day behind them, and how many today."""

    approvals: int
    returns: int
    changes: int
    cases: int
    overdue: int
    due_today: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """How far the reports of an account are complete."""

    bank: str
    account_last4: str
    through: date | None


def count_waiting(session: Session, *, today: date) -> Waiting:
    """Return what waits for a person at the desk."""
    cases = session.execute(
        select(
            func.count(Case.id),
            func.count(Case.id).filter(Case.due_on < today),
            func.count(Case.id).filter(Case.due_on == today),
            func.count(Case.id).filter(Case.kind.in_(_OF_RETURNS)),
        ).where(Case.state == CaseState.OPEN)
    ).one()
    sealed = select(func.count(File.id)).where(File.state == FileState.SEALED)
    changes = select(func.count(Correction.id)).where(Correction.state.in_(WAITING))
    return Waiting(
        approvals=session.scalar(sealed) or 0,
        returns=cases[3],
        changes=session.scalar(changes) or 0,
        cases=cases[0],
        overdue=cases[1],
        due_today=cases[2],
    )


def completeness(session: Session) -> list[Completeness]:
    """Return how far each account's reports are complete, in the order of the accounts."""
    rows = session.execute(select(Feed.bank, Feed.account_last4, Feed.watermark_on).order_by(Feed.id))
    return [Completeness(bank=bank, account_last4=last4, through=through) for bank, last4, through in rows]


def mark_of(session: Session) -> str:
    """Return whether the book is ``test`` or ``live``."""
    return str(session.scalar(select(Book.mark)))
