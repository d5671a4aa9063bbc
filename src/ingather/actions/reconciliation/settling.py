"""Money on our account against batches: settled by report, or by calendar where the profile allows it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Select, case, func, select, true, update

from ingather.actions.cases import close_case, open_case
from ingather.actions.context import Context
from ingather.actions.files.approval import hold_put_back, locked_file
from ingather.actions.files.sending import prove_delivery
from ingather.actions.follow_ups.settling import reverse_settled, settle_follow_ups
from ingather.actions.ledger import post
from ingather.actions.payouts.settling import batches_of_payouts, settle_payouts
from ingather.base.dates import parse_yymmdd
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.entries import CREDITING, EntryEnd
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import FileState
from ingather.domain.ledger import JournalKind
from ingather.domain.orders import OrderState
from ingather.domain.reports import SettlementBasis
from ingather.nacha.descriptions import MICRO_ENTRY
from ingather.reports.items import Settlements
from ingather.rules.banks import BankProfile
from ingather.rules.calendar import hold_until
from ingather.store.asking import Value, asked
from ingather.store.tables import Batch, Case, Entry, Feed, File, Order, Route

_AT_ONCE = 5_000


class Sides(NamedTuple):
    """What stands in a batch in cents, by direction: the debits bring money, the credits of micro-entries cost it."""

    debits: int
    credits: int

    def settle(self, amount: int) -> bool:
        """Return whether an amount on our account is what they settle for: one side by itself, or both on balance."""
        return amount in {self.debits, -self.credits, self.debits - self.credits}


NOTHING = Sides(debits=0, credits=0)


def take_settlements(
    ctx: Context, originator_id: int, report_id: int, items: Settlements, *, profile: BankProfile
) -> int:
    """Settle the batches a report names; returns how many of its items fit none and became cases."""
    batches = batches_named(ctx, originator_id, set(items.origination_file))
    expected = _standing_cents(ctx, {batch.file_id for batch in batches.values()})
    settled: dict[int, tuple[Batch, date]] = {}
    fitting: set[str] = set()
    unmatched = 0
    for index, name in enumerate(items.origination_file):
        batch = batches.get((name, items.batch_number[index]))
        settled_on, amount = items.settled_on[index], items.amount_minor[index]
        if batch is None or settled_on is None or (amount < 1 and not _pays(batch)):
            unmatched += 1
            _to_a_person(ctx, originator_id, report_id, items, index, CaseKind.UNMATCHED_SETTLEMENT)
        elif not expected.get(batch.id, NOTHING).settle(amount):
            unmatched += 1
            _to_a_person(ctx, originator_id, report_id, items, index, CaseKind.SETTLEMENT_DIFFERS)
            file = locked_file(ctx, batch.file_id)
            hold_put_back(ctx, file, reason="the bank settled what had been put back", batch_ids=[batch.id])
        else:
            settled[batch.id] = (batch, settled_on)
            fitting.add(_once(items, index))
    _close_explained(ctx, originator_id, fitting)
    prove_delivery(ctx, [batch.file_id for batch, _ in settled.values()], by="the bank settled a batch of it")
    settle_batches(
        ctx,
        originator_id,
        list(settled.values()),
        basis=SettlementBasis.CONFIRMED,
        profile=profile,
        cents=expected,
    )
    return unmatched


def batches_named(ctx: Context, originator_id: int, names: set[str]) -> dict[tuple[str, int], Batch]:
    """Return the batches of files named ``YYMMDDHHMMx``, by name and number."""
    found: dict[tuple[str, int], Batch] = {}
    for name in sorted(names):
        try:
            created_on = parse_yymmdd(name[:6])
        except ValueError:
            continue
        rows = ctx.session.scalars(
            select(Batch)
            .join(File, File.id == Batch.file_id)
            .where(
                File.originator_id == originator_id,
                File.created_on == created_on,
                File.created_hhmm == name[6:10],
                File.id_modifier == name[10:11],
            ),
        )
        found.update({(name, batch.number): batch for batch in rows})
    return found


@asked("file_ids")
def _standing(file_ids: Value) -> Select[int, int, int]:
    credited = case((Entry.kind.in_(CREDITING), Entry.amount_cents), else_=0)
    return (
        select(Entry.batch_id, func.sum(Entry.amount_cents), func.sum(credited))
        .where(Entry.file_id.in_(file_ids), (Entry.ended.is_(None)) | (Entry.ended == EntryEnd.RETURNED))
        .group_by(Entry.batch_id)
    )


def _standing_cents(ctx: Context, file_ids: set[int]) -> dict[int, Sides]:
    """Return what each batch settles for: all its entries but those the bank rejected; returns come back separately."""
    rows = ctx.session.execute(*_standing(file_ids=list(file_ids))) if file_ids else ()
    return {batch_id: Sides(debits=int(cents - credit), credits=int(credit)) for batch_id, cents, credit in rows}


def _to_a_person(
    ctx: Context, originator_id: int, report_id: int, items: Settlements, index: int, kind: CaseKind
) -> None:
    name, amount = items.origination_file[index], format_minor(items.amount_minor[index])
    why = "fits no batch of ours" if kind is CaseKind.UNMATCHED_SETTLEMENT else "is not the amount of that batch"
    open_case(
        ctx,
        kind,
        originator_id=originator_id,
        once=_once(items, index),
        subject=public_id(Prefix.REPORT, report_id),
        sentence=f"A settlement of {amount} USD for file {name}, batch {items.batch_number[index]}, {why}.",
        owner="operator",
        suspense_minor=items.amount_minor[index],
    )


def _once(items: Settlements, index: int) -> str:
    return f"{items.bank_ref[index]}|{items.origination_file[index]}|{items.batch_number[index]}"


@asked()
def _differing(originator_id: Value) -> Select[int, str]:
    return select(Case.id, Case.once).where(
        Case.originator_id == originator_id, Case.kind == CaseKind.SETTLEMENT_DIFFERS, Case.state == CaseState.OPEN
    )


def _close_explained(ctx: Context, originator_id: int, fitting: set[str]) -> None:
    """Close the cases of settlements that differed once and fit now."""
    differing = ctx.session.execute(*_differing(originator_id=originator_id)).all()
    for case_id, once in differing:
        if once in fitting:
            close_case(ctx, case_id, outcome="the amount is that of the batch after all")


def settle_batches(
    ctx: Context,
    originator_id: int,
    settled: Sequence[tuple[Batch, date]],
    *,
    basis: SettlementBasis,
    profile: BankProfile,
    cents: Mapping[int, Sides],
) -> int:
    """Settle batches: their standing orders are settled, their holds begin; returns how many were not settled before.

    An inferred settlement may become confirmed, and takes the reported date; a confirmed one stays. ``cents`` is what
    each batch settles for.
    """
    fresh: list[Batch] = []
    moved: list[Batch] = []
    for batch, settled_on in settled:
        first = batch.settled_on is None
        if not first and (batch.settlement_basis == SettlementBasis.CONFIRMED or basis == SettlementBasis.INFERRED):
            continue
        batch.settled_on, batch.settlement_basis = settled_on, basis
        batch.hold_until = hold_until(settled_on, buffer_days=profile.hold_buffer_days)
        moved.append(batch)
        if first:
            fresh.append(batch)
        ctx.fact(
            FactKind.SETTLED,
            scope=Scope.BATCH,
            subject=batch.id,
            originator=originator_id,
            on=settled_on,
            once=basis,
            basis=basis,
        )
    ctx.session.flush()
    _settle_orders(ctx, moved)
    for part in parts([batch.id for batch in moved]):
        settle_follow_ups(ctx, originator_id, part)
        settle_payouts(ctx, originator_id, part)
        reverse_settled(ctx, originator_id, part)
    _post_settled(ctx, originator_id, fresh, cents)
    return len(fresh)


def confirm_batches(
    ctx: Context, originator_id: int, proven: Mapping[int, tuple[int, date]], *, profile: BankProfile
) -> int:
    """Settle batches that postings on our account prove, or confirm what was inferred; returns how many changed.

    ``proven`` holds what was posted of each and when. A batch of which only a part was posted stays as it is.
    """
    batches = [
        batch
        for part in parts(list(proven))
        for batch in ctx.session.scalars(
            select(Batch).where(
                Batch.id.in_(part),
                Batch.settled_on.is_(None) | (Batch.settlement_basis == SettlementBasis.INFERRED),
            )
        )
    ]
    if not batches:
        return 0
    cents = _standing_cents(ctx, {batch.file_id for batch in batches})
    whole = [
        (batch, proven[batch.id][1]) for batch in batches if cents.get(batch.id, NOTHING).settle(proven[batch.id][0])
    ]
    settle_batches(ctx, originator_id, whole, basis=SettlementBasis.CONFIRMED, profile=profile, cents=cents)
    return len(whole)


def _post_settled(ctx: Context, originator_id: int, batches: Sequence[Batch], cents: Mapping[int, Sides]) -> None:
    """Book what batches settled for: debits for merchants, credits to buyers, micro-entries at the house's cost."""
    booked: dict[tuple[JournalKind, date], dict[tuple[int, int], int]] = {}
    paying = batches_of_payouts(ctx, [batch.id for batch in batches if batch.credit_cents])
    for batch in batches:
        sides, day = cents.get(batch.id, NOTHING), batch.settled_on or ctx.today
        if batch.entry_description == MICRO_ENTRY:
            sums = {JournalKind.MICRO_CREDITED: sides.credits, JournalKind.MICRO_DEBITED: sides.debits}
        elif batch.id in paying:
            sums = {JournalKind.PAYOUT_SETTLED: sides.credits}
        else:
            sums = {JournalKind.SETTLED: sides.debits, JournalKind.CREDIT_SETTLED: sides.credits}
        for kind, amount in sums.items():
            booked.setdefault((kind, day), {})[batch.id, batch.merchant_id] = amount
    for (kind, day), amounts in booked.items():
        # Source 0: a batch settles once, whichever report tells of it.
        post(ctx, kind, originator_id=originator_id, source_id=0, on=day, amounts=amounts)


