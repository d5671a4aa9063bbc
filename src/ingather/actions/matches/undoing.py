"""Undoing the match of a return: its entry stands again, and its money waits in suspense until a person matches it.

The match is marked, never deleted. The return that was matched wrongly is kept as it was applied, undone; one that
takes its place has the money, can be matched by hand, disputed or written off. Where a merchant was told of the order
already, one person asks for it and another does it.
"""

import hashlib
from dataclasses import dataclass

from sqlalchemy import exists, or_, select

from ingather.actions.cases import NewCase, close_case, open_each
from ingather.actions.context import Context
from ingather.actions.follow_ups.terms import lock_feeds
from ingather.actions.ledger import post
from ingather.actions.matches.recording import locked_match, undo_match
from ingather.actions.reconciliation.feeds import release_of
from ingather.actions.returns.coming_back import OF_A_MATCH
from ingather.actions.returns.disputes import in_words
from ingather.actions.returns.disputing import locked_return
from ingather.actions.returns.undoing import restore
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.entries import EntryEnd
from ingather.domain.ledger import JournalKind
from ingather.domain.reconciliation import MatchKind
from ingather.domain.refusals import MakerIsChecker, WrongState
from ingather.domain.returns import OPEN_DISPUTES
from ingather.store.tables import Case, Dispute, Entry, Match, Return, SettlementLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """What undoing came to: the return that has the money now, by key; ``None`` while another person must undo it."""

    return_id: int | None


def undo_return_match(ctx: Context, match_id: int, *, reason: str) -> Unmatched:
    """Undo the match of a return, or ask for it where a merchant was told of its order already.

    Raises ``NoSuch``; ``WrongState`` for a match that is undone or asked to be, is not of a debit's return, whose
    return is in dispute, undone, replaced or a corrected one, and for an order that was debited again.
    """
    match, row = _of(ctx, match_id)
    if match.undo_asked_by is not None:
        fact = f"somebody asked to undo match {public_id(Prefix.MATCH, match_id)} already"
        raise WrongState(fact, f"Another person does it: ingather match approve {public_id(Prefix.MATCH, match_id)}")
    if _told(ctx, row):
        match.undo_asked_by, match.undone_because = ctx.actor, reason
        ctx.session.flush()
        ctx.audit("ask_undo_match", public_id(Prefix.MATCH, match_id), reason=reason)
        return Unmatched(return_id=None)
    return _undo(ctx, match, row, reason=reason)


def approve_undo(ctx: Context, match_id: int) -> Unmatched:
    """Undo a match as another person asked; raises ``MakerIsChecker``, and as ``undo_return_match`` does."""
    match, row = _of(ctx, match_id)
    if match.undo_asked_by is None:
        fact = f"nobody asked to undo match {public_id(Prefix.MATCH, match_id)}"
        raise WrongState(fact, f"Ask for it: ingather match undo {public_id(Prefix.MATCH, match_id)} --reason ...")
    if match.undo_asked_by == ctx.actor:
        raise MakerIsChecker
    return _undo(ctx, match, row, reason=match.undone_because or "")


def refuse_undo(ctx: Context, match_id: int, *, reason: str) -> None:
    """Let a match stand that somebody asked to undo; raises ``NoSuch``, and ``WrongState`` when nobody did."""
    match = locked_match(ctx, match_id)
    name = public_id(Prefix.MATCH, match_id)
    if match.undo_asked_by is None or match.undone_at is not None:
        fact = f"nobody asked to undo match {name}" if match.undone_at is None else f"match {name} is undone already"
        raise WrongState(fact)
    ctx.audit(
        "refuse_undo_match", name, asked_by=match.undo_asked_by, asked_because=match.undone_because, reason=reason
    )
    match.undo_asked_by = match.undone_because = None


def take_back_record(ctx: Context, return_id: int, *, reason: str) -> None:
    """Take back a return that a person recorded in error, before any report told of it: it never was.

    Its entry stands again, its match is undone, and no money is expected to have left. A report that tells of a return
    of the entry later is a new one. Raises ``NoSuch``; ``WrongState`` for a return that a report told of, that a
    merchant was told of, and as ``undo_return_match`` does.
    """
    row = locked_return(ctx, return_id)
    name = public_id(Prefix.RETURN, return_id)
    if row.evidence is None or row.line:
        fact = f"a report told of return {name}"
        raise WrongState(fact, "Undo its match: ingather match undo")
    lock_feeds(ctx, order_ids=[row.order_id or 0])
    _refuse(ctx, row)
    if _told(ctx, row):
        fact = f"a merchant was told of return {name} already"
        raise WrongState(fact, "Undo its match, which a second person does: ingather match undo")
    match = ctx.session.scalars(
        select(Match).where(Match.kind == MatchKind.RETURN, Match.subject_id == row.id, Match.undone_at.is_(None))
    ).one()
    undo_match(ctx, match.id, reason=reason)
    close_cases_of(ctx, row, outcome=f"taken back: {reason}")
    restore(
        ctx, row, on=ctx.today, kind=JournalKind.RETURN_UNMATCHED, once=f"{OF_A_MATCH}{match.id}",
        because="A person took back",
    )  # fmt: skip
    # Out of suspense again, against what its batch was expected to lose: nothing left the account.
    post(
        ctx, JournalKind.UNMATCHED_RETURN, originator_id=row.originator_id, source_id=row.id, on=ctx.today,
        amounts={(row.batch_id or 0, 0): -row.amount_cents},
    )  # fmt: skip
    row.undone_on = ctx.today
    # A report that tells of the same entry is not known by it.
    row.item_key = hashlib.sha256(b"taken-back|" + row.item_key).digest()
    ctx.session.flush()
    release_of(ctx, [row.order_id or 0])
    ctx.audit("take_back_return", name, reason=reason)


