"""What events rest on: the report, line and columns in which the bank said so, and the orders that they are about."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.nacha.records import LAYOUTS
from ingather.reports.items import Carrier
from ingather.store.tables import Batch, Correction, Fact, File, Report, ReportedSettlement, Return

_Where = tuple[int, int | None, str | None]
"""A report's key, a line of it, and the layout whose code stands there."""


def evidence_of(session: Session, facts: Sequence[Fact]) -> dict[int, dict[str, Any]]:
    """Return where the bank said it, by the facts' numbers, for those that rest on a report.

    Lines count from 1, as columns do; columns are given where the report is written in records of fixed columns.
    """
    found: dict[int, _Where] = {}
    found |= _returned(session, [each for each in facts if _is(each, Scope.ENTRY, FactKind.RETURNED)])
    found |= _settled(session, [each for each in facts if _is(each, Scope.BATCH, FactKind.SETTLED)])
    found |= _corrected(session, [each for each in facts if _is(each, Scope.ACCOUNT, FactKind.CORRECTED)])
    found |= {each.seq: (each.subject_id, None, None) for each in facts if each.scope == Scope.REPORT}
    keys = {report_id for report_id, _, _ in found.values()}
    rows = session.execute(select(Report.id, Report.name, Report.carrier).where(Report.id.in_(keys))) if keys else ()
    reports = {key: (name, carrier) for key, name, carrier in rows}
    return {seq: _shown(where, *reports[where[0]]) for seq, where in found.items() if where[0] in reports}


def orders_of(session: Session, facts: Sequence[Fact]) -> dict[tuple[str, int], dict[str, Any]]:
    """Return how many entries the batches and files among the objects have, and where their orders are listed."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for scope, table, prefix, name in (
        (Scope.BATCH, Batch, Prefix.BATCH, "batch"),
        (Scope.FILE, File, Prefix.FILE, "file"),
    ):
        keys = {each.subject_id for each in facts if each.scope == scope}
        rows = session.execute(select(table.id, table.entries).where(table.id.in_(keys))) if keys else ()
        for key, count in rows:
            found[scope, key] = {"count": count, "url": f"/v1/orders?{name}={public_id(prefix, key)}"}
    return found


def _is(fact: Fact, scope: Scope, kind: FactKind) -> bool:
    return fact.scope == scope and fact.kind == kind


def _returned(session: Session, facts: Sequence[Fact]) -> Iterator[tuple[int, _Where]]:
    """Yield the return of each entry; an entry that came back again tells its return apart in ``once``."""
    if not facts:
        return
    keys = {each.subject_id for each in facts}
    rows = session.execute(
        select(Return.id, Return.entry_id, Return.report_id, Return.line)
        .where(Return.entry_id.in_(keys))
        .order_by(Return.id.desc())
    ).all()
    by_id = {str(row.id): row for row in rows}
    first = {row.entry_id: row for row in rows}
    for fact in facts:
        row = by_id.get(fact.once) or first.get(fact.subject_id)
        if row is not None:
            yield fact.seq, (row.report_id, row.line, "799")


def _settled(session: Session, facts: Iterable[Fact]) -> Iterator[tuple[int, _Where]]:
    told = [each for each in facts if each.detail.get("basis") == "confirmed"]
    if not told:
        return
    rows = session.execute(
        select(ReportedSettlement.batch_id, ReportedSettlement.report_id, ReportedSettlement.line)
        .where(ReportedSettlement.batch_id.in_({each.subject_id for each in told}))
        .order_by(ReportedSettlement.id.desc())
    )
    first = {row.batch_id: row for row in rows}
    for fact in told:
        if (row := first.get(fact.subject_id)) is not None:
            yield fact.seq, (row.report_id, row.line, None)


def _corrected(session: Session, facts: Sequence[Fact]) -> Iterator[tuple[int, _Where]]:
    """Yield the notification of change of each correction; what a person corrected rests on none."""
    named = {int(each.once): each for each in facts if each.once.isdigit()}
    if not named:
        return
    rows = session.execute(select(Correction.id, Correction.report_id, Correction.line).where(Correction.id.in_(named)))
    for key, report_id, line in rows:
        yield named[key].seq, (report_id, line, "798")


def _shown(where: _Where, name: str, carrier: str) -> dict[str, Any]:
    report_id, line, layout = where
    columns = None
    if layout is not None and carrier == Carrier.NACHA:
        code = LAYOUTS[layout].field("return_reason" if layout == "799" else "change_code")
        columns = {"start": code.start, "end": code.end}
    return {"report": public_id(Prefix.REPORT, report_id), "file": name, "line": line, "columns": columns}
