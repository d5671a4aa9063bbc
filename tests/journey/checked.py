"""Stages whose accounts are checked first: wanting checks, reading what the bank credited, and looking at accounts."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from ingather.actions.rules import take_policy
from ingather.actions.validating.confirming import Answer, confirm_amounts
from ingather.actions.validating.wanting import want_check
from ingather.base.ids import Prefix, encode_key, parse_public_id
from ingather.domain.accounts import ValidationMethod
from ingather.jobs.rehearsal.books import bank_agrees
from ingather.jobs.rehearsal.stage import Stage
from ingather.store.reading import accounts
from ingather.store.tables import Account, AccountCheck
from tests.journey.stage import broken

PRENOTE, MICRO = ValidationMethod.PRENOTE, ValidationMethod.MICRO_ENTRIES
_STRICT = """id = "strict"
version = 1
[screening]
required = false
[validation]
automatic = "{automatic}"
"""


def strict_policy(stage: Stage, *, automatic: str = "none") -> None:
    """Take the cautious policy about validation: a correction ends it."""
    originator_id = stage.desk.originator_id()
    with stage.desk.action() as ctx:
        take_policy(ctx, originator_id, _STRICT.format(automatic=automatic))


def account_key(stage: Stage, external_id: str) -> int:
    """Return an account's key."""
    with stage.desk.view() as ctx:
        return ctx.session.execute(select(Account.id).where(Account.external_id == external_id)).scalar_one()


def wanted(stage: Stage, external_id: str, method: ValidationMethod = PRENOTE) -> int:
    """Want a check of an account and return its key."""
    key = account_key(stage, external_id)
    with stage.desk.action() as ctx:
        return want_check(ctx, key, method=method)


def account(stage: Stage, external_id: str) -> dict[str, Any]:
    """Return an account with its proofs, checks, changes and facts."""
    with stage.desk.view() as ctx:
        found = accounts.shown(ctx.session, account_key(stage, external_id))
    assert found is not None
    return found


def check(stage: Stage, external_id: str) -> dict[str, Any]:
    """Return the newest check of an account."""
    found: dict[str, Any] = account(stage, external_id)["checks"][-1]
    return found


def credited(stage: Stage, external_id: str) -> list[int]:
    """Return what the bank in the box has credited to an account by micro-entries, as its own books say."""
    with stage.desk.view() as ctx:
        check_id = ctx.session.execute(
            select(AccountCheck.id)
            .where(AccountCheck.account_id == account_key(stage, external_id))
            .order_by(AccountCheck.id.desc())
            .limit(1)
        ).scalar_one()
    places = stage.bank.books().by_reference
    return [places[f"{encode_key(check_id)}{mark}"].credited_cents for mark in "AB"]


def told(stage: Stage, external_id: str, cents: Sequence[int]) -> Answer:
    """Enter what a buyer says of the micro-entries."""
    key = account_key(stage, external_id)
    with stage.desk.action() as ctx:
        return confirm_amounts(ctx, key, cents)


def key_of(found: dict[str, Any]) -> int:
    """Return the key of an account that was read."""
    return parse_public_id(Prefix.ACCOUNT, found["id"])


def holds(stage: Stage) -> None:
    """Insist that every invariant holds, and that the bank's books are ours."""
    assert broken(stage) == []
    assert all(bank_agrees(stage).values()), bank_agrees(stage)
