"""Releasing a restored book, and teaching its host what it is from now on."""

from collections.abc import Collection

from sqlalchemy import select

from ingather.actions.restored.findings import adopted_files
from ingather.actions.restored.releasing import release_book
from ingather.domain.refusals import BrokenInvariant
from ingather.gateway.host import SentLine
from ingather.jobs.desk import Desk
from ingather.jobs.invariants import check_invariants
from ingather.store import audit
from ingather.store.locks import inbound_lock, night_lock
from ingather.store.tables import File


def release_restored(
    desk: Desk, *, second: str, reason: str, waved: Collection[str] = (), let_held_go: bool = False
) -> None:
    """Release a restored book by two persons; from then on it is the one that the host remembers.

    Raises ``BrokenInvariant`` when the book does not hold together, and what ``release_book`` raises. A death before
    the host has learnt it leaves a book that is known as restored: it is reconciled and released again.
    """
    with night_lock(desk.engine), inbound_lock(desk.engine):
        broken = [name for name, holds in check_invariants(desk).items() if not holds]
        if broken:
            fact = f"the restored book does not hold together: {', '.join(broken)}"
            raise BrokenInvariant(fact, "Restore another backup")
        lines = desk.host.sent()
        with desk.action() as ctx:
            restoration_id = release_book(
                ctx, second=second, reason=reason, waved=waved, register_lines=len(lines), let_held_go=let_held_go
            )
        _teach(desk, restoration_id, {line.name for line in lines})


def _teach(desk: Desk, restoration_id: int, noted: set[str]) -> None:
    """Note the sends that the host does not remember, then the head of the chain as it is now."""
    with desk.view() as ctx:
        names = [name for name in adopted_files(ctx, restoration_id) if name not in noted]
        rows = [ctx.session.execute(select(File).where(File.name == name)).scalar_one() for name in names]
        seq, value = audit.head(ctx.session)
        begun = desk.host.begun()
        at_home = begun is not None and audit.holds(ctx.session, *begun)
    for row in rows:
        desk.host.note_send(
            SentLine(
                what="sent", name=row.name, sha256=row.sha256.hex(), entries=row.entries, debit_cents=row.debit_cents
            )
        )
    desk.host.remember_head(seq, value, anew=True)
    if not at_home:
        # What came to be known here from now on is all there is since this release.
        desk.host.begin_anew()
