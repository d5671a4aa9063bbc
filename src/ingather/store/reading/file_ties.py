"""Three ways to the same file: what was planned, what its bytes hold, and what the bank's reports say of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from ingather.domain.entries import EntryEnd
from ingather.store.tables import Batch, Entry, File, ReportedSettlement, Return


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """A file as it was planned, as its bytes say it, and as the bank told of it; cents are debits less credits.

    ``taken`` is what the bank did not refuse, ``reported`` what its reports say settled, over ``told`` of ``batches``
    batches; ``returned`` came back.
    """

    file_id: int
    name: str
    state: str
    night_on: date
    effective_on: date
    batches: int
    planned: int
    planned_cents: int
    held: int
    held_cents: int
    rejected: int
    rejected_cents: int
    told: int
    inferred: int
    reported_cents: int
    returned: int
    returned_cents: int

    @property
    def plan_differs(self) -> bool:
        """Return whether the file holds something else than was planned."""
        return (self.planned, self.planned_cents) != (self.held, self.held_cents)

    @property
    def taken_cents(self) -> int:
        """Return what the bank took of it."""
        return self.held_cents - self.rejected_cents

    @property
    def report_differs(self) -> int | None:
        """Return by how much the reports differ from what the bank took, None while they do not tell of all of it."""
        return self.reported_cents - self.taken_cents if self.told >= self.batches else None


def ties_of_files(session: Session, *, before: int | None, limit: int) -> tuple[list[Tie], int | None]:
    """Return files, the newest first, each with its three sides, and the key before which the next page begins."""
    statement = select(File).order_by(File.id.desc()).limit(limit + 1)
    if before is not None:
        statement = statement.where(File.id < before)
    found = session.scalars(statement).all()
    files = found[:limit]
    return _tied(session, files), files[-1].id if len(found) > limit else None


def _tied(session: Session, files: Sequence[File]) -> list[Tie]:
    keys = [file.id for file in files]
    ours = Batch.file_id.in_(keys)
    net = Batch.debit_cents - Batch.credit_cents
    planned = {
        row[0]: row[1:]
        for row in session.execute(
            select(
                Batch.file_id, func.count(), func.sum(Batch.entries), func.sum(net),
                func.count().filter(Batch.settlement_basis == "inferred"),
            )
            .where(ours)
            .group_by(Batch.file_id)
        )
    }  # fmt: skip
    rejected = {
        row[0]: row[1:]
        for row in session.execute(
            select(Batch.file_id, func.count(), func.sum(Entry.amount_cents))
            .join(Entry, and_(Entry.batch_id == Batch.id, Entry.ended == EntryEnd.REJECTED))
            .where(ours)
            .group_by(Batch.file_id)
        )
    }
    reported = {
        row[0]: row[1:]
        for row in session.execute(
            select(
                Batch.file_id,
                func.count(func.distinct(ReportedSettlement.batch_id)),
                func.sum(ReportedSettlement.amount_minor),
            )
            .join(ReportedSettlement, ReportedSettlement.batch_id == Batch.id)
            .where(ours)
            .group_by(Batch.file_id)
        )
    }
    returned = {
        row[0]: row[1:]
        for row in session.execute(
            select(Batch.file_id, func.count(), func.sum(Return.amount_cents))
            .join(Return, Return.batch_id == Batch.id)
            .where(ours, Return.replaced_by.is_(None), Return.undone_on.is_(None))
            .group_by(Batch.file_id)
        )
    }
    return [
        _tie(file, planned.get(file.id, (0, 0, 0, 0)), rejected.get(file.id, (0, 0)), reported.get(file.id, (0, 0)),
             returned.get(file.id, (0, 0)))
        for file in files
    ]  # fmt: skip


def _tie(
    file: File, planned: Sequence[int], rejected: Sequence[int], reported: Sequence[int], returned: Sequence[int]
) -> Tie:
    return Tie(
        file_id=file.id,
        name=file.name,
        state=file.state,
        night_on=file.night_on,
        effective_on=file.effective_on,
        batches=int(planned[0]),
        planned=int(planned[1] or 0),
        planned_cents=int(planned[2] or 0),
        inferred=int(planned[3] or 0),
        held=file.entries,
        held_cents=file.debit_cents - file.credit_cents,
        rejected=int(rejected[0]),
        rejected_cents=int(rejected[1] or 0),
        told=int(reported[0]),
        reported_cents=int(reported[1] or 0),
        returned=int(returned[0]),
        returned_cents=int(returned[1] or 0),
    )
