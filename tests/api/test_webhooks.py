"""Endpoints of webhooks over HTTP: made, changed, asked about; secrets shown once; a merchant's key has its own."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from standardwebhooks import Webhook

from ingather.actions.webhooks import endpoints
from ingather.domain.facts import FactKind, Scope
from ingather.domain.users import Permission
from ingather.jobs.deliver import deliver
from tests.api.office import Client, Front, open_front
from tests.receiver import LOOPBACK, Receiver, receiving

pytestmark = pytest.mark.xdist_group("api-webhooks")  # its book is made once

MAY = {Permission.EVENTS_READ, Permission.WEBHOOKS_WRITE}
PUBLIC = "https://erp.example.com/ingather"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INGATHER_WEBHOOK_NETWORKS", LOOPBACK)
        yield open_front(tmp_path_factory.mktemp("webhooks"))


def made(client: Client, url: str = PUBLIC, **terms: Any) -> tuple[str, str]:  # noqa: ANN401 -- the fields of the body
    answer = client.post("/webhook-endpoints", {"url": url, **terms})
    assert answer.status_code == 201, answer.text
    return answer.json()["endpoint"]["id"], answer.json()["secret"]


def test_a_secret_is_shown_once_and_kept_sealed(front: Front) -> None:
    client = front.client(MAY)
    answer = client.post("/webhook-endpoints", {"url": PUBLIC, "types": ["entry.returned"], "description": "the ERP"})
    shown, secret = answer.json()["endpoint"], answer.json()["secret"]
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert secret.startswith("whsec_")
    assert (shown["state"], shown["types"], shown["description"]) == ("enabled", ["entry.returned"], "the ERP")
    again = client.get(f"/webhook-endpoints/{shown['id']}")
    assert again.json() == shown
    assert secret not in again.text
    with front.stage.desk.view() as ctx:
        connection = ctx.session.connection()
        tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        for table in tables:
            rows = connection.exec_driver_sql(f'SELECT * FROM "{table}"').all()  # noqa: S608 -- names from the book itself
            assert secret.removeprefix("whsec_") not in repr(rows)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://erp.example.com/", "https://", "erp.example.com", "https://user:word@erp.example.com/",
        "https://10.0.0.1/", "https://[fd00::1]/", "https://169.254.169.254/latest", "https://2852039166/",
        "https://0x7f.1/", "https://erp.example.com/#part", "https://erp.example.com:0/", "https://erp.example.com:x/",
        "https://erp .example.com/", "https://érp.example.com/", "https://erp.example.com/\n",
    ],
)  # fmt: skip
def test_an_address_to_which_nothing_may_go_is_refused(front: Front, url: str) -> None:
    answer = front.client(MAY).post("/webhook-endpoints", {"url": url})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/url")


def test_a_type_that_is_none_is_refused(front: Front) -> None:
    answer = front.client(MAY).post("/webhook-endpoints", {"url": PUBLIC, "types": ["entry.returned", "order.flown"]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/types/1")


def test_an_endpoint_is_changed_disabled_and_deleted_and_its_log_stays(front: Front) -> None:
    client = front.client(MAY)
    key, _ = made(client)
    path = f"/webhook-endpoints/{key}"
    etag = client.get(path).headers["etag"]
    changed = client.post(path, {"types": ["batch.*"]}, method="PATCH", **{"If-Match": etag})
    assert (changed.status_code, changed.json()["types"]) == (200, ["batch.*"])
    assert client.post(path, {"types": []}, method="PATCH", **{"If-Match": etag}).status_code == 412
    assert client.post(f"{path}/enable", {}).status_code == 409
    assert client.post(f"{path}/disable", {"reason": "moving"}).json()["reason"] == "moving"
    assert client.post(f"{path}/ping").status_code == 409
    assert client.post(f"{path}/enable", {"from_now": True}).json()["state"] == "enabled"
    gone = client.post(path, method="DELETE").json()
    assert (gone["state"], gone["reason"], gone["secrets"]) == ("disabled", "deleted", [])
    assert client.post(f"{path}/enable", {}).status_code == 409
    assert key in {row["id"] for row in client.get("/webhook-endpoints", state="disabled").json()["data"]}


def test_an_etag_is_of_what_people_changed_and_not_of_what_is_sent(front: Front, receiver: Receiver) -> None:
    client = front.client(MAY)
    key, _ = made(client, receiver.url)
    path = f"/webhook-endpoints/{key}"
    etag = client.get(path).headers["etag"]
    client.post(f"{path}/ping")
    deliver(front.stage.desk)
    assert client.get(path).headers["etag"] == etag
    changed = client.post(path, {"description": "another"}, method="PATCH", **{"If-Match": etag})
    assert changed.headers["etag"] == client.get(path).headers["etag"] != etag
    client.post(path, method="DELETE")


def test_of_one_merchant_so_many_endpoints_are_enabled_at_a_time(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "MOST_ENDPOINTS", 2)
    client = front.client(MAY, merchant="summit")
    keys = [made(client)[0] for _ in range(2)]
    answer = client.post("/webhook-endpoints", {"url": PUBLIC})
    assert (answer.status_code, answer.json()["code"]) == (409, "limit_reached")
    for key in keys:
        client.post(f"/webhook-endpoints/{key}", method="DELETE")
    assert client.post(f"/webhook-endpoints/{made(client)[0]}", method="DELETE").status_code == 200


def test_a_ping_and_a_replay_are_delivered_and_stand_in_the_log(front: Front, receiver: Receiver) -> None:
    client = front.client(MAY)
    key, secret = made(client, receiver.url, types=["feed.reconciled"])
    path = f"/webhook-endpoints/{key}"
    pinged = client.post(f"{path}/ping")
    assert (pinged.status_code, pinged.json()["state"], pinged.json()["event"]) == (202, "due", None)
    with front.stage.desk.action() as ctx:
        ctx.fact(FactKind.RECONCILED, scope=Scope.FEED, subject=7, originator=front.stage.desk.originator_id())
    receiver.came.clear()
    deliver(front.stage.desk)
    assert [came.json["type"] for came in receiver.came] == ["webhook.ping", "feed.reconciled"]
    assert Webhook(secret).verify(receiver.came[1].body, receiver.came[1].headers)["object"]["type"] == "feed"
    event = client.get("/events", types="feed.reconciled").json()["data"][0]
    assert receiver.came[1].json == event
    log = client.get(f"{path}/deliveries", state="delivered").json()["data"]
    assert [row["attempts"][0]["status"] for row in log] == [200, 200]
    assert client.get(f"{path}/deliveries/{receiver.came[1].id}").json() == log[0]
    replayed = client.post(f"{path}/replay", {"first_event": event["id"], "last_event": event["id"]})
    assert (replayed.status_code, replayed.json()) == (202, {"events": 1})
    assert client.post(f"{path}/replay", {"delivery": log[0]["id"]}).json() == {"events": 1}
    deliver(front.stage.desk)
    assert [came.json["id"] for came in receiver.came[2:]] == [event["id"]] * 2
    assert len(client.get(f"{path}/deliveries", event=event["id"]).json()["data"]) == 3
    assert client.post(f"{path}/replay", {}).status_code == 422
    assert client.post(f"{path}/replay", {"delivery": log[0]["id"], "types": ["feed.*"]}).status_code == 422
    client.post(path, method="DELETE")


def test_a_rotated_secret_is_shown_once_and_both_sign_for_a_while(front: Front, receiver: Receiver) -> None:
    client = front.client(MAY)
    key, first = made(client, receiver.url)
    rotated = client.post(f"/webhook-endpoints/{key}/rotate", {"overlap_hours": 1}).json()
    assert [each["retires_at"] is None for each in rotated["endpoint"]["secrets"]] == [True, False]
    receiver.came.clear()
    client.post(f"/webhook-endpoints/{key}/ping")
    deliver(front.stage.desk)
    assert receiver.came[-1].signed_by(first)
    assert receiver.came[-1].signed_by(rotated["secret"])
    for _ in range(3):
        client.post(f"/webhook-endpoints/{key}/rotate", {})
    assert client.post(f"/webhook-endpoints/{key}/rotate", {}).json()["code"] == "limit_reached"
    assert client.post(f"/webhook-endpoints/{key}/rotate", {"overlap_hours": 0}).status_code == 200
    client.post(f"/webhook-endpoints/{key}", method="DELETE")


def test_a_key_of_one_merchant_has_endpoints_of_its_own_and_sees_no_other(front: Front, receiver: Receiver) -> None:
    harbor, summit = front.client(MAY, merchant="harbor"), front.client(MAY, merchant="summit")
    mine, _ = made(harbor, receiver.url)
    theirs, _ = made(summit)
    everybodys, _ = made(front.client(MAY))
    assert harbor.get(f"/webhook-endpoints/{mine}").json()["merchant"] == "harbor"
    assert {row["id"] for row in harbor.get("/webhook-endpoints").json()["data"]} == {mine}
    for other in (theirs, everybodys):
        path = f"/webhook-endpoints/{other}"
        assert harbor.get(path).status_code == 404
        assert harbor.get(f"{path}/deliveries").status_code == 404
        assert harbor.post(path, {"description": "mine"}, method="PATCH").status_code == 404
        assert harbor.post(path, method="DELETE").status_code == 404
        for verb, body in (("rotate", {}), ("ping", None), ("replay", {}), ("disable", {"reason": "no"})):
            assert harbor.post(f"{path}/{verb}", body).status_code == 404
    assert harbor.post("/webhook-endpoints", {"url": PUBLIC, "merchant": "summit"}).status_code == 404
    pinged = summit.post(f"/webhook-endpoints/{theirs}/ping").json()["id"]
    assert harbor.get(f"/webhook-endpoints/{mine}/deliveries/{pinged}").status_code == 404
    named, _ = made(front.client(MAY), merchant="harbor")
    assert harbor.get(f"/webhook-endpoints/{named}").status_code == 200
    for each in (mine, theirs, everybodys, named):
        front.client(MAY).post(f"/webhook-endpoints/{each}", method="DELETE")


def test_who_may_only_read_events_makes_no_endpoint(front: Front) -> None:
    client = front.client({Permission.EVENTS_READ})
    assert client.post("/webhook-endpoints", {"url": PUBLIC}).status_code == 403
    assert client.get("/webhook-endpoints").status_code == 200
