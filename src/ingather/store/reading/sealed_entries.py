"""What a sealed file was made of, read from the book: its batches, its entries, and the accounts as they were then.

An account that was changed since is read from what was kept of it (``account_changes``): the first change after the
sealing says what stood until then. Keys tell the time, as in every invariant: a change with a later key came later.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from ingather.base.columns import Int64, Mask
from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.domain.authorizations import AuthorizationKind
from ingather.domain.entries import PROBING, EntryKind
from ingather.domain.facts import FactKind, Scope
from ingather.store.entries import of_file
from ingather.store.tables import (
    Account,
    AccountChange,
    AccountCheck,
    AccountCheckEntry,
    Authorization,
    BankProfileRow,
    Batch,
    Buyer,
    Entry,
    Fact,
    File,
    MerchantAccount,
    Order,
    Payout,
    Route,
)

_Original = aliased(Entry)
_AsSent = (EntryKind.REVERSAL,)
_AT_ONCE = 5_000
_ONE_TRANSACTION = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedEntries:
    """The ``n`` entries of a file in file order: columns of what each was written from.

    ``batch`` indexes into the file's batches. ``reference_id`` is the key that stands in columns 40 to 54, ``mark`` the
    letter after it (0: none, from 1 on A, B, C). ``account_id`` and ``number`` are sealed numbers of accounts where
    ``before`` is 0, else ``before`` is the key of the change that kept them. A payout's are a merchant's account.
    """

    line: Int64
    batch: Int64
    kind: Sequence[str]
    amount_cents: Int64
    trace: Int64
    reference_id: Int64
    mark: Int64
    routing: Int64
    account_kind: Sequence[str]
    receiver_name: Sequence[str]
    recurring: Mask
    account_id: Sequence[int]
    before: Sequence[int]
    number: Sequence[bytes] = field(repr=False)

    def __len__(self) -> int:
        """Return how many entries there are."""
        return len(self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedFile:
    """A file's row, its batches by number, and the profile of its bank as it was when the file was sealed."""

    file: File
    batches: Sequence[Batch]
    profile: str


def file_ids(session: Session, originator_id: int | None = None) -> list[int]:
    """Return the keys of all files, oldest first."""
    statement = select(File.id).order_by(File.id)
    if originator_id is not None:
        statement = statement.where(File.originator_id == originator_id)
    return list(session.scalars(statement))


def sealed_file(session: Session, file_id: int) -> SealedFile | None:
    """Return a file with its batches and its bank's profile of then; None when there is none."""
    row = session.get(File, file_id)
    if row is None:
        return None
    batches = session.scalars(select(Batch).where(Batch.file_id == file_id).order_by(Batch.number)).all()
    named = select(BankProfileRow.profile_id).join(Route, Route.bank_profile_id == BankProfileRow.id)
    versions = select(BankProfileRow.toml).where(
        BankProfileRow.originator_id == row.originator_id,
        BankProfileRow.profile_id == named.where(Route.id == row.route_id).scalar_subquery(),
    )
    # The newest one known at the sealing; a book whose clock was moved back has at least its first.
    profile = (
        session.scalars(
            versions.where(BankProfileRow.created_at <= row.sealed_at).order_by(BankProfileRow.version.desc()).limit(1)
        ).first()
        or session.scalars(versions.order_by(BankProfileRow.version).limit(1)).one()
    )
    return SealedFile(file=row, batches=batches, profile=profile)


