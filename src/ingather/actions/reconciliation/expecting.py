"""What should have moved against what did: postings of record are explained by what we sent and what came back.

The rules ask in stages (``posting_rules``), and only an answer that is the only one is recorded. Each match moves its
amount from clearing to the bank; what nothing explains stands in suspense until something does. A posting that proves
a batch settles it, or confirms what the calendar had inferred.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.files.sending import prove_delivery
from ingather.actions.matches.recording import Matched, record_matches
from ingather.actions.payouts.settling import settle_payout
from ingather.actions.reconciliation.banking import Movements, book, mark_explained, open_account, suspend
from ingather.actions.reconciliation.settling import confirm_batches
from ingather.actions.reconciliation.suspense import tell_suspense
from ingather.base.ids import Prefix, public_id
from ingather.domain.ledger import JournalKind
from ingather.domain.payouts import PayoutState
from ingather.domain.reconciliation import MatchKind
from ingather.rules.banks import BankProfile
from ingather.rules.reconciliation import Explained, PostingRule, Reasons, explain, posting_rules
from ingather.store.reading.explaining import Around, reasons_around
from ingather.store.reading.explaining_entries import matched_before, never_moved
from ingather.store.reading.reconciliation import Unexplained, barred, last_statement_on, named_refs, unexplained
from ingather.store.tables import BankPosting, Batch, Feed, Payout

_EARLIER = timedelta(days=7)
_LOOKED_BACK = timedelta(days=45)
_PREFIXES = {
    MatchKind.SETTLEMENT: Prefix.BATCH,
    MatchKind.RETURN_POSTING: Prefix.RETURN,
    MatchKind.PAYOUT_POSTING: Prefix.PAYOUT,
}


@dataclass(slots=True)  # mutable -- counted while postings are explained
class Explaining:
    """What a run explained: postings by rule, those it put into suspense, batches it settled or confirmed, cases."""

    by_rule: Counter[str] = field(default_factory=Counter)
    suspended: int = 0
    confirmed: int = 0
    cases: int = 0
    days: set[date] = field(default_factory=set)


def explain_postings(ctx: Context, feed: Feed, *, profile: BankProfile, through: date) -> Explaining:
    """Explain what can be explained of an account's postings of record through a day; the rest is in suspense.

    The feed is locked by the caller. Repeating it changes nothing.
    """
    outcome = Explaining()
    open_account(ctx, feed)
    if feed.opened_on is None:
        return outcome
    postings = unexplained(ctx.session, feed, since=feed.opened_on, through=through)
    day = last_statement_on(ctx.session, feed.id, through=through) or feed.opened_on
    by_entry = profile.posting.granularity == "item"
    reasons = _reasons(ctx, feed, postings, through=through, day=day, by_entry=by_entry)
    netted = profile.posting.settlement == "net_of_returns"
    found = _allowed(ctx, postings, reasons, explain(postings.moves, reasons, posting_rules(through), netted=netted))
    outcome.by_rule.update(each.rule.id for each in found)
    _record(ctx, feed, postings, reasons, found)
    used = {place for each in found for place in each.reasons}
    unmoved = never_moved(reasons, used, day) if by_entry else set()
    outcome.confirmed = _settle(ctx, feed, postings, reasons, found, profile=profile, unmoved=unmoved)
    nothing = {place for place, amount in enumerate(postings.moves.amount) if not amount}
    mark_explained(ctx, [postings.moves.key[place] for place in sorted(nothing)])
    told = {each.posting for each in found} | nothing
    fresh = [key for place, key in enumerate(postings.moves.key)
             if place not in told and key not in postings.suspended]  # fmt: skip
    suspend(ctx, fresh, originator_id=feed.originator_id)
    outcome.suspended = len(fresh)
    outcome.cases = tell_suspense(ctx, feed, postings, reasons, told=told, used=used | unmoved, day=day)
    outcome.days = {on for key, on in zip(postings.moves.key, postings.booked_on, strict=True)
                    if key not in postings.suspended}  # fmt: skip
    if told or fresh or outcome.cases:
        ctx.audit(
            "explain_postings", public_id(Prefix.FEED, feed.id), through=through.isoformat(), explained=len(told),
            by_rule=dict(sorted(outcome.by_rule.items())), suspended=outcome.suspended, cases=outcome.cases,
        )  # fmt: skip
    return outcome


def _allowed(ctx: Context, postings: Unexplained, reasons: Reasons, found: list[Explained]) -> list[Explained]:
    """Return what was found without what a person has undone: the rules never say it again."""
    never = barred(ctx.session, sorted(postings.suspended))
    if not never:
        return found
    keys = postings.moves.key
    return [each for each in found
            if not any((keys[each.posting], reasons.key[place]) in never for place in each.reasons)]  # fmt: skip


def _reasons(ctx: Context, feed: Feed, postings: Unexplained, *, through: date, day: date, by_entry: bool) -> Reasons:
    """Return what may explain these postings, and what should have moved lately; old suspense widens no days."""
    fresh = [on for key, on in zip(postings.moves.key, postings.moves.on, strict=True)
             if key not in postings.suspended]  # fmt: skip
    old = [max(on, through - _LOOKED_BACK) for on in postings.moves.on[:1]]
    around = Around(
        originator_id=feed.originator_id,
        feed_id=feed.id,
        since=max(min([*fresh, *old, day - _EARLIER]) - _EARLIER, feed.opened_on or through),
        through=through,
        bank_refs=named_refs(postings.moves),
        by_entry=by_entry,
    )
    return reasons_around(ctx.session, around)


def _record(ctx: Context, feed: Feed, postings: Unexplained, reasons: Reasons, found: list[Explained]) -> None:
    """Record the matches by kind, book them, and take out of suspense what stood there."""
    by_kind: dict[MatchKind, dict[tuple[int, int], tuple[int, int, PostingRule, int]]] = {}
    for each in found:
        for place in each.reasons:
            # Both sides of a batch in one posting are one match.
            rows = by_kind.setdefault(reasons.kind[place], {})
            key = each.posting, reasons.key[place]
            amount = rows[key][0] if key in rows else 0
            rows[key] = amount + reasons.amount[place], reasons.batch[place], each.rule, len(each.reasons)
    banked, known = Movements(), Movements()
    for kind, rows in by_kind.items():
        matched = Matched(
            subject_id=[postings.moves.key[posting] for posting, _ in rows],
            target_id=[target for _, target in rows],
            batch_id=[batch for _, batch, _, _ in rows.values()],
            amount_minor=[amount for amount, _, _, _ in rows.values()],
            rule=[rule.id for _, _, rule, _ in rows.values()],
            score=[rule.score for _, _, rule, _ in rows.values()],
            evidence=[_evidence(postings, posting, rule, count)
                      for (posting, _), (_, _, rule, count) in rows.items()],
        )  # fmt: skip
        ids = record_matches(ctx, kind, matched, originator_id=feed.originator_id)
        for match_id, (posting, _), (amount, batch, _, _) in zip(ids, rows, rows.values(), strict=True):
            late = postings.moves.key[posting] in postings.suspended
            # What stood in suspense is explained today; the day it was booked on may be signed already.
            on = ctx.today if late else postings.booked_on[posting]
            banked.add(match_id, amount, on=on, batch_id=batch)
            if late:
                known.add(match_id, amount, on=on)
    _settle_payouts(
        ctx, [(target, postings.moves.key[posting]) for posting, target in by_kind.get(MatchKind.PAYOUT_POSTING, {})]
    )
    book(ctx, JournalKind.BANK_EXPLAINED, known, originator_id=feed.originator_id)
    book(ctx, JournalKind.BANKED, banked, originator_id=feed.originator_id)
    mark_explained(ctx, [postings.moves.key[each.posting] for each in found])


def _settle_payouts(ctx: Context, found: list[tuple[int, int]]) -> None:
    """Settle the payouts by sheet that these postings show; one that a person has settled already stays so."""
    for payout_id, posting_id in found:
        payout, posting = ctx.session.get_one(Payout, payout_id), ctx.session.get_one(BankPosting, posting_id)
        if payout.state == PayoutState.SENT:
            settle_payout(ctx, payout_id, posting)


def _evidence(postings: Unexplained, posting: int, rule: PostingRule, count: int) -> dict[str, str | int]:
    """Return what agreed: the rule's columns with the posting's own values, and how many reasons it took."""
    moves = postings.moves
    agreed: dict[str, str | int] = {name: str(getattr(moves, name)[posting]) for name in rule.columns}
    if count > 1:
        agreed["of"] = count
    return agreed


def _settle(
    ctx: Context,
    feed: Feed,
    postings: Unexplained,
    reasons: Reasons,
    found: list[Explained],
    *,
    profile: BankProfile,
    unmoved: set[int],
) -> int:
    """Settle or confirm the batches that these matches prove; returns how many.

    ``unmoved`` are entries that came back before they moved: they prove their batch as if they had, both ways.
    """
    proven: dict[int, tuple[int, date]] = {}
    for each in found:
        for place in each.reasons:
            if reasons.kind[place] is MatchKind.SETTLEMENT:
                amount, _ = proven.get(reasons.key[place], (0, postings.moves.on[each.posting]))
                proven[reasons.key[place]] = amount + reasons.amount[place], postings.moves.on[each.posting]
    settling = [place for place in unmoved if reasons.kind[place] is MatchKind.SETTLEMENT]
    for place in settling:
        amount, on = proven.get(reasons.key[place], (0, reasons.on[place]))
        proven[reasons.key[place]] = amount + reasons.amount[place], on
    if not proven:
        return 0
    ctx.session.flush()
    if profile.posting.granularity == "item":
        # What was matched before this run counts as well: a batch's entries may be posted on several days.
        before = matched_before(ctx.session, sorted(proven), {postings.moves.key[each.posting] for each in found})
        proven = {key: (amount + before.get(key, 0), on) for key, (amount, on) in proven.items()}
    files = ctx.session.scalars(select(Batch.file_id).where(Batch.id.in_(list(proven))).distinct()).all()
    prove_delivery(ctx, list(files), by="the bank posted a batch of it")
    return confirm_batches(ctx, feed.originator_id, proven, profile=profile)


def target_name(kind: MatchKind, target_id: int) -> str:
    """Return the public id of what a match names; nothing where a person explained it in words."""
    if not target_id:
        return ""
    prefix = _PREFIXES.get(kind)
    return public_id(prefix, target_id) if prefix is not None else str(target_id)
