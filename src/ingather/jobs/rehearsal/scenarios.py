"""Playing a scenario: a small order book of its own, played until nothing moves any more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from ingather.actions.accounts import NewAccounts, record_accounts
from ingather.actions.authorizations import NewAuthorizations, record_authorizations
from ingather.actions.merchants import NewBuyers, NewMerchants, record_buyers, record_merchants
from ingather.actions.orders import NewOrders, record_orders
from ingather.base.dates import NEW_YORK
from ingather.domain.orders import OrderState
from ingather.domain.refusals import NoSuch
from ingather.jobs.desk import Desk
from ingather.jobs.invariants import check_invariants
from ingather.jobs.rehearsal.books import bank_agrees
from ingather.jobs.rehearsal.stage import Day, Stage, banking_days, set_stage
from ingather.jobs.settle import run_settle
from ingather.rules.banks import load_profile
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
_ROUTING = ("021000021", "011401533", "091000019", "121000248")
_MERCHANTS = (("harbor", "HARBOR GOODS", "1845550101"), ("summit", "SUMMIT SUPPLY", "1845550102"))
_HOW = (("business", "online"), ("consumer", "online"), ("consumer", "phone"), ("consumer", "paper"))


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
    toml = profile_text(_PROFILE)
    profile = load_profile(toml)
    stage = set_stage(
        folder,
        open_desk=open_desk,
        profile=toml,
        odfi_routing=profile.odfi_routing,
        destination=profile.immediate_destination,
        start=START,
        seed=seed,
        behaviour=scenario,
    )
    record_book(stage.desk, seed=seed, count=order_count or scenario.orders, due=banking_days(START, 5))
    days = _play(stage, at_least=_LATE_DAYS if any(row.calendar_days for row in scenario.odds) else 0)
    return Played(stage=stage, days=days, outcome=_outcome(stage, days))


def _play(stage: Stage, *, at_least: int) -> list[Day]:
    """Play banking days until nothing has moved for some; settle the merchants every Friday."""
    days: list[Day] = []
    quiet = 0
    for day in banking_days(START, _MOST_DAYS):
        days.append(stage.play_day(day))
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


def record_book(desk: Desk, *, seed: int, count: int, due: list[date]) -> None:
    """Record an invented order book: two merchants, businesses and consumers, every channel, drawn from the seed."""
    draw = Random(f"{seed}/book")  # noqa: S311 -- an invented book wants repeatable draws, not secrets
    given_at = datetime.combine(due[0] - timedelta(days=30), time(12, 0), tzinfo=NEW_YORK)
    numbers = range(count)
    external_ids = [f"{number:05d}" for number in numbers]
    how = [_HOW[number % len(_HOW)] for number in numbers]
    merchants = [_MERCHANTS[draw.randrange(len(_MERCHANTS))][0] for _ in numbers]
    originator_id = desk.originator_id()
    with desk.action() as ctx:
        record_merchants(
            ctx,
            originator_id,
            NewMerchants(
                external_id=[row[0] for row in _MERCHANTS],
                name=[row[1].title() for row in _MERCHANTS],
                company_name=[row[1] for row in _MERCHANTS],
                company_identification=[row[2] for row in _MERCHANTS],
                entry_description=["ORDERS"] * len(_MERCHANTS),
            ),
        )
        record_buyers(
            ctx, originator_id, NewBuyers(external_id=external_ids, name=[f"Buyer {text}" for text in external_ids]),
        )  # fmt: skip
        record_accounts(
            ctx,
            originator_id,
            NewAccounts(
                external_id=external_ids,
                buyer=external_ids,
                routing=[_ROUTING[draw.randrange(len(_ROUTING))] for _ in numbers],
                number=[str(draw.randrange(10**8, 10**12)) for _ in numbers],
                kind=["savings" if draw.random() < 0.2 else "checking" for _ in numbers],  # noqa: PLR2004 -- one in five
                holder=[holder for holder, _ in how],
                validation_method=["external"] * count,
                validated_on=[given_at.date()] * count,
            ),
        )
        record_authorizations(
            ctx,
            originator_id,
            NewAuthorizations(
                external_id=external_ids,
                buyer=external_ids,
                account=external_ids,
                merchant=merchants,
                kind=["standing"] * count,
                channel=[channel for _, channel in how],
                text=["I authorize debits of what I order, and may revoke this at any time."] * count,
                given_at=[given_at] * count,
                evidence=[{"ip": "192.0.2.1", "signature": "invented", "recording": "invented"}] * count,
                max_amount_minor=[None] * count,
                valid_from=[given_at.date()] * count,
                valid_to=[None] * count,
            ),
        )
        record_orders(
            ctx,
            originator_id,
            NewOrders(
                external_id=[f"PO-{text}" for text in external_ids],
                instalment=[1] * count,
                merchant=merchants,
                authorization=external_ids,
                amount_minor=[draw.randrange(500, 250_000) for _ in numbers],
                due_on=[due[draw.randrange(len(due))] for _ in numbers],
                goods=[draw.random() < 0.5 for _ in numbers],  # noqa: PLR2004 -- every other order
            ),
        )
