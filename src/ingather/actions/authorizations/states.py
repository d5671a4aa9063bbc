"""What becomes of an authorization: completed, activated, suspended, resumed, superseded, expired, consumed.

Whatever makes a change raises its version, so that a file built on what it was before is not sealed.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, select, update

from ingather.actions.authorizations.notices import note_needed
from ingather.actions.context import Context
from ingather.actions.rules import keep_rules
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.authorizations import AuthorizationKind, AuthorizationState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.orders import OrderState
from ingather.domain.refusals import NoSuch, WrongState
from ingather.rules.authorizations import ALL_STATEMENTS, Judged, judge, sentence_of
from ingather.rules.rows import ids_of
from ingather.store import events
from ingather.store.entries import of_file
from ingather.store.tables import Account, Authorization, Entry, File, Order

_AT_ONCE = 5_000
_STANDING = (AuthorizationState.DRAFT, AuthorizationState.ACTIVE, AuthorizationState.SUSPENDED)


def locked_authorization(ctx: Context, authorization_id: int) -> Authorization:
    """Return an authorization for change; raises ``NoSuch``."""
    row = ctx.session.scalar(select(Authorization).where(Authorization.id == authorization_id).with_for_update())
    if row is None:
        fact = f"there is no authorization {public_id(Prefix.AUTHORIZATION, authorization_id)}"
        raise NoSuch(fact)
    return row


def judged(ctx: Context, row: Authorization) -> Judged:
    """Return what an authorization lacks under the rules of the day it was given and the holder the account has now."""
    account = ctx.session.get_one(Account, row.account_id)
    return judge(
        holder=account.holder,
        channel=row.channel,
        kind=row.kind,
        statements=row.statements,
        evidence=row.evidence,
        given_on=row.given_at.astimezone(NEW_YORK).date(),
    )


def complete_authorization(
    ctx: Context,
    authorization_id: int,
    *,
    evidence: Mapping[str, str] | None = None,
    statements: Collection[str] | None = None,
) -> tuple[str, ...]:
    """Add evidence to a draft, or what its text says to whoever reads it; activate it when nothing is lacking.

    Returns what is lacking still. What was on record is never replaced, and the text stays as it is. Raises ``NoSuch``,
    and ``WrongState`` for one that is no draft, an unknown statement or evidence that is there already.
    """
    row = locked_authorization(ctx, authorization_id)
    name = public_id(Prefix.AUTHORIZATION, authorization_id)
    if row.state != AuthorizationState.DRAFT and not (row.state == AuthorizationState.SUSPENDED and row.lacks):
        fact = f"authorization {name} is {row.state}; only one that lacks something is completed"
        raise WrongState(fact, "What the buyer agreed to now is recorded as another authorization")
    if unknown := sorted(set(statements or ()) - set(ALL_STATEMENTS)):
        fact = f"{', '.join(unknown)} is none of the statements {', '.join(ALL_STATEMENTS)}"
        raise WrongState(fact)
    if there := sorted(set(evidence or {}) & {key for key, content in row.evidence.items() if content}):
        fact = f"authorization {name} has its {', '.join(there)} on record, which is never replaced"
        raise WrongState(fact)
    row.evidence = {**row.evidence, **(evidence or {})}
    if statements:
        row.statements = sorted({*(row.statements or ()), *statements})
    found = judged(ctx, row)
    row.lacks = list(found.lacks)
    row.version += 1
    if not found.lacks and row.state == AuthorizationState.DRAFT:
        _activate(ctx, row, found)
    ctx.audit(
        "complete_authorization", name, evidence=sorted(evidence or {}), statements=sorted(statements or ()),
        lacks=list(found.lacks),
    )  # fmt: skip
    return found.lacks


def activate_authorization(ctx: Context, authorization_id: int) -> None:
    """Let debits rest on a draft; raises ``WrongState`` when it lacks something, and names it, or is no draft."""
    row = locked_authorization(ctx, authorization_id)
    name = public_id(Prefix.AUTHORIZATION, authorization_id)
    if row.state != AuthorizationState.DRAFT:
        fact = f"authorization {name} is {row.state}; only a draft is activated"
        raise WrongState(fact)
    found = judged(ctx, row)
    _refuse_lacking(name, found)
    row.lacks = []
    row.version += 1
    _activate(ctx, row, found)
    ctx.audit("activate_authorization", name)


def _refuse_lacking(name: str, found: Judged) -> None:
    if found.lacks:
        wanted = "; ".join(sentence_of(word, found.rows) for word in found.lacks)
        fact = f"authorization {name} lacks: {wanted}"
        raise WrongState(fact, "Add it with: ingather authorization complete")


def _activate(ctx: Context, row: Authorization, found: Judged) -> None:
    row.state = AuthorizationState.ACTIVE
    ctx.fact(
        FactKind.ACTIVATED, scope=Scope.AUTHORIZATION, subject=row.id, originator=row.originator_id,
        once=str(row.version), rule_set=keep_rules(ctx, ids_of(found.rows)),
    )  # fmt: skip


def suspend_authorization(ctx: Context, authorization_id: int, *, reason: str) -> None:
    """Let nothing be debited under an authorization until it is resumed; what is sealed and not sent is not sent."""
    row = locked_authorization(ctx, authorization_id)
    if row.state != AuthorizationState.ACTIVE:
        fact = (
            f"authorization {public_id(Prefix.AUTHORIZATION, row.id)} is {row.state}; only an active one is suspended"
        )
        raise WrongState(fact)
    _suspend(ctx, row, reason)


def _suspend(ctx: Context, row: Authorization, reason: str) -> None:
    row.state = AuthorizationState.SUSPENDED
    row.version += 1
    ctx.fact(
        FactKind.SUSPENDED, scope=Scope.AUTHORIZATION, subject=row.id, originator=row.originator_id,
        once=str(row.version), because=reason,
    )  # fmt: skip
    ctx.audit("suspend_authorization", public_id(Prefix.AUTHORIZATION, row.id), reason=reason)


def resume_authorization(ctx: Context, authorization_id: int, *, reason: str) -> None:
    """Let debits rest on a suspended authorization again; raises ``WrongState`` while it lacks something."""
    row = locked_authorization(ctx, authorization_id)
    name = public_id(Prefix.AUTHORIZATION, authorization_id)
    if row.state != AuthorizationState.SUSPENDED:
        fact = f"authorization {name} is {row.state}; only a suspended one is resumed"
        raise WrongState(fact)
    if row.lacks:
        _refuse_lacking(name, judged(ctx, row))
    row.state = AuthorizationState.ACTIVE
    row.version += 1
    ctx.fact(
        FactKind.RESUMED, scope=Scope.AUTHORIZATION, subject=row.id, originator=row.originator_id,
        once=str(row.version), because=reason,
    )  # fmt: skip
    ctx.audit("resume_authorization", name, reason=reason)


def judge_again(ctx: Context, account_id: int) -> int:
    """Judge the active authorizations of an account anew, after its holder changed; returns how many are suspended.

    One that was given as a business's may lack what a consumer's needs: it waits until that is on record.
    """
    suspended = 0
    rows = ctx.session.scalars(
        select(Authorization)
        .where(Authorization.account_id == account_id, Authorization.state == AuthorizationState.ACTIVE)
        .with_for_update(),
    ).all()
    for row in rows:
        found = judged(ctx, row)
        if found.lacks:
            row.lacks = list(found.lacks)
            _suspend(ctx, row, f"lacks for {found.sec}: {', '.join(found.lacks)}")
            suspended += 1
    return suspended


def supersede_authorization(
    ctx: Context, authorization_id: int, *, by: int, reason: str, move_orders: bool = False
) -> int:
    """Replace an authorization by a newer one of the same buyer for the same merchant; returns how many orders moved.

    With ``move_orders`` those that were never presented rest on the newer one from now on. Raises ``NoSuch`` and
    ``WrongState``.
    """
    row, newer = locked_authorization(ctx, authorization_id), locked_authorization(ctx, by)
    name, newer_name = (public_id(Prefix.AUTHORIZATION, each.id) for each in (row, newer))
    if row.state not in _STANDING:
        fact = f"authorization {name} is {row.state}; there is nothing to replace"
        raise WrongState(fact)
    if newer.id == row.id or newer.state != AuthorizationState.ACTIVE:
        fact = f"authorization {newer_name} is {'the same one' if newer.id == row.id else newer.state}"
        raise WrongState(fact, "Name another one of the buyer's that is active")
    if (newer.buyer_id, newer.merchant_id, newer.originator_id) != (row.buyer_id, row.merchant_id, row.originator_id):
        fact = f"authorization {newer_name} is of another buyer or for another merchant than {name}"
        raise WrongState(fact)
    row.state, row.superseded_by = AuthorizationState.SUPERSEDED, newer.id
    row.ended_on, row.ended_because = ctx.today, AuthorizationState.SUPERSEDED
    row.version += 1
    ctx.session.flush()
    names = _to_move(ctx, row) if move_orders else []
    moved = _move_orders(ctx, row, newer) if move_orders else 0
    ctx.fact(
        FactKind.SUPERSEDED, scope=Scope.AUTHORIZATION, subject=row.id, originator=row.originator_id,
        because=reason, by=newer_name, orders=moved, moved=names,
    )  # fmt: skip
    ctx.audit("supersede_authorization", name, by=newer_name, reason=reason, orders=moved)
    return moved


def _to_move(ctx: Context, row: Authorization) -> list[str]:
    """Return the orders about to move: until then they rested on this authorization, and entries were written from it.

    Those entries were voided or rejected; the order does not say any more under what they were sealed.
    """
    keys = ctx.session.scalars(
        select(Order.id)
        .where(
            Order.buyer_id == row.buyer_id, Order.authorization_id == row.id, Order.state == OrderState.OPEN,
            Order.presentations == 0,
        )
        .order_by(Order.id)
    )  # fmt: skip
    return [public_id(Prefix.ORDER, key) for key in keys]


def _move_orders(ctx: Context, row: Authorization, newer: Authorization) -> int:
    moved = ctx.session.execute(
        update(Order)
        .where(Order.authorization_id == row.id, Order.state == OrderState.OPEN, Order.presentations == 0)
        .values(authorization_id=newer.id, reason=None, version=Order.version + 1)
        .execution_options(synchronize_session=False),
    ).rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    note_needed(ctx, row.originator_id, [newer.id])
    return int(moved)


def expire_authorizations(ctx: Context, originator_id: int) -> int:
    """End the authorizations whose last day has passed; returns how many. Nothing to end leaves no record."""
    ended = list(
        ctx.session.scalars(
            select(Authorization.id)
            .where(
                Authorization.originator_id == originator_id,
                Authorization.valid_to < ctx.today,
                Authorization.state.in_(_STANDING),
            )
            .order_by(Authorization.id),
        ),
    )
    if not ended:
        return 0
    for part in _parts(ended):
        ctx.session.execute(
            update(Authorization)
            .where(Authorization.id.in_(part))
            .values(
                state=AuthorizationState.EXPIRED,
                ended_on=Authorization.valid_to,
                ended_because=AuthorizationState.EXPIRED,
                version=Authorization.version + 1,
            )
            .execution_options(synchronize_session=False),
        )
    events.add_many(
        ctx.session, FactKind.EXPIRED, scope=Scope.AUTHORIZATION, subjects=ended, originator=originator_id,
        on=[ctx.today] * len(ended), at=ctx.now, actor=ctx.actor, once=[""] * len(ended), detail=[{}] * len(ended),
    )  # fmt: skip
    ctx.audit("expire_authorizations", "book", expired=len(ended))
    return len(ended)


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]


def consume_authorizations(ctx: Context, file: File) -> None:
    """Use up the single authorizations that a file's debits rest on, in the transaction that seals it."""
    spent = select(Order.authorization_id).join(Entry, Entry.order_id == Order.id).where(*of_file(file))
    used = ctx.session.execute(
        update(Authorization)
        .where(
            Authorization.id.in_(spent),
            Authorization.kind == AuthorizationKind.SINGLE,
            Authorization.state == AuthorizationState.ACTIVE,
        )
        .values(
            state=AuthorizationState.CONSUMED,
            ended_on=file.effective_on,
            ended_because=AuthorizationState.CONSUMED,
            version=Authorization.version + 1,
        )
        .execution_options(synchronize_session=False),
    ).rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    if used:
        ctx.fact(
            FactKind.CONSUMED, scope=Scope.FILE, subject=file.id, originator=file.originator_id, authorizations=used
        )


