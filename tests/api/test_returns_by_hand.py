"""A return that the bank told of by telephone is recorded with what shows it, and applied once whoever tells it."""

from pathlib import Path
from typing import Any

import pytest

from ingather.simulator.state import Delivery, Kind
from tests.api.office import Front, front_of
from tests.journey.answers import bank_days
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    balances,
    broken,
    deliver,
    open_cases,
    order,
    play,
    returned,
    staged,
    states,
)

pytestmark = pytest.mark.xdist_group("api-returns-by-hand")  # its book is made once

SALES = [Sale(amount=100), Sale(amount=200), Sale(amount=400)]
LATER = (THURSDAY, FRIDAY, NEXT_MONDAY)
FATES = {("B 000", 1): returned("R01"), ("B 001", 1): returned("R02")}


def before_the_reports(folder: Path, *, book: str | None = None) -> tuple[Front, list[Delivery]]:
    """Return the office on the evening of two returns, and what the bank will deliver about them."""
    stage = staged(folder, SALES, behaviour=Script(fates=FATES), book=book)
    deliver(stage, *bank_days(stage, MONDAY, TUESDAY))
    return front_of(stage), bank_days(stage, WEDNESDAY)


def by_hand(front: Front, name: str = "b000", **terms: Any) -> Any:  # noqa: ANN401 -- an httpx response
    body = {
        "order": order(front.stage, name)["id"], "code": "R01", "returned_on": WEDNESDAY.isoformat(),
        "evidence": "call with J. Doe at the bank, 16:20, ticket 4711",
    }  # fmt: skip
    return front.client().post("/returns", body | terms)


def rows(front: Front) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = front.client().get("/returns", order="oldest").json()["data"]
    return found


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, int]]:
    """Return the states and balances of the same story when nobody telephones."""
    front, told = before_the_reports(tmp_path_factory.mktemp("reported"))
    deliver(front.stage, *told)
    play(front.stage, *LATER)
    return states(front.stage), balances(front.stage)


def test_what_was_recorded_by_hand_is_the_reports_once_they_tell_of_it(
    tmp_path: Path, reported: tuple[dict[str, str], dict[str, int]], book_url: str
) -> None:
    front, told = before_the_reports(tmp_path, book=book_url)
    made = by_hand(front, code="r01")
    assert (made.status_code, made.json()["applied"], made.json()["report"]) == (201, True, None)
    assert (made.json()["evidence"][:4], made.json()["next_step"]) == ("call", "retry")
    assert by_hand(front, "b001", code="R02", returned_on=TUESDAY.isoformat()).status_code == 201
    assert (states(front.stage)["b000"], states(front.stage)["b001"]) == ("returned", "failed")
    assert broken(front.stage) == []
    reports = deliver(front.stage, *told)
    assert sum(taken.applied for taken in reports.reports) == 0
    assert sum(taken.known for taken in reports.reports) == 4
    deliver(front.stage, *[(f"AGAIN-{each.name}", each.data) for each in told if each.kind is Kind.RETURN])
    found = rows(front)
    assert [(row["code"], row["applied"], row["returned_on"]) for row in found] == [
        ("R01", True, WEDNESDAY.isoformat()), ("R02", True, WEDNESDAY.isoformat()),
    ]  # fmt: skip
    assert all(row["report"] and row["evidence"] for row in found)
    assert "duplicate_return" not in open_cases(front.stage)
    assert broken(front.stage) == []
    play(front.stage, *LATER)
    assert (states(front.stage), balances(front.stage)) == reported
    assert broken(front.stage) == []


def test_a_return_that_turns_out_to_be_late_is_judged_by_the_reports_day(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=100)], behaviour=Script(fates={("B 000", 1): returned("R01", after=4)}))
    play(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
    front, told = front_of(stage), bank_days(stage, NEXT_MONDAY)
    assert by_hand(front, returned_on=THURSDAY.isoformat()).json()["timeliness"] == "in_time"
    assert "late_return" not in open_cases(stage)
    deliver(stage, *told)
    (row,) = rows(front)
    assert (row["timeliness"], row["returned_on"]) == ("late", NEXT_MONDAY.isoformat())
    assert "late_return" in open_cases(stage)
    assert [each["code"] for each in row["can_dishonour"]] == ["R68"]
    assert broken(stage) == []


def test_what_cannot_be_a_return_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    front, told = before_the_reports(tmp_path)
    for terms, pointer in (
        ({"code": "R68"}, "/code"),
        ({"code": "X99"}, "/code"),
        ({"returned_on": MONDAY.isoformat()}, "/returned_on"),
        ({"returned_on": FRIDAY.isoformat()}, "/returned_on"),
        ({"evidence": "   "}, "/evidence"),
        ({"order": None}, "/entry"),
    ):
        refused = by_hand(front, **terms)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer), terms
    assert front.client().post("/returns", {"code": "R01"}).status_code == 422
    assert rows(front) == []
    deliver(front.stage, *told)
    again = by_hand(front)
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    entry = order(front.stage, "b000")["entries"][0]["id"]
    ended = by_hand(front, order=None, entry=entry)
    assert (ended.status_code, "returned already" in ended.json()["detail"]) == (409, True)


def test_a_record_that_was_unmatched_is_matched_and_not_recorded_once_more(tmp_path: Path) -> None:
    front, told = before_the_reports(tmp_path)
    client = front.client()
    by_hand(front)
    (match,) = client.get("/matches", kind="return").json()["data"]
    undone = client.post(f"/matches/{match['id']}/undo", {"reason": "the bank meant another"}).json()
    twice = by_hand(front)
    assert (twice.status_code, "recorded before" in twice.json()["detail"]) == (409, True)
    entry = order(front.stage, "b000")["entries"][0]["id"]
    made = client.post(f"/returns/{undone['returned']}/match", {"entry": entry, "reason": "it was this one after all"})
    assert made.status_code == 200
    deliver(front.stage, *told)
    assert states(front.stage)["b000"] == "returned"
    assert "duplicate_return" not in open_cases(front.stage)
    assert broken(front.stage) == []


def test_what_was_recorded_in_error_is_taken_back_and_a_report_tells_it_anew(tmp_path: Path) -> None:
    front, told = before_the_reports(tmp_path)
    client, before = front.client(), balances(front.stage)
    wrong, right = by_hand(front, "b002", code="R02").json(), by_hand(front).json()
    closed = client.post(f"/returns/{wrong['id']}/take-back", {"reason": "the bank meant another"})
    assert (closed.status_code, closed.json()["returned"]["undone_on"]) == (200, WEDNESDAY.isoformat())
    back = client.post(f"/returns/{right['id']}/take-back", {"reason": "and this one too"}).json()["returned"]
    assert (back["applied"], states(front.stage)["b000"], states(front.stage)["b002"]) == (False, "settled", "settled")
    assert balances(front.stage) | {"return_suspense": 0} == before | {"return_suspense": 0}
    assert client.post(f"/returns/{right['id']}/take-back", {"reason": "again"}).status_code == 409
    assert broken(front.stage) == []
    deliver(front.stage, *told)
    assert sorted((row["applied"], row["code"]) for row in rows(front)) == [
        (False, "R01"), (False, "R02"), (True, "R01"), (True, "R02"),
    ]  # fmt: skip
    reported = rows(front)[2]["id"]
    assert client.post(f"/returns/{reported}/take-back", {"reason": "no"}).status_code == 409
    play(front.stage, *LATER)
    assert states(front.stage)["b002"] == "collected"
    assert not {"return_without_posting", "duplicate_return"} & set(open_cases(front.stage))
    assert broken(front.stage) == []
