"""The server as a process: it refuses to start with a sentence, keeps its limits on the wire, and stops gracefully."""

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from ingather.domain.users import Permission
from tests.api.forked import forked
from tests.api.office import Front, open_front
from tests.bench.bench_api import Bench
from tests.bench.serving import Served, served
from tests.unit.cli.shell import call

pytestmark = pytest.mark.xdist_group("serve")  # one book, and one server for it
READS = {Permission.ORDERS_READ}
_LONG = b"GET /v1/orders HTTP/1.1\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    return open_front(tmp_path_factory.mktemp("serve"))


@pytest.fixture(scope="module")
def running(front: Front) -> Iterator[Served]:
    folder = front.stage.folder
    terms = ("--timeout-s", "8", "--max-json-bytes", "5000")
    with served(str(folder / "book.sqlite"), folder / "book.keys", *terms, log=folder / "log") as running:
        yield running
    lines = (folder / "log").read_text().splitlines()
    assert [line for line in lines if not line.startswith("{")] == []
    assert [json.loads(line)["event"] for line in lines[-2:]] == ["request", "stopped"]


@pytest.fixture
def server(running: Served) -> str:
    return running.url


def _headers(front: Front) -> dict[str, str]:
    return front.client().headers()


def test_it_answers_over_the_wire(front: Front, server: str) -> None:
    answer = httpx2.get(f"{server}/v1/orders", headers=_headers(front))
    assert (answer.status_code, len(answer.json()["data"])) == (200, 2)
    assert "server" not in answer.headers
    assert httpx2.get(f"{server}/healthz").json() == {"status": "alive"}
    assert httpx2.get(f"{server}/readyz").json()["status"] == "ready"
    figures = httpx2.get(f"{server}/metrics").text
    assert re.search(r'^ingather_requests_total\{.*route="/v1/orders",status="200"\} \d', figures, re.MULTILINE)


def _exchange(server: str, sent: bytes, *, then: bytes = b"", after_s: float = 0) -> bytes:
    host, port = server.removeprefix("http://").split(":")
    with closing(socket.create_connection((host, int(port)), timeout=30)) as wire:
        wire.sendall(sent)
        time.sleep(after_s)
        if then:
            wire.sendall(then)
        said = b""
        try:
            while part := wire.recv(65_536):
                said += part
                if b"\r\n\r\n" in said and said.endswith((b"}", b"\n\n")):
                    break
        except ConnectionResetError:
            pass
    return said


def _post(front: Front, *more: str) -> bytes:
    head = ["POST /v1/orders HTTP/1.1", "Host: x", "Content-Type: application/json", "Idempotency-Key: slow", *more]
    token = [f"{name}: {value}" for name, value in _headers(front).items()]
    return "\r\n".join([*head, *token, "", ""]).encode()


def test_a_body_that_never_comes_is_given_up(front: Front, server: str) -> None:
    begun = time.perf_counter()
    said = _exchange(server, _post(front, "Content-Length: 100") + b"{")
    assert said.startswith(b"HTTP/1.1 503 ")
    assert b"the body did not come" in said
    assert b"connection: close" in said.lower()
    assert time.perf_counter() - begun < 30


def test_a_stream_without_end_is_cut_where_it_is_too_large(front: Front, server: str) -> None:
    chunk = b"1000\r\n" + b" " * 4_096 + b"\r\n"
    said = _exchange(server, _post(front, "Transfer-Encoding: chunked") + chunk * 3)
    assert said.startswith(b"HTTP/1.1 413 ")


def test_a_length_that_is_too_large_is_refused_at_once(front: Front, server: str) -> None:
    said = _exchange(server, _post(front, "Content-Length: 99999999"))
    assert said.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "sent",
    [
        b"\0\0\0\0\r\n\r\n",
        b"GET /v1/orders HTTP/9.9\r\n\r\n",
        b"GET /v1/orders HTTP/1.1\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
    ids=range(3),
)
def test_what_is_no_request_is_refused(server: str, sent: bytes) -> None:
    said = _exchange(server, sent)
    assert not said or said.startswith(b"HTTP/1.1 4")
    assert httpx2.get(f"{server}/healthz").status_code == 200


