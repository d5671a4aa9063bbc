"""A night of many orders from open to sealed on SQLite: encryption and read-back included, as a rate and as a ratio.

The ratio is to a plain ``executemany`` of the same entry rows into the same table by the raw driver, in the same run.
The book is invented: merchants, buyers, accounts and authorizations, half as many accounts as orders. Auto-approval is
off, so that the night ends when everything is sealed.
"""

import argparse
import json
import os
import resource
import sqlite3
import tempfile
import time
from datetime import date, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import select

from ingather.actions.banks import NewBook
from ingather.actions.context import Context
from ingather.actions.orders import CURRENCY, RAIL
from ingather.base.columns import Int64
from ingather.base.dates import NEW_YORK
from ingather.jobs.desk import Desk
from ingather.jobs.founding import found
from ingather.jobs.night.run import run_night
from ingather.rules.calendar import is_banking_day
from ingather.rules.tables import profile_text
from ingather.store.bulk import Scalar, insert_columns
from ingather.store.tables import Account, Authorization, Buyer, Entry, Merchant, Order
from ingather.wiring import new_desk

NIGHT = datetime(2026, 11, 20, 18, 0, tzinfo=NEW_YORK)
DUE = date(2026, 11, 20)
_WEIGHTS = np.array([3, 7, 1, 3, 7, 1, 3, 7])


def make_book(folder: Path, *, orders: int, merchants: int) -> Desk:
    """Return the desk of a book with open orders that are due."""
    for name in ("to-bank", "from-bank"):
        (folder / name).mkdir()
    desk = new_desk(str(folder / "book.sqlite"), actor="system:night", clock=lambda: NIGHT, node=0)
    names = [f"MERCHANT {number:05d}" for number in range(merchants)]
    toml = profile_text("first-example")
    lines = [
        f"company_names = {json.dumps(names)}" if line.startswith("company_names") else line
        for line in toml.splitlines()
    ]
    profile = "\n".join(lines).replace("auto_approve_under_cents = 100000000", "auto_approve_under_cents = 0")
    channel = {"kind": "folder", "outbound": str(folder / "to-bank"), "inbound": str(folder / "from-bank")}
    found(
        desk,
        NewBook(
            mark="test", originator="Bench", profile=profile, bank="EXAMUS33", account="000012345678", channel=channel
        ),
    )
    with desk.action() as ctx:
        _fill(ctx, desk, orders=orders, names=names)
    return desk


