"""The rest of the desk over HTTP: notifications of change, cases, and what follows a debit, by two persons."""

from typing import Any

import pytest

from ingather.domain.users import Permission, Role
from ingather.jobs.rehearsal.stage import banking_days
from tests.api.office import Client, Front, front_of
from tests.journey.stage import MONDAY, Sale, all_files, broken, order, play, record, staged
from tests.journey.told import change_policy, notified
from tests.red import red_account

pytestmark = pytest.mark.xdist_group("api-desk")  # its book is made once

DAYS = banking_days(MONDAY, 10)
SALES = [Sale(amount=100 * (number + 1)) for number in range(3)] + [Sale(amount=5_000, merchant="summit")]
RIGHT, WRONG = red_account(7), red_account(8)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    """Return the office of a book with collected orders, one that settled yesterday, and two notifications."""
    stage = staged(tmp_path_factory.mktemp("desk"), SALES)
    change_policy(stage, "C01")
    play(stage, *DAYS[:5])
    record(stage, [Sale(amount=700, due=DAYS[6]), Sale(amount=900, due=DAYS[6])], first=4)
    play(stage, *DAYS[5:8])
    notified(stage, "C01", RIGHT, about="b000")
    notified(stage, "C01", WRONG, about="b001", change_trace=231380100000002)
    return front_of(stage)


@pytest.fixture(scope="module")
def omar(front: Front) -> Client:
    return front.person("omar", Role.APPROVER)


