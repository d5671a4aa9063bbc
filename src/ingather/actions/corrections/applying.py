"""What becomes of a notification of change: its data go into the account, or it is left, and its clock ends.

Until then the account knows the earliest last day of what waits; after that day no debit of it goes out. What an
account was before a change is kept sealed; the authorization, which proves what the buyer agreed to, is not touched.
"""

from sqlalchemy import func, select, update

from ingather.actions.accounts import locked_account
from ingather.actions.cases import close_case
from ingather.actions.context import Context
from ingather.actions.validating.corrected import end_by_correction
from ingather.base.ids import Prefix, public_id
from ingather.domain.accounts import ValidationMethod
from ingather.domain.authorizations import AuthorizationKind
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.corrections import CorrectionState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import NoSuch, WrongState
from ingather.rules.changes import Correction as Change
from ingather.rules.changes import Does, read_change, single_entries_are_ours_to_leave, what_follows
from ingather.store.tables import (
    Account,
    AccountChange,
    AccountCheck,
    AccountCheckEntry,
    Authorization,
    Case,
    Correction,
    Entry,
    Order,
)
from ingather.vault.sealing import Place

_ROUTING = 9


def apply_change(ctx: Context, correction_id: int) -> str:
    """Apply a notification that waits for a person and return what came of it.

    Raises ``NoSuch``; ``WrongState`` when it does not wait, its code is not one we apply, its data cannot be read, or
    a later one changed the account since.
    """
    row = locked_correction(ctx, correction_id)
    name = public_id(Prefix.CORRECTION, correction_id)
    _refuse_unless_open(row)
    change = read_change(row.code, opened(ctx, row), line=row.line)
    if what_follows(row.code, ctx.today) is not Does.APPLY:
        fact = f"notification {name} ({row.code}, {change.title}) changes nothing that an account holds"
        raise WrongState(fact, f"Do what it asks for, then: ingather change leave {name}")
    if not change.applies:
        fact = f"notification {name} cannot be applied: {change.problems[0].message.rstrip('.')}"
        raise WrongState(fact, f"Have it refused: ingather change refuse {name}, or obtain another account")
    if (later := _later(ctx, row)) is not None:
        fact = f"{public_id(Prefix.CORRECTION, later)} changed the account after notification {name} came"
        raise WrongState(fact, f"Leave it: ingather change leave {name}")
    outcome = put_into_account(ctx, row, change, answers_check=_answers_check(ctx, row) is not None)
    end_change(ctx, row, CorrectionState.APPLIED, outcome=outcome)
    ctx.audit("apply_change", name, code=row.code, account=public_id(Prefix.ACCOUNT, row.account_id or 0))
    return outcome


def leave_change(ctx: Context, correction_id: int, *, reason: str) -> None:
    """Leave a notification unapplied, by a person's word.

    That is ours to do for one that corrects nothing an account holds, one about a debit under an authorization for one
    debit, and one that a later notification overtook. Raises ``NoSuch`` and ``WrongState``.
    """
    row = locked_correction(ctx, correction_id)
    name = public_id(Prefix.CORRECTION, correction_id)
    if row.state not in {CorrectionState.UNMATCHED, CorrectionState.LOGGED}:
        _refuse_unless_open(row)
        if what_follows(row.code, ctx.today) is Does.APPLY and _later(ctx, row) is None:
            _refuse_unless_single(ctx, row)
    ctx.fact(
        FactKind.CHANGE_LEFT, scope=Scope.CORRECTION, subject=row.id, originator=row.originator_id,
        because="person", reason=reason,
    )  # fmt: skip
    end_change(ctx, row, CorrectionState.LEFT, outcome=f"left by {ctx.actor}: {reason}")
    ctx.audit("leave_change", name, code=row.code, reason=reason)


def _refuse_unless_open(row: Correction) -> None:
    if row.state == CorrectionState.OPEN:
        return
    name = public_id(Prefix.CORRECTION, row.id)
    by = f" since {row.ended_at:%Y-%m-%d} by {row.ended_by}" if row.ended_at else ""
    match CorrectionState(row.state):
        case CorrectionState.UNMATCHED:
            fact, way_out = f"notification {name} fits none of our entries", "Leave it, or have it refused"
        case CorrectionState.LOGGED:
            fact, way_out = f"notification {name} ({row.code}) is only kept", "Leave it, or ask the ODFI what is meant"
        case state:
            fact, way_out = f"notification {name} is {state}{by}", ""
    raise WrongState(fact, way_out)


def _refuse_unless_single(ctx: Context, row: Correction) -> None:
    name = public_id(Prefix.CORRECTION, row.id)
    if _answers_check(ctx, row) == ValidationMethod.PRENOTE:
        fact = f"notification {name} answers a prenote: it is applied before any debit"
    elif not _is_single(ctx, row) or not single_entries_are_ours_to_leave(ctx.today):
        fact = f"notification {name} is about an account that may be debited again: it is not ours to leave"
    else:
        return
    raise WrongState(fact, f"Apply it: ingather change apply {name}, or have it refused: ingather change refuse {name}")


def locked_correction(ctx: Context, correction_id: int) -> Correction:
    """Return a notification for change; raises ``NoSuch``."""
    row = ctx.session.scalar(select(Correction).where(Correction.id == correction_id).with_for_update())
    if row is None:
        fact = f"there is no notification of change {public_id(Prefix.CORRECTION, correction_id)}"
        raise NoSuch(fact)
    return row


