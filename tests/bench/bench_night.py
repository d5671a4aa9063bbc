"""A night of many orders from open to sealed: encryption and read-back included, as a rate and as a ratio.

The ratio is to the raw driver writing the same entry rows into a table of the same shape, in the same run: by
``executemany`` on SQLite, by COPY on PostgreSQL. There somebody records orders all night long, and his longest wait is
told. ``--book postgresql`` starts a server for the length of the run, with fsync; a URL takes an empty database.
The book is invented: merchants, buyers, accounts and authorizations, half as many accounts as orders. Auto-approval is
off, so that the night ends when everything is sealed.
"""

import argparse
import json
import multiprocessing
import os
import resource
import sqlite3
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import numpy as np
from sqlalchemy import select

from ingather.actions.banks import NewBook
from ingather.actions.context import Context
from ingather.actions.intake import BUCKETS
from ingather.actions.orders import CURRENCY, RAIL, NewOrders, record_orders
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
from tests.postgres import empty_database, running_cluster

NIGHT = datetime(2026, 11, 20, 18, 0, tzinfo=NEW_YORK)
DUE = date(2026, 11, 20)
_LATER = date(2026, 12, 31)
_SERVER = ("shared_buffers=1GB", "max_wal_size=4GB")
_WEIGHTS = np.array([3, 7, 1, 3, 7, 1, 3, 7])


def make_book(folder: Path, *, orders: int, merchants: int, book: str = "", at: datetime = NIGHT) -> Desk:
    """Return the desk of a book with open orders that are due; ``book`` is the URL of an empty one elsewhere."""
    for name in ("to-bank", "from-bank"):
        (folder / name).mkdir()
    desk = new_desk(
        book or str(folder / "book.sqlite"),
        keys=str(folder / "keys"),
        actor="system:night",
        clock=lambda: at,
        node=0,
    )
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
    buyer_ids, authorization_ids = _fill_buyers(ctx, same, draw, max(1, orders // 2), int(merchant_ids[0]))
    owner = np.arange(orders) % len(buyer_ids)
    buckets = np.array(_buckets(len(buyer_ids)))
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
            "bucket": buckets[owner].tolist(),
        },
        same=same
        | {"instalment": 1, "rail": RAIL, "currency": CURRENCY, "due_on": DUE, "collect_on": DUE, "goods": False,
           "state": "open", "reason": None, "held": False, "presentations": 0, "first_settled_on": None,
           "route_id": None, "last_code": None, "late": False, "version": 1},
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
        {"id": ids, "external_id": texts, "name": texts, "receiver_name": texts, "bucket": _buckets(count)},
        same=same | {"state": "active"},
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
            "bucket": _buckets(count),
        },
        same=same
        | {"last4": "0000", "kind": "checking", "state": "active", "blocked_by": None, "validated": True,
           "version": 1},
    )  # fmt: skip
    authorization_ids = ctx.ids.many(count)
    insert_columns(
        ctx.session,
        Authorization,
        {"id": authorization_ids.tolist(), "external_id": texts, "buyer_id": ids, "account_id": account_ids,
         "bucket": _buckets(count)},
        same=same
        | {"merchant_id": merchant_id, "kind": "standing", "channel": "online", "state": "active", "text": "x",
           "text_sha256": bytes(32), "given_at": ctx.now, "evidence": "{}", "max_amount_minor": None,
           "valid_from": date(2026, 1, 1), "valid_to": None, "revoked_at": None, "version": 1},
    )  # fmt: skip
    return ids, authorization_ids


def _buckets(count: int) -> list[int]:
    """Return the buckets of buyers as recording them gives: a checksum of the name."""
    return [zlib.crc32(f"BUYER COMPANY {number:07d}".encode()) % BUCKETS for number in range(count)]


def plain_rows(desk: Desk, folder: Path) -> float:
    """Return the seconds the raw driver takes for the night's own entry rows, into an empty table of their shape."""
    with desk.view() as ctx:
        rows = [tuple(row) for row in ctx.session.execute(select(*Entry.__table__.columns)).all()]
    if desk.engine.dialect.name == "postgresql":
        return _plain_copy(desk, rows)
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


def _plain_copy(desk: Desk, rows: Sequence[tuple[Any, ...]]) -> float:
    """Return the seconds of one COPY, its text made beforehand, into a table with the key and uniques of entries."""
    names = [column.name for column in Entry.__table__.columns]
    text = "".join("\t".join("\\N" if value is None else str(value) for value in row) + "\n" for row in rows).encode()
    with desk.engine.connect() as connection:
        driver = cast("Any", connection.connection.driver_connection)
        driver.execute("CREATE TABLE yardstick (LIKE entries INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        for unique in ("(id)", "(file_id, trace)", "(order_id, presentation)"):
            driver.execute(f"CREATE UNIQUE INDEX ON yardstick {unique}")
        driver.execute("CREATE INDEX ON yardstick (order_id)")
        driver.commit()
        start = time.perf_counter()
        with driver.cursor().copy(f"COPY yardstick ({', '.join(names)}) FROM STDIN") as copy:
            copy.write(text)
        driver.commit()
        return time.perf_counter() - start


@contextmanager
def recording_elsewhere(desk: Desk) -> Iterator[list[float]]:
    """Record an order over and over in another process; fills in how long each took, in seconds."""
    waits: list[float] = []
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_record, args=(desk, theirs), daemon=True)
    process.start()
    ours.recv()  # he is at it: what his first order costs, since he has only begun, is no wait
    try:
        yield waits
    finally:
        ours.send("done")
        waits += ours.recv()
        process.join()


