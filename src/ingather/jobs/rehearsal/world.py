"""The simulated world: buyers, people, a bank and a wire, day after day, each evening held against the money ring.

Everything is drawn from generators forked by name from one seed, so that one actor more does not move the others and
the same seed plays the same events again. A day that breaks anything raises with the seed, the day and what came last.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import case, func, select

from ingather.base.ids import Prefix, public_id
from ingather.domain.files import FileState
from ingather.domain.refusals import BrokenInvariant, NoSuch, WrongState
from ingather.jobs.desk import Desk
from ingather.jobs.inbound import run_inbound
from ingather.jobs.invariants import check_invariants
from ingather.jobs.night.run import run_night
from ingather.jobs.reconcile import run_close, run_sign
from ingather.jobs.rehearsal.day_books import reconcile_evening
from ingather.jobs.rehearsal.money_ring import ring_faults
from ingather.jobs.rehearsal.moving import WAYS
from ingather.jobs.rehearsal.people import Buyers, Operators, ReturnsDesk
from ingather.jobs.rehearsal.people.acting import Acting
from ingather.jobs.rehearsal.people.town import Town, found_town
from ingather.jobs.rehearsal.stage import Stage, set_stage
from ingather.jobs.rehearsal.wire import FAIR, Weather, Wire
from ingather.jobs.settle import run_settle
from ingather.rules.calendar import is_banking_day
from ingather.rules.tables import profile_text
from ingather.simulator.scenarios import SCENARIOS
from ingather.store.reading import ledger, orders
from ingather.store.tables import BankPosting, File

START = date(2026, 11, 16)
YEAR = "year"
_PROFILE = "first-example"
_SATURDAY = 5
_FRIDAY = 4
_LAST_LINES = 12
_ONE_DAY = timedelta(days=1)
_FAST = timedelta(hours=3)
_BYTES_EVERY = 7


@dataclass(slots=True, kw_only=True)  # mutable -- it is told while the world goes on
class World:
    """A world on its way; ``log`` has one line per event, ``counted`` how often what happened."""

    seed: int
    stage: Stage
    town: Town
    log: list[str] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    day: date = START

    def tell(self, line: str) -> None:
        """Keep one event of the day."""
        self.log.append(f"{self.day} {line}")

    def draw(self, actor: str) -> Random:
        """Return the generator of an actor, forked from the seed by its name."""
        return Random(f"{self.seed}/{actor}")  # noqa: S311 -- a repeatable world, no secrets


def simulate_world(
    folder: Path,
    *,
    open_desk: Callable[..., Desk],
    seed: int,
    days: int,
    orders: int,
    scenario: str = YEAR,
    weather: Weather = FAIR,
    on_day: Callable[[World], None] = lambda _: None,
) -> World:
    """Play a world in an empty folder over calendar days and return it.

    On each evening of a night every invariant and the money ring are asked; the kept bytes are opened every week and
    at the end. Raises ``BrokenInvariant`` with the seed and the day at the first evening that does not hold, and
    ``NoSuch`` for an unknown scenario.
    """
    world = _open(folder, open_desk=open_desk, seed=seed, days=days, orders=orders, scenario=scenario, weather=weather)
    play = _Play(world)
    for number in range(days):
        world.day = START + number * _ONE_DAY
        try:
            moved = play.play_day(world.day)
            world.counted["days"] += 1
            if moved or number == days - 1:
                _hold(world, bytes_too=number % _BYTES_EVERY == 0 or number == days - 1)
        except Exception as broken:
            again = f"ingather simulate world --seed {seed} --days {number + 1} --orders {orders}"
            broken.add_note(f"seed {seed}, day {number + 1} ({world.day}), again with: {again}")
            for line in world.log[-_LAST_LINES:]:
                broken.add_note(line)
            raise
        on_day(world)
    return world


def _open(
    folder: Path, *, open_desk: Callable[..., Desk], seed: int, days: int, orders: int, scenario: str, weather: Weather
) -> World:
    behaviour = SCENARIOS.get(scenario)
    if behaviour is None:
        fact = f"there is no scenario {scenario}"
        raise NoSuch(fact, f"Known are: {', '.join(sorted(SCENARIOS))}")
    terms = profile_text(_PROFILE).replace("auto_approve_under_cents = 100000000", "auto_approve_under_cents = 1000000")
    moving = WAYS[seed % len(WAYS)]
    stage = set_stage(
        folder, open_desk=open_desk, profile=f"{terms}\n{moving.as_profile()}", start=START, seed=seed,
        behaviour=behaviour, fee_cents=moving.fee_cents, moving=moving,
    )  # fmt: skip
    world = World(seed=seed, stage=stage, town=Town())
    world.town = found_town(stage.desk, draw=world.draw("town"), orders=orders, start=START, days=days)
    stage.takes_away = world.draw("bank").random() < 0.5  # noqa: PLR2004 -- a coin
    stage.lay_wire(Wire(weather=weather, draw=world.draw("wire"), clock=stage.clock, tell=world.tell))
    return world


class _Play:
    """The days of a world, with everybody who acts in it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._clock_draw = world.draw("clock")
        self._between, self._last_night = False, START
        acting = [Acting(stage=world.stage, tell=world.tell, counted=world.counted, draw=world.draw(name))
                  for name in ("buyers", "operators", "returns desk", "meanwhile")]  # fmt: skip
        self._buyers, self._operators = Buyers(acting[0], world.town), Operators(acting[1])
        self._desk, self._meanwhile = ReturnsDesk(acting[2]), Buyers(acting[3], world.town)
        world.stage.desk = replace(world.stage.desk, tell=self._step)

    def play_day(self, day: date) -> bool:
        """Play one calendar day: people by day, the night, its approvals, the bank's evening, the inbound run.

        Returns whether there was a night: on most weekends and holidays there is none, and the bank is closed.
        """
        stage = self._world.stage
        stage.morning(day)
        self._operators.resolve_doubts()
        self._buyers.live(day)
        self._desk.work()
        if not is_banking_day(day) and self._clock_draw.random() > 0.15:  # noqa: PLR2004 -- some run cron on every day
            return False
        self._night(day)
        stage.bank_evening(day)
        self._inbound()
        if day.weekday() == _FRIDAY:
            settled = run_settle(stage.desk, as_of=day)
            self._world.counted["statements"] += len(settled.statements)
        return True

    def _night(self, day: date) -> None:
        """Run the night, sometimes by a clock that is wrong, and sometimes twice."""
        world, stage = self._world, self._world.stage
        if self._clock_draw.random() < 0.04 and world.counted["nights"] > 3:  # noqa: PLR2004 -- rates
            self._night_of_an_earlier_day(day)
        fast = _FAST if self._clock_draw.random() < 0.03 else timedelta(0)  # noqa: PLR2004 -- a rate
        self._between = True
        with stage.clock.wrong_by(fast):
            if fast:
                world.tell("the clock is three hours fast")
            report = stage.night(day)
        self._between, self._last_night = False, day
        world.counted["nights"] += 1
        world.tell(
            f"night: {report.sealed_orders} orders, {len(report.sent)} sent, {len(report.voided)} voided, "
            f"{len(report.in_doubt)} in doubt, {len(report.waiting)} wait, exit {int(report.exit_code)}"
        )
        approved = self._operators.approve(report.needs_approval)
        if approved or self._clock_draw.random() < 0.1:  # noqa: PLR2004 -- a second click
            again = run_night(stage.desk)
            world.tell(f"night again: {len(again.sealed)} sealed, {len(again.sent)} sent")
        self._count_files()

    def _night_of_an_earlier_day(self, day: date) -> None:
        """Run a night by a clock that has jumped back; it must be refused (invariant I13)."""
        world = self._world
        with world.stage.clock.wrong_by(self._last_night - _ONE_DAY - day):
            try:
                run_night(world.stage.desk)
            except WrongState:
                world.tell("a night of an earlier day was refused")
                world.counted["earlier nights refused"] += 1
                return
        fact = "a night of an earlier day was run"
        raise BrokenInvariant(fact)

    def _inbound(self) -> None:
        world = self._world
        report = run_inbound(world.stage.desk)
        self._reconcile()
        codes = " ".join(f"{code}x{count}" for code, count in sorted(report.codes.items()))
        world.counted.update({f"code {code}": count for code, count in report.codes.items()})
        world.counted["collected"] += report.collected
        world.counted["reports"] += len(report.reports)
        world.tell(f"inbound: {len(report.reports)} reports, {codes or 'no codes'}, {report.collected} collected")

    def _reconcile(self) -> None:
        """Reconcile the evening, and now and then have two persons close and sign the day."""
        world = self._world
        evening = reconcile_evening(world.stage)
        if evening.faults:
            fact = "; ".join(evening.faults)
            raise BrokenInvariant(fact)
        for day in evening.report.days:
            world.counted["postings"] += day.sums.postings
            world.counted["explained"] += day.sums.matched
            world.counted["days balanced"] += day.balanced
            if day.balanced and day.day == world.day and day.day.weekday() == _FRIDAY:
                run_close(world.stage.desk.as_actor("user:rita"), day.day)
                run_sign(world.stage.desk.as_actor("user:sam"), day.day)
        world.counted["days opened again"] += len(evening.report.reopened)

    def _step(self, step: str, **_: object) -> None:
        """Let people act between what the night decided and what it sends."""
        if step == "sealed" and self._between:
            self._meanwhile.change_their_minds()

    def _count_files(self) -> None:
        with self._world.stage.desk.view() as ctx:
            doubtful = ctx.session.scalars(select(File.id).where(File.state == FileState.IN_DOUBT).order_by(File.id))
            for file_id in doubtful:
                self._world.tell(f"in doubt: {public_id(Prefix.FILE, file_id)}")
                self._world.counted["in doubt"] += 1


