"""Rotations brought to their end: by batches between which others write, and after any death from where they stood."""

from ingather.actions.keys import rotating
from ingather.domain.keys import Provider, Rotation, RotationKind
from ingather.domain.refusals import WrongState
from ingather.jobs.desk import Desk
from ingather.jobs.keys import destroy_keks
from ingather.store import keys

_MOST_ROUNDS = 1_000


def rotate_values(desk: Desk, *, second: str, reason: str) -> rotating.Ended | None:
    """Begin a rotation of values and bring it to its end; returns what it did, None when another process ended it.

    A ring from before there were epochs is given a root first. Raises ``MakerIsChecker``, ``WrongState`` while
    another rotation runs, ``BrokenInvariant`` when a value does not open, ``KeysSilent``.
    """
    desk.vault.ring.adopt(Provider.FILE)
    with desk.action() as ctx:
        rotating.begin_rotation(ctx, second=second, reason=reason)
    desk.remember()
    return resume(desk)


def rotate_kek(
    desk: Desk, provider: Provider, key_id: str | None, *, second: str, reason: str
) -> rotating.Ended | None:
    """Rotate the root of the ring, also to another provider; returns as ``rotate_values`` does."""
    with desk.action() as ctx:
        rotating.begin_kek_rotation(ctx, provider, key_id, second=second, reason=reason)
    desk.remember()
    return resume(desk)


def resume(desk: Desk, *, limit: int = rotating.BATCH) -> rotating.Ended | None:
    """Bring the rotation that runs to its end; returns what it did in all, None when none waits."""
    row = _running(desk)
    if row is None:
        destroy_keks(desk)
        return None
    if row.kind == RotationKind.KEK:
        desk.vault.ring.rewrap()
        with desk.action() as ctx:
            ended = rotating.end_kek_rotation(ctx)
        desk.remember()
        return ended
    while row is not None and row.place:
        _one_batch(desk, limit)
        row = _running(desk)
    _sweep(desk, limit)
    with desk.action() as ctx:
        ended = rotating.end_rotation(ctx)
    desk.tell("rotated", values=ended.count, destroyed=len(ended.destroyed))
    desk.remember()
    destroy_keks(desk)
    return ended


def _running(desk: Desk) -> Rotation | None:
    with desk.view() as ctx:
        return keys.running(ctx.session)


def _one_batch(desk: Desk, limit: int) -> None:
    """Seal the next values anew outside the write lock, and keep them by a short transaction."""
    # The vault must know the new epoch before anything is sealed outside of an action.
    desk.vault.refresh()
    with desk.view() as ctx:
        row = keys.running(ctx.session)
        if row is None or not row.place:
            return
        anew, place, after_id = rotating.next_values(ctx, row, limit=limit)
    with desk.action() as ctx:
        rotating.keep_values(ctx, row, anew, place=place, after_id=after_id)
    desk.tell("sealed_anew", place=row.place, rows=len(anew.rows))


def _sweep(desk: Desk, limit: int) -> None:
    """Seal anew, before the last look, whatever the rows' order had passed by: nobody waits for it meanwhile."""
    for _ in range(_MOST_ROUNDS):
        with desk.view() as ctx:
            row = keys.running(ctx.session)
            anew = rotating.leftovers(ctx, row, limit=limit) if row else None
        if row is None or anew is None:
            return
        with desk.action() as ctx:
            rotating.keep_values(ctx, row, anew, place=row.place, after_id=row.after_id)
    fact = "values keep appearing under an epoch that is closed"
    raise WrongState(fact, "End every process of an older version, then: ingather keys resume")


def forget_root(desk: Desk, root: str, *, second: str, reason: str) -> bool:
    """Take a root out of the ring that nothing needs any more; returns whether it was there.

    Backups of the book from before it was rotated do not open without it. Raises ``WrongState`` while it is needed.
    """
    present = desk.vault.ring.present_root()
    if root not in desk.vault.ring.roots():
        return False
    if root == present:
        fact = f"{root} is the root of this ring"
        raise WrongState(fact, "Rotate it first: ingather keys rotate --kek")
    with desk.action() as ctx:
        forgotten = rotating.forget_root(ctx, root, second=second, reason=reason)
    desk.remember()
    return forgotten
