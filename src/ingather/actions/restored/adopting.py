"""Adopting a file that was sent without this book: its orders are debited by it, and never again.

A book restored from an earlier moment does not know it. Everything is made from the file's own bytes, as if it had been
sealed here: rows, sealed bytes, facts, the numbers it took. Afterwards it is a file like any other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from sqlalchemy import or_, select, update

from ingather.actions.authorizations.states import consume_authorizations
from ingather.actions.cases import NewCase, open_each
from ingather.actions.context import Context
from ingather.actions.files.sealing import (
    NewBatches,
    NewEntries,
    NewFile,
    claim_orders,
    keep_file,
    modifier_series,
    note_sealed,
    trace_series,
)
from ingather.actions.files.sending import note_transmitted
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind
from ingather.domain.entries import EntryKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import NOT_SENT, FileState
from ingather.domain.orders import OrderState
from ingather.nacha.plan import FileHead
from ingather.store.allocation import MODIFIERS
from ingather.store.among import AT_ONCE, among
from ingather.store.series import go_on_from
from ingather.store.tables import File, Order

_WITH_A_DEBIT = frozenset({OrderState.SEALED, OrderState.SUBMITTED, OrderState.SETTLED, OrderState.COLLECTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Debit:
    """One debit of an order in a file's bytes: where it stands, and whether its batch says it is a retry."""

    order_id: int
    batch: int
    line: int
    trace: int
    amount_cents: int
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file as its bytes tell of it; ``others`` counts the entries that are no debits of orders.

    ``batches`` name no merchants yet: whose they are is known by their orders.
    """

    name: str
    route_id: int
    content: bytes = field(repr=False)
    sha256: bytes
    head: FileHead
    effective_on: date
    odfi: str
    batches: NewBatches
    debits: list[Debit]
    others: int
    entries: int
    cents: int
    last_trace: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How a file fits into the book: debits that can be taken, that wait for a return, and that cannot be taken."""

    taken: list[Debit]
    waiting: list[Debit]
    unfit: list[Debit]

    @property
    def whole(self) -> bool:
        """Whether every debit can be taken now."""
        return not self.waiting and not self.unfit


def fit_of(ctx: Context, sent: SentFile) -> Fit:
    """Return how a file fits into the book as it is now.

    A retry waits until the return of the debit before it is known, any debit until the one before it has ended. What is
    of no order of this book, of another amount, or of an order that has ended, cannot be taken.
    """
    orders = _orders(ctx, (debit.order_id for debit in sent.debits))
    fit = Fit(taken=[], waiting=[], unfit=[])
    for debit in sent.debits:
        order = orders.get(debit.order_id)
        if order is None or order.amount_minor != debit.amount_cents:
            fit.unfit.append(debit)
        elif order.state == OrderState.RETURNED or (order.state == OrderState.OPEN and not debit.again):
            fit.taken.append(debit)
        elif order.state == OrderState.OPEN or order.state in _WITH_A_DEBIT:
            fit.waiting.append(debit)
        else:
            fit.unfit.append(debit)
    return fit


def _orders(ctx: Context, keys: Iterable[int]) -> dict[int, Order]:
    wanted = sorted(set(keys))
    found: dict[int, Order] = {}
    for start in range(0, len(wanted), AT_ONCE):
        mine = among(ctx.session, Order.id, wanted[start : start + AT_ONCE])
        found |= {order.id: order for order in ctx.session.scalars(select(Order).where(mine))}
    return found


def is_taken(ctx: Context, sent: SentFile) -> bool:
    """Return whether the book has another file under the name, or under the identity at the operator, of this one."""
    same = (
        File.name == sent.name,
        (
            (File.destination == sent.head.destination)
            & (File.origin == sent.head.origin)
            & (File.created_on == sent.head.created_on)
            & (File.id_modifier == sent.head.id_modifier)
        ),
    )
    return ctx.session.execute(select(File.id).where(or_(*same)).limit(1)).first() is not None


def adopt_file(
    ctx: Context, sent: SentFile, fit: Fit, *, originator_id: int, route_id: int, evidence: str
) -> int | None:
    """Take a file in as sent, with the debits that fit, and return its key; None when some batch has none that fits.

    What does not fit becomes cases with its money (``tell_unfit``). Raises ``LostClaim`` when anything changed.
    """
    orders = _orders(ctx, (debit.order_id for debit in fit.taken))
    owners: dict[int, set[int]] = {}
    for debit in fit.taken:
        owners.setdefault(debit.batch, set()).add(orders[debit.order_id].merchant_id)
    if len(owners) != len(sent.batches.merchant_id) or any(len(each) > 1 for each in owners.values()):
        return None
    held = [order.id for order in orders.values() if order.held]
    _set_held(ctx, held, held=False)
    new = _as_new(sent, fit, orders, owners, originator_id=originator_id, route_id=route_id)
    row = keep_file(ctx, new)
    claim_orders(ctx, row, new)
    consume_authorizations(ctx, row)
    take_numbers(ctx, sent)
    note_sealed(ctx, row)
    _set_held(ctx, held, held=True)
    note_sent_before(ctx, row, evidence=evidence)
    return row.id


