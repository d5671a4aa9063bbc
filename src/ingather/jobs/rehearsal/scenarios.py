"""Playing a scenario: a small order book of its own, played until nothing moves any more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ingather.domain.orders import OrderState
from ingather.domain.refusals import NoSuch
from ingather.jobs.desk import Desk
from ingather.jobs.invariants import check_invariants
from ingather.jobs.rehearsal.books import bank_agrees
from ingather.jobs.rehearsal.first_use import FIRST_USE, open_with_checks, tell_amounts
from ingather.jobs.rehearsal.order_book import record_book
from ingather.jobs.rehearsal.stage import Day, Stage, banking_days, set_stage
from ingather.jobs.settle import run_settle
from ingather.rules.tables import profile_text
from ingather.simulator.scenarios import SCENARIOS
from ingather.store.reading import cases, ledger, orders

START = date(2026, 11, 16)
_PROFILE = "first-example"
_MOVING = frozenset({OrderState.OPEN, OrderState.SEALED, OrderState.SUBMITTED, OrderState.SETTLED})
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
    scenario = SCENARIOS.get(name)
    if scenario is None:
        fact = f"there is no scenario {name}"
        raise NoSuch(fact, f"Known are: {', '.join(sorted(SCENARIOS))}")
    stage = set_stage(
        folder,
        open_desk=open_desk,
        profile=profile_text(_PROFILE),
        start=START,
        seed=seed,
        behaviour=scenario,
    )
    new = name == FIRST_USE
    record_book(stage.desk, seed=seed, count=order_count or scenario.orders, due=banking_days(START, 5), proven=not new)
    if new:
        open_with_checks(stage)
    days = _play(stage, at_least=_LATE_DAYS if any(row.calendar_days for row in scenario.odds) else 0)
    return Played(stage=stage, days=days, outcome=_outcome(stage, days))


def _play(stage: Stage, *, at_least: int) -> list[Day]:
    """Play banking days until nothing has moved for some; settle the merchants every Friday."""
    days: list[Day] = []
    quiet = 0
    for day in banking_days(START, _MOST_DAYS):
        days.append(stage.play_day(day))
        tell_amounts(stage)
        if day.weekday() == _FRIDAY:
            run_settle(stage.desk, as_of=day)
        moved = days[-1].night.did == "something" or any(taken.applied for taken in days[-1].inbound.reports)
        quiet = 0 if moved or days[-1].inbound.collected or _still_moving(stage) else quiet + 1
        if quiet >= _QUIET_DAYS and len(days) > at_least:
            break
    run_settle(stage.desk, as_of=days[-1].day)
    return days


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
