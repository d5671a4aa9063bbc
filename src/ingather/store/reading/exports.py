"""What other programs are given of the book: tables with documented columns, masked, a page of rows at a time.

No account number, name or free text of a bank stands in any of them: accounts are told by their last four digits.
Amounts are whole minor units, days are dates, instants are UTC.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, and_, case, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ingather.base.ids import Prefix, encode_keys
from ingather.domain.refusals import NoSuch, WrongState
from ingather.store.tables import (
    Account,
    Authorization,
    BankPosting,
    Batch,
    Buyer,
    Entry,
    Feed,
    File,
    Merchant,
    Order,
    Return,
    Settlement,
    SettlementLine,
)

PAGE = 50_000
"""How many rows are in memory at once."""


class ExportKind(StrEnum):
    """What can be exported: one table each."""

    ORDERS = "orders"
    ENTRIES = "entries"
    RETURNS = "returns"
    SETTLEMENTS = "settlements"
    SETTLEMENT_LINES = "settlement-lines"
    POSTINGS = "postings"


class ColumnType(StrEnum):
    """What a column holds."""

    ID = "id"
    TEXT = "text"
    INTEGER = "integer"
    DAY = "day"
    INSTANT = "instant"
    FLAG = "flag"
    TRACE = "trace"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportColumn:
    """One column: its name, what it holds, what it means, and where it is read; ``prefix`` is that of a public id."""

    name: str
    type: ColumnType
    meaning: str
    source: Any = field(repr=False)
    prefix: Prefix | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One table: its columns, the key by which it is read in pages, the day it is cut by, and its tables joined."""

    columns: tuple[ExportColumn, ...]
    key: InstrumentedAttribute[int]
    day: Any
    day_meaning: str
    scope: InstrumentedAttribute[int]
    joined: Callable[[Select[Any]], Select[Any]]
    of_merchants: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Which rows are wanted: those of one merchant, and those whose day is not before or after these."""

    merchant: str | None = None
    first_on: date | None = None
    last_on: date | None = None


def _id(name: str, prefix: Prefix, source: Any, meaning: str) -> ExportColumn:  # noqa: ANN401 -- a column of any table
    return ExportColumn(name=name, type=ColumnType.ID, meaning=meaning, source=source, prefix=prefix)


def _of(kind: ColumnType) -> Callable[[str, Any, str], ExportColumn]:
    def column(name: str, source: Any, meaning: str) -> ExportColumn:  # noqa: ANN401 -- a column of any table
        return ExportColumn(name=name, type=kind, meaning=meaning, source=source)

    return column


_text, _integer, _day = _of(ColumnType.TEXT), _of(ColumnType.INTEGER), _of(ColumnType.DAY)
_instant, _flag, _trace = _of(ColumnType.INSTANT), _of(ColumnType.FLAG), _of(ColumnType.TRACE)

_ORDERS = Export(
    columns=(
        _id("order", Prefix.ORDER, Order.id, "the order"),
        _text("external_id", Order.external_id, "the merchant's own id of it"),
        _integer("instalment", Order.instalment, "which instalment it is, from 1"),
        _text("merchant", Merchant.external_id, "who is paid"),
        _text("buyer", Buyer.external_id, "who pays"),
        _id("authorization", Prefix.AUTHORIZATION, Order.authorization_id, "what allows the debit"),
        _text("account_last4", Account.last4, "the last four digits of the account it is debited from"),
        _integer("amount_minor", Order.amount_minor, "the amount in minor units"),
        _text("currency", Order.currency, "ISO 4217"),
        _day("due_on", Order.due_on, "when it is due"),
        _day("collect_on", Order.collect_on, "the day it waits for, empty when it waits for none"),
        _text("state", Order.state, "where it stands: open to collected or failed"),
        _text("reason", Order.reason, "why it waits or failed"),
        _flag("held", Order.held, "whether somebody holds it"),
        _integer("presentations", Order.presentations, "how often it was presented"),
        _day("first_settled_on", Order.first_settled_on, "when its first debit settled"),
        _text("last_code", Order.last_code, "the last return code"),
        _flag("late", Order.late, "whether a return came after it was collected"),
        _integer("refunded_minor", Order.refunded_minor, "what standing refunds give back"),
        _instant("created_at", Order.created_at, "when it was recorded"),
    ),
    key=Order.id,
    day=Order.due_on,
    day_meaning="due date",
    scope=Order.originator_id,
    joined=lambda statement: (
        statement.join(Merchant, Merchant.id == Order.merchant_id)
        .join(Buyer, Buyer.id == Order.buyer_id)
        .outerjoin(Authorization, Authorization.id == Order.authorization_id)
        .outerjoin(Account, Account.id == Authorization.account_id)
    ),
)

_ENTRIES = Export(
    columns=(
        _id("entry", Prefix.ENTRY, Entry.id, "the entry"),
        _id("order", Prefix.ORDER, Entry.order_id, "its order, empty for an offset or a test of an account"),
        _text("merchant", Merchant.external_id, "whose batch it is in"),
        _id("original_entry", Prefix.ENTRY, Entry.original_entry_id, "the entry that it reverses, refunds or corrects"),
        _id("file", Prefix.FILE, Entry.file_id, "its file"),
        _text("file_name", File.name, "the file's name at the bank"),
        _text("file_state", File.state, "where the file stands"),
        _id("batch", Prefix.BATCH, Entry.batch_id, "its batch"),
        _integer("batch_number", Batch.number, "the batch's number in the file"),
        _integer("line", Entry.line, "its line in the file, from 1"),
        _trace("trace", Entry.trace, "its trace number, fifteen digits"),
        _text("kind", Entry.kind, "debit, retry, corrected, reversal, refund, fee ..."),
        _integer("presentation", Entry.presentation, "which presentation of the order it is"),
        _text("entry_class", Batch.entry_class, "the standard entry class"),
        _text("company_identification", Batch.company_identification, "the merchant to the bank"),
        _text("entry_description", Batch.entry_description, "what the buyer's statement says"),
        _integer("amount_minor", Entry.amount_cents, "the amount in minor units"),
        _day("effective_on", Batch.effective_on, "the effective entry date"),
        _day("settled_on", Batch.settled_on, "when its batch settled"),
        _text("settlement_basis", Batch.settlement_basis, "confirmed by the bank, or inferred"),
        _day("hold_until", Batch.hold_until, "until when it is held for returns"),
        _text("ended", Entry.ended, "how it ended: rejected, returned, voided; empty while it stands"),
    ),
    key=Entry.id,
    day=Batch.effective_on,
    day_meaning="effective entry date",
    scope=Entry.originator_id,
    joined=lambda statement: (
        statement.join(Batch, Batch.id == Entry.batch_id)
        .join(File, File.id == Entry.file_id)
        .join(Merchant, Merchant.id == Batch.merchant_id)
    ),
)

_TOLD_BY = case((or_(Return.line > 0, Return.evidence.is_(None)), Return.report_id), else_=None)
_RETURNS = Export(
    columns=(
        _id("return", Prefix.RETURN, Return.id, "the return"),
        _id("order", Prefix.ORDER, Return.order_id, "the order it is about, empty for one that fits none"),
        _id("entry", Prefix.ENTRY, Return.entry_id, "the entry that came back"),
        _text("merchant", Merchant.external_id, "whose order it was"),
        _text("code", Return.code, "the return code of the Rules"),
        _trace("original_trace", Return.original_trace, "the trace number it names"),
        _trace("return_trace", Return.return_trace, "its own trace number"),
        _integer("amount_minor", Return.amount_cents, "the amount in minor units"),
        _day("returned_on", Return.returned_on, "its settlement date"),
        _text("timeliness", Return.timeliness, "whether it came within its window, by the Rules"),
        _flag("late", Return.late, "whether it came after the hold"),
        _flag("applied", Return.applied, "whether it was applied to its entry"),
        _flag("clawed_back", Return.clawed_back, "whether the merchant had been told of the money"),
        _text("matched_by", Return.matched_by, "by which rule its entry was found"),
        _text("next_step", Return.next_step, "what follows"),
        _day("deadline_on", Return.deadline_on, "until when it can be dishonored"),
        _day("undone_on", Return.undone_on, "when a dishonour of it had stood"),
        _id("report", Prefix.REPORT, _TOLD_BY, "the report that told of it, empty while only a person did"),
        _integer("report_line", Return.line, "its line there"),
        _text("posting_ref", Return.posting_ref, "the bank's reference of the posting"),
        _instant("received_at", Return.received_at, "when it was taken"),
    ),
    key=Return.id,
    day=Return.returned_on,
    day_meaning="settlement date of the return",
    scope=Return.originator_id,
    joined=lambda statement: statement.outerjoin(Order, Order.id == Return.order_id).outerjoin(
        Merchant, Merchant.id == Order.merchant_id
    ),
)

_SUMS = {
    "opening_minor": "owed to the merchant before; negative when it owed us",
    "collected_minor": "collected for it",
    "clawed_back_minor": "returned after it was collected",
    "given_back_minor": "reversals and refunds",
    "restored_minor": "what came back to us after that",
    "fees_minor": "return fees",
    "charges_minor": "bank charges that it bears",
    "reserved_minor": "kept in reserve",
    "unreserved_minor": "released from reserve",
    "covered_minor": "reserve that was used",
    "invoiced_minor": "moved to an invoice",
    "payable_again_minor": "payouts that came back",
    "payable_minor": "paid by this statement",
    "closing_minor": "owed after it",
    "reserve_minor": "in reserve after it",
    "held_minor": "of the closing, collected and not payable yet",
}

_SETTLEMENTS = Export(
    columns=(
        _id("settlement", Prefix.SETTLEMENT, Settlement.id, "the statement"),
        _text("merchant", Merchant.external_id, "whose it is"),
        _day("as_of", Settlement.as_of, "its day"),
        _text("currency", Settlement.currency, "ISO 4217"),
        *(_integer(name, getattr(Settlement, name), meaning) for name, meaning in _SUMS.items()),
        _instant("made_at", Settlement.made_at, "when it was made"),
    ),
    key=Settlement.id,
    day=Settlement.as_of,
    day_meaning="day of the statement",
    scope=Settlement.originator_id,
    joined=lambda statement: statement.join(Merchant, Merchant.id == Settlement.merchant_id),
)

_SETTLEMENT_LINES = Export(
    columns=(
        _id("settlement", Prefix.SETTLEMENT, SettlementLine.settlement_id, "the statement"),
        _text("merchant", Merchant.external_id, "whose it is"),
        _day("as_of", Settlement.as_of, "the statement's day"),
        _text("kind", SettlementLine.kind, "collected, failed, clawed back, given back, restored, fee ..."),
        _text("external_id", Order.external_id, "the merchant's own id of the order; empty for what is about no order"),
        _integer("instalment", Order.instalment, "which instalment it is, from 1"),
        _id("entry", Prefix.ENTRY, SettlementLine.entry_id, "the entry it is about"),
        _integer("amount_minor", SettlementLine.amount_minor, "the amount in minor units"),
        _text("currency", Settlement.currency, "ISO 4217"),
        _text("code", SettlementLine.code, "the return code"),
        _text("reason", SettlementLine.reason, "why it failed without a debit"),
        _id("return", Prefix.RETURN, SettlementLine.return_id, "the return it rests on"),
        _id("report", Prefix.REPORT, SettlementLine.report_id, "the report that told of it"),
        _integer("report_line", SettlementLine.report_line, "its line there"),
        _day("payable_on", SettlementLine.payable_on, "from when it is payable, empty when it was at once"),
    ),
    key=SettlementLine.id,
    day=Settlement.as_of,
    day_meaning="day of the statement",
    scope=Settlement.originator_id,
    joined=lambda statement: (
        statement.join(Settlement, Settlement.id == SettlementLine.settlement_id)
        .join(Merchant, Merchant.id == Settlement.merchant_id)
        .outerjoin(Order, Order.id == SettlementLine.order_id)
    ),
)

_POSTINGS = Export(
    columns=(
        _id("posting", Prefix.POSTING, BankPosting.id, "the posting"),
        _text("bank", Feed.bank, "whose account it is on"),
        _text("account_last4", Feed.account_last4, "the last four digits of our account"),
        _text("carrier", BankPosting.carrier, "what told of it"),
        _text("code", BankPosting.code, "the bank's code, as type:code"),
        _text("event", BankPosting.event, "what the code means"),
        _integer("amount_minor", BankPosting.amount_minor, "minor units, positive for a credit to our account"),
        _text("currency", BankPosting.currency, "ISO 4217"),
        _day("value_on", BankPosting.value_on, "its value date"),
        _day("booked_on", BankPosting.booked_on, "when the bank booked it"),
        _text("bank_ref", BankPosting.bank_ref, "the bank's reference"),
        _trace("trace", BankPosting.trace, "the trace number it names"),
        _text("reason", BankPosting.reason, "the return code it names"),
        _text("company_identification", BankPosting.company_identification, "the company it names"),
        _text("origination_file", BankPosting.origination_file, "the file of ours that it names"),
        _integer("batch_number", BankPosting.batch_number, "the batch it names"),
        _integer("items", BankPosting.items, "how many items it holds, where the bank says"),
        _flag("of_record", BankPosting.of_record, "whether the account's books are kept by its carrier"),
        _flag("provisional", BankPosting.provisional, "whether a final report has yet to confirm it"),
        _flag("matched", BankPosting.matched, "whether it is explained"),
        _id("report", Prefix.REPORT, BankPosting.report_id, "the report that told of it"),
        _integer("report_line", BankPosting.line, "its line there"),
    ),
    key=BankPosting.id,
    day=BankPosting.value_on,
    day_meaning="value date",
    scope=Feed.originator_id,
    joined=lambda statement: statement.join(Feed, Feed.id == BankPosting.feed_id),
    of_merchants=False,
)

EXPORTS: Mapping[ExportKind, Export] = {
    ExportKind.ORDERS: _ORDERS,
    ExportKind.ENTRIES: _ENTRIES,
    ExportKind.RETURNS: _RETURNS,
    ExportKind.SETTLEMENTS: _SETTLEMENTS,
    ExportKind.SETTLEMENT_LINES: _SETTLEMENT_LINES,
    ExportKind.POSTINGS: _POSTINGS,
}


def export_pages(
    session: Session, kind: ExportKind, originator_id: int, cut: Cut, *, page: int = PAGE
) -> Iterator[list[Sequence[Any]]]:
    """Yield an export's columns a page at a time, in the order of its keys; ids are public, instants aware.

    Raises ``WrongState`` for a merchant's postings, which no merchant has, and ``NoSuch`` for a merchant that is not
    in the book.
    """
    export = EXPORTS[kind]
    wanted = wanted_rows(session, export, originator_id, cut)
    last = -1
    while True:
        rows = session.execute(page_of(export, wanted, after=last, page=page)).all()
        if not rows:
            return
        keys, *columns = zip(*rows, strict=True)
        yield [_told(column, values) for column, values in zip(export.columns, columns, strict=True)]
        last = int(keys[-1])
        if len(rows) < page:
            return


def page_of(export: Export, wanted: Sequence[ColumnElement[bool]], *, after: int, page: int) -> Select[Any]:
    """Return the query of one page: the rows that are wanted whose key is after the last one's, in the keys' order."""
    statement = export.joined(select(export.key, *(column.source for column in export.columns)))
    return statement.where(and_(*wanted), export.key > after).order_by(export.key).limit(page)


def wanted_rows(session: Session, export: Export, originator_id: int, cut: Cut) -> list[ColumnElement[bool]]:
    """Return the conditions of a cut.

    Added zeros keep the engines from other indexes than that of the key, by which every page would be sorted anew.
    """
    return [export.scope + 0 == originator_id, *_conditions(session, export, originator_id, cut)]


def _conditions(session: Session, export: Export, originator_id: int, cut: Cut) -> Iterator[ColumnElement[bool]]:
    if cut.first_on is not None:
        yield export.day >= cut.first_on
    if cut.last_on is not None:
        yield export.day <= cut.last_on
    if cut.merchant is None:
        return
    if not export.of_merchants:
        fact = "postings are on our account and of no one merchant"
        raise WrongState(fact, "Export them without --merchant")
    known = select(Merchant.id).where(Merchant.originator_id == originator_id, Merchant.external_id == cut.merchant)
    key = session.scalar(known)
    if key is None:
        fact = f"there is no merchant {cut.merchant}"
        raise NoSuch(fact, "ingather merchant list shows them")
    yield Merchant.id + 0 == key


def _told(column: ExportColumn, values: Sequence[Any]) -> Sequence[Any]:
    match column.type:
        case ColumnType.ID:
            return _public(values, column.prefix)
        case ColumnType.TRACE:
            return [f"{value:015d}" if value else None for value in values]
        case _:
            return values


def _public(keys: Sequence[int | None], prefix: Prefix | None) -> list[str | None]:
    """Return keys as public ids; a key of nothing, None or 0, has none."""
    encoded = encode_keys(np.array([key or 0 for key in keys], dtype=np.int64))
    texts = np.ascontiguousarray(encoded).view(f"S{encoded.shape[1]}").ravel().astype(str).tolist()
    return [f"{prefix}_{text}" if key else None for key, text in zip(keys, texts, strict=True)]
