"""Sealing a file: one short transaction claims its orders, keeps its exact bytes and re-checks what changed since.

The file was built outside the transaction, on numbers and versions that were only looked at. Here the numbers are
taken and the orders claimed by version; when anything moved in between, nothing is kept and the file is built again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from ingather.actions.authorizations.states import consume_authorizations
from ingather.actions.context import Context
from ingather.actions.rules import keep_rules, policy_of
from ingather.actions.screening import not_clear
from ingather.base.columns import Int64
from ingather.base.dates import format_yymmdd
from ingather.base.ids import Prefix, public_id
from ingather.domain.accounts import AccountState
from ingather.domain.authorizations import AuthorizationState
from ingather.domain.cases import CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import FileState
from ingather.domain.orders import OrderState
from ingather.domain.refusals import BookRestored, LostClaim
from ingather.nacha.plan import FileHead
from ingather.nacha.plan_parts import DEBITS_ONLY
from ingather.store import allocation
from ingather.store.binary_copy import Column
from ingather.store.bulk import insert_columns
from ingather.store.engine import BookFault, aborted, join_writers
from ingather.store.entries import of_file
from ingather.store.locks import sealers_turn
from ingather.store.rested_on import versions_of
from ingather.store.tables import (
    Account,
    Authorization,
    Batch,
    Book,
    Buyer,
    Case,
    Entry,
    File,
    FileChunk,
    Merchant,
    Order,
)
from ingather.store.tables.cases import ENTANGLES
from ingather.vault.sealing import Place


def _none() -> Int64:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBatches:
    """The batches of a file as columns, in file order; those of orders only debit."""

    merchant_id: Sequence[int]
    entry_class: Sequence[str]
    company_name: Sequence[str]
    company_identification: Sequence[str]
    entry_description: Sequence[str]
    entries: Sequence[int]
    debit_cents: Sequence[int]
    credit_cents: Sequence[int] | None = None
    service_class: Sequence[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntries:
    """The entries of a file as columns, ascending by order; ``batch`` indexes into the batches.

    ``terms_version`` is the sum of the versions of the authorizations and accounts they rest on, each once. What
    validates an account has neither order nor presentation. ``single`` says that some of the authorizations are for one
    debit. What follows a debit names it in ``original_entry_id``, and its own version in ``order_version``.
    """

    order_id: Column
    order_version: Column
    batch: Column
    kind: Sequence[str]
    presentation: Column
    line: Column
    trace: Column
    amount_cents: Column
    bucket: Column
    terms_version: int
    authorization_ids: Int64 = field(default_factory=_none)
    account_ids: Int64 = field(default_factory=_none)
    single: bool = False
    original_entry_id: Sequence[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file built and read back, ready to be sealed; ``first_trace`` and ``modifier_number`` were only looked at.

    ``rule_rows`` are the ids of the rule rows that its entries rest on. With ``numbers_taken`` its numbers are its own.
    One that is ``adopted`` was sent before: a restored book takes it in.
    """

    originator_id: int
    route_id: int
    name: str
    head: FileHead
    effective_on: date
    night_on: date
    odfi: str
    first_trace: int
    modifier_number: int
    sha256: bytes
    content: bytes = field(repr=False)
    second_reader: str
    batches: NewBatches
    entries: NewEntries
    rule_rows: tuple[str, ...] = ()
    numbers_taken: bool = False
    adopted: bool = False


def trace_series(odfi: str) -> str:
    """Return the series of an ODFI's trace numbers."""
    return f"trace|{odfi}"


def modifier_series(destination: str, origin: str, day: date) -> str:
    """Return the series of the file id modifiers of a destination and origin on one creation date."""
    return f"modifier|{destination}|{origin}|{format_yymmdd(day)}"


def seal_file(ctx: Context, new: NewFile) -> int:
    """Seal a file and return its key; raises ``LostClaim`` when anything it rests on changed since it was built.

    In a late transaction other writers wait only from the claim on, not while the entries are laid down.
    Raises ``BookRestored`` in a restored book.
    """
    refuse_if_restored(ctx)
    try:
        row = keep_file(ctx, new)
        claim_orders(ctx, row, new)
    except IntegrityError as refusal:
        # A unique refused a second live debit of an order: whoever sealed it was first.
        raise LostClaim from refusal
    _refuse_changed(ctx, row, new)
    if new.entries.single:
        consume_authorizations(ctx, row)
    note_sealed(ctx, row)
    return row.id


