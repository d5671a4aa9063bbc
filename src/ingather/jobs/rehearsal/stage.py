"""The stage of a rehearsal: one clock, one test book, one bank in a box, and the folders between them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from ingather.actions.banks import NewBook
from ingather.actions.report_profiles import take_profile
from ingather.base.dates import NEW_YORK
from ingather.jobs.desk import Desk
from ingather.jobs.founding import found
from ingather.jobs.inbound import InboundReport, run_inbound
from ingather.jobs.night.run import NightReport, run_night
from ingather.jobs.rehearsal.moving import Moving
from ingather.jobs.rehearsal.wire import Wire
from ingather.rules.banks import load_profile
from ingather.rules.calendar import is_banking_day
from ingather.simulator.bank import BankInABox
from ingather.simulator.behaviour import Behaviour
from ingather.simulator.state import Delivery
from ingather.simulator.terms import BankTerms

BANK = "EXAMUS33"
OUR_ACCOUNT = "000012345678"
NIGHT_AT = time(18, 0)
COLLECTS_AFTER = timedelta(minutes=5)
ANSWERS_UNTIL = timedelta(hours=2, minutes=30)
INBOUND_AFTER = timedelta(hours=3)
MORNING_AT = time(8, 0)
REQUESTS = "REQ-"
SHEETS = "PAYOUTS-"
"""Sheets of payouts are for people at a bank: the bank in a box makes no transfers of them."""


@dataclass(slots=True)  # mutable -- the rehearsal moves its hands
class StageClock:
    """The one clock of a rehearsal: it moves only when it is told to."""

    now: datetime

    def __call__(self) -> datetime:
        """Return the instant the hands show."""
        return self.now

    def move(self, instant: datetime) -> None:
        """Move the hands forward; raises ``ValueError`` for an earlier instant."""
        if instant < self.now:
            message = "the clock of a rehearsal moves one way"
            raise ValueError(message)
        self.now = instant

    @contextmanager
    def wrong_by(self, error: timedelta) -> Iterator[None]:
        """Let the hands be wrong by so much in the block, as on a machine whose clock has jumped."""
        self.now += error
        try:
            yield
        finally:
            self.now -= error


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What one banking day of a rehearsal brought."""

    day: date
    night: NightReport
    inbound: InboundReport


