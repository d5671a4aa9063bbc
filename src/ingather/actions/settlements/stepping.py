"""The steps by which claw-backs, refunds and charges are taken from a merchant, each kept once and never changed."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select

from ingather.actions.context import Context
from ingather.actions.ledger import post
from ingather.actions.settlements.statement_lines import Lines
from ingather.domain.ledger import JournalKind, LedgerAccount
from ingather.domain.settlements import TAKING, LineKind, Step
from ingather.rules.waterfall import Owed, Taken, spread, steps_of
from ingather.store.bulk import insert_columns
from ingather.store.tables import Posting, Settlement, SettlementLine, SettlementStep

_AT_ONCE = 5_000


@dataclass(slots=True)  # mutable -- what a statement moves is taken off
class Standing:
    """Where what was taken from a merchant stands: by line and step, in minor units, oldest line first."""

    by_line: dict[int, Counter[Step]] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)

    def lines_in(self, step: Step) -> list[int]:
        """Return the lines of which something stands at a step."""
        return [line_id for line_id, steps in self.by_line.items() if steps[step] > 0]

    def move(self, line_id: int, from_step: Step, to_step: Step, minor: int) -> None:
        """Move an amount of a line from one step to another."""
        if not minor:
            return
        for step, change in ((from_step, -minor), (to_step, minor)):
            self.by_line[line_id][step] += change
            self.taken.append(Taken(line_id=line_id, step=step, amount_minor=change))


def standing_of(ctx: Context, merchant_id: int) -> Standing:
    """Return where everything stands that was ever taken from a merchant."""
    rows = ctx.session.execute(
        select(SettlementStep.line_id, SettlementStep.step, func.sum(SettlementStep.amount_minor))
        .join(Settlement, Settlement.id == SettlementStep.settlement_id)
        .where(Settlement.merchant_id == merchant_id)
        .group_by(SettlementStep.line_id, SettlementStep.step)
        .order_by(SettlementStep.line_id),
    )
    found: defaultdict[int, Counter[Step]] = defaultdict(Counter)
    for line_id, step, minor in rows:
        found[line_id][Step(step)] = int(minor)
    return Standing(by_line=dict(found))


def note_losses(ctx: Context, row: Settlement, standing: Standing) -> None:
    """Move from invoice to loss what was written off since the last statement, the newest first: it was paid last."""
    lost = _lost(ctx, row) - sum(steps[Step.LOSS] for steps in standing.by_line.values())
    lines = standing.lines_in(Step.INVOICE)[::-1]
    for line_id, minor in zip(lines, _parts(standing, lines, Step.INVOICE, max(lost, 0)), strict=True):
        standing.move(line_id, Step.INVOICE, Step.LOSS, minor)


def take_back_invoices(ctx: Context, row: Settlement, standing: Standing, restored: Lines, *, receivable: int) -> int:
    """Undo invoices and losses of claw-backs that are restored by this statement; returns the sum in minor units.

    What is won back by a dishonour pays the invoice about it, as far as that is unpaid, and the loss, before it is the
    merchant's. ``receivable`` is what the merchant owes by invoice.
    """
    undone = 0
    losses = 0
    for line_id, minor in _clawed_lines(ctx, restored):
        steps = standing.by_line.get(line_id)
        if steps is None:
            continue
        lost = min(minor, steps[Step.LOSS])
        invoiced = min(minor - lost, steps[Step.INVOICE], receivable - undone + losses)
        standing.move(line_id, Step.LOSS, Step.AVAILABLE, lost)
        standing.move(line_id, Step.INVOICE, Step.AVAILABLE, invoiced)
        undone, losses = undone + lost + invoiced, losses + lost
    amounts = {(0, row.merchant_id): -losses}
    post(ctx, JournalKind.MERCHANT_LOSS, originator_id=row.originator_id, source_id=row.id, on=row.as_of,
         amounts=amounts)  # fmt: skip
    return undone


def take_steps(
    standing: Standing, row: Settlement, new: Mapping[int, int], *, short: int, by_hand: int, invoiced: bool,
    first: frozenset[int],
) -> None:  # fmt: skip
    """Take what a statement and those before it have to take: ``new`` amounts by line, and what was carried.

    ``short`` is what neither is available nor was invoiced by hand (``by_hand``); ``first`` are the lines whose
    claw-backs this statement restores: what came back for them is theirs before it is others'.
    """
    carried = standing.lines_in(Step.CARRIED)
    owed = [
        Owed(line_id=each, amount_minor=standing.by_line[each][Step.CARRIED], carried=True)
        for each in sorted(carried, key=lambda each: each not in first)
    ]
    before = max(-row.opening_minor - sum(each.amount_minor for each in owed), 0)
    owed += [Owed(line_id=line_id, amount_minor=minor) for line_id, minor in new.items()]
    standing.taken += steps_of(
        owed, short=short, reserve=row.covered_minor, invoiced=invoiced, by_hand=by_hand, before=before
    )


def new_takings(lines: Mapping[LineKind, Lines], ids: Mapping[LineKind, list[int]]) -> dict[int, int]:
    """Return what a statement takes, by the key of its line, in the order of its kinds."""
    return {
        line_id: minor for kind in TAKING for line_id, minor in zip(ids[kind], lines[kind].amount_minor, strict=True)
    }


def clawed_lines(ctx: Context, restored: Lines) -> frozenset[int]:
    """Return the lines of the claw-backs that restored lines undo."""
    return frozenset(line_id for line_id, _ in _clawed_lines(ctx, restored))


def insert_steps(ctx: Context, row: Settlement, standing: Standing) -> None:
    """Keep a statement's steps, naming the order, its return and the report's line as their line does."""
    sums: Counter[tuple[int, Step]] = Counter()
    for taken in standing.taken:
        sums[taken.line_id, taken.step] += taken.amount_minor
    kept = [(line_id, step, minor) for (line_id, step), minor in sums.items() if minor]
    if not kept:
        return
    about = _lines(ctx, sorted({line_id for line_id, _, _ in kept}))
    insert_columns(
        ctx.session,
        SettlementStep,
        {
            "id": ctx.ids.many(len(kept)).tolist(),
            "line_id": [line_id for line_id, _, _ in kept],
            "step": [str(step) for _, step, _ in kept],
            "amount_minor": [minor for _, _, minor in kept],
            **{
                name: [about[line_id][place] for line_id, _, _ in kept]
                for place, name in enumerate(("order_id", "return_id", "report_id", "report_line"), start=1)
            },
        },
        same={"settlement_id": row.id},
    )


def _lines(ctx: Context, line_ids: list[int]) -> dict[int, tuple[int | None, ...]]:
    found: dict[int, tuple[int | None, ...]] = {}
    for start in range(0, len(line_ids), _AT_ONCE):
        for each in ctx.session.execute(
            select(
                SettlementLine.id, SettlementLine.order_id, SettlementLine.return_id, SettlementLine.report_id,
                SettlementLine.report_line,
            ).where(SettlementLine.id.in_(line_ids[start : start + _AT_ONCE])),
        ):  # fmt: skip
            found[each.id] = tuple(each)
    return found


def _parts(standing: Standing, lines: list[int], step: Step, amount: int) -> list[int]:
    return spread(amount, [standing.by_line[each][step] for each in lines])


def _lost(ctx: Context, row: Settlement) -> int:
    """Return what the ledger says was ever lost with a merchant, less what was won back."""
    lost = ctx.session.execute(
        select(func.coalesce(func.sum(Posting.amount_minor), 0)).where(
            Posting.originator_id == row.originator_id,
            Posting.kind == JournalKind.MERCHANT_LOSS,
            Posting.account == LedgerAccount.MERCHANT_RECEIVABLE,
            Posting.merchant_id == row.merchant_id,
        )
    ).scalar_one()
    return -int(lost)


def _clawed_lines(ctx: Context, restored: Lines) -> list[tuple[int, int]]:
    """Return the line of the claw-back that each restored debit undoes, with its amount in minor units."""
    wanted = {
        (entry_id, turn): minor
        for entry_id, turn, minor, reason in zip(
            restored.entry_id, restored.turn, restored.amount_minor, restored.reason, strict=True
        )
        if reason is None and entry_id is not None
    }
    found: list[tuple[int, int]] = []
    entry_ids = sorted({entry_id for entry_id, _ in wanted})
    for start in range(0, len(entry_ids), _AT_ONCE):
        rows = ctx.session.execute(
            select(SettlementLine.id, SettlementLine.entry_id, SettlementLine.turn)
            .where(
                SettlementLine.entry_id.in_(entry_ids[start : start + _AT_ONCE]),
                SettlementLine.kind == LineKind.CLAWED_BACK,
            )
            .order_by(SettlementLine.id),
        )
        found += [(each.id, wanted[each.entry_id, each.turn]) for each in rows if (each.entry_id, each.turn) in wanted]
    return found
