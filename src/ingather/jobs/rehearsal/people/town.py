"""The town of a simulated world: its merchants, its buyers and what each of them will order on which day."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from ingather.actions.accounts import NewAccounts, record_accounts
from ingather.actions.authorizations.recording import record_authorizations
from ingather.actions.merchants import NewBuyers, record_buyers, record_merchants
from ingather.actions.orders import NewOrders
from ingather.actions.rules import take_policy
from ingather.base.dates import NEW_YORK
from ingather.jobs.desk import Desk
from ingather.jobs.rehearsal.order_book import (
    MERCHANTS,
    invented_accounts,
    invented_authorizations,
    invented_merchants,
)

_POLICY = """id = "world"
version = 1
[screening]
required = false
[validation]
automatic = "prenote"
"""
_BUYERS_OF_ORDERS = 0.7
_UNPROVEN = 0.08
_SAME_DAY = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One order as its buyer will place it; amounts in minor units."""

    external_id: str
    buyer: str
    amount_minor: int
    due_on: date
    goods: bool
    same_day: bool


@dataclass(slots=True)  # mutable -- buyers change their accounts and authorizations
class Town:
    """Who owes whom: each buyer's merchant and present authorization, and the orders to come by their day."""

    merchant: dict[str, str] = field(default_factory=dict)
    authorization: dict[str, str] = field(default_factory=dict)
    wishes: dict[date, list[Wish]] = field(default_factory=lambda: defaultdict(list))

    def orders(self, wishes: list[Wish]) -> NewOrders:
        """Return wishes as orders to record, under the authorizations their buyers have given by now."""
        return NewOrders(
            external_id=[wish.external_id for wish in wishes],
            instalment=[1] * len(wishes),
            merchant=[self.merchant[wish.buyer] for wish in wishes],
            authorization=[self.authorization[wish.buyer] for wish in wishes],
            amount_minor=[wish.amount_minor for wish in wishes],
            due_on=[wish.due_on for wish in wishes],
            goods=[wish.goods for wish in wishes],
            same_day=[wish.same_day for wish in wishes],
        )


def found_town(desk: Desk, *, draw: Random, orders: int, start: date, days: int) -> Town:
    """Record the parties of a town and return it with what its buyers will order over the days."""
    town = Town()
    names = [f"{number:05d}" for number in range(max(1, round(orders * _BUYERS_OF_ORDERS)))]
    given_at = datetime.combine(start - timedelta(days=30), time(12, 0), tzinfo=NEW_YORK)
    originator_id = desk.originator_id()
    town.merchant = {name: MERCHANTS[draw.randrange(len(MERCHANTS))][0] for name in names}
    town.authorization = {name: name for name in names}
    with desk.action() as ctx:
        take_policy(ctx, originator_id, _POLICY)
        record_merchants(ctx, originator_id, invented_merchants())
        record_buyers(ctx, originator_id, NewBuyers(external_id=names, name=[f"Buyer {name}" for name in names]))
        record_accounts(ctx, originator_id, _partly_proven(draw, names, given_at.date()))
        record_authorizations(
            ctx, originator_id, invented_authorizations(names, [town.merchant[name] for name in names], given_at)
        )
    for number in range(orders):
        on = start + timedelta(days=draw.randrange(max(1, round(days * 0.8))))
        town.wishes[on].append(
            Wish(
                external_id=f"PO-{number:05d}",
                buyer=names[draw.randrange(len(names))],
                amount_minor=draw.randrange(500, 250_000),
                due_on=on + timedelta(days=draw.choice((1, 1, 2, 3, 5, 8, 13))),
                goods=draw.random() < 0.5,  # noqa: PLR2004 -- a coin
                same_day=draw.random() < _SAME_DAY,
            )
        )
    return town


def _partly_proven(draw: Random, names: list[str], on: date) -> NewAccounts:
    """Return the buyers' accounts, a few of them never validated."""
    accounts = invented_accounts(draw, names, on)
    proven = [draw.random() >= _UNPROVEN for _ in names]
    return NewAccounts(
        external_id=accounts.external_id,
        buyer=accounts.buyer,
        routing=accounts.routing,
        number=accounts.number,
        kind=accounts.kind,
        holder=accounts.holder,
        validation_method=["external" if known else "" for known in proven],
        validated_on=[on if known else None for known in proven],
    )
