"""An inbound run and a settling killed at any durable step end, run again, in what an undisturbed twin ends in."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingather.base.dates import NEW_YORK
from ingather.jobs.inbound import run_inbound
from ingather.jobs.invariants import check_invariants
from ingather.jobs.rehearsal.scenarios import START
from ingather.jobs.rehearsal.stage import Stage, banking_days
from ingather.jobs.settle import run_settle
from ingather.simulator.scenarios import SCENARIOS
from tests.crash.checking import faults
from tests.crash.killing import Job, Steps, ended, every_other, run, telling
from tests.crash.stories import Story, begin, evening, night

pytestmark = pytest.mark.xdist_group("kills-1")
_DAYS = banking_days(START, 4)
_LATER = banking_days(START, 9)[-1]
_TWINS = {
    "orders": "SELECT id, state, presentations, last_code, late, collect_on, held, reason, version FROM orders",
    "entries": "SELECT id, ended FROM entries",
    "batches": "SELECT id, settled_on, settlement_basis, hold_until, released, rejected FROM batches",
    "files": "SELECT id, state FROM files",
    "ledger": "SELECT kind, account, merchant_id, batch_id, sum(amount_minor), count(*) FROM postings "
    "GROUP BY 1, 2, 3, 4",
    "returns": "SELECT item_key, entry_id, code, applied, late, clawed_back FROM returns",
    "cases": "SELECT kind, once, state, suspense_minor FROM cases",
    "reports": "SELECT sha256, state, sequence FROM reports",
    "bank postings": "SELECT line, code, amount_minor, value_on, bank_ref, occurrence FROM bank_postings",
    "feeds": "SELECT id, watermark_on, closing_balance_minor FROM feeds",
    "accounts": "SELECT id, state, blocked_by, version, routing, number_index FROM accounts",
    "authorizations": "SELECT id, state FROM authorizations",
    # A correction's fact is told apart by the minted key of its row; cases, reports and payouts are subjects by theirs.
    "facts": "SELECT scope, kind, CASE kind WHEN 'corrected' THEN '' ELSE once END, on_date, "
    "CASE WHEN scope IN ('case', 'report', 'payout', 'settlement') THEN 0 ELSE subject_id END "
    "FROM facts WHERE kind <> 'paid_out'",
    "settlements": "SELECT merchant_id, as_of, opening_minor, collected_minor, clawed_back_minor, payable_minor, "
    "closing_minor FROM settlements",
    "settlement lines": "SELECT order_id, entry_id, kind, amount_minor, code FROM settlement_lines",
}


def _twin(story: Story) -> dict[str, Counter[tuple[Any, ...]]]:
    with closing(sqlite3.connect(story.book)) as book:
        return {name: Counter(book.execute(question)) for name, question in _TWINS.items()}


def _differences(story: Story, twin: dict[str, Counter[tuple[Any, ...]]]) -> list[str]:
    return [f"{name} differ from the twin's" for name, rows in _twin(story).items() if rows != twin[name]]


def _inbound(story: Story, *, minute: int = 0, on: date = _DAYS[-1]) -> Job:
    def job(step: Steps) -> dict[str, Any]:
        report = run_inbound(story.desk(evening(180 + minute, on=on), node=100 + minute, tell=step))
        return {"did": report.did, "exit": int(report.exit_code)}

    return job


def _play_the_bank(story: Story, stage: Stage, days: list[date]) -> Iterator[date]:
    """Yield each day after the bank has laid down what it answers on it; nothing is taken."""
    for path in story.at_the_bank():
        stage.bank.receive(path.name, path.read_bytes(), evening(5))
    for day in days:
        morning, close = (datetime.combine(day, at, tzinfo=NEW_YORK) for at in (time(8), time(20, 30)))
        answers = [*stage.bank.answer(morning), *stage.bank.answer(close), *stage.bank.close_day(day)]
        for delivery in answers:
            (stage.inbound / delivery.name).write_bytes(delivery.data)
        yield day


def _sent(folder: Path, *, orders: int) -> tuple[Story, Stage]:
    story, stage = begin(folder, orders=orders, behaviour=SCENARIOS["marketplace"])
    ended(run(night(story)))
    return story, stage


def test_an_inbound_run_killed_anywhere_applies_each_item_once(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    story, stage = _sent(tmp_path, orders=48)
    assert list(_play_the_bank(story, stage, _DAYS)) == _DAYS
    story.keep()
    whole = run(_inbound(story))
    ended(whole)
    twin = _twin(story)
    assert twin["returns"]
    assert {row[1] for row in twin["orders"]} >= {"settled", "returned"}
    assert sum(name == "taken" for name in whole.steps) >= 6
    points = telling(whole.steps)
    assert len(points) >= 25
    points = every_other(points)
    broken = []
    for number, point in enumerate(points):
        story.begin_again()
        assert run(_inbound(story), kill_at=point).killed
        if number % 3 == 0:
            run(_inbound(story, minute=5), kill_at=1 + number % 7)
        ended(run(_inbound(story, minute=10)))
        again = ended(run(_inbound(story, minute=15)))
        where = f"killed at step {point}, {whole.steps[point - 1]}"
        broken += [f"{where}: {fault}" for fault in (*_differences(story, twin), *faults(story))]
        if again["did"] != "nothing":
            broken.append(f"{where}: a run after the last one did something")
    record_property("kills", len(points))
    assert not broken, "\n".join(broken)


def test_a_settling_killed_anywhere_makes_each_statement_once_and_writes_it(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    story, stage = _sent(tmp_path, orders=48)
    days = [START + timedelta(days=after) for after in range((_LATER - START).days + 1)]
    banking = [day for day in days if day in set(banking_days(START, 9))]
    for minute, day in enumerate(_play_the_bank(story, stage, banking)):
        ended(run(_inbound(story, minute=minute, on=day)))
    story.keep()

    def settle(step: Steps, minute: int = 0) -> str:
        desk = story.desk(evening(200 + minute, on=_LATER), node=200 + minute, tell=step)
        return run_settle(desk, as_of=_LATER, folder=story.folder / "statements").did

    def written() -> dict[str, str]:
        found = sorted((story.folder / "statements").glob("*.csv"))
        return {path.name: path.read_text("utf-8") for path in found}

    whole = run(settle)
    assert ended(whole) == "something"
    twin, statements = _twin(story), written()
    assert {row[2] for row in twin["settlement lines"]} >= {"collected"}
    assert len(statements) == 2
    points = telling(whole.steps)
    assert len(points) >= 8
    for point in points:
        story.begin_again()
        assert run(settle, kill_at=point).killed
        ended(run(lambda step: settle(step, 1)))
        assert ended(run(lambda step: settle(step, 2))) == "nothing"
        where = f"killed at step {point}, {whole.steps[point - 1]}"
        assert not _differences(story, twin), where
        assert written() == statements, where
        assert not list((story.folder / "statements").glob("*.part")), where
        held = check_invariants(story.desk(evening(210, on=_LATER), node=999))
        assert all(held.values()), where
    record_property("kills", len(points))
