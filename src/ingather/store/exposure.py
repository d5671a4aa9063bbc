"""What has used the limits: tonight's files, by route, merchant and buyer, and the debits that are still exposed."""

from collections.abc import Collection
from datetime import date, timedelta

import numpy as np
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from ingather.base.columns import Int64
from ingather.domain.entries import CREDITING, EntryEnd
from ingather.domain.files import FileState
from ingather.rules.exposure import exposed_cents, first_exposed
from ingather.rules.limits import NOTHING_USED, Most, Spent, Used, used_by
from ingather.store.bulk import read_columns
from ingather.store.entries import of_file
from ingather.store.tables import Batch, Entry, File, Order

_NEVER_LEFT = (FileState.VOIDED, FileState.REJECTED)
# A settlement that is told of later than this after the date it was asked for is looked for by a person, not here.
_LATEST_SETTLEMENT = timedelta(days=30)


def read_spent(
    session: Session, *, night_on: date, today: date, settling_on: Collection[date], exposure: bool
) -> Spent:
    """Return what has used the limits: of the night, of merchants, of buyers for settlement dates, of the exposure.

    Only the settlement dates asked for are counted, and the exposure only when it is asked for.
    """
    tonight = (File.night_on == night_on, File.state != FileState.VOIDED)
    nights = session.execute(
        select(File.route_id, func.sum(File.entries), func.sum(File.debit_cents))
        .where(*tonight)
        .group_by(File.route_id),
    )
    merchants = (
        select(Batch.merchant_id, func.sum(Batch.entries), func.sum(Batch.debit_cents))
        .join(File, File.id == Batch.file_id)
        .where(*tonight, Batch.rejected.is_(False))
        .group_by(Batch.merchant_id)
    )
    exposed = read_exposed(session, today=today) if exposure else {}
    return Spent(
        nights={route_id: Most(entries=int(entries), minor=int(cents)) for route_id, entries, cents in nights},
        exposed_minor={route_id: exposed_cents(by_day, today=today) for route_id, by_day in exposed.items()},
        merchants=used_by(*map(_integers, read_columns(session, merchants))),
        buyers={day: _of_buyers(session, day) for day in settling_on},
    )


def read_exposed(session: Session, *, today: date) -> dict[int, dict[date, int]]:
    """Return the cents of debits that may still come back ordinarily, by route and settlement date.

    Where no settlement is known, the date that was asked for stands. What was voided or rejected never left.
    """
    first = first_exposed(today)
    settles_on = func.coalesce(Batch.settled_on, Batch.effective_on)
    rows = session.execute(
        select(File.route_id, settles_on, func.sum(Batch.debit_cents))
        .join(Batch, Batch.file_id == File.id)
        .where(
            File.effective_on >= first - _LATEST_SETTLEMENT,
            File.state.not_in(_NEVER_LEFT),
            Batch.rejected.is_(False),
            settles_on >= first,
        )
        .group_by(File.route_id, settles_on),
    )
    found: dict[int, dict[date, int]] = {}
    for route_id, day, cents in rows:
        found.setdefault(route_id, {})[day] = int(cents)
    for route_id, by_day in _rejected_entries(session, first).items():
        for day, cents in by_day.items():
            found[route_id][day] -= cents
    return found


def _rejected_entries(session: Session, first: date) -> dict[int, dict[date, int]]:
    """Return what the bank refused entry by entry, of batches that it took otherwise, by route and settlement date."""
    found: dict[int, dict[date, int]] = {}
    files = select(File).where(
        File.state == FileState.ACCEPTED_WITH_REJECTS, File.effective_on >= first - _LATEST_SETTLEMENT
    )
    for file in session.scalars(files):
        rows = session.execute(
            select(func.coalesce(Batch.settled_on, Batch.effective_on), func.sum(Entry.amount_cents))
            .join(Batch, Batch.id == Entry.batch_id)
            .where(
                *of_file(file),
                Entry.order_id.is_not(None),
                Entry.kind.not_in(CREDITING),
                Entry.ended == EntryEnd.REJECTED,
                Batch.rejected.is_(False),
            )
            .group_by(func.coalesce(Batch.settled_on, Batch.effective_on)),
        )
        for day, cents in rows:
            if day >= first:
                by_day = found.setdefault(file.route_id, {})
                by_day[day] = by_day.get(day, 0) + int(cents)
    return found


def _of_buyers(session: Session, settles_on: date) -> Used:
    """Return what each buyer is debited for a settlement date, file by file in the order in which entries lie."""
    standing: ColumnElement[bool] = Entry.ended.is_(None) | (Entry.ended == EntryEnd.RETURNED)
    parts: list[tuple[Int64, ...]] = []
    for file in session.scalars(select(File).where(File.effective_on == settles_on, File.state.not_in(_NEVER_LEFT))):
        columns = read_columns(
            session,
            select(Order.buyer_id, func.count(), func.sum(Entry.amount_cents))
            .join(Entry, Entry.order_id == Order.id)
            .where(*of_file(file), standing, Entry.kind.not_in(CREDITING))
            .group_by(Order.buyer_id),
        )
        parts.append(tuple(map(_integers, columns)))
    if not parts:
        return NOTHING_USED
    return used_by(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _integers(values: Collection[int]) -> Int64:
    return np.fromiter(map(int, values), np.int64, count=len(values))
