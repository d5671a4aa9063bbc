"""Events over HTTP: the facts in order, read with a cursor, and a merchant's key told of that merchant's alone."""

from datetime import datetime
from typing import Any

import pytest

from ingather.domain.events import OF_A_MERCHANT
from ingather.domain.users import Permission
from ingather.store.reading import told
from tests.api.office import Front, open_front
from tests.journey.stage import MONDAY, TUESDAY, WEDNESDAY, Sale, Script, play, returned

pytestmark = pytest.mark.xdist_group("api-events")  # its book is made once

SALES = (Sale(), Sale(merchant="summit"), Sale(), Sale(merchant="summit"))
FATES = {("B 000", 1): returned("R01"), ("B 001", 1): returned("R03")}


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    front = open_front(tmp_path_factory.mktemp("events"), SALES, behaviour=Script(fates=FATES))
    play(front.stage, MONDAY, TUESDAY, WEDNESDAY)
    return front


def read(front: Front, merchant: str | None = None, **query: Any) -> list[dict[str, Any]]:  # noqa: ANN401 -- filters of any kind
    answer = front.client({Permission.EVENTS_READ}, merchant=merchant).get("/events", **query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def test_a_cursor_reads_every_event_once_and_goes_on_from_the_last_page(front: Front) -> None:
    client, after, seen = front.client({Permission.EVENTS_READ}), None, []
    for _ in range(100):
        page = client.get("/events", limit=3, **({"after": after} if after else {})).json()
        seen += [each["sequence"] for each in page["data"]]
        after = page["meta"]["next_cursor"]
        if not page["meta"]["has_more"]:
            break
    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) >= 20
    assert client.get("/events", after=after).json() == {
        "data": [], "meta": {"next_cursor": after, "has_more": False}
    }  # fmt: skip


def test_the_newest_come_first_when_asked(front: Front) -> None:
    oldest = [each["id"] for each in read(front)]
    assert [each["id"] for each in read(front, order="newest", limit=4)] == oldest[:-5:-1]
    page = front.client().get("/events", order="newest", limit=4).json()
    following = read(front, order="newest", limit=4, after=page["meta"]["next_cursor"])
    assert [each["id"] for each in following] == oldest[-5:-9:-1]


def test_each_object_counts_its_own_events_without_holes(front: Front) -> None:
    places: dict[str, list[int]] = {}
    for event in read(front):
        places.setdefault(event["object"]["id"], []).append(event["object_sequence"])
    assert all(found == list(range(1, len(found) + 1)) for found in places.values())
    assert max(len(found) for found in places.values()) >= 5


def test_a_return_says_where_the_bank_said_it_and_what_its_code_means(front: Front) -> None:
    event = next(each for each in read(front, types="entry.returned") if each["data"]["code"] == "R01")
    evidence = event["cause"]["evidence"]
    assert event["cause"]["kind"] == "bank_file"
    assert evidence["columns"] == {"start": 4, "end": 6}
    assert (evidence["line"], evidence["file"].startswith("RET")) == (4, True)
    assert (event["data"]["meaning"], event["data"]["retryable"]) == ("insufficient_funds", True)
    assert event["data"]["order"].startswith("ord_")
    assert event["actor"] == "system:night"


def test_what_is_about_many_orders_is_one_event_that_says_where_they_are(front: Front) -> None:
    (settled, _) = read(front, types="batch.settled")
    assert settled["orders"] == {"count": 2, "url": f"/v1/orders?batch={settled['object']['id']}"}
    (sent,) = read(front, types="file.transmitted")
    assert sent["orders"]["count"] == 4
    client = front.client({Permission.ORDERS_READ})
    for event in (settled, sent):
        listed = front.http.get(event["orders"]["url"], headers=client.headers()).json()["data"]
        assert len(listed) == event["orders"]["count"]
    other = front.client({Permission.ORDERS_READ}, merchant="summit")
    assert front.http.get(settled["orders"]["url"], headers=other.headers()).json()["data"] == []


def test_a_key_of_one_merchant_is_told_of_that_merchant_and_nothing_else(front: Front) -> None:
    everything, harbor, summit = read(front), read(front, "harbor"), read(front, "summit")
    mine = {each["id"] for each in harbor}
    assert mine.isdisjoint(each["id"] for each in summit)
    allowed = {str(scope) for scope in OF_A_MERCHANT}
    told = [each for each in everything if each["object"]["type"] in allowed]
    assert mine | {each["id"] for each in summit} == {each["id"] for each in told}
    assert {each["type"] for each in harbor} >= {"entry.returned", "batch.settled", "order.retry_planned"}
    assert [each["id"] for each in read(front, merchant="harbor")] != [each["id"] for each in everything]
    theirs = summit[0]
    client = front.client({Permission.EVENTS_READ}, merchant="harbor")
    assert client.get(f"/events/{theirs['id']}").status_code == 404
    assert client.get("/events", object=theirs["object"]["id"]).json().get("data", []) == []
    assert client.get("/events", merchant="summit").status_code == 404
    assert client.get(f"/events/{harbor[0]['id']}").json() == harbor[0]


def test_a_page_looks_through_so_many_events_and_says_where_on(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, client = read(front, "harbor"), front.client({Permission.EVENTS_READ}, merchant="harbor")
    monkeypatch.setattr(told, "LOOKED_AT", 4)
    for order in ("oldest", "newest"):
        seen: list[dict[str, Any]] = []
        query, pages = {"order": order}, 0
        while True:
            page = client.get("/events", **query).json()
            seen, pages = seen + page["data"], pages + 1
            query["after"] = page["meta"]["next_cursor"]
            if not page["meta"]["has_more"]:
                break
        assert pages > 4
        assert seen == (whole if order == "oldest" else whole[::-1])


def test_events_are_found_by_object_type_and_time(front: Front) -> None:
    everything = read(front)
    file = next(each for each in everything if each["object"]["type"] == "file")
    about = read(front, object=file["object"]["id"])
    assert {each["object"]["id"] for each in about} == {file["object"]["id"]}
    assert [each["object_sequence"] for each in about] == [1, 2, 3, 4, 5]
    assert {each["object"]["type"] for each in read(front, types=["file.*", "batch.settled"])} == {"file", "batch"}
    edge = everything[6]["created_at"]
    later = read(front, **{"created_at[gte]": edge})
    assert {each["id"] for each in later} == {
        each["id"] for each in everything if datetime.fromisoformat(each["created_at"]) >= datetime.fromisoformat(edge)
    }


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"after": "evt_none"}, 422),
        ({"types": "order.flown"}, 422),
        ({"created_at[gte]": "2026-11-16T10:00:00"}, 422),
        ({"object": "xyz_0000000000001"}, 404),
        ({"object": "ord_none"}, 404),
        ({"limit": 501}, 422),
        ({"colour": "blue"}, 422),
    ],
)
def test_what_cannot_be_asked_is_a_problem(front: Front, query: dict[str, Any], status: int) -> None:
    answer = front.client({Permission.EVENTS_READ}).get("/events", **query)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_an_event_that_is_not_there_is_not_found(front: Front) -> None:
    assert front.client().get("/events/evt_0000000000ZZZ").status_code == 404
    assert front.client().get("/events/evt_1").status_code == 404


def test_ids_and_no_keys_stand_in_particulars(front: Front) -> None:
    def numbers(value: object) -> list[int]:
        match value:
            case dict():
                return [found for each in value.values() for found in numbers(each)]
            case list():
                return [found for each in value for found in numbers(each)]
            case int():
                return [value]
            case _:
                return []

    assert [each for event in read(front) for each in numbers(event) if each > 1 << 40] == []
