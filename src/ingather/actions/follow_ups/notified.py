"""Telling the Receiver of a reversal, and why: a reasonable attempt by the day it settles, kept with its proof.

(Nacha Operating Rules, reversing entries; the row ``notice`` of ``reversal_terms``.)
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.follow_ups.deciding import locked_follow_up
from ingather.actions.follow_ups.ending import close_cases_of
from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.domain.follow_ups import STANDING, FollowUpKind, FollowUpState
from ingather.domain.refusals import NoSuch, WrongState
from ingather.store import events
from ingather.store.entries import of_file
from ingather.store.tables import Entry, File, FollowUp


def note_notified(ctx: Context, follow_up_id: int, *, on: date, proof: str) -> None:
    """Record that the Receiver was told of a reversal on a day, and where the proof is; then a done one is closed.

    Raises ``NoSuch``, and ``WrongState`` for what is no reversal, was let be, or has a notice already.
    """
    row = locked_follow_up(ctx, follow_up_id)
    name = public_id(Prefix.FOLLOW_UP, follow_up_id)
    if row.kind != FollowUpKind.REVERSAL:
        fact = f"{name} is a {row.kind.replace('_', ' ')}; only of a reversal the buyer must be told"
        raise WrongState(fact)
    if row.state == FollowUpState.WITHDRAWN:
        fact = f"the reversal {name} was withdrawn"
        raise WrongState(fact, "Tell the buyer so, if you told of it before")
    if row.notified_on is not None:
        fact = f"the notice of the reversal {name} is on record since {row.notified_on}"
        raise WrongState(fact)
    _note(ctx, row.originator_id, [row], on=on, proof=proof)
    ctx.audit("note_notified", name, on=on.isoformat(), proof=proof)


def note_file_notified(ctx: Context, file_id: int, *, on: date, proof: str) -> int:
    """Record that all Receivers of a file's reversals were told, where that is not on record; returns how many."""
    name = public_id(Prefix.FILE, file_id)
    file = ctx.session.get(File, file_id)
    if file is None:
        fact = f"there is no file {name}"
        raise NoSuch(fact)
    rows = ctx.session.scalars(
        select(FollowUp)
        .where(
            FollowUp.originator_id == file.originator_id,
            FollowUp.state.in_(sorted(STANDING)),
            FollowUp.kind == FollowUpKind.REVERSAL,
            FollowUp.notified_on.is_(None),
            FollowUp.original_entry_id.in_(select(Entry.id).where(*of_file(file))),
        )
        .with_for_update(),
    ).all()
    if not rows:
        fact = f"no reversal of a debit of file {name} lacks its notice"
        raise WrongState(fact)
    _note(ctx, file.originator_id, rows, on=on, proof=proof)
    ctx.audit("note_file_notified", name, on=on.isoformat(), proof=proof, follow_ups=len(rows))
    return len(rows)


def _note(ctx: Context, originator_id: int, rows: Sequence[FollowUp], *, on: date, proof: str) -> None:
    if on > ctx.today:
        fact = f"{on} has not come yet"
        raise WrongState(fact, "Record the notice once it is given")
    for row in rows:
        row.notified_on, row.notice_proof = on, proof
    ids, count = [row.id for row in rows], len(rows)
    events.add_many(
        ctx.session,
        FactKind.NOTICE_SENT,
        scope=Scope.FOLLOW_UP,
        subjects=ids,
        originator=originator_id,
        on=[on] * count,
        at=ctx.now,
        actor=ctx.actor,
        once=[""] * count,
        detail=[{"proof": proof}] * count,
    )
    over = [(row.id, row.kind) for row in rows if row.state == FollowUpState.DONE]
    close_cases_of(ctx, originator_id, over, outcome=f"the buyer was told on {on}: {proof}")
