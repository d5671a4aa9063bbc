"""Recording buyers' bank accounts: each number is sealed before it is a row."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from sqlalchemy import exists, func, select, update

from ingather.actions.context import Context
from ingather.actions.intake import Intake, known_rows
from ingather.base.ids import Prefix, public_id
from ingather.domain.accounts import AccountState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import NoSuch, WrongState
from ingather.nacha.routing import are_routing_numbers
from ingather.rules.return_codes import Until, block_ends
from ingather.store.bulk import insert_columns
from ingather.store.tables import Account, AccountChange, AccountValidation, Buyer, Fact
from ingather.vault.sealing import Place

_LONGEST = 17
_ROUTING = 9
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccounts:
    """Accounts to record, as columns; ``number`` never shows. ``validation_method`` is empty where there is none.

    ``merchant_id`` is the merchant whose key brings each, None where nobody's in particular does.
    """

    external_id: Sequence[str]
    buyer: Sequence[str]
    routing: Sequence[str]
    number: Sequence[str] = field(repr=False)
    kind: Sequence[str]
    holder: Sequence[str]
    validation_method: Sequence[str]
    validated_on: Sequence[date | None]
    merchant_id: Sequence[int | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """An account that is in the book: its key and what it says now."""

    key: int
    buyer_id: int
    holder: str
    number: tuple[bytes, str]


def record_accounts(ctx: Context, originator_id: int, new: NewAccounts) -> Intake:
    """Record accounts; a known one with another number is refused: a changed account is a new account or a correction.

    A known account under the number or kind it had before a bank's correction is the same account: the correction
    stands. Messages quote nothing of the row, because a number may stand in any of its cells by mistake. An intake
    that brought nothing new leaves no record.
    """
    intake = Intake()
    buyers = _buyers(ctx, originator_id, new.buyer)
    known = _known_accounts(ctx, originator_id, new.external_id)
    valid = are_routing_numbers(
        np.array([int(routing) if routing.isascii() and routing.isdigit() else -1 for routing in new.routing], np.int64)
    )
    chosen: list[int] = []
    indexes: list[bytes] = []
    for row, external_id in enumerate(new.external_id):
        account = known.get(external_id)
        if new.buyer[row] not in buyers:
            intake.refuse(row, "buyer", "there is no such buyer; record the buyer first")
        elif not valid[row] or len(new.routing[row]) != _ROUTING:
            intake.refuse(row, "routing", "the routing number's check digit is wrong, or it has not nine digits")
        elif not 1 <= len(new.number[row]) <= _LONGEST or not new.number[row].isascii():
            intake.refuse(row, "account_number", "an account number has 1 to 17 ASCII characters; it is never cut")
        elif account is None:
            number = (ctx.vault.index_of(new.routing[row], new.number[row]), new.kind[row])
            known[external_id] = _Known(
                key=0, buyer_id=buyers[new.buyer[row]][0], holder=new.holder[row], number=number
            )
            chosen.append(row)
            indexes.append(number[0])
        elif account.buyer_id != buyers[new.buyer[row]][0] or not _holds_or_held(ctx, account, new.holder[row]):
            intake.refuse(row, "external_id", "this account is known with another buyer or holder; record another one")
        elif _is_or_was(ctx, account, (ctx.vault.index_of(new.routing[row], new.number[row]), new.kind[row])):
            intake.same += 1
        else:
            intake.refuse(row, "external_id", "this account is known with another number or kind; record another one")
    intake.new = len(chosen)
    if chosen:
        _insert(ctx, originator_id, new, chosen=chosen, indexes=indexes, owners=buyers)
        ctx.audit("record_accounts", "book", new=intake.new, same=intake.same, refused=len(intake.refused))
    return intake


def _buyers(ctx: Context, originator_id: int, wanted: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return the key and bucket of each buyer by external id."""
    rows = known_rows(
        ctx.session,
        (Buyer.external_id, Buyer.id, Buyer.bucket),
        of=Buyer.originator_id,
        originator_id=originator_id,
        key=Buyer.external_id,
        wanted=wanted,
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _known_accounts(ctx: Context, originator_id: int, wanted: Sequence[str]) -> dict[str, _Known]:
    rows = known_rows(
        ctx.session,
        (Account.external_id, Account.id, Account.buyer_id, Account.holder, Account.number_index, Account.kind),
        of=Account.originator_id,
        originator_id=originator_id,
        key=Account.external_id,
        wanted=wanted,
    )
    return {row[0]: _Known(key=row[1], buyer_id=row[2], holder=row[3], number=(row[4], row[5])) for row in rows}


def _is_or_was(ctx: Context, account: _Known, number: tuple[bytes, str]) -> bool:
    """Return whether an account has this number and kind, or had them before a correction."""
    if account.number == number:
        return True
    earlier = ctx.session.scalars(select(AccountChange).where(AccountChange.account_id == account.key))
    return any(
        number == (ctx.vault.index_of(f"{change.routing:0{_ROUTING}d}", _number_before(ctx, change)), change.kind)
        for change in earlier
    )


def _holds_or_held(ctx: Context, account: _Known, holder: str) -> bool:
    """Return whether an account is this holder's, or was taken for it before a return told otherwise."""
    if account.holder == holder:
        return True
    before = select(AccountChange.id).where(AccountChange.account_id == account.key, AccountChange.holder == holder)
    return ctx.session.execute(before).first() is not None


def _number_before(ctx: Context, change: AccountChange) -> str:
    return ctx.vault.open(Place.ACCOUNT_NUMBER_BEFORE, change.id, change.number).decode("ascii").strip()


def _insert(
    ctx: Context,
    originator_id: int,
    new: NewAccounts,
    *,
    chosen: list[int],
    indexes: list[bytes],
    owners: dict[str, tuple[int, int]],
) -> None:
    ids = ctx.ids.many(len(chosen)).tolist()
    insert_columns(
        ctx.session,
        Account,
        {
            "id": ids,
            "external_id": [new.external_id[row] for row in chosen],
            "buyer_id": [owners[new.buyer[row]][0] for row in chosen],
            "routing": [int(new.routing[row]) for row in chosen],
            "number": [ctx.vault.seal_account(key, new.number[row]) for key, row in zip(ids, chosen, strict=True)],
            "number_index": indexes,
            "last4": [new.number[row][-4:] for row in chosen],
            "kind": [new.kind[row] for row in chosen],
            "holder": [new.holder[row] for row in chosen],
            "bucket": [owners[new.buyer[row]][1] for row in chosen],
            "merchant_id": [new.merchant_id[row] if new.merchant_id else None for row in chosen],
        },
        same={
            "originator_id": originator_id,
            "state": AccountState.ACTIVE,
            "blocked_by": None,
            "validated": False,
            "version": 1,
            "created_at": ctx.now,
        },
    )
    proven = [(key, row) for key, row in zip(ids, chosen, strict=True) if new.validation_method[row]]
    note_validations(
        ctx,
        [key for key, _ in proven],
        method=[new.validation_method[row] for _, row in proven],
        validated_on=[new.validated_on[row] or ctx.today for _, row in proven],
        evidence="as recorded with the account",
    )


def note_validations(
    ctx: Context, account_ids: Sequence[int], *, method: Sequence[str], validated_on: Sequence[date], evidence: str
) -> list[bool]:
    """Keep proofs that accounts are open and may be debited, each once; returns which of them were not known yet."""
    known: set[tuple[int, str, date]] = set()
    wanted = sorted(set(account_ids))
    for start in range(0, len(wanted), _AT_ONCE):
        statement = select(
            AccountValidation.account_id, AccountValidation.method, AccountValidation.validated_on
        ).where(AccountValidation.account_id.in_(wanted[start : start + _AT_ONCE]))
        known.update((row[0], row[1], row[2]) for row in ctx.session.execute(statement))
    fresh: list[bool] = []
    added: list[tuple[int, str, date]] = []
    for proof in zip(account_ids, method, validated_on, strict=True):
        fresh.append(proof not in known)
        if fresh[-1]:
            known.add(proof)
            added.append(proof)
    if added:
        keys, methods, days = zip(*added, strict=True)
        insert_columns(
            ctx.session,
            AccountValidation,
            {
                "id": ctx.ids.many(len(added)).tolist(),
                "account_id": keys,
                "method": methods,
                "validated_on": [day.isoformat() for day in days],
            },
            same={"evidence": evidence, "recorded_at": ctx.now},
        )
        for day in sorted(set(days)):
            _mark_validated(ctx, sorted({key for key, _, proven_on in added if proven_on == day}), day)
    return fresh


def _mark_validated(ctx: Context, account_ids: list[int], on: date) -> None:
    """Mark accounts as validated by proofs of a day, unless their validation ended on a later one."""
    ended = exists().where(
        Fact.scope == Scope.ACCOUNT,
        Fact.subject_id == Account.id,
        Fact.kind == FactKind.VALIDATION_FAILED,
        Fact.on_date > on,
    )
    for start in range(0, len(account_ids), _AT_ONCE):
        ctx.session.execute(
            update(Account)
            .where(Account.id.in_(account_ids[start : start + _AT_ONCE]), Account.validated.is_(False), ~ended)
            .values(validated=True)
            .execution_options(synchronize_session=False),
        )


def unblock_account(ctx: Context, account_id: int, *, reason: str) -> None:
    """Let a blocked account be debited again, by a person's word.

    Raises ``NoSuch``; ``WrongState`` when it is not blocked, when the code that blocked it does so for ever, or when
    that code asks for a correction or a new validation and there was none since.
    """
    row = locked_account(ctx, account_id)
    name = public_id(Prefix.ACCOUNT, account_id)
    if row.state != AccountState.BLOCKED:
        fact = f"account {name} is not blocked"
        raise WrongState(fact)
    code = row.blocked_by or ""
    match block_ends(code, on=ctx.today):
        case Until.NEVER:
            fact = f"account {name} is blocked for ever by {code}"
            raise WrongState(fact, "Ask the buyer for another account")
        case Until.CORRECTED if not _mended(ctx, row):
            fact = f"account {name} is blocked by {code} until it is corrected or validated again"
            raise WrongState(fact, "Record what proves it: ingather account validate ID --method external")
        case _:
            pass
    row.state, row.blocked_by = AccountState.ACTIVE, None
    row.version += 1
    ctx.session.flush()
    ctx.fact(
        FactKind.UNBLOCKED, scope=Scope.ACCOUNT, subject=account_id, originator=row.originator_id,
        once=str(row.version), because=code, reason=reason,
    )  # fmt: skip
    ctx.audit("unblock_account", name, because=code, reason=reason)


def locked_account(ctx: Context, account_id: int) -> Account:
    """Return an account for change; raises ``NoSuch``."""
    row = ctx.session.scalar(select(Account).where(Account.id == account_id).with_for_update())
    if row is None:
        fact = f"there is no account {public_id(Prefix.ACCOUNT, account_id)}"
        raise NoSuch(fact)
    return row


def _mended(ctx: Context, row: Account) -> bool:
    """Return whether an account was corrected or validated since it was blocked."""
    blocked_at, blocked_on = ctx.session.execute(
        select(func.max(Fact.recorded_at), func.max(Fact.on_date)).where(
            Fact.scope == Scope.ACCOUNT, Fact.subject_id == row.id, Fact.kind == FactKind.BLOCKED,
        ),
    ).one()  # fmt: skip
    if blocked_at is None:
        return True
    changed = select(AccountChange.id).where(AccountChange.account_id == row.id, AccountChange.changed_at >= blocked_at)
    proven = select(AccountValidation.id).where(
        AccountValidation.account_id == row.id,
        AccountValidation.recorded_at >= blocked_at,
        AccountValidation.validated_on >= blocked_on,
    )
    return any(ctx.session.execute(statement).first() is not None for statement in (changed, proven))
