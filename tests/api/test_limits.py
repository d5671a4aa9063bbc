"""The limits: how often, how much, how long and of what kind; each is answered as the document says."""

import asyncio
import json
from collections.abc import Iterator
from itertools import count
from threading import Event
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from ingather.api.app import make_app
from ingather.api.limits import Bounds
from ingather.domain.users import Permission
from tests.api.office import Client, Front, front_of, open_front

READS = {Permission.ORDERS_READ}
pytestmark = pytest.mark.xdist_group("limits")  # one book and its applications
_numbers = count(1)
_LIMITS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    return open_front(tmp_path_factory.mktemp("limits"))


def _narrow(front: Front, **settings: Any) -> Front:  # noqa: ANN401 -- the fields of Settings
    return front_of(front.stage, **settings)


def _problem(answer: Any) -> tuple[int, str]:  # noqa: ANN401 -- an httpx response
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    return answer.status_code, answer.json()["code"]


def _raw(client: Client, path: str, content: bytes | Iterator[bytes], kind: str | None) -> Any:  # noqa: ANN401 -- as above
    headers = client.headers() | {"Idempotency-Key": f"raw-{next(_numbers)}"} | ({"Content-Type": kind} if kind else {})
    return client.http.post(f"/v1{path}", content=content, headers=headers)


def test_every_answer_says_how_many_calls_are_left_and_one_too_many_waits(front: Front) -> None:
    narrow = _narrow(front, calls_per_minute=3)
    client, other = narrow.client(READS), narrow.client(READS)
    left = [client.get("/orders").headers for _ in range(3)]
    assert [[each[name] for name in _LIMITS[:2]] for each in left] == [["3", "2"], ["3", "1"], ["3", "0"]]
    refused = client.get("/orders")
    assert _problem(refused) == (429, "too_many_calls")
    assert 1 <= int(refused.headers["Retry-After"]) <= 20
    assert refused.headers["RateLimit-Remaining"] == "0"
    assert other.get("/orders").status_code == 200


def test_a_key_may_have_a_limit_of_its_own(front: Front) -> None:
    client = front.client(READS, per_minute=1)
    assert client.get("/orders").headers["RateLimit-Limit"] == "1"
    assert client.get("/orders").status_code == 429


def test_batches_are_counted_apart(front: Front) -> None:
    narrow = _narrow(front, bulk_per_minute=1)
    client = narrow.client()
    answers = [_raw(client, "/orders:batch", b"{}\n", "application/x-ndjson") for _ in range(2)]
    assert answers[0].status_code != 429
    assert answers[0].headers["RateLimit-Limit"] == "1"
    assert answers[1].status_code == 429
    assert client.get("/orders").status_code == 200


def test_who_guesses_keys_waits_and_who_shares_the_address_does_not(front: Front) -> None:
    narrow = _narrow(front, failures_per_minute=3)
    good = narrow.client(READS)
    assert good.get("/orders").status_code == 200
    guesses = [narrow.http.get("/v1/orders", headers={"Authorization": f"Bearer guess-{n}"}) for n in range(5)]
    assert [each.status_code for each in guesses] == [401, 401, 401, 429, 429]
    assert int(guesses[-1].headers["Retry-After"]) > 0
    assert narrow.http.get("/v1/orders").status_code == 429
    assert good.get("/orders").status_code == 200
    elsewhere = TestClient(narrow.http.app, client=("192.0.2.7", 1))
    assert elsewhere.get("/v1/orders").status_code == 401


def test_a_revoked_key_that_was_good_waits_like_any_guess(front: Front) -> None:
    narrow = _narrow(front, failures_per_minute=1)
    client = narrow.client(READS)
    assert client.get("/orders").status_code == 200
    with narrow.stage.desk.action() as ctx:
        ctx.session.connection().exec_driver_sql(
            "UPDATE api_keys SET revoked_at = 1, revoked_by = 'user:maria' WHERE key_id = ?",
            (client.token.split("_")[2],),
        )
    assert [client.get("/orders").status_code for _ in range(3)] == [401, 429, 429]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(front: Front, *, streamed: bool) -> None:
    client = _narrow(front, max_json_bytes=2_000).client()
    read = 0

    def parts() -> Iterator[bytes]:
        nonlocal read
        for _ in range(1_000):
            read += 1
            yield b" " * 1_000

    answer = _raw(client, "/orders", parts() if streamed else b" " * 1_000_000, "application/json")
    assert _problem(answer) == (413, "too_large")
    assert answer.headers["connection"] == "close"


def test_a_batch_may_be_larger_than_a_body_of_json(front: Front) -> None:
    client = _narrow(front, max_json_bytes=2_000, max_body_bytes=100_000).client()
    assert _raw(client, "/orders:batch", b" " * 50_000, "application/x-ndjson").status_code != 413
    assert _raw(client, "/orders:batch", b" " * 100_001, "application/x-ndjson").status_code == 413


@pytest.mark.parametrize(
    ("path", "kind", "status"),
    [
        ("/orders", "text/plain", 415),
        ("/orders", "application/x-www-form-urlencoded", 415),
        ("/orders", "multipart/form-data; boundary=x", 415),
        ("/orders", "application/x-ndjson", 415),
        ("/orders", None, 415),
        ("/orders", "application/json", 422),
        ("/orders", "Application/JSON; charset=utf-8", 422),
        ("/orders:batch", "application/json", 415),
    ],
)
def test_only_the_kinds_of_content_of_the_document_are_taken(
    front: Front, path: str, kind: str | None, status: int
) -> None:
    answer = _raw(front.client(), path, b"{}", kind)
    assert answer.status_code == status
    if status == 415:
        assert _problem(answer) == (415, "unknown_content")


