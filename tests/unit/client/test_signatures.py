"""A webhook is believed when it is signed with one of the secrets and is of now; everything else is not."""

import base64
import json
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from ingather.client import Client, NotTheirs, Ping
from ingather.client.shapes.events import Event

NOW = 1_795_000_000
SECRETS = [f"whsec_{base64.b64encode(bytes([number]) * 24).decode()}" for number in (1, 2)]
BODY = json.dumps({
    "id": "evt_1", "type": "order.held", "sequence": 4, "object": {"id": "ord_1", "type": "order"},
    "object_sequence": 2, "created_at": "2026-11-16T12:00:00Z", "on": "2026-11-16", "actor": "user:maria",
    "cause": {"kind": "person", "evidence": None}, "orders": None, "data": {},
}).encode()  # fmt: skip


def _headers(*secrets: str, at: int = NOW, body: bytes = BODY) -> dict[str, str]:
    moment = datetime.fromtimestamp(at, tz=UTC)
    signed = " ".join(Webhook(secret).sign("msg_1", moment, body.decode()) for secret in secrets)
    return {"Webhook-Id": "msg_1", "Webhook-Timestamp": str(at), "Webhook-Signature": signed}


def test_what_is_signed_by_the_standards_own_library_is_believed() -> None:
    event = Client.webhooks.verify(_headers(SECRETS[0]), BODY, SECRETS[0], now=NOW)
    assert isinstance(event, Event)
    assert (event.id, event.type, event.sequence) == ("evt_1", "order.held", 4)
    assert Client.webhooks.verify(_headers(SECRETS[0]), BODY.decode(), SECRETS, now=NOW + 200) == event


def test_either_secret_is_enough_while_one_is_rotated() -> None:
    both = _headers(*SECRETS)
    for secret in SECRETS:
        assert Client.webhooks.verify(both, BODY, secret, now=NOW).type == "order.held"
    assert Client.webhooks.verify(_headers(SECRETS[1]), BODY, SECRETS, now=NOW).type == "order.held"


def test_a_ping_is_no_event() -> None:
    body = b'{"type": "webhook.ping", "created_at": "2026-11-16T12:00:00Z", "data": {"endpoint": "whk_1"}}'
    ping = Client.webhooks.verify(_headers(SECRETS[0], body=body), body, SECRETS[0], now=NOW)
    assert isinstance(ping, Ping)
    assert ping.data == {"endpoint": "whk_1"}


@pytest.mark.parametrize(
    ("headers", "body", "secrets"),
    [
        (_headers(SECRETS[1]), BODY, SECRETS[0]),
        (_headers(SECRETS[0]), BODY + b" ", SECRETS),
        (_headers(SECRETS[0], at=NOW - 301), BODY, SECRETS),
        (_headers(SECRETS[0], at=NOW + 301), BODY, SECRETS),
        (_headers(SECRETS[0]) | {"Webhook-Id": "msg_2"}, BODY, SECRETS),
        (_headers(SECRETS[0]) | {"Webhook-Timestamp": str(NOW + 1)}, BODY, SECRETS),
        (_headers(SECRETS[0]) | {"Webhook-Signature": "v1,"}, BODY, SECRETS),
        ({}, BODY, SECRETS),
        (_headers(SECRETS[0]), BODY, []),
    ],
)
def test_what_is_signed_otherwise_or_long_ago_is_not(headers: dict[str, str], body: bytes, secrets: list[str]) -> None:
    with pytest.raises(NotTheirs):
        Client.webhooks.verify(headers, body, secrets, now=NOW)
