"""The demo's console on a day of its story, whatever day it is where the tests run."""

from dataclasses import replace
from datetime import datetime, time

from ingather.base.dates import NEW_YORK
from ingather.console.kept import Kept
from ingather.jobs.rehearsal.demo import DAYS, START
from ingather.jobs.rehearsal.stage import banking_days
from tests.console.front import Clock, Console


def on_last_day(console: Console) -> Console:
    """Return the console as it stands on the evening of the demo's last day."""
    evening = datetime.combine(banking_days(START, DAYS)[-1], time(18), tzinfo=NEW_YORK)
    clock = Clock(of_book=lambda: evening)
    desk = replace(console.desk, clock=clock)
    return replace(console, desk=desk, front=replace(console.front, desk=desk, kept=Kept()), clock=clock)
