"""Returns of what follows debits: a reversal, refund or fee that came back, each applied once.

The money of a credit is with us again: what a refund had given back is the order's once more, and an order whose
reversal came back stands as if it had not been reversed, until a person decides what becomes of the wrong debit. A
credit that comes back and is none of ours waits in suspense for a person. There is no fee on a fee, and no retry.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update

from ingather.actions.authorizations.stopping import end_authorizations, suspend_authorizations
from ingather.actions.blocking import block_accounts
from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.actions.files.sending import prove_delivery
from ingather.actions.follow_ups.ending import end_follow_ups
from ingather.actions.ledger import post
from ingather.actions.matches.plain import Plain, record_plain_matches
from ingather.actions.matching import FollowUpMatch, Wanted, match_entries, match_follow_ups
from ingather.actions.merchants import suspend_buyers
from ingather.actions.returns.keeping import row_of
from ingather.actions.returns.taking import Applied, item_keys
from ingather.actions.rules import keep_rules
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind
from ingather.domain.entries import EntryEnd
from ingather.domain.facts import FactKind, Scope
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.domain.ledger import JournalKind
from ingather.domain.orders import OrderState
from ingather.nacha.transaction_codes import DEBIT
from ingather.reports.items import Returns
from ingather.rules.return_codes import Block, Until, return_reason
from ingather.store.tables import Account, Authorization, Batch, Entry, FollowUp, Order, Return

_REVERSAL_RETURN = "REVERSAL_RETURN"
_UNDOES = {False: JournalKind.REVERSAL_UNDONE, True: JournalKind.CREDIT_UNDONE}
_SAID = {
    FollowUpKind.REVERSAL: "reversal",
    FollowUpKind.REFUND: "refund",
    FollowUpKind.RETURN_FEE: "return fee",
}
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpReturns:
    """What became of the returns of follow-ups, and the other items of the report, which are about debits."""

    applied: Applied
    rest: Returns


def apply_follow_up_returns(
    ctx: Context, originator_id: int, report_id: int, items: Returns, *, told_on: date
) -> FollowUpReturns:
    """Apply those returns of a report that are about reversals, refunds and fees, each once.

    ``told_on`` stands for the settlement date where the report has none. A second return of an entry, and a returned
    credit that is none of ours, are cases with the money in suspense.
    """
    matches = match_follow_ups(ctx, originator_id, _wanted(items))
    mine = [
        index for index, match in enumerate(matches) if match is not None or _credits(items, index)
    ]  # fmt: skip
    mine = _without_debits(ctx, originator_id, items, mine, matches)
    outcome = Applied()
    if not mine:
        return FollowUpReturns(applied=outcome, rest=items)
    prove_delivery(
        ctx, [match.file_id for match in matches if match is not None], by="the bank returned an entry of it"
    )
    taken: dict[int, tuple[Return, FollowUpMatch]] = {}
    for row, match in _fresh(ctx, originator_id, report_id, items, mine, matches, outcome):
        ctx.session.add(row)
        if match is None or match.ended is not None or match.entry_id in taken:
            outcome.unmatched += 1
            _to_a_person(ctx, row, match, on=told_on)
            continue
        row.applied, row.clawed_back = True, _was_available(match)
        taken[match.entry_id] = (row, match)
        outcome.applied += 1
        outcome.codes[row.code] += 1
    ctx.session.flush()
    record_plain_matches(ctx, originator_id, [_plain(row, match) for row, match in taken.values()])
    _book(ctx, originator_id, report_id, [*taken.values()], on=told_on)
    for row, match in taken.values():
        _end(ctx, row, match, returned_on=row.returned_on or told_on)
    others = sorted(set(range(len(items))) - set(mine))
    rest = Returns(**{name: [getattr(items, name)[index] for index in others] for name in Returns.column_names()})
    return FollowUpReturns(applied=outcome, rest=rest)


def _plain(row: Return, match: FollowUpMatch) -> Plain:
    """Return the match of a return: a fee's takes money from our account, a credit's brings it back."""
    cents = -row.amount_cents if match.kind == FollowUpKind.RETURN_FEE else row.amount_cents
    return Plain(row.id, match.entry_id, match.batch_id, cents, match.rule)


def _wanted(items: Returns) -> Wanted:
    return Wanted(
        reference=items.identification,
        trace=items.original_trace,
        amount_cents=items.amount_cents,
        company_identification=items.company_identification,
    )


def _credits(items: Returns, index: int) -> bool:
    """Return whether an item says that a credit came back: by its class, or by the transaction code of its return."""
    code = items.transaction_code[index]
    return items.klass[index] == _REVERSAL_RETURN or (0 < code < len(DEBIT) and not bool(DEBIT[code]))


def _without_debits(
    ctx: Context, originator_id: int, items: Returns, mine: list[int], matches: Sequence[FollowUpMatch | None]
) -> list[int]:
    """Return the items without those that name no follow-up and fit a debit after all, whatever class they state."""
    doubtful = [index for index in mine if matches[index] is None]
    if not doubtful:
        return mine
    part = Returns(**{name: [getattr(items, name)[index] for index in doubtful] for name in Returns.column_names()})
    debits = match_entries(ctx, originator_id, _wanted(part))
    fitting = {index for index, debit in zip(doubtful, debits, strict=True) if debit is not None}
    return [index for index in mine if index not in fitting]


def _fresh(
    ctx: Context,
    originator_id: int,
    report_id: int,
    items: Returns,
    mine: list[int],
    matches: Sequence[FollowUpMatch | None],
    outcome: Applied,
) -> Iterator[tuple[Return, FollowUpMatch | None]]:
    """Yield the rows of the items that the book does not know yet, and count the others."""
    columns = (items.reason, items.original_trace, items.return_trace, items.amount_cents, items.identification)
    told: list[list[object]] = [[str(column[index]).strip() for index in mine] for column in columns]
    keys = item_keys([["follow_up"] * len(mine), *told])
    known: set[bytes] = set()
    for start in range(0, len(keys), _AT_ONCE):
        part = keys[start : start + _AT_ONCE]
        known.update(
            ctx.session.scalars(
                select(Return.item_key).where(Return.originator_id == originator_id, Return.item_key.in_(part))
            )
        )
    for index, key in zip(mine, keys, strict=True):
        if key in known:
            outcome.known += 1
            continue
        match = matches[index]
        yield _row(ctx, originator_id, report_id, items, index, key, match), match


def _row(
    ctx: Context,
    originator_id: int,
    report_id: int,
    items: Returns,
    index: int,
    key: bytes,
    match: FollowUpMatch | None,
) -> Return:
    """Return the row of a return; it names no order, because it is not about the order's debit."""
    return row_of(
        ctx, originator_id, report_id, items, index, key=key, entry_id=match.entry_id if match else None,
        batch_id=match.batch_id if match else None, matched_by=match.rule if match else None,
    )  # fmt: skip