def successor_of(ctx: Context, row: Return, *, tag: str) -> Return:
    """Return the new row that takes the place of a return, which is undone: the same item, about no entry yet.

    It stands on no line of a report, so that what the report told is counted once.
    """
    new = Return(
        id=ctx.ids.one(),
        originator_id=row.originator_id,
        report_id=row.report_id,
        item_key=hashlib.sha256(f"{tag}|".encode() + row.item_key).digest(),
        line=0,
        entry_id=None,
        order_id=None,
        batch_id=None,
        code=row.code,
        original_trace=row.original_trace,
        return_trace=row.return_trace,
        amount_cents=row.amount_cents,
        returned_on=row.returned_on,
        late=False,
        applied=False,
        clawed_back=False,
        matched_by=None,
        information=row.information,
        received_at=ctx.now,
        posting_ref=row.posting_ref,
    )
    ctx.session.add(new)
    ctx.session.flush()
    row.applied, row.undone_on, row.replaced_by = False, ctx.today, new.id
    ctx.session.flush()
    return new


def close_cases_of(ctx: Context, row: Return, *, outcome: str) -> None:
    """Close the open cases that a return opened."""
    found = ctx.session.scalars(
        select(Case.id).where(
            Case.originator_id == row.originator_id,
            Case.state == CaseState.OPEN,
            Case.once == row.item_key.hex(),
        ),
    ).all()
    for case_id in found:
        close_case(ctx, case_id, outcome=outcome)


def refuse_disputed(ctx: Context, row: Return) -> None:
    """Raise ``WrongState`` for a return whose dispute is open."""
    disputed = select(Dispute.id).where(Dispute.return_id == row.id, Dispute.state.in_(sorted(OPEN_DISPUTES)))
    if ctx.session.execute(disputed).first() is not None:
        name = public_id(Prefix.RETURN, row.id)
        fact = f"return {name} is in dispute"
        raise WrongState(fact, f"Let it be first: ingather return undispute {name}")


def _undo(ctx: Context, match: Match, row: Return, *, reason: str) -> Unmatched:
    name, order_id = public_id(Prefix.MATCH, match.id), row.order_id or 0
    undo_match(ctx, match.id, reason=reason)
    close_cases_of(ctx, row, outcome=f"unmatched: {reason}")
    restore(
        ctx, row, on=ctx.today, kind=JournalKind.RETURN_UNMATCHED, once=f"{OF_A_MATCH}{match.id}",
        because="A person unmatched",
    )  # fmt: skip
    new = successor_of(ctx, row, tag=f"unmatched|{match.id}")
    returned = public_id(Prefix.RETURN, new.id)
    case = NewCase(
        kind=CaseKind.UNMATCHED_BY_HAND,
        once=new.item_key.hex(),
        subject=returned,
        sentence=f"A person unmatched {in_words(row)} from order {public_id(Prefix.ORDER, order_id)}: {reason}. Its "
        f"money is in suspense. Say whose debit it is: ingather match by-hand {returned} --entry ENTRY --reason ..., "
        f"or take it as a loss: ingather return write-off {returned} --reason ...",
        suspense_minor=new.amount_cents,
    )
    open_each(ctx, row.originator_id, [case])
    release_of(ctx, [order_id])
    ctx.audit("undo_match", name, reason=reason, back=public_id(Prefix.RETURN, row.id), stands_in=returned)
    return Unmatched(return_id=new.id)


def _of(ctx: Context, match_id: int) -> tuple[Match, Return]:
    """Return a match that can be undone and its return, both locked; raises as ``undo_return_match`` does."""
    match = locked_match(ctx, match_id)
    name = public_id(Prefix.MATCH, match_id)
    if match.undone_at is not None:
        fact = f"match {name} is undone already"
        raise WrongState(fact)
    if match.kind != MatchKind.RETURN:
        fact = f"match {name} is of a posting on the account"
        raise WrongState(fact, "Undo it with: ingather reconcile undo")
    row = locked_return(ctx, match.subject_id)
    lock_feeds(ctx, order_ids=[row.order_id or 0])
    _refuse(ctx, row)
    return match, row


def _refuse(ctx: Context, row: Return) -> None:
    name = public_id(Prefix.RETURN, row.id)
    if row.order_id is None:
        fact = f"return {name} is of an entry that validates an account, gives back or charges a fee"
        raise WrongState(fact, "Only the match of a debit's return is undone; ask the ODFI about this one")
    if not row.applied:
        fact = f"return {name} is {'replaced' if row.replaced_by else 'undone'} already: its entry stands"
        raise WrongState(fact)
    refuse_disputed(ctx, row)
    answered = select(Dispute.id).join(Return, Return.id == Dispute.return_id).where(Return.replaced_by == row.id)
    if ctx.session.execute(answered).first() is not None:
        fact = f"return {name} is a corrected one, which answered a dishonor"
        raise WrongState(fact, "Settle it with the ODFI outside the network")
    later = exists().where(
        Entry.order_id == row.order_id,
        Entry.presentation > select(Entry.presentation).where(Entry.id == row.entry_id).scalar_subquery(),
        or_(Entry.ended.is_(None), Entry.ended == EntryEnd.RETURNED),
    )
    if ctx.session.scalar(select(later)):
        fact = f"order {public_id(Prefix.ORDER, row.order_id)} was debited again after return {name}"
        raise WrongState(fact, "Void the file of that debit while it is not sent; else reverse it, and ask the ODFI")


def _told(ctx: Context, row: Return) -> bool:
    """Return whether a merchant was told of the order, or had its money and lost it by this return."""
    line = select(SettlementLine.id).where(SettlementLine.entry_id == row.entry_id)
    return row.clawed_back or ctx.session.execute(line).first() is not None
