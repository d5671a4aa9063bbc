"""Sealing a file of reversals, refunds or return fees: each is claimed by version, like orders, and goes out once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.exc import IntegrityError

from ingather.actions.context import Context
from ingather.actions.files.sealing import NewFile, keep_file, note_sealed, refuse_if_restored
from ingather.domain.follow_ups import FollowUpState
from ingather.domain.refusals import LostClaim
from ingather.store.entries import of_file
from ingather.store.tables import Entry, File, FollowUp
from ingather.store.wanted_follow_ups import terms_version, with_parties

_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFollowUps:
    """The follow-ups of a file: their keys, one of each debit, and the sum of the versions of all that they rest on."""

    follow_up_id: Sequence[int]
    terms_version: int


def seal_follow_up_file(ctx: Context, new: NewFile, follow_ups: NewFollowUps) -> int:
    """Seal a file of follow-ups and return its key; raises ``LostClaim`` when anything they rest on changed meanwhile.

    ``new.entries``, in the order of ``follow_ups``, carry the version of each in ``order_version`` and its debit in
    ``original_entry_id``.
    Raises ``BookRestored`` in a restored book.
    """
    refuse_if_restored(ctx)
    _refuse_changed(ctx, follow_ups)
    try:
        row = keep_file(ctx, new)
        _claim(ctx, row, follow_ups)
    except IntegrityError as refusal:
        # A unique refused a second live reversal or a second fee of a debit: whoever sealed it was first.
        raise LostClaim from refusal
    note_sealed(ctx, row)
    return row.id


def _claim(ctx: Context, row: File, follow_ups: NewFollowUps) -> None:
    """Claim each follow-up by its key and version for its entry: one statement, many rows."""
    entries = ctx.session.execute(
        select(Entry.id, Entry.order_version).where(*of_file(row)).order_by(Entry.id),
    ).all()
    ctx.session.connection().execute(
        update(cast("Table", FollowUp.__table__))
        .where(
            FollowUp.id == bindparam("follow_up"),
            FollowUp.version == bindparam("seen"),
            FollowUp.state == FollowUpState.WANTED,
        )
        .values(state=FollowUpState.SEALED, entry_id=bindparam("entry"), version=FollowUp.version + 1),
        [
            {"follow_up": key, "seen": entry.order_version, "entry": entry.id}
            for key, entry in zip(follow_ups.follow_up_id, entries, strict=True)
        ],
    )
    claimed = ctx.session.execute(
        select(func.count()).where(
            FollowUp.entry_id.between(row.first_entry_id, row.last_entry_id), FollowUp.state == FollowUpState.SEALED
        ),
    ).scalar_one()
    if claimed != row.entries:
        raise LostClaim


def _refuse_changed(ctx: Context, follow_ups: NewFollowUps) -> None:
    versions = 0
    for part in _parts(follow_ups.follow_up_id):
        statement = with_parties(select(func.coalesce(func.sum(terms_version()), 0)).select_from(FollowUp))
        versions += ctx.session.execute(statement.where(FollowUp.id.in_(part))).scalar_one()
    if versions != follow_ups.terms_version:
        raise LostClaim


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]
