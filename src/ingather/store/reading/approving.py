"""Files before a second person: what waits, what of the plan is in the bytes, and how a file differs from another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from ingather.base.ids import Prefix, public_id
from ingather.domain.files import NOT_SENT, FileState
from ingather.store.entries import of_file
from ingather.store.tables import (
    Account,
    Approval,
    Authorization,
    Batch,
    Buyer,
    Entry,
    Fact,
    File,
    Merchant,
    Order,
    Return,
)

_SOME = 50
"""Of how many orders of a voided file its successor is known: nearly all of them stand in it."""
MOST = 200
"""How many rows of a difference are shown; its counts are of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBatch:
    """One batch three ways: its orders, its entries in the file, and what the bank told of them since.

    Amounts are in minor units; ``planned`` counts the orders behind the entries.
    """

    number: int
    entry_class: str
    company: str
    description: str
    effective_on: date
    kinds: str
    planned: int
    planned_minor: int
    entries: int
    debit_minor: int
    credit_minor: int
    written: int
    written_minor: int
    settled_on: date | None
    rejected: bool
    returned: int
    returned_minor: int

    @property
    def agrees(self) -> bool:
        """Return whether the batch's control, its entries, and the orders of those that have one are the same."""
        return self.written == self.entries and self.written_minor == self.debit_minor + self.credit_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Twice:
    """Entries of one file that debit one account by one amount: more than one, which may be meant."""

    last4: str
    amount_minor: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One order that stands in one of two files, or in both with another amount.

    ``why`` is how the order stands now: why it was left out, or what became of it.
    """

    order: str
    external_id: str
    merchant: str
    before_minor: int | None
    now_minor: int | None
    line: int | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One merchant's entries of one class in two files, as counts and minor units."""

    merchant: str
    entry_class: str
    before: int
    before_minor: int
    now: int
    now_minor: int


def waiting_files(session: Session) -> list[File]:
    """Return the files that wait for an approval, and those approved that have not left, the oldest first."""
    return list(
        session.scalars(select(File).where(File.state.in_(sorted(NOT_SENT))).order_by(File.state.desc(), File.id))
    )


def decided_files(session: Session, *, most: int = 10) -> list[tuple[Approval, File]]:
    """Return the newest decisions about files, each with its file."""
    rows = session.execute(
        select(Approval, File)
        .join(File, File.id == Approval.file_id)
        .order_by(Approval.decided_at.desc(), Approval.id.desc())
        .limit(most)
    )
    return [(approval, file) for approval, file in rows]


def refusals_since(session: Session, night_on: date) -> int:
    """Return how many files of a night and later were voided."""
    found = select(func.count()).select_from(File).where(File.night_on >= night_on, File.state == FileState.VOIDED)
    return session.execute(found).scalar_one()


def taken_back(session: Session, file_id: int) -> list[Fact]:
    """Return the facts by which approvals of a file were taken back, the newest first."""
    statement = select(Fact).where(Fact.scope == "file", Fact.subject_id == file_id, Fact.kind == "withdrawn")
    return list(session.scalars(statement.order_by(Fact.seq.desc())))


def night_minor(session: Session, file: File) -> int:
    """Return the debits of a night's files of one route that were not voided or rejected, in minor units."""
    found = session.scalar(
        select(func.sum(File.debit_cents)).where(
            File.night_on == file.night_on,
            File.route_id == file.route_id,
            File.state.not_in([FileState.VOIDED, FileState.REJECTED]),
        )
    )
    return int(found or 0)


def largest_minor(session: Session, file: File) -> int:
    """Return the largest entry of a file, in minor units."""
    return int(session.scalar(select(func.max(Entry.amount_cents)).where(*of_file(file))) or 0)


def batches_three_ways(session: Session, file: File) -> list[PlannedBatch]:
    """Return each batch as planned, as written, and as told of, in the order of the file."""
    written = {
        row.batch_id: row
        for row in session.execute(
            select(
                Entry.batch_id,
                func.count().label("entries"),
                func.sum(Entry.amount_cents).label("minor"),
                func.count(Order.id).label("orders"),
                func.sum(Order.amount_minor).label("order_minor"),
                func.min(Entry.kind).label("kind"),
                func.max(Entry.kind).label("last_kind"),
            )
            .outerjoin(Order, Order.id == Entry.order_id)
            .where(*of_file(file))
            .group_by(Entry.batch_id)
        )
    }
    rows = session.scalars(select(Batch).where(Batch.file_id == file.id).order_by(Batch.number)).all()
    back = _returned(session, [row.id for row in rows])
    return [
        PlannedBatch(
            number=row.number,
            entry_class=row.entry_class,
            company=row.company_name,
            description=row.entry_description,
            effective_on=row.effective_on,
            kinds=found.kind if found is not None and found.kind == found.last_kind else "",
            planned=found.orders if found is not None else 0,
            planned_minor=int(found.order_minor or 0) if found is not None else 0,
            entries=row.entries,
            debit_minor=row.debit_cents,
            credit_minor=row.credit_cents,
            written=found.entries if found is not None else 0,
            written_minor=int(found.minor or 0) if found is not None else 0,
            settled_on=row.settled_on,
            rejected=row.rejected,
            returned=back.get(row.id, (0, 0))[0],
            returned_minor=back.get(row.id, (0, 0))[1],
        )
        for row in rows
        for found in (written.get(row.id),)
    ]


