"""What the bank's own ids of items stand for: the trace or reference that its statements have beside them."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import or_, select

from ingather.actions.context import Context
from ingather.store.tables import BankPosting, Feed

_DAYS = 75
_AT_ONCE = 2_000


def named_elsewhere(ctx: Context, originator_id: int, bank_items: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Return our reference and trace by the bank's ids of items, from its postings of the last 75 days.

    An id that stands beside two of them names nothing.
    """
    if not bank_items:
        return {}
    feeds = ctx.session.scalars(select(Feed.id).where(Feed.originator_id == originator_id)).all()
    found: dict[str, set[tuple[str, int]]] = {}
    for start in range(0, len(bank_items), _AT_ONCE):
        rows = ctx.session.execute(
            select(BankPosting.bank_ref, BankPosting.reference, BankPosting.trace).where(
                BankPosting.feed_id.in_(feeds),
                BankPosting.value_on >= ctx.today - timedelta(days=_DAYS),
                BankPosting.bank_ref.in_(bank_items[start : start + _AT_ONCE]),
                or_(BankPosting.trace > 0, BankPosting.reference > ""),
            ),
        )
        for bank_item, reference, trace in rows:
            found.setdefault(bank_item, set()).add(((reference or "").strip(), trace or 0))
    return {bank_item: next(iter(named)) for bank_item, named in found.items() if len(named) == 1}