def sealed_entries(session: Session, sealed: SealedFile) -> SealedEntries:
    """Return a file's entries in file order; fewer than the file says it has where the book lost what they were of."""
    number = {batch.id: index for index, batch in enumerate(sealed.batches)}
    kind = session.execute(
        select(Entry.kind).where(*of_file(sealed.file)).order_by(Entry.id).limit(1)
    ).scalar_one_or_none()
    if kind in PROBING:
        rows = _of_checks(session, sealed.file)
    elif kind == EntryKind.PAYOUT:
        rows = _of_payouts(session, sealed.file)
    else:
        rows = _of_orders(session, sealed.file)
    rows.sort(key=lambda row: row["line"])
    return SealedEntries(
        line=_integers(rows, "line"),
        batch=np.array([number.get(row["batch_id"], 0) for row in rows], np.int64),
        kind=[row["kind"] for row in rows],
        amount_cents=_integers(rows, "amount_cents"),
        trace=_integers(rows, "trace"),
        reference_id=_integers(rows, "reference_id"),
        mark=_integers(rows, "mark"),
        routing=_integers(rows, "routing"),
        account_kind=[row["account_kind"] for row in rows],
        receiver_name=[row["receiver_name"] for row in rows],
        recurring=np.array([row["authorization_kind"] == AuthorizationKind.RECURRING for row in rows], np.bool_),
        account_id=[row["account_id"] for row in rows],
        before=[row["before"] for row in rows],
        number=[row["number"] for row in rows],
    )


def _integers(rows: Sequence[dict[str, Any]], name: str) -> Int64:
    return np.array([row[name] for row in rows], np.int64)


_ENTRY = (Entry.id, Entry.line, Entry.batch_id, Entry.kind, Entry.amount_cents, Entry.trace)
_PARTY = (
    Account.id.label("account_id"), Account.routing, Account.number, Account.kind.label("account_kind"),
    Buyer.receiver_name, Authorization.kind.label("authorization_kind"),
)  # fmt: skip


