"""What a desk decides about a return by itself: its buyer's account is stopped or let go, and its cases are closed."""

from sqlalchemy import select

from ingather.actions.accounts import unblock_account
from ingather.actions.blocking import block_accounts
from ingather.actions.casework import close_with_evidence
from ingather.actions.context import Context
from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.domain.cases import CaseState
from ingather.domain.refusals import NoSuch, WrongState
from ingather.store.reading.returns import shown
from ingather.store.tables import Authorization, Order, Return

BY_A_PERSON = "by-hand"
"""Why an account is blocked that no code has blocked: a person may let it go again."""


def block_account_of(ctx: Context, return_id: int, *, reason: str) -> int:
    """Block the account that a return came from, by a person's word, and return its key.

    Raises ``NoSuch``; ``WrongState`` for a return that is about no order of ours, and for an account that is blocked.
    """
    account_id, originator_id = _account(ctx, return_id)
    name = public_id(Prefix.ACCOUNT, account_id)
    if not block_accounts(ctx, originator_id, [account_id], because=[BY_A_PERSON]):
        fact = f"account {name} is blocked already"
        raise WrongState(fact)
    ctx.audit("block_account", name, reason=reason, about=public_id(Prefix.RETURN, return_id))
    return account_id


def unblock_account_of(ctx: Context, return_id: int, *, reason: str) -> int:
    """Let the account that a return came from be debited again, and return its key; raises as ``unblock_account``."""
    account_id, _ = _account(ctx, return_id)
    unblock_account(ctx, account_id, reason=reason)
    return account_id


def close_return(ctx: Context, return_id: int, *, outcome: str, evidence: str | None) -> list[int]:
    """Close every open case about a return with what came of it, and return their keys.

    Raises ``NoSuch``; ``WrongState`` where none is open, where a kind's evidence is missing, and for a case that closes
    by itself.
    """
    found = shown(ctx.session, return_id)
    name = public_id(Prefix.RETURN, return_id)
    if found is None:
        fact = f"there is no return {name}"
        raise NoSuch(fact)
    waiting = [parse_public_id(Prefix.CASE, case["id"]) for case in found["cases"] if case["state"] == CaseState.OPEN]
    if not waiting:
        fact = f"no case about return {name} is open"
        raise WrongState(fact)
    for case_id in waiting:
        close_with_evidence(ctx, case_id, outcome=outcome, evidence=evidence)
    return waiting


def order_of(ctx: Context, return_id: int) -> int:
    """Return the key of the order that a return is about; raises ``NoSuch`` and ``WrongState``."""
    row = ctx.session.get(Return, return_id)
    name = public_id(Prefix.RETURN, return_id)
    if row is None:
        fact = f"there is no return {name}"
        raise NoSuch(fact)
    if row.order_id is None:
        fact = f"return {name} is about no order of ours"
        raise WrongState(fact, "Match it first: see its candidates")
    return row.order_id


def _account(ctx: Context, return_id: int) -> tuple[int, int]:
    """Return the key of the account that a return came from, and the originator's."""
    row = ctx.session.execute(
        select(Authorization.account_id, Order.originator_id)
        .join(Order, Order.authorization_id == Authorization.id)
        .where(Order.id == order_of(ctx, return_id))
    ).one()
    return row.account_id, row.originator_id