def free_authorizations(ctx: Context, file: File, chosen: Sequence[ColumnElement[bool]]) -> None:
    """Make the single authorizations of first debits active again that never reached a buyer.

    ``chosen`` are the conditions for those entries of the file, which have not ended yet. A re-presentment that never
    left frees nothing: the first debit was made.
    """
    if not events.known(ctx.session, FactKind.CONSUMED, scope=Scope.FILE, subject=file.id):
        return
    spent = (
        select(Order.authorization_id).join(Entry, Entry.order_id == Order.id).where(*chosen, Entry.presentation == 1)
    )
    freed = ctx.session.execute(
        update(Authorization)
        .where(
            Authorization.id.in_(spent),
            Authorization.kind == AuthorizationKind.SINGLE,
            Authorization.state == AuthorizationState.CONSUMED,
        )
        .values(state=AuthorizationState.ACTIVE, ended_on=None, ended_because=None, version=Authorization.version + 1)
        .execution_options(synchronize_session=False),
    ).rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    if freed:
        before = events.count(ctx.session, FactKind.UNCONSUMED, scope=Scope.FILE, subject=file.id)
        ctx.fact(
            FactKind.UNCONSUMED, scope=Scope.FILE, subject=file.id, originator=file.originator_id, once=str(before),
            authorizations=freed,
        )  # fmt: skip
