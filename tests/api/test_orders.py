"""Orders over HTTP: shown, listed page by page, and canceled once however often the call is sent."""

from pathlib import Path
from typing import Any

import pytest

from ingather.domain.users import Permission
from tests.api.office import Front, open_front

pytestmark = pytest.mark.xdist_group("api-orders")  # its book is made once


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    return open_front(tmp_path_factory.mktemp("orders"))


def _orders(front: Front) -> dict[str, dict[str, Any]]:
    return {row["external_id"]: row for row in front.client().get("/orders").json()["data"]}


def test_a_list_is_read_page_by_page(front: Front) -> None:
    client = front.client({Permission.ORDERS_READ})
    first = client.get("/orders", limit=1).json()
    second = client.get("/orders", limit=1, after=first["meta"]["next_cursor"]).json()
    assert [row["external_id"] for row in first["data"] + second["data"]] == ["b001", "b000"]
    assert second["meta"] == {"next_cursor": None, "has_more": False}


def test_a_call_repeated_is_done_once_and_answered_alike(tmp_path: Path) -> None:
    front = open_front(tmp_path)
    client, order = front.client(), _orders(front)["b000"]["id"]
    first = client.post(f"/orders/{order}/cancel", {"reason": "as agreed"}, key="once")
    again = client.post(f"/orders/{order}/cancel", {"reason": "as agreed"}, key="once")
    assert first.json()["state"] == "canceled"
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    other = client.post(f"/orders/{order}/cancel", {"reason": "another"}, key="once")
    assert (other.status_code, other.json()["code"]) == (422, "other_request")
    with front.stage.desk.view() as ctx:
        assert (
            ctx.session.connection().exec_driver_sql("SELECT count(*) FROM facts WHERE kind='canceled'").scalar() == 1
        )


def test_a_key_of_one_merchant_sees_no_other_ones_orders(front: Front) -> None:
    client = front.client({Permission.ORDERS_READ}, merchant="harbor")
    assert [row["merchant"] for row in client.get("/orders").json()["data"]] == ["harbor"]
    theirs = _orders(front)["b001"]["id"]
    assert client.get(f"/orders/{theirs}").status_code == 404
