"""Keeping what a bank delivered: its bytes sealed before anything is read, a row for every report in them."""

import hashlib

from sqlalchemy import func, or_, select, update

from ingather.actions.cases import close_found
from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind
from ingather.domain.refusals import NoSuch, WrongState
from ingather.domain.reports import ReportState
from ingather.store.tables import Report, ReportChunk
from ingather.vault.sealing import Place

_LONGEST_NAME = 200


def keep_report(ctx: Context, originator_id: int, *, name: str, data: bytes) -> tuple[int, bool]:
    """Keep a delivery's bytes, sealed, before anything is read from them; returns its key and whether it was new."""
    sha256 = hashlib.sha256(data).digest()
    known = ctx.session.execute(
        select(Report.id).where(Report.originator_id == originator_id, Report.sha256 == sha256, Report.part == 0),
    ).scalar_one_or_none()
    if known is not None:
        ctx.audit("see_report_again", public_id(Prefix.REPORT, known), name=name)
        return known, False
    row = _row(ctx, originator_id, name=name, sha256=sha256, size=len(data))
    ctx.session.add(row)
    ctx.session.flush()
    for part, chunk in enumerate(ctx.vault.seal_chunks(Place.REPORT_BYTES, row.id, data)):
        ctx.session.add(ReportChunk(report_id=row.id, part=part, content=chunk))
    ctx.audit("keep_report", public_id(Prefix.REPORT, row.id), name=name, sha256=sha256.hex(), size=len(data))
    return row.id, True


def keep_parts(ctx: Context, report_id: int, count: int) -> list[int]:
    """Keep a row for each of ``count`` reports in a delivery, and return their keys in order; what is there stays.

    The first is the delivery's own row, the others have their bytes in it.
    """
    first = ctx.session.execute(select(Report).where(Report.id == report_id).with_for_update()).scalar_one()
    keys = {0: first.id}
    rows = ctx.session.execute(select(Report.part, Report.id).where(Report.bytes_of == report_id))
    keys |= {row.part: row.id for row in rows}
    for part in range(1, count):
        if part not in keys:
            row = _row(ctx, first.originator_id, name=first.name, sha256=first.sha256, size=0, part=part)
            row.bytes_of = report_id
            ctx.session.add(row)
            keys[part] = row.id
    ctx.session.flush()
    ctx.session.execute(
        update(Report)
        .where(Report.bytes_of == report_id, Report.part >= count, Report.state == ReportState.KEPT)
        .values(state=ReportState.UNREADABLE)
    )
    return [keys[part] for part in range(count)]


def keep_again(ctx: Context, report_id: int) -> int:
    """Let the unreadable reports of a delivery be read and taken anew, as with a profile the book has since taken.

    Returns the delivery's key. Raises ``NoSuch``, and ``WrongState`` when none is unreadable.
    """
    row = ctx.session.get(Report, report_id)
    name = public_id(Prefix.REPORT, report_id)
    if row is None:
        fact = f"there is no report {name}"
        raise NoSuch(fact, "ingather report list shows them")
    delivery = row.bytes_of or row.id
    unreadable = [each for each in reports_of(ctx, delivery) if each.state == ReportState.UNREADABLE]
    if not unreadable:
        fact = f"the report {name} is {row.state}"
        raise WrongState(fact, "Only what could not be read is read anew")
    for each in unreadable:
        each.state = ReportState.KEPT
    ctx.audit("keep_report_again", name, reports=len(unreadable))
    return delivery


def close_read(ctx: Context, report_id: int) -> None:
    """Close the cases of a delivery's reports that can be read now."""
    for row in reports_of(ctx, report_id):
        if row.state != ReportState.UNREADABLE:
            close_found(ctx, CaseKind.REPORT_UNREADABLE, case_name(row), outcome="it could be read after all")


def case_name(row: Report) -> str:
    """Return what makes a case about a report the one case of it: its bytes and its place in them."""
    return f"{row.sha256.hex()}|{row.part}" if row.part else row.sha256.hex()


def reports_of(ctx: Context, report_id: int) -> list[Report]:
    """Return the rows of a delivery's reports, in the order they stand in it."""
    mine = or_(Report.id == report_id, Report.bytes_of == report_id)
    return list(ctx.session.scalars(select(Report).where(mine).order_by(Report.part)))


def has_kept(ctx: Context, report_id: int) -> bool:
    """Return whether a report of a delivery is kept and was not taken yet."""
    return any(row.state == ReportState.KEPT for row in reports_of(ctx, report_id))


def deliveries_kept(ctx: Context) -> list[tuple[int, str]]:
    """Return key and name of the deliveries of which a report was kept and not taken yet, the oldest first."""
    rows = ctx.session.execute(
        select(func.coalesce(Report.bytes_of, Report.id), Report.name)
        .where(Report.state == ReportState.KEPT)
        .order_by(Report.id)
    )
    return list({row[0]: (row[0], row[1]) for row in rows}.values())


def kept_bytes(ctx: Context, report_id: int) -> bytes:
    """Return the bytes a report was delivered in; raises ``NoSuch``."""
    row = ctx.session.get(Report, report_id)
    if row is None:
        fact = f"there is no report {public_id(Prefix.REPORT, report_id)}"
        raise NoSuch(fact)
    holder = row.bytes_of or row.id
    chunks = ctx.session.scalars(
        select(ReportChunk.content).where(ReportChunk.report_id == holder).order_by(ReportChunk.part),
    ).all()
    return ctx.vault.open_chunks(Place.REPORT_BYTES, holder, chunks)


def _row(ctx: Context, originator_id: int, *, name: str, sha256: bytes, size: int, part: int = 0) -> Report:
    return Report(
        id=ctx.ids.one(),
        originator_id=originator_id,
        name=name[:_LONGEST_NAME],
        sha256=sha256,
        size=size,
        state=ReportState.KEPT,
        carrier="unread",
        feed_id=None,
        identity=None,
        sequence=None,
        business_on=None,
        final=False,
        control_totals="none",
        problems=0,
        summary="{}",
        received_at=ctx.now,
        part=part,
    )
