"""The invariants of reconciliation, each a question that returns how often it is broken: 0, always."""

from typing import Any

from sqlalchemy import Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from ingather.domain.ledger import JournalKind, LedgerAccount
from ingather.domain.reconciliation import DayState
from ingather.store.reading.breaches import Question, Statement, breaches, count
from ingather.store.reading.reconciliation import OF_POSTINGS
from ingather.store.tables import BankDay, BankPosting, Feed, Match, Posting

_STANDING = and_(Match.undone_at.is_(None), Match.kind.in_(OF_POSTINGS))
_MATCHED = (
    select(Match.subject_id, func.sum(Match.amount_minor).label("cents"), func.count().label("matches"))
    .where(_STANDING)
    .group_by(Match.subject_id)
    .subquery()
)
_IN = and_(Posting.account == LedgerAccount.BANK, Posting.kind == JournalKind.BANK_UNKNOWN)
_SUSPENDED = select(Posting.source_id.label("id"), Posting.amount_minor.label("cents")).where(_IN).subquery()


@breaches
def _bank_is_its_postings() -> Statement:
    """The ledger's bank account is the opening balances and the postings that it knows."""
    bank = _sum(Posting.amount_minor).where(Posting.account == LedgerAccount.BANK)
    opening = _sum(Feed.opening_minor).where(Feed.opened_on.is_not(None))
    known = (
        _sum(BankPosting.amount_minor)
        .outerjoin(_SUSPENDED, _SUSPENDED.c.id == BankPosting.id)
        .where(BankPosting.of_record, or_(BankPosting.matched, _SUSPENDED.c.id.is_not(None)))
    )
    meant = opening.scalar_subquery() + known.scalar_subquery()
    return select(literal(1)).where(bank.scalar_subquery() != meant)


@breaches
def _suspense_is_what_nothing_explains() -> Statement:
    """The bank's suspense holds the postings that nothing explains and that the ledger knows."""
    moved = (JournalKind.BANK_UNKNOWN, JournalKind.BANK_EXPLAINED)
    booked = _sum(Posting.amount_minor).where(Posting.account == LedgerAccount.BANK_SUSPENSE, Posting.kind.in_(moved))
    waiting = (
        _sum(BankPosting.amount_minor)
        .join(_SUSPENDED, _SUSPENDED.c.id == BankPosting.id)
        .where(BankPosting.of_record, BankPosting.matched.is_(False))
    )
    return select(literal(1)).where(-booked.scalar_subquery() != waiting.scalar_subquery())


def _sum(column: InstrumentedAttribute[Any]) -> Select[int]:
    return select(func.coalesce(func.sum(column), 0))


RECONCILIATION_INVARIANTS: dict[str, Question] = {
    "the_bank_account_is_its_opening_and_its_postings": _bank_is_its_postings,
    "suspense_is_what_nothing_explains": _suspense_is_what_nothing_explains,
    "matches_of_a_posting_are_its_amount": count(
        select(func.count())
        .select_from(BankPosting)
        .outerjoin(_MATCHED, _MATCHED.c.subject_id == BankPosting.id)
        .where(
            or_(
                and_(BankPosting.matched, func.coalesce(_MATCHED.c.cents, 0) != BankPosting.amount_minor),
                and_(BankPosting.matched.is_(False), _MATCHED.c.matches > 0),
            )
        ),
    ),
    "each_match_of_a_posting_is_banked_once": count(
        select(func.count()).select_from(
            select(Match.id)
            .join(
                Posting,
                and_(
                    Posting.originator_id == Match.originator_id,
                    Posting.batch_id == Match.batch_id,
                    Posting.merchant_id == 0,
                    Posting.source_id == Match.id,
                    Posting.account == LedgerAccount.BANK,
                    Posting.kind.in_([JournalKind.BANKED, JournalKind.UNBANKED]),
                ),
                isouter=True,
            )
            .where(Match.kind.in_(OF_POSTINGS))
            .group_by(Match.id, Match.amount_minor, Match.undone_at)
            .having(
                func.coalesce(func.sum(Posting.amount_minor), 0)
                != case((Match.undone_at.is_(None), Match.amount_minor), else_=0)
            )
            .subquery()
        ),
    ),
    "signed_days_balance_and_have_two_persons": count(
        select(func.count())
        .select_from(BankDay)
        .where(
            BankDay.state == DayState.SIGNED,
            or_(BankDay.open_items != 0, BankDay.signed_by.is_(None), BankDay.signed_by == BankDay.made_by),
        ),
    ),
}
"""Every invariant of reconciliation by its name, with the question that counts its breaches."""
