"""Blocking accounts because of what a bank or a person said, and ending what was proven of them; many at once."""

from collections.abc import Sequence

from sqlalchemy import func, select, update

from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.domain.accounts import AccountState
from ingather.domain.facts import FactKind, Scope
from ingather.store import events
from ingather.store.among import AT_ONCE, among
from ingather.store.tables import Account, Fact


def end_validations(ctx: Context, originator_id: int, account_ids: Sequence[int], *, because: str) -> int:
    """End the validation of accounts: what was proven is of another number, or not true any more; returns how many.

    ``because`` is a return or change code or a word; proofs of today and later count again.
    """
    ended: list[int] = []
    for start in range(0, len(account_ids), AT_ONCE):
        ended += ctx.session.scalars(
            update(Account)
            .where(among(ctx.session, Account.id, account_ids[start : start + AT_ONCE]), Account.validated)
            .values(validated=False, version=Account.version + 1)
            .returning(Account.id)
            .execution_options(synchronize_session=False),
        )
    _note_not_valid(ctx, originator_id, sorted(ended), because=because)
    return len(ended)


def note_not_valid(ctx: Context, originator_id: int, account_id: int, *, because: str) -> None:
    """Add the fact that an account's validation ended or failed: what was proven before counts no more."""
    _note_not_valid(ctx, originator_id, [account_id], because=because)


def _note_not_valid(ctx: Context, originator_id: int, account_ids: Sequence[int], *, because: str) -> None:
    before: dict[int, int] = {}
    for start in range(0, len(account_ids), AT_ONCE):
        counted = (
            select(Fact.subject_id, func.count())
            .where(
                Fact.scope == Scope.ACCOUNT,
                among(ctx.session, Fact.subject_id, account_ids[start : start + AT_ONCE]),
                Fact.kind == FactKind.VALIDATION_FAILED,
            )
            .group_by(Fact.subject_id)
        )
        before.update((row[0], row[1]) for row in ctx.session.execute(counted))
    _note(
        ctx, originator_id, FactKind.VALIDATION_FAILED, account_ids, because=because,
        once=[str(before.get(key, 0)) for key in account_ids],
    )  # fmt: skip


def _note(
    ctx: Context,
    originator_id: int,
    kind: FactKind,
    account_ids: Sequence[int],
    *,
    because: str,
    once: Sequence[str],
) -> None:
    events.add_many(
        ctx.session,
        kind,
        scope=Scope.ACCOUNT,
        subjects=account_ids,
        originator=originator_id,
        on=[ctx.today] * len(account_ids),
        at=ctx.now,
        actor=ctx.actor,
        once=once,
        detail=[{"because": because}] * len(account_ids),
    )


def block_accounts(ctx: Context, originator_id: int, account_ids: Sequence[int], *, because: Sequence[str]) -> int:
    """Block active accounts, each because of a return code or a person's word; returns how many were not blocked.

    What was proven of them before is proven no more: once they are let go they are validated again.
    """
    by_code: dict[str, list[int]] = {}
    for account_id, code in zip(account_ids, because, strict=True):
        by_code.setdefault(code, []).append(account_id)
    blocked = 0
    for code, ids in by_code.items():
        changed: list[int] = []
        for start in range(0, len(ids), AT_ONCE):
            changed += ctx.session.scalars(
                update(Account)
                .where(
                    among(ctx.session, Account.id, ids[start : start + AT_ONCE]), Account.state == AccountState.ACTIVE
                )
                .values(state=AccountState.BLOCKED, blocked_by=code, version=Account.version + 1)
                .returning(Account.id)
                .execution_options(synchronize_session="fetch"),
            )
        end_validations(ctx, originator_id, changed, because=code)
        versions = _versions(ctx, sorted(changed))
        _note(
            ctx, originator_id, FactKind.BLOCKED, list(versions), because=code, once=list(map(str, versions.values()))
        )
        blocked += len(changed)
    if blocked:
        ctx.audit("block_accounts", public_id(Prefix.ACCOUNT, account_ids[0]), blocked=blocked)
    return blocked


def _versions(ctx: Context, account_ids: Sequence[int]) -> dict[int, int]:
    """Return the versions of accounts, which tell one block from the next."""
    found: dict[int, int] = {}
    for start in range(0, len(account_ids), AT_ONCE):
        part = account_ids[start : start + AT_ONCE]
        rows = ctx.session.execute(select(Account.id, Account.version).where(among(ctx.session, Account.id, part)))
        found.update({row.id: row.version for row in rows})
    return found
