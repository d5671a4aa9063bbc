"""What was exposed as it was known at an instant: the debits that could still come back, by what files had become."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.domain.entries import CREDITING, EntryEnd
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import FileState
from ingather.rules.exposure import first_exposed
from ingather.store.entries import of_file
from ingather.store.reading.past.files import states_known
from ingather.store.reading.past.known import FactColumns, facts_known
from ingather.store.tables import Batch, Entry, File

_NEVER_LEFT = (FileState.VOIDED, FileState.REJECTED)
# As for today's exposure: what settles later than this is looked for by a person.
_LATEST_SETTLEMENT = timedelta(days=30)


def exposed_known(session: Session, at: datetime, *, today: date) -> dict[int, dict[date, int]]:
    """Return the cents of debits that could still come back ordinarily, by route and settlement date, as known then."""
    first = first_exposed(today)
    rows = session.scalars(
        select(File).where(File.effective_on >= first - _LATEST_SETTLEMENT, File.sealed_at <= at).order_by(File.id)
    ).all()
    states = states_known(session, [row.id for row in rows], at)
    files = {row.id: row for row in rows if row.id in states and states[row.id].state not in _NEVER_LEFT}
    batches = session.scalars(select(Batch).where(Batch.file_id.in_(sorted(files)))).all()
    told = FactColumns(facts_known(session, Scope.BATCH, [batch.id for batch in batches], at))
    settled, rejected = told.newest(FactKind.SETTLED), told.newest(FactKind.REJECTED)
    singly = _refused_singly(session, [files[key] for key in files if states[key].state != FileState.TRANSMITTED], at)
    found: dict[int, dict[date, int]] = {}
    for batch in batches:
        day = settled[batch.id].on if batch.id in settled else batch.effective_on
        if batch.id not in rejected and day >= first:
            by_day = found.setdefault(files[batch.file_id].route_id, {})
            by_day[day] = by_day.get(day, 0) + batch.debit_cents - singly.get(batch.id, 0)
    return found


def _refused_singly(session: Session, files: list[File], at: datetime) -> dict[int, int]:
    """Return the cents of debits that the bank had refused one by one, by batch."""
    found: dict[int, int] = {}
    for file in files:
        entries = {
            row.id: (row.batch_id, row.amount_cents)
            for row in session.execute(
                select(Entry.id, Entry.batch_id, Entry.amount_cents).where(
                    *of_file(file),
                    Entry.order_id.is_not(None),
                    Entry.kind.not_in(CREDITING),
                    Entry.ended == EntryEnd.REJECTED,
                )
            )
        }
        for fact in facts_known(session, Scope.ENTRY, entries, at, kinds=(FactKind.REJECTED,)):
            batch_id, cents = entries[fact.subject]
            found[batch_id] = found.get(batch_id, 0) + cents
    return found
