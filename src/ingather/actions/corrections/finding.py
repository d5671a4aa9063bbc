"""Finding the account that a notification of change is about, by the entry that it answers.

That is a debit, an entry of ours that checks an account, or what followed a debit: a reversal, a refund, a return fee.
All of an order's entries go to one account.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from ingather.actions.context import Context
from ingather.actions.matching import CheckMatch, Wanted, match_checks, match_entries
from ingather.base.ids import KEY_WIDTH, decode_key
from ingather.domain.authorizations import AuthorizationKind
from ingather.domain.entries import EntryEnd, EntryKind
from ingather.store.tables import Authorization, Batch, Entry, File, Order

FOLLOWING = (EntryKind.REVERSAL, EntryKind.REFUND, EntryKind.RETURN_FEE)
_TRACE_DAYS = 75
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The entry that a notification answers and its account.

    ``single`` says that the entry rests on an authorization for one debit, ``answers_check`` that it checked the
    account.
    """

    entry_id: int
    account_id: int
    single: bool
    answers_check: bool


def find_targets(ctx: Context, originator_id: int, wanted: Wanted) -> list[Target | None]:
    """Return what each notification is about, None where none of our entries fits, or more than one."""
    debits = match_entries(ctx, originator_id, wanted)
    checks = match_checks(ctx, originator_id, wanted)
    rest = [debit is None and check is None for debit, check in zip(debits, checks, strict=True)]
    following = _match_following(ctx, originator_id, wanted, rest)
    of_order = [
        (debit.entry_id, debit.order_id) if debit else follow
        for debit, follow in zip(debits, following, strict=True)
    ]  # fmt: skip
    accounts = _accounts_of(ctx, sorted({found[1] for found in of_order if found}))
    return [
        _of_check(check) if check and not debit else _of_order(found[0], accounts[found[1]]) if found else None
        for debit, check, found in zip(debits, checks, of_order, strict=True)
    ]


def _of_check(check: CheckMatch) -> Target:
    return Target(entry_id=check.entry_id, account_id=check.account_id, single=False, answers_check=True)


def _of_order(entry_id: int, account: tuple[int, str]) -> Target:
    account_id, kind = account
    return Target(
        entry_id=entry_id, account_id=account_id, single=kind == AuthorizationKind.SINGLE, answers_check=False
    )


def _accounts_of(ctx: Context, order_ids: list[int]) -> dict[int, tuple[int, str]]:
    """Return the account of each order and the kind of its authorization."""
    found: dict[int, tuple[int, str]] = {}
    for start in range(0, len(order_ids), _AT_ONCE):
        rows = ctx.session.execute(
            select(Order.id, Authorization.account_id, Authorization.kind)
            .join(Authorization, Authorization.id == Order.authorization_id)
            .where(Order.id.in_(order_ids[start : start + _AT_ONCE])),
        )
        found.update({row.id: (row.account_id, row.kind) for row in rows})
    return found


def _match_following(
    ctx: Context, originator_id: int, wanted: Wanted, open_to: Sequence[bool]
) -> list[tuple[int, int] | None]:
    """Return entry and order of each item that answers what followed a debit; reference and trace must both fit.

    Without a reference, trace and company identification must point at one entry of the last 75 days.
    """
    keys = [_key(reference) if chosen else None for reference, chosen in zip(wanted.reference, open_to, strict=True)]
    blank = [chosen and not text.strip() for text, chosen in zip(wanted.reference, open_to, strict=True)]
    by_order = _following(ctx, Entry.order_id, sorted({key for key in keys if key is not None}))
    traces = sorted({trace for trace, wants in zip(wanted.trace, blank, strict=True) if wants})
    since = ctx.today - timedelta(days=_TRACE_DAYS)
    recent = select(File.id).where(File.originator_id == originator_id, File.effective_on >= since)
    by_trace = _following(ctx, Entry.trace, traces, Entry.file_id.in_(recent)) if traces else []
    found: list[tuple[int, int] | None] = []
    for index, key in enumerate(keys):
        rows = [row for row in by_order if row[1] == key] if key is not None else by_trace if blank[index] else []
        fitting = [
            (entry_id, order_id)
            for entry_id, order_id, trace, company in rows
            if trace == wanted.trace[index] and (key is not None or company == wanted.company_identification[index])
        ]
        found.append(fitting[0] if len(fitting) == 1 else None)
    return found


def _following(
    ctx: Context,
    column: InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
    values: list[int],
    *where: ColumnElement[bool],
) -> list[tuple[int, int, int, str]]:
    """Return entry, order, trace and company identification of what followed debits, by a column's values."""
    found: list[tuple[int, int, int, str]] = []
    for start in range(0, len(values), _AT_ONCE):
        rows = ctx.session.execute(
            select(Entry.id, Entry.order_id, Entry.trace, Batch.company_identification)
            .join(Batch, Batch.id == Entry.batch_id)
            .where(
                column.in_(values[start : start + _AT_ONCE]),
                Entry.kind.in_(FOLLOWING),
                Entry.order_id.is_not(None),
                Entry.ended.is_(None) | (Entry.ended == EntryEnd.RETURNED),
                *where,
            ),
        )
        found += [(row[0], row[1] or 0, row[2], row[3]) for row in rows]
    return found


def _key(reference: str) -> int | None:
    text = reference.strip()
    if len(text) != KEY_WIDTH:
        return None
    try:
        return decode_key(text)
    except ValueError:
        return None
