"""Which batches a report says a credit is about, each line once: what the reconciliation ties postings to."""

import hashlib
import json
from collections.abc import Hashable, Sequence

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.reconciliation.settling import batches_named
from ingather.actions.reports.once import Known, tell_apart
from ingather.reports.items import Settlements
from ingather.store.bulk import insert_columns
from ingather.store.tables import Feed, ReportedSettlement

_AT_ONCE = 2_000


def keep_settlements(ctx: Context, originator_id: int, report_id: int, feed: Feed | None, items: Settlements) -> None:
    """Keep the settlements a report tells of that were not told before, each with its batch where it is ours."""
    if not len(items):
        return
    keys = settlement_keys(items)
    found = tell_apart(keys, _known(ctx, originator_id, keys))
    batches = batches_named(ctx, originator_id, {items.origination_file[index] for index in found.new})
    ids = {place: batch.id for place, batch in batches.items()}
    settled = [items.settled_on[index] for index in found.new]
    places = [(items.origination_file[index], items.batch_number[index]) for index in found.new]
    insert_columns(
        ctx.session,
        ReportedSettlement,
        {
            "id": ctx.ids.many(len(found.new)).tolist(),
            "line": [items.line[index] for index in found.new],
            "item_key": [keys[index] for index in found.new],
            "occurrence": found.occurrence,
            "batch_id": [ids.get(place) for place in places],
            "bank_ref": [items.bank_ref[index].strip()[:40] for index in found.new],
            "origination_file": [name[:16] for name, _ in places],
            "batch_number": [number for _, number in places],
            "items": [items.count[index] for index in found.new],
            "amount_minor": [items.amount_minor[index] for index in found.new],
            "settled_on": [None if day is None else day.isoformat() for day in settled],
        },
        same={
            "originator_id": originator_id,
            "feed_id": None if feed is None else feed.id,
            "report_id": report_id,
        },
    )


def settlement_keys(items: Settlements) -> list[Hashable]:
    """Return what identifies each settlement a report tells of, as a hash."""
    rows = zip(
        items.bank_ref, items.origination_file, items.batch_number, items.amount_minor, items.settled_on, items.count,
        strict=True,
    )  # fmt: skip
    return [hashlib.sha256(json.dumps(row, default=str).encode()).digest() for row in rows]


def _known(ctx: Context, originator_id: int, keys: Sequence[Hashable]) -> dict[Hashable, list[Known]]:
    found: dict[Hashable, list[Known]] = {}
    distinct = list(dict.fromkeys(keys))
    for start in range(0, len(distinct), _AT_ONCE):
        rows = ctx.session.execute(
            select(ReportedSettlement.id, ReportedSettlement.item_key, ReportedSettlement.occurrence)
            .where(
                ReportedSettlement.originator_id == originator_id,
                ReportedSettlement.item_key.in_(distinct[start : start + _AT_ONCE]),
            )
            .order_by(ReportedSettlement.occurrence)
        )
        for row in rows:
            found.setdefault(row.item_key, []).append(Known(id=row.id, occurrence=row.occurrence, same=True))
    return found
