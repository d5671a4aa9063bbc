"""Shredding evidence: the intent is kept, the host's key is destroyed, the book forgets its own and certifies it.

Killed between any two steps it goes on from there: a shredding that has begun is finished by the next run, and nothing
is certified whose key is still there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ingather.actions.retention import Standing, begin_shredding, finish_shredding, standings
from ingather.domain.keys import EpochState
from ingather.domain.refusals import BrokenInvariant, WrongState
from ingather.domain.retention import ShreddingState
from ingather.jobs.desk import Desk
from ingather.jobs.keys import destroy_keks
from ingather.jobs.restored import refuse_restored
from ingather.store.reading.retention import shreddings


@dataclass(frozen=True, slots=True, kw_only=True)
class Shredded:
    """One epoch whose evidence nobody can read any more, and its certificate."""

    epoch: int
    certificate: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """One epoch that two persons agreed on and that is not destroyed, and why."""

    epoch: int
    refusal: WrongState


def evidence(desk: Desk) -> list[Standing]:
    """Return where every epoch of evidence stands."""
    originator_id = desk.originator_id()
    with desk.view() as ctx:
        return standings(ctx, originator_id)


def left_behind(desk: Desk, found: Sequence[Standing]) -> list[int]:
    """Return the epochs that the book has destroyed and whose key still lies in this host's folder."""
    here = desk.vault.ring.traces()
    return [each.epoch for each in found if each.state == EpochState.DESTROYED and each.kek in here]


def due_to_shred(desk: Desk) -> list[int]:
    """Return the epochs whose shredding two persons wanted, or has begun."""
    with desk.view() as ctx:
        return [row.epoch for row in shreddings(ctx.session, ShreddingState.APPROVED, ShreddingState.BEGUN)]


def shred(desk: Desk) -> tuple[list[Shredded], list[HeldBack]]:
    """Destroy every epoch of evidence that two persons agreed on, and finish what an earlier run began.

    Returns what was destroyed, and the approved ones that something holds back: one does not stop another. Keys that
    another host destroyed are destroyed here as well. Raises ``BookRestored`` for a copy of a book.
    """
    refuse_restored(desk)
    done: list[Shredded] = []
    held: list[HeldBack] = []
    for epoch in due_to_shred(desk):
        try:
            done.append(_shred_one(desk, epoch))
        except WrongState as refusal:
            held.append(HeldBack(epoch=epoch, refusal=refusal))
    destroy_keks(desk)
    return done, held


def _shred_one(desk: Desk, epoch: int) -> Shredded:
    originator_id = desk.originator_id()
    with desk.action() as ctx:
        kek = begin_shredding(ctx, originator_id, epoch)
        desk.tell("beginning", epoch=epoch)
    desk.remember()
    desk.tell("begun", epoch=epoch)
    desk.vault.ring.destroy_kek(kek)
    if kek in desk.vault.ring.traces():
        fact = f"the key {kek} still lies in the key folder"
        raise BrokenInvariant(fact, "See who owns the folder, and run it again")
    desk.tell("destroyed", epoch=epoch)
    with desk.action() as ctx:
        certificate = finish_shredding(ctx, epoch)
        desk.tell("finishing", epoch=epoch)
    # What this process still holds of the data key goes with the epochs as they were.
    desk.vault.refresh()
    desk.remember()
    desk.tell("finished", epoch=epoch)
    return Shredded(epoch=epoch, certificate=certificate)
