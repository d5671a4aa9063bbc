"""What a person says of a posting: what explains it, or that a match was wrong.

A posting is explained in full or not at all. A match that is undone stays on record with its reason; its posting is in
suspense again, and the rules may explain it another way.
"""

from dataclasses import dataclass

from sqlalchemy import func, select

from ingather.actions.context import Context
from ingather.actions.matches.recording import locked_match, record_by_hand, standing_matches, undo_match
from ingather.actions.payouts.settling import unsettle_payout
from ingather.actions.reconciliation.banking import Movements, book, mark_explained
from ingather.base.ids import Prefix, public_id
from ingather.domain.ledger import JournalKind
from ingather.domain.payouts import PayoutMethod, PayoutState
from ingather.domain.reconciliation import MatchKind
from ingather.domain.refusals import NoSuch, WrongState
from ingather.store.reading.reconciliation import OF_POSTINGS, suspended
from ingather.store.tables import Adjustment, BankPosting, Batch, Feed, Match, Payout, Return

BY_HAND = "by-hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person names: the kind of match, its key (0 for words alone), the batch that its money clears."""

    kind: MatchKind
    target_id: int = 0
    batch_id: int = 0


def choice_of_batch(ctx: Context, batch_id: int) -> Choice:
    """Return the choice of a batch; raises ``NoSuch``."""
    if ctx.session.get(Batch, batch_id) is None:
        fact = f"there is no batch {public_id(Prefix.BATCH, batch_id)}"
        raise NoSuch(fact)
    return Choice(kind=MatchKind.SETTLEMENT, target_id=batch_id, batch_id=batch_id)


def choice_of_return(ctx: Context, return_id: int) -> Choice:
    """Return the choice of a return; raises ``NoSuch``."""
    row = ctx.session.get(Return, return_id)
    if row is None:
        fact = f"there is no return {public_id(Prefix.RETURN, return_id)}"
        raise NoSuch(fact)
    return Choice(
        kind=MatchKind.RETURN_POSTING, target_id=return_id, batch_id=(row.batch_id or 0) if row.applied else 0
    )


def choice_of_fee(ctx: Context, feed_id: int, amount_minor: int) -> Choice:
    """Return the choice of the oldest charge of an amount that no posting shows yet; raises ``NoSuch``."""
    taken = select(Match.id).where(
        Match.target_id == Adjustment.id, Match.kind == MatchKind.FEE_POSTING, Match.undone_at.is_(None)
    )
    found = ctx.session.scalar(
        select(func.min(Adjustment.id)).where(
            Adjustment.feed_id == feed_id, Adjustment.amount_minor == amount_minor, ~taken.exists()
        )
    )
    if found is None:
        fact = "no charge of this amount waits for its posting"
        raise NoSuch(fact, "Explain it in words: --note TEXT")
    return Choice(kind=MatchKind.FEE_POSTING, target_id=found)


def match_by_hand(ctx: Context, posting_id: int, choice: Choice, *, reason: str) -> int:
    """Explain a posting by what a person says it is, and return the match's key.

    Raises ``NoSuch``, and ``WrongState`` for one that is explained, is provisional or is not of the account's books.
    """
    row = locked_posting(ctx, posting_id)
    name = public_id(Prefix.POSTING, posting_id)
    feed = ctx.session.get_one(Feed, row.feed_id)
    if row.matched:
        fact = f"posting {name} is explained already"
        raise WrongState(fact, "Undo its match first: ingather reconcile undo MATCH --reason TEXT")
    if not row.of_record or row.provisional:
        fact = f"posting {name} is not of the account's books, or not final"
        raise WrongState(fact, "The statement's own posting is matched")
    match_id = record_by_hand(
        ctx,
        choice.kind if choice.target_id else MatchKind.BY_HAND,
        originator_id=feed.originator_id,
        subject_id=posting_id,
        target_id=choice.target_id,
        batch_id=choice.batch_id,
        amount_minor=row.amount_minor,
        rule=BY_HAND,
        score=100,
        evidence={"reason": reason},
    )
    moved = Movements()
    late = bool(suspended(ctx.session, feed.originator_id, [posting_id]))
    on = ctx.today if late else row.booked_on or row.value_on
    moved.add(match_id, row.amount_minor, on=on, batch_id=choice.batch_id)
    if late:
        known = Movements()
        known.add(match_id, row.amount_minor, on=on)
        book(ctx, JournalKind.BANK_EXPLAINED, known, originator_id=feed.originator_id)
    book(ctx, JournalKind.BANKED, moved, originator_id=feed.originator_id)
    mark_explained(ctx, [posting_id])
    ctx.audit("match_posting", name, match=public_id(Prefix.MATCH, match_id), kind=str(choice.kind), reason=reason)
    return match_id


def undo_posting_match(ctx: Context, match_id: int, *, reason: str) -> int:
    """Undo a match of a posting, with every other match of it, and return the posting's key: it is in suspense again.

    Raises ``NoSuch``, and ``WrongState`` for a match that is undone or is not of a posting.
    """
    row = locked_match(ctx, match_id)
    name = public_id(Prefix.MATCH, match_id)
    if row.kind not in OF_POSTINGS:
        fact = f"match {name} is of a return, not of a posting"
        raise WrongState(fact, f"ingather match undo {name} --reason TEXT")
    if row.undone_at is not None:
        fact = f"match {name} is undone already"
        raise WrongState(fact)
    posting = locked_posting(ctx, row.subject_id)
    feed = ctx.session.get_one(Feed, posting.feed_id)
    before = bool(suspended(ctx.session, feed.originator_id, [posting.id]))
    back, unknown = Movements(), Movements()
    for match in standing_matches(ctx, OF_POSTINGS, [posting.id])[posting.id]:
        undo_match(ctx, match.id, reason=reason)
        back.add(match.id, match.amount_minor, on=ctx.today, batch_id=match.batch_id)
        if before:
            unknown.add(match.id, match.amount_minor, on=ctx.today)
        _take_back(ctx, match, reason=reason)
    if not before:
        unknown.add(posting.id, posting.amount_minor, on=ctx.today)
    book(ctx, JournalKind.UNBANKED, back, originator_id=feed.originator_id)
    book(ctx, JournalKind.BANK_UNKNOWN, unknown, originator_id=feed.originator_id)
    mark_explained(ctx, [posting.id], explained=False)
    ctx.audit("undo_posting_match", name, posting=public_id(Prefix.POSTING, posting.id), reason=reason)
    return posting.id


def _take_back(ctx: Context, match: Match, *, reason: str) -> None:
    """Take back what a match had proven besides: that a payout by sheet left our account."""
    if match.kind != MatchKind.PAYOUT_POSTING or not match.target_id:
        return
    payout = ctx.session.get_one(Payout, match.target_id)
    if payout.method == PayoutMethod.SHEET and payout.state == PayoutState.SETTLED:
        unsettle_payout(ctx, payout.id, because=reason)


def locked_posting(ctx: Context, posting_id: int) -> BankPosting:
    """Return a bank posting for change; raises ``NoSuch``."""
    row = ctx.session.scalar(select(BankPosting).where(BankPosting.id == posting_id).with_for_update())
    if row is None:
        fact = f"there is no posting {public_id(Prefix.POSTING, posting_id)}"
        raise NoSuch(fact)
    return row
