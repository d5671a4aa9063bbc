"""The API of one process, offered load from another: orders one by one and ten thousand at once, and one looked up.

Beside each figure stand, from the same run, the yardsticks: an ASGI application that only answers with what it was
sent, under the same load, and the same rows inserted plainly by the raw driver. PostgreSQL is one of our own, with
fsync on.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import insert, select

from ingather.rules.calendar import add_banking_days
from ingather.store.tables import Order
from tests.api.office import Front, open_front
from tests.bench.load import NUMBER, Outcome, Plan
from tests.bench.serving import echoing, served
from tests.journey.stage import Sale
from tests.postgres import empty_database, running_cluster

BATCH = 10_000
_OFTEN = str(10**8)
_WARM = 40


def send(plan: Plan) -> Outcome:
    """Play a plan from a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"], input=json.dumps(asdict(plan)), text=True, capture_output=True,
        check=True,
    )  # fmt: skip
    return Outcome(**json.loads(ended.stdout))


class Bench:
    """One book, its server, and what is asked of it."""

    def __init__(self, front: Front, port: int, *, seconds: float, buyers: int) -> None:
        """Ask the server on a port, each question for so many seconds; orders are of so many of the stage's buyers."""
        self._front = front
        self._port = port
        self._seconds = seconds
        self._buyers = buyers
        self._first = 0
        self._due_on = add_banking_days(datetime.now(UTC).date() + timedelta(days=1), 3).isoformat()
        self._headers = {**front.client(per_minute=int(_OFTEN)).headers(), "Content-Type": "application/json"}

    def order(self, external_id: str, number: int, amount: str) -> str:
        """Return the body of an order; buyers take turns, and no two orders of one have the same amount."""
        body = {"external_id": external_id, "merchant": "harbor", "authorization": f"b{number % self._buyers:03d}",
                "due_on": self._due_on, "amount_minor": 0}  # fmt: skip
        return json.dumps(body).replace('"amount_minor": 0', f'"amount_minor": {amount}')

    def post_orders(self, *, rate: float, connections: int, echo: int | None = None) -> Outcome:
        """Record orders one by one at a rate, or as fast as the connections go."""
        return self._play(
            "POST", "/v1/orders", self.order(f"po-{NUMBER}", 0, f"1{NUMBER}"), rate=rate, connections=connections,
            echo=echo,
        )  # fmt: skip

    def get_order(self, *, rate: float, connections: int, echo: int | None = None) -> Outcome:
        """Look an order up at a rate."""
        known = self._front.client().get("/orders", limit=1).json()["data"][0]["id"]
        return self._play("GET", f"/v1/orders/{known}", "", rate=rate, connections=connections, echo=echo)

    def _play(self, method: str, path: str, body: str, *, rate: float, connections: int, echo: int | None) -> Outcome:
        headers = self._headers | ({"Idempotency-Key": f"bench-{NUMBER}"} if body else {})
        common: dict[str, Any] = {"host": "127.0.0.1", "port": echo or self._port, "method": method, "path": path,
                                  "headers": headers, "body": body, "connections": connections}  # fmt: skip
        warm = send(Plan(**common, rate=0, seconds=30, most=_WARM, first=self._first))
        self._first += _WARM
        played = send(Plan(**common, rate=rate, seconds=self._seconds, first=self._first))
        self._first += played.sent
        assert set(warm.statuses) | set(played.statuses) <= {"200", "201"}, (warm.statuses, played.statuses)
        return played

    def post_batches(self, *, count: int, rows: int) -> dict[str, Any]:
        """Send batches one after the other, and return orders a second; every row must have become an order."""
        took = []
        for number in range(count):
            first = 20_000_000 + number * rows
            lines = [self.order(f"b{number}-{row}", row, str(first + row)) for row in range(rows)]
            content = ("\n".join(lines) + "\n").encode()
            headers = self._headers | {"Content-Type": "application/x-ndjson", "Idempotency-Key": f"batch-{number}"}
            begun = time.perf_counter()
            said = _ask(self._port, "/v1/orders:batch", headers, content)
            took.append(time.perf_counter() - begun)
            assert said.count(b'"ord_') >= rows, said[:500]
        return {"rows": rows, "batches": count, "orders_per_s": round(rows * count / sum(took)),
                "slowest_s": round(max(took), 3)}  # fmt: skip


