"""Charges and corrections of the bank: each once, fees booked as costs, everything else for a person.

A charge with the bank's reference is the same in every report; one without is told apart by the day.
"""

import hashlib
import json
from collections.abc import Hashable, Mapping, Sequence
from datetime import date

from sqlalchemy import func, select

from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.actions.reports.once import Known, tell_apart
from ingather.actions.reports.postings import Telling
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind
from ingather.domain.ledger import JournalKind, journal
from ingather.reports.items import Report as Reading
from ingather.rules.reconciliation import NO_REFERENCE
from ingather.store.bulk import insert_columns
from ingather.store.tables import Adjustment, Posting

FEES = frozenset({"RETURN_FEE", "ANALYSIS"})
_AT_ONCE = 2_000


def adjustment_keys(reading: Reading, telling: Telling) -> list[Hashable]:
    """Return what identifies each charge or correction of a report, as a hash."""
    told = reading.adjustments
    keys: list[Hashable] = []
    for kind, amount, ref, related in zip(told.kind, told.amount_minor, told.bank_ref, told.related_ref, strict=True):
        ref = ref.strip()  # noqa: PLW2901 -- the same reference, without its fill
        day = "" if ref not in NO_REFERENCE else telling.day.isoformat()
        # By its own reference a charge is the same in every carrier, whatever each calls it.
        words = [kind, related.strip()] if day else []
        text = json.dumps([telling.feed.id, amount, ref, day, *words])
        keys.append(hashlib.sha256(text.encode()).digest())
    return keys


def take_adjustments(ctx: Context, originator_id: int, reading: Reading, telling: Telling) -> int:
    """Keep what is new and book it; returns how many corrections became cases for a person."""
    told = reading.adjustments
    if not len(told):
        return 0
    keys = adjustment_keys(reading, telling)
    named = [ref.strip() not in NO_REFERENCE for ref in told.bank_ref]
    found = tell_apart(keys, _known(ctx, originator_id, keys, telling, named=dict(zip(keys, named, strict=True))))
    ids: list[int] = ctx.ids.many(len(found.new)).tolist()
    insert_columns(
        ctx.session,
        Adjustment,
        {
            "id": ids,
            "line": [told.line[index] for index in found.new],
            "item_key": [keys[index] for index in found.new],
            "occurrence": found.occurrence,
            "kind": [told.kind[index][:40] for index in found.new],
            "amount_minor": [told.amount_minor[index] for index in found.new],
            "bank_ref": [told.bank_ref[index].strip()[:40] for index in found.new],
            "related_ref": [told.related_ref[index].strip()[:40] for index in found.new],
        },
        same={
            "originator_id": originator_id,
            "feed_id": telling.feed.id,
            "report_id": telling.report_id,
            "told_on": telling.day,
        },
    )
    moves = [(key, told.kind[index], told.amount_minor[index]) for key, index in zip(ids, found.new, strict=True)]
    _book(ctx, originator_id, moves, on=telling.day)
    others = [(key, kind, amount) for key, kind, amount in moves if kind not in FEES]
    for key, kind, amount in others:
        open_case(
            ctx,
            CaseKind.ADJUSTMENT,
            originator_id=originator_id,
            once=str(key),
            subject=public_id(Prefix.REPORT, telling.report_id),
            sentence=f"The bank adjusted the account by {format_minor(amount)}: {kind.lower()}. Ask what it is about.",
            suspense_minor=amount,
        )
    return len(others)


def take_back_adjustments(ctx: Context, originator_id: int, telling: Telling, adjustment_ids: Sequence[int]) -> None:
    """Keep and book the opposite of charges that the bank no longer tells of."""
    rows = ctx.session.scalars(select(Adjustment).where(Adjustment.id.in_(adjustment_ids)).order_by(Adjustment.id))
    moves: list[tuple[int, str, int]] = []
    for row in list(rows):
        opposite = hashlib.sha256(row.item_key + b"|taken back").digest()
        times = ctx.session.scalar(
            select(func.max(Adjustment.occurrence)).where(
                Adjustment.originator_id == originator_id, Adjustment.item_key == opposite
            )
        )
        again = Adjustment(
            id=ctx.ids.one(),
            originator_id=originator_id,
            feed_id=row.feed_id,
            report_id=telling.report_id,
            line=0,
            item_key=opposite,
            occurrence=(times or 0) + 1,
            kind=row.kind,
            amount_minor=-row.amount_minor,
            bank_ref=row.bank_ref,
            related_ref=row.related_ref,
            told_on=telling.day,
            charged_to=row.charged_to,
        )
        ctx.session.add(again)
        ctx.session.flush()
        moves.append((again.id, again.kind, again.amount_minor))
    _book(ctx, originator_id, moves, on=telling.day)


def adjustment_ids_of(ctx: Context, originator_id: int, telling: Telling, keys: Mapping[Hashable, int]) -> list[int]:
    """Return the charges of the replaced reports behind keys, as many of each as are no longer told."""
    found: list[int] = []
    for key, times in keys.items():
        found += ctx.session.scalars(
            select(Adjustment.id)
            .where(
                Adjustment.originator_id == originator_id,
                Adjustment.item_key == key,
                Adjustment.report_id.in_(telling.replaces),
            )
            .order_by(Adjustment.occurrence.desc())
            .limit(times)
        )
    return found


def _known(
    ctx: Context, originator_id: int, keys: Sequence[Hashable], telling: Telling, *, named: Mapping[Hashable, bool]
) -> dict[Hashable, list[Known]]:
    found: dict[Hashable, list[Known]] = {}
    distinct = list(dict.fromkeys(keys))
    for start in range(0, len(distinct), _AT_ONCE):
        rows = ctx.session.execute(
            select(Adjustment.id, Adjustment.item_key, Adjustment.occurrence, Adjustment.report_id)
            .where(
                Adjustment.originator_id == originator_id, Adjustment.item_key.in_(distinct[start : start + _AT_ONCE])
            )
            .order_by(Adjustment.occurrence)
        )
        for row in rows:
            same = named[row.item_key] or telling.retells or row.report_id in telling.replaces
            found.setdefault(row.item_key, []).append(Known(id=row.id, occurrence=row.occurrence, same=same))
    return found


def _book(ctx: Context, originator_id: int, moves: Sequence[tuple[int, str, int]], *, on: date) -> None:
    """Book fees as costs and corrections in suspense, each under its own key."""
    for kind, booked in (
        (JournalKind.BANK_FEE, [(key, -amount) for key, what, amount in moves if what in FEES]),
        (JournalKind.ADJUSTED, [(key, amount) for key, what, amount in moves if what not in FEES]),
    ):
        lines = [
            (key, line)
            for key, amount in booked
            if amount
            for line in journal(kind, merchant_id=0, amount_minor=amount)
        ]
        insert_columns(
            ctx.session,
            Posting,
            {
                "id": ctx.ids.many(len(lines)).tolist(),
                "account": [str(line.account) for _, line in lines],
                "amount_minor": [line.amount_minor for _, line in lines],
                "source_id": [key for key, _ in lines],
            },
            same={
                "originator_id": originator_id,
                "kind": kind,
                "merchant_id": 0,
                "batch_id": 0,
                "currency": "USD",
                "on_date": on,
                "recorded_at": ctx.now,
            },
        )
