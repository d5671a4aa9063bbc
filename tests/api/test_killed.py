"""A call whose process is killed at any step, and that is sent again, has one effect and one answer.

Each operation is made by a child of its own, on a copy of the played book; at the chosen step the child is gone, and a
new process finds what it left. A few of the operations here, all of them at every step in the soak.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.api.declared import Callers
from tests.api.examples import EXAMPLES, Asked, Scene, prepare
from tests.api.office import Front, open_front
from tests.api.played import opened_again
from tests.api.test_idempotency import ACTING, counts, leave, set_scene
from tests.crash.killing import Steps, ended, run, telling
from tests.seeds import seed

_EVERY = int(os.environ.get("INGATHER_TEST_KILLED_EVERY", "9"))
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


_SERVER = """
import os, signal
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect
from ingather.cli import main

answered, commit = [], DefaultDialect.do_commit

@event.listens_for(Engine, "before_cursor_execute")
def look(connection, cursor, statement, *more):
    if statement.startswith("INSERT INTO answered_calls"):
        answered.append(True)

def do_commit(self, connection):
    if answered and os.environ["KILLED"] == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    commit(self, connection)
    if answered and os.environ["KILLED"] == "after":
        os.kill(os.getpid(), signal.SIGKILL)

DefaultDialect.do_commit = do_commit
main()
"""
_ORDER = {"external_id": "again-1", "authorization": "b000", "amount_minor": 1_500, "due_on": "2027-06-01"}


class _Server:
    """A server of its own process that is killed before or after the commit of an answer, or never."""

    def __init__(self, front: Front, book: str, killed: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        keys = front.stage.folder / "book.keys"
        program = [sys.executable, "-c", _SERVER, "--book", book, "--keys", str(keys), "serve", "--port", str(port)]
        self._process = subprocess.Popen(
            program, env=os.environ | {"KILLED": killed}, stderr=subprocess.PIPE, text=True
        )  # fmt: skip
        assert self._process.stderr is not None
        said = []
        for line in self._process.stderr:
            said.append(line)
            if '"listening"' in line:
                return
        raise AssertionError("".join(said[-5:]))

    def end(self) -> int:
        """Stop it if it lives, and return how it ended."""
        self._process.terminate()
        self._process.communicate(timeout=60)
        return self._process.returncode


@pytest.mark.parametrize("killed", ["before", "after"])
def test_a_server_killed_around_the_commit_answers_the_repeated_call_once(
    tmp_path: Path, book_url: str, killed: str
) -> None:
    front = open_front(tmp_path / "book", book=book_url)
    headers = front.client().headers() | {"Idempotency-Key": "again"}
    mortal = _Server(front, book_url, killed)
    with suppress(httpx2.HTTPError):
        answer = httpx2.post(f"{mortal.url}/v1/orders", json=_ORDER, headers=headers, timeout=30)
        raise AssertionError(answer.text)
    assert mortal.end() == -signal.SIGKILL
    server = _Server(front, book_url, "never")
    answers = [httpx2.post(f"{server.url}/v1/orders", json=_ORDER, headers=headers, timeout=30) for _ in range(2)]
    assert server.end() == 0
    assert {answer.status_code for answer in answers} == {201}
    assert answers[0].content == answers[1].content
    assert ["Idempotent-Replayed" in answer.headers for answer in answers] == [killed == "after", True]
    with front.stage.desk.view() as ctx:
        asked = "SELECT count(*) FROM orders WHERE external_id = 'again-1'"
        assert ctx.session.connection().exec_driver_sql(asked).scalar() == 1
