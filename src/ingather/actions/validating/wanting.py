"""Wanting a check of an account, calling it off, and recording what a validation service said."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import exists, func, select, update

from ingather.actions.accounts import locked_account, note_validations
from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.domain.accounts import AccountState, CheckState, ValidationMethod
from ingather.domain.authorizations import AuthorizationState
from ingather.domain.entries import COLLECTING
from ingather.domain.facts import FactKind, Scope
from ingather.domain.orders import OrderState
from ingather.domain.refusals import WrongState
from ingather.rules.validation import may_go_again, proofs
from ingather.store import events
from ingather.store.bulk import insert_columns, read_columns
from ingather.store.open_orders import among_open
from ingather.store.tables import Account, AccountCheck, Authorization, Entry, Fact, Order

NEEDS_VALIDATION = "account-not-validated"
OURS = frozenset({ValidationMethod.PRENOTE, ValidationMethod.MICRO_ENTRIES})
"""The methods by which we send something ourselves."""
UNDER_WAY = (CheckState.WANTED, CheckState.SEALED)
_AT_ONCE = 5_000


def want_check(ctx: Context, account_id: int, *, method: ValidationMethod) -> int:
    """Want an account to be tried by prenote or micro-entries with the next night, and return the check's key.

    It goes out under the newest active authorization of the account, in the name of that merchant. Raises ``NoSuch``;
    ``WrongState`` when the account is blocked, has a check under way, has no active authorization, or when the Rules
    do not know the method today, or not for an account that had debits before.
    """
    account = locked_account(ctx, account_id)
    name = public_id(Prefix.ACCOUNT, account_id)
    if method not in OURS:
        fact = f"{method} is nothing that a night sends"
        raise WrongState(fact, "Record what is known: ingather account validate ID --method external")
    if account.state != AccountState.ACTIVE:
        fact = f"account {name} is blocked by {account.blocked_by}"
        raise WrongState(fact, "Let it go first, if that may be: ingather account unblock ID --reason TEXT")
    if open_check(ctx, account_id) is not None:
        fact = f"account {name} is being validated already"
        raise WrongState(fact, "See where it stands: ingather account show ID")
    if method not in proofs(ctx.today) or (_was_debited(ctx, account_id) and not may_go_again(method, ctx.today)):
        fact = f"the Rules do not let account {name} be validated by {method} on {ctx.today}"
        raise WrongState(fact)
    found = ctx.session.execute(
        select(Authorization.id, Authorization.merchant_id)
        .where(Authorization.account_id == account_id, Authorization.state == AuthorizationState.ACTIVE)
        .order_by(Authorization.id.desc())
        .limit(1),
    ).one_or_none()
    if found is None:
        fact = f"account {name} has no active authorization, and nothing is sent to it without one"
        raise WrongState(fact, "Record the buyer's authorization first")
    (check_id,) = _insert(ctx, account.originator_id, [account_id], [found.id], [found.merchant_id], method=method)
    ctx.audit("want_check", name, method=str(method))
    return check_id


def want_for_waiting(ctx: Context, originator_id: int, *, method: ValidationMethod, through: date) -> int:
    """Want a check for every account whose due order waits for validation, and return how many.

    Accounts that failed one are left to a person. ``through`` is the last date that the night reaches.
    """
    tried = exists().where(
        AccountCheck.account_id == Account.id, AccountCheck.state.in_([*UNDER_WAY, CheckState.FAILED])
    )
    account_ids, authorization_ids = read_columns(
        ctx.session,
        select(Account.id, func.max(Authorization.id))
        .select_from(Order)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .join(Account, Account.id == Authorization.account_id)
        .where(
            Order.originator_id == originator_id,
            among_open(ctx.session, originator_id, until=through),
            Order.collect_on <= through,
            Order.state.in_([OrderState.OPEN, OrderState.RETURNED]),
            Order.reason == NEEDS_VALIDATION,
            Authorization.state == AuthorizationState.ACTIVE,
            Account.state == AccountState.ACTIVE,
            ~tried,
        )
        .group_by(Account.id)
        .order_by(Account.id),
    )
    if not account_ids:
        return 0
    merchants = _merchants_of(ctx, authorization_ids)
    _insert(
        ctx,
        originator_id,
        account_ids,
        authorization_ids,
        [merchants[key] for key in authorization_ids],
        method=method,
    )
    ctx.audit("want_checks", "book", method=str(method), accounts=len(account_ids))
    return len(account_ids)


def _merchants_of(ctx: Context, authorization_ids: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for start in range(0, len(authorization_ids), _AT_ONCE):
        statement = select(Authorization.id, Authorization.merchant_id).where(
            Authorization.id.in_(authorization_ids[start : start + _AT_ONCE])
        )
        found.update({row.id: row.merchant_id for row in ctx.session.execute(statement)})
    return found


def _insert(
    ctx: Context,
    originator_id: int,
    account_ids: Sequence[int],
    authorization_ids: Sequence[int],
    merchant_ids: Sequence[int],
    *,
    method: ValidationMethod,
) -> list[int]:
    check_ids: list[int] = ctx.ids.many(len(account_ids)).tolist()
    insert_columns(
        ctx.session,
        AccountCheck,
        {
            "id": check_ids,
            "account_id": account_ids,
            "authorization_id": authorization_ids,
            "merchant_id": merchant_ids,
        },
        same={
            "originator_id": originator_id,
            "method": method,
            "state": CheckState.WANTED,
            "attempts": 0,
            "wanted_on": ctx.today,
            "effective_on": None,
            "passes_on": None,
            "ended_because": None,
            "version": 1,
        },
    )
    _add_facts(ctx, originator_id, account_ids, FactKind.CHECK_WANTED, method, [str(key) for key in check_ids])
    # A debit that is just being built rests on the account as it was: its claim is lost.
    for start in range(0, len(account_ids), _AT_ONCE):
        ctx.session.execute(
            update(Account)
            .where(Account.id.in_(account_ids[start : start + _AT_ONCE]))
            .values(version=Account.version + 1)
            .execution_options(synchronize_session=False),
        )
    return check_ids


def cancel_check(ctx: Context, account_id: int, *, reason: str) -> None:
    """Call off the check of an account that has not gone out, or micro-entries that the buyer does not answer.

    Raises ``NoSuch`` and ``WrongState``; a prenote on its way ends by itself.
    """
    account = locked_account(ctx, account_id)
    name = public_id(Prefix.ACCOUNT, account_id)
    check = open_check(ctx, account_id)
    if check is None:
        fact = f"account {name} is not being validated"
        raise WrongState(fact)
    if check.state == CheckState.SEALED and check.method == ValidationMethod.PRENOTE:
        fact = f"the prenote to account {name} is on its way, and nothing may be debited before its days have passed"
        raise WrongState(fact, f"It ends by itself on {check.passes_on}, or later while reports are missing")
    end_check(ctx, check, CheckState.CANCELED, because="person")
    ctx.audit("cancel_check", public_id(Prefix.ACCOUNT, account.id), method=check.method, reason=reason)


def record_external(ctx: Context, account_id: int, *, provider: str, reference: str, on: date) -> bool:
    """Keep the record of a validation service about an account; returns whether it was not known yet.

    A check that has not gone out is not needed any more. Raises ``NoSuch``; ``WrongState`` for a day to come, for a
    record without provider or reference, and for one from before the validation ended.
    """
    account = locked_account(ctx, account_id)
    name = public_id(Prefix.ACCOUNT, account_id)
    if not (provider.strip() and reference.strip()):
        fact = "a validation names the service and its reference"
        raise WrongState(fact)
    if on > ctx.today:
        fact = f"{on} is yet to come; a validation is recorded once it has succeeded"
        raise WrongState(fact)
    ended_on = ctx.session.execute(
        select(func.max(Fact.on_date)).where(
            Fact.scope == Scope.ACCOUNT, Fact.subject_id == account_id, Fact.kind == FactKind.VALIDATION_FAILED,
        ),
    ).scalar()  # fmt: skip
    if ended_on is not None and on < ended_on:
        fact = f"the validation of account {name} ended on {ended_on}; what was proven on {on} is proven no more"
        raise WrongState(fact, "Validate the account as it is now")
    check = open_check(ctx, account_id)
    if check is not None and check.state == CheckState.WANTED:
        end_check(ctx, check, CheckState.CANCELED, because=ValidationMethod.EXTERNAL)
    evidence = f"{provider.strip()}, {reference.strip()}"
    (fresh,) = note_validations(
        ctx, [account.id], method=[ValidationMethod.EXTERNAL], validated_on=[on], evidence=evidence
    )
    if fresh:
        method = ValidationMethod.EXTERNAL
        note_passed(ctx, account.originator_id, [account_id], method=method, once=[on.isoformat()])
    ctx.audit("record_validation", name, method=str(ValidationMethod.EXTERNAL), on=on.isoformat(), provider=provider)
    return fresh


def open_check(ctx: Context, account_id: int) -> AccountCheck | None:
    """Return the check of an account that is under way, for change, or None."""
    return ctx.session.scalar(
        select(AccountCheck)
        .where(AccountCheck.account_id == account_id, AccountCheck.state.in_(UNDER_WAY))
        .with_for_update()
        .execution_options(populate_existing=True),
    )


def end_check(ctx: Context, check: AccountCheck, state: CheckState, *, because: str | None) -> None:
    """End a check with what it came to."""
    check.state, check.ended_because = state, because
    check.version += 1
    ctx.session.flush()


def note_passed(
    ctx: Context, originator_id: int, account_ids: Sequence[int], *, method: ValidationMethod, once: Sequence[str]
) -> None:
    """Add the facts that accounts were validated; ``once`` tells each validation of an account from the next."""
    _add_facts(ctx, originator_id, account_ids, FactKind.VALIDATED, method, [f"{method}|{text}" for text in once])


def _add_facts(
    ctx: Context,
    originator_id: int,
    account_ids: Sequence[int],
    kind: FactKind,
    method: ValidationMethod,
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
        detail=[{"method": str(method)}] * len(account_ids),
    )


def _was_debited(ctx: Context, account_id: int) -> bool:
    statement = (
        select(Entry.id)
        .join(Order, Order.id == Entry.order_id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .where(Authorization.account_id == account_id, Entry.kind.in_(COLLECTING))
        .limit(1)
    )
    return ctx.session.execute(statement).first() is not None