def _of_orders(session: Session, file: File) -> list[dict[str, Any]]:
    """Return the entries about orders: a reversal's account is that of its debit when that was sealed."""
    sealed_as = func.coalesce(_Original.file_id, Entry.file_id).label("sealed_as")
    rows = session.execute(
        select(*_ENTRY, *_PARTY, Entry.order_id.label("reference_id"), sealed_as)
        .join(Order, Order.id == Entry.order_id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .join(Account, Account.id == Authorization.account_id)
        .join(Buyer, Buyer.id == Order.buyer_id)
        .outerjoin(_Original, and_(_Original.id == Entry.original_entry_id, Entry.kind.in_(_AsSent)))
        .where(*of_file(file))
    )
    found = [dict(row._mapping) | {"mark": 0, "before": 0} for row in rows]  # noqa: SLF001 -- the row's public mapping
    _under_earlier_authorizations(session, file, found)
    _as_they_were(session, found)
    return found


def _of_checks(session: Session, file: File) -> list[dict[str, Any]]:
    """Return the entries of prenotes and micro-entries: each has its check's key and a letter."""
    rows = session.execute(
        select(*_ENTRY, *_PARTY, AccountCheckEntry.check_id.label("reference_id"))
        .join(AccountCheckEntry, AccountCheckEntry.entry_id == Entry.id)
        .join(AccountCheck, AccountCheck.id == AccountCheckEntry.check_id)
        .join(Account, Account.id == AccountCheck.account_id)
        .join(Buyer, Buyer.id == Account.buyer_id)
        .join(Authorization, Authorization.id == AccountCheck.authorization_id)
        .where(*of_file(file))
        .order_by(Entry.id)
    )
    seen: Counter[int] = Counter()
    found = []
    for row in rows:
        seen[row.reference_id] += 1
        found.append(
            dict(row._mapping) | {"mark": seen[row.reference_id], "before": 0, "sealed_as": file.id}  # noqa: SLF001 -- as above
        )
    _as_they_were(session, found)
    return found


def _of_payouts(session: Session, file: File) -> list[dict[str, Any]]:
    """Return the credits of payouts: the n-th fact of the sealing names the payout of the n-th entry.

    A payout that went out again since has another entry and account now, so the account is the one in use then.
    """
    told = session.scalars(
        select(Fact)
        .where(
            Fact.scope == Scope.PAYOUT, Fact.kind == FactKind.SEALED,
            # The facts are of the transaction that sealed the file, moments after its own instant.
            Fact.recorded_at.between(file.sealed_at, file.sealed_at + _ONE_TRANSACTION),
        )
        .order_by(Fact.seq)
    )  # fmt: skip
    name = public_id(Prefix.FILE, file.id)
    keys = [fact.subject_id for fact in told if fact.detail.get("file") == name]
    payouts = {row.id: row for row in session.scalars(select(Payout).where(Payout.id.in_(keys)))}
    entries = session.execute(select(*_ENTRY).where(*of_file(file)).order_by(Entry.id)).all()
    found = []
    for key, entry in zip(keys, entries, strict=False):
        account = _payee(session, payouts[key], file)
        if account is not None:
            found.append(
                dict(entry._mapping)  # noqa: SLF001 -- as above
                | {
                    "reference_id": key, "mark": 0, "before": 0, "account_id": account.id, "routing": account.routing,
                    "number": account.number, "account_kind": account.kind, "receiver_name": account.name,
                    "authorization_kind": "",
                }
            )  # fmt: skip
    return found


def _payee(session: Session, payout: Payout, file: File) -> MerchantAccount | None:
    if payout.file_id == file.id and payout.merchant_account_id is not None:
        return session.get(MerchantAccount, payout.merchant_account_id)
    return session.scalars(
        select(MerchantAccount)
        .where(MerchantAccount.merchant_id == payout.merchant_id, MerchantAccount.approved_at <= file.sealed_at)
        .order_by(MerchantAccount.approved_at.desc(), MerchantAccount.id.desc())
        .limit(1)
    ).one_or_none()


def _under_earlier_authorizations(session: Session, file: File, rows: list[dict[str, Any]]) -> None:
    """Give the entries of orders that moved to another authorization since back the account of the one of then.

    Only an order whose entries never reached a buyer moves, and the fact of the move names it.
    """
    moves = session.scalars(
        select(Fact)
        .where(
            Fact.scope == Scope.AUTHORIZATION,
            Fact.kind == FactKind.SUPERSEDED,
            Fact.originator_id == file.originator_id,
            Fact.recorded_at >= file.sealed_at,
        )
        .order_by(Fact.seq.desc())
    )
    mine = {row["reference_id"]: row for row in rows}
    then: dict[int, int] = {}
    for fact in moves:
        for named in fact.detail.get("moved", ()):
            key = parse_public_id(Prefix.ORDER, named)
            if key in mine:
                # The earliest move after the sealing names the authorization of then: it is read last.
                then[key] = fact.subject_id
    keys = sorted(set(then.values()))
    for start in range(0, len(keys), _AT_ONCE):
        found = session.execute(
            select(Authorization.id, *_PARTY)
            .join(Account, Account.id == Authorization.account_id)
            .join(Buyer, Buyer.id == Authorization.buyer_id)
            .where(Authorization.id.in_(keys[start : start + _AT_ONCE]))
        )
        parties = {row.id: dict(row._mapping) for row in found}  # noqa: SLF001 -- as above
        for order_id, authorization_id in then.items():
            if authorization_id in parties:
                party = parties[authorization_id]
                mine[order_id].update({name: value for name, value in party.items() if name != "id"})


def _as_they_were(session: Session, rows: list[dict[str, Any]]) -> None:
    """Give entries the accounts that were changed since as they stood when their file was sealed."""
    if not rows:
        return
    oldest = min(row["sealed_as"] for row in rows)
    accounts = sorted({row["account_id"] for row in rows})
    changes: defaultdict[int, list[AccountChange]] = defaultdict(list)
    # Few accounts ever change: those of all accounts since then are read first, when they are fewer.
    since = AccountChange.id > oldest
    count = session.execute(select(func.count()).select_from(AccountChange).where(since)).scalar_one()
    parts = [None] if count <= len(accounts) else range(0, len(accounts), _AT_ONCE)
    for start in parts:
        mine = since
        if start is not None:
            mine = and_(since, AccountChange.account_id.in_(accounts[start : start + _AT_ONCE]))
        for change in session.scalars(select(AccountChange).where(mine).order_by(AccountChange.id)):
            changes[change.account_id].append(change)
    for row in rows:
        for change in changes.get(row["account_id"], ()):
            if change.id > row["sealed_as"]:
                row.update(before=change.id, routing=change.routing, number=change.number, account_kind=change.kind)
                break