NO_TEXT = [
    b'{"external_id": "\\ud800"}',
    b'{"\\udfff": 1}',
    b'{"external_id": "a\\u0000"}',
    b'{"a": "\0"}',
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"a": 1' + b"0" * 5_000 + b"}",
    b'{"amount_minor": 1e999}',
    b"NaN",
    b"{",
    b'""',
    b"null",
]


@pytest.mark.parametrize("path", ["/orders", "/merchants", "/buyers", "/accounts"])
def test_what_no_book_can_keep_is_no_fault_of_the_server(front: Front, path: str) -> None:
    client = front.client()
    for content in NO_TEXT:
        answer = _raw(client, path, content, "application/json")
        assert answer.status_code in {400, 422}, content[:30]
        assert answer.headers["content-type"] == "application/problem+json"


def test_numbers_and_dates_beyond_every_column_are_no_fault_of_the_server(front: Front) -> None:
    client = front.client()
    order = {"external_id": "x", "merchant": "harbor", "authorization": "b000", "due_on": "2026-11-25"}
    for body in (
        order | {"amount_minor": 10**30},
        order | {"amount_minor": 2**63},
        order | {"amount_minor": 100, "instalment": 10**12},
        order | {"amount_minor": 100, "due_on": "9999-12-31"},
        order | {"amount_minor": 100, "due_on": "10000-01-01"},
        order | {"amount_minor": 100, "due_on": "0001-01-01"},
    ):
        assert client.post("/orders", body).status_code in {409, 422}, body
    for query in ({"amount_minor": 10**30}, {"due_on": "9999-12-31"}, {"external_id": "9" * 40}, {"after": "9" * 13}):
        assert client.get("/orders", **query).status_code in {200, 422}, query


def test_an_address_or_a_head_larger_than_any_call_needs_is_refused(front: Front) -> None:
    client = front.client(READS)
    assert _problem(client.get("/orders", external_id="x" * 9_000)) == (400, "bad_request")
    many = {f"X-{number}": "1" for number in range(101)}
    assert _problem(front.http.get("/v1/orders", headers=client.headers() | many)) == (400, "bad_request")
    assert _problem(front.http.get("/v1/orders?external_id=a%00", headers=client.headers())) == (400, "bad_request")
    assert _problem(front.http.get("/v1/orders/a%00", headers=client.headers())) == (400, "bad_request")


def test_a_call_that_reads_has_no_body(front: Front) -> None:
    client = front.client(READS)
    answer = front.http.request("GET", "/v1/orders", content=b"{}", headers=client.headers())
    assert _problem(answer) == (400, "bad_request")


def test_what_may_be_said_to_nobody_is_limited_by_address(front: Front) -> None:
    narrow = _narrow(front, calls_per_minute=2)
    assert [narrow.http.post("/v1/sessions", json={}).status_code for _ in range(3)] == [422, 422, 429]
    assert narrow.http.get("/healthz").status_code == 200


def test_an_answer_that_does_not_begin_in_time_is_a_503_that_may_be_repeated(front: Front) -> None:
    app, go_on = make_app(front_of(front.stage, timeout_s=1).office), Event()

    def slow() -> dict[str, str]:
        return {"answered": str(go_on.wait(60))}

    app.add_api_route("/v1/slow", slow, methods=["GET"])
    headers = front.client(READS).headers()
    with TestClient(app, raise_server_exceptions=False) as http:  # one loop for all its calls, as in a server
        try:
            answer = http.get("/v1/slow", headers=headers)
            assert _problem(answer) == (503, "took_too_long")
            assert json.loads(answer.content)["next_actions"] == ["retry"]
        finally:
            go_on.set()
        assert http.get("/v1/slow", headers=headers).json() == {"answered": "True"}


def test_what_is_held_at_once_is_limited_and_given_back(front: Front) -> None:
    office = front_of(front.stage, max_body_bytes=1_024, max_json_bytes=1_024).office

    async def play() -> list[int]:
        go_on, refusing = asyncio.Event(), asyncio.Event()
        statuses: list[int] = []

        async def holding(scope: Scope, receive: Receive, send: Send) -> None:
            _ = scope, await receive()
            await go_on.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        bounds = Bounds(holding, office=office, takings=())

        async def call(content: bytes) -> None:
            async def receive() -> Message:
                return {"type": "http.request", "body": content, "more_body": False}

            async def send(message: Message) -> None:
                if message["type"] == "http.response.start":
                    statuses.append(message["status"])
                    refusing.set()

            length, kind = (b"content-length", b"%d" % len(content)), (b"content-type", b"application/json")
            await bounds({"type": "http", "method": "POST", "path": "/v1/x", "headers": [length, kind]}, receive, send)

        calls = [asyncio.create_task(call(b" " * 1_024)) for _ in range(9)]
        await refusing.wait()
        refused = list(statuses)
        go_on.set()
        await asyncio.gather(*calls)
        await asyncio.gather(*(call(b" " * 1_025) for _ in range(20)))
        await asyncio.gather(*(call(b"\0" * 1_024) for _ in range(20)))
        await asyncio.gather(*(call(b" " * 1_024) for _ in range(8)))
        return [*refused, *sorted(statuses)]

    assert asyncio.run(play()) == [503, *[200] * 16, *[413] * 20, *[422] * 20, 503]
