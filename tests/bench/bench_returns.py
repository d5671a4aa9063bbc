"""A hundred thousand returns of settled debits, kept, read and applied on SQLite, as a rate and as a ratio.

The book is that of the night's benchmark, with its file at the bank and its batches settled. One daily report then
tells that every debit came back. The ratio is to plain inserts of the same rows of returns, matches and facts into
tables of their shape by the raw driver, in the same run.
"""

import argparse
import json
import os
import resource
import sqlite3
import tempfile
import time
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import select

from ingather.actions.files.approval import approve_file
from ingather.actions.reconciliation.settling import Sides, settle_batches
from ingather.actions.reports.keeping import keep_report
from ingather.actions.reports.taking import take_report
from ingather.base.dates import NEW_YORK
from ingather.base.ids import encode_key
from ingather.domain.files import FileState
from ingather.domain.reports import SettlementBasis
from ingather.jobs.desk import Desk
from ingather.jobs.night.run import run_night
from ingather.jobs.transmit import send_files
from ingather.reports.recognise import read_reports
from ingather.rules.calendar import is_banking_day
from ingather.simulator.str_reports import ReportBody, ReportHead, Row, write_report
from ingather.simulator.terms import BankTerms
from ingather.store.tables import Batch, Entry, Fact, File, Match, Order, Return
from tests.bench.bench_night import DUE, make_book

RETURNED_ON = date(2026, 11, 24)
SETTLED_ON = date(2026, 11, 23)
TABLES = (Return, Match, Fact)
_CODES = np.array(["R01", "R09", "R03", "R04", "R02", "R10"])
_SHARES = (0.60, 0.10, 0.14, 0.06, 0.05, 0.05)


def settle_book(desk: Desk, *, on: date = SETTLED_ON) -> None:
    """Bring the night's files to the bank and settle their batches."""
    run_night(desk)
    profile = desk.routes()[0].profile
    with desk.action() as ctx:
        files = ctx.session.scalars(select(File.id).where(File.state == FileState.SEALED)).all()
        for file_id in files:
            approve_file(replace(ctx, actor="checker"), file_id)
    send_files(desk)
    with desk.action() as ctx:
        batches = ctx.session.scalars(select(Batch).where(Batch.file_id.in_(files))).all()
        settle_batches(
            ctx,
            desk.originator_id(),
            [(batch, on) for batch in batches],
            basis=SettlementBasis.CONFIRMED,
            profile=profile,
            cents={batch.id: Sides(debits=batch.debit_cents, credits=0) for batch in batches},
        )


def report_of_returns(
    desk: Desk, *, sequence: int = 1, on: date = RETURNED_ON, settled_on: date = SETTLED_ON, last: int | None = None
) -> bytes:
    """Return a daily report that tells of a return of every debit in the book, or of the last so many."""
    draw = np.random.default_rng(11)
    with desk.view() as ctx:
        entries = ctx.session.execute(
            select(
                Entry.order_id, Entry.trace, Entry.amount_cents, Batch.company_identification, Batch.entry_class,
                Batch.number,
            ).join(Batch, Batch.id == Entry.batch_id).order_by(Entry.id.desc() if last else Entry.id).limit(last)
        ).all()  # fmt: skip
    codes = _CODES[draw.choice(len(_CODES), len(entries), p=_SHARES)].tolist()
    rows = [
        Row(
            type="R",
            values={
                "class": "RETURN",
                "reason": code,
                "original_trace": f"{entry.trace:015d}",
                "return_trace": f"{91_000_010_000_000 + number:015d}",
                "transaction_code": "26",
                "rdfi": "02100002",
                "amount": entry.amount_cents,
                "individual_id": encode_key(entry.order_id),
                "name": "",
                "account_last4": "0000",
                "company_id": entry.company_identification,
                "sec": entry.entry_class,
                "batch_number": f"{entry.number:07d}",
                "original_settlement_date": f"{settled_on:%Y%m%d}",
                "return_settlement_date": f"{on:%Y%m%d}",
                "posting_ref": "POST1",
            },
        )
        for number, (entry, code) in enumerate(zip(entries, codes, strict=True))
    ]
    head = ReportHead(
        as_of=datetime(on.year, on.month, on.day, 20, 0, tzinfo=NEW_YORK), sequence=sequence, business_date=on,
        report_id=f"STR-{sequence}",
    )  # fmt: skip
    terms = BankTerms(odfi_routing="09100001", immediate_destination="091000019")
    return write_report(head, ReportBody(returns=rows), terms, opening_cents=0)


