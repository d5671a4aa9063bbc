"""At the checkout: take an authorization, record an order under it, and follow it until it is collected.

    python -m ingather.client.examples.checkout --url http://127.0.0.1:8000 --key ing_test_... --merchant harbor

The buyer's routing number and account number are read from the standard input, with a space between.
On a test book the clock is moved on until the money is there. In a real one the same calls are made by the shop, once,
and what becomes of the order is told by events.
"""

import argparse
import sys
from datetime import date, timedelta

from ingather.client import Client, Problem
from ingather.client.shapes.authorizations import Given
from ingather.client.shapes.orders import Order

_SATURDAY = 5
_WORDS = "I authorize {shop} to debit my account once for ${dollars}.{cents:02} on or after {day}. I may revoke this."
_ENDS = frozenset({"collected", "failed", "canceled", "reversed"})
_STEP_S = 3 * 86_400
_MOST_STEPS = 30


def take(client: Client, *, merchant: str, name: str, amount_minor: int, account: tuple[str, str]) -> Order:
    """Record a buyer, an account, what the buyer has agreed to, and the order; ``account`` is routing and number.

    Every name is the shop's own: sent once more, the same names are the same things, and nothing is debited twice.
    """
    now = client.rehearsal.get().now
    due = _weekday(now.date() + timedelta(days=1))
    buyer = client.buyers.create(external_id=f"{name}-buyer", name="Robin Example")
    held = client.accounts.create(
        external_id=f"{name}-account", buyer=buyer.external_id, routing=account[0], number=account[1],
        kind="checking", holder="consumer", validation_method="external", validated_on=now.date(),
    )  # fmt: skip
    print(f"the account ending in {held.last4} is on record")
    shop = client.merchants.list(external_id=merchant).first()
    dollars, cents = divmod(amount_minor, 100)
    agreed = client.authorizations.create(
        external_id=f"{name}-authorization", buyer=buyer.external_id, account=held.external_id, merchant=merchant,
        kind="single", channel="online", given_at=now, valid_from=now.date(), max_amount_minor=amount_minor,
        text=_WORDS.format(shop=shop.name if shop else merchant, dollars=dollars, cents=cents, day=due),
        statements=["terms", "kind", "amount", "timing", "receiver", "account", "date", "revocation", "bound"],
        evidence=Given(ip="192.0.2.7", user_agent="Browser/1.0"),
    )  # fmt: skip
    print(f"the authorization {agreed.id} is {agreed.state}")
    return client.orders.create(
        external_id=f"{name}-order", authorization=agreed.external_id, amount_minor=amount_minor, due_on=due
    )


def follow(client: Client, order: Order) -> Order:
    """Move the test book's clock on until the order has ended, and return it as it is then."""
    state = ""
    for _ in range(_MOST_STEPS):
        if order.state != state:
            print(f"{client.rehearsal.get().now:%Y-%m-%d}  {order.id} is {order.state}")
            state = order.state
        if state in _ENDS:
            break
        client.rehearsal.clock(by_seconds=_STEP_S)
        order = client.orders.get(order.id)
    return order


def _weekday(day: date) -> date:
    """Return the day, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() >= _SATURDAY else day


def main(arguments: list[str] | None = None) -> int:
    """Run the example; returns 0 when the order was collected."""
    parser = argparse.ArgumentParser(description="Take an authorization at the checkout and collect.")
    parser.add_argument("--url", required=True, help="where the server answers")
    parser.add_argument("--key", required=True, help="a key of the API, of a test book")
    parser.add_argument("--merchant", default="harbor", help="the merchant's own name")
    parser.add_argument("--name", default="web-1001", help="the shop's name for this sale")
    parser.add_argument("--amount-minor", type=int, default=4_999)
    told = parser.parse_args(arguments)
    # An account number stands on no command line, where everybody on the machine could read it.
    routing, _, number = sys.stdin.readline().strip().partition(" ")
    with Client(told.url, told.key) as client:
        try:
            order = take(
                client,
                merchant=told.merchant,
                name=told.name,
                amount_minor=told.amount_minor,
                account=(routing, number),
            )
            ended = follow(client, order)
        except Problem as problem:
            print(problem, file=sys.stderr)
            return 1
    return 0 if ended.state == "collected" else 1


if __name__ == "__main__":
    raise SystemExit(main())
