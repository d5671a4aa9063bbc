"""The invariants of the books, each a question that returns how often it is broken: 0, always."""

from collections.abc import Callable

import numpy as np
from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from ingather.domain.accounts import CheckState
from ingather.domain.cases import CaseState
from ingather.domain.entries import COLLECTING, CREDITING, PROBING, EntryEnd, EntryKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import FileState
from ingather.domain.ledger import JournalKind, LedgerAccount
from ingather.domain.orders import STATES, OrderState, outcomes
from ingather.domain.reports import ReportState
from ingather.store import audit
from ingather.store.reading.breaches import Statement, breaches, count, rows
from ingather.store.reading.change_invariants import CHANGE_INVARIANTS
from ingather.store.reading.dispute_invariants import DISPUTE_INVARIANTS
from ingather.store.reading.events import gather
from ingather.store.reading.follow_up_invariants import FOLLOW_UP_INVARIANTS
from ingather.store.reading.match_invariants import MATCH_INVARIANTS
from ingather.store.reading.month_invariants import MONTH_INVARIANTS
from ingather.store.reading.payout_invariants import PAYOUT_INVARIANTS
from ingather.store.reading.queue_invariants import QUEUE_INVARIANTS
from ingather.store.reading.reconciliation_invariants import RECONCILIATION_INVARIANTS
from ingather.store.reading.report_invariants import collected_too_early
from ingather.store.reading.retention import uncertified
from ingather.store.reading.settlement_invariants import SETTLEMENT_INVARIANTS
from ingather.store.tables import (
    Account,
    AccountCheck,
    AccountCheckEntry,
    AccountValidation,
    Approval,
    Authorization,
    Batch,
    Case,
    Correction,
    Entry,
    Fact,
    File,
    Order,
    Originator,
    Posting,
    Report,
    Return,
)
from ingather.store.tables.cases import ENTANGLES

MOST_PRESENTATIONS = 3
_STANDING = and_(Entry.kind.in_(COLLECTING), Entry.ended.is_(None))