def _was_available(match: FollowUpMatch) -> bool:
    """Return whether a fee that comes back was the merchant's already."""
    return match.kind == FollowUpKind.RETURN_FEE and match.state == FollowUpState.DONE


def _to_a_person(ctx: Context, row: Return, match: FollowUpMatch | None, *, on: date) -> None:
    """Keep a return that cannot be applied as a case, with its money in suspense: a credit's is with us again."""
    debit = match is not None and match.kind == FollowUpKind.RETURN_FEE
    cents = row.amount_cents if debit else -row.amount_cents
    amount = format_minor(row.amount_cents)
    if match is None:
        what = f"a credit over {amount} USD, trace {row.original_trace:015d}, that is none of ours"
    else:
        what = f"a {_SAID[FollowUpKind(match.kind)]} over {amount} USD that was returned before"
    open_case(
        ctx,
        CaseKind.DUPLICATE_RETURN if debit else CaseKind.UNMATCHED_CREDIT_RETURN,
        originator_id=row.originator_id,
        once=row.item_key.hex(),
        subject=public_id(Prefix.RETURN, row.id),
        sentence=f"A return {row.code} came for {what}. Ask the ODFI what it is about.",
        order_id=match.order_id if match else None,
        entry_id=match.entry_id if match else None,
        suspense_minor=cents,
    )
    post(
        ctx, JournalKind.UNMATCHED_RETURN, originator_id=row.originator_id, source_id=row.id, on=on,
        amounts={(0, 0): cents},
    )  # fmt: skip


def _book(
    ctx: Context, originator_id: int, report_id: int, taken: Sequence[tuple[Return, FollowUpMatch]], *, on: date
) -> None:
    """Book what came back: credits are with us again and the merchants' again; fees are taken from them."""
    amounts: dict[JournalKind, Counter[tuple[int, int]]] = {}
    for _, match in taken:
        if match.kind == FollowUpKind.RETURN_FEE:
            kinds = [JournalKind.CLAWED_BACK if _was_available(match) else JournalKind.RETURNED]
        else:
            kinds = [JournalKind.CREDIT_RETURNED, _UNDOES[match.of_collected]]
        for kind in kinds:
            amounts.setdefault(kind, Counter())[match.batch_id, match.merchant_id] += match.amount_cents
    for kind, by_batch in amounts.items():
        post(ctx, kind, originator_id=originator_id, source_id=report_id, on=on, amounts=by_batch)


