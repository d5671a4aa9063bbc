"""What was known at an instant, over HTTP: orders, their entries and returns, files, and merchants' balances."""

from datetime import timedelta

import pytest

from ingather.base.ids import Prefix, public_id
from ingather.domain.users import Permission
from ingather.jobs.rehearsal.stage import banking_days
from ingather.simulator.behaviour import Fate
from tests.api.office import Front, open_front
from tests.journey.stage import MONDAY, Sale, Script, order_key, play

pytestmark = pytest.mark.xdist_group("api-orders")


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    fates = {("B 000", 1): Fate(return_code="R01")}
    front = open_front(
        tmp_path_factory.mktemp("past"), [Sale(), Sale(merchant="summit")], behaviour=Script(fates=fates)
    )
    play(front.stage, *banking_days(MONDAY, 3))
    return front


def _on(front: Front, days: int) -> str:
    return (front.stage.clock.now - timedelta(days=days)).isoformat()


def test_an_order_is_told_as_it_was_and_says_what_it_does_not_tell(front: Front) -> None:
    client, order = front.client(), public_id(Prefix.ORDER, order_key(front.stage, "b000"))
    now = client.get(f"/orders/{order}").json()
    assert (now["state"], now["last_code"], now["known_at"], now["untold"]) == ("returned", "R01", None, [])
    past = client.get(f"/orders/{order}", known_at=_on(front, 2), **{"expand[]": ["entries", "returns"]}).json()
    assert (past["state"], past["last_code"], past["known_at"] is None) == ("submitted", None, False)
    assert past["untold"] == ["reason", "collect_on", "metadata"]
    (entry,) = past["expanded"]["entries"]
    assert (entry["settled_on"], entry["ended"], past["expanded"]["returns"]) == (None, None, [])
    wrong = client.get(f"/orders/{order}", known_at=_on(front, 2), **{"expand[]": "buyer"})
    assert (wrong.status_code, "only entries and returns" in wrong.json()["detail"]) == (422, True)
    assert client.get(f"/orders/{order}", known_at=_on(front, 400)).status_code == 404
    assert client.get(f"/orders/{order}", known_at=_on(front, -1)).status_code == 422


def test_a_list_is_of_the_states_of_then_and_of_one_merchant(front: Front) -> None:
    client = front.client()
    assert client.get("/orders", state="submitted").json()["data"] == []
    past = client.get("/orders", state="submitted", limit=1, known_at=_on(front, 2)).json()
    assert [row["external_id"] for row in past["data"]] == ["b001"]
    cursor = past["meta"]["next_cursor"]
    rest = client.get("/orders", state="submitted", after=cursor, known_at=_on(front, 2)).json()["data"]
    assert [row["external_id"] for row in rest] == ["b000"]
    bound = front.client({Permission.ORDERS_READ}, merchant="harbor")
    assert [row["external_id"] for row in bound.get("/orders", known_at=_on(front, 2)).json()["data"]] == ["b000"]
    assert client.get("/orders", held="true", known_at=_on(front, 2)).status_code == 422


def test_files_and_balances_are_told_as_they_were(front: Front) -> None:
    client = front.client()
    (file, *_) = client.get("/files", order="oldest").json()["data"]
    assert client.get(f"/files/{file['id']}").json()["state"] == "accepted"
    past = client.get(f"/files/{file['id']}", known_at=_on(front, 2)).json()
    assert {batch["settled_on"] for batch in past["batch_list"]} == {None}
    assert past["sha256"] == file["sha256"]
    merchant = client.get("/orders").json()["data"][0]["merchant_id"]
    balance = client.get(f"/merchants/{merchant}/balance", known_at=_on(front, 2)).json()
    assert (balance["available_minor"], balance["loss_asked"]) == (0, None)


def test_returns_are_those_that_had_come_in(front: Front) -> None:
    client = front.client()
    assert client.get("/returns", known_at=_on(front, 2)).json()["data"] == []
    (told,) = client.get("/returns", known_at=_on(front, 0), code="R01").json()["data"]
    assert (told["applied"], told["next_step"], "next_step" in told["untold"]) == (True, None, True)
    assert client.get("/returns", known_at=_on(front, 0), late="true").status_code == 422
