"""Rotations: two persons want one, values are sealed anew by batches, and the old key goes when none is left under it.

New values are under the new epoch from the commit on in which the rotation begins: every writer sees it inside its own
transaction, in its turn. So what is sealed under an older epoch only becomes less, and may be counted to none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ingather.actions.context import Context
from ingather.actions.keys.epochs import open_epochs
from ingather.domain.keys import Epoch, EpochState, KeyPurpose, Provider, Rotation, RotationKind, RotationState
from ingather.domain.refusals import MakerIsChecker, WrongState
from ingather.store import keys
from ingather.store.tables import KeyRotation
from ingather.vault.epochs import rewrapped
from ingather.vault.sealing import Place

BATCH = 5_000
"""How many values are sealed anew in one transaction: a few hundredths of a second in which nobody else writes."""
_NOTHING = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """Values of one column sealed anew: their rows, as they were read, and as they are to be; one length."""

    column: keys.SealedColumn
    rows: list[int]
    before: list[bytes] = field(repr=False)
    after: list[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a rotation did: how many values, or keys of the book, it took, and the epochs whose keys are destroyed.

    ``evidence`` are epochs whose values moved and whose key stays, for the files and reports that it sealed.
    """

    kind: RotationKind
    count: int
    destroyed: tuple[int, ...] = ()
    evidence: tuple[int, ...] = ()


def begin_rotation(ctx: Context, *, second: str, reason: str) -> int:
    """Begin a rotation of values: open the new epoch; returns its number.

    Raises ``MakerIsChecker`` when one person is both, and ``WrongState`` while another rotation runs.
    """
    _refuse(ctx, second)
    wanted = [KeyPurpose.VALUES]
    if not any(KeyPurpose.EVIDENCE in each.seals and each.purpose is not KeyPurpose.BOTH for each in _epochs(ctx)):
        wanted.append(KeyPurpose.EVIDENCE)
    values = open_epochs(ctx, wanted)[0].number
    _add(ctx, RotationKind.EPOCH, second, reason, epoch=values, place=keys.VALUES[0].place)
    ctx.audit("begin_rotation", "keys", kind=RotationKind.EPOCH, epoch=values, approved_by=second, reason=reason)
    return values


def begin_kek_rotation(ctx: Context, provider: Provider, key_id: str | None, *, second: str, reason: str) -> str:
    """Begin a rotation of the ring's root: make the new one; returns its name.

    The ring knows it before the book does: after a death in between it has one root more than it needs, or takes the
    one that was named again. Raises as ``begin_rotation`` does, and as the provider.
    """
    _refuse(ctx, second)
    living = [each for each in _epochs(ctx) if each.state is not EpochState.DESTROYED]
    # Only a root has a colon in its name.
    book = {each.kek for each in living if each.wrapped is not None and ":" in each.kek}
    name = ctx.vault.ring.add_root(provider, key_id, book=book)
    _add(ctx, RotationKind.KEK, second, reason, epoch=0, place=name)
    ctx.audit("begin_rotation", "keys", kind=RotationKind.KEK, root=name, approved_by=second, reason=reason)
    return name


def _refuse(ctx: Context, second: str) -> None:
    if second == ctx.actor:
        raise MakerIsChecker(way_out="Name another person with --second")
    if keys.running(ctx.session) is not None:
        fact = "a rotation of keys has begun and is not done"
        raise WrongState(fact, "Bring it to its end: ingather keys resume")


def _add(ctx: Context, kind: RotationKind, second: str, reason: str, *, epoch: int, place: str) -> None:
    row = KeyRotation(
        id=ctx.ids.one(),
        kind=kind,
        state=RotationState.RUNNING,
        reason=reason,
        asked_by=ctx.actor,
        approved_by=second,
        begun_at=ctx.now,
        moved_at=ctx.now,
        epoch=epoch,
        place=place,
        after_id=_NOTHING,
        moved=0,
    )
    keys.add_rotation(ctx.session, row)


def _epochs(ctx: Context) -> tuple[Epoch, ...]:
    return keys.read_epochs(ctx.session).epochs


def replaced(epochs: Sequence[Epoch], epoch: int) -> list[int]:
    """Return the numbers of the epochs whose values a rotation to this epoch seals anew."""
    return [
        each.number
        for each in epochs
        if each.number < epoch and each.purpose is not KeyPurpose.EVIDENCE and each.state is not EpochState.DESTROYED
    ]


def next_values(ctx: Context, row: Rotation, *, limit: int = BATCH) -> tuple[Anew, str, int]:
    """Return the next values sealed anew, not yet kept, and how far the rotation is with them: place and row.

    The place is empty when all have been gone through.
    """
    columns = {each.place: at for at, each in enumerate(keys.VALUES)}
    column = keys.VALUES[columns[row.place]]
    page = keys.sealed_page(ctx.session, column, after=row.after_id, limit=limit)
    old = {number.to_bytes(2, "big") for number in replaced(_epochs(ctx), row.epoch)}
    anew = _anew(ctx, column, [(key, sealed) for key, sealed in page if sealed[:2] in old])
    if len(page) == limit:
        return anew, column.place, page[-1][0]
    following = columns[row.place] + 1
    return anew, keys.VALUES[following].place if following < len(keys.VALUES) else "", _NOTHING


