"""Applying returns: each once, to the entry it is about, whatever order the bank tells of things in.

What fits no entry, or comes a second time, moves no order: it becomes a case with the money in suspense.
"""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select, update

from ingather.actions.accounts import block_accounts
from ingather.actions.authorizations import end_authorizations
from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.actions.files.sending import prove_delivery
from ingather.actions.ledger import post
from ingather.actions.matching import Match, Wanted, match_entries
from ingather.actions.merchants import suspend_buyers
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind
from ingather.domain.entries import EntryEnd
from ingather.domain.facts import FactKind, Scope
from ingather.domain.ledger import JournalKind
from ingather.domain.orders import OrderState
from ingather.reports.items import Returns
from ingather.rules.banks import BankProfile
from ingather.rules.calendar import hold_until
from ingather.rules.returns import Block, Decision, decide_return, is_late
from ingather.store.tables import Authorization, Batch, Entry, Order, Return

_AT_ONCE = 2_000


@dataclass(slots=True)  # mutable -- counted while the items are applied
class Applied:
    """What became of a report's items."""

    applied: int = 0
    known: int = 0
    unmatched: int = 0
    codes: Counter[str] = field(default_factory=Counter)


def item_keys(columns: list[list[object]]) -> list[bytes]:
    """Return what identifies each item, whichever carrier tells of it; equal rows of one report are told apart."""
    seen: Counter[str] = Counter()
    keys = []
    for row in zip(*columns, strict=True):
        text = json.dumps(row)
        seen[text] += 1
        keys.append(hashlib.sha256(f"{text}|{seen[text]}".encode()).digest())
    return keys


def apply_returns(
    ctx: Context, originator_id: int, report_id: int, items: Returns, *, profile: BankProfile, told_on: date
) -> Applied:
    """Apply the returns of one report; ``told_on`` stands for the settlement date where the report has none."""
    outcome = Applied()
    keys = item_keys(
        [list(column) for column in (items.klass, items.reason, items.original_trace, items.return_trace,
                                     items.amount_cents, [text.strip() for text in items.identification])],
    )  # fmt: skip
    known = _known(ctx, originator_id, keys)
    matches = match_entries(
        ctx,
        originator_id,
        Wanted(
            reference=items.identification,
            trace=items.original_trace,
            amount_cents=items.amount_cents,
            company_identification=items.company_identification,
        ),
    )
    prove_delivery(
        ctx, [match.file_id for match in matches if match is not None], by="the bank returned an entry of it"
    )
    taken: dict[int, Return] = {}
    suspense = 0
    rows: list[tuple[Return, Match]] = []
    for index, (key, match) in enumerate(zip(keys, matches, strict=True)):
        if key in known:
            outcome.known += 1
            continue
        row = _row(ctx, originator_id, report_id, items, index, key, match)
        ctx.session.add(row)
        if match is None or match.ended is not None or match.entry_id in taken:
            _to_a_person(ctx, row, match)
            outcome.unmatched += 1
            suspense += row.amount_cents
            continue
        row.applied, taken[match.entry_id] = True, row
        rows.append((row, match))
        outcome.applied += 1
        outcome.codes[row.code] += 1
    ctx.session.flush()
    _apply(ctx, originator_id, report_id, rows, profile=profile, told_on=told_on)
    if suspense:
        post(
            ctx, JournalKind.UNMATCHED_RETURN, originator_id=originator_id, source_id=report_id, on=told_on,
            amounts={(0, 0): suspense},
        )  # fmt: skip
    return outcome


def _known(ctx: Context, originator_id: int, keys: list[bytes]) -> set[bytes]:
    found: set[bytes] = set()
    for start in range(0, len(keys), _AT_ONCE):
        found.update(
            ctx.session.scalars(
                select(Return.item_key).where(
                    Return.originator_id == originator_id,
                    Return.item_key.in_(keys[start : start + _AT_ONCE]),
                ),
            ),
        )
    return found


