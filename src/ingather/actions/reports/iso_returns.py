"""Returns that a bank tells of with an ISO reason alone: never applied, and nothing of their order is released.

A return code cannot be made from an ISO reason. So each is a case with the class of action that its reason suggests,
which closes when the return of the same entry comes with its code.
"""

import hashlib
import json
from collections import Counter
from datetime import date

from sqlalchemy import select

from ingather.actions.cases import close_case, open_case
from ingather.actions.context import Context
from ingather.actions.matching import match_entries, order_key
from ingather.actions.returns.taking import wanted_of
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.entries import EntryEnd
from ingather.reports.items import Returns
from ingather.rules.iso_reasons import iso_reason
from ingather.store.tables import Case, Entry, Return
from ingather.store.tables.files import STANDING_DEBIT

_AT_ONCE = 2_000
_SHORT = 32


def split_returns(items: Returns) -> tuple[Returns, Returns]:
    """Return those returns that have a code of the Rules, and those that have an ISO reason instead."""
    foreign = [index for index, code in enumerate(items.reason) if not code.strip() and items.iso_reason[index].strip()]
    if not foreign:
        return items, Returns.empty()
    apart = set(foreign)
    coded = [index for index in range(len(items)) if index not in apart]
    return _chosen(items, coded), _chosen(items, foreign)


def take_iso_returns(ctx: Context, originator_id: int, report_id: int, items: Returns, *, told_on: date) -> int:
    """Open a case for each return with an ISO reason whose entry has not come back yet; returns how many there are."""
    if not len(items):
        return 0
    places = _places(ctx, originator_id, items)
    seen: Counter[str] = Counter()
    waiting = 0
    for index, place in enumerate(places):
        entry_id, order_id, ended = place or (None, None, None)
        code, amount = items.iso_reason[index].strip(), items.amount_cents[index]
        identity = json.dumps(
            [items.bank_item[index], items.identification[index].strip(), items.original_trace[index],
             items.return_trace[index], code, amount, items.return_settled_on[index]],
            default=str,
        )  # fmt: skip
        seen[identity] += 1
        if ended == EntryEnd.RETURNED:
            continue
        waiting += 1
        reason = iso_reason(code, told_on)
        about = f"order {public_id(Prefix.ORDER, order_id)}" if order_id else "no order of ours that could be found"
        open_case(
            ctx,
            CaseKind.ISO_RETURN,
            originator_id=originator_id,
            once=hashlib.sha256(f"{identity}|{seen[identity]}".encode()).hexdigest()[:_SHORT],
            subject=public_id(Prefix.REPORT, report_id),
            sentence=f"The bank reports a return over {format_minor(amount)} USD about {about}, with the ISO reason "
            f"{code} alone: {reason.meaning}. {reason.in_words} It is not applied and its order not released until the "
            "return comes with its code.",
            order_id=order_id,
            entry_id=entry_id,
            holds_release=order_id is not None,
        )
    return waiting


def close_iso_returns(ctx: Context, originator_id: int, report_id: int) -> int:
    """Close the cases whose entries a report has returned with a code of the Rules; returns how many."""
    came = select(Return.entry_id).where(Return.report_id == report_id, Return.applied)
    waiting = ctx.session.scalars(
        select(Case.id).where(
            Case.originator_id == originator_id,
            Case.kind == CaseKind.ISO_RETURN,
            Case.state == CaseState.OPEN,
            Case.entry_id.in_(came),
        )
    ).all()
    for case_id in waiting:
        close_case(ctx, case_id, outcome="the return came with its code")
    return len(waiting)


def _places(ctx: Context, originator_id: int, items: Returns) -> list[tuple[int, int, str | None] | None]:
    """Return entry, order and end of each item: as returns are matched, else by our reference and the amount alone."""
    found: list[tuple[int, int, str | None] | None] = [
        None if match is None else (match.entry_id, match.order_id, match.ended)
        for match in match_entries(ctx, originator_id, wanted_of(items))
    ]
    keys = {index: order_key(items.identification[index]) for index, place in enumerate(found) if place is None}
    wanted = sorted({key for key in keys.values() if key is not None})
    named: dict[tuple[int, int], list[tuple[int, int, str | None]]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        rows = ctx.session.execute(
            select(Entry.id, Entry.order_id, Entry.ended, Entry.amount_cents).where(
                Entry.originator_id == originator_id,
                Entry.order_id.in_(wanted[start : start + _AT_ONCE]),
                STANDING_DEBIT,
            )
        )
        for row in rows:
            named.setdefault((row.order_id, row.amount_cents), []).append((row.id, row.order_id, row.ended))
    for index, key in keys.items():
        rows_of = named.get((key or 0, items.amount_cents[index]), [])
        standing = [row for row in rows_of if row[2] is None] or rows_of
        if len(standing) == 1:
            found[index] = standing[0]
    return found


def _chosen(items: Returns, indexes: list[int]) -> Returns:
    return Returns(**{name: [getattr(items, name)[index] for index in indexes] for name in Returns.column_names()})