def _returned(session: Session, batch_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    rows = session.execute(
        select(Entry.batch_id, func.count(), func.sum(Return.amount_cents))
        .join(Entry, Entry.id == Return.entry_id)
        .where(Return.applied, Entry.batch_id.in_(batch_ids))
        .group_by(Entry.batch_id)
    )
    return {batch: (count, int(minor)) for batch, count, minor in rows}


def same_twice(session: Session, file: File, *, most: int = 20) -> list[Twice]:
    """Return accounts that a file debits more than once by the same amount, with the lines."""
    groups = session.execute(
        select(Authorization.account_id, Entry.amount_cents)
        .join(Order, Order.id == Entry.order_id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .where(*of_file(file), Entry.presentation.is_not(None))
        .group_by(Authorization.account_id, Entry.amount_cents)
        .having(func.count() > 1)
        .limit(most)
    ).all()
    found = []
    for account_id, amount in groups:
        rows = session.execute(
            select(Entry.line, Account.last4)
            .join(Order, Order.id == Entry.order_id)
            .join(Authorization, Authorization.id == Order.authorization_id)
            .join(Account, Account.id == Authorization.account_id)
            .where(*of_file(file), Authorization.account_id == account_id, Entry.amount_cents == amount)
            .order_by(Entry.line)
        ).all()
        found.append(Twice(last4=rows[0].last4, amount_minor=amount, lines=tuple(row.line for row in rows)))
    return sorted(found, key=lambda each: each.lines)


def entries_of(session: Session, file: File, *, most: int = MOST) -> list[dict[str, Any]]:
    """Return the first entries of a file beside the orders they are about, by line."""
    # These first: else every entry of a large file would be joined before the first ones are known.
    first = session.scalars(select(Entry.id).where(*of_file(file)).order_by(Entry.line).limit(most)).all()
    rows = session.execute(
        select(Entry, Order, Merchant.name, Buyer.name.label("buyer"), Account.last4, Batch.number)
        .join(Batch, Batch.id == Entry.batch_id)
        .outerjoin(Order, Order.id == Entry.order_id)
        .outerjoin(Merchant, Merchant.id == Order.merchant_id)
        .outerjoin(Buyer, Buyer.id == Order.buyer_id)
        .outerjoin(Authorization, Authorization.id == Order.authorization_id)
        .outerjoin(Account, Account.id == Authorization.account_id)
        .where(Entry.id.in_(first))
        .order_by(Entry.line)
    )
    return [_beside(*row) for row in rows]


def _beside(
    entry: Entry, order: Order | None, merchant: str | None, buyer: str | None, last4: str | None, number: int
) -> dict[str, Any]:
    return {
        "line": entry.line,
        "batch": number,
        "trace": f"{entry.trace:015d}",
        "kind": entry.kind,
        "amount_minor": entry.amount_cents,
        "ended": entry.ended,
        "order": public_id(Prefix.ORDER, order.id) if order is not None else None,
        "external_id": order.external_id if order is not None else None,
        "order_minor": order.amount_minor if order is not None else None,
        "due_on": order.due_on if order is not None else None,
        "merchant": merchant,
        "buyer": buyer,
        "last4": last4,
    }


def night_before(session: Session, file: File) -> list[File]:
    """Return the files of the last night before this file's that went to the same bank, the largest first."""
    live = (File.route_id == file.route_id, File.state != FileState.VOIDED)
    night = session.scalar(select(func.max(File.night_on)).where(File.night_on < file.night_on, *live))
    if night is None:
        return []
    return list(session.scalars(select(File).where(File.night_on == night, *live).order_by(File.debit_cents.desc())))


def voided_before(session: Session, file: File) -> File | None:
    """Return the newest voided file whose orders this one debits instead, None without one."""
    voided = session.scalars(
        select(File).where(File.route_id == file.route_id, File.state == FileState.VOIDED, File.id < file.id)
        .order_by(File.id.desc()).limit(5)
    ).all()  # fmt: skip
    for each in voided:
        some = session.scalars(select(Entry.order_id).where(*of_file(each), Entry.order_id.is_not(None)).limit(_SOME))
        shared = select(Entry.id).where(Entry.order_id.in_(some.all()), *of_file(file)).limit(1)
        if session.scalar(shared) is not None:
            return each
    return None


def successor_of(session: Session, file: File) -> File | None:
    """Return the file that debits a voided one's orders now, None while none does."""
    return session.scalar(
        select(File)
        .join(Entry, Entry.file_id == File.id)
        .where(
            Entry.order_id.in_(select(Entry.order_id).where(*of_file(file), Entry.order_id.is_not(None)).limit(_SOME)),
            File.id > file.id,
        )
        .order_by(File.id.desc())
        .limit(1)
    )


def sides(session: Session, now: Sequence[File], before: Sequence[File]) -> list[Side]:
    """Return what two sets of files hold by merchant and class, from their batches."""
    found: dict[tuple[str, str], list[int]] = {}
    for place, files in ((0, before), (2, now)):
        rows = session.execute(
            select(Merchant.name, Batch.entry_class, func.sum(Batch.entries), func.sum(Batch.debit_cents))
            .join(Merchant, Merchant.id == Batch.merchant_id)
            .where(Batch.file_id.in_([file.id for file in files]))
            .group_by(Merchant.name, Batch.entry_class)
        )
        for merchant, entry_class, entries, minor in rows:
            sums = found.setdefault((merchant, entry_class), [0, 0, 0, 0])
            sums[place], sums[place + 1] = int(entries), int(minor)
    return [
        Side(merchant=merchant, entry_class=entry_class, before=a, before_minor=b, now=c, now_minor=d)
        for (merchant, entry_class), (a, b, c, d) in sorted(found.items())
    ]


def differences(session: Session, now: File, before: File) -> tuple[dict[str, int], list[Changed]]:
    """Return how the orders of two files differ: counts of added, missing and changed, and the first rows."""
    asked = {
        "missing": _only_in(before, now, then=True),
        "added": _only_in(now, before, then=False),
        "changed": _other_amount(now, before),
    }
    counts: dict[str, int] = {}
    rows: list[Changed] = []
    for name, statement in asked.items():
        counts[name] = session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
        rows += [_changed(row) for row in session.execute(statement.limit(MOST))]
    return counts, rows


def _only_in(file: File, other: File, *, then: bool) -> Select[*tuple[Any, ...]]:
    there = aliased(Entry)
    absent = ~select(there.id).where(
        there.order_id == Entry.order_id, there.id.between(other.first_entry_id, other.last_entry_id)
    ).exists()  # fmt: skip
    amounts = (
        (Entry.amount_cents.label("was"), _nothing("now"))
        if then
        else (_nothing("was"), Entry.amount_cents.label("now"))
    )
    return (
        select(Order, Merchant.name, *amounts, Entry.line.label("line"))
        .join(Order, Order.id == Entry.order_id)
        .join(Merchant, Merchant.id == Order.merchant_id)
        .where(*of_file(file), absent)
        .order_by(Entry.line)
    )


def _nothing(name: str) -> Any:  # noqa: ANN401 -- an empty column
    return func.nullif(0, 0).label(name)


def _other_amount(file: File, other: File) -> Select[*tuple[Any, ...]]:
    there = aliased(Entry)
    both = and_(there.order_id == Entry.order_id, there.id.between(other.first_entry_id, other.last_entry_id))
    return (
        select(
            Order,
            Merchant.name,
            there.amount_cents.label("was"),
            Entry.amount_cents.label("now"),
            Entry.line.label("line"),
        )
        .join(there, both)
        .join(Order, Order.id == Entry.order_id)
        .join(Merchant, Merchant.id == Order.merchant_id)
        .where(*of_file(file), there.amount_cents != Entry.amount_cents)
        .order_by(Entry.line)
    )


def _changed(row: Row[*tuple[Any, ...]]) -> Changed:
    order: Order = row[0]
    why = "held" if order.held and row.now is None else order.reason or order.state
    return Changed(
        order=public_id(Prefix.ORDER, order.id), external_id=order.external_id, merchant=row[1],
        before_minor=row.was, now_minor=row.now, line=row.line if row.now is not None else None, why=why,
    )  # fmt: skip
