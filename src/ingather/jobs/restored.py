"""Knowing a restored book: it is behind what its host remembers, or belongs to another instance."""

from dataclasses import dataclass

from sqlalchemy import Select, select

from ingather.actions.context import Context
from ingather.actions.restored.findings import released_files
from ingather.domain.files import NOT_SENT
from ingather.domain.refusals import BookRestored
from ingather.gateway.host import SentLine
from ingather.jobs.desk import Desk
from ingather.store import audit
from ingather.store.asking import Value, asked
from ingather.store.tables import Book, File

_BOOK = select(Book)
_SENT_ONCE = select(File.id).where(File.transmitted_at.is_not(None)).limit(1)


@asked()
def _file_named(name: Value) -> Select[str, bytes]:
    return select(File.state, File.sha256).where(File.name == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memory:
    """What the host remembers at a moment: the head of the chain, and its register of sends."""

    head: tuple[int, bytes] | None
    sent: list[SentLine]


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
    # Before the view: what is remembered later may be of a commit that the view does not see.
    memory = _remembered(desk)
    with desk.view() as ctx:
        book = ctx.session.execute(_BOOK).scalar_one()
        marked, foreign = book.state == "restored", book.instance != desk.vault.instance
        behind = marked or foreign or _is_behind(ctx, memory)
    if foreign and not marked:
        # Not marked: with its own key folder the book may be the true one.
        fact = "the key folder belongs to another book, so this host remembers nothing of this one"
        raise BookRestored(fact, "Point INGATHER_KEYS to the book's own key folder, or reconcile the copy first")
    return marked or (behind and _mark_if_still(desk))


def _mark_if_still(desk: Desk) -> bool:
    """Look again under the writers' turn, where the book stands still, and mark it if it is behind; returns whether."""
    with desk.action() as ctx:
        found = ctx.session.execute(_BOOK).scalar_one()
        if found.state == "restored":
            return True
        if not _is_behind(ctx, _remembered(desk)):
            return False
        found.state = "restored"
        ctx.audit("mark_restored", "book")
        return True


def is_restored(desk: Desk) -> bool:
    """Return whether a book is a restored copy, or the key folder another book's; nothing is marked."""
    # Twice: between the two halves of one look a file may be withheld, in the register and then in the book.
    return _seems_restored(desk) and _seems_restored(desk)


def _seems_restored(desk: Desk) -> bool:
    memory = _remembered(desk)
    with desk.view() as ctx:
        book = ctx.session.execute(_BOOK).scalar_one()
        return book.state == "restored" or book.instance != desk.vault.instance or _is_behind(ctx, memory)


def remembers_later(ctx: Context, desk: Desk) -> bool:
    """Return whether the host remembers all that was sent since this copy, and so what the book lacks.

    After a backup the host remembers the record of it, which no copy holds. A memory that knows nothing later than the
    copy is lost, or as old as the copy itself. One that came to its place after the copy was taken, or of which that is
    not known, may be a copy as well, however late its head: what was sent since cannot be known from it.
    """
    head, begun = desk.host.head(), desk.host.begun()
    if head is None or begun is None or not audit.holds(ctx.session, *begun):
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


def _remembered(desk: Desk) -> _Memory:
    return _Memory(head=desk.host.head(), sent=desk.host.sent())


def _is_behind(ctx: Context, memory: _Memory) -> bool:
    """Return whether the book lacks what was remembered before its view began, or under the writers' turn."""
    if memory.head is not None and not audit.holds(ctx.session, *memory.head):
        return True
    lines = memory.sent
    last = _last_send(lines)
    if last is None:
        # A register whose every line was withheld remembers: what came there after all, the bank's answers told.
        return not lines and ctx.session.execute(_SENT_ONCE).first() is not None
    file = ctx.session.execute(*_file_named(name=last.name)).one_or_none()
    if file is not None and file.sha256.hex() == last.sha256 and file.state not in NOT_SENT:
        return False
    return (last.name, bytes.fromhex(last.sha256)) not in released_files(ctx)