def test_notifications_are_shown_masked_applied_and_refused_in_time(front: Front) -> None:
    client = front.client()
    page = client.get("/corrections", waiting=True, order="oldest")
    first, second = page.json()["data"]
    assert (first["code"], first["old"]["account"][:3], first["new"]["account"]) == ("C01", "...", f"...{RIGHT[-4:]}")
    assert (first["days_left"] > 0, first["next_actions"]) == (True, ["apply", "leave", "refuse"])
    applied = client.post(f"/corrections/{first['id']}/apply")
    assert (applied.json()["state"], applied.json()["next_actions"]) == ("applied", [])
    wrong = client.post(f"/corrections/{second['id']}/refuse", {"as_code": "C01", "reason": "no"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/as_code")
    refused = client.post(f"/corrections/{second['id']}/refuse", {"as_code": "C68", "reason": "not our buyer"}).json()
    assert (refused["state"], refused["refused_as"]) == ("refused", "C68")
    back = client.post(f"/requests/{refused['request']}/withdraw", {"reason": "it was our buyer"})
    assert (back.status_code, back.json()["state"]) == (200, "withdrawn")
    assert client.get(f"/corrections/{second['id']}").json()["state"] == "open"
    both = page.text + applied.text + client.get("/corrections").text
    assert not any(number in both for number in (RIGHT, WRONG, red_account(0), red_account(1)))
    assert client.get("/corrections", state="applied", code="C01").json()["data"][0]["id"] == first["id"]


def test_a_case_is_noted_escalated_and_closed_once(front: Front) -> None:
    client = front.client()
    opened = client.post("/cases/reviews", {"what": "access"})
    assert (opened.status_code, opened.json()["kind"]) == (201, "access_review")
    case = opened.json()["id"]
    assert [each["id"] for each in client.get("/cases", kind="access_review", state="open").json()["data"]] == [case]
    assert client.get("/cases", overdue=True, kind="access_review").json()["data"] == []
    read = client.get(f"/cases/{case}").headers["ETag"]
    noted = client.post(f"/cases/{case}/notes", {"text": "asked for the list"}, **{"If-Match": read})
    assert noted.json()["history"][-1]["detail"]["text"] == "asked for the list"
    assert client.post(f"/cases/{case}/notes", {"text": "late"}, **{"If-Match": read}).status_code == 412
    up = client.post(f"/cases/{case}/escalate", {"reason": "nobody answers"})
    assert (up.status_code, up.json()["escalated"]) == (200, True)
    closed = client.post(f"/cases/{case}/close", {"outcome": "all names are known", "evidence": "list 4"})
    assert (closed.json()["state"], closed.json()["evidence"]) == ("closed", "list 4")
    assert client.post(f"/cases/{case}/close", {"outcome": "again"}).status_code == 409


def _order(front: Front, name: str) -> str:
    found: str = order(front.stage, name)["id"]
    return found


def test_a_refund_is_asked_once_and_approved_by_another_person(front: Front, omar: Client) -> None:
    maria = front.client({Permission.ORDERS_WRITE, Permission.RETURNS_READ}, merchant="harbor")
    path, body = f"/orders/{_order(front, 'b002')}/refund", {"amount_minor": 200, "reason": "one came back"}
    first = maria.post(path, body, key="refund")
    assert maria.post(path, body, key="refund").content == first.content
    asked: dict[str, Any] = first.json()
    assert (first.status_code, asked["left_minor"], asked["follow_up"]["amount_minor"]) == (201, 100, 200)
    too_much = maria.post(path, {"amount_minor": 101, "reason": "and more"})
    assert (too_much.status_code, too_much.json()["code"]) == (409, "limit_reached")
    name = asked["follow_up"]["id"]
    assert (asked["follow_up"]["state"], asked["follow_up"]["duty"][:15]) == ("asked", "a second person")
    assert maria.post(f"/follow-ups/{name}/approve").status_code == 403
    approved = omar.post(f"/follow-ups/{name}/approve")
    assert (approved.json()["state"], approved.json()["checker"]) == ("wanted", "user:omar")
    assert omar.post(f"/follow-ups/{name}/refuse", {"reason": "no"}).status_code == 409
    let_be = maria.post(f"/follow-ups/{name}/withdraw", {"reason": "he keeps it"})
    assert (let_be.json()["state"], let_be.json()["ended_because"]) == ("withdrawn", "withdrawn")
    assert [each["id"] for each in maria.get("/follow-ups", kind="refund").json()["data"]] == [name]
    theirs = f"/orders/{_order(front, 'b003')}/refund"
    assert maria.post(theirs, {"amount_minor": 1, "reason": "x"}).status_code == 404


def test_a_reversal_of_our_own_error_waits_for_a_second_person(front: Front, omar: Client) -> None:
    client = front.client()
    path = f"/orders/{_order(front, 'b004')}/reverse"
    no = client.post(path, {"reason": "remorse", "words": "he does not want it"})
    assert (no.status_code, no.json()["code"]) == (409, "wrong_state")
    asked = client.post(path, {"reason": "duplicate", "words": "it went out twice"})
    assert (asked.status_code, asked.json()["correcting"]) == (201, False)
    name = asked.json()["follow_up"]["id"]
    shown = client.get(f"/follow-ups/{name}").json()
    assert (shown["debit"]["kind"], shown["case"]["state"], shown["entry"]) == ("debit", "open", None)
    refused = omar.post(f"/follow-ups/{name}/refuse", {"reason": "it did not"})
    assert (refused.json()["state"], refused.json()["ended_because"]) == ("withdrawn", "refused")
    assert broken(front.stage) == []


def test_the_debits_of_a_file_are_reversed_together(front: Front, omar: Client) -> None:
    client = front.client()
    file = next(row["id"] for row in all_files(front.stage) if row["debit_cents"] == 1_600)
    body = {"reason": "duplicate", "words": "the file went out twice"}
    late = client.post(f"/files/{file}/reverse", body | {"discovered_at": "2026-11-24T12:00:00-05:00"})
    assert (late.status_code, "more than 24 hours ago" in late.json()["detail"]) == (409, True)
    now = front.stage.clock.now.isoformat()
    asked = client.post(f"/files/{file}/reverse", body | {"discovered_at": now})
    assert (asked.status_code, asked.json()["debits"], asked.json()["amount_minor"]) == (201, 2, 1_600)
    approved = omar.post(f"/files/{file}/reversals/approve")
    assert (approved.json()["follow_ups"], approved.json()["amount_minor"]) == (2, 1_600)
    told = client.post(f"/files/{file}/reversals/notify", {"proof": "mail 12"})
    assert told.json()["follow_ups"] == 2
    let_be = client.post(f"/files/{file}/reversals/withdraw", {"reason": "it did not"})
    assert let_be.json()["follow_ups"] == 2
    assert omar.post(f"/files/{file}/reversals/refuse", {"reason": "no"}).status_code == 409


def test_the_bank_is_asked_for_a_debit_back_and_answers(front: Front) -> None:
    client = front.client()
    name = _order(front, "b005")
    asked = client.post(f"/orders/{name}/request-return", {"reason": "the buyer was ill"})
    assert (asked.status_code, asked.json()["asked_on"]) == (200, DAYS[7].isoformat())
    (request,) = client.get("/requests", order_id=name).json()["data"]
    assert (request["kind"], request["state"], request["overdue"]) == ("return_requested", "asked", False)
    assert client.post(f"/orders/{name}/request-return", {"reason": "again"}).status_code == 409
    consumer = client.post(f"/orders/{name}/consent-to-late-return", {"reason": "as agreed"})
    assert (consumer.status_code, "cannot be returned late" in consumer.json()["detail"]) == (409, True)
    gone = client.post(f"/requests/{request['id']}/withdraw", {"reason": "he is well"})
    assert gone.json()["state"] == "withdrawn"
