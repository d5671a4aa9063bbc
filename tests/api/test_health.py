"""Alive and ready: the book answers, its schema is current, the keys are its own, and it is no restored copy."""

from pathlib import Path

import pytest
from sqlalchemy import text

from ingather.api.health import Readiness
from tests.api.office import Front, open_front


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def front(tmp_path: Path) -> Front:
    return open_front(tmp_path)


def _checks(front: Front) -> dict[str, str]:
    return Readiness(front.office).checks()


def test_it_lives_and_is_ready_and_anybody_may_ask(front: Front) -> None:
    alive, ready = front.http.get("/healthz"), front.http.get("/readyz")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    checks = dict.fromkeys(("book", "schema", "keys", "not_restored"), "ok")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "checks": checks})
    assert ready.headers["cache-control"] == "no-store"


def test_an_older_schema_is_not_ready(front: Front) -> None:
    with front.stage.desk.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = front.http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["schema"].startswith("the book has schema 0001, this program needs ")


def test_a_restored_copy_is_not_ready(front: Front) -> None:
    with front.stage.desk.engine.begin() as connection:
        connection.execute(text("UPDATE book SET state = 'restored'"))
    assert front.http.get("/readyz").status_code == 503
    assert "restored copy" in _checks(front)["not_restored"]


def test_a_book_that_is_gone_is_not_ready_and_the_server_lives(front: Front) -> None:
    front.stage.desk.engine.dispose()
    for path in front.stage.folder.glob("book.sqlite*"):
        path.unlink()
    (front.stage.folder / "book.sqlite").mkdir()
    assert _checks(front) == {"book": "the book does not answer"}
    assert front.http.get("/healthz").status_code == 200
    answer = front.http.get("/v1/orders", headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer.json()["code"]) == (503, "book_does_not_answer")


def test_an_answer_holds_for_a_few_seconds(front: Front) -> None:
    clock = _Clock()
    ready = Readiness(front.office, clock)
    assert ready.readyz(None).status_code == 200  # type: ignore[arg-type]  # the request is not looked at
    with front.stage.desk.engine.begin() as connection:
        connection.execute(text("UPDATE book SET state = 'restored'"))
    clock.now = 4.0
    assert ready.readyz(None).status_code == 200  # type: ignore[arg-type]  # as above
    clock.now = 6.0
    assert ready.readyz(None).status_code == 503  # type: ignore[arg-type]  # as above
