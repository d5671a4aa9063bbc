"""Our side of the journey: a book whose bank is the mock bank, reached by its folders, and days that are played."""

import shutil
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from ingather.actions.banks import NewBook
from ingather.actions.report_profiles import take_profile
from ingather.base.dates import NEW_YORK
from ingather.jobs.founding import found
from ingather.jobs.inbound import InboundReport, run_inbound
from ingather.jobs.night.run import run_night
from ingather.jobs.reconcile import ReconcileReport, run_reconcile
from ingather.jobs.rehearsal.stage import Stage, StageClock
from ingather.rules.calendar import is_banking_day
from ingather.simulator.bank import BankInABox
from ingather.simulator.terms import BankTerms
from ingather.wiring import new_desk
from tests.books import sqlite_book
from tests.journey.mock_bank.counterparty import Counterparty
from tests.journey.stage import MERCHANTS, MONDAY, NODE, PAYS_ALWAYS, changed_terms

ACCOUNT = MERCHANTS["harbor"][1]
"""The mock bank knows an account by the company identification of its batches."""
NAME = "HARBOR"
PROFILE = Path(__file__).with_name("bai2_profile.toml")
_MORNING = time(8)
_EVENING = time(18)
_OURS = ("bai2.statement-", "nacha.")


@dataclass(slots=True)  # mutable -- filled in while days are played
class Journey:
    """A book, its bank, and what the days brought: inbound runs, reconciliations, and statements as they came."""

    stage: Stage
    bank: Counterparty
    taken: list[InboundReport] = field(default_factory=list)
    evenings: dict[date, ReconcileReport] = field(default_factory=dict)
    statements: list[bytes] = field(default_factory=list)
    notifications: list[bytes] = field(default_factory=list)

    def play(self, day: date) -> None:
        """Play one banking day until the bank's evening: what came is taken, the night is sent and answered."""
        self.stage.clock.move(datetime.combine(day, _MORNING, tzinfo=NEW_YORK))
        self.take()
        self.evenings[day] = run_reconcile(self.stage.desk)
        self.stage.clock.move(datetime.combine(day, _EVENING, tzinfo=NEW_YORK))
        run_night(self.stage.desk)
        self.bank.collect()
        self.stage.clock.move(datetime.combine(day, _EVENING, tzinfo=NEW_YORK) + timedelta(minutes=30))
        self.take()

    def sleep(self, day: date) -> date:
        """Let the bank's clock go on to its next banking day, and return that day."""
        while True:
            self.bank.move_to_next_day()
            day += timedelta(days=1)
            if is_banking_day(day):
                return day

    def take(self) -> None:
        """Take what the bank has laid into our folder; keep the statements and the notifications for the test.

        A notification (camt.054) names the account by an IBAN, which no account in the US has: it is read, not taken.
        """
        for path in sorted(self.stage.inbound.iterdir()):
            if path.is_file() and path.name.startswith("bai2.statement-"):
                self.statements.append(path.read_bytes())
            elif path.is_file() and path.name.startswith("camt.054"):
                self.notifications.append(path.read_bytes())
            if path.is_file() and not path.name.startswith(_OURS):
                path.unlink()
        self.taken.append(run_inbound(self.stage.desk))


def opened(folder: Path, bank: Counterparty) -> Journey:
    """Return a journey with a new book on the Sunday before ``MONDAY``, and its account open at the bank."""
    shutil.copyfile(sqlite_book(), folder / "book.sqlite")
    clock = StageClock(datetime.combine(MONDAY, _MORNING, tzinfo=NEW_YORK) - timedelta(days=1))
    desk = new_desk(
        str(folder / "book.sqlite"), keys=str(folder / "book.keys"), actor="system:night", node=NODE, clock=clock
    )
    terms = changed_terms(
        id="mock-bank",
        name="Mock Bank",
        report_profiles=["nacha", "mock-bank-bai2", "plain-ack"],
        reading__tolerated=["blocking", "trace-order", "trace-prefix", "routing-prefix"],
        watermark__needs="statement",
        posting__statement="bai2",
        posting__granularity="item",
        feed__sequence="none",
    )
    channel = {"kind": "folder", "outbound": str(bank.drop), "inbound": str(bank.pickup)}
    found(
        desk,
        NewBook(
            mark="test", originator="Marketplace", profile=terms, bank="MOCKBANK", account=ACCOUNT, channel=channel
        ),
    )
    with desk.action() as ctx:
        take_profile(ctx, desk.originator_id(), PROFILE.read_text(encoding="utf-8"))
    bank.open_account(ACCOUNT, NAME)
    box = BankInABox(
        terms=BankTerms(odfi_routing="231380104", immediate_destination="231380104", bank="MOCKBANK", account=ACCOUNT),
        is_banking_day=is_banking_day,
        seed=1,
        behaviour=PAYS_ALWAYS,
    )
    return Journey(stage=Stage(folder=folder, desk=desk, clock=clock, bank=box), bank=bank)
