"""The bank's references of postings on returns that the book knows already, because another carrier told of them."""

from sqlalchemy import bindparam, update

from ingather.actions.context import Context
from ingather.reports.items import Returns
from ingather.store.tables import Return

_WIDTH = 40


def note_posting_refs(ctx: Context, originator_id: int, items: Returns) -> None:
    """Note on each return of a report by which posting the bank took its money, where the book does not know it yet.

    A return is found by both traces and its amount, as every carrier tells them.
    """
    rows = [
        {"of": originator_id, "original": original, "back": back, "cents": cents, "ref": ref.strip()[:_WIDTH]}
        for original, back, cents, ref in zip(
            items.original_trace, items.return_trace, items.amount_cents, items.posting_ref, strict=True
        )
        if ref.strip()
    ]
    if not rows:
        return
    ctx.session.flush()
    ctx.session.connection().execute(
        update(Return.__table__)  # type: ignore[arg-type]  # the table behind the class: many rows, one statement
        .where(
            Return.__table__.c.original_trace == bindparam("original"),
            Return.__table__.c.return_trace == bindparam("back"),
            Return.__table__.c.amount_cents == bindparam("cents"),
            Return.__table__.c.originator_id == bindparam("of"),
            Return.__table__.c.posting_ref.is_(None),
        )
        .values(posting_ref=bindparam("ref")),
        rows,
    )