def _row(
    ctx: Context, originator_id: int, report_id: int, items: Returns, index: int, key: bytes, match: Match | None
) -> Return:
    return Return(
        id=ctx.ids.one(),
        originator_id=originator_id,
        report_id=report_id,
        item_key=key,
        line=items.line[index],
        entry_id=match.entry_id if match else None,
        order_id=match.order_id if match else None,
        batch_id=match.batch_id if match else None,
        code=items.reason[index],
        original_trace=items.original_trace[index],
        return_trace=items.return_trace[index],
        amount_cents=items.amount_cents[index],
        returned_on=items.return_settled_on[index],
        late=False,
        applied=False,
        clawed_back=False,
        matched_by=match.rule if match else None,
        information=items.information[index][:44],
        received_at=ctx.now,
    )


def _to_a_person(ctx: Context, row: Return, match: Match | None) -> None:
    name = public_id(Prefix.RETURN, row.id)
    amount = format_minor(row.amount_cents)
    if match is None:
        kind = CaseKind.UNMATCHED_RETURN
        sentence = f"A return {row.code} over {amount} USD, trace {row.original_trace:015d}, fits none of our entries."
    else:
        kind = CaseKind.DUPLICATE_RETURN
        sentence = (
            f"A return {row.code} over {amount} USD came for an entry that was returned before. The order stays as "
            "it is; ask the ODFI to dishonor the second return."
        )
    open_case(
        ctx,
        kind,
        originator_id=row.originator_id,
        once=row.item_key.hex(),
        subject=name,
        sentence=sentence,
        order_id=match.order_id if match else None,
        entry_id=match.entry_id if match else None,
        suspense_minor=row.amount_cents,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Returned:
    """An order with its returned entry, as they stand before the return is applied."""

    row: Return
    match: Match
    state: str
    first_settled_on: date
    hold_until: date
    returned_on: date
    account_id: int
    authorization_id: int
    buyer_id: int


def _apply(
    ctx: Context,
    originator_id: int,
    report_id: int,
    rows: list[tuple[Return, Match]],
    *,
    profile: BankProfile,
    told_on: date,
) -> None:
    amounts: dict[JournalKind, Counter[tuple[int, int]]] = {
        JournalKind.RETURNED: Counter(),
        JournalKind.CLAWED_BACK: Counter(),
    }
    blocked: dict[int, str] = {}
    ended: dict[int, str] = {}
    suspended: set[int] = set()
    for item in _with_orders(ctx, rows, profile=profile, told_on=told_on):
        row, match = item.row, item.match
        row.late = is_late(item.returned_on, item.hold_until)
        decision = decide_return(
            row.code,
            returned_on=item.returned_on,
            presentations=match.presentation,
            first_settled_on=item.first_settled_on,
            policy=profile.retry,
            information=row.information,
        )
        _move_order(ctx, item, decision)
        row.clawed_back = item.state == OrderState.COLLECTED
        kind = JournalKind.CLAWED_BACK if row.clawed_back else JournalKind.RETURNED
        amounts[kind][match.batch_id, match.merchant_id] += match.amount_cents
        if Block.ACCOUNT in decision.blocks or Block.HOLDER_CLASS in decision.blocks:
            blocked[item.account_id] = row.code
        if Block.AUTHORIZATION in decision.blocks:
            ended[item.authorization_id] = row.code
        if Block.BUYER in decision.blocks:
            suspended.add(item.buyer_id)
    ctx.session.flush()
    for kind, by_batch in amounts.items():
        post(ctx, kind, originator_id=originator_id, source_id=report_id, on=told_on, amounts=by_batch)
    if blocked:
        block_accounts(ctx, originator_id, list(blocked), because=list(blocked.values()))
    if suspended:
        suspend_buyers(ctx, sorted(suspended))
    for code in sorted(set(ended.values())):
        end_authorizations(ctx, originator_id, [key for key, value in ended.items() if value == code], because=code)


def _with_orders(
    ctx: Context, rows: list[tuple[Return, Match]], *, profile: BankProfile, told_on: date
) -> list[_Returned]:
    found = {}
    order_ids = [match.order_id for _, match in rows]
    for start in range(0, len(order_ids), _AT_ONCE):
        statement = (
            select(
                Order.id,
                Order.state,
                Order.first_settled_on,
                Order.authorization_id,
                Order.buyer_id,
                Authorization.account_id,
            )
            .join(Authorization, Authorization.id == Order.authorization_id)
            .where(Order.id.in_(order_ids[start : start + _AT_ONCE]))
        )
        found.update({row.id: row for row in ctx.session.execute(statement)})
    batch_ids = sorted({match.batch_id for _, match in rows})
    batches = {}
    for start in range(0, len(batch_ids), _AT_ONCE):
        chosen = select(Batch.id, Batch.effective_on, Batch.settled_on, Batch.hold_until).where(
            Batch.id.in_(batch_ids[start : start + _AT_ONCE]),
        )
        batches.update({row.id: row for row in ctx.session.execute(chosen)})
    items = []
    for row, match in rows:
        order, batch = found[match.order_id], batches[match.batch_id]
        settled_on = batch.settled_on or batch.effective_on
        items.append(
            _Returned(
                row=row,
                match=match,
                state=order.state,
                first_settled_on=order.first_settled_on or settled_on,
                hold_until=batch.hold_until or hold_until(settled_on, buffer_days=profile.hold_buffer_days),
                returned_on=row.returned_on or told_on,
                account_id=order.account_id,
                authorization_id=order.authorization_id,
                buyer_id=order.buyer_id,
            ),
        )
    return items


def _move_order(ctx: Context, item: _Returned, decision: Decision) -> None:
    row, match = item.row, item.match
    ctx.session.execute(
        update(Entry)
        .where(Entry.id == match.entry_id)
        .values(ended=EntryEnd.RETURNED)
        .execution_options(synchronize_session=False),
    )
    failed = decision.known and not decision.retry
    ctx.session.execute(
        update(Order)
        .where(Order.id == match.order_id)
        .values(
            state=OrderState.FAILED if failed else OrderState.RETURNED,
            collect_on=decision.retry_on,
            first_settled_on=item.first_settled_on,
            last_code=row.code,
            reason=f"returned-{row.code}" if failed else None,
            late=row.late,
            version=Order.version + 1,
        )
        .execution_options(synchronize_session=False),
    )
    _note_return(ctx, item, decision, failed=failed)


def _note_return(ctx: Context, item: _Returned, decision: Decision, *, failed: bool) -> None:
    """Add the facts of a return: the entry came back, and its order is given up, planned again, or for a person."""
    row, match = item.row, item.match
    ctx.fact(
        FactKind.RETURNED,
        scope=Scope.ENTRY,
        subject=match.entry_id,
        originator=row.originator_id,
        on=item.returned_on,
        code=row.code,
        order=match.order_id,
        late=row.late,
    )
    if failed:
        ctx.fact(
            FactKind.GIVEN_UP,
            scope=Scope.ORDER,
            subject=match.order_id,
            originator=row.originator_id,
            on=item.returned_on,
            once=str(match.presentation),
            code=row.code,
            because=str(decision.no_retry),
        )
    elif decision.retry_on:
        ctx.fact(
            FactKind.RETRY_PLANNED,
            scope=Scope.ORDER,
            subject=match.order_id,
            originator=row.originator_id,
            on=decision.retry_on,
            once=str(match.presentation),
        )
    else:
        open_case(
            ctx,
            CaseKind.UNKNOWN_RETURN_CODE,
            originator_id=row.originator_id,
            once=row.item_key.hex(),
            subject=public_id(Prefix.ORDER, match.order_id),
            sentence=f"The debit came back with {row.code}, a code that is not known. Ask the ODFI what it means, then "
            f"end the order: ingather order fail {public_id(Prefix.ORDER, match.order_id)}",
            order_id=match.order_id,
            entry_id=match.entry_id,
        )
