"""Suspending and ending authorizations because of what a bank or a buyer said; many at once.

No debit rests on a suspended one until a person resumes it, and none ever on one that has ended.
"""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from ingather.actions.context import Context
from ingather.domain.authorizations import AuthorizationState
from ingather.domain.facts import FactKind, Scope
from ingather.store import events
from ingather.store.among import AT_ONCE, among
from ingather.store.tables import Authorization

_RETURN_CODE = re.compile(r"R\d\d")


def suspend_authorizations(ctx: Context, originator_id: int, ids: Sequence[int], *, because: str) -> None:
    """Suspend active authorizations because of a return code; what has ended, or was for one debit, stays as it is."""
    standing: dict[int, int] = {}
    for start in range(0, len(ids), AT_ONCE):
        rows = ctx.session.execute(
            select(Authorization.id, Authorization.version).where(
                among(ctx.session, Authorization.id, ids[start : start + AT_ONCE]),
                Authorization.state == AuthorizationState.ACTIVE,
            ),
        )
        standing.update({row.id: row.version for row in rows})
    _move(ctx, list(standing), {"state": AuthorizationState.SUSPENDED})
    once = [str(version + 1) for version in standing.values()]
    _note(ctx, originator_id, FactKind.SUSPENDED, list(standing), because=because, once=once)


def end_authorizations(ctx: Context, originator_id: int, ids: Sequence[int], *, because: str) -> None:
    """Mark authorizations revoked because of the buyer's word or a return that says so."""
    standing: list[int] = []
    for start in range(0, len(ids), AT_ONCE):
        standing += ctx.session.scalars(
            select(Authorization.id).where(
                among(ctx.session, Authorization.id, ids[start : start + AT_ONCE]),
                Authorization.state != AuthorizationState.REVOKED,
            ),
        )
    ended = {
        "state": AuthorizationState.REVOKED,
        "revoked_at": ctx.now,
        "ended_on": ctx.today,
        "ended_because": because if _RETURN_CODE.fullmatch(because) else AuthorizationState.REVOKED,
    }
    _move(ctx, standing, ended)
    _note(ctx, originator_id, FactKind.REVOKED, standing, because=because, once=[""] * len(standing))


def _move(ctx: Context, ids: Sequence[int], values: dict[str, Any]) -> None:
    for start in range(0, len(ids), AT_ONCE):
        ctx.session.execute(
            update(Authorization)
            .where(among(ctx.session, Authorization.id, ids[start : start + AT_ONCE]))
            .values(version=Authorization.version + 1, **values)
            # A single one may be in the session already, where its caller looks at it again.
            .execution_options(synchronize_session="auto" if len(ids) == 1 else False),
        )


def _note(
    ctx: Context, originator_id: int, kind: FactKind, ids: Sequence[int], *, because: str, once: Sequence[str]
) -> None:
    events.add_many(
        ctx.session,
        kind,
        scope=Scope.AUTHORIZATION,
        subjects=ids,
        originator=originator_id,
        on=[ctx.today] * len(ids),
        at=ctx.now,
        actor=ctx.actor,
        once=once,
        detail=[{"because": because}] * len(ids),
    )
