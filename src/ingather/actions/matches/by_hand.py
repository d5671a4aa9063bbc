"""Matching a return by hand: a person says which entry it is about, and it is applied to it as any other.

The money comes out of suspense. Whatever the Rules make of the code follows from it, counted from today where a day is
planned.
"""

from dataclasses import dataclass

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.follow_ups.overtaken import call_off, reversed_out
from ingather.actions.follow_ups.terms import lock_feeds
from ingather.actions.ledger import post
from ingather.actions.matches.recording import record_by_hand
from ingather.actions.matches.undoing import close_cases_of, refuse_disputed, successor_of
from ingather.actions.matching import Match
from ingather.actions.reconciliation.feeds import release_of
from ingather.actions.returns.deciding import decide
from ingather.actions.returns.disputing import locked_return
from ingather.actions.returns.effects import apply_decisions
from ingather.actions.returns.replacing import from_day
from ingather.base.ids import Prefix, encode_key, public_id
from ingather.base.money import format_minor
from ingather.domain.files import AT_THE_BANK
from ingather.domain.ledger import JournalKind
from ingather.domain.reconciliation import MatchKind
from ingather.domain.refusals import NoSuch, WrongState
from ingather.rules.banks import load_profile
from ingather.rules.matching import BY_HAND, score_by_hand
from ingather.store.tables import BankProfileRow, Batch, Entry, File, Posting, Return, Route


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedByHand:
    """What was matched: the match and the return that is applied now, by key, and the order's."""

    match_id: int
    return_id: int
    order_id: int


def match_by_hand(ctx: Context, return_id: int, entry_id: int, *, reason: str) -> MatchedByHand:
    """Apply a return that moved no order to the entry that a person names, and record the match.

    Raises ``NoSuch``; ``WrongState`` for a return that is applied, in dispute, undone or written off, for an entry that
    is no debit at the bank, came back already or is over another amount, and for a debit that we have reversed.
    """
    row = waiting_return(ctx, return_id)
    match, bank = debit_named(ctx, entry_id, row)
    profile = load_profile(bank)
    lock_feeds(ctx, order_ids=[match.order_id])
    close_cases_of(ctx, row, outcome=f"matched by hand to {public_id(Prefix.ENTRY, entry_id)}: {reason}")
    before = row.order_id
    # What a report told of stays as it was told; the row that takes its place is about the entry.
    new = row if _stands_in(ctx, row) else successor_of(ctx, row, tag=f"by-hand|{row.id}")
    call_off(ctx, row.originator_id, [entry_id])
    new.entry_id, new.order_id, new.batch_id, new.applied = entry_id, match.order_id, match.batch_id, True
    new.matched_by = BY_HAND
    ctx.session.flush()
    items, decisions = decide(ctx, [(new, match)], profile=profile, told_on=ctx.today)
    decided = [(items[0], from_day(items[0], decision, ctx.today, profile)) for decision in decisions]
    lead_days = profile.requests.lead_banking_days
    apply_decisions(ctx, row.originator_id, new.id, decided, on=ctx.today, lead_days=lead_days)
    # It was booked beside the batches, against suspense: that much of it is known now.
    post(
        ctx, JournalKind.UNMATCHED_RETURN, originator_id=row.originator_id, source_id=new.id, on=ctx.today,
        amounts={(match.batch_id, 0): -new.amount_cents},
    )  # fmt: skip
    match_id = record_by_hand(
        ctx,
        MatchKind.RETURN,
        originator_id=row.originator_id,
        subject_id=new.id,
        target_id=entry_id,
        batch_id=match.batch_id,
        amount_minor=-new.amount_cents,
        rule=BY_HAND,
        score=score_by_hand(ctx.today),
        evidence={"reason": reason, "by": ctx.actor, "reference": encode_key(match.order_id)},
    )
    if before is not None:
        release_of(ctx, [before])
    ctx.audit("match_by_hand", public_id(Prefix.RETURN, return_id), entry=public_id(Prefix.ENTRY, entry_id),
              match=public_id(Prefix.MATCH, match_id), reason=reason)  # fmt: skip
    return MatchedByHand(match_id=match_id, return_id=new.id, order_id=match.order_id)


def waiting_return(ctx: Context, return_id: int) -> Return:
    """Return the return that has the money, locked: the one named, or what took its place when it was unmatched.

    Raises ``NoSuch``; ``WrongState`` where it has none to match.
    """
    row = locked_return(ctx, return_id)
    while row.undone_on is not None and row.replaced_by is not None:
        row = locked_return(ctx, row.replaced_by)
    name = public_id(Prefix.RETURN, row.id)
    if row.applied:
        fact = f"return {name} is applied to {public_id(Prefix.ENTRY, row.entry_id or 0)}"
        raise WrongState(fact, "Undo that match first: ingather match list --return, then ingather match undo")
    if row.undone_on is not None or row.replaced_by is not None:
        fact = f"return {name} has no money in suspense: it is {'undone' if row.undone_on else 'replaced'}"
        raise WrongState(fact)
    refuse_disputed(ctx, row)
    written_off = select(Posting.id).where(
        Posting.originator_id == row.originator_id,
        Posting.kind == JournalKind.WRITTEN_OFF,
        Posting.source_id == row.id,
    )
    if ctx.session.execute(written_off).first() is not None:
        fact = f"return {name} was written off"
        raise WrongState(fact)
    return row


def _stands_in(ctx: Context, row: Return) -> bool:
    return ctx.session.execute(select(Return.id).where(Return.replaced_by == row.id)).first() is not None


def debit_named(ctx: Context, entry_id: int, row: Return) -> tuple[Match, str]:
    """Return the debit that a person names and its bank's profile; raises as ``match_by_hand`` does."""
    name = public_id(Prefix.ENTRY, entry_id)
    found = ctx.session.execute(
        select(
            Entry.id, Entry.order_id, Entry.batch_id, Batch.merchant_id, Entry.file_id, Entry.ended,
            Entry.presentation, Entry.amount_cents, File.state, BankProfileRow.toml,
        )
        .join(Batch, Batch.id == Entry.batch_id)
        .join(File, File.id == Entry.file_id)
        .join(Route, Route.id == File.route_id)
        .join(BankProfileRow, BankProfileRow.id == Route.bank_profile_id)
        .where(Entry.id == entry_id, Entry.originator_id == row.originator_id),
    ).one_or_none()  # fmt: skip
    if found is None:
        fact = f"there is no entry {name}"
        raise NoSuch(fact)
    if found.order_id is None or found.presentation is None or found.state not in AT_THE_BANK:
        fact = f"entry {name} is no debit of an order that is at the bank"
        raise WrongState(fact)
    if found.ended is not None:
        fact = f"entry {name} is {found.ended} already"
        raise WrongState(fact, "A debit comes back once: undo the match of its other return first")
    if found.amount_cents != row.amount_cents:
        fact = (
            f"entry {name} is over {format_minor(found.amount_cents)} USD, the return over "
            f"{format_minor(row.amount_cents)} USD"
        )
        raise WrongState(fact, "A debit comes back whole: look for another entry, or have the return dishonored")
    if reversed_out(ctx, [entry_id]):
        fact = f"the debit {name} was reversed: the buyer would have the money twice"
        raise WrongState(fact, "Have the return dishonored: ingather return dishonour")
    match = Match(
        found.id, found.order_id, found.batch_id, found.merchant_id, found.file_id, found.ended, found.presentation,
        found.amount_cents, BY_HAND, score_by_hand(ctx.today),
    )  # fmt: skip
    return match, found.toml
