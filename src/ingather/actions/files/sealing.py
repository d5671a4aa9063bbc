"""Sealing a file: one short transaction claims its orders, keeps its exact bytes and re-checks what changed since.

The file was built outside the transaction, on numbers and versions that were only looked at. Here the numbers are
taken and the orders claimed by version; when anything moved in between, nothing is kept and the file is built again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

import numpy as np
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from ingather.actions.authorizations.states import consume_authorizations
from ingather.actions.context import Context
from ingather.actions.files.blocked import refuse_stopped
from ingather.actions.rules import keep_rules
from ingather.base.columns import Int64
from ingather.base.dates import format_yymmdd
from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import FileState
from ingather.domain.orders import OrderState
from ingather.domain.refusals import BookRestored, LostClaim
from ingather.nacha.plan import FileHead
from ingather.nacha.plan_parts import DEBITS_ONLY
from ingather.store import allocation
from ingather.store.binary_copy import Column
from ingather.store.bulk import insert_columns
from ingather.store.early_claims import claim_before_turn, let_pass
from ingather.store.engine import BookFault, aborted, join_writers
from ingather.store.rested_on import change_of_terms, versions_of
from ingather.store.tables import Batch, Book, Entry, File, FileChunk, Order
from ingather.vault.sealing import Place

_CLAIMED_AT_ONCE = 20_000
"""How many orders are claimed between two looks at who waits for them."""


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
    validates an account has neither order nor presentation. ``terms_change`` is the change of terms they
    were read at. ``single`` says that some of the authorizations are for one
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
    terms_change: int = 0
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

    In a late transaction on PostgreSQL other writers wait only at its end: entries are laid down and orders claimed
    before its turn, unless others need these just then. Raises ``BookRestored`` in a restored book.
    """
    refuse_if_restored(ctx)
    read_at = new.entries.terms_change
    try:
        row = _lay_down(ctx, new)

        def claim() -> None:
            nonlocal read_at
            claim_orders(ctx, row, new)
            read_at = _unchanged_at(ctx, new, read_at)

        early = claim_before_turn(ctx.session, claim)
        _take_part(ctx, row, new)
        if not early:
            claim_orders(ctx, row, new)
    except BookFault as refusal:
        if not (isinstance(refusal, IntegrityError) or aborted(refusal)):
            raise
        # A unique refused a second live debit of an order: whoever sealed it was first; or others could not wait.
        raise LostClaim from refusal
    _unchanged_at(ctx, new, read_at)
    refuse_stopped(ctx, row)
    if new.entries.single:
        consume_authorizations(ctx, row)
    note_sealed(ctx, row)
    return row.id


def keep_file(ctx: Context, new: NewFile) -> File:
    """Keep a built file with its bytes, batches and entries, and take the numbers it was built on.

    Raises ``LostClaim`` when these have gone to another file meanwhile.
    """
    row = _lay_down(ctx, new)
    _take_part(ctx, row, new)
    return row


def _lay_down(ctx: Context, new: NewFile) -> File:
    """Insert a file's rows, which are its own: nobody waits for them but who would seal the same orders."""
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
    return row


def _take_part(ctx: Context, row: File, new: NewFile) -> None:
    """Take the turn to write, unless it is taken, and in it the file's numbers and rules."""
    join_writers(ctx.session)
    if not new.adopted:
        refuse_if_restored(ctx)
    row.rule_set_id = keep_rules(ctx, new.rule_rows) if new.rule_rows else None
    _take_numbers(ctx, new)


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
    """Claim a kept file's orders by their versions; raises ``LostClaim`` unless each can be debited as it was read.

    It goes by parts of the file, in the order of their orders' ids. Before the turn to write it raises ``HeldUp``
    between them when others cannot wait for the rest.
    """
    claimed, wanted = 0, len(new.entries.trace)
    parts, width = wanted // _CLAIMED_AT_ONCE + 1, row.last_entry_id + 1 - row.first_entry_id
    for first, after in pairwise(row.first_entry_id + width * part // parts for part in range(parts + 1)):
        claimed += _claim_between(ctx, row, new, first, after - 1)
        let_pass(ctx.session)
    if claimed != wanted:
        raise LostClaim


def _claim_between(ctx: Context, row: File, new: NewFile, first: int, last: int) -> int:
    """Claim the orders of a file's entries from one to another; returns how many were as they had been read."""
    claimed = ctx.session.execute(
        update(Order)
        .where(
            Entry.id.between(first, last),
            (Entry.file_id + 0) == row.id,
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
    return int(claimed.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def _unchanged_at(ctx: Context, new: NewFile, read_at: int) -> int:
    """Return the change of terms at which a file's authorizations and accounts are still as they were at ``read_at``.

    Raises ``LostClaim`` when one of them changed. Versions only rise, and every block, revocation or correction raises
    one: an equal sum means that nothing changed; and without any change of terms there is no sum to take.
    """
    entries, at = new.entries, change_of_terms(ctx.session)
    if at and at == read_at:
        return at
    versions = versions_of(ctx.session, authorization_ids=entries.authorization_ids, account_ids=entries.account_ids)
    if versions != entries.terms_version:
        raise LostClaim
    return at
