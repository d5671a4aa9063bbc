"""The reconciliation of a rehearsal's evening: every equation of the day holds, or exactly what waits explains it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ingather.actions.reconciliation.day_report import DayReport
from ingather.domain.files import AT_THE_BANK, FileState
from ingather.jobs.reconcile import ReconcileReport, run_reconcile
from ingather.jobs.rehearsal.stage import Stage
from ingather.rules.calendar import banking_day_on_or_after
from ingather.store.reading.explaining import sides_of
from ingather.store.tables import Batch, Feed, File

_UNANSWERED = (FileState.TRANSMITTED, FileState.PENDED, FileState.SENDING, FileState.IN_DOUBT)


@dataclass(slots=True)  # mutable -- filled in by the evening
class Evening:
    """What the reconciliation of an evening came to; ``faults`` are sentences about what does not hold."""

    report: ReconcileReport
    complete: bool
    faults: list[str] = field(default_factory=list)


def reconcile_evening(stage: Stage) -> Evening:
    """Reconcile as of now; while a report of a day that the bank has closed is missing, nothing is asked of the day."""
    report = run_reconcile(stage.desk)
    with stage.desk.view() as ctx:
        watermark = ctx.session.scalar(select(func.min(Feed.watermark_on)))
        closed = stage.last_closed
        evening = Evening(report=report, complete=closed is None or (watermark is not None and watermark >= closed))
        for day in report.days:
            if evening.complete:
                evening.faults += _faults(ctx.session, day)
    return evening


def _faults(session: Session, day: DayReport) -> Iterator[str]:
    waiting, silent = _waiting(session, day.day)
    for each in day.equations:
        left_open = each.left - each.right
        if each.holds or (each.id == "settled" and left_open == -waiting):
            continue
        if each.id == "acknowledged" and left_open == -silent:
            continue
        yield f"{day.day}, {each.id}: {each.left} is not {each.right}"


def _waiting(session: Session, day: date) -> tuple[int, int]:
    """Return the cents of batches that should have settled on a day and have not, and of files nobody answered."""
    late = session.execute(
        select(Batch.id, Batch.effective_on)
        .join(File, File.id == Batch.file_id)
        .where(Batch.settled_on.is_(None), Batch.rejected.is_(False), Batch.effective_on <= day)
    )
    due = [row.id for row in late if banking_day_on_or_after(row.effective_on) == day]
    waiting = sum(side.amount for side in sides_of(session, select(Batch.id).where(Batch.id.in_(due))))
    files = select(File.id).where(File.effective_on == day, File.state.in_(sorted({*_UNANSWERED, *AT_THE_BANK})))
    silent = session.scalar(
        select(func.sum(Batch.debit_cents + Batch.credit_cents))
        .join(File, File.id == Batch.file_id)
        .where(Batch.file_id.in_(files), File.state.in_(_UNANSWERED), Batch.settled_on.is_(None))
    )
    return waiting, int(silent or 0)
