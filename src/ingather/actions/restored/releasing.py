"""Releasing a restored book: two persons answer for what was found, and it seals and sends again."""

from collections.abc import Collection

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.restored.findings import let_go, open_findings, open_restoration
from ingather.domain.refusals import MakerIsChecker, WrongState
from ingather.domain.restored import FindingState, RestoredState
from ingather.store.tables import Book


def release_book(
    ctx: Context, *, second: str, reason: str, waved: Collection[str], register_lines: int, let_held_go: bool
) -> int:
    """Let a compared book seal and send again, and return its restoration.

    Every open finding is in ``waved``, by its subject. What a comparison held stays held unless ``let_held_go`` says,
    by the same two persons, that everything the bank has since the backup was given as evidence. Raises
    ``MakerIsChecker``; ``WrongState`` when it was not compared, not with all that the host noted, or findings are open.
    """
    if second == ctx.actor:
        raise MakerIsChecker
    row = open_restoration(ctx)
    book = ctx.session.execute(select(Book)).scalar_one()
    if row is None or book.state != "restored":
        fact = "this book was not compared with what is outside of it"
        raise WrongState(fact, "Compare it first: ingather db reconcile")
    if row.register_lines != register_lines:
        fact = "the host has noted a file since the book was compared"
        raise WrongState(fact, "Compare it again: ingather db reconcile")
    found = open_findings(ctx, row.id)
    left = [each.subject for each in found if each.subject not in waved]
    unknown = set(waved) - {each.subject for each in found}
    if left or unknown:
        fact = f"{len(left)} findings are open: {', '.join(left)}" if left else f"no finding is called {min(unknown)}"
        raise WrongState(fact, "Settle them with evidence, or answer for each by its name with --wave")
    for each in found:
        each.state = FindingState.WAVED
    if let_held_go:
        let_go(ctx, row.id, reason=reason)
    row.state, row.maker, row.checker, row.reason = RestoredState.RELEASED, ctx.actor, second, reason
    row.released_at, book.state = ctx.now, "ready"
    ctx.session.flush()
    ctx.audit("release_restored", "book", second=second, reason=reason, waved=sorted(waved), let_held_go=let_held_go)
    return row.id