def _fill(ctx: Context, desk: Desk, *, orders: int, names: list[str]) -> None:
    draw = np.random.default_rng(7)
    same: dict[str, Scalar] = {"originator_id": desk.originator_id(), "created_at": ctx.now}
    merchant_ids = ctx.ids.many(len(names))
    insert_columns(
        ctx.session,
        Merchant,
        {"id": merchant_ids.tolist(), "external_id": names, "name": names, "company_name": names},
        same=same | {"company_identification": "1234567890", "entry_description": "ORDERS", "state": "active"},
    )
    buyer_ids, authorization_ids = _fill_buyers(ctx, same, draw, orders // 2, int(merchant_ids[0]))
    owner = np.arange(orders) % len(buyer_ids)
    insert_columns(
        ctx.session,
        Order,
        {
            "id": ctx.ids.many(orders).tolist(),
            "merchant_id": merchant_ids[draw.integers(0, len(names), orders)].tolist(),
            "buyer_id": [buyer_ids[number] for number in owner.tolist()],
            "authorization_id": authorization_ids[owner].tolist(),
            "external_id": [f"PO-{number:08d}" for number in range(orders)],
            "amount_minor": draw.integers(100, 900_000, orders).tolist(),
        },
        same=same
        | {"instalment": 1, "rail": RAIL, "currency": CURRENCY, "due_on": DUE, "collect_on": DUE, "goods": False,
           "state": "open", "reason": None, "held": False, "presentations": 0, "first_settled_on": None,
           "route_id": None, "last_code": None, "late": False, "bucket": 1, "version": 1},
    )  # fmt: skip


def _fill_buyers(
    ctx: Context, same: dict[str, Scalar], draw: np.random.Generator, count: int, merchant_id: int
) -> tuple[list[int], Int64]:
    """Record buyers with an account and an authorization each; every fifth account is a consumer's."""
    ids: list[int] = ctx.ids.many(count).tolist()
    texts = [f"BUYER COMPANY {number:07d}" for number in range(count)]
    insert_columns(
        ctx.session,
        Buyer,
        {"id": ids, "external_id": texts, "name": texts, "receiver_name": texts},
        same=same | {"state": "active", "bucket": 1},
    )
    digits = draw.integers(0, 10, (count, 8))
    digits[:, 0] = 1
    digits[:, 1] %= 3
    routing = (digits * 10 ** np.arange(8, 0, -1)).sum(1) + (10 - (digits * _WEIGHTS).sum(1) % 10) % 10
    account_ids: list[int] = ctx.ids.many(count).tolist()
    insert_columns(
        ctx.session,
        Account,
        {
            "id": account_ids,
            "external_id": texts,
            "buyer_id": ids,
            "routing": routing.tolist(),
            "number": [ctx.vault.seal_account(key, str(10**9 + key % 10**7 * 79)) for key in account_ids],
            "number_index": [os.urandom(16) for _ in range(count)],
            "holder": ["consumer" if number % 5 == 0 else "business" for number in range(count)],
        },
        same=same
        | {"last4": "0000", "kind": "checking", "state": "active", "blocked_by": None, "validated": True, "bucket": 1,
           "version": 1},
    )  # fmt: skip
    authorization_ids = ctx.ids.many(count)
    insert_columns(
        ctx.session,
        Authorization,
        {"id": authorization_ids.tolist(), "external_id": texts, "buyer_id": ids, "account_id": account_ids},
        same=same
        | {"merchant_id": merchant_id, "kind": "standing", "channel": "online", "state": "active", "text": "x",
           "text_sha256": bytes(32), "given_at": ctx.now, "evidence": "{}", "max_amount_minor": None,
           "valid_from": date(2026, 1, 1), "valid_to": None, "revoked_at": None, "bucket": 1, "version": 1},
    )  # fmt: skip
    return ids, authorization_ids


def plain_executemany(desk: Desk, folder: Path) -> float:
    """Return the seconds a plain executemany of the night's own entry rows takes, in an empty table of their shape."""
    with desk.view() as ctx:
        rows = [tuple(row) for row in ctx.session.execute(select(*Entry.__table__.columns)).all()]
    with sqlite3.connect(folder / "book.sqlite") as book:
        shape = [
            sql
            for (sql,) in book.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'entries' AND sql IS NOT NULL")
        ]
    yardstick = sqlite3.connect(folder / "yardstick.sqlite", isolation_level=None)
    for setting in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-131072"):
        yardstick.execute(f"PRAGMA {setting}")
    for sql in shape:
        yardstick.execute(sql)
    marks = ", ".join("?" * len(rows[0]))
    start = time.perf_counter()
    yardstick.execute("BEGIN IMMEDIATE")
    yardstick.executemany(f"INSERT INTO entries VALUES ({marks})", rows)  # noqa: S608 -- only question marks
    yardstick.execute("COMMIT")
    seconds = time.perf_counter() - start
    yardstick.close()
    return seconds


def measure(*, orders: int, merchants: int) -> dict[str, object]:
    """Return the figures of one night."""
    with tempfile.TemporaryDirectory(prefix="ingather-bench-") as scratch:
        folder = Path(scratch)
        desk = make_book(folder, orders=orders, merchants=merchants)
        is_banking_day(DUE)  # the calendar package is loaded once a process, whatever the night's size
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        start, cpu = time.perf_counter(), time.process_time()
        report = run_night(desk)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        plain = plain_executemany(desk, folder)
    if report.sealed_orders != orders:
        message = f"the night sealed {report.sealed_orders} of {orders} orders: {report.refused}"
        raise RuntimeError(message)
    return {
        "orders": orders,
        "merchants": merchants,
        "seconds": round(seconds, 3),
        "cpu_seconds": round(cpu, 3),
        "orders_per_s": int(orders / seconds),
        "plain_executemany_rows_per_s": int(orders / plain),
        "ratio_to_executemany": round(plain / seconds, 3),
        "peak_rss_mib": peak,
        "rss_before_mib": before,
        "load_1min": round(os.getloadavg()[0], 2),
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="A night from open to sealed on SQLite.")
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--merchants", type=int, default=3_000)
    chosen = parser.parse_args()
    print(json.dumps(measure(orders=chosen.orders, merchants=chosen.merchants)))  # noqa: T201 -- its output


if __name__ == "__main__":
    main()
