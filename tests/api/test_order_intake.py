"""Recording orders over HTTP: one by one together with others, ten thousand in one call, each once."""

import asyncio
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from ingather.actions.context import Ids
from ingather.api.app import make_app
from ingather.api.intake import Done, Together
from ingather.api.office import Office
from ingather.api.settings import Settings
from ingather.domain.refusals import WrongState
from ingather.domain.users import BOUND
from ingather.store.answered_calls import KeptAnswer
from ingather.store.tables import AnsweredCall, AuditRecord, Order
from tests.api.office import Client, Front, open_front
from tests.crash.killing import Steps, run

pytestmark = pytest.mark.xdist_group("api-order-intake")  # its book is made once

DUE = "2026-11-20"
_amounts = count(5_000)


@pytest.fixture
def front(tmp_path: Path, book_url: str) -> Front:
    return open_front(tmp_path, book=book_url)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Front:
    return open_front(tmp_path_factory.mktemp("shop"))


def _order(name: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 -- the fields of a body
    return {"external_id": name, "authorization": "b000", "amount_minor": next(_amounts), "due_on": DUE, **changes}


def _count(front: Front, table: type[AuditRecord | Order]) -> int:
    with front.stage.desk.view() as ctx:
        return ctx.session.execute(select(func.count()).select_from(table)).scalar_one()


def _batch(client: Client, rows: Sequence[Any], *, key: str) -> Any:  # noqa: ANN401 -- an httpx response
    lines = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    headers = client.headers() | {"Content-Type": "application/x-ndjson", "Idempotency-Key": key}
    return client.http.post("/v1/orders:batch", content=lines.encode(), headers=headers)


def test_an_order_is_recorded_once_under_its_own_name(shop: Front) -> None:
    client = shop.client()
    body = _order("n1", metadata={"cart": "77"})
    made = client.post("/orders", body)
    assert (made.status_code, made.json()["state"], made.json()["metadata"]) == (201, "open", {"cart": "77"})
    assert made.json()["merchant"] == "harbor", "the authorization's merchant stands where none is named"
    again = client.post("/orders", body)
    assert (again.status_code, again.content) == (200, made.content)
    other = client.post("/orders", body | {"amount_minor": 1})
    said = other.json()
    assert (other.status_code, said["code"], said["existing"]) == (409, "same_key_other_content", made.json()["id"])


def test_other_things_are_named_by_their_ids_as_well(shop: Front) -> None:
    client = shop.client()
    known = client.get("/authorizations", external_id="b000").json()["data"][0]
    named = {"authorization": known["id"], "merchant": known["merchant_id"], "buyer": known["buyer_id"]}
    made = client.post("/orders", _order("by-id") | named)
    assert (made.status_code, made.json()["authorization_id"]) == (201, known["id"])


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"authorization": "nobody"}, "/authorization"),
        ({"merchant": "nobody"}, "/merchant"),
        ({"buyer": "b001"}, "/buyer"),
        ({"amount_minor": 0}, "/amount_minor"),
        ({"due_on": "2026-02-30"}, "/due_on"),
        ({"currency": "EUR"}, "/currency"),
        ({"external_id": "a\x01b"}, "/external_id"),
        ({"act_channel": "online"}, "/act_at"),
        ({"act_channel": "paper", "act_at": "2026-11-01T10:00:00Z"}, "/act_channel"),
        ({"amount": 5}, "/amount"),
        ({"metadata": {"": "x"}}, "/metadata//[key]"),
    ],
)
def test_a_fault_is_pointed_at(shop: Front, changes: dict[str, Any], pointer: str) -> None:
    answer = shop.client().post("/orders", _order("faulty", **changes))
    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (422, [pointer])


def test_a_batch_answers_each_line_and_a_bad_one_hurts_no_other(shop: Front) -> None:
    first = _order("m1")
    rows = [first, "{", first, _order("m2", amount_minor=-1), first | {"goods": True}, "", _order("m3", merchant="x")]
    answer = _batch(shop.client(), rows, key="mixed").json()
    told = [(each["line"], each["status"], each["code"], bool(each["id"])) for each in answer["data"]]
    assert told == [
        (1, "created", None, True),
        (2, "refused", "unreadable", False),
        (3, "existing", None, True),
        (4, "refused", "unreadable", False),
        (5, "refused", "same_key_other_content", True),
        (7, "refused", "unreadable", False),
    ]
    assert (answer["created"], answer["existing"], answer["refused"]) == (1, 1, 4)


def test_a_batch_has_an_end(shop: Front) -> None:
    client = shop.client()
    assert _batch(client, ["{}"] * 10_001, key="large").status_code == 422
    assert _batch(client, [], key="none").status_code in {400, 422}


def test_orders_that_look_alike_are_told_of_and_wait(shop: Front) -> None:
    rows = [_order("twin-1", amount_minor=77_777), _order("twin-2", amount_minor=77_777)]
    answer = _batch(shop.client(), rows, key="twins").json()["data"]
    assert answer[0]["warning"] is None
    assert "looks like order twin-1" in answer[1]["warning"]
    waiting = shop.client().get("/orders", suspected=True).json()["data"]
    assert [each["external_id"] for each in waiting] == ["twin-2"]


