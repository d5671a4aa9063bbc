"""The console's screens on a book of a million orders and two thousand files, asked at an offered rate.

The book is a real one: sixty nights of PostgreSQL with fsync on, every file approved, sent and settled, the returns of
the last weeks taken from a report. Beside each screen's figures stands the sign-in page of the same server, which asks
the book for nothing: the yardstick of the machine's moment.

    python -m tests.bench.bench_console --orders 1000000 --files 2000 --seconds 20
"""

import argparse
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, text, update

from ingather.actions.reports.keeping import keep_report
from ingather.actions.reports.taking import take_report
from ingather.actions.users.sessions import begin_session
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.console import gate
from ingather.console.menu import SCREENS
from ingather.domain.users import Role, SessionTerms, UserState, roles_text
from ingather.jobs.desk import Desk
from ingather.reports.recognise import read_reports
from ingather.rules.calendar import add_banking_days
from ingather.store.tables import BankProfileRow, File, Order, Return, User
from ingather.wiring import fixed_clock
from tests.bench.bench_api import send
from tests.bench.bench_night import make_book
from tests.bench.bench_returns import report_of_returns, settle_book
from tests.bench.load import Plan
from tests.bench.serving import served
from tests.postgres import empty_database, running_cluster

NIGHTS = 60
MOST_FILES_A_DAY = 36
"""File id modifiers: A to Z and 0 to 9."""
_RATE = 5.0
_SERVER = ("shared_buffers=1GB", "max_wal_size=4GB")
_LONG = SessionTerms(total=timedelta(days=365), idle=timedelta(days=365))
_ROLES = (Role.OPERATOR, Role.COMPLIANCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is in the book."""

    orders: int
    files: int
    returns: int

    @property
    def nights(self) -> int:
        """Over how many nights the files are spread."""
        return max(1, min(NIGHTS, -(-self.files // (MOST_FILES_A_DAY - 2))))


def fill(folder: Path, url: str, size: Size) -> Desk:
    """Return the desk of a book with so many orders in so many files, settled, and the returns of its last night."""
    last = add_banking_days(datetime.now(UTC).date(), -2)
    evenings = [add_banking_days(last, -back) for back in range(size.nights)][::-1]
    desk = make_book(folder, orders=size.orders, merchants=30, book=url, at=_at(evenings[0] - timedelta(days=1), 12))
    _spread(desk, evenings, entries=-(-size.orders // size.files))
    settled_on = returned_on = last
    for evening in evenings:
        at = _at(evening, 18)
        settled_on = add_banking_days(evening, 1)
        settle_book(replace(desk, clock=fixed_clock(at)), on=settled_on)
    returned_on = add_banking_days(settled_on, 1)
    desk = replace(desk, clock=fixed_clock(_at(returned_on, 21)))
    data = report_of_returns(desk, on=returned_on, settled_on=settled_on, last=size.returns)
    with desk.action() as ctx:
        report_id, _ = keep_report(ctx, desk.originator_id(), name="returns.txt", data=data)
    with desk.action() as ctx:
        reading = read_reports(data, near=returned_on)[0]
        take_report(ctx, report_id, reading, profile=desk.routes()[0].profile)
    return desk


def _at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=NEW_YORK)


def _spread(desk: Desk, evenings: list[date], *, entries: int) -> None:
    """Let the orders be due on one evening after the other, and files hold so many entries at most."""
    with desk.action() as ctx:
        row = ctx.session.scalars(select(BankProfileRow)).one()
        row.toml = row.toml.replace("[file_limit]\nentries = 100000", f"[file_limit]\nentries = {entries}")
        keys = ctx.session.scalars(select(Order.id).order_by(Order.id)).all()
        step = -(-len(keys) // len(evenings))
        for number, evening in enumerate(evenings):
            part = keys[number * step : (number + 1) * step]
            ctx.session.execute(
                update(Order).where(Order.id.between(part[0], part[-1])).values(due_on=evening, collect_on=evening)
            )
    with desk.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _cookie(desk: Desk) -> str:
    """Return the cookie of somebody who may see every screen."""
    with desk.as_actor("system:host").action() as ctx:
        user = User(id=ctx.ids.one(), name="bench", roles=roles_text(_ROLES), state=UserState.ACTIVE,
                    created_at=ctx.now, created_by=ctx.actor)  # fmt: skip
        ctx.session.add(user)
        ctx.session.flush()
        made = begin_session(ctx, user, second_factor=True, terms=_LONG)
    return f"{gate.SESSION}={made.token}"


def addresses(desk: Desk) -> list[str]:
    """Return what is asked: the screens, and one thing of each kind that lists lead to."""
    with desk.view() as ctx:
        file_id = ctx.session.scalars(select(File.id).order_by(File.id.desc()).limit(1)).one()
        order_id = ctx.session.scalars(select(Order.id).order_by(Order.id).limit(1)).one()
        return_id = ctx.session.scalars(select(Return.id).order_by(Return.id).limit(1)).one()
    return [
        *(screen.address for screen in SCREENS),
        f"/files/{public_id(Prefix.FILE, file_id)}",
        f"/orders/{public_id(Prefix.ORDER, order_id)}",
        f"/returns/{public_id(Prefix.RETURN, return_id)}",
        "/find?q=PO-00000077",
    ]


def measure(size: Size, *, seconds: float) -> Iterator[tuple[str, object]]:
    """Yield each address with its figures, in milliseconds."""
    with (
        tempfile.TemporaryDirectory(prefix="ingather-bench-") as scratch,
        running_cluster(durable=True, settings=_SERVER) as cluster,
        empty_database(cluster) as url,
    ):
        folder = Path(scratch)
        begun = time.perf_counter()
        desk = fill(folder, url, size)
        with desk.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
        yield "book", {"orders": size.orders, "files": size.files, "filled_s": round(time.perf_counter() - begun)}
        cookie, asked = _cookie(replace(desk, clock=lambda: datetime.now(UTC))), addresses(desk)
        with served(url, folder / "keys", log=folder / "log", INGATHER_SESSION_IDLE_S="86400") as server:
            for path in ("/sign-in", *asked):
                plan = Plan(
                    host="127.0.0.1", port=server.port, method="GET", path=path, connections=8, rate=0, seconds=60,
                    most=2,
                    headers={"Cookie": cookie if path != "/sign-in" else f"{gate.BEFORE}=x"},
                )  # fmt: skip
                send(plan)
                came = send(replace(plan, rate=_RATE, seconds=seconds, most=0))
                shown = re.sub(r"_[0-9A-Z]{13}", "_…", path)
                yield shown, {key: getattr(came, key) for key in ("statuses", "p50_ms", "p90_ms", "p95_ms", "p99_ms")}
    yield "load_1min", round(os.getloadavg()[0], 2)


def main() -> int:
    """Print the figures as JSON, a line each."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--orders", type=int, default=1_000_000)
    options.add_argument("--files", type=int, default=2_000)
    options.add_argument("--returns", type=int, default=20_000)
    options.add_argument("--seconds", type=float, default=20.0)
    given = options.parse_args()
    size = Size(orders=given.orders, files=given.files, returns=given.returns)
    for name, figures in measure(size, seconds=given.seconds):
        print(json.dumps({name: figures}), flush=True)  # noqa: T201 -- this is the benchmark's answer
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
