"""Knowing a restored book: it is behind what its host remembers, or belongs to another instance."""

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.restored.findings import released_files
from ingather.domain.files import NOT_SENT
from ingather.domain.refusals import BookRestored
from ingather.gateway.host import SentLine
from ingather.jobs.desk import Desk
from ingather.store import audit
from ingather.store.tables import Book, File


def refuse_restored(desk: Desk) -> None:
    """Mark and refuse a book that is behind its host's memory; raises ``BookRestored``.

    Behind means: another instance; an audit chain that does not hold the remembered head; a last send in the register,
    not withheld since, of a file the book does not know with those bytes, or has no intent for; files sent from the
    book on a host that remembers none.
    """
    if mark_behind(desk):
        raise BookRestored


def mark_behind(desk: Desk) -> bool:
    """Return whether a book is a restored copy, and mark it as one; raises ``BookRestored`` for another book's keys."""
    with desk.view() as ctx:
        book = ctx.session.execute(select(Book)).scalar_one()
        marked, foreign = book.state == "restored", book.instance != desk.vault.instance
        behind = marked or foreign or _is_behind(ctx, desk)
    if foreign and not marked:
        # Not marked: with its own key folder the book may be the true one.
        fact = "the key folder belongs to another book, so this host remembers nothing of this one"
        raise BookRestored(fact, "Point INGATHER_KEYS to the book's own key folder, or reconcile the copy first")
    if behind and not marked:
        with desk.action() as ctx:
            found = ctx.session.execute(select(Book)).scalar_one()
            found.state = "restored"
            ctx.audit("mark_restored", "book")
    return behind


def is_restored(desk: Desk) -> bool:
    """Return whether a book is a restored copy, or the key folder another book's; nothing is marked."""
    with desk.view() as ctx:
        book = ctx.session.execute(select(Book)).scalar_one()
        return book.state == "restored" or book.instance != desk.vault.instance or _is_behind(ctx, desk)


def remembers_later(ctx: Context, desk: Desk) -> bool:
    """Return whether the host remembers anything that the book lacks.

    After a backup the host remembers the record of it, which no copy holds. A memory that knows nothing later than the
    copy is lost, or as old as the copy itself: what was sent since cannot be known from it.
    """
    head = desk.host.head()
    if head is None:
        return False
    if not audit.holds(ctx.session, *head):
        return True
    words = {line.name: line for line in desk.host.sent()}
    rows = ctx.session.execute(select(File.name, File.sha256, File.state))
    known = {row.name: row.sha256.hex() for row in rows if row.state not in NOT_SENT}
    return any(line.what != "withheld" and known.get(name) != line.sha256 for name, line in words.items())


def _last_send(lines: list[SentLine]) -> SentLine | None:
    """Return the last line about a file whose own last word is not that it was withheld."""
    latest: dict[str, SentLine] = {}
    for line in reversed(lines):
        if latest.setdefault(line.name, line).what != "withheld":
            return line
    return None


def _is_behind(ctx: Context, desk: Desk) -> bool:
    remembered = desk.host.head()
    if remembered is not None and not audit.holds(ctx.session, *remembered):
        return True
    lines = desk.host.sent()
    last = _last_send(lines)
    if last is None:
        # A register whose every line was withheld remembers: what came there after all, the bank's answers told.
        sent = select(File.id).where(File.transmitted_at.is_not(None)).limit(1)
        return not lines and ctx.session.execute(sent).first() is not None
    file = ctx.session.execute(select(File.state, File.sha256).where(File.name == last.name)).one_or_none()
    if file is not None and file.sha256.hex() == last.sha256 and file.state not in NOT_SENT:
        return False
    return (last.name, bytes.fromhex(last.sha256)) not in released_files(ctx)