def _hold(world: World, *, bytes_too: bool) -> None:
    """Raise ``BrokenInvariant`` when an invariant or the money ring does not hold this evening."""
    broken = [name for name, holds in check_invariants(world.stage.desk, bytes_too=bytes_too).items() if not holds]
    broken += [fault for faults in ring_faults(world.stage).values() for fault in faults]
    if broken:
        fact = f"seed {world.seed}, {world.day}: {'; '.join(broken)}"
        raise BrokenInvariant(fact)


def figures(world: World) -> dict[str, Any]:
    """Return what a world came to, as plain values."""
    books = world.stage.bank.books()
    with world.stage.desk.view() as ctx:
        by_state = orders.by_state(ctx.session)
        accounts = ledger.balances(ctx.session)
        of_record = select(func.count(), func.sum(case((BankPosting.matched, 1), else_=0))).where(BankPosting.of_record)
        postings, explained = ctx.session.execute(of_record).one()
    return {
        "seed": world.seed,
        "days": world.counted["days"],
        "orders": sum(by_state.values()),
        "by_state": by_state,
        "files": books.files,
        "debited": books.debited._asdict(),
        "returned": books.returned._asdict(),
        "ledger": accounts,
        "postings": postings,
        "explained": int(explained or 0),
        "events": len(world.log),
        "counted": dict(sorted(world.counted.items())),
    }
