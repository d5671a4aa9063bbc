"""Playing a scenario: a small order book of its own, played until nothing moves any more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ingather.actions.rules import take_policy
from ingather.domain.orders import OrderState
from ingather.domain.refusals import NoSuch
from ingather.jobs.desk import Desk
from ingather.jobs.inbound import run_inbound
from ingather.jobs.invariants import check_invariants
from ingather.jobs.rehearsal.books import bank_agrees
from ingather.jobs.rehearsal.first_use import tell_amounts
from ingather.jobs.rehearsal.order_book import record_book
from ingather.jobs.rehearsal.scenarios.settings import SETTINGS, Setting
from ingather.jobs.rehearsal.stage import Day, Stage, banking_days, set_stage
from ingather.jobs.settle import run_settle
from ingather.simulator.scenarios import SCENARIOS
from ingather.store.reading import cases, ledger, orders

START = date(2026, 11, 16)
_FRIDAY = 4
_QUIET_DAYS = 4
_MOST_DAYS = 90
_LATE_DAYS = 44


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A scenario played to its end."""

    stage: Stage
    days: list[Day]
    outcome: dict[str, Any]


def play_scenario(
    name: str, folder: Path, *, open_desk: Callable[..., Desk], seed: int, order_count: int | None = None
) -> Played:
    """Play a scenario in an empty folder; raises ``NoSuch`` for one that is not known."""
    stage, setting = open_scenario(name, folder, open_desk=open_desk, seed=seed, order_count=order_count)
    scenario = SCENARIOS[name]
    late = _LATE_DAYS if any(row.calendar_days for row in scenario.odds) else 0
    days = _play(stage, setting, at_least=max(late, setting.at_least))
    return Played(stage=stage, days=days, outcome=_outcome(stage, days))


def open_scenario(
    name: str, folder: Path, *, open_desk: Callable[..., Desk], seed: int, order_count: int | None = None
) -> tuple[Stage, Setting]:
    """Return the stage of a scenario with its book recorded, before its first day; raises ``NoSuch``."""
    scenario = SCENARIOS.get(name)
    if scenario is None:
        fact = f"there is no scenario {name}"
        raise NoSuch(fact, f"Known are: {', '.join(sorted(SCENARIOS))}")
    setting = SETTINGS.get(name, Setting())
    stage = set_stage(
        folder,
        open_desk=open_desk,
        profile=setting.profile(),
        start=START,
        seed=seed,
        behaviour=scenario,
    )
    if setting.policy:
        with stage.desk.action() as ctx:
            take_policy(ctx, stage.desk.originator_id(), setting.policy)
    count = order_count or scenario.orders
    record_book(stage.desk, seed=seed, count=count, due=banking_days(START, 5), terms=setting.book)
    setting.begins(stage)
    return stage, setting


def _play(stage: Stage, setting: Setting, *, at_least: int) -> list[Day]:
    """Play banking days until nothing has moved for some; settle the merchants every Friday."""
    days: list[Day] = []
    quiet = 0
    for day in banking_days(START, _MOST_DAYS):
        days.append(play_day(stage, setting, day))
        tell_amounts(stage)
        if day.weekday() == _FRIDAY:
            run_settle(stage.desk, as_of=day)
        moved = days[-1].night.did == "something" or any(taken.applied for taken in days[-1].inbound.reports)
        quiet = 0 if moved or days[-1].inbound.collected or _still_moving(stage) else quiet + 1
        if quiet >= _QUIET_DAYS and len(days) > at_least:
            break
    run_settle(stage.desk, as_of=days[-1].day)
    return days


def play_day(stage: Stage, setting: Setting, day: date) -> Day:
    """Play one banking day with the people of the setting."""
    stage.morning(day)
    setting.mornings(stage)
    night = stage.night(day, setting.night_at)
    setting.nights(stage, night)
    stage.bank_evening(day)
    return Day(day=day, night=night, inbound=run_inbound(stage.desk))


def _still_moving(stage: Stage) -> bool:
    """Return whether an order waits for a day of its own, such as a planned retry."""
    with stage.desk.view() as ctx:
        return any(
            order["collect_on"] is not None and not order["held"] and order["reason"] is None
            for state in (OrderState.OPEN, OrderState.RETURNED)
            for order in orders.listed(ctx.session, state=state)
        )


def _outcome(stage: Stage, days: list[Day]) -> dict[str, Any]:
    books = stage.bank.books()
    with stage.desk.view() as ctx:
        listed = orders.listed(ctx.session)
        found = cases.listed(ctx.session)
        accounts = ledger.balances(ctx.session)
    return {
        "orders": [
            {key: order[key] for key in ("id", "state", "presentations", "last_code", "late")} for order in listed
        ],
        "cases": [{key: case[key] for key in ("kind", "state", "due_on")} for case in found],
        "ledger": {"sum_minor": sum(accounts.values()), "balances": accounts},
        "bank": {
            "files": books.files,
            "refused_files": books.refused_files,
            "debited": books.debited._asdict(),
            "returned": books.returned._asdict(),
            "in_transit": books.in_transit._asdict(),
            "collected": books.collected._asdict(),
            "returned_by_code": {code: tally.entries for code, tally in books.returned_by_code.items()},
            "opening_cents": books.opening_cents,
            "balance_cents": books.balance_cents,
            "reports_never_sent": len(books.never_sent),
        },
        "invariants": check_invariants(stage.desk) | bank_agrees(stage),
        "exit_codes": [int(day.night.exit_code) for day in days],
    }
