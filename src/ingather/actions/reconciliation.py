"""Money on our account against batches: settled by report or by calendar, released when the feed is complete."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, func, select, update

from ingather.actions.cases import close_case, open_case
from ingather.actions.context import Context
from ingather.actions.files.sending import prove_delivery
from ingather.actions.ledger import post
from ingather.base.dates import parse_yymmdd
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.entries import EntryEnd
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import AT_THE_BANK, FileState
from ingather.domain.ledger import JournalKind
from ingather.domain.orders import OrderState
from ingather.domain.reports import ReportState, SettlementBasis
from ingather.reports.items import Settlements
from ingather.rules.banks import BankProfile
from ingather.rules.calendar import hold_until
from ingather.rules.watermark import completeness
from ingather.store.tables import Batch, Case, Entry, Feed, File, Order, Report, Route

_CREDIT = 1


def take_settlements(
    ctx: Context, originator_id: int, report_id: int, items: Settlements, *, profile: BankProfile
) -> int:
    """Settle the batches a report names; returns how many of its items fit none and became cases."""
    unmatched = 0
    for index, name in enumerate(items.origination_file):
        batch = _batch_of(ctx, originator_id, name, items.batch_number[index])
        settled_on = items.settled_on[index]
        expected = _standing_cents(ctx, batch.id) if batch is not None else None
        if batch is None or settled_on is None or items.amount_minor[index] < _CREDIT:
            unmatched += 1
            _to_a_person(ctx, originator_id, report_id, items, index, CaseKind.UNMATCHED_SETTLEMENT)
        elif expected != items.amount_minor[index]:
            unmatched += 1
            _to_a_person(ctx, originator_id, report_id, items, index, CaseKind.SETTLEMENT_DIFFERS)
        else:
            prove_delivery(ctx, [batch.file_id], by="the bank settled a batch of it")
            settle_batch(ctx, batch, settled_on=settled_on, basis=SettlementBasis.CONFIRMED, profile=profile)
    return unmatched


def _batch_of(ctx: Context, originator_id: int, name: str, number: int) -> Batch | None:
    try:
        created_on = parse_yymmdd(name[:6])
    except ValueError:
        return None
    return ctx.session.scalar(
        select(Batch)
        .join(File, File.id == Batch.file_id)
        .where(
            File.originator_id == originator_id,
            File.created_on == created_on,
            File.created_hhmm == name[6:10],
            File.id_modifier == name[10:11],
            Batch.number == number,
        ),
    )


def _standing_cents(ctx: Context, batch_id: int) -> int:
    """Return what a batch settles for: all its entries but those the bank rejected; returns come back separately."""
    total = ctx.session.execute(
        select(func.coalesce(func.sum(Entry.amount_cents), 0)).where(
            Entry.batch_id == batch_id,
            Entry.file_id == select(Batch.file_id).where(Batch.id == batch_id).scalar_subquery(),
            (Entry.ended.is_(None)) | (Entry.ended == EntryEnd.RETURNED),
        ),
    ).scalar_one()
    return int(total)


def _to_a_person(  # noqa: PLR0913, PLR0917 -- the item and why
    ctx: Context, originator_id: int, report_id: int, items: Settlements, index: int, kind: CaseKind
) -> None:
    name, amount = items.origination_file[index], format_minor(items.amount_minor[index])
    why = "fits no batch of ours" if kind is CaseKind.UNMATCHED_SETTLEMENT else "is not the amount of that batch"
    open_case(
        ctx,
        kind,
        originator_id=originator_id,
        once=f"{items.bank_ref[index]}|{name}|{items.batch_number[index]}",
        subject=public_id(Prefix.REPORT, report_id),
        sentence=f"A settlement of {amount} USD for file {name}, batch {items.batch_number[index]}, {why}.",
        owner="operator",
        suspense_minor=items.amount_minor[index],
    )


def settle_batch(ctx: Context, batch: Batch, *, settled_on: date, basis: SettlementBasis, profile: BankProfile) -> None:
    """Settle a batch: its standing orders are settled, the hold begins. An inferred settlement may become confirmed."""
    first = batch.settled_on is None
    if not first and (batch.settlement_basis == SettlementBasis.CONFIRMED or basis == SettlementBasis.INFERRED):
        return
    batch.settled_on, batch.settlement_basis = settled_on, basis
    batch.hold_until = hold_until(settled_on, buffer_days=profile.hold_buffer_days)
    ctx.session.flush()
    ctx.fact(
        FactKind.SETTLED,
        scope=Scope.BATCH,
        subject=batch.id,
        originator=batch.originator_id,
        on=settled_on,
        once=basis,
        basis=basis,
    )
    ctx.session.execute(
        update(Order)
        .where(
            Entry.file_id == batch.file_id,
            Entry.batch_id == batch.id,
            Entry.ended.is_(None),
            Order.id == Entry.order_id,
            Order.state == OrderState.SUBMITTED,
        )
        .values(
            state=OrderState.SETTLED,
            first_settled_on=func.coalesce(Order.first_settled_on, settled_on),
            version=Order.version + 1,
        )
        .execution_options(synchronize_session=False),
    )
    if first:
        post(
            ctx,
            JournalKind.SETTLED,
            originator_id=batch.originator_id,
            source_id=batch.id,
            on=settled_on,
            amounts={(batch.id, batch.merchant_id): _standing_cents(ctx, batch.id)},
        )


def infer_settlements(ctx: Context, route: Route, *, profile: BankProfile) -> int:
    """Settle by the calendar what the bank accepted and a complete feed says nothing of, where the profile allows it."""
    watermark = ctx.session.execute(select(Feed.watermark_on).where(Feed.id == route.feed_id)).scalar_one()
    if not profile.settlement_report_inference or watermark is None:
        return 0
    batches = ctx.session.scalars(
        select(Batch)
        .join(File, File.id == Batch.file_id)
        .where(
            File.route_id == route.id,
            File.state.in_([FileState.ACCEPTED, FileState.ACCEPTED_WITH_REJECTS]),
            Batch.rejected.is_(False),
            Batch.settled_on.is_(None),
            Batch.effective_on <= watermark,
        ),
    ).all()
    for batch in batches:
        settle_batch(ctx, batch, settled_on=batch.effective_on, basis=SettlementBasis.INFERRED, profile=profile)
    return len(batches)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """How a feed stands after an advance: open gaps, and the orders that were released by it."""

    gaps: int
    collected: int


def advance_feed(ctx: Context, feed_id: int) -> Advance:
    """Move a feed's watermark as far as its reports are complete, and release what it now covers.

    Both happen in the transaction of the facts they rest on, so that a state never lags behind its facts.
    """
    gaps = _move_watermark(ctx, feed_id)
    return Advance(gaps=gaps, collected=_release_collected(ctx, feed_id))


def _move_watermark(ctx: Context, feed_id: int) -> int:
    feed = ctx.session.execute(select(Feed).where(Feed.id == feed_id).with_for_update()).scalar_one()
    reports = [
        (row.sequence, row.business_on)
        for row in ctx.session.execute(
            select(Report.sequence, Report.business_on).where(
                Report.feed_id == feed_id,
                Report.state == ReportState.TAKEN,
                Report.final,
                Report.sequence.is_not(None),
                Report.business_on.is_not(None),
            ),
        )
    ]
    start = ctx.session.execute(
        select(func.min(File.effective_on))
        .join(Route, Route.id == File.route_id)
        .where(Route.feed_id == feed_id, File.state.in_(AT_THE_BANK)),
    ).scalar()
    found = completeness(reports, start=start or ctx.today)
    if found.through is not None and (feed.watermark_on is None or found.through > feed.watermark_on):
        feed.watermark_on = found.through
        ctx.fact(
            FactKind.WATERMARK,
            scope=Scope.FEED,
            subject=feed_id,
            originator=feed.originator_id,
            on=found.through,
            once=found.through.isoformat(),
        )
    gaps = {f"{feed_id}|{number}": f"report number {number}" for number in found.missing_sequences}
    if not gaps:
        gaps = {f"{feed_id}|{day}": f"the report of {day}" for day in found.missing_days}
    _tell_gaps(ctx, feed, gaps)
    return len(gaps)


def _tell_gaps(ctx: Context, feed: Feed, gaps: dict[str, str]) -> None:
    for once, what in gaps.items():
        open_case(
            ctx,
            CaseKind.REPORT_GAP,
            originator_id=feed.originator_id,
            once=once,
            subject=f"feed {feed.bank} ...{feed.account_last4}",
            sentence=f"{what[0].upper()}{what[1:]} never came, while later ones did. A return may hide in it: nothing "
            "it could cover is released. Ask the bank to deliver it again.",
            owner="operator",
        )
    came = ctx.session.execute(
        select(Case.id, Case.once).where(
            Case.originator_id == feed.originator_id,
            Case.kind == CaseKind.REPORT_GAP,
            Case.state == CaseState.OPEN,
            Case.once.startswith(f"{feed.id}|"),
        ),
    ).all()
    for case_id, once in came:
        if once not in gaps:
            close_case(ctx, case_id, outcome="the report came")


def _release_collected(ctx: Context, feed_id: int) -> int:
    """Release what is settled, past its hold and covered by the watermark; returns how many orders are collected now.

    An order with an open case that holds its release waits for the case.
    """
    watermark = ctx.session.execute(select(Feed.watermark_on).where(Feed.id == feed_id)).scalar_one()
    if watermark is None:
        return 0
    batches = ctx.session.scalars(
        select(Batch)
        .join(File, File.id == Batch.file_id)
        .join(Route, Route.id == File.route_id)
        .where(
            Route.feed_id == feed_id,
            Batch.settled_on.is_not(None),
            Batch.hold_until <= watermark,
            Batch.released.is_(False),
        ),
    ).all()
    released, amounts = 0, Counter[tuple[int, int]]()
    held = exists().where(Case.order_id == Order.id, Case.state == CaseState.OPEN, Case.holds_release)
    for batch in batches:
        mine = (
            Entry.file_id == batch.file_id,
            Entry.batch_id == batch.id,
            Entry.ended.is_(None),
            Order.id == Entry.order_id,
            Order.state == OrderState.SETTLED,
        )
        count, cents = ctx.session.execute(
            select(func.count(), func.coalesce(func.sum(Entry.amount_cents), 0)).where(*mine, ~held),
        ).one()
        if count:
            ctx.session.execute(
                update(Order)
                .where(*mine, ~held)
                .values(state=OrderState.COLLECTED, version=Order.version + 1)
                .execution_options(synchronize_session=False),
            )
            amounts[batch.id, batch.merchant_id] = int(cents)
            released += count
        batch.released = not ctx.session.execute(select(exists().where(*mine))).scalar_one()
    if amounts:
        post(
            ctx,
            JournalKind.COLLECTED,
            originator_id=batches[0].originator_id,
            source_id=ctx.ids.one(),
            on=watermark,
            amounts=amounts,
        )
        ctx.audit("release_collected", f"feed {feed_id}", orders=released, cents=sum(amounts.values()))
    ctx.session.flush()
    return released
