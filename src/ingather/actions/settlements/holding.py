"""Holding: money that is collected and not payable yet, by the policy's days after collection."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select

from ingather.actions.context import Context
from ingather.actions.settlements.reserves import own_terms
from ingather.actions.settlements.statement_lines import Lines
from ingather.domain.follow_ups import FollowUpKind
from ingather.domain.ledger import JournalKind, LedgerAccount
from ingather.domain.settlements import LineKind
from ingather.rules.policy_settlement import SettlementTerms
from ingather.rules.release import payable_on, release_terms
from ingather.store.tables import Entry, FollowUp, Merchant, Posting, Reserve, Settlement, SettlementLine


class Held(NamedTuple):
    """Money of one entry that is not payable yet: told on a day, in minor units."""

    entry_id: int
    order_id: int
    batch_id: int
    told_on: date
    amount_minor: int


_BRINGS = (LineKind.COLLECTED, LineKind.RESTORED, LineKind.FEE)
_AT_ONCE = 5_000


def note_payable(
    ctx: Context, row: Settlement, merchant: Merchant, lines: Mapping[LineKind, Lines], policy: SettlementTerms
) -> None:
    """Write beside each new line that brings money from when it is payable, where that is later than at once.

    Money is collected on the day of the watermark that released its batch; on the last of them, where parts of a batch
    were released on different days.
    """
    own = own_terms(merchant)
    classes = {name for kind in _BRINGS for name in lines[kind].entry_class if name}
    terms = {name: release_terms(policy, own, name) for name in sorted(classes)}
    later = {name for name, each in terms.items() if each.hold_days}
    batches = sorted(
        {
            batch_id
            for kind in _BRINGS
            for batch_id, name in zip(lines[kind].batch_id, lines[kind].entry_class, strict=True)
            if batch_id is not None and name in later
        }
    )
    days = _collected_days(ctx, row.originator_id, batches)
    for kind in _BRINGS:
        told = lines[kind]
        for index, (batch_id, name) in enumerate(zip(told.batch_id, told.entry_class, strict=True)):
            if batch_id is not None and batch_id in days:
                told.payable_on[index] = payable_on(terms[name], days[batch_id])


def held_before(ctx: Context, originator_id: int, *, as_of: date) -> dict[int, list[Held]]:
    """Return by merchant the money of its earlier statements that is not payable on a day yet and stands.

    An entry's last line is at the end.
    """
    rows = ctx.session.execute(
        select(
            Settlement.merchant_id, Entry.id, SettlementLine.order_id, Entry.batch_id, Settlement.as_of,
            SettlementLine.amount_minor,
        )
        .join(SettlementLine, SettlementLine.entry_id == Entry.id)
        .join(Settlement, Settlement.id == SettlementLine.settlement_id)
        .where(
            SettlementLine.payable_on > as_of,
            SettlementLine.kind.in_(_BRINGS),
            Settlement.originator_id == originator_id,
            Entry.ended.is_(None),
        )
        .order_by(SettlementLine.id),
    )  # fmt: skip
    found: defaultdict[int, list[Held]] = defaultdict(list)
    for merchant_id, *columns in rows:
        found[merchant_id].append(Held._make(columns))
    return dict(found)


def held_minor(ctx: Context, row: Settlement, lines: Mapping[LineKind, Lines], *, before: Sequence[Held]) -> int:
    """Return what is collected and not payable on a statement's day, in minor units, its new lines included.

    ``before`` is what earlier statements told of. The lines are kept already, the statement itself is not. What of it
    was given back, came back, or is kept in reserve, is not held besides.
    """
    by_entry = {line.entry_id: line for line in before}
    by_entry |= _told_now(row, lines)
    held: Counter[tuple[int, int, date]] = Counter()
    for each in by_entry.values():
        held[each.batch_id, each.order_id, each.told_on] += each.amount_minor
    if not held:
        return 0
    given = _given_back(ctx, {order_id for _, order_id, _ in held})
    by_batch: Counter[tuple[int, date]] = Counter()
    for (batch_id, order_id, told_on), minor in held.items():
        less = min(minor, max(given[order_id], 0))
        given[order_id] -= less
        by_batch[batch_id, told_on] += minor - less
    kept = {
        (batch_id, held_on): amount - used
        for batch_id, held_on, amount, used in ctx.session.execute(
            select(Reserve.batch_id, Reserve.held_on, Reserve.amount_minor, Reserve.used_minor).where(
                Reserve.originator_id == row.originator_id,
                Reserve.merchant_id == row.merchant_id,
                Reserve.released_on.is_(None),
            )
        )
    }
    return sum(max(minor - kept.get(key, 0), 0) for key, minor in by_batch.items())


def _collected_days(ctx: Context, originator_id: int, batches: list[int]) -> dict[int, date]:
    found: dict[int, date] = {}
    for start in range(0, len(batches), _AT_ONCE):
        rows = ctx.session.execute(
            select(Posting.batch_id, func.max(Posting.on_date))
            .where(
                Posting.originator_id == originator_id,
                Posting.kind == JournalKind.COLLECTED,
                Posting.account == LedgerAccount.PAYABLE_AVAILABLE,
                Posting.batch_id.in_(batches[start : start + _AT_ONCE]),
            )
            .group_by(Posting.batch_id),
        )
        found.update((batch_id, day) for batch_id, day in rows)
    return found


def _told_now(row: Settlement, lines: Mapping[LineKind, Lines]) -> dict[int, Held]:
    """Return by entry the statement's own lines whose money is not payable yet and stands."""
    gone, back = (_last_turns(lines[kind]) for kind in (LineKind.CLAWED_BACK, LineKind.RESTORED))
    found: dict[int, Held] = {}
    for kind in _BRINGS:
        told = lines[kind]
        columns = zip(told.payable_on, told.batch_id, told.order_id, told.entry_id, told.amount_minor, strict=True)
        for day, batch_id, order_id, entry_id, minor in columns:
            if day is None or day <= row.as_of or batch_id is None or entry_id is None:
                continue
            if gone.get(entry_id, 0) <= back.get(entry_id, 0):
                found[entry_id] = Held(entry_id, order_id, batch_id, row.as_of, minor)
    return found


def _last_turns(lines: Lines) -> dict[int, int]:
    return {key: turn for key, turn in zip(lines.entry_id, lines.turn, strict=True) if key is not None}


def _given_back(ctx: Context, order_ids: set[int]) -> Counter[int]:
    """Return what was given back of orders by all lines that are kept, less what came back of that."""
    given: Counter[int] = Counter()
    ids = sorted(order_ids)
    for start in range(0, len(ids), _AT_ONCE):
        rows = ctx.session.execute(
            select(FollowUp.order_id, SettlementLine.kind, func.sum(SettlementLine.amount_minor))
            .join(SettlementLine, SettlementLine.entry_id == FollowUp.entry_id)
            .where(
                FollowUp.order_id.in_(ids[start : start + _AT_ONCE]),
                SettlementLine.kind.in_([LineKind.GIVEN_BACK, LineKind.RESTORED]),
                FollowUp.kind != FollowUpKind.RETURN_FEE,
            )
            .group_by(FollowUp.order_id, SettlementLine.kind),
        )
        for order_id, kind, minor in rows:
            given[order_id] += int(minor) if kind == LineKind.GIVEN_BACK else -int(minor)
    return given