def _fact(kind: FactKind, scope: Scope, subject: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return exists().where(Fact.kind == kind, Fact.scope == scope, Fact.subject_id == subject)


def _states_equal_the_fold(session: Session) -> int:
    broken = 0
    for originator_id in session.scalars(select(Originator.id)):
        found = gather(session, originator_id)
        codes = outcomes(found.orders, found.entries)
        meant = np.array(STATES)[codes]
        broken += int((meant != np.array(found.stored)).sum()) if len(codes) else 0
    return broken


@breaches
def _files_add_up() -> Statement:
    credited = case((Entry.kind.in_(CREDITING), Entry.amount_cents), else_=0)
    by_batch = select(
        Batch.file_id, func.sum(Batch.entries).label("entries"), func.sum(Batch.debit_cents).label("debits"),
        func.sum(Batch.credit_cents).label("credits"),
    ).group_by(Batch.file_id).subquery()  # fmt: skip
    by_entry = select(
        Entry.file_id, func.count().label("entries"), func.sum(Entry.amount_cents - credited).label("debits"),
        func.sum(credited).label("credits"),
    ).group_by(Entry.file_id).subquery()  # fmt: skip
    return (
        select(File.id)
        .join(by_batch, by_batch.c.file_id == File.id)
        .join(by_entry, by_entry.c.file_id == File.id)
        .where(
            or_(
                *(
                    told != summed.c[name]
                    for summed in (by_batch, by_entry)
                    for name, told in (
                        ("entries", File.entries), ("debits", File.debit_cents), ("credits", File.credit_cents),
                    )
                ),
            ),
        )
    )  # fmt: skip


@breaches
def _orphans() -> tuple[Statement, ...]:
    return (
        select(Entry.id)
        .outerjoin(Order, Order.id == Entry.order_id)
        .where(Entry.kind.in_(COLLECTING), Order.id.is_(None)),
        select(Entry.id).outerjoin(Batch, Batch.id == Entry.batch_id).where(Batch.id.is_(None)),
        select(Entry.id).outerjoin(File, File.id == Entry.file_id).where(File.id.is_(None)),
        select(Return.id)
        .outerjoin(Entry, Entry.id == Return.entry_id)
        .where(Return.entry_id.is_not(None), Entry.id.is_(None)),
    )  # fmt: skip


@breaches
def _ledger() -> Statement:
    return select(Posting.kind).group_by(
        Posting.originator_id, Posting.kind, Posting.source_id, Posting.batch_id, Posting.currency,
    ).having(func.sum(Posting.amount_minor) != 0)  # fmt: skip


@breaches
def _paid_out() -> Statement:
    """No merchant was told to be paid more than was ever theirs (invariant I17); statements say when.

    What became a merchant's are collected orders and fees, and what was given back and came back to us.
    """
    by_account = select(Posting.merchant_id, func.sum(Posting.amount_minor).label("settled")).where(
        Posting.account == LedgerAccount.PAYABLE_SETTLED,
        Posting.kind.in_([JournalKind.PAID_OUT, JournalKind.PAYABLE_AGAIN]),
    ).group_by(Posting.merchant_id).subquery()  # fmt: skip
    collected = select(Posting.merchant_id, func.sum(Posting.amount_minor).label("collected")).where(
        Posting.account == LedgerAccount.PAYABLE_AVAILABLE,
        Posting.kind.in_([JournalKind.COLLECTED, JournalKind.CREDIT_UNDONE]),
    ).group_by(Posting.merchant_id).subquery()  # fmt: skip
    return (
        select(by_account.c.merchant_id)
        .outerjoin(collected, collected.c.merchant_id == by_account.c.merchant_id)
        .where(by_account.c.settled < func.coalesce(collected.c.collected, 0))
    )


@breaches
def _presentations() -> tuple[Statement, ...]:
    """No order is presented more often than allowed, and every debit that reached the bank is over all of its order."""
    unlike = (
        select(Entry.id)
        .join(Order, Order.id == Entry.order_id)
        .where(
            Entry.kind.in_(COLLECTING),
            or_(Entry.ended.is_(None), Entry.ended == EntryEnd.RETURNED),
            Entry.amount_cents != Order.amount_minor,
        )
    )
    too_often = select(Order.id).where(Order.presentations > MOST_PRESENTATIONS)
    return unlike, too_often


def _chain(session: Session) -> int:
    return 0 if audit.first_fault(session) is None else 1


@breaches
def _checked_accounts() -> Statement:
    """Nothing is debited from an account between the wanting of its check and that check's end (ids tell the time)."""
    return (
        select(Entry.id)
        .join(Order, Order.id == Entry.order_id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .join(AccountCheck, AccountCheck.account_id == Authorization.account_id)
        .where(AccountCheck.state.in_([CheckState.WANTED, CheckState.SEALED]), _STANDING, Entry.id > AccountCheck.id)
    )


@breaches
def _proofs() -> tuple[Statement, ...]:
    """A validated account has a proof on record, and a check that passed has left one."""
    proven = exists().where(AccountValidation.account_id == Account.id)
    of_check = exists().where(
        AccountValidation.account_id == AccountCheck.account_id, AccountValidation.method == AccountCheck.method
    )
    return (
        select(Account.id).where(Account.validated, ~proven),
        select(AccountCheck.id).where(AccountCheck.state == CheckState.PASSED, ~of_check),
        select(Entry.id).where(Entry.kind.in_(PROBING), ~exists().where(AccountCheckEntry.entry_id == Entry.id)),
    )


_sent = aliased(Fact)
_revoked = aliased(Fact)
_opened = aliased(Fact)
_sealed = aliased(Fact)

INVARIANTS: dict[str, Callable[[Session], int]] = {
    "one_live_debit_per_order": rows(
        select(Entry.order_id).where(_STANDING).group_by(Entry.order_id).having(func.count() > 1),
    ),
    "nothing_at_the_bank_without_intent": count(
        select(func.count())
        .select_from(File)
        .where(
            _fact(FactKind.TRANSMITTED, Scope.FILE, File.id),
            ~_fact(FactKind.SENDING, Scope.FILE, File.id),
        ),
    ),
    "traces_are_unique_in_their_file": rows(
        select(Entry.file_id).group_by(Entry.file_id, Entry.trace).having(func.count() > 1),
    ),
    "states_equal_the_fold_of_facts": _states_equal_the_fold,
    "files_add_up": _files_add_up,
    "nothing_received_is_dropped": count(
        select(func.count()).select_from(Report).where(Report.state == ReportState.KEPT),
    ),
    "unmatched_items_are_cases": count(
        select(func.count())
        .select_from(Correction)
        .where(
            Correction.state == "unmatched",
            ~exists().where(Case.originator_id == Correction.originator_id, Case.kind == "unmatched_change"),
        ),
    ),
    "journals_sum_to_zero": _ledger,
    "no_debit_sent_after_revocation": count(
        select(func.count())
        .select_from(Entry)
        .join(_sent, and_(_sent.scope == Scope.FILE, _sent.kind == FactKind.SENDING, _sent.subject_id == Entry.file_id))
        .join(Order, Order.id == Entry.order_id)
        .join(
            _revoked,
            and_(
                _revoked.scope == Scope.AUTHORIZATION,
                _revoked.kind == FactKind.REVOKED,
                _revoked.subject_id == Order.authorization_id,
            ),
        )
        .where(_sent.seq > _revoked.seq, Entry.kind.not_in(CREDITING)),
    ),
    "entries_unsent_belong_to_sealed_orders": count(
        select(func.count())
        .select_from(Entry)
        .join(File, File.id == Entry.file_id)
        .join(Order, Order.id == Entry.order_id)
        .where(
            File.state.in_([FileState.SEALED, FileState.APPROVED]),
            _STANDING,
            Order.state != OrderState.SEALED,
        ),
    ),
    "maker_is_not_checker": count(
        select(func.count()).select_from(Approval).where(Approval.maker == Approval.checker),
    ),
    "audit_chain_holds": _chain,
    "no_new_debit_while_something_is_open": count(
        select(func.count())
        .select_from(Entry)
        .where(
            _STANDING,
            Entry.presentation > 1,
            exists().where(
                Case.order_id == Entry.order_id,
                Case.state == CaseState.OPEN,
                ENTANGLES,
                _opened.scope == Scope.CASE,
                _opened.kind == FactKind.OPENED,
                _opened.subject_id == Case.id,
                _sealed.scope == Scope.FILE,
                _sealed.kind == FactKind.SEALED,
                _sealed.subject_id == Entry.file_id,
                _sealed.seq > _opened.seq,
            ),
        ),
    ),
    "collected_only_when_complete": collected_too_early,
    "paid_out_at_most_what_was_collected": _paid_out,
    "presentations_within_the_rules": _presentations,
    "corrected_at_most_once": rows(
        select(Entry.order_id)
        .where(Entry.kind == EntryKind.CORRECTED, or_(Entry.ended.is_(None), Entry.ended == EntryEnd.RETURNED))
        .group_by(Entry.order_id)
        .having(func.count() > 1),
    ),
    "no_orphans": _orphans,
    "nothing_is_debited_from_an_account_under_check": _checked_accounts,
    "validated_accounts_have_proof": _proofs,
    "micro_entries_never_net_a_debit": count(
        select(func.count()).select_from(Batch).where(Batch.credit_cents > 0, Batch.debit_cents > Batch.credit_cents),
    ),
    "evidence_is_destroyed_with_a_certificate": uncertified,
    **FOLLOW_UP_INVARIANTS,
    **DISPUTE_INVARIANTS,
    **CHANGE_INVARIANTS,
    **MATCH_INVARIANTS,
    **MONTH_INVARIANTS,
    **PAYOUT_INVARIANTS,
    **QUEUE_INVARIANTS,
    **RECONCILIATION_INVARIANTS,
    **SETTLEMENT_INVARIANTS,
}
"""Every invariant by its name, with the question that counts its breaches."""


def sweep(session: Session) -> dict[str, int]:
    """Return how often each invariant is broken."""
    return {name: question(session) for name, question in INVARIANTS.items()}
