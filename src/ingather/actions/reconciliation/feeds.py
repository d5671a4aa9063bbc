"""How far a feed is complete, and what it releases: nothing is collected that a missing report could take back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, exists, func, select, update

from ingather.actions.cases import close_case
from ingather.actions.context import Context
from ingather.actions.follow_ups.settling import release_follow_ups
from ingather.actions.ledger import post
from ingather.actions.reconciliation.completeness import move_watermark
from ingather.actions.reconciliation.settling import parts
from ingather.actions.returns.undoing import settle_disputes
from ingather.actions.validating.passing import note_earlier_debits
from ingather.base.ids import Prefix, encode_key, public_id
from ingather.domain.cases import CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.follow_ups import OPEN_FOLLOW_UPS
from ingather.domain.ledger import JournalKind
from ingather.domain.orders import OrderState
from ingather.domain.refusals import WrongState
from ingather.rules.watermark import covers
from ingather.store import events
from ingather.store.asking import Value, asked
from ingather.store.coverage import covered_of
from ingather.store.tables import Batch, Case, Entry, Feed, File, FollowUp, Order, Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """How a feed stands after an advance: open gaps, and the orders that were released by it."""

    gaps: int
    collected: int


def advance_feed(ctx: Context, feed_id: int) -> Advance:
    """Move a feed's watermark as far as its reports are complete, and release what it now covers.

    Both happen in the transaction of the facts they rest on, so that a state never lags behind its facts.
    """
    gaps = move_watermark(ctx, feed_id)
    settle_disputes(ctx, feed_id)
    return Advance(gaps=gaps, collected=_release_collected(ctx, feed_id))


def close_and_release(ctx: Context, case_id: int, *, outcome: str, evidence: str | None = None) -> None:
    """Close a case, and release at once the order that waited for nothing else; raises as ``close_case`` does.

    Raises ``WrongState`` for the case of a reversal or refund that is under way: its end closes it.
    """
    _refuse_under_way(ctx, case_id)
    close_case(ctx, case_id, outcome=outcome, evidence=evidence)
    ctx.session.flush()
    feeds = ctx.session.scalars(
        select(Route.feed_id)
        .distinct()
        .join(File, File.route_id == Route.id)
        .join(Entry, Entry.file_id == File.id)
        .join(Case, Case.order_id == Entry.order_id)
        .where(Case.id == case_id, Case.holds_release),
    ).all()
    for feed_id in feeds:
        _release_collected(ctx, feed_id)


def release_of(ctx: Context, order_ids: Sequence[int]) -> None:
    """Release at once what of these orders waited for nothing else than a case that was closed in this transaction."""
    ctx.session.flush()
    feeds: set[int] = set()
    for part in parts(list(order_ids)):
        feeds.update(
            ctx.session.scalars(
                select(Route.feed_id)
                .distinct()
                .join(File, File.route_id == Route.id)
                .join(Entry, Entry.file_id == File.id)
                .where(Entry.order_id.in_(part)),
            ),
        )
    for feed_id in sorted(feeds):
        _release_collected(ctx, feed_id)


def _refuse_under_way(ctx: Context, case_id: int) -> None:
    """Raise ``WrongState`` while what a case is about is under way: its order must stay as it is until the end."""
    under_way = ctx.session.execute(
        select(FollowUp.id, Case.once)
        .join(Case, and_(Case.order_id == FollowUp.order_id, Case.kind == FollowUp.kind))
        .where(Case.id == case_id, FollowUp.state.in_(sorted(OPEN_FOLLOW_UPS))),
    )
    for follow_up_id, once in under_way:
        name = public_id(Prefix.FOLLOW_UP, follow_up_id)
        if name == once:
            fact = f"the {name} that the case is about is under way"
            raise WrongState(fact, f"It closes with it; before it is sealed: ingather follow-up withdraw {name}")


@asked()
def _locked(feed_id: Value) -> Select[int]:
    return select(Feed.id).where(Feed.id == feed_id).with_for_update()


@asked()
def _watermark(feed_id: Value) -> Select[date | None]:
    return select(Feed.watermark_on).where(Feed.id == feed_id)


@asked()
def _past_hold(feed_id: Value, through: Value) -> Select[Batch]:
    return (
        select(Batch)
        .join(File, File.id == Batch.file_id)
        .join(Route, Route.id == File.route_id)
        .where(
            Route.feed_id == feed_id,
            Batch.settled_on.is_not(None),
            Batch.hold_until <= through,
            Batch.released.is_(False),
        )
    )


def lock_feed(ctx: Context, feed_id: int) -> None:
    """Lock a feed before its orders are touched: whoever settles, releases or opens what holds a release does so."""
    ctx.session.execute(*_locked(feed_id=feed_id))


def _release_collected(ctx: Context, feed_id: int) -> int:
    """Release what is settled, past its hold and covered by the watermark; returns how many orders are collected now.

    A later gap does not hold what it cannot cover: days behind it that are complete count too. An order with an open
    case that holds its release waits for the case.
    """
    watermark = ctx.session.execute(*_watermark(feed_id=feed_id)).scalar_one()
    covered = covered_of(ctx.session, feed_id)
    through = max([*covered, *([watermark] if watermark else [])], default=None)
    if through is None:
        return 0
    rows = ctx.session.scalars(*_past_hold(feed_id=feed_id, through=through)).all()
    batches = [
        batch
        for batch in rows
        if batch.settled_on is not None
        and batch.hold_until is not None
        and covers(batch.settled_on, batch.hold_until, through=watermark, covered=covered)
    ]
    if not batches:
        return 0
    amounts, waiting = _collect(ctx, batches)
    note_earlier_debits(ctx, batches)
    for part in parts([batch.id for batch in batches]):
        release_follow_ups(ctx, batches[0].originator_id, part, on=through)
    for batch in batches:
        batch.released = batch.id not in waiting
    if amounts:
        cents = {key: total for key, (_, total) in amounts.items()}
        released = sum(count for count, _ in amounts.values())
        originator_id, source_id = batches[0].originator_id, ctx.ids.one()
        post(ctx, JournalKind.COLLECTED, originator_id=originator_id, source_id=source_id, on=through, amounts=cents)
        _tell(ctx, originator_id, amounts, on=through, once=encode_key(source_id))
        ctx.audit("release_collected", f"feed {feed_id}", orders=released, cents=sum(cents.values()))
    elif any(batch.released for batch in batches):
        ctx.audit("release_collected", f"feed {feed_id}", orders=0, cents=0)
    ctx.session.flush()
    return sum(count for count, _ in amounts.values())


def _tell(
    ctx: Context, originator_id: int, amounts: Mapping[tuple[int, int], tuple[int, int]], *, on: date, once: str
) -> None:
    """Add a fact of each batch: how many of its orders are collected now; one that waits for a case comes later."""
    events.add_many(
        ctx.session,
        FactKind.RELEASED,
        scope=Scope.BATCH,
        subjects=[batch_id for batch_id, _ in amounts],
        originator=originator_id,
        on=[on] * len(amounts),
        at=ctx.now,
        actor=ctx.actor,
        once=[once] * len(amounts),
        detail=[{"orders": count, "amount_minor": cents} for count, cents in amounts.values()],
    )


def _collect(ctx: Context, batches: Sequence[Batch]) -> tuple[dict[tuple[int, int], tuple[int, int]], set[int]]:
    """Collect the settled orders of batches; returns counts and cents by (batch, merchant), and batches that wait."""
    file_ids, merchants = {batch.file_id for batch in batches}, {batch.id: batch.merchant_id for batch in batches}
    held = exists().where(Case.order_id == Order.id, Case.state == CaseState.OPEN, Case.holds_release)
    amounts: dict[tuple[int, int], tuple[int, int]] = {}
    waiting: set[int] = set()
    for part in parts(list(merchants)):
        mine = (
            Entry.file_id.in_(file_ids),
            Entry.batch_id.in_(part),
            Entry.ended.is_(None),
            Entry.presentation.is_not(None),
            Order.id == Entry.order_id,
            Order.state == OrderState.SETTLED,
        )
        totals = ctx.session.execute(
            select(Entry.batch_id, func.count(), func.sum(Entry.amount_cents))
            .where(*mine, ~held)
            .group_by(Entry.batch_id),
        )
        amounts |= {(batch_id, merchants[batch_id]): (count, int(cents)) for batch_id, count, cents in totals}
        ctx.session.execute(
            update(Order)
            .where(*mine, ~held)
            .values(state=OrderState.COLLECTED, version=Order.version + 1)
            .execution_options(synchronize_session=False),
        )
        waiting.update(ctx.session.scalars(select(Entry.batch_id).where(*mine).distinct()))
    return amounts, waiting
