"""The money ring: every cent is at exactly one place, and the bank's books and ours say the same place.

What the bank holds of an order is compared with what our rows say of its debits, returns, disputes, refunds and
reversals, and each account of the ledger with the rows it stands for. Both are read without the code that posts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, encode_key, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.entries import COLLECTING, EntryEnd, EntryKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import FileState
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.domain.ledger import JournalKind, LedgerAccount
from ingather.domain.orders import OrderState
from ingather.domain.returns import DisputeState
from ingather.jobs.rehearsal.stage import Stage
from ingather.simulator.books import BankBooks
from ingather.store.reading.ledger import balances
from ingather.store.reading.payouts import paid_minor
from ingather.store.tables import (
    BankPosting,
    Batch,
    Case,
    Dispute,
    Entry,
    Fact,
    Feed,
    File,
    FollowUp,
    Order,
    Posting,
    Return,
)

_CREDITS = (EntryKind.REVERSAL, EntryKind.REFUND)
_NOT_DEBITED = (OrderState.OPEN, OrderState.SEALED, OrderState.CANCELED, OrderState.RETURNED, OrderState.FAILED)
_WITH_US = (OrderState.SETTLED, OrderState.COLLECTED)
_OUT = (FollowUpState.SENT, FollowUpState.SETTLED)
_GIVEN = (*_OUT, FollowUpState.DONE)
_NEVER_WENT = (EntryEnd.VOIDED, EntryEnd.REJECTED)
_BROUGHT_BACK = (DisputeState.DISHONOURED, DisputeState.UNDONE, DisputeState.REPLACED)
_ACCEPTED = (FileState.ACCEPTED, FileState.ACCEPTED_WITH_REJECTS)
_SHOWN = 5
_MERCHANTS = (
    LedgerAccount.PAYABLE_AVAILABLE, LedgerAccount.PAYABLE_SETTLED, LedgerAccount.MERCHANT_RESERVE,
    LedgerAccount.MERCHANT_RECEIVABLE, LedgerAccount.FEE_INCOME,
)  # fmt: skip


@dataclass(slots=True, kw_only=True)  # mutable -- added up row by row
class Told:
    """What our rows say of one order, in cents: debits settled, what came back, was won back, and was given back.

    ``accepted`` says that the bank has accepted its debit and nobody has told of its settlement.
    """

    state: OrderState
    amount: int
    accepted: bool = False
    debited: int = 0
    returned: int = 0
    won_back: int = 0
    given_back: int = 0
    came_back: int = 0
    fees: int = 0

    @property
    def standing(self) -> int:
        """Return what the account holds of the order."""
        return self.debited - self.returned + self.won_back - self.given_back + self.came_back


@dataclass(slots=True)  # mutable -- filled in while the books are read
class Ring:
    """Both books of one evening; ``complete`` says that every report through the bank's last day was taken.

    ``reconciled`` says that the ledger knows every posting on the account. ``unexplained`` are cents of settlements
    that differ from their batches, which wait as cases (an acknowledgement was lost), ``unsettled`` the orders that
    they may be about.
    """

    books: BankBooks
    complete: bool
    reconciled: bool = False
    unexplained: int = 0
    unsettled: frozenset[int] = frozenset()
    told: dict[int, Told] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)
    expected: dict[tuple[LedgerAccount, ...], int] = field(default_factory=dict)


def ring_faults(stage: Stage) -> dict[str, list[str]]:
    """Return what does not hold between the bank's books and ours, as sentences by the name of what should hold.

    While a report of a day that the bank has closed is missing, only what cannot wait for it is asked.
    """
    with stage.desk.view() as ctx:
        watermark = ctx.session.scalar(select(func.min(Feed.watermark_on)))
        closed = stage.last_closed
        complete = closed is None or (watermark is not None and watermark >= closed)
        ring = Ring(books=stage.bank.books(), complete=complete, accounts=balances(ctx.session))
        ring.reconciled = _reconciled(ctx.session)
        ring.unexplained, ring.unsettled = _unexplained(ctx.session, closed)
        ring.told = _told(ctx.session)
        ring.expected = _expected(ctx.session, ring.told)
    return {
        "bank_debited_no_order_twice": [f"the bank debited {name} twice" for name in ring.books.doubles],
        "bank_standing_equals_our_states": list(_faults_of_orders(ring)),
        "bank_balance_equals_our_ledger": list(_faults_of_balance(ring)),
        "every_cent_is_at_one_place": list(_faults_of_accounts(ring)),
    }


def _faults_of_balance(ring: Ring) -> Iterator[str]:
    moved = ring.books.balance_cents - ring.books.opening_cents
    banked = ring.accounts.get(LedgerAccount.BANK, 0) + ring.accounts.get(LedgerAccount.OPENING_BALANCE, 0)
    suspense = ring.accounts.get(LedgerAccount.BANK_SUSPENSE, 0)
    # What is reconciled left clearing for the bank, what nothing explains stands in the bank's suspense.
    cleared = ring.accounts.get(LedgerAccount.BANK_CLEARING, 0) + banked + suspense
    if ring.complete and moved != cleared + ring.unexplained:
        yield f"the account moved by {moved}, our ledger says {cleared} and cases {ring.unexplained}"
    if ring.complete and ring.reconciled and moved != banked:
        yield f"the account moved by {moved}, the bank account of our ledger by {banked}"


def _faults_of_accounts(ring: Ring) -> Iterator[str]:
    if total := sum(ring.accounts.values()):
        yield f"the accounts of the ledger sum to {total}"
    for accounts, cents in ring.expected.items():
        if (posted := sum(ring.accounts.get(account, 0) for account in accounts)) != cents:
            yield f"{' and '.join(accounts)} hold {posted}, the rows behind them say {cents}"


def _faults_of_orders(ring: Ring) -> Iterator[str]:
    wrong: defaultdict[str, list[str]] = defaultdict(list)
    for order_id, told in ring.told.items():
        for fault in _faults_of_order(order_id, told, ring):
            wrong[fault].append(public_id(Prefix.ORDER, order_id))
    for fault, names in wrong.items():
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        yield f"{fault}: {', '.join(names[:_SHOWN])}{more}"


def _faults_of_order(order_id: int, told: Told, ring: Ring) -> Iterator[str]:
    position = ring.books.by_reference.get(encode_key(order_id))
    standing = position.standing_cents if position else 0
    if standing > told.amount:
        yield f"the bank holds {standing} of an order over {told.amount}"
    if not ring.complete or order_id in ring.unsettled:
        return
    if standing != told.standing:
        yield f"{told.state}: the bank holds {standing}, our rows say {told.standing}"
    if told.accepted and not standing and not (position and position.waiting_cents):
        yield f"{told.state}: the bank accepted it, and has nothing of it"
    net = told.debited - told.returned + told.won_back
    if told.state in _WITH_US and net > told.amount:
        yield f"{told.state}: {net} was debited for an order over {told.amount}"


def _reconciled(session: Session) -> bool:
    """Return whether the ledger knows every posting of record: explained, or in suspense."""
    in_suspense = exists().where(Posting.kind == JournalKind.BANK_UNKNOWN, Posting.source_id == BankPosting.id)
    waiting = select(BankPosting.id).where(
        BankPosting.of_record, BankPosting.provisional.is_(False), BankPosting.matched.is_(False), ~in_suspense
    )
    return session.execute(waiting.limit(1)).first() is None


def _told(session: Session) -> dict[int, Told]:
    """Return every order with what our rows say of its money."""
    orders = session.execute(select(Order.id, Order.state, Order.amount_minor).order_by(Order.id))
    told = {key: Told(state=OrderState(state), amount=amount) for key, state, amount in orders}
    for accepted_id in _accepted(session):
        told[accepted_id].accepted = told[accepted_id].state == OrderState.SUBMITTED
    _add_entries(session, told)
    _add_returns(session, told)
    return told


def _accepted(session: Session) -> list[int]:
    found = session.scalars(
        select(Entry.order_id)
        .join(File, File.id == Entry.file_id)
        .where(Entry.kind.in_(COLLECTING), Entry.ended.is_(None), File.state.in_(_ACCEPTED))
    )
    return [order_id for order_id in found if order_id is not None]


def _add_entries(session: Session, told: dict[int, Told]) -> None:
    """Add what was debited and given back, as far as its settlement was told."""
    settled = _sums(
        session,
        select(Entry.order_id, Entry.kind, func.sum(Entry.amount_cents))
        .join(Batch, Batch.id == Entry.batch_id)
        .where(
            Entry.order_id.is_not(None),
            Batch.settled_on.is_not(None),
            or_(Entry.ended.is_(None), Entry.ended.not_in(_NEVER_WENT)),
        )
        .group_by(Entry.order_id, Entry.kind),
    )
    for order_id, kind, cents in settled:
        if kind in COLLECTING:
            told[order_id].debited += cents
        elif kind in _CREDITS:
            told[order_id].given_back += cents
        elif kind == EntryKind.RETURN_FEE:
            told[order_id].fees += cents


def _add_returns(session: Session, told: dict[int, Told]) -> None:
    """Add what came back, and what dishonours brought back of that."""
    about = func.coalesce(Return.order_id, Entry.order_id)
    back = _sums(
        session,
        select(about, Entry.kind, func.sum(Return.amount_cents))
        .outerjoin(Entry, Entry.id == Return.entry_id)
        .group_by(about, Entry.kind),
    )
    for order_id, kind, cents in back:
        if kind in _CREDITS:
            told[order_id].came_back += cents
        elif kind == EntryKind.RETURN_FEE:
            told[order_id].fees -= cents
        else:
            told[order_id].returned += cents
    won = _sums(
        session,
        select(Dispute.order_id, Dispute.state, func.sum(Dispute.amount_cents))
        .where(Dispute.state.in_(_BROUGHT_BACK), Dispute.dishonoured_on.is_not(None), Dispute.order_id.is_not(None))
        .group_by(Dispute.order_id, Dispute.state),
    )
    for order_id, _, cents in won:
        told[order_id].won_back += cents


def _unexplained(session: Session, closed: date | None) -> tuple[int, frozenset[int]]:
    """Return the cents of settlements that fit no batch of ours and wait as cases, and the orders they may be about."""
    differing = (Case.kind == CaseKind.SETTLEMENT_DIFFERS, Case.state == CaseState.OPEN)
    waiting = session.scalars(select(Case.suspense_minor).where(*differing)).all()
    if not waiting:
        return 0, frozenset()
    due = select(Entry.order_id).join(Batch, Batch.id == Entry.batch_id).where(Batch.settled_on.is_(None))
    if closed is not None:
        due = due.where(Batch.effective_on <= closed)
    orders = session.scalars(due.where(or_(Entry.ended.is_(None), Entry.ended.not_in(_NEVER_WENT))))
    return sum(waiting), frozenset(order_id for order_id in orders if order_id is not None)


def _sums(session: Session, statement: Select[int | None, str, int]) -> list[tuple[int, str, int]]:
    """Return sums in cents by order and word; what is about no order is left out."""
    rows = session.execute(statement)
    return [(order_id, word, int(cents)) for order_id, word, cents in rows if order_id is not None]


def _expected(session: Session, told: dict[int, Told]) -> dict[tuple[LedgerAccount, ...], int]:
    """Return what accounts of the ledger must hold by the rows that they stand for."""
    by_state: Counter[OrderState] = Counter()
    for each in told.values():
        by_state[each.state] += each.amount
    pending = by_state[OrderState.SUBMITTED] + by_state[OrderState.SETTLED]
    available = by_state[OrderState.COLLECTED]
    follow_ups = session.execute(
        select(FollowUp.kind, FollowUp.state, FollowUp.amount_cents, FollowUp.of_collected, Order.state).join(
            Order, Order.id == FollowUp.order_id
        )
    )
    for kind, state, cents, of_collected, order_state in follow_ups:
        sign = -1 if kind != FollowUpKind.RETURN_FEE else 1
        if state in _GIVEN and order_state != OrderState.REVERSED:
            if kind == FollowUpKind.RETURN_FEE:
                pending, available = (pending + cents, available) if state in _OUT else (pending, available + cents)
            elif of_collected or kind == FollowUpKind.REFUND:
                available += sign * cents
            else:
                pending += sign * cents
    return {
        (LedgerAccount.BUYER_RECEIVABLE,): _in_transit(session, (*COLLECTING, EntryKind.RETURN_FEE)),
        (LedgerAccount.PAYABLE_PENDING,): -pending,
        _MERCHANTS: paid_minor(session) - available,
        (LedgerAccount.CREDITS_OUT,): -_in_transit(session, _CREDITS),
        (LedgerAccount.RETURN_SUSPENSE,): _suspense(session),
    }


def _in_transit(session: Session, kinds: Sequence[EntryKind]) -> int:
    """Return the cents of entries that are proven at the bank and whose settlement nobody has told."""
    cents = session.execute(
        select(func.sum(Entry.amount_cents))
        .join(Batch, Batch.id == Entry.batch_id)
        .where(
            Entry.kind.in_(kinds),
            Batch.settled_on.is_(None),
            or_(Entry.ended.is_(None), Entry.ended.not_in(_NEVER_WENT)),
            exists().where(
                Fact.kind == FactKind.TRANSMITTED, Fact.scope == Scope.FILE, Fact.subject_id == Entry.file_id
            ),
        )
    ).scalar_one()
    return int(cents or 0)


def _suspense(session: Session) -> int:
    """Return the cents of returns that fit no debit of ours, less what dishonours brought back and is still open."""
    kept = session.execute(
        select(
            func.sum(case((and_(Return.applied.is_(False), Return.undone_on.is_(None)), Return.amount_cents), else_=0))
        )
        .outerjoin(Entry, Entry.id == Return.entry_id)
        .where(or_(Entry.kind.is_(None), Entry.kind.in_(COLLECTING)), Return.replaced_by.is_(None))
    ).scalar_one()
    open_now = session.execute(
        select(func.sum(Dispute.amount_cents)).where(Dispute.state == DisputeState.DISHONOURED)
    ).scalar_one()
    return int(kept or 0) - int(open_now or 0)