def opened(ctx: Context, row: Correction) -> str:
    """Return the corrected data of a notification, which are red."""
    return ctx.vault.open(Place.CORRECTED_DATA, row.id, row.corrected_data).decode("cp1252")


def let_wait(ctx: Context, row: Correction) -> None:
    """Let a notification wait for a person: its account is debited until its last day and no longer."""
    row.state = CorrectionState.OPEN
    set_change_clock(ctx, row.account_id)


def end_change(ctx: Context, row: Correction, state: CorrectionState, *, outcome: str) -> None:
    """End a notification: its state, who ended it and when, its case with what came of it, and its account's clock."""
    row.state, row.ended_at, row.ended_by = state, ctx.now, ctx.actor
    ctx.session.flush()
    cases = select(Case.id).where(
        Case.originator_id == row.originator_id,
        Case.state == CaseState.OPEN,
        Case.kind.in_([CaseKind.CHANGE, CaseKind.UNMATCHED_CHANGE]),
        Case.subject == public_id(Prefix.CORRECTION, row.id),
    )
    for case_id in list(ctx.session.scalars(cases)):
        close_case(ctx, case_id, outcome=outcome)
    set_change_clock(ctx, row.account_id)


def set_change_clock(ctx: Context, account_id: int | None) -> None:
    """Tell an account the earliest last day of its notifications that wait, None when none does.

    Its version rises when that day changes, so that a file built meanwhile is built again.
    """
    if account_id is None:
        return
    ctx.session.flush()
    earliest = ctx.session.execute(
        select(func.min(Correction.due_on)).where(
            Correction.account_id == account_id, Correction.state == CorrectionState.OPEN
        ),
    ).scalar_one()
    ctx.session.execute(
        update(Account)
        .where(Account.id == account_id, Account.change_due_on.is_distinct_from(earliest))
        .values(change_due_on=earliest, version=Account.version + 1)
        .execution_options(synchronize_session=False),
    )
    known = ctx.session.get(Account, account_id)
    if known is not None:
        ctx.session.expire(known)


def put_into_account(ctx: Context, row: Correction, change: Change, *, answers_check: bool) -> str:
    """Put a readable change into its account, keep what it was, and return what came of it in words."""
    account = locked_account(ctx, row.account_id or 0)
    other = _change_account(ctx, account, row, change)
    outcome = f"applied {row.code} to the account by {ctx.actor}; the next entry carries it"
    if other and end_by_correction(ctx, account, code=row.code, answers_check=answers_check):
        outcome += ", once the account is validated again"
    return outcome


def _change_account(ctx: Context, account: Account, row: Correction, change: Change) -> bool:
    """Put a change into an account and keep what it was; returns whether it is another routing or number now."""
    before = account.number_index
    number = ctx.vault.open(Place.ACCOUNT_NUMBER, account.id, account.number)
    change_id = ctx.ids.one()
    ctx.session.add(
        AccountChange(
            id=change_id,
            account_id=account.id,
            routing=account.routing,
            number=ctx.vault.seal(Place.ACCOUNT_NUMBER_BEFORE, change_id, number),
            last4=account.last4,
            kind=account.kind,
            because=row.code,
            correction_id=row.id,
            changed_at=ctx.now,
        ),
    )
    if change.account is not None:
        number = change.account
    text = number.decode("ascii").strip()
    account.number = ctx.vault.seal_account(account.id, text)
    account.last4 = text[-4:]
    account.routing = change.routing or account.routing
    if change.account_kind is not None:
        account.kind = change.account_kind.name.lower()
    account.number_index = ctx.vault.index_of(f"{account.routing:0{_ROUTING}d}", text)
    account.version += 1
    ctx.fact(
        FactKind.CORRECTED,
        scope=Scope.ACCOUNT,
        subject=account.id,
        originator=row.originator_id,
        once=str(row.id),
        code=row.code,
    )
    ctx.session.flush()
    return account.number_index != before


def _answers_check(ctx: Context, row: Correction) -> str | None:
    """Return how the account was being checked by the entry that a notification is about, None when it was not."""
    return ctx.session.execute(
        select(AccountCheck.method)
        .join(AccountCheckEntry, AccountCheckEntry.check_id == AccountCheck.id)
        .where(AccountCheckEntry.entry_id == row.entry_id),
    ).scalar_one_or_none()


def _is_single(ctx: Context, row: Correction) -> bool:
    kind = ctx.session.execute(
        select(Authorization.kind)
        .join(Order, Order.authorization_id == Authorization.id)
        .join(Entry, Entry.order_id == Order.id)
        .where(Entry.id == row.entry_id),
    ).scalar_one_or_none()
    return kind == AuthorizationKind.SINGLE


def _later(ctx: Context, row: Correction) -> int | None:
    """Return a notification about the same account that came later and was applied, None when there is none."""
    return ctx.session.execute(
        select(Correction.id)
        .where(
            Correction.account_id == row.account_id,
            Correction.id > row.id,
            Correction.state == CorrectionState.APPLIED,
        )
        .order_by(Correction.id)
        .limit(1),
    ).scalar_one_or_none()