def _set_held(ctx: Context, order_ids: list[int], *, held: bool) -> None:
    if order_ids:
        ctx.session.execute(
            update(Order)
            .where(among(ctx.session, Order.id, order_ids))
            .values(held=held)
            .execution_options(synchronize_session=False),
        )


def _as_new(
    sent: SentFile,
    fit: Fit,
    orders: dict[int, Order],
    owners: dict[int, set[int]],
    *,
    originator_id: int,
    route_id: int,
) -> NewFile:
    debits = sorted(fit.taken, key=lambda debit: debit.order_id)
    count = len(sent.batches.merchant_id)
    batch = np.array([debit.batch for debit in debits], np.int64)
    cents = np.array([debit.amount_cents for debit in debits], np.int64)
    summed = np.zeros(count, np.int64)
    np.add.at(summed, batch, cents)
    mine = [orders[debit.order_id] for debit in debits]
    return NewFile(
        originator_id=originator_id,
        route_id=route_id,
        name=sent.name,
        head=sent.head,
        effective_on=sent.effective_on,
        night_on=sent.head.created_on,
        odfi=sent.odfi,
        # Its numbers are in its bytes; the series go on after them.
        first_trace=0,
        modifier_number=0,
        numbers_taken=True,
        adopted=True,
        sha256=sent.sha256,
        content=sent.content,
        second_reader="adopted",
        batches=replace(
            sent.batches,
            merchant_id=[next(iter(owners[number])) for number in range(count)],
            entries=np.bincount(batch, minlength=count).tolist(),
            debit_cents=summed.tolist(),
        ),
        entries=NewEntries(
            order_id=[order.id for order in mine],
            order_version=[order.version for order in mine],
            batch=batch.tolist(),
            kind=[_kind(debit, order) for debit, order in zip(debits, mine, strict=True)],
            presentation=[order.presentations + 1 for order in mine],
            line=[debit.line for debit in debits],
            trace=[debit.trace for debit in debits],
            amount_cents=cents.tolist(),
            bucket=[order.bucket for order in mine],
            terms_version=0,
        ),
    )


def _kind(debit: Debit, order: Order) -> EntryKind:
    if debit.again:
        return EntryKind.RETRY
    return EntryKind.CORRECTED if order.state == OrderState.RETURNED else EntryKind.DEBIT


def take_numbers(ctx: Context, sent: SentFile) -> None:
    """Let the numbers that a file took be taken here as well: traces and modifiers go on after them."""
    trace, head = trace_series(sent.odfi), sent.head
    series = modifier_series(head.destination, head.origin, head.created_on)
    number = MODIFIERS.find(head.id_modifier)
    go_on_from(ctx.session, trace, sent.last_trace + 1)
    go_on_from(ctx.session, series, number + 1)


def note_sent_before(ctx: Context, row: File, *, evidence: str) -> None:
    """Record that a file was intended and sent by the book that was lost, as the evidence shows."""
    if row.state in NOT_SENT:
        row.state = FileState.SENDING
        ctx.session.flush()
        ctx.fact(
            FactKind.SENDING, scope=Scope.FILE, subject=row.id, originator=row.originator_id, once="restored",
            evidence=evidence,
        )  # fmt: skip
    note_transmitted(ctx, row.id, evidence=evidence)


def tell_unfit(ctx: Context, sent: SentFile, unfit: Iterable[Debit], *, originator_id: int, subject: str) -> None:
    """Open a case with its money for each debit at the bank that cannot be an order's here.

    While it is open, an order that the book has is not debited again, and nothing of it is released.
    """
    unfit = list(unfit)
    ours = _orders(ctx, (debit.order_id for debit in unfit))
    day = ctx.now.astimezone(NEW_YORK).date()
    open_each(
        ctx,
        originator_id,
        [
            NewCase(
                kind=CaseKind.IN_DOUBT,
                once=f"restored|{debit.trace}|{public_id(Prefix.ORDER, debit.order_id)}",
                subject=subject,
                sentence=f"File {sent.name} was sent before {day} and debits {format_minor(debit.amount_cents)} for "
                f"{public_id(Prefix.ORDER, debit.order_id)}, which this restored book does not have so. "
                "Find out with the merchant what it is for, and let nobody record it again",
                suspense_minor=debit.amount_cents,
                order_id=debit.order_id if debit.order_id in ours else None,
                holds_release=debit.order_id in ours,
            )
            for debit in unfit
        ],
    )