def _end(ctx: Context, row: Return, match: FollowUpMatch, *, returned_on: date) -> None:
    """End a follow-up because it came back, and let its order stand as it stood without it."""
    ctx.session.execute(
        update(Entry)
        .where(Entry.id == match.entry_id)
        .values(ended=EntryEnd.RETURNED)
        .execution_options(synchronize_session=False),
    )
    for scope, subject in ((Scope.ENTRY, match.entry_id), (Scope.FOLLOW_UP, match.follow_up_id)):
        ctx.fact(
            FactKind.RETURNED, scope=scope, subject=subject, originator=row.originator_id, on=returned_on,
            code=row.code, order=match.order_id,
        )  # fmt: skip
    said = _SAID[FollowUpKind(match.kind)]
    end_follow_ups(
        ctx, row.originator_id, [match.follow_up_id], state=FollowUpState.RETURNED, because=row.code,
        outcome=f"the {said} came back with {row.code}",
    )  # fmt: skip
    _stop(ctx, row, match, returned_on=returned_on)
    if match.kind == FollowUpKind.REVERSAL:
        _stand_again(ctx, row, match)
    elif match.kind == FollowUpKind.REFUND:
        _tell_not_refunded(ctx, row, match)


def _stand_again(ctx: Context, row: Return, match: FollowUpMatch) -> None:
    """Let an order stand whose reversal came back, and have a person decide about the debit that was wrong.

    While that is open, what was not collected yet is not released.
    """
    ctx.session.execute(
        update(Order)
        .where(Order.id == match.order_id, Order.state == OrderState.REVERSED)
        .values(
            state=OrderState.COLLECTED if match.of_collected else OrderState.SETTLED,
            version=Order.version + 1,
        )
        .execution_options(synchronize_session=False),
    )
    debit = select(Entry.batch_id).join(FollowUp, FollowUp.original_entry_id == Entry.id)
    # Its batch was released without it, and is looked at again.
    ctx.session.execute(
        update(Batch)
        .where(Batch.id.in_(debit.where(FollowUp.id == match.follow_up_id)))
        .values(released=False)
        .execution_options(synchronize_session="fetch"),
    )
    order = public_id(Prefix.ORDER, match.order_id)
    open_case(
        ctx,
        CaseKind.REVERSAL,
        originator_id=row.originator_id,
        once=f"{public_id(Prefix.FOLLOW_UP, match.follow_up_id)}|returned",
        subject=order,
        sentence=f"The reversal of the debit of order {order} came back with {row.code}: the buyer does not have the "
        f"money. Pay it back otherwise, or find out that the debit was right; then close this case. Once it is "
        f"collected it can be refunded: ingather order refund {order}",
        order_id=match.order_id,
        entry_id=match.entry_id,
        holds_release=not match.of_collected,
    )


def _tell_not_refunded(ctx: Context, row: Return, match: FollowUpMatch) -> None:
    order = public_id(Prefix.ORDER, match.order_id)
    amount = format_minor(match.amount_cents)
    open_case(
        ctx,
        CaseKind.UNMATCHED_CREDIT_RETURN,
        originator_id=row.originator_id,
        once=public_id(Prefix.FOLLOW_UP, match.follow_up_id),
        subject=order,
        sentence=f"The refund of {amount} USD of order {order} came back with {row.code}: it is the merchant's again. "
        "Ask the buyer which account is meant, or pay it back otherwise; then close this case.",
        order_id=match.order_id,
        entry_id=match.entry_id,
    )


def _stop(ctx: Context, row: Return, match: FollowUpMatch, *, returned_on: date) -> None:
    """Stop what the code of a returned fee or refund says of the account; of a fee also of authorization and buyer.

    A reversal went to the account as it was debited, which may be another one by now: nothing is stopped by it.
    """
    reason = return_reason(row.code, on=returned_on, information=row.information)
    if reason is None:
        return
    row.rule_set_id = keep_rules(ctx, [reason.row.id])
    if match.kind == FollowUpKind.REVERSAL:
        return
    account_id, authorization_id, buyer_id = ctx.session.execute(
        select(Authorization.account_id, Authorization.id, Account.buyer_id)
        .join(Order, Order.authorization_id == Authorization.id)
        .join(Account, Account.id == Authorization.account_id)
        .where(Order.id == match.order_id),
    ).one()
    originator_id = row.originator_id
    if Block.ACCOUNT in reason.blocks:
        block_accounts(ctx, originator_id, [account_id], because=[row.code])
    if match.kind != FollowUpKind.RETURN_FEE:
        return
    if Block.AUTHORIZATION in reason.blocks:
        act = suspend_authorizations if reason.until is Until.RELEASED else end_authorizations
        act(ctx, originator_id, [authorization_id], because=row.code)
    if Block.BUYER in reason.blocks:
        suspend_buyers(ctx, [buyer_id])