def plain_inserts(folder: Path) -> float:
    """Return the seconds that plain inserts of the rows written by the returns take, in empty tables of their shape."""
    yardstick = sqlite3.connect(folder / "yardstick.sqlite", isolation_level=None)
    for setting in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-131072"):
        yardstick.execute(f"PRAGMA {setting}")
    written: list[tuple[str, list[tuple[object, ...]]]] = []
    with sqlite3.connect(folder / "book.sqlite") as book:
        for table in TABLES:
            name = table.__tablename__
            for (sql,) in book.execute("SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL", (name,)):
                if not sql.startswith("CREATE TRIGGER"):
                    yardstick.execute(sql)
            only = " WHERE kind IN ('returned', 'retry_planned', 'given_up')" if table is Fact else ""
            written.append((name, book.execute(f"SELECT * FROM {name}{only}").fetchall()))  # noqa: S608 -- our tables
    start = time.perf_counter()
    yardstick.execute("BEGIN IMMEDIATE")
    for name, rows in written:
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            yardstick.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608 -- only question marks
    yardstick.execute("COMMIT")
    seconds = time.perf_counter() - start
    yardstick.close()
    return seconds


def measure(*, orders: int, merchants: int) -> dict[str, object]:
    """Return the figures of one report of returns."""
    with tempfile.TemporaryDirectory(prefix="ingather-bench-") as scratch:
        folder = Path(scratch)
        desk = make_book(folder, orders=orders, merchants=merchants)
        settle_book(desk)
        data = report_of_returns(desk)
        is_banking_day(DUE)
        profile = desk.routes()[0].profile
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        begin, cpu = time.perf_counter(), time.process_time()
        with desk.action() as ctx:
            report_id, _ = keep_report(ctx, desk.originator_id(), name="returns.txt", data=data)
        kept = time.perf_counter()
        reading = read_reports(data, near=RETURNED_ON)[0]
        read = time.perf_counter()
        with desk.action() as ctx:
            taken = take_report(ctx, report_id, reading, profile=profile)
        end = time.perf_counter()
        cpu = time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        plain = plain_inserts(folder)
        with desk.view() as ctx:
            back = len(ctx.session.scalars(select(Order.id).where(Order.state.in_(["returned", "failed"]))).all())
    if taken.applied != orders or back != orders:
        message = f"{taken.applied} of {orders} returns were applied, {back} orders came back: {taken.state}"
        raise RuntimeError(message)
    return {
        "returns": orders,
        "keep_s": round(kept - begin, 3),
        "read_s": round(read - kept, 3),
        "take_s": round(end - read, 3),
        "seconds": round(end - begin, 3),
        "cpu_seconds": round(cpu, 3),
        "items_per_s": int(orders / (end - begin)),
        "taken_per_s": int(orders / (end - read)),
        "plain_inserts_s": round(plain, 3),
        "ratio_to_plain_inserts": round(plain / (end - read), 3),
        "peak_rss_mib": peak,
        "rss_before_mib": before,
        "load_1min": round(os.getloadavg()[0], 2),
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Returns kept, read and applied on SQLite.")
    parser.add_argument("--returns", type=int, default=100_000)
    parser.add_argument("--merchants", type=int, default=300)
    chosen = parser.parse_args()
    print(json.dumps(measure(orders=chosen.returns, merchants=chosen.merchants)))  # noqa: T201 -- its output


if __name__ == "__main__":
    main()
