"""A call whose process is killed at any step, and that is sent again, has one effect and one answer.

Each operation is made by a child of its own, on a copy of the played book; at the chosen step the child is gone, and a
new process finds what it left. A few of the operations here, all of them at every step in the soak.
"""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect

from tests.api.declared import Callers
from tests.api.examples import EXAMPLES, Asked, Scene, prepare
from tests.api.forked import forked
from tests.api.office import open_front
from tests.api.played import opened_again
from tests.api.test_idempotency import ACTING, counts, leave, set_scene
from tests.crash.killing import Steps, ended, run, telling
from tests.seeds import seed

_EVERY = int(os.environ.get("INGATHER_TEST_KILLED_EVERY", "24"))
_ALL_STEPS = "INGATHER_TEST_KILLED_STEPS" in os.environ
_AGAIN = frozenset({"audit", "work_runs", "reports", "report_chunks"})
"""What a job that is run again may add a second record to: that it ran, and that the bank handed over twice."""


def _chosen() -> list[str]:
    return [name for number, name in enumerate(sorted(ACTING)) if number % _EVERY == seed() % _EVERY]


def _made(scene: Scene, asked: Asked, token: str) -> Any:  # noqa: ANN401 -- an answer
    headers = {"Authorization": f"Bearer {token}", **asked.headers, "Idempotency-Key": "k"}
    path = f"/v1{asked.path}"
    return scene.front.http.request(asked.method, path, params=asked.query, headers=headers, **asked.content)


@pytest.mark.parametrize("operation", _chosen())
def test_a_call_killed_at_any_step_and_repeated_has_one_effect(tmp_path: Path, operation: str) -> None:
    folder, kept = tmp_path / "book", tmp_path / "kept"
    scene = set_scene(folder)
    asked = prepare(scene, operation, EXAMPLES[operation])
    token = scene.callers.may(asked.permission).token
    leave(scene)
    shutil.copytree(folder, kept)

    def call(_: Steps) -> Any:  # noqa: ANN401 -- what the parent is told
        answer = _made(scene, asked, token)
        return [answer.status_code, answer.text]

    whole = run(call)
    status, _ = ended(whole)
    after_one = _one_effect(folder)
    for point in _points(whole.steps):
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
        assert run(call, kill_at=point).killed, (operation, point)
        again = Scene(front := opened_again(folder, node=10 + point % 900), Callers(front))
        repeated = _made(again, asked, token)
        where = (operation, point, whole.steps[point - 1], repeated.text)
        assert repeated.status_code == status, where
        replayed = _made(again, asked, token)
        assert (replayed.content, replayed.headers["Idempotent-Replayed"]) == (repeated.content, "true"), where
        leave(again)
        assert _one_effect(folder) == after_one, where


def _one_effect(folder: Path) -> dict[str, int]:
    front = opened_again(folder, node=1_000)
    scene = Scene(front, Callers(front))
    found = {name: number for name, number in counts(scene).items() if name not in _AGAIN}
    leave(scene)
    return found


def _points(steps: tuple[str, ...]) -> list[int]:
    """Return the steps to be killed at: before and after the last commit here, every one in the soak."""
    if _ALL_STEPS:
        return telling(steps)
    commits = [number for number, name in enumerate(steps, 1) if name.endswith("commit")]
    return commits[-2:]


_ORDER = {"external_id": "again-1", "authorization": "b000", "amount_minor": 1_500, "due_on": "2027-06-01"}


def _dying(moment: str) -> Callable[[], None]:
    """Return what has a server killed before or after the commit of an answer."""

    def plant() -> None:
        # Untyped: this changes them, in a child that dies of it.
        cursor: Any = psycopg.Cursor
        dialect: Any = DefaultDialect
        commit, copy = dialect.do_commit, cursor.copy
        answered: list[bool] = []

        def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("INSERT INTO answered_calls"):
                answered.append(True)

        def look_at_copy(self: Any, statement: str, *rest: Any, **named: Any) -> Any:  # noqa: ANN401 -- the driver's
            # PostgreSQL is given rows by COPY, on the driver itself.
            if statement.startswith("COPY answered_calls"):
                answered.append(True)
            return copy(self, statement, *rest, **named)

        def do_commit(self: Any, connection: Any) -> None:  # noqa: ANN401 -- as above
            if answered and moment == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            commit(self, connection)
            if answered:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(Engine, "before_cursor_execute", look)
        cursor.copy = look_at_copy
        dialect.do_commit = do_commit

    return plant


def test_a_server_killed_around_the_commit_answers_the_repeated_call_once(tmp_path: Path, book_url: str) -> None:
    front = open_front(tmp_path / "book", book=book_url)
    headers = front.client().headers() | {"Idempotency-Key": "again"}

    def ask(url: str) -> Any:  # noqa: ANN401 -- an answer
        return httpx2.post(f"{url}/v1/orders", json=_ORDER, headers=headers, timeout=60)

    def recorded() -> Any:  # noqa: ANN401 -- a number
        with front.stage.desk.view() as ctx:
            asked = "SELECT count(*) FROM orders WHERE external_id = 'again-1'"
            return ctx.session.connection().exec_driver_sql(asked).scalar()

    # Killed before the commit it has done nothing, and the call repeated does it; after it, it is done and not said.
    for moment, done in (("before", 0), ("after", 1)):
        dying = forked(front, book_url, log=tmp_path / moment, plant=_dying(moment), ends=-signal.SIGKILL)
        with dying as url, pytest.raises(httpx2.HTTPError):
            ask(url)
        assert recorded() == done
    with forked(front, book_url, log=tmp_path / "whole") as url:
        answers = [ask(url) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {201}
    assert answers[0].content == answers[1].content
    assert ["Idempotent-Replayed" in answer.headers for answer in answers] == [True, True]
    assert recorded() == 1
