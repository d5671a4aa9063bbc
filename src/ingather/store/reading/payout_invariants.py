"""The invariants of payouts: no statement is paid twice, and the ledger says what is on its way; each returns breaches.

Keys tell the time: a row with a later key was made later.
"""

from sqlalchemy import and_, case, exists, func, not_, or_, select
from sqlalchemy.orm import Session

from ingather.domain.entries import EntryEnd, EntryKind
from ingather.domain.files import AT_THE_BANK, NOT_SENT, FileState
from ingather.domain.ledger import JournalKind, LedgerAccount
from ingather.domain.payouts import PAYABLE_AGAIN, PayoutMethod, PayoutState
from ingather.store.reading.breaches import Question, Statement, breaches
from ingather.store.tables import Batch, Entry, File, MerchantAccount, Payout, Posting, Settlement

_STANDS = or_(Entry.ended.is_(None), Entry.ended == EntryEnd.RETURNED)
_OPEN = (PayoutState.DUE, PayoutState.APPROVED, PayoutState.SEALED, PayoutState.SENT)


@breaches
def _statements() -> tuple[Statement, ...]:
    """A payout is all that its statement pays, and a statement has no second one that was not called off before it."""
    unlike = (
        select(Payout.id)
        .outerjoin(Settlement, Settlement.id == Payout.settlement_id)
        .where(
            or_(
                Settlement.id.is_(None),
                Settlement.payable_minor != Payout.amount_minor,
                Settlement.merchant_id != Payout.merchant_id,
                Settlement.currency != Payout.currency,
            ),
        )
    )
    twice = select(Payout.settlement_id).group_by(Payout.settlement_id).having(func.count() > 1)
    return unlike, twice


@breaches
def _credits() -> tuple[Statement, ...]:
    """Every credit to a merchant that stands is the one of a payout, over its amount, in its merchant's batch.

    A payout taken out of a file that has not left may be elsewhere by now: that file is voided before it can leave.
    """
    lost = (
        select(Entry.id)
        .join(Batch, Batch.id == Entry.batch_id)
        .join(File, File.id == Entry.file_id)
        .outerjoin(Payout, Payout.entry_id == Entry.id)
        .where(
            Entry.kind == EntryKind.PAYOUT,
            _STANDS,
            or_(
                and_(Payout.id.is_(None), File.state.not_in(NOT_SENT)),
                Payout.amount_minor != Entry.amount_cents,
                Payout.merchant_id != Batch.merchant_id,
                Payout.file_id != Entry.file_id,
            ),
        )
    )
    both = select(Payout.id).where(Payout.entry_id.is_not(None), Payout.sheet.is_not(None))
    return lost, both


@breaches
def _states() -> tuple[Statement, ...]:
    """A payout stands where its entry, file and batch do, or where its sheet does; who made it did not approve it."""
    live, settled = Entry.ended.is_(None), Batch.settled_on.is_not(None)
    by_file, on_sheet = Payout.method == PayoutMethod.ACH, Payout.sheet.is_not(None)
    gone = or_(Entry.id.is_(None), Entry.ended.in_([EntryEnd.VOIDED, EntryEnd.REJECTED]))
    meant = case(
        # Taken out of a file that has not left: the file is voided before it can.
        (
            Payout.state.in_([PayoutState.DUE, PayoutState.APPROVED, PayoutState.CANCELED]),
            and_(or_(gone, File.state.not_in(AT_THE_BANK)), ~on_sheet),
        ),
        (~by_file, and_(on_sheet, Payout.entry_id.is_(None))),
        (Payout.state == PayoutState.SEALED, and_(live, File.state.not_in([*AT_THE_BANK, FileState.VOIDED]))),
        (Payout.state == PayoutState.SENT, and_(live, File.state.in_(AT_THE_BANK), ~settled)),
        (Payout.state == PayoutState.SETTLED, and_(live, settled)),
        else_=Entry.ended == EntryEnd.RETURNED,
    )
    astray = (
        select(Payout.id)
        .outerjoin(Entry, Entry.id == Payout.entry_id)
        .outerjoin(Batch, Batch.id == Entry.batch_id)
        .outerjoin(File, File.id == Entry.file_id)
        # What is unknown is wrong.
        .where(not_(func.coalesce(meant, False)))
    )
    alone = select(Payout.id).where(Payout.approved_by == Payout.asked_by)
    no_account = (
        select(Payout.id)
        .outerjoin(MerchantAccount, MerchantAccount.id == Payout.merchant_account_id)
        .where(
            Payout.state.in_([PayoutState.SEALED, PayoutState.SENT, PayoutState.SETTLED, PayoutState.RETURNED]),
            or_(
                MerchantAccount.id.is_(None),
                MerchantAccount.merchant_id != Payout.merchant_id,
                MerchantAccount.approved_by.is_(None),
            ),
        )
    )
    return astray, alone, no_account