def _record(desk: Desk, pipe: Connection) -> None:
    desk.engine.dispose(close=False)
    mine = replace(desk, ids=desk.ids.beside(512))
    with mine.view() as ctx:
        merchant = ctx.session.scalars(select(Merchant.external_id).limit(1)).one()
        authorization = ctx.session.scalars(select(Authorization.external_id).limit(1)).one()
    originator_id = mine.originator_id()

    def record(number: int) -> float:
        start = time.perf_counter()
        with mine.action() as ctx:
            record_orders(
                ctx,
                originator_id,
                NewOrders(
                    merchant=[merchant], authorization=[authorization], external_id=[f"MEANWHILE-{number}"],
                    amount_minor=[100], due_on=[_LATER], instalment=[1], goods=[False],
                ),
            )  # fmt: skip
        return time.perf_counter() - start

    record(0)
    pipe.send("at it")
    waits: list[float] = []
    while not pipe.poll(0.02):
        waits.append(record(len(waits) + 1))
    mine.engine.dispose()
    pipe.send(waits)


def of_server(desk: Desk) -> dict[str, object]:
    """Return what the server says of the night: how many claims were HOT updates, and the order's table in MiB."""
    if desk.engine.dialect.name != "postgresql":
        return {}
    with desk.engine.connect() as connection:
        connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")
        connection.rollback()
        time.sleep(1)
        updates, hot, size = connection.exec_driver_sql(
            "SELECT n_tup_upd, n_tup_hot_upd, pg_relation_size('orders') FROM pg_stat_user_tables "
            "WHERE relname = 'orders'"
        ).one()
    return {"hot_share": round(hot / max(1, updates), 4), "orders_mib": size >> 20}


def measure(*, orders: int, merchants: int, book: str = "", workers: int = 1) -> dict[str, object]:
    """Return the figures of one night."""
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="ingather-bench-")))
        if book == "postgresql":
            server = opened.enter_context(running_cluster(durable=True, settings=_SERVER))
            book = opened.enter_context(empty_database(server))
        desk = make_book(folder, orders=orders, merchants=merchants, book=book)
        is_banking_day(DUE)  # the calendar package is loaded once a process, whatever the night's size
        if book:
            with desk.engine.connect() as connection:
                outside = connection.execution_options(isolation_level="AUTOCOMMIT")
                outside.exec_driver_sql("VACUUM (FREEZE, ANALYZE)")
                outside.exec_driver_sql("CHECKPOINT")
            desk.engine.dispose()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        waits: list[float] = []
        with ExitStack() as meanwhile:
            # Forked before there is a thread: the one who records is a process of his own.
            if book:
                waits = meanwhile.enter_context(recording_elsewhere(desk))
            start, cpu = time.perf_counter(), time.process_time()
            report = run_night(desk, workers=workers)
            seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        peak, of_workers = (
            resource.getrusage(who).ru_maxrss >> 10 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        told = of_server(desk)
        plain = plain_rows(desk, folder)
        desk.engine.dispose()
    if report.sealed_orders != orders:
        message = f"the night sealed {report.sealed_orders} of {orders} orders: {report.refused}"
        raise RuntimeError(message)
    return {
        "orders": orders,
        "merchants": merchants,
        "book": "postgresql" if book else "sqlite",
        "workers": workers,
        "seconds": round(seconds, 3),
        "cpu_seconds": round(cpu, 3),
        "orders_per_s": int(orders / seconds),
        "plain_rows_per_s": int(orders / plain),
        "ratio_to_plain": round(plain / seconds, 3),
        "peak_rss_mib": peak,
        "peak_rss_mib_of_workers": of_workers if workers > 1 else 0,
        "rss_before_mib": before,
        "longest_wait_of_a_write_s": round(max(waits, default=0.0), 3),
        "writes_meanwhile": len(waits),
        **told,
        "load_1min": round(os.getloadavg()[0], 2),
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="A night from open to sealed.")
    parser.add_argument("--orders", type=int, nargs="+", default=[100_000])
    parser.add_argument("--merchants", type=int, default=3_000)
    parser.add_argument("--book", default="", help="postgresql, or the URL of an empty database; else SQLite")
    parser.add_argument("--workers", type=int, default=1)
    chosen = parser.parse_args()
    for orders in chosen.orders:
        figures = measure(orders=orders, merchants=chosen.merchants, book=chosen.book, workers=chosen.workers)
        print(json.dumps(figures), flush=True)  # noqa: T201 -- its output


if __name__ == "__main__":
    main()