def _ask(port: int, path: str, headers: dict[str, str], content: bytes) -> bytes:
    import httpx2  # noqa: PLC0415 -- only for the batches

    answer = httpx2.post(f"http://127.0.0.1:{port}{path}", headers=headers, content=content, timeout=120)
    assert answer.status_code == 200, answer.status_code
    return answer.content


def plain_inserts(front: Front, url: str, *, most: int = 20_000) -> dict[str, Any]:
    """Return how fast the run's own order rows go into an empty table of their shape: at once, and a commit each."""
    with front.stage.desk.view() as ctx:
        columns = list(Order.__table__.columns)
        rows = [tuple(row) for row in ctx.session.execute(select(*columns).limit(most)).all()]
        statement = str(insert(Order).compile(front.stage.desk.engine))
    names = [column.name for column in columns]
    given = [dict(zip(names, row, strict=True)) for row in rows]
    processors = {column.name: column.type.bind_processor(front.stage.desk.engine.dialect) for column in columns}
    for row in given:
        row.update({name: process(row[name]) for name, process in processors.items() if process is not None})
    statement = statement.replace("INTO orders", "INTO yardstick")
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as raw:
        raw.execute("CREATE TABLE yardstick (LIKE orders INCLUDING ALL)")
        begun = time.perf_counter()
        with raw.transaction(), raw.cursor() as cursor:
            cursor.executemany(statement, given)
        at_once = len(given) / (time.perf_counter() - begun)
        raw.execute("TRUNCATE yardstick")
        singles = given[:500]
        begun = time.perf_counter()
        for row in singles:
            raw.execute(statement, row)  # a commit each
        one_by_one = len(singles) / (time.perf_counter() - begun)
    return {"at_once_per_s": round(at_once), "a_commit_each_per_s": round(one_by_one)}


def measure(*, seconds: float, batches: int, rows: int) -> Iterator[tuple[str, Any]]:
    """Yield every figure of one run with its name."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ingather-bench-")))
        url = stack.enter_context(empty_database(stack.enter_context(running_cluster(durable=True))))
        sales = [Sale(max_amount=None) for _ in range(200)]
        front = open_front(folder, sales, book=url)
        options = ("--calls-per-minute", _OFTEN, "--bulk-per-minute", _OFTEN)
        server = stack.enter_context(served(url, folder / "book.keys", *options, log=folder / "log"))
        echo = stack.enter_context(echoing(log=folder / "echo"))
        bench = Bench(front, server.port, seconds=seconds, buyers=len(sales))
        yield "load", [round(each, 2) for each in os.getloadavg()]
        yield "post_orders_most", asdict(bench.post_orders(rate=0, connections=32))
        yield "echo_post_most", asdict(bench.post_orders(rate=0, connections=32, echo=echo.port))
        yield "post_orders_at_100", asdict(bench.post_orders(rate=100, connections=50))
        yield "echo_post_at_100", asdict(bench.post_orders(rate=100, connections=50, echo=echo.port))
        yield "get_order_at_200", asdict(bench.get_order(rate=200, connections=50))
        yield "echo_get_at_200", asdict(bench.get_order(rate=200, connections=50, echo=echo.port))
        yield "batch", bench.post_batches(count=batches, rows=rows)
        yield "plain_inserts", plain_inserts(front, url)
        yield "load_after", [round(each, 2) for each in os.getloadavg()]


def main() -> int:
    """Measure and print one JSON line a figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--batches", type=int, default=5)
    parser.add_argument("--rows", type=int, default=BATCH)
    asked = parser.parse_args()
    for name, figures in measure(seconds=asked.seconds, batches=asked.batches, rows=asked.rows):
        sys.stdout.write(json.dumps({name: figures}) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