@dataclass(slots=True)  # mutable -- it remembers which files the bank has collected
class Stage:
    """A rehearsal on its way; ``folder`` holds the book, the key folder and the bank's two folders.

    ``last_closed`` is the last banking day that the bank has closed and told of. A bank that ``takes_away`` leaves
    nothing of what it collects in the folder; what it took lies in ``collected_files``.
    """

    folder: Path
    desk: Desk
    clock: StageClock
    bank: BankInABox
    collected: set[str] = field(default_factory=set)
    last_closed: date | None = None
    takes_away: bool = False

    @property
    def outbound(self) -> Path:
        """Return the folder that the bank collects from."""
        return self.folder / "bank" / "to-bank"

    @property
    def inbound(self) -> Path:
        """Return the folder that the bank delivers to."""
        return self.folder / "bank" / "from-bank"

    def play_day(self, day: date) -> Day:
        """Play one banking day: the night at 18:00, the bank's evening, the inbound run at 21:00."""
        self.morning(day)
        night = self.night(day)
        self.bank_evening(day)
        return Day(day=day, night=night, inbound=run_inbound(self.desk))

    @property
    def collected_files(self) -> Path:
        """Return where a bank that takes files away keeps them."""
        return self.folder / "bank" / "collected"

    def morning(self, day: date) -> None:
        """Let the morning of a day come, with what the bank has answered meanwhile."""
        self.clock.move(max(self.clock.now, datetime.combine(day, MORNING_AT, tzinfo=NEW_YORK)))
        self._deliver(self.bank.answer(self.clock.now))

    def night(self, day: date, at: time = NIGHT_AT) -> NightReport:
        """Run the night of a day at 18:00, or when it is said."""
        self.clock.move(datetime.combine(day, at, tzinfo=NEW_YORK))
        return run_night(self.desk)

    def bank_evening(self, day: date) -> None:
        """Let the bank collect, answer, close its day and deliver; the clock shows 21:00 afterwards."""
        self._collect(self.clock.now + COLLECTS_AFTER)
        self._deliver(self.bank.answer(self.clock.now + ANSWERS_UNTIL))
        self._deliver(self.bank.close_day(day))
        self.last_closed = day if is_banking_day(day) else self.last_closed
        self.clock.move(max(self.clock.now, datetime.combine(day, NIGHT_AT, tzinfo=NEW_YORK) + INBOUND_AFTER))

    def lies_at_bank(self, name: str) -> bool:
        """Return the bank's word on whether it has a file of this name."""
        return name in self.collected or (self.outbound / name).exists()

    def lay_wire(self, wire: Wire) -> None:
        """Have the desk reach its bank over a wire with weather."""
        open_channel = self.desk.open_channel
        self.desk = replace(self.desk, open_channel=lambda route, mark: wire.over(open_channel(route, mark)))

    def _collect(self, at: datetime) -> None:
        for path in sorted(self.outbound.iterdir()):
            if not path.is_file() or path.name in self.collected or path.suffix == ".part":
                continue
            self.collected.add(path.name)
            if not path.name.startswith((REQUESTS, SHEETS)):
                self.bank.receive(path.name, path.read_bytes(), at)
            elif path.suffix == ".csv" and path.name.startswith(REQUESTS):
                self.bank.receive_request(path.name, path.read_bytes(), at)
            if self.takes_away:
                self.collected_files.mkdir(exist_ok=True)
                path.replace(self.collected_files / path.name)

    def _deliver(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            temporary = self.inbound / f".{delivery.name}"
            temporary.write_bytes(delivery.data)
            temporary.replace(self.inbound / delivery.name)


def set_stage(
    folder: Path,
    *,
    open_desk: Callable[..., Desk],
    profile: str,
    start: date,
    seed: int,
    behaviour: Behaviour,
    fee_cents: int = 0,
    moving: Moving | None = None,
) -> Stage:
    """Return a new stage: an empty test book on a fixed node, so that the same seed gives the same bytes.

    ``open_desk`` makes a desk for a book in the folder with the given clock, ``moving`` says how the bank moves money;
    raises what founding raises.
    """
    terms, moves = load_profile(profile), moving or Moving()
    clock = StageClock(datetime.combine(start, MORNING_AT, tzinfo=NEW_YORK) - timedelta(days=1))
    for name in ("to-bank", "from-bank"):
        (folder / "bank" / name).mkdir(parents=True)
    desk = open_desk(clock=clock)
    stage = Stage(
        folder=folder,
        desk=desk,
        clock=clock,
        bank=BankInABox(
            terms=BankTerms(
                odfi_routing=terms.odfi_routing,
                immediate_destination=terms.destination,
                bank=BANK,
                account=OUR_ACCOUNT,
                return_fee_cents=fee_cents,
                granularity=moves.granularity,
                return_postings=moves.returns,
                fee_postings=moves.fees,
                statement=moves.statement,
            ),
            is_banking_day=is_banking_day,
            seed=seed,
            behaviour=behaviour,
        ),
    )
    channel = {"kind": "folder", "outbound": str(stage.outbound), "inbound": str(stage.inbound)}
    found(
        desk,
        NewBook(
            mark="test", originator="Marketplace", profile=profile, bank=BANK, account=OUR_ACCOUNT, channel=channel,
        ),
    )  # fmt: skip
    if (reads := moves.as_report_profile()) is not None:
        with desk.action() as ctx:
            take_profile(ctx, desk.originator_id(), reads)
    return stage


def banking_days(start: date, count: int) -> list[date]:
    """Return ``count`` banking days from ``start`` on."""
    days: list[date] = []
    day = start
    while len(days) < count:
        if is_banking_day(day):
            days.append(day)
        day += timedelta(days=1)
    return days
