"""What a decided return changes: its entry and order, the ledger, what it stops, and what a person must look at.

Entries, orders and facts move in sets: few distinct outcomes stand in many returns.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache

from sqlalchemy import update

from ingather.actions.authorizations.states import judge_again
from ingather.actions.authorizations.stopping import end_authorizations, suspend_authorizations
from ingather.actions.blocking import block_accounts
from ingather.actions.context import Context
from ingather.actions.follow_ups.ending import withdraw_moot
from ingather.actions.follow_ups.fees import want_fees
from ingather.actions.holders import correct_holders
from ingather.actions.ledger import post
from ingather.actions.merchants import suspend_buyers
from ingather.actions.returns.cases import open_cases
from ingather.actions.returns.coming_back import came_back_before, staying_ended
from ingather.actions.returns.deciding import ReturnedOrder
from ingather.actions.returns.keeping import NewReturn, insert_returns
from ingather.actions.returns.requests import answer_requests
from ingather.actions.rules import keep_rules
from ingather.domain.entries import EntryEnd
from ingather.domain.facts import FactKind, Scope
from ingather.domain.ledger import JournalKind
from ingather.domain.orders import OrderState
from ingather.rules.retries import NoRetry
from ingather.rules.returns import Block, Decision, Until, is_late
from ingather.store import events
from ingather.store.among import AT_ONCE, among
from ingather.store.tables import Entry, Order

_ORDER = "@order@"

Decided = Sequence[tuple[ReturnedOrder, Decision]]


def apply_decisions(
    ctx: Context,
    originator_id: int,
    report_id: int,
    decided: Decided,
    *,
    on: date,
    lead_days: int,
    corrects: frozenset[int] = frozenset(),
) -> None:
    """Apply what was decided about the returns of one report, which is booked ``on`` its day.

    ``lead_days`` is how many banking days before its last day the ODFI wants a request. ``corrects`` are the returns,
    by key, that take the place of one that is applied already: their entry came back once, and so did its money.
    """
    if not decided:
        return
    earlier = came_back_before(ctx, [item.match.order_id for item, _ in decided])
    decided = staying_ended(ctx, decided, earlier)
    _keep_decisions(ctx, decided)
    _move_orders(ctx, decided)
    _note_facts(ctx, originator_id, decided, earlier=earlier, corrects=corrects)
    _book(ctx, originator_id, report_id, [one for one in decided if one[0].row.id not in corrects], on=on)
    _stop(ctx, originator_id, decided)
    _correct(ctx, originator_id, decided)
    withdraw_moot(ctx, [item.match.entry_id for item, _ in decided], "returned")
    want_fees(ctx, originator_id, decided)
    open_cases(ctx, decided, answered=answer_requests(ctx, decided), lead_days=lead_days)


def _keep_decisions(ctx: Context, decided: Decided) -> None:
    """Write beside each return what was decided about it, and the set of rule rows that this rests on.

    Returns that are not in the book yet are now.
    """
    sets = {rows: keep_rules(ctx, rows) for rows in dict.fromkeys(decision.rows for _, decision in decided) if rows}
    for item, decision in decided:
        row = item.row
        row.late = is_late(item.returned_on, item.hold_until)
        row.clawed_back = item.state == OrderState.COLLECTED
        row.rule_set_id = sets.get(decision.rows)
        row.timeliness, row.deadline_on = decision.timeliness, decision.deadline_on
        row.next_step = decision.next_step
    ctx.session.flush()
    insert_returns(ctx, [item.row for item, _ in decided if isinstance(item.row, NewReturn)])


def _move_orders(ctx: Context, decided: Decided) -> None:
    entry_ids = [item.match.entry_id for item, _ in decided]
    for start in range(0, len(entry_ids), AT_ONCE):
        ctx.session.execute(
            update(Entry)
            .where(among(ctx.session, Entry.id, entry_ids[start : start + AT_ONCE]))
            .values(ended=EntryEnd.RETURNED)
            .execution_options(synchronize_session=False),
        )
    alike: dict[tuple[date, str, bool, date | None, bool], list[int]] = {}
    for item, decision in decided:
        key = (item.first_settled_on, item.row.code, item.row.late, decision.retry_on, decision.ends)
        alike.setdefault(key, []).append(item.match.order_id)
    for (first_settled_on, code, late, retry_on, ends), order_ids in alike.items():
        for start in range(0, len(order_ids), AT_ONCE):
            ctx.session.execute(
                update(Order)
                .where(among(ctx.session, Order.id, order_ids[start : start + AT_ONCE]))
                .values(
                    state=OrderState.FAILED if ends else OrderState.RETURNED,
                    collect_on=retry_on,
                    first_settled_on=first_settled_on,
                    last_code=code,
                    reason=None if retry_on else f"returned-{code}",
                    late=late,
                    version=Order.version + 1,
                )
                .execution_options(synchronize_session=False),
            )


def _note_facts(
    ctx: Context, originator_id: int, decided: Decided, *, earlier: frozenset[int], corrects: frozenset[int]
) -> None:
    """Add the facts of the returns: the entries came back, and orders are given up or planned again.

    An entry that came back before, in a return that is undone or replaced, has its facts told apart by the return.
    """
    back = [one for one in decided if one[0].row.id not in corrects]

    def once(item: ReturnedOrder) -> str:
        told_apart = f"|{item.row.id}" if item.match.entry_id in earlier else ""
        return f"{item.match.presentation}{told_apart}"

    ended = [(item, decision) for item, decision in decided if decision.ends]
    again = [(item, decision.retry_on) for item, decision in decided if decision.retry_on is not None]
    events.add_many(
        ctx.session,
        FactKind.RETURNED,
        scope=Scope.ENTRY,
        subjects=[item.match.entry_id for item, _ in back],
        originator=originator_id,
        on=[item.returned_on for item, _ in back],
        at=ctx.now,
        actor=ctx.actor,
        once=[str(item.row.id) if item.match.entry_id in earlier else "" for item, _ in back],
        detail=[text.replace(_ORDER, str(item.match.order_id)) for item, text in zip(
            (item for item, _ in back), _details(back), strict=True
        )],
    )  # fmt: skip
    events.add_many(
        ctx.session,
        FactKind.GIVEN_UP,
        scope=Scope.ORDER,
        subjects=[item.match.order_id for item, _ in ended],
        originator=originator_id,
        on=[item.returned_on for item, _ in ended],
        at=ctx.now,
        actor=ctx.actor,
        once=[once(item) for item, _ in ended],
        detail=[_given_up(item.row.code, decision.no_retry) for item, decision in ended],
    )
    events.add_many(
        ctx.session,
        FactKind.RETRY_PLANNED,
        scope=Scope.ORDER,
        subjects=[item.match.order_id for item, _ in again],
        originator=originator_id,
        on=[day for _, day in again],
        at=ctx.now,
        actor=ctx.actor,
        once=[once(item) for item, _ in again],
        detail=["{}"] * len(again),
    )


def _details(back: Decided) -> Iterator[str]:
    """Yield what the facts of returns say, as JSON text with a mark in place of the order: few texts for many facts."""
    return (_returned(item.row.code, bool(item.row.late), str(decision.timeliness)) for item, decision in back)


@lru_cache(maxsize=1024)
def _returned(code: str, late: bool, timeliness: str) -> str:  # noqa: FBT001 -- a key of the cache
    detail = {"code": code, "order": _ORDER, "late": late, "timeliness": timeliness}
    return json.dumps(detail).replace(f'"{_ORDER}"', _ORDER)


@lru_cache(maxsize=1024)
def _given_up(code: str, because: NoRetry | None) -> str:
    return json.dumps({"code": code, "because": str(because)})


def _book(ctx: Context, originator_id: int, report_id: int, decided: Decided, *, on: date) -> None:
    amounts: dict[JournalKind, Counter[tuple[int, int]]] = {
        JournalKind.RETURNED: Counter(),
        JournalKind.CLAWED_BACK: Counter(),
    }
    for item, _ in decided:
        kind = JournalKind.CLAWED_BACK if item.row.clawed_back else JournalKind.RETURNED
        amounts[kind][item.match.batch_id, item.match.merchant_id] += item.match.amount_cents
    for kind, by_batch in amounts.items():
        post(ctx, kind, originator_id=originator_id, source_id=report_id, on=on, amounts=by_batch)


def _correct(ctx: Context, originator_id: int, decided: Decided) -> None:
    """Correct who holds the accounts, and judge anew the authorizations that still stand for them."""
    holders: dict[int, tuple[str, str]] = {}
    for item, decision in decided:
        if decision.corrects_holder is not None:
            holders.setdefault(item.account_id, (decision.corrects_holder, item.row.code))
    for account_id in correct_holders(ctx, originator_id, holders):
        judge_again(ctx, account_id)


def _stop(ctx: Context, originator_id: int, decided: Decided) -> None:
    """Block, end or suspend what the codes say; of two codes about one thing the first counts."""
    blocked: dict[int, str] = {}
    ended: dict[int, str] = {}
    suspended: dict[int, str] = {}
    buyers: set[int] = set()
    for item, decision in decided:
        code = item.row.code
        if Block.ACCOUNT in decision.blocks:
            blocked.setdefault(item.account_id, code)
        if Block.AUTHORIZATION in decision.blocks:
            chosen = suspended if decision.until is Until.RELEASED else ended
            chosen.setdefault(item.authorization_id, code)
        if Block.BUYER in decision.blocks:
            buyers.add(item.buyer_id)
    if blocked:
        block_accounts(ctx, originator_id, list(blocked), because=list(blocked.values()))
    if buyers:
        suspend_buyers(ctx, sorted(buyers))
    for codes, act in ((ended, end_authorizations), (suspended, suspend_authorizations)):
        for code in sorted(set(codes.values())):
            act(ctx, originator_id, [key for key, value in codes.items() if value == code], because=code)