def test_a_key_of_one_merchant_records_only_for_it(shop: Front) -> None:
    client = shop.client(BOUND, merchant="harbor")
    assert client.post("/orders", _order("mine")).status_code == 201
    theirs = client.post("/orders", _order("theirs", authorization="b001"))
    nobodys = client.post("/orders", _order("theirs", authorization="nobody"))
    assert theirs.status_code == nobodys.status_code == 422
    assert theirs.json()["detail"].replace("b001", "nobody") == nobodys.json()["detail"], "nothing is told of others"
    named = client.post("/orders", _order("theirs", merchant="summit", authorization="b001"))
    assert named.json()["errors"][0]["pointer"] == "/merchant"


def test_eight_threads_with_eight_orders_each_record_each_once_in_fewer_transactions(front: Front) -> None:
    client = front.client()
    bodies = [_order(f"t{number}") for number in range(24)]
    before = _count(front, AuditRecord)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda body: client.post("/orders", body, key=body["external_id"]), bodies))
    assert [each.status_code for each in answers] == [201] * 24
    assert [each.json()["external_id"] for each in answers] == [body["external_id"] for body in bodies]
    assert _count(front, AuditRecord) - before <= 24
    again = [client.post("/orders", body, key=body["external_id"]) for body in bodies]
    assert all(each.headers["Idempotent-Replayed"] == "true" for each in again)
    assert [each.content for each in again] == [each.content for each in answers]


def test_eight_at_once_with_one_key_have_one_effect(front: Front) -> None:
    client, body = front.client(), _order("one")
    orders = _count(front, Order)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: client.post("/orders", body, key="one"), range(8)))
    done = {each.content for each in answers if each.status_code == 201}
    assert len(done) == 1
    assert {each.status_code for each in answers} <= {201, 409}
    assert _count(front, Order) == orders + 1
    other = client.post("/orders", body | {"goods": True}, key="one")
    assert (other.status_code, other.json()["code"]) == (422, "other_request")


def test_a_batch_is_repeated_as_it_was_answered(front: Front) -> None:
    client, rows = front.client(), [_order(f"r{number}") for number in range(60)]
    first = _batch(client, rows, key="all")
    orders = _count(front, Order)
    again = _batch(client, rows, key="all")
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert _batch(client, rows[1:], key="all").json()["code"] == "other_request"
    assert _count(front, Order) == orders
    with front.stage.desk.view() as ctx:
        kept = ctx.session.execute(select(AnsweredCall.answer).where(AnsweredCall.key == "all")).scalar_one()
    assert len(kept) < len(first.content) / 3


def test_killed_at_a_commit_orders_recorded_together_are_answered_alike_and_there_once(shop: Front) -> None:
    client = shop.client()

    def record(bodies: Sequence[dict[str, Any]], by: Client) -> list[Any]:
        with ThreadPoolExecutor(3) as threads:
            return list(threads.map(lambda body: by.post("/orders", body, key=body["external_id"]), bodies))

    def job(bodies: Sequence[dict[str, Any]], node: int) -> Callable[[Steps], None]:
        def act(_: Steps) -> None:
            # The forked child has none of its parent's threads, and must not mint the keys that its parent mints next.
            stage = shop.stage
            desk = replace(stage.desk, ids=Ids(stage.clock, node=node))
            office = Office(desk=desk.as_actor("system:api"), settings=Settings())
            record(bodies, replace(client, http=TestClient(make_app(office))))

        return act

    steps = run(job([_order(f"alive-{number}") for number in range(3)], 100)).steps
    replayed = 0
    for at in (place for place, name in enumerate(steps, 1) if "commit" in name):
        bodies = [_order(f"killed-{at}-{number}") for number in range(3)]
        run(job(bodies, 100 + at), kill_at=at)
        answers = record(bodies, client)
        assert [each.status_code for each in answers] == [201] * 3, steps[at - 1]
        replayed += sum("Idempotent-Replayed" in each.headers for each in answers)
        found = [client.get("/orders", external_id=body["external_id"]).json()["data"] for body in bodies]
        assert [[row["id"] for row in rows] for rows in found] == [[each.json()["id"]] for each in answers]
    assert replayed, "some were killed after their commit and before their answer"


def _answer(word: str) -> KeptAnswer:
    return KeptAnswer(fingerprint=b"", status=200, headers={}, body=word.encode())


_AFTERWARDS: list[int] = []


def _take_all(items: Sequence[str], do: Callable[[Sequence[str]], list[Done]]) -> list[Any]:
    async def run() -> list[Any]:
        together: Together[str] = Together(do, afterwards=lambda: _AFTERWARDS.append(len(items)))
        found = await asyncio.gather(*(together.take(item) for item in items), return_exceptions=True)
        together.close()
        return found

    return asyncio.run(run())


def test_what_cannot_be_done_together_is_done_one_by_one_and_told_to_whom_it_is_about() -> None:
    tries: list[list[str]] = []

    def do(items: Sequence[str]) -> list[Done]:
        tries.append(list(items))
        if "bad" in items:
            message = "bad"
            raise ValueError(message)
        return [Done(answer=_answer(item), new=True) for item in items]

    found = _take_all(["a", "bad", "b"], do)
    assert [each if isinstance(each, Exception) else each[0].body for each in found][::2] == [b"a", b"b"]
    assert isinstance(found[1], ValueError)
    assert ["bad"] in tries
    assert _AFTERWARDS.pop() == 3, "what nobody waits for is done as well"


def test_a_refusal_of_one_is_raised_for_that_one() -> None:
    def do(items: Sequence[str]) -> list[Done]:
        return [Done(refusal=WrongState("no")) if item == "no" else Done(answer=_answer(item)) for item in items]

    found = _take_all(["yes", "no"], do)
    assert found[0][0].body == b"yes"
    assert isinstance(found[1], WrongState)
