"""At the returns desk: hear of what came back, and do with each return what the Rules allow.

    python -m ingather.client.examples.returns --url http://127.0.0.1:8000 --key ing_test_...

With ``--rehearse R01 a-1`` the bank of a test book first sends the debit of that order back. The program keeps its
place among the events in a file, so that it may be stopped at any time and run again.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from ingather.client import Client, Problem
from ingather.client.shapes.returns import Return

_OUT = frozenset({"submitted", "settled"})
_MOST_DAYS = 14
_ONE_DAY_S = 86_400


def came_back(client: Client, place: Path) -> Iterator[Return]:
    """Yield every return that was told of since the last run; the place is kept after each."""
    last = place.read_text(encoding="utf-8").strip() if place.exists() else None
    for event in client.events.after(last, types=["entry.returned"]):
        yield from client.returns.list(order_id=str(event.data["order"]))
        place.write_text(event.id, encoding="utf-8")


def decide(client: Client, found: Return) -> str:
    """Do with a return what the Rules and the house allow, and return in a few words what becomes of it."""
    order = client.orders.get(found.order) if found.order else None
    if order is None:
        return "is nobody's yet: find its order among the candidates"
    if order.collect_on is not None:
        return f"is tried again on {order.collect_on}"
    if found.retryable and order.state == "returned":
        decided = client.returns.retry(found.id, reason="the buyer was asked, and the money will be there")
        return f"is tried again on {decided.retry_on}"
    return f"has {order.state}; the next step is for people: {(found.next_step or 'none').replace('_', ' ')}"


def rehearse(client: Client, code: str, name: str) -> None:
    """Have the bank of a test book send the debit of an order back: the clock moves on until it is out."""
    for _ in range(_MOST_DAYS):
        order = client.orders.list(external_id=name, expand=["entries"]).first()
        if order is None:
            message = f"there is no order {name}"
            raise ValueError(message)
        if order.state in _OUT and order.expanded and order.expanded.entries:
            client.rehearsal.entries_return(order.expanded.entries[-1].id, code=code)
            return
        client.rehearsal.clock(by_seconds=_ONE_DAY_S)
    message = f"the order {name} was not debited in {_MOST_DAYS} days"
    raise ValueError(message)


def main(arguments: list[str] | None = None) -> int:
    """Run the example; returns 0 when every return was looked at."""
    parser = argparse.ArgumentParser(description="Hear of returns and decide each.")
    parser.add_argument("--url", required=True, help="where the server answers")
    parser.add_argument("--key", required=True, help="a key of the API")
    parser.add_argument("--place", type=Path, default=Path("returns.place"), help="where the last event is kept")
    parser.add_argument("--rehearse", nargs=2, metavar=("CODE", "ORDER"), help="have an order's debit come back first")
    told = parser.parse_args(arguments)
    with Client(told.url, told.key) as client:
        try:
            if told.rehearse:
                rehearse(client, *told.rehearse)
            for found in came_back(client, told.place):
                print(f"{found.external_id}: {found.code} ({found.meaning}) {decide(client, found)}")
        except (Problem, ValueError) as refused:
            print(refused, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
