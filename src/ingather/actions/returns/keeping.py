"""The row of a return as the bank told of it, whatever it turns out to be about."""

from ingather.actions.context import Context
from ingather.reports.items import Returns
from ingather.store.tables import Return


def row_of(  # noqa: PLR0913 -- what a return is about
    ctx: Context,
    originator_id: int,
    report_id: int,
    items: Returns,
    index: int,
    *,
    key: bytes,
    entry_id: int | None,
    batch_id: int | None,
    matched_by: str | None,
    order_id: int | None = None,
    differs: str | None = None,
) -> Return:
    """Return the new row of one item of a report, which is not applied yet; ``key`` is what identifies it."""
    return Return(
        id=ctx.ids.one(),
        originator_id=originator_id,
        report_id=report_id,
        item_key=key,
        line=items.line[index],
        entry_id=entry_id,
        order_id=order_id,
        batch_id=batch_id,
        code=items.reason[index],
        original_trace=items.original_trace[index],
        return_trace=items.return_trace[index],
        amount_cents=items.amount_cents[index],
        returned_on=items.return_settled_on[index],
        late=False,
        applied=False,
        clawed_back=False,
        matched_by=matched_by,
        information=items.information[index][:44],
        received_at=ctx.now,
        differs=differs,
    )
