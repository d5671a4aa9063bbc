"""Anything by a text that could name it: the text is read in every way it can be, and each way is asked of the book."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, func, lateral, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from ingather.base.ids import Prefix
from ingather.store.among import among
from ingather.store.tables import (
    Account,
    Authorization,
    Buyer,
    Case,
    Entry,
    File,
    Merchant,
    Order,
    Originator,
    Report,
    Return,
)

MOST = 20
"""How many of one kind are shown."""
LOOKS_AT = 50_000
"""How many of the newest rows are looked at where nothing has an index."""
MOST_ACCOUNTS = 100
"""Of how many accounts with the same last four the orders are looked for, the newest first."""
_LAST = "\U0010ffff"
_FEW_FILES = 3_000
_Named = TypeVar("_Named", type[Buyer], type[Authorization], type[Account])


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """What was found: keys, whether one was named exactly and whole, and whether only the newest were looked at."""

    keys: Sequence[int] = ()
    exact: bool = False
    newest_only: bool = False
    more: bool = False


def _few(rows: Sequence[int], *, exact: bool = False, newest_only: bool = False) -> Hits:
    return Hits(keys=rows[:MOST], exact=exact and len(rows) == 1, newest_only=newest_only, more=len(rows) > MOST)


def _begins(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """Return the condition that a name begins with a text, as a range that an index answers."""
    return and_(column >= text, column < text + _LAST)


def _ways(column: InstrumentedAttribute[str], text: str) -> Iterator[tuple[ColumnElement[bool], bool]]:
    """Yield how a name is looked for: whole as it is typed or in capitals, then as a beginning, in either way."""
    yield column.in_({text, text.upper()}), True
    yield _begins(column, text), False
    if text.upper() != text:
        yield _begins(column, text.upper()), False


def exists(session: Session, prefix: Prefix, key: int) -> bool:
    """Return whether the book has what an id names, for the kinds that have a page."""
    tables: dict[Prefix, Any] = {
        Prefix.ORDER: Order.id,
        Prefix.AUTHORIZATION: Authorization.id,
        Prefix.FILE: File.id,
        Prefix.RETURN: Return.id,
        Prefix.CASE: Case.id,
        Prefix.REPORT: Report.id,
        Prefix.BUYER: Buyer.id,
        Prefix.MERCHANT: Merchant.id,
        Prefix.ACCOUNT: Account.id,
        Prefix.ENTRY: Entry.id,
    }
    column = tables.get(prefix)
    return column is not None and session.scalar(select(column).where(column == key)) is not None


def entry_place(session: Session, entry_id: int) -> tuple[int, int] | None:
    """Return the file and the line in which an entry stands."""
    row = session.execute(select(Entry.file_id, Entry.line).where(Entry.id == entry_id)).one_or_none()
    return None if row is None else (row[0], row[1])


def orders_named(session: Session, text: str) -> Hits:
    """Return the orders whose own name is a text, else those whose name begins with it."""
    for condition, exact in _ways(Order.external_id, text):
        # The unique of orders is by merchant and then by name: each merchant is asked for, so that it is used.
        each = lateral(
            select(Order.id.label("key"))
            .where(Order.originator_id == Merchant.originator_id, Order.merchant_id == Merchant.id, condition)
            .order_by(Order.external_id)
            .limit(MOST + 1)
        )
        if session.get_bind().dialect.name == "sqlite":
            statement = select(Order.id).where(
                Order.originator_id == select(Originator.id).scalar_subquery(),
                Order.merchant_id.in_(select(Merchant.id)),
                condition,
            )
        else:
            statement = select(each.c.key).select_from(Merchant).join(each, true())
        found = session.scalars(statement.limit(MOST + 1)).all()
        if found:
            return _few(sorted(found, reverse=True), exact=exact)
    return Hits()


def _named(session: Session, table: _Named, text: str) -> Hits:
    of_book = table.originator_id == select(Originator.id).scalar_subquery()
    for condition, exact in _ways(table.external_id, text):
        found = session.scalars(select(table.id).where(of_book, condition).limit(MOST + 1)).all()
        if found:
            return _few(found, exact=exact)
    return Hits()


def buyers_named(session: Session, text: str) -> Hits:
    """Return the buyers whose own name is a text or begins with it, else the newest whose name has it in it."""
    found = _named(session, Buyer, text)
    if found.keys:
        return found
    newest = select(Buyer.id, Buyer.name).order_by(Buyer.id.desc()).limit(LOOKS_AT).subquery()
    has_it = func.lower(newest.c.name).contains(text.lower(), autoescape=True)
    rows = session.scalars(select(newest.c.id).where(has_it).order_by(newest.c.id.desc()).limit(MOST + 1)).all()
    return _few(rows, newest_only=_has_more(session, Buyer.id))


def _has_more(session: Session, key: InstrumentedAttribute[int]) -> bool:
    return session.scalar(select(key).order_by(key.desc()).offset(LOOKS_AT).limit(1)) is not None


def authorizations_named(session: Session, text: str) -> Hits:
    """Return the authorizations whose own name is a text or begins with it."""
    return _named(session, Authorization, text)


def accounts_named(session: Session, text: str) -> Hits:
    """Return the accounts whose own name is a text or begins with it; never by their numbers."""
    return _named(session, Account, text)


def merchants_named(session: Session, text: str) -> Hits:
    """Return the merchants whose own name is a text, or in whose name it is."""
    exact = session.scalars(select(Merchant.id).where(Merchant.external_id == text)).all()
    if exact:
        return _few(exact, exact=True)
    has_it = func.lower(Merchant.name).contains(text.lower(), autoescape=True)
    begins = func.lower(Merchant.external_id).startswith(text.lower(), autoescape=True)
    return _few(session.scalars(select(Merchant.id).where(or_(has_it, begins)).limit(MOST + 1)).all())


def orders_of_amount(session: Session, minor: int) -> Hits:
    """Return the newest orders of an amount."""
    newest = select(Order.id, Order.amount_minor).order_by(Order.id.desc()).limit(LOOKS_AT).subquery()
    rows = session.scalars(
        select(newest.c.id).where(newest.c.amount_minor == minor).order_by(newest.c.id.desc()).limit(MOST + 1)
    ).all()
    return _few(rows, newest_only=_has_more(session, Order.id))


def orders_due_on(session: Session, day: date) -> Hits:
    """Return the newest orders that are due on a day."""
    newest = select(Order.id, Order.due_on).order_by(Order.id.desc()).limit(LOOKS_AT).subquery()
    rows = session.scalars(
        select(newest.c.id).where(newest.c.due_on == day).order_by(newest.c.id.desc()).limit(MOST + 1)
    ).all()
    return _few(rows, newest_only=_has_more(session, Order.id))


def files_of_amount(session: Session, minor: int) -> Hits:
    """Return the files whose debits or credits are an amount."""
    of_amount = or_(File.debit_cents == minor, File.credit_cents == minor)
    return _few(session.scalars(select(File.id).where(of_amount).order_by(File.id.desc()).limit(MOST + 1)).all())


def returns_of_amount(session: Session, minor: int) -> Hits:
    """Return the newest returns of an amount."""
    newest = select(Return.id, Return.amount_cents).order_by(Return.id.desc()).limit(LOOKS_AT).subquery()
    rows = session.scalars(
        select(newest.c.id).where(newest.c.amount_cents == minor).order_by(newest.c.id.desc()).limit(MOST + 1)
    ).all()
    return _few(rows, newest_only=_has_more(session, Return.id))


def orders_of_last_four(session: Session, last4: str) -> Hits:
    """Return orders of the newest accounts that end so."""
    newest = select(Account.id, Account.last4, Account.buyer_id).order_by(Account.id.desc()).limit(LOOKS_AT).subquery()
    accounts = session.execute(
        select(newest.c.id, newest.c.buyer_id)
        .where(newest.c.last4 == last4)
        .order_by(newest.c.id.desc())
        .limit(MOST_ACCOUNTS)
    ).all()
    if not accounts:
        return Hits(newest_only=_has_more(session, Account.id))
    rows = session.scalars(
        select(Order.id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .where(
            among(session, Order.buyer_id, sorted({row.buyer_id for row in accounts})),
            among(session, Authorization.account_id, sorted({row.id for row in accounts})),
        )
        # The sum keeps the planner from going through all orders in their order: those of a few buyers are few.
        .order_by((Order.id + 0).desc())
        .limit(MOST + 1)
    ).all()
    return _few(rows, newest_only=_has_more(session, Account.id))


def orders_of_trace(session: Session, trace: int) -> Hits:
    """Return the orders of which an entry has a trace, by the file and trace of entries, the newest files first."""
    files = select(File.id, File.first_entry_id, File.last_entry_id).order_by(File.id.desc()).limit(_FEW_FILES)
    newest = files.subquery()
    if session.get_bind().dialect.name == "sqlite":
        statement = select(Entry.order_id).where(Entry.file_id.in_(select(newest.c.id)), Entry.trace == trace)
    else:
        # The range of ids says in which month's part an entry lies, the unique of each part finds it there.
        each = lateral(
            select(Entry.order_id.label("order_id")).where(
                Entry.file_id == newest.c.id,
                Entry.trace == trace,
                Entry.id.between(newest.c.first_entry_id, newest.c.last_entry_id),
            )
        )
        statement = select(each.c.order_id).select_from(newest).join(each, true())
    rows = {key for key in session.scalars(statement.limit(MOST + 1)) if key}
    return _few(sorted(rows, reverse=True), exact=True)


def returns_of_trace(session: Session, trace: int) -> Hits:
    """Return the returns of an entry's trace."""
    return _few(session.scalars(select(Return.id).where(Return.original_trace == trace).limit(MOST + 1)).all())


