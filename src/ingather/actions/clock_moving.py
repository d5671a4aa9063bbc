"""Moving a test book's clock ahead of the machine's."""

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.domain.refusals import LiveBook
from ingather.store.tables import Book


def move_clock(ctx: Context, *, ahead_s: int) -> None:
    """Keep how many seconds the book's clock is ahead of the machine's; raises ``LiveBook``."""
    book = ctx.session.execute(select(Book)).scalar_one()
    if book.mark != "test":
        raise LiveBook
    book.clock_ahead_s = ahead_s
    ctx.audit("move_clock", "book", ahead_s=ahead_s)
