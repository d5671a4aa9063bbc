"""Suspending authorizations because of what a bank said: no debit rests on them until a person resumes them."""

from collections.abc import Sequence

from sqlalchemy import select, update

from ingather.actions.context import Context
from ingather.domain.authorizations import AuthorizationState
from ingather.domain.facts import FactKind, Scope
from ingather.store.tables import Authorization


def suspend_authorizations(ctx: Context, originator_id: int, ids: Sequence[int], *, because: str) -> None:
    """Suspend active authorizations because of a return code; what has ended, or was for one debit, stays as it is."""
    standing = ctx.session.execute(
        select(Authorization.id, Authorization.version).where(
            Authorization.id.in_(ids), Authorization.state == AuthorizationState.ACTIVE
        ),
    ).all()
    if not standing:
        return
    ctx.session.execute(
        update(Authorization)
        .where(Authorization.id.in_([row.id for row in standing]))
        .values(state=AuthorizationState.SUSPENDED, version=Authorization.version + 1)
        .execution_options(synchronize_session=False),
    )
    for authorization_id, version in standing:
        ctx.fact(
            FactKind.SUSPENDED,
            scope=Scope.AUTHORIZATION,
            subject=authorization_id,
            originator=originator_id,
            once=str(version + 1),
            because=because,
        )
