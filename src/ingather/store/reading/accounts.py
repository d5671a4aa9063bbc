"""Accounts as people and systems ask for them: masked, with their proofs, checks and changes, never with amounts."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.accounts import CheckState
from ingather.domain.entries import PROBING, EntryEnd
from ingather.domain.facts import Scope
from ingather.store.reading.names import key_among, of_merchant
from ingather.store.reading.pages import Listing
from ingather.store.tables import (
    Account,
    AccountChange,
    AccountCheck,
    AccountCheckEntry,
    AccountValidation,
    Buyer,
    Entry,
    Fact,
    File,
    Label,
)

_UNDER_WAY = (CheckState.WANTED, CheckState.SEALED)


def listed(
    session: Session, *, state: str | None = None, unvalidated: bool = False, limit: int | None = None
) -> list[dict[str, Any]]:
    """Return accounts, oldest first, with the check that is under way."""
    statement = (
        select(Account, Buyer.external_id, AccountCheck.method, AccountCheck.state)
        .join(Buyer, Buyer.id == Account.buyer_id)
        .outerjoin(AccountCheck, (AccountCheck.account_id == Account.id) & AccountCheck.state.in_(_UNDER_WAY))
        .order_by(Account.id)
    )
    if state is not None:
        statement = statement.where(Account.state == state)
    if unvalidated:
        statement = statement.where(Account.validated.is_(False))
    rows = session.execute(statement.limit(limit) if limit else statement)
    return [_as_dict(account, buyer, method, check) for account, buyer, method, check in rows]


def _as_dict(account: Account, buyer: str, method: str | None, check: str | None) -> dict[str, Any]:
    return {
        "id": public_id(Prefix.ACCOUNT, account.id),
        "external_id": account.external_id,
        "buyer": buyer,
        "routing": f"{account.routing:09d}",
        "last4": account.last4,
        "kind": account.kind,
        "holder": account.holder,
        "state": account.state,
        "blocked_by": account.blocked_by,
        "validated": account.validated,
        "check": f"{method} {check}" if method else None,
    }


def shown(session: Session, account_id: int) -> dict[str, Any] | None:
    """Return one account with its proofs, checks, changes and facts in the order they came; None when there is none."""
    row = session.execute(
        select(Account, Buyer.external_id, AccountCheck.method, AccountCheck.state)
        .join(Buyer, Buyer.id == Account.buyer_id)
        .outerjoin(AccountCheck, (AccountCheck.account_id == Account.id) & AccountCheck.state.in_(_UNDER_WAY))
        .where(Account.id == account_id),
    ).one_or_none()
    if row is None:
        return None
    proofs = session.scalars(
        select(AccountValidation).where(AccountValidation.account_id == account_id).order_by(AccountValidation.id)
    )
    checks = session.scalars(
        select(AccountCheck).where(AccountCheck.account_id == account_id).order_by(AccountCheck.id)
    ).all()
    changes = session.scalars(
        select(AccountChange).where(AccountChange.account_id == account_id).order_by(AccountChange.id)
    )
    facts = session.scalars(
        select(Fact).where(Fact.scope == Scope.ACCOUNT, Fact.subject_id == account_id).order_by(Fact.seq)
    )
    return _as_dict(*row) | {
        "validations": [
            {"method": proof.method, "on": proof.validated_on.isoformat(), "evidence": proof.evidence}
            for proof in proofs
        ],
        "checks": [_check(session, check) for check in checks],
        "changes": [
            {"because": change.because, "last4": change.last4, "routing": f"{change.routing:09d}", "kind": change.kind}
            for change in changes
        ],
        "facts": [
            {"kind": fact.kind, "on": fact.on_date.isoformat(), "actor": fact.actor, **fact.detail} for fact in facts
        ],
    }


def _check(session: Session, check: AccountCheck) -> dict[str, Any]:
    files = session.scalars(
        select(File.name)
        .distinct()
        .join(Entry, Entry.file_id == File.id)
        .join(AccountCheckEntry, AccountCheckEntry.entry_id == Entry.id)
        .where(AccountCheckEntry.check_id == check.id, Entry.ended.is_(None) | (Entry.ended == EntryEnd.RETURNED)),
    ).all()
    return {
        "method": check.method,
        "state": check.state,
        "wanted_on": check.wanted_on.isoformat(),
        "effective_on": check.effective_on.isoformat() if check.effective_on else None,
        "passes_on": check.passes_on.isoformat() if check.passes_on else None,
        "attempts": check.attempts,
        "ended_because": check.ended_because,
        "files": sorted(files),
    }


def volumes(session: Session) -> list[dict[str, Any]]:
    """Return how many prenotes and micro-entries went out and came back, by night: what is to be watched for abuse."""
    rows = session.execute(
        select(File.night_on, Entry.kind, Entry.ended, func.count())
        .join(File, File.id == Entry.file_id)
        .where(Entry.kind.in_(PROBING), Entry.ended.is_(None) | (Entry.ended == EntryEnd.RETURNED))
        .group_by(File.night_on, Entry.kind, Entry.ended)
        .order_by(File.night_on, Entry.kind),
    )
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for night_on, kind, ended, count in rows:
        row = found.setdefault(
            (night_on.isoformat(), kind), {"night_on": night_on.isoformat(), "kind": kind, "sent": 0, "returned": 0}
        )
        row["sent"] += count
        row["returned"] += count if ended else 0
    return list(found.values())


def _full() -> Select[*tuple[Any, ...]]:
    return (
        select(Account, Buyer.external_id, AccountCheck.method, AccountCheck.state, Label.content)
        .join(Buyer, Buyer.id == Account.buyer_id)
        .outerjoin(AccountCheck, (AccountCheck.account_id == Account.id) & AccountCheck.state.in_(_UNDER_WAY))
        .outerjoin(Label, Label.subject_id == Account.id)
    )


def _in_full(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    account, buyer, method, check, labels, *_ = row
    return _as_dict(account, buyer, method, check) | {
        "buyer_id": public_id(Prefix.BUYER, account.buyer_id),
        "number_index": account.number_index,
        "change_due_on": account.change_due_on,
        "created_at": account.created_at,
        "metadata": labels or {},
    }


def in_full(session: Session, keys: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return accounts by their keys, masked, with the callers' labels: one statement for all."""
    return {row[0].id: _in_full(row) for row in session.execute(_full().where(Account.id.in_(keys)))}


LISTING = Listing(
    statement=_full,
    key=Account.id,
    shown=lambda _, rows: [_in_full(row) for row in rows],
    merchant=lambda merchant_id: of_merchant(Account, merchant_id),
    filters={
        "external_id": lambda name: Account.external_id == name,
        "buyer": lambda name: or_(Buyer.external_id == name, Buyer.id == key_among(Prefix.BUYER, name)),
        "state": lambda state: Account.state == state,
        "last4": lambda last4: Account.last4 == last4,
        "validated": Account.validated.is_,
    },
)
"""Accounts page by page."""
