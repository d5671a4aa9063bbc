"""Keys between the book and the host: the vault of a book, the quarter's new epochs, and keys that must be gone."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from sqlalchemy import Engine

from ingather.actions.keys.epochs import eldest_values, outworn, renew_epochs
from ingather.base.dates import NEW_YORK
from ingather.domain.keys import Epoch, Epochs, EpochState, KeyPurpose, Rotation
from ingather.domain.refusals import KeysSilent
from ingather.jobs.desk import Desk
from ingather.store import keys
from ingather.store.engine import glancing
from ingather.store.keys import read_epochs
from ingather.vault.keys import KeyRing
from ingather.vault.sealing import Vault


def vault_of(engine: Engine, ring: KeyRing) -> Vault:
    """Return the vault of a book, which reads the book's epochs when it first needs them."""
    return Vault(ring, partial(_read, engine))


def _read(engine: Engine) -> Epochs:
    with glancing(engine) as session:
        return read_epochs(session)


def renew(desk: Desk) -> list[Epoch]:
    """Open the quarter's epochs where that is due; returns the new ones."""
    with desk.view() as ctx:
        due = desk.vault.ring.root and outworn(ctx)
    if not due:
        return []
    try:
        with desk.action() as ctx:
            made = renew_epochs(ctx)
    except KeysSilent as silent:
        # The open epochs go on for a day more: a night does not wait for the keeper of the root.
        desk.tell("keys_not_renewed", fault=silent.fact)
        return []
    desk.remember()
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochStanding:
    """An epoch, how many sealed values of each place it has in the book, and how often it sealed, roughly."""

    epoch: Epoch
    rows: dict[str, int]
    sealed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStanding:
    """Where the keys of a book and its host stand. ``due_on`` is when values are to be rotated, None for never."""

    root: str
    roots: tuple[str, ...]
    epochs: list[EpochStanding]
    rotation: Rotation | None
    due_on: date | None
    faults: list[str]

    @property
    def values(self) -> int:
        """Return how many values a rotation would seal anew."""
        places = {each.place for each in keys.VALUES}
        return sum(count for each in self.epochs for place, count in each.rows.items() if place in places)


def standing(desk: Desk) -> KeyStanding:
    """Return where the keys stand; ``faults`` are sentences about what is to be done."""
    days, ring = desk.policy().watch.key_days, desk.vault.ring
    with desk.view() as ctx:
        counted, today = keys.counts(ctx.session), ctx.today
        rows = {each.place: keys.rows_by_epoch(ctx.session, each) for each in (*keys.VALUES, *keys.EVIDENCE)}
        rotation, epochs = keys.running(ctx.session), keys.read_epochs(ctx.session).epochs
    stand = [
        EpochStanding(
            epoch=each,
            rows={place: found[each.number] for place, found in rows.items() if each.number in found},
            sealed=counted[each.number],
        )
        for each in epochs
    ]
    eldest = eldest_values(epochs)
    due_on = eldest.opened_at.astimezone(NEW_YORK).date() + timedelta(days=days) if eldest and days else None
    faults = [] if ring.root else ["The ring has no root yet. Give it one: ingather keys init"]
    if rotation is not None:
        faults.append("A rotation has begun and is not done. Bring it to its end: ingather keys resume")
    elif due_on is not None and due_on <= today:
        faults.append(f"Values are to be rotated since {due_on}: ingather keys rotate")
    faults += [
        f"{each.epoch.purpose.title()} are still under epoch {each.epoch.number}, whose key is destroyed"
        for each in stand
        if each.epoch.state is EpochState.DESTROYED and each.epoch.purpose is not KeyPurpose.EVIDENCE and each.rows
    ]
    return KeyStanding(
        root=ring.root, roots=ring.roots(), epochs=stand, rotation=rotation, due_on=due_on, faults=faults
    )  # fmt: skip


def destroy_keks(desk: Desk) -> list[str]:
    """Destroy the host's keys of all evidence that the book says is destroyed; returns the names of those found.

    It is repeated until none is found, after any death: the book is told first, then the host.
    """
    with desk.view() as ctx:
        epochs = read_epochs(ctx.session).epochs
    gone = {each.kek for each in epochs if each.state is EpochState.DESTROYED and each.purpose is KeyPurpose.EVIDENCE}
    destroyed = [name for name in sorted(gone) if desk.vault.ring.destroy_kek(name)]
    # What this process had open it forgets at once, another one with its next action.
    desk.vault.refresh()
    return destroyed
