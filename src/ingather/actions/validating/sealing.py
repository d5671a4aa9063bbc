"""Sealing a file of prenotes or micro-entries: its checks are claimed by version, like orders, and never twice."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import ColumnElement, func, select, update

from ingather.actions.context import Context
from ingather.actions.files.sealing import NewFile, keep_file, note_sealed, refuse_if_restored
from ingather.actions.rules import keep_rules
from ingather.domain.accounts import AccountState, CheckState, ValidationMethod
from ingather.domain.authorizations import AuthorizationState
from ingather.domain.refusals import LostClaim
from ingather.rules.validation import rules_of_checks, silence_after
from ingather.store.bulk import insert_columns
from ingather.store.entries import of_file
from ingather.store.tables import (
    Account,
    AccountCheck,
    AccountCheckEntry,
    Authorization,
    Buyer,
    Entry,
    File,
    Merchant,
)

_AT_ONCE = 5_000
_ACTIVE = "active"
BY_BANK = "rejected-by-bank"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChecks:
    """The checks of a file: their keys in file order, each with ``entries_each`` entries one after another.

    ``terms_version`` is the sum of the versions of checks, accounts and authorizations that they rest on.
    """

    check_id: Sequence[int]
    method: ValidationMethod
    entries_each: int
    terms_version: int


def seal_check_file(ctx: Context, new: NewFile, checks: NewChecks) -> int:
    """Seal a file of checks and return its key; raises ``LostClaim`` when anything it rests on changed meanwhile.

    A prenote passes by silence from a day on that is set here. Raises ``BookRestored`` in a restored book.
    """
    refuse_if_restored(ctx)
    row = keep_file(ctx, new)
    _refuse_changed(ctx, checks)
    passes_on = silence_after(row.effective_on).passes_on if checks.method is ValidationMethod.PRENOTE else None
    claimed = 0
    for part in _parts(checks.check_id):
        claimed += ctx.session.execute(
            update(AccountCheck)
            .where(AccountCheck.id.in_(part), AccountCheck.state == CheckState.WANTED)
            .values(
                state=CheckState.SEALED,
                effective_on=row.effective_on,
                passes_on=passes_on,
                version=AccountCheck.version + 1,
            )
            .execution_options(synchronize_session=False),
        ).rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    if claimed != len(checks.check_id):
        raise LostClaim
    entry_ids = ctx.session.scalars(select(Entry.id).where(*of_file(row)).order_by(Entry.id)).all()
    insert_columns(
        ctx.session,
        AccountCheckEntry,
        {"entry_id": entry_ids, "check_id": np.repeat(checks.check_id, checks.entries_each).tolist()},
        same={},
    )
    row.rule_set_id = keep_rules(ctx, rules_of_checks(frozenset({checks.method}), row.effective_on))
    note_sealed(ctx, row)
    return row.id


def _refuse_changed(ctx: Context, checks: NewChecks) -> None:
    versions = 0
    for part in _parts(checks.check_id):
        versions += ctx.session.execute(
            select(func.coalesce(func.sum(AccountCheck.version + Account.version + Authorization.version), 0))
            .select_from(AccountCheck)
            .join(Account, Account.id == AccountCheck.account_id)
            .join(Authorization, Authorization.id == AccountCheck.authorization_id)
            .where(AccountCheck.id.in_(part)),
        ).scalar_one()
    if versions != checks.terms_version:
        raise LostClaim


def blocked_checks(ctx: Context, row: File) -> int:
    """Return how many of a file's entries are of checks that may not go out any more: called off, blocked, revoked."""
    return ctx.session.execute(
        select(func.count())
        .select_from(AccountCheckEntry)
        .join(AccountCheck, AccountCheck.id == AccountCheckEntry.check_id)
        .join(Account, Account.id == AccountCheck.account_id)
        .join(Authorization, Authorization.id == AccountCheck.authorization_id)
        .join(Merchant, Merchant.id == AccountCheck.merchant_id)
        .join(Buyer, Buyer.id == Account.buyer_id)
        .where(
            AccountCheckEntry.entry_id.between(row.first_entry_id, row.last_entry_id),
            (AccountCheck.state != CheckState.SEALED)
            | (Account.state != AccountState.ACTIVE)
            | (Authorization.state != AuthorizationState.ACTIVE)
            | (Merchant.state != _ACTIVE)
            | (Buyer.state != _ACTIVE),
        ),
    ).scalar_one()


def put_back_checks(ctx: Context, chosen: Sequence[ColumnElement[bool]], *, refused_singly: bool) -> None:
    """Let the checks of entries that never reached a bank of a buyer be wanted again.

    An entry that our bank refuses by itself would be refused again: its check has failed. ``chosen`` are conditions on
    entries that have not ended yet.
    """
    mine = (
        select(AccountCheckEntry.check_id).join(Entry, Entry.id == AccountCheckEntry.entry_id).where(*chosen).distinct()
    )
    ended = {"state": CheckState.FAILED, "ended_because": BY_BANK}
    again = {"state": CheckState.WANTED, "effective_on": None, "passes_on": None}
    ctx.session.execute(
        update(AccountCheck)
        .where(AccountCheck.id.in_(mine), AccountCheck.state == CheckState.SEALED)
        .values(version=AccountCheck.version + 1, **(ended if refused_singly else again))
        .execution_options(synchronize_session=False),
    )


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]