def keep_file(ctx: Context, new: NewFile) -> File:
    """Keep a built file with its bytes, batches and entries, and take the numbers it was built on.

    Raises ``LostClaim`` when these have gone to another file meanwhile.
    """
    file_id = ctx.ids.one()
    entry_ids = ctx.ids.many(len(new.entries.trace))
    row = _file_row(ctx, file_id, new, entry_ids)
    try:
        _insert(ctx, row, new, entry_ids)
    except BookFault as refusal:
        # Two nights laid down the same orders at once: one of them goes on.
        if not aborted(refusal):
            raise
        raise LostClaim from refusal
    if new.numbers_taken:
        sealers_turn(ctx.session)
    join_writers(ctx.session)
    if not new.adopted:
        refuse_if_restored(ctx)
    row.rule_set_id = keep_rules(ctx, new.rule_rows) if new.rule_rows else None
    _take_numbers(ctx, new)
    return row


def note_sealed(ctx: Context, row: File) -> None:
    """Leave the fact and the record that a file is sealed."""
    ctx.fact(
        FactKind.SEALED,
        scope=Scope.FILE,
        subject=row.id,
        originator=row.originator_id,
        on=row.night_on,
        entries=row.entries,
    )
    ctx.audit(
        "seal_file",
        public_id(Prefix.FILE, row.id),
        name=row.name,
        sha256=row.sha256.hex(),
        entries=row.entries,
        debit_cents=row.debit_cents,
    )


def refuse_if_restored(ctx: Context) -> None:
    """Raise ``BookRestored`` in a book that is behind what its host remembers."""
    book = ctx.session.get(Book, 1)
    if book is None or book.state != "ready":
        raise BookRestored


def _take_numbers(ctx: Context, new: NewFile) -> None:
    if new.numbers_taken:
        return
    trace = allocation.take(ctx.session, trace_series(new.odfi), len(new.entries.trace), last=allocation.TRACES)
    series = modifier_series(new.head.destination, new.head.origin, new.head.created_on)
    modifier = allocation.take(ctx.session, series, 1, first=0)
    if (trace, modifier) != (new.first_trace, new.modifier_number):
        raise LostClaim


def _insert(ctx: Context, row: File, new: NewFile, entry_ids: Int64) -> None:
    file_id = row.id
    ctx.session.add(row)
    ctx.session.flush()
    for part, chunk in enumerate(ctx.vault.seal_chunks(Place.FILE_BYTES, file_id, new.content)):
        insert_columns(ctx.session, FileChunk, {"part": [part], "content": [chunk]}, same={"file_id": file_id})
    _insert_entries(ctx, file_id, new, entry_ids=entry_ids, batch_ids=_insert_batches(ctx, file_id, new))


def _file_row(ctx: Context, file_id: int, new: NewFile, entry_ids: Int64) -> File:
    return File(
        id=file_id,
        originator_id=new.originator_id,
        route_id=new.route_id,
        name=new.name,
        state=FileState.SEALED,
        sha256=new.sha256,
        size=len(new.content),
        destination=new.head.destination,
        origin=new.head.origin,
        created_on=new.head.created_on,
        created_hhmm=new.head.created_at.strftime("%H%M"),
        id_modifier=new.head.id_modifier,
        effective_on=new.effective_on,
        batches=len(new.batches.merchant_id),
        entries=len(new.entries.trace),
        debit_cents=sum(new.batches.debit_cents),
        credit_cents=sum(new.batches.credit_cents or ()),
        first_entry_id=int(entry_ids[0]),
        last_entry_id=int(entry_ids[-1]),
        maker=ctx.actor,
        night_on=new.night_on,
        second_reader=new.second_reader,
        rule_set_id=None,
        void_reason=None,
        sealed_at=ctx.now,
        transmitted_at=None,
    )


def _insert_batches(ctx: Context, file_id: int, new: NewFile) -> Int64:
    batches = new.batches
    batch_ids = ctx.ids.many(len(batches.merchant_id))
    insert_columns(
        ctx.session,
        Batch,
        {
            "id": batch_ids,
            "merchant_id": batches.merchant_id,
            "number": range(1, len(batch_ids) + 1),
            "entry_class": batches.entry_class,
            "company_name": batches.company_name,
            "company_identification": batches.company_identification,
            "entry_description": batches.entry_description,
            "entries": batches.entries,
            "debit_cents": batches.debit_cents,
            "credit_cents": batches.credit_cents or [0] * len(batch_ids),
            "service_class": batches.service_class or [DEBITS_ONLY] * len(batch_ids),
        },
        same={
            "originator_id": new.originator_id,
            "file_id": file_id,
            "effective_on": new.effective_on,
            "rejected": False,
            "settled_on": None,
            "settlement_basis": None,
            "hold_until": None,
            "released": False,
        },
    )
    return batch_ids