def files_named(session: Session, text: str) -> Hits:
    """Return the file of a name, else those in whose name a text is."""
    exact = session.scalars(select(File.id).where(File.name == text)).all()
    if exact:
        return _few(exact, exact=True)
    has_it = func.lower(File.name).contains(text.lower(), autoescape=True)
    return _few(session.scalars(select(File.id).where(has_it).order_by(File.id.desc()).limit(MOST + 1)).all())


def files_of_day(session: Session, day: date) -> Hits:
    """Return the files of a night or that settle on a day."""
    of_day = or_(File.night_on == day, File.effective_on == day, File.created_on == day)
    return _few(session.scalars(select(File.id).where(of_day).order_by(File.id.desc()).limit(MOST + 1)).all())


def reports_named(session: Session, text: str) -> Hits:
    """Return the newest reports of a name, or in whose name a text is."""
    newest = select(Report.id, Report.name).order_by(Report.id.desc()).limit(LOOKS_AT).subquery()
    has_it = func.lower(newest.c.name).contains(text.lower(), autoescape=True)
    return _few(session.scalars(select(newest.c.id).where(has_it).order_by(newest.c.id.desc()).limit(MOST + 1)).all())


def of_hash(session: Session, prefix: str) -> tuple[Hits, Hits]:
    """Return the files and the reports whose SHA-256 begins with so many hexadecimal digits."""
    low, high = bytes.fromhex(prefix.ljust(64, "0")), bytes.fromhex(prefix.ljust(64, "f"))
    of_book = select(Originator.id).scalar_subquery()
    files = session.scalars(select(File.id).where(File.sha256.between(low, high)).limit(MOST + 1)).all()
    reports = session.scalars(
        select(Report.id).where(Report.originator_id == of_book, Report.sha256.between(low, high)).limit(MOST + 1)
    ).all()
    return _few(files, exact=True), _few(reports, exact=True)
