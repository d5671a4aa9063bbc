"""The demo: a marketplace's November from CSV files, twelve banking days around Thanksgiving, on one clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from ingather.actions.reconciliation.day_report import DayReport, measure_day
from ingather.domain.orders import OrderState
from ingather.domain.refusals import BrokenInvariant
from ingather.jobs.desk import Desk
from ingather.jobs.imports import import_files
from ingather.jobs.invariants import check_invariants
from ingather.jobs.rehearsal.books import bank_agrees
from ingather.jobs.rehearsal.day_books import reconcile_evening
from ingather.jobs.rehearsal.stage import Day, Stage, banking_days, set_stage
from ingather.jobs.settle import run_settle
from ingather.rules.debitable import REASONS
from ingather.rules.tables import profile_text
from ingather.simulator.scenarios import SCENARIOS
from ingather.store.reading import files, orders, settlements
from ingather.store.tables import BankPosting, Feed

START = date(2026, 11, 16)
DAYS = 12
SEED = 20261126
_PROFILE = "first-example"
_SETTLE_DAYS = frozenset({date(2026, 11, 20), date(2026, 11, 27)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The demo as it ended, and how its days went."""

    stage: Stage
    days: list[Day]
    result: dict[str, Any]
    files: list[dict[str, Any]]
    reasons: dict[str, str]
    last_statements: list[dict[str, Any]]
    last_day: DayReport


def play_demo(
    folder: Path,
    samples: Sequence[Path],
    *,
    open_desk: Callable[..., Desk],
    on_day: Callable[[Day], None],
    seed: int = SEED,
) -> Demo:
    """Play the demo in an empty folder from the CSV files given; ``on_day`` hears of each banking day.

    Raises ``BrokenInvariant`` when a row of the samples is refused: the demo's data are meant to be whole.
    """
    stage = set_stage(
        folder,
        open_desk=open_desk,
        profile=profile_text(_PROFILE),
        start=START,
        seed=seed,
        behaviour=SCENARIOS["november"],
        fee_cents=250,
    )
    imported = import_files(stage.desk, samples)
    if imported.exit_code:
        fact = "the demo's own order files do not import"
        raise BrokenInvariant(fact, "Import them by hand to see why: ingather import")
    days: list[Day] = []
    for day in banking_days(START, DAYS):
        days.append(stage.play_day(day))
        if day in _SETTLE_DAYS:
            run_settle(stage.desk, as_of=day, folder=folder / "statements")
        on_day(days[-1])
    last = run_settle(stage.desk, as_of=days[-1].day, folder=folder / "statements")
    evening = reconcile_evening(stage)
    found = _result(stage, days)
    last_day = _last_day(stage)
    found["result"]["reconciled"] = _reconciled(last_day)
    found["result"]["invariants"]["the_last_day_is_reconciled"] = not evening.faults
    return Demo(stage=stage, days=days, **found, last_statements=last.statements, last_day=last_day)


def _result(stage: Stage, days: list[Day]) -> dict[str, Any]:
    returns: dict[str, int] = {}
    for day in days:
        for code, count in day.inbound.codes.items():
            if code.startswith("R"):
                returns[code] = returns.get(code, 0) + count
    with stage.desk.view() as ctx:
        by_state = orders.by_state(ctx.session)
        listed = files.listed(ctx.session)
        statements = settlements.listed(ctx.session)
    merchants: dict[str, dict[str, Any]] = {}
    for statement in statements:
        name = statement["merchant"]
        row = merchants.setdefault(
            name, {"merchant": name, "collected_minor": 0, "clawed_back_minor": 0, "payable_minor": 0}
        )
        for key in ("collected_minor", "clawed_back_minor", "payable_minor"):
            row[key] += statement[key]
    result = {
        "book": str(stage.folder / "book.sqlite"),
        "orders": sum(by_state.values()),
        "by_state": by_state,
        "files": [{key: row[key] for key in ("name", "sha256", "entries", "debit_cents")} for row in listed],
        "returns": dict(sorted(returns.items())),
        "settlements": list(merchants.values()),
        "unmatched": sum(taken.unmatched for day in days for taken in day.inbound.reports),
        "invariants": check_invariants(stage.desk) | bank_agrees(stage),
    }
    return {"result": result, "files": listed, "reasons": _reasons(stage)}


def _last_day(stage: Stage) -> DayReport:
    """Return how the last day stands on which money moved on the account."""
    [route] = stage.desk.routes()
    with stage.desk.view() as ctx:
        day = ctx.session.scalars(select(func.max(BankPosting.booked_on))).one()
        feed = ctx.session.get_one(Feed, route.row.feed_id)
        return measure_day(ctx, feed, day or START, terms=route.profile.posting)


def _reconciled(day: DayReport) -> dict[str, Any]:
    """Return how the day's postings were explained, and whether each of its equations holds."""
    return {
        "day": day.day.isoformat(),
        "postings": day.sums.postings,
        "explained": day.sums.matched,
        "equations": {each.id: each.holds for each in day.equations},
    }


def _reasons(stage: Stage) -> dict[str, str]:
    """Return what a person asks of each state: why open orders are not debited, when returned ones are tried again."""
    with stage.desk.view() as ctx:
        waiting = orders.listed(ctx.session, state=OrderState.OPEN)
        again = orders.listed(ctx.session, state=OrderState.RETURNED)
    said = {reason.id: reason.sentence for reason in REASONS}
    why = sorted({said.get(order["reason"], order["reason"]) for order in waiting if order["reason"]})
    days = sorted({order["collect_on"] for order in again if order["collect_on"]})
    return {
        OrderState.OPEN: " ".join(why),
        OrderState.RETURNED: f"Presented again on {', '.join(days)}." if days else "",
        OrderState.SETTLED: "On hold until no return can come any more.",
    }
