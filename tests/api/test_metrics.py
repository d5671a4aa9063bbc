"""The figures at /metrics: what the book holds, told as Prometheus reads it, to who may read it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from ingather.api.metrics import BookCollector
from tests.api.office import Front, front_of, open_front
from tests.journey.stage import FRIDAY, MONDAY, TUESDAY, WEDNESDAY, Sale, at, night, play

pytestmark = pytest.mark.xdist_group("api-metrics")  # its book is made once

HERE = ("127.0.0.1", 40_000)


def _asked(front: Front, address: tuple[str, int] = HERE, headers: dict[str, str] | None = None) -> Any:  # noqa: ANN401 -- an httpx response
    return TestClient(front.http.app, client=address).get("/metrics", headers=headers)


def _figures(front: Front) -> dict[tuple[str, ...], float]:
    """Return each figure by its name and labels."""
    return {
        (sample.name.removeprefix("ingather_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(_asked(front).text)
        for sample in family.samples
    }


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Front:
    """Return a front after three days: two orders went out, one was not due, and a file waits for its approval."""
    front = open_front(tmp_path_factory.mktemp("metrics"), [Sale(), Sale(), Sale(due=FRIDAY + timedelta(days=30))])
    play(front.stage, MONDAY, TUESDAY, WEDNESDAY)
    return front


def test_the_book_is_told_in_numbers(played: Front) -> None:
    found = _figures(played)
    orders = {key[1]: value for key, value in found.items() if key[0] == "orders"}
    assert orders["open"] == 1
    assert sum(orders.values()) == 3
    assert sum(value for key, value in found.items() if key[0] == "files") >= 1
    assert found["files_in_doubt",] == 0
    assert found["cases_overdue",] == 0
    assert found["book_restored",] == 0
    assert found["oldest_unsent_file_seconds",] == 0
    assert 0 <= found["last_night_days",] <= 1
    assert [value for key, value in found.items() if key[0] == "feed_lag_banking_days"] == [0]
    assert found["return_rate_limit", "unauthorized"] == 0.005
    assert any(key[0] == "return_rate" and "overall" in key for key in found)


def test_a_file_that_waits_and_reports_that_do_not_come_are_seen(tmp_path: Path) -> None:
    front = open_front(tmp_path, [Sale(amount=99_999_999), Sale(amount=99_999_999)])
    play(front.stage, MONDAY)
    night(front.stage, TUESDAY)
    at(front.stage, FRIDAY)
    found = _figures(front)
    lag = [value for key, value in found.items() if key[0] == "feed_lag_banking_days"]
    assert lag == [3]
    assert found["last_night_days",] == 3


def test_requests_are_counted_by_route_and_status_and_never_by_address(played: Front) -> None:
    client = played.client()
    order = client.get("/orders").json()["data"][0]["id"]
    client.get(f"/orders/{order}")
    played.http.get("/v1/orders/ord_nothing")
    found = _figures(played)
    assert found["requests_total", "GET", "/v1/orders/{order_id}", "200"] == 1
    assert found["requests_total", "GET", "none", "401"] == 1
    assert found["request_seconds_count", "GET", "/v1/orders/{order_id}"] == 1
    assert not [key for key in found if order in key]


def test_the_figures_are_for_this_machine_unless_there_is_a_token(played: Front, tmp_path: Path) -> None:
    assert _asked(played).status_code == 200
    assert _asked(played, ("::1", 1)).status_code == 200
    for refused in (_asked(played, ("192.0.2.1", 1)), _asked(played, headers={"X-Forwarded-For": "127.0.0.1"}),
                    _asked(played, ("testclient", 1))):  # fmt: skip
        assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    token = tmp_path / "token"
    token.write_text("quite-secret\n")
    front = front_of(played.stage, metrics_token_file=token)
    assert _asked(front).status_code == 401
    assert _asked(front, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert _asked(front, ("192.0.2.1", 1), {"Authorization": "Bearer quite-secret"}).status_code == 200
    token.write_text("")
    assert _asked(front, headers={"Authorization": "Bearer "}).status_code == 401


def test_the_book_is_not_read_at_every_look(played: Front) -> None:
    now = 0.0
    collector = BookCollector(front_of(played.stage, figures_every_s=30).office, lambda: now)
    read: list[int] = []
    whole = collector._read  # noqa: SLF001 -- counted here, and done

    def counted() -> Any:  # noqa: ANN401 -- the book's figures
        read.append(1)
        return whole()

    collector._read = counted  # type: ignore[method-assign]  # noqa: SLF001 -- as above
    for now in (0.0, 10.0, 29.0, 31.0 + 600.0, 32.0 + 600.0):  # noqa: B007 -- the clock reads it
        list(collector.collect())
    assert len(read) == 2
