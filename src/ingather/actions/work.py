"""The worker's runs: begun once for each time they are due, and ended with their result.

A run that failed is begun again after a while, one whose worker died at once; one that ended never is.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.domain.work import RunState
from ingather.rules.schedule import DueRun
from ingather.store.tables import WorkRun


def begin_run(ctx: Context, due: DueRun, *, holder: str, retry_after: timedelta) -> int | None:
    """Begin a due run and return its key; None when it was made, or failed too short a while ago."""
    row = ctx.session.scalars(
        select(WorkRun)
        .where(WorkRun.kind == due.kind, WorkRun.about == due.about, WorkRun.due_at == due.due_at)
        .with_for_update(),
    ).one_or_none()
    if row is None:
        row = WorkRun(
            id=ctx.ids.one(),
            kind=due.kind,
            about=due.about,
            state=RunState.RUNNING,
            due_at=due.due_at,
            started_at=ctx.now,
            holder=holder,
        )
        ctx.session.add(row)
        return row.id
    failed = row.state == RunState.FAILED and row.ended_at is not None and row.ended_at + retry_after <= ctx.now
    if not failed and row.state != RunState.ABANDONED:
        return None
    row.state, row.started_at, row.ended_at, row.holder = RunState.RUNNING, ctx.now, None, holder
    return row.id


def end_run(ctx: Context, run_id: int, *, exit_code: int, result: dict[str, Any], fault: str | None = None) -> None:
    """End a run with how its command would have ended; with a ``fault`` it failed, and that is on record."""
    row = ctx.session.execute(select(WorkRun).where(WorkRun.id == run_id).with_for_update()).scalar_one()
    row.state = RunState.DONE if fault is None else RunState.FAILED
    row.ended_at, row.exit_code, row.result, row.fault = ctx.now, exit_code, result, fault
    if fault is not None:
        ctx.audit("run_failed", public_id(Prefix.WORK_RUN, run_id), kind=row.kind, about=row.about, fault=fault)


def abandon_runs(ctx: Context) -> int:
    """Note that what still runs by the book runs no more: whoever holds the worker's lock is the only one alive."""
    found = ctx.session.scalars(
        update(WorkRun)
        .where(WorkRun.state == RunState.RUNNING)
        .values(state=RunState.ABANDONED, ended_at=ctx.now)
        .returning(WorkRun.id),
    ).all()
    if found:
        ctx.audit("abandon_runs", "worker", runs=[public_id(Prefix.WORK_RUN, run_id) for run_id in found])
    return len(found)
