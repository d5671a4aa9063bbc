"""Epochs of data keys: opened with a book and by the calendar, and destroyed when nothing may be read any more."""

from collections.abc import Sequence

from ingather.actions.context import Context
from ingather.base.dates import NEW_YORK
from ingather.domain.keys import MOST_SEALED, Epoch, EpochState, KeyPurpose
from ingather.domain.refusals import NoSuch, WrongState
from ingather.store import keys

_MONTHS = 3


def open_epochs(ctx: Context, purposes: Sequence[KeyPurpose]) -> list[Epoch]:
    """Open a new epoch for each purpose within the caller's action, and close those before; returns the new ones.

    The caller's own transaction seals nothing more after it.
    """
    number = max((epoch.number for epoch in keys.read_epochs(ctx.session).epochs), default=0)
    made = [ctx.vault.new_epoch(number + at, each, at=ctx.now) for at, each in enumerate(purposes, 1)]
    keys.close_epochs(ctx.session, [*purposes, KeyPurpose.BOTH], at=ctx.now)
    for epoch in made:
        keys.add_epoch(ctx.session, epoch)
    keys.raise_turn(ctx.session)
    return made


def outworn(ctx: Context) -> list[KeyPurpose]:
    """Return the purposes whose open epoch is of an earlier quarter, or has sealed as often as it may.

    An epoch of ``both`` is only ever replaced by a rotation.
    """
    sealed = keys.counts(ctx.session)
    found = [epoch for epoch in keys.read_epochs(ctx.session).epochs if epoch.state is EpochState.OPEN]
    return [
        epoch.purpose
        for epoch in found
        if epoch.purpose is not KeyPurpose.BOTH and (_quarter(ctx, epoch) or sealed[epoch.number] >= MOST_SEALED)
    ]


def eldest_values(epochs: Sequence[Epoch]) -> Epoch | None:
    """Return the eldest epoch of values whose key still exists."""
    living = [each for each in epochs if each.state is not EpochState.DESTROYED]
    return min(
        (each for each in living if each.purpose is not KeyPurpose.EVIDENCE),
        key=lambda each: each.opened_at,
        default=None,
    )


def _quarter(ctx: Context, epoch: Epoch) -> bool:
    opened = epoch.opened_at.astimezone(NEW_YORK).date()
    now, then = (((day.year, (day.month - 1) // _MONTHS)) for day in (ctx.today, opened))
    return then < now


def renew_epochs(ctx: Context) -> list[Epoch]:
    """Open a new epoch for each purpose whose own is outworn; returns the new ones, none when all are of this quarter.

    What the old ones sealed still opens. Values stay under them until a rotation seals them anew.
    """
    purposes = outworn(ctx)
    if not purposes:
        return []
    made = open_epochs(ctx, purposes)
    ctx.audit("renew_epochs", "keys", epochs={epoch.purpose: epoch.number for epoch in made})
    return made


def forget_evidence(ctx: Context, number: int) -> str:
    """Destroy an epoch of evidence within the caller's action, which leaves the record; returns its KEK's name.

    Once that action is committed, the caller destroys the key-encrypting key with ``jobs.keys.destroy_keks``: from
    then on no backup of the book opens what the epoch sealed. Raises ``NoSuch``, and ``WrongState`` for an epoch that
    still seals or is not of evidence alone.
    """
    epoch = next((each for each in keys.read_epochs(ctx.session).epochs if each.number == number), None)
    if epoch is None:
        fact = f"there is no epoch {number}"
        raise NoSuch(fact, "See ingather keys status")
    if epoch.purpose is not KeyPurpose.EVIDENCE or epoch.state is EpochState.OPEN:
        fact = f"epoch {number} is {epoch.state} and for {epoch.purpose}: only closed evidence is shredded"
        raise WrongState(fact, "See ingather keys status")
    keys.destroy_epoch(ctx.session, number, at=ctx.now)
    keys.raise_turn(ctx.session)
    return epoch.kek
