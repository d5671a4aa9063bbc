"""A book in which the returns desk has something of everything to do, played once in a test process and copied.

By the evening of the eighth banking day four debits came back, one of them after its window, a return fits no entry of
ours, and two notifications of change wait for a person.
"""

import atexit
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import cache
from itertools import count
from pathlib import Path

from ingather.base.dates import NEW_YORK
from ingather.jobs.rehearsal.demo_people import demo_people
from ingather.jobs.rehearsal.stage import banking_days
from tests.console.front import CHEAP, Console, open_console
from tests.journey.disputes.stage import Chain, evening
from tests.journey.stage import MONDAY, Sale, Script, returned, staged
from tests.journey.told import change_policy, notified
from tests.red import red_account

DAYS = banking_days(MONDAY, 12)
EVENING = datetime.combine(DAYS[7], time(18, 40), tzinfo=NEW_YORK)
"""What the clock of a copy shows."""
NEW_NUMBER, OTHER_NUMBER = red_account(20), red_account(21)
NUMBERS = tuple(red_account(number) for number in (*range(8), 20, 21))
"""Every account number in the book or in what the bank said."""
STRANGE = Chain(trace="091000010000099", back="021000020000098", settled=DAYS[7], amount=1_600)
_SALES = [
    Sale(amount=100),
    Sale(amount=200),
    Sale(amount=400),
    Sale(amount=800, merchant="summit"),
    Sale(amount=1_600, merchant="summit"),
    Sale(amount=3_200),
    Sale(amount=6_400, merchant="summit"),
]
_FATES = {
    ("B 000", 1): returned("R01"),
    ("B 001", 1): returned("R02", after=5),
    ("B 002", 1): returned("R10", after=2),
    ("B 003", 1): returned("R11", after=3),
}


@cache
def _played() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ingather-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    stage = staged(folder, _SALES, behaviour=Script(fates=_FATES))
    change_policy(stage, "C01", "C02")
    for day in DAYS[:7]:
        evening(stage, day)
    notified(stage, "C01", NEW_NUMBER, about="b005")
    notified(stage, "C02", "011401533", about="b006", change_trace=231380100000002)
    evening(stage, DAYS[7], STRANGE.returned("R03", DAYS[7]))
    demo_people(stage.desk, cost=CHEAP)
    stage.desk.engine.dispose()
    return folder


def _ticking() -> Callable[[], datetime]:
    """Return the evening's clock, which goes on by a millisecond each time that somebody looks."""
    ticks = count()
    return lambda: EVENING + timedelta(milliseconds=next(ticks))


def empty_desk(folder: Path) -> Console:
    """Return a console on a book in which nothing has happened yet."""
    staged(folder).desk.engine.dispose()
    return open_console(folder, of_book=_ticking())


def returns_desk(folder: Path) -> Console:
    """Return a console on a copy of the book in a folder that is not there yet."""
    shutil.copytree(_played(), folder)
    return open_console(folder, of_book=_ticking())