def _insert_entries(ctx: Context, file_id: int, new: NewFile, *, entry_ids: Int64, batch_ids: Int64) -> None:
    entries = new.entries
    insert_columns(
        ctx.session,
        Entry,
        {
            "id": entry_ids,
            "order_id": entries.order_id,
            "batch_id": batch_ids[np.asarray(entries.batch, np.int64)],
            "kind": entries.kind,
            "presentation": entries.presentation,
            "order_version": entries.order_version,
            "line": entries.line,
            "trace": entries.trace,
            "amount_cents": entries.amount_cents,
            "bucket": entries.bucket,
            **({} if entries.original_entry_id is None else {"original_entry_id": entries.original_entry_id}),
        },
        same={
            "originator_id": new.originator_id,
            "file_id": file_id,
            "ended": None,
        },
    )


def claim_orders(ctx: Context, row: File, new: NewFile) -> None:
    """Claim a kept file's orders by their versions; raises ``LostClaim`` unless each can be debited as it was read."""
    claimed = ctx.session.execute(
        update(Order)
        .where(
            *of_file(row),
            Order.id == Entry.order_id,
            Order.version == Entry.order_version,
            Order.state.in_([OrderState.OPEN, OrderState.RETURNED]),
            Order.held.is_(False),
        )
        .values(
            state=OrderState.SEALED,
            presentations=Entry.presentation,
            version=Order.version + 1,
            collect_on=None,
            reason=None,
            route_id=new.route_id,
            corrected=False,
        )
        .execution_options(synchronize_session=False),
    )
    if claimed.rowcount != len(new.entries.trace):  # type: ignore[attr-defined]  # an UPDATE's result has it
        raise LostClaim


def _refuse_changed(ctx: Context, row: File, new: NewFile) -> None:
    """Raise ``LostClaim`` when an authorization, account or merchant of the file changed since it was planned.

    Versions only rise, and every block, revocation or correction raises one: an equal sum means nothing changed.
    """
    versions = versions_of(
        ctx.session, authorization_ids=new.entries.authorization_ids, account_ids=new.entries.account_ids
    )
    stopped = ctx.session.execute(
        select(Batch.id)
        .join(Merchant, Merchant.id == Batch.merchant_id)
        .where(Batch.file_id == row.id, Merchant.state != "active"),
    ).first()
    if versions != new.entries.terms_version or stopped is not None:
        raise LostClaim


def blocked_orders(ctx: Context, row: File) -> int:
    """Return how many of a file's orders may not be debited (any more).

    Held, canceled, revoked, blocked, a change of the account overdue, entangled, a party that is stopped or no longer
    clear by its screening, or a merchant now paid out abroad without the ODFI's view.
    """
    required, on = policy_of(ctx, row.originator_id).screening.required, row.effective_on
    merchant_stopped = exists().where(
        Merchant.id == Order.merchant_id,
        or_(
            Merchant.state != "active",
            not_clear(Merchant, on=on, required=required),
            and_(Merchant.paid_abroad, Merchant.iat_view_on.is_(None)),
        ),
    )
    buyer_stopped = exists().where(
        Buyer.id == Order.buyer_id, or_(Buyer.state != "active", not_clear(Buyer, on=on, required=required))
    )
    entangled = exists().where(Case.order_id == Order.id, Case.state == CaseState.OPEN, ENTANGLES)
    return ctx.session.execute(
        select(func.count())
        .select_from(Entry)
        .join(Order, Order.id == Entry.order_id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .join(Account, Account.id == Authorization.account_id)
        .where(
            *of_file(row),
            Entry.presentation.is_not(None),
            or_(
                Order.held,
                Order.state != OrderState.SEALED,
                Authorization.state.not_in([AuthorizationState.ACTIVE, AuthorizationState.CONSUMED]),
                Account.state != AccountState.ACTIVE,
                Account.change_due_on < ctx.today,
                merchant_stopped,
                buyer_stopped,
                entangled,
            ),
        ),
    ).scalar_one()
