"""A book in which something of everything stands, played once in each test process and copied for each test.

By then, on the Monday evening of its second week, orders are open, sealed, with the bank, collected, returned and
failed; one file waits for an approval and one lies at the bank uncollected; there are returns, changes, cases,
statements, reports and postings.
"""

import atexit
import json
import shutil
import tempfile
from datetime import date, datetime, time
from functools import cache
from pathlib import Path

from sqlalchemy import select

from ingather.base.dates import NEW_YORK
from ingather.jobs.reconcile import run_reconcile
from ingather.jobs.rehearsal.boxed import KEPT
from ingather.jobs.rehearsal.stage import Stage, StageClock
from ingather.jobs.settle import run_settle
from ingather.simulator.behaviour import Blemish, Fate
from ingather.store.tables import Route
from ingather.wiring import open_desk
from tests.api.office import Front, front_of
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    changed_terms,
    night,
    play,
    record,
    returned,
    staged,
)

_NODE = 8
BIG_MINOR = 9_900_000
_DUE = date(2026, 11, 24)
FAR = date(2026, 12, 15)
FATES = {
    ("B 000", 1): returned("R01"),
    ("B 001", 1): returned("R10", after=2),
    ("B 002", 1): returned("R03"),
    ("B 003", 1): returned("R02"),
    ("B 004", 1): returned("R11"),
    ("B 005", 1): Fate(change_code="C01"),
    ("B 006", 1): Fate(change_code="C03", garbled=True),
    ("B 007", 1): Fate(return_code="R09", blemish=Blemish.AMOUNT),
    ("B 008", 1): Fate(return_code="R01", again_after=1),
}
EVENING = datetime.combine(NEXT_MONDAY, time(18, 40), tzinfo=NEW_YORK)
"""What the clock of a copy shows."""


@cache
def _played() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ingather-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    terms = changed_terms(auto_approve_under_cents=5_000_000)
    sales = [Sale(merchant=("harbor", "summit")[number % 2]) for number in range(16)]
    stage = staged(folder, sales, behaviour=Script(fates=FATES), profile=terms)
    play(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
    run_settle(stage.desk, as_of=FRIDAY)
    run_reconcile(stage.desk)
    record(stage, [Sale(due=_DUE), Sale(due=_DUE, merchant="summit")], first=16)
    record(stage, [Sale(due=FAR), Sale(due=FAR, merchant="summit"), Sale(due=FAR), Sale(due=FAR)], first=18)
    night(stage, NEXT_MONDAY)
    record(stage, [Sale(due=_DUE, amount=BIG_MINOR)], first=22)
    night(stage, NEXT_MONDAY, time(18, 30))
    kept = {"bank": stage.bank.dump(), "targets": {}}
    (folder / "bank" / KEPT).write_text(json.dumps(kept), "utf-8")
    stage.desk.engine.dispose()
    return folder


def played_front(folder: Path) -> Front:
    """Return an office over a copy of the played book, in a folder that is not there yet."""
    return copied_front(_played(), folder, node=_NODE)


def copied_front(origin: Path, folder: Path, *, node: int) -> Front:
    """Return an office over a copy of a book that nobody has open, in a folder that is not there yet.

    The clock shows what it showed there: ``node`` is another one than made the ids that stand in it.
    """
    shutil.copytree(origin, folder)
    front = opened_again(folder, node=node)
    with front.stage.desk.action() as ctx:
        for route in ctx.session.scalars(select(Route)):
            route.channel = {name: value.replace(str(origin), str(folder)) for name, value in route.channel.items()}
    return front


def opened_again(folder: Path, *, node: int) -> Front:
    """Return an office over the book in a folder, as a process that starts there has; each has its own node."""
    clock = StageClock(EVENING)
    desk = open_desk(
        str(folder / "book.sqlite"), keys=str(folder / "book.keys"), actor="system:api", clock=clock, node=node,
        connections=10,
    )  # fmt: skip
    return front_of(Stage(folder=folder, desk=desk, clock=clock, bank=None))  # type: ignore[arg-type]  # the server opens its own