def _settle_orders(ctx: Context, batches: Sequence[Batch]) -> None:
    file_ids = {batch.file_id for batch in batches}
    for part in parts([batch.id for batch in batches]):
        ctx.session.execute(
            update(Order)
            .where(
                Entry.file_id.in_(file_ids),
                Entry.batch_id.in_(part),
                Entry.ended.is_(None),
                Entry.presentation.is_not(None),
                Batch.id == Entry.batch_id,
                Order.id == Entry.order_id,
                Order.state == OrderState.SUBMITTED,
            )
            .values(
                state=OrderState.SETTLED,
                first_settled_on=func.coalesce(Order.first_settled_on, Batch.settled_on),
                version=Order.version + 1,
            )
            .execution_options(synchronize_session=False),
        )


def parts(ids: Sequence[int]) -> list[Sequence[int]]:
    """Return ids in runs short enough for one statement."""
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]


def _pays(batch: Batch) -> bool:
    """Return whether a batch may settle for nothing or less: it holds credits, or prenotes alone."""
    return bool(batch.credit_cents) or not batch.debit_cents


def infer_settlements(ctx: Context, route: Route, *, profile: BankProfile) -> int:
    """Settle by the calendar what a complete feed says nothing of, where the profile allows it.

    What comes to nothing on balance, such as prenotes, no bank needs to tell of.
    """
    watermark = ctx.session.execute(select(Feed.watermark_on).where(Feed.id == route.feed_id)).scalar_one()
    if watermark is None:
        return 0
    told = true() if profile.settlement_report_inference else Batch.debit_cents == Batch.credit_cents
    batches = ctx.session.scalars(
        select(Batch)
        .join(File, File.id == Batch.file_id)
        .where(
            File.route_id == route.id,
            File.state.in_([FileState.ACCEPTED, FileState.ACCEPTED_WITH_REJECTS]),
            Batch.rejected.is_(False),
            Batch.settled_on.is_(None),
            Batch.effective_on <= watermark,
            told,
        ),
    ).all()
    cents = _standing_cents(ctx, {batch.file_id for batch in batches})
    settled = settle_batches(
        ctx,
        route.originator_id,
        [(batch, batch.effective_on) for batch in batches],
        basis=SettlementBasis.INFERRED,
        profile=profile,
        cents=cents,
    )
    if batches:
        feed = public_id(Prefix.FEED, route.feed_id)
        ctx.audit("infer_settlements", feed, through=watermark.isoformat(), batches=len(batches))
    return settled
