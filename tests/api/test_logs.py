"""The log: one event a request with ids, words and counts, and never what was asked or answered, or a fault's words."""

import base64
import io
import json
import logging
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from ingather.api.app import make_app
from ingather.api.logs import Bridge, bridge_logging, open_log
from ingather.api.office import Office
from ingather.api.settings import Settings
from tests.api.office import Client, Front, open_front
from tests.red import red_account
from tests.redaction import escaped_form

_KEYS = {"request_id", "actor", "method", "route", "status", "took_ms", "bytes", "event", "level", "at"}
_SECRETS = ("Zebediah Quill", "zq-external-7", "Correct Horse 9", "whsec_", "ing_test_", "harbor", "b000", "SELECT")


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    return open_front(tmp_path_factory.mktemp("logs"))


def _logged(front: Front, **faults: Exception) -> tuple[Client, io.StringIO]:
    """Return a client of an office whose log is kept, with a route for each fault that raises it."""
    said = io.StringIO()
    office = Office(desk=front.office.desk, settings=Settings(), log=open_log(said))
    app = make_app(office)
    for name, fault in faults.items():
        app.add_api_route(f"/v1/{name}", _raising(fault), methods=["GET"])
    http = TestClient(app, raise_server_exceptions=False)
    return Client(http=http, token=front.key()), said


def _raising(fault: Exception) -> Any:  # noqa: ANN401 -- an endpoint
    def endpoint() -> None:
        raise fault

    return endpoint


def _events(said: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.getvalue().splitlines()]


def test_each_request_is_one_event_with_the_template_of_its_route(front: Front) -> None:
    client, said = _logged(front)
    order = client.get("/orders", external_id="b000").json()["data"][0]["id"]
    answer = client.get(f"/orders/{order}", nothing="here")
    client.http.get("/v1/orders")
    client.http.get("/nowhere/at/all")
    events = _events(said)
    assert [(each["route"], each["status"], each["level"]) for each in events] == [
        ("/v1/orders", 200, "info"),
        ("/v1/orders/{order_id}", 200, "info"),
        ("none", 401, "info"),
        ("none", 404, "info"),
    ]
    assert all(set(each) == _KEYS for each in events)
    assert events[1]["request_id"] == answer.headers["x-request-id"]
    assert events[1]["actor"].startswith("key:")
    assert events[1]["bytes"] == len(answer.content)
    assert order not in said.getvalue()


def test_a_fault_is_told_by_its_kind_and_our_frames_and_answered_without_its_words(front: Front) -> None:
    account = red_account(3)
    client, said = _logged(front, broken=RuntimeError(f"account {account} of Zebediah Quill"))
    answer = client.get("/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "fault")
    event = _events(said)[-1]
    assert (event["status"], event["level"], event["fault"]) == (500, "error", ["RuntimeError"])
    assert event["request_id"] == answer.json()["request_id"] == answer.headers["x-request-id"]
    assert any(re.fullmatch(r"api/porch\.py:\d+ __call__", frame) for frame in event["frames"])
    assert escaped_form(said.getvalue() + answer.text) is None
    assert "Quill" not in said.getvalue() + answer.text


def test_an_overflow_is_a_fault_of_the_request(front: Front) -> None:
    client, said = _logged(front, far=OverflowError("date value out of range"))
    answer = client.get("/far")
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable")
    assert _events(said)[-1]["fault"] == ["OverflowError"]


def _calls(client: Client) -> None:
    """Make many calls, good and bad, that hold an account number, names and tokens wherever one can stand."""
    account, name = red_account(5), "Zebediah Quill"
    external = "zq-external-7"
    bodies: list[Any] = [
        {"external_id": external, "buyer": "b000", "routing": "021000021", "number": account, "kind": "checking",
         "holder": "consumer"},
        {"external_id": external, "name": name, "number": account},
        {"number": {"number": account}, name: account},
        {"password": "Correct Horse 9", "name": name, "url": f"https://x.example/{account}"},
        [account, name],
        account,
    ]  # fmt: skip
    paths = ("/orders", "/accounts", "/buyers", "/merchants", "/authorizations", "/sessions", "/reports", "/refunds",
             "/webhook-endpoints", f"/orders/{account}/cancel", f"/{external}/{account}")  # fmt: skip
    for path in paths:
        for body in bodies:
            client.post(path, body, key=f"{external}-{account}"[:200])
        client.get(path, external_id=account, name=name, q=client.token)
        for kind in ("application/json", "application/x-ndjson", "text/plain"):
            headers = client.headers() | {"Content-Type": kind, "Idempotency-Key": account, "X-Name": name}
            client.http.post(f"/v1{path}", content=f'{{"number": "{account}", "name": '.encode(), headers=headers)
        client.http.get(f"/v1{path}", headers={"Authorization": f"Bearer {account}"})
        basic = base64.b64encode(f"{name}:{account}".encode()).decode()
        client.http.get(f"/v1{path}", headers={"Authorization": f"Basic {basic}"})


def test_whatever_is_asked_nothing_of_it_is_logged(front: Front) -> None:
    client, said = _logged(front)
    _calls(client)
    text = said.getvalue()
    assert len(text.splitlines()) > 100
    assert {each["status"] for each in _events(said)} >= {401, 404, 415, 422}
    assert not [each["status"] for each in _events(said) if each["status"] >= 500]
    assert escaped_form(text) is None
    assert [secret for secret in (*_SECRETS, client.token) if secret in text] == []


def test_a_log_that_told_a_body_would_be_seen() -> None:
    said = io.StringIO()
    open_log(said).info("request", body={"number": "x", "name": "Zebediah Quill"})
    assert [secret for secret in _SECRETS if secret in said.getvalue()] == ["Zebediah Quill"]


def test_what_libraries_log_is_told_without_what_they_fill_in() -> None:
    said, root = io.StringIO(), logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        bridge_logging(open_log(said))
        fault = ValueError(red_account(9))
        logging.getLogger("some.library").error("could not take %s", red_account(9), exc_info=fault)
        logging.getLogger("some.library").info("not heard")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    (event,) = _events(said)
    assert (event["logger"], event["said"], event["fault"]) == ("some.library", "could not take %s", ["ValueError"])
    assert escaped_form(said.getvalue()) is None
    assert Bridge(open_log(said)).level == logging.WARNING


def test_plain_is_for_people() -> None:
    said = io.StringIO()
    open_log(said, form="plain").info("listening", port=8080)
    assert "listening" in said.getvalue()
    assert "port=8080" in said.getvalue()
