"""What is wrong with a return that fits none of our entries: the entry it seems to be about and where it differs.

A return that names an order or a trace of ours and contradicts the entry has wrong data; one whose trace is of no bank
of ours was misrouted. Neither moves an order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, select

from ingather.actions.context import Context
from ingather.actions.intake import AnyRow
from ingather.base.ids import KEY_WIDTH, decode_key, encode_key
from ingather.domain.cases import CaseKind
from ingather.reports.items import Returns
from ingather.rules.banks import load_profile
from ingather.rules.dishonours import wrong_fields
from ingather.store.tables import Account, Authorization, BankProfileRow, Batch, Entry, File, Order, Route
from ingather.store.tables.files import STANDING_DEBIT

_TRACE_DAYS = 75
_AT_ONCE = 2_000
_SEQUENCE = 10**7


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a return that fits nothing seems to be.

    ``entry_id``, ``order_id`` and ``batch_id`` are of the entry that it contradicts, ``None`` where there is none;
    ``order_state`` where its order stands, and ``differs`` the codes of the fields that differ.
    """

    kind: CaseKind
    entry_id: int | None = None
    order_id: int | None = None
    batch_id: int | None = None
    order_state: str = ""
    differs: tuple[str, ...] = ()


_UNKNOWN = Finding(kind=CaseKind.UNMATCHED_RETURN)
_MISROUTED = Finding(kind=CaseKind.MISROUTED_RETURN)


def findings(
    ctx: Context, originator_id: int, items: Returns, chosen: Sequence[int], *, told_on: date
) -> dict[int, Finding]:
    """Return what is wrong with each of the chosen returns, by its index; none of them fits an entry of ours."""
    if not chosen:
        return {}
    keys = {index: _order_key(items.identification[index]) for index in chosen}
    by_order = _by_order(ctx, originator_id, sorted({key for key in keys.values() if key is not None}))
    by_trace = _by_trace(ctx, originator_id, sorted({items.original_trace[index] for index in chosen}))
    ours = _prefixes(ctx, originator_id)
    found = {}
    for index in chosen:
        trace = items.original_trace[index]
        row = _seeming(by_order.get(keys[index] or 0, []), by_trace.get(trace, []), trace, items.amount_cents[index])
        if row is not None:
            differs = wrong_fields(_differing(items, index, row), items.return_settled_on[index] or told_on)
            found[index] = _wrong(row, differs) if differs else _UNKNOWN
        else:
            found[index] = _MISROUTED if trace and trace // _SEQUENCE not in ours else _UNKNOWN
    return found


def _wrong(row: AnyRow, differs: tuple[str, ...]) -> Finding:
    return Finding(
        kind=CaseKind.WRONG_DATA_RETURN,
        entry_id=row.id,
        order_id=row.order_id,
        batch_id=row.batch_id,
        order_state=row.state,
        differs=differs,
    )


def _seeming(named: list[AnyRow], traced: list[AnyRow], trace: int, amount: int) -> AnyRow | None:
    """Return the one entry that a return seems to be about, ``None`` where none or more than one does."""
    for fitting in (
        [row for row in named if row.trace == trace],
        [row for row in named if row.amount_cents == amount],
        named,
        traced,
    ):
        if fitting:
            return fitting[0] if len(fitting) == 1 else None
    return None


def _differing(items: Returns, index: int, row: AnyRow) -> Iterator[str]:
    """Yield the fields in which a return contradicts an entry; what the carrier leaves out contradicts nothing."""
    told: tuple[tuple[str, object, object], ...] = (
        ("account_number", items.account_last4[index].strip(), row.last4),
        ("original_trace", items.original_trace[index], row.trace),
        ("amount", items.amount_cents[index], row.amount_cents),
        ("identification", items.identification[index].strip(), encode_key(row.order_id)),
        ("company_identification", items.company_identification[index].strip(), row.company_identification),
        ("effective_date", items.original_effective_on[index], row.effective_on),
    )
    yield from (name for name, said, meant in told if said and said != meant)


def _prefixes(ctx: Context, originator_id: int) -> frozenset[int]:
    """Return the first eight digits of the routing numbers of our ODFIs, with which our traces begin."""
    texts = ctx.session.scalars(
        select(BankProfileRow.toml)
        .join(Route, Route.bank_profile_id == BankProfileRow.id)
        .where(Route.originator_id == originator_id)
        .distinct(),
    )
    return frozenset(int(load_profile(text).odfi_routing[:8]) for text in texts)


def _by_order(ctx: Context, originator_id: int, order_ids: list[int]) -> dict[int, list[AnyRow]]:
    found: dict[int, list[AnyRow]] = {}
    for start in range(0, len(order_ids), _AT_ONCE):
        part = order_ids[start : start + _AT_ONCE]
        statement = _debits().where(Entry.order_id.in_(part), Entry.originator_id == originator_id)
        for row in ctx.session.execute(statement):
            found.setdefault(row.order_id, []).append(row)
    return found


def _by_trace(ctx: Context, originator_id: int, traces: list[int]) -> dict[int, list[AnyRow]]:
    found: dict[int, list[AnyRow]] = {}
    since = ctx.today - timedelta(days=_TRACE_DAYS)
    recent = select(File.id).where(File.originator_id == originator_id, File.effective_on >= since)
    for start in range(0, len(traces), _AT_ONCE):
        part = [trace for trace in traces[start : start + _AT_ONCE] if trace]
        for row in ctx.session.execute(_debits().where(Entry.file_id.in_(recent), Entry.trace.in_(part))):
            found.setdefault(row.trace, []).append(row)
    return found


def _debits() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Entry.id, Entry.order_id, Entry.batch_id, Entry.trace, Entry.amount_cents, Batch.company_identification,
            Batch.effective_on, Account.last4, Order.state,
        )
        .join(Batch, Batch.id == Entry.batch_id)
        .join(Order, Order.id == Entry.order_id)
        .join(Authorization, Authorization.id == Order.authorization_id)
        .join(Account, Account.id == Authorization.account_id)
        .where(STANDING_DEBIT)
    )  # fmt: skip


def _order_key(reference: str) -> int | None:
    text = reference.strip()
    if len(text) != KEY_WIDTH:
        return None
    try:
        return decode_key(text)
    except ValueError:
        return None