def test_the_load_of_the_figures_is_answered_in_full(front: Front, server: str) -> None:
    bench = Bench(front, int(server.rpartition(":")[2]), seconds=1.0, buyers=1)
    recorded = bench.post_orders(rate=20, connections=4)
    assert (recorded.sent, recorded.statuses) == (20, {"201": 20})
    assert bench.get_order(rate=30, connections=4).statuses == {"200": 30}
    assert bench.post_batches(count=1, rows=30)["rows"] == 30
    with front.stage.desk.view() as ctx:
        count = ctx.session.execute(text("SELECT count(*) FROM orders WHERE external_id LIKE 'po-%'")).scalar_one()
    assert count >= recorded.sent


def test_who_went_away_ends_nothing(front: Front, server: str) -> None:
    host, port = server.removeprefix("http://").split(":")
    for _ in range(5):
        with closing(socket.create_connection((host, int(port)))) as wire:
            wire.sendall(_post(front, "Content-Length: 100") + b"{")
    assert httpx2.get(f"{server}/v1/orders", headers=_headers(front)).status_code == 200


def test_told_to_stop_it_ends_what_it_is_answering(front: Front, running: Served) -> None:
    """The last of those that share the server."""
    headers = _headers(front) | {"Idempotency-Key": "last"}
    order = front.client().get("/orders").json()["data"][0]["id"]
    answers: list[Any] = []
    with httpx2.Client(base_url=running.url, timeout=30) as client:
        assert client.get("/healthz").status_code == 200

        def cancel() -> None:
            answers.append(client.post(f"/v1/orders/{order}/cancel", json={"reason": "as agreed"}, headers=headers))

        calling = Thread(target=cancel)
        # The book is held, so that the call is under way when the server is told to stop.
        with front.stage.desk.engine.connect() as holding:
            holding.execute(text("SELECT 1"))
            calling.start()
            time.sleep(1.5)
            running.stop()
            _refusing(running.port)
            assert answers == []
            holding.rollback()
        calling.join(20)
    assert [(each.status_code, each.json()["state"]) for each in answers] == [(200, "canceled")]


def _refusing(port: int) -> None:
    """Return as soon as nothing listens on a port."""
    until = time.monotonic() + 4
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.05)
    message = "it goes on listening"
    raise AssertionError(message)


def test_several_processes_answer_on_one_socket_and_end_together(front: Front) -> None:
    folder, headers = front.stage.folder, _headers(front)
    with forked(front, str(folder / "book.sqlite"), "--workers", "2", log=folder / "workers") as url:
        for _ in range(6):
            assert httpx2.get(f"{url}/v1/orders", headers=headers).status_code == 200


def test_it_says_why_it_cannot_start(front: Front, tmp_path: Path) -> None:
    folder = front.stage.folder
    book, keys = str(folder / "book.sqlite"), str(folder / "book.keys")
    missing = call("--book", str(tmp_path / "book"), "serve")
    assert (missing.code, missing.words) == (
        2, f"There is no book at {tmp_path / 'book'}. Make one with: ingather init"
    )  # fmt: skip
    keyless = call("--book", book, "--keys", str(tmp_path), "serve")
    assert keyless.code == 2
    assert keyless.words.startswith(f"There is no key ring in {tmp_path}. Point INGATHER_KEYS to the folder")
    silent = call("--book", "postgresql://127.0.0.1:1/none", "--keys", keys, "serve")
    assert silent.code == 2
    assert silent.words.startswith("The book's server went away, or does not answer: ")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = call("--book", book, "--keys", keys, "serve", "--port", str(port))
    assert (refused.code, refused.words) == (
        2,
        f"Nothing can listen on 127.0.0.1 port {port}: Address already in use. Choose another with --host and --port",
    )
    (tmp_path / "token").write_text("\n")
    empty = call("--book", book, "--keys", keys, "serve", "--metrics-token-file", str(tmp_path / "token"))
    assert empty.code == 2
    assert "is empty: anybody could read the figures" in empty.words
    nowhere = call("--book", book, "--keys", keys, "serve", "--host", "no.such.host.invalid")
    assert nowhere.code == 2
    assert nowhere.words.startswith("Nothing can listen on no.such.host.invalid port 8080: ")