def leftovers(ctx: Context, row: Rotation, *, limit: int = BATCH) -> Anew | None:
    """Return values that are still under an epoch that goes, wherever they stand, sealed anew; None when none is."""
    old = replaced(_epochs(ctx), row.epoch)
    for column in keys.VALUES if old else ():
        if found := keys.sealed_under(ctx.session, column, old, limit=limit):
            return _anew(ctx, column, found)
    return None


def _anew(ctx: Context, column: keys.SealedColumn, found: Sequence[tuple[int, bytes]]) -> Anew:
    place = Place(column.place)
    return Anew(
        column=column,
        rows=[key for key, _ in found],
        before=[sealed for _, sealed in found],
        after=[ctx.vault.seal_anew(place, key, sealed) for key, sealed in found],
    )


def keep_values(ctx: Context, row: Rotation, anew: Anew, *, place: str, after_id: int) -> int:
    """Keep values sealed anew and, with them, how far the rotation has come; returns how many rows still held them.

    It leaves no record of its own: the one of the rotation's end says how many there were.
    """
    moved = keys.swap_sealed(ctx.session, anew.column, anew.rows, anew.before, anew.after)
    keys.advance(ctx.session, row, place=place, after_id=after_id, moved=moved, at=ctx.now)
    return moved


def end_rotation(ctx: Context) -> Ended:
    """End a rotation of values: seal anew what is still left, and destroy the old keys; returns what it did in all.

    The last look is in the transaction that destroys them, in which nobody else writes. Raises ``WrongState`` when
    nothing runs, or not all places have been gone through.
    """
    row = keys.running(ctx.session)
    if row is None or row.kind != RotationKind.EPOCH or row.place:
        fact = "no rotation of values is at its end"
        raise WrongState(fact, "See ingather keys status")
    moved = 0
    while (anew := leftovers(ctx, row)) is not None:
        moved += keys.swap_sealed(ctx.session, anew.column, anew.rows, anew.before, anew.after)
    old, gone, stay = replaced(_epochs(ctx), row.epoch), [], []
    for epoch in [each for each in _epochs(ctx) if each.number in old]:
        if epoch.purpose is KeyPurpose.BOTH:
            # A night may be laying down a file under it at this moment: it goes with the evidence it sealed.
            keys.only_evidence(ctx.session, epoch.number)
            stay.append(epoch.number)
        else:
            keys.destroy_epoch(ctx.session, epoch.number, at=ctx.now)
            gone.append(epoch.number)
    keys.end_rotation(ctx.session, row.id, moved=moved, at=ctx.now)
    keys.raise_turn(ctx.session)
    count = row.moved + moved
    ctx.audit("end_rotation", "keys", kind=row.kind, epoch=row.epoch, values=count, destroyed=gone)
    return Ended(kind=row.kind, count=count, destroyed=tuple(gone), evidence=tuple(stay))


def end_kek_rotation(ctx: Context) -> Ended:
    """End a rotation of the root: wrap the epochs of values under the new one; returns how many.

    The ring has wrapped its own keys anew before. The turn is raised, so that every process takes the epochs as they
    are wrapped now before the former root is forgotten. Raises ``WrongState`` when no such rotation runs.
    """
    row = keys.running(ctx.session)
    if row is None or row.kind != RotationKind.KEK:
        fact = "no rotation of the root is at its end"
        raise WrongState(fact, "See ingather keys status")
    ctx.vault.ring.present_root()
    found = [again for each in _epochs(ctx) if (again := rewrapped(ctx.vault.ring, each)) is not None]
    for each in found:
        keys.keep_wrapped(ctx.session, each)
    keys.end_rotation(ctx.session, row.id, moved=len(found), at=ctx.now)
    keys.raise_turn(ctx.session)
    ctx.audit("end_rotation", "keys", kind=row.kind, root=ctx.vault.ring.root, wrapped=len(found))
    return Ended(kind=row.kind, count=len(found))


def forget_root(ctx: Context, root: str, *, second: str, reason: str) -> bool:
    """Take a root out of the ring that two persons want gone; returns whether it was there.

    It goes as the last step of the caller's action, in which nobody opens an epoch under it. Raises ``WrongState``
    while an epoch, or a key of the folder, is wrapped under it, and ``MakerIsChecker``.
    """
    if second == ctx.actor:
        raise MakerIsChecker(way_out="Name another person with --second")
    if any(epoch.kek == root for epoch in _epochs(ctx) if epoch.state is not EpochState.DESTROYED):
        fact = f"the book's keys are still wrapped under {root}"
        raise WrongState(fact, "Rotate it first: ingather keys rotate --kek")
    ctx.audit("forget_root", "keys", root=root, approved_by=second, reason=reason)
    return ctx.vault.ring.forget_root(root)
