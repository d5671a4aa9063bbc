"""Recording buyers' bank accounts: each number is sealed before it is a row."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from sqlalchemy import select, update

from ingather.actions.context import Context
from ingather.actions.intake import Intake, keys_by_external_id, known_rows
from ingather.base.columns import routing_is_valid
from ingather.base.ids import Prefix, public_id
from ingather.domain.accounts import AccountState
from ingather.domain.facts import FactKind, Scope
from ingather.store.bulk import insert_columns
from ingather.store.tables import Account, AccountValidation, Buyer

_LONGEST = 17


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccounts:
    """Accounts to record, as columns; ``number`` never shows. ``validation_method`` is empty where there is none."""

    external_id: Sequence[str]
    buyer: Sequence[str]
    routing: Sequence[str]
    number: Sequence[str] = field(repr=False)
    kind: Sequence[str]
    holder: Sequence[str]
    validation_method: Sequence[str]
    validated_on: Sequence[date | None]


def record_accounts(ctx: Context, originator_id: int, new: NewAccounts) -> Intake:
    """Record accounts; a known one with another number is refused: a changed account is a new account or a correction."""
    intake = Intake()
    buyers = keys_by_external_id(ctx.session, Buyer, originator_id, new.buyer)
    buckets = dict(
        ctx.session.execute(select(Buyer.id, Buyer.bucket).where(Buyer.originator_id == originator_id)).all()
    )
    found = known_rows(
        ctx.session,
        (Account.external_id, Account.number_index),
        of=Account.originator_id,
        originator_id=originator_id,
        key=Account.external_id,
        wanted=new.external_id,
    )
    known = {row[0]: row[1] for row in found}
    valid = routing_is_valid(np.array([int(routing) if routing.isdigit() else -1 for routing in new.routing], np.int64))
    chosen: list[int] = []
    indexes: list[bytes] = []
    for row, external_id in enumerate(new.external_id):
        number_index = ctx.vault.index_of(new.routing[row], new.number[row])
        if new.buyer[row] not in buyers:
            intake.refuse(row, "buyer", f"there is no buyer {new.buyer[row]}")
        elif not valid[row]:
            intake.refuse(row, "routing", "the routing number's check digit is wrong, or it has not nine digits")
        elif not 1 <= len(new.number[row]) <= _LONGEST or not new.number[row].isascii():
            intake.refuse(row, "account_number", "an account number has 1 to 17 ASCII characters; it is never cut")
        elif external_id not in known:
            known[external_id] = number_index
            chosen.append(row)
            indexes.append(number_index)
        elif known[external_id] == number_index:
            intake.same += 1
        else:
            intake.refuse(row, "external_id", f"account {external_id} is known with another number")
    intake.new = len(chosen)
    _insert(ctx, originator_id, new, chosen=chosen, indexes=indexes, buyers=buyers, buckets=buckets)
    ctx.audit("record_accounts", "book", new=intake.new, same=intake.same, refused=len(intake.refused))
    return intake


def _insert(  # noqa: PLR0913 -- what was chosen, and what it refers to
    ctx: Context,
    originator_id: int,
    new: NewAccounts,
    *,
    chosen: list[int],
    indexes: list[bytes],
    buyers: dict[str, int],
    buckets: dict[int, int],
) -> None:
    if not chosen:
        return
    ids = ctx.ids.many(len(chosen)).tolist()
    owners = [buyers[new.buyer[row]] for row in chosen]
    validated = [bool(new.validation_method[row]) for row in chosen]
    insert_columns(
        ctx.session,
        Account,
        {
            "id": ids,
            "external_id": [new.external_id[row] for row in chosen],
            "buyer_id": owners,
            "routing": [int(new.routing[row]) for row in chosen],
            "number": [ctx.vault.seal_account(key, new.number[row]) for key, row in zip(ids, chosen, strict=True)],
            "number_index": indexes,
            "last4": [new.number[row][-4:] for row in chosen],
            "kind": [new.kind[row] for row in chosen],
            "holder": [new.holder[row] for row in chosen],
            "validated": validated,
            "bucket": [buckets[owner] for owner in owners],
        },
        same={
            "originator_id": originator_id,
            "state": AccountState.ACTIVE,
            "blocked_by": None,
            "version": 1,
            "created_at": ctx.now,
        },
    )
    proven = [(key, row) for key, row, proof in zip(ids, chosen, validated, strict=True) if proof]
    if proven:
        insert_columns(
            ctx.session,
            AccountValidation,
            {
                "id": ctx.ids.many(len(proven)).tolist(),
                "account_id": [key for key, _ in proven],
                "method": [new.validation_method[row] for _, row in proven],
                "validated_on": [(new.validated_on[row] or ctx.today).isoformat() for _, row in proven],
            },
            same={"evidence": "as recorded with the account", "recorded_at": ctx.now},
        )


def block_accounts(ctx: Context, originator_id: int, account_ids: Sequence[int], *, because: Sequence[str]) -> int:
    """Block active accounts, each because of a return code or a person's word; returns how many were not blocked yet."""
    blocked = 0
    for account_id, code in zip(account_ids, because, strict=True):
        changed = ctx.session.execute(
            update(Account)
            .where(Account.id == account_id, Account.state == AccountState.ACTIVE)
            .values(state=AccountState.BLOCKED, blocked_by=code, version=Account.version + 1),
        )
        if changed.rowcount:  # type: ignore[attr-defined]  # an UPDATE's result has it
            blocked += 1
            ctx.fact(
                FactKind.BLOCKED,
                scope=Scope.ACCOUNT,
                subject=account_id,
                originator=originator_id,
                once=str(to_version(ctx, account_id)),
                because=code,
            )
    if blocked:
        ctx.audit("block_accounts", public_id(Prefix.ACCOUNT, account_ids[0]), blocked=blocked)
    return blocked


def to_version(ctx: Context, account_id: int) -> int:
    """Return an account's version, which tells one block from the next."""
    return ctx.session.execute(select(Account.version).where(Account.id == account_id)).scalar_one()
