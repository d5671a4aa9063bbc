"""Return fees: wanted by the inbound run for debits that came back for lack of funds, where a merchant has them on."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from ingather.actions.context import Context
from ingather.actions.follow_ups.recording import Debits, Wish, record_follow_ups
from ingather.actions.returns.deciding import ReturnedOrder
from ingather.actions.rules import keep_rules
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.accounts import AccountState
from ingather.domain.follow_ups import FollowUpKind, FollowUpState
from ingather.rules.return_fees import bears_fee, last_day_of_fee, rows_of_fee
from ingather.rules.returns import Decision
from ingather.rules.rows import ids_of
from ingather.store.tables import Account, Authorization, FollowUp, Merchant

_AT_ONCE = 2_000
_WORDS = "fee for the returned debit"


def want_fees(ctx: Context, originator_id: int, decided: Sequence[tuple[ReturnedOrder, Decision]]) -> int:
    """Want a fee for each returned debit that may bear one, and return how many are new.

    It may when its code does, its merchant has fees, its buyer authorized it when the notice of the fee was given
    already, and the account is not blocked. One for each returned debit, however often it comes back.
    """
    bearing = [item for item, _ in decided if bears_fee(item.row.code, item.returned_on)]
    terms = _terms(ctx, {item.match.merchant_id for item in bearing})
    bearing = [item for item in bearing if item.match.merchant_id in terms]
    if not bearing:
        return 0
    given = _given(ctx, [item.authorization_id for item in bearing])
    charged = _charged(ctx, [item.match.order_id for item in bearing])
    chosen = [
        item
        for item in bearing
        if item.match.entry_id not in charged and _may(given[item.authorization_id], terms[item.match.merchant_id])
    ]
    if not chosen:
        return 0
    rows = [
        row for code, day in {(item.row.code, item.returned_on) for item in chosen} for row in rows_of_fee(code, day)
    ]
    wish = Wish(
        kind=FollowUpKind.RETURN_FEE,
        state=FollowUpState.WANTED,
        words=_WORDS,
        rule_set_id=keep_rules(ctx, ids_of(rows)),
    )
    debits = Debits(
        entry_id=[item.match.entry_id for item in chosen],
        order_id=[item.match.order_id for item in chosen],
        merchant_id=[item.match.merchant_id for item in chosen],
        amount_cents=[terms[item.match.merchant_id][0] for item in chosen],
        reason=[item.row.code for item in chosen],
        last_day=[last_day_of_fee(item.returned_on) for item in chosen],
        collected=[False] * len(chosen),
    )
    record_follow_ups(ctx, originator_id, debits, wish)
    ctx.audit(
        "want_fees", public_id(Prefix.ORIGINATOR, originator_id), fees=len(chosen), cents=sum(debits.amount_cents)
    )
    return len(chosen)


def _terms(ctx: Context, merchant_ids: set[int]) -> dict[int, tuple[int, date]]:
    """Return the fee in minor units, and from when on it was told to buyers, of the merchants that have one."""
    if not merchant_ids:
        return {}
    found = ctx.session.execute(
        select(Merchant.id, Merchant.return_fee_minor, Merchant.return_fee_from).where(
            Merchant.return_fee_minor.is_not(None), Merchant.return_fee_from.is_not(None)
        ),
    )
    return {key: (minor, since) for key, minor, since in found if key in merchant_ids and minor and since}


def _may(given: Row[Any], terms: tuple[int, date]) -> bool:
    """Return whether the buyer knew of the fee when authorizing, and the account takes debits."""
    return bool(given.state == AccountState.ACTIVE and given.given_at.astimezone(NEW_YORK).date() >= terms[1])


def _given(ctx: Context, authorization_ids: Sequence[int]) -> dict[int, Row[Any]]:
    wanted = sorted(set(authorization_ids))
    found: dict[int, Row[Any]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        rows = ctx.session.execute(
            select(Authorization.id, Authorization.given_at, Account.state)
            .join(Account, Account.id == Authorization.account_id)
            .where(Authorization.id.in_(wanted[start : start + _AT_ONCE])),
        )
        found |= {row.id: row for row in rows}
    return found


def _charged(ctx: Context, order_ids: Sequence[int]) -> set[int]:
    """Return the debits of orders that had a fee before, whatever became of it."""
    found: set[int] = set()
    for start in range(0, len(order_ids), _AT_ONCE):
        found.update(
            ctx.session.scalars(
                select(FollowUp.original_entry_id).where(
                    FollowUp.order_id.in_(order_ids[start : start + _AT_ONCE]),
                    FollowUp.kind == FollowUpKind.RETURN_FEE,
                ),
            ),
        )
    return found
