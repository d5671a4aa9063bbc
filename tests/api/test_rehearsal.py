"""Rehearsing over HTTP: the clock of a test book is moved, and its bank does as it is told, through real folders."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ingather.base.ids import Prefix, public_id
from ingather.domain.users import Permission
from ingather.jobs.invariants import check_invariants
from ingather.jobs.rehearsal.stage import Stage, StageClock
from ingather.store.tables import Route
from ingather.wiring import open_desk
from tests.api.office import Client, Front, front_of, open_front
from tests.journey.stage import NODE, Sale, order, states

pytestmark = pytest.mark.xdist_group("api-rehearsal")  # its evening is played once

SALES = tuple(Sale(amount=10_000 + number) for number in range(6))


@pytest.fixture
def front(tmp_path: Path) -> Front:
    return open_front(tmp_path, SALES)


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, datetime]:
    """Return the folder of a book whose file of Monday lies there for the bank, and what its clock shows."""
    front = open_front(tmp_path_factory.mktemp("evening") / "book", SALES)
    _moved(front.client(), "2026-11-16T18:00:00-05:00")
    front.stage.desk.engine.dispose()
    return front.stage.folder, front.stage.clock.now


@pytest.fixture
def sent(evening: tuple[Path, datetime], tmp_path: Path) -> Front:
    """Return an office over a copy of that book."""
    origin, now = evening
    folder = shutil.copytree(origin, tmp_path / "book")
    clock = StageClock(now)
    desk = open_desk(
        str(folder / "book.sqlite"), keys=str(folder / "book.keys"), actor="system:api", clock=clock, node=NODE + 1
    )
    with desk.action() as ctx:
        for route in ctx.session.scalars(select(Route)):
            route.channel = {name: value.replace(str(origin), str(folder)) for name, value in route.channel.items()}
    return front_of(Stage(folder=folder, desk=desk, clock=clock, bank=None))  # type: ignore[arg-type]  # the server opens its own


def _moved(client: Client, to: str) -> Any:  # noqa: ANN401 -- an answer
    answer = client.post("/rehearsal/clock", {"to": to})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _entry(front: Front, name: str) -> str:
    found: str = order(front.stage, name)["entries"][-1]["id"]
    return found


def _act(client: Client, path: str, body: Any = None) -> Any:  # noqa: ANN401 -- an answer
    answer = client.post(f"/rehearsal/{path}", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_clock_moves_on_and_every_due_run_is_made(front: Front) -> None:
    client = front.client()
    moved = _moved(client, "2026-11-18T12:00:00-05:00")
    assert moved["now"] == "2026-11-18T17:00:00Z"
    assert moved["failed"] == []
    assert any(name.startswith("ACK-") for name in moved["reports"])
    assert any(name.startswith("STR-") for name in moved["reports"])
    assert set(states(front.stage).values()) == {"settled"}
    assert client.post("/rehearsal/clock", {"to": "2026-11-18T12:00:00-05:00"}).status_code == 200
    assert client.post("/rehearsal/clock", {"to": "2026-11-17T12:00:00-05:00"}).json()["code"] == "unreadable"
    assert client.post("/rehearsal/clock", {"by_seconds": 40 * 86_400}).status_code == 422


def test_entries_settle_come_back_and_are_changed_as_the_bank_is_told(sent: Front) -> None:
    client = sent.client()
    _moved(client, "2026-11-16T18:30:00-05:00")
    settled = _act(client, f"entries/{_entry(sent, 'b000')}/settle")
    assert (settled["bank_state"], settled["settles_on"]) == ("settled", "2026-11-17")
    assert settled["order_state"] == "settled"
    exact = _act(client, f"entries/{_entry(sent, 'b001')}/return", {"code": "R01"})
    assert (exact["code"], exact["meaning"], exact["returns_on"]) == ("R01", "insufficient_funds", "2026-11-18")
    assert exact["order_state"] == "returned"
    changed = _act(client, f"entries/{_entry(sent, 'b002')}/change", {"code": "C05"})
    assert (changed["change_code"], changed["changes_on"]) == ("C05", "2026-11-19")
    abroad = client.post(f"/rehearsal/entries/{_entry(sent, 'b002')}/change", {"code": "C08"})
    assert (abroad.status_code, abroad.json()["errors"][0]["code"]) == (422, "unknown_code")
    twice = _act(client, f"entries/{_entry(sent, 'b003')}/return", {"code": "R02", "match": "duplicate"})
    assert twice["order_state"] == "failed"
    wrong = _act(client, f"entries/{_entry(sent, 'b004')}/return", {"code": "R08", "match": "wrong_amount"})
    assert wrong["bank_state"] == "returned"
    late = _act(client, f"entries/{_entry(sent, 'b005')}/return", {"code": "R10", "late": True})
    assert order(sent.stage, "b005")["late"] or late["order_state"] in {"returned", "failed"}
    assert [name for name, holds in check_invariants(sent.stage.desk).items() if not holds] == []


def test_a_return_that_was_only_planned_comes_when_the_clock_gets_there(sent: Front) -> None:
    client = sent.client()
    _moved(client, "2026-11-16T18:30:00-05:00")
    path = f"entries/{_entry(sent, 'b000')}/return"
    planned = _act(client, path, {"code": "R01", "on": "2026-11-19", "at_once": False})
    assert (planned["bank_state"], planned["returns_on"]) == ("waiting", "2026-11-19")
    assert client.post(f"/rehearsal/{path}", {"code": "R02"}).json()["code"] == "wrong_state"
    _moved(client, "2026-11-18T22:00:00-05:00")
    assert states(sent.stage)["b000"] == "settled"
    _moved(client, "2026-11-19T22:00:00-05:00")
    assert states(sent.stage)["b000"] == "returned"


@pytest.mark.parametrize(
    ("outcome", "first", "others"),
    [
        ("accepted", "submitted", "submitted"),
        ("accepted_with_rejects", "open", "submitted"),
        ("rejected", "open", "open"),
    ],
)
def test_a_file_is_acknowledged_as_the_bank_is_told(sent: Front, outcome: str, first: str, others: str) -> None:
    client = sent.client()
    shown = client.get("/rehearsal").json()
    assert len(shown["uncollected"]) == 1
    entries = {name: _entry(sent, name) for name in ("b000", "b001")}
    with sent.stage.desk.view() as ctx:
        name, file_id = ctx.session.connection().exec_driver_sql("SELECT name, id FROM files").one()
    assert shown["uncollected"] == [name]
    body: dict[str, Any] = {"outcome": outcome}
    if outcome == "accepted_with_rejects":
        body["entries"] = [entries["b000"]]
    path = f"files/{public_id(Prefix.FILE, file_id)}/acknowledge"
    assert _act(client, path, body)["outcome"] == outcome
    found = states(sent.stage)
    assert (found["b000"], found["b001"]) == (first, others)
    other = "rejected" if outcome != "rejected" else "accepted"
    assert client.post(f"/rehearsal/{path}", {"outcome": other}).json()["code"] == "wrong_state"


def test_a_scenario_is_played_on_a_book_of_its_own(front: Front) -> None:
    before = states(front.stage)
    told = _act(front.client(), "scenarios/nsf_then_paid", {"seed": 3, "orders": 4})
    assert sum(told["by_state"].values()) == 4
    assert told["broken"] == []
    assert sum(told["balances"].values()) == 0
    assert states(front.stage) == before
    unknown = front.client().post("/rehearsal/scenarios/nonsense", {})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_such")


def test_nothing_is_rehearsed_on_a_live_book(sent: Front) -> None:
    entry = _entry(sent, "b000")
    client = sent.client()
    with sent.stage.desk.action() as ctx:
        ctx.session.connection().exec_driver_sql("UPDATE book SET mark = 'live'")
    answers = [
        client.get("/rehearsal"),
        client.post("/rehearsal/clock", {"by_seconds": 60}),
        client.post(f"/rehearsal/entries/{entry}/settle"),
        client.post(f"/rehearsal/entries/{entry}/return", {"code": "R01"}),
        client.post(f"/rehearsal/entries/{entry}/change", {"code": "C01"}),
        client.post("/rehearsal/scenarios/nsf_then_paid", {}),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "live_book")}


def test_rehearsing_needs_its_permission(front: Front) -> None:
    client = front.client({Permission.ORDERS_READ})
    assert client.post("/rehearsal/clock", {"by_seconds": 60}).status_code == 403