def _ledger(session: Session) -> int:
    """What the ledger says a merchant was told to be paid and has not been is its payouts on the way.

    Those that came back before their batch settled are with us before they left; statements that never had a payout
    wait for one.
    """
    told = (
        select(Posting.merchant_id, func.sum(Posting.amount_minor).label("minor"))
        .where(Posting.account == LedgerAccount.PAYABLE_SETTLED)
        .group_by(Posting.merchant_id)
    )
    found = {row.merchant_id: int(row.minor) for row in session.execute(told)}
    for merchant_id, minor in _on_the_way(session):
        found[merchant_id] = found.get(merchant_id, 0) + int(minor)
    return sum(minor != 0 for minor in found.values())


def _on_the_way(session: Session) -> list[tuple[int, int]]:
    early = and_(
        Payout.state == PayoutState.RETURNED, Payout.method == PayoutMethod.ACH, Batch.settled_on.is_(None)
    )  # fmt: skip
    payouts = (
        select(Payout.merchant_id, func.sum(Payout.amount_minor))
        .outerjoin(Batch, Batch.id == Payout.batch_id)
        .where(or_(Payout.state.in_(_OPEN), early))
        .group_by(Payout.merchant_id)
    )
    without = (
        select(Settlement.merchant_id, func.sum(Settlement.payable_minor))
        .where(Settlement.payable_minor > 0, ~exists().where(Payout.settlement_id == Settlement.id))
        .group_by(Settlement.merchant_id)
    )
    return [(row[0], row[1]) for statement in (payouts, without) for row in session.execute(statement)]


@breaches
def _owed_again() -> tuple[Statement, ...]:
    """What is owed again was called off or came back, once, over all of its amount, and nothing else is."""
    again = (
        select(Posting.source_id, func.sum(-Posting.amount_minor).label("minor"))
        .where(Posting.kind == JournalKind.PAYABLE_AGAIN, Posting.account == LedgerAccount.PAYABLE_AVAILABLE)
        .group_by(Posting.source_id)
        .subquery()
    )
    over = Payout.state.in_(sorted(PAYABLE_AGAIN))
    unlike = (
        select(Payout.id)
        .outerjoin(again, again.c.source_id == Payout.id)
        .where(
            or_(
                and_(over, func.coalesce(again.c.minor, 0) != Payout.amount_minor),
                and_(not_(over), again.c.minor.is_not(None)),
            ),
        )
    )
    of_nothing = select(again.c.source_id).outerjoin(Payout, Payout.id == again.c.source_id).where(Payout.id.is_(None))
    return unlike, of_nothing


PAYOUT_INVARIANTS: dict[str, Question] = {
    "statements_are_paid_once": _statements,
    "credits_to_merchants_are_payouts": _credits,
    "payouts_stand_where_their_entries_do": _states,
    "told_to_be_paid_is_paid_or_on_its_way": _ledger,
    "owed_again_is_what_came_back": _owed_again,
}
"""Every invariant of payouts by its name, with the question that counts its breaches."""
