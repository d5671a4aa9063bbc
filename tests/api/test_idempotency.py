"""Every call that acts has one effect, however often and by however many it is sent, and is answered alike.

Each operation of the document is called on copies of one played book, by its row of the table of examples. One copy is
called once and again: what its tables hold then is what another, called by eight at once, must hold as well.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, literal, select, union_all

from ingather.actions.users.keys import make_key
from ingather.domain.users import Permission
from ingather.store.tables.base import Base
from tests.api.declared import Callers, declared
from tests.api.examples import EXAMPLES, Asked, Scene, make, prepare
from tests.api.office import Client
from tests.api.played import copied_front, played_front
from tests.seeds import seed

ACTING = {operation.id: operation for operation in declared().values() if operation.acts and operation.once != "no"}
AT_ONCE = 8
_NODE = 9
_EVERY = int(os.environ.get("INGATHER_TEST_AT_ONCE_EVERY", "4"))
BY_EIGHT = [name for place, name in enumerate(ACTING) if (place + seed()) % _EVERY == 0]
"""What is called by eight at once: a part that the seed chooses here, all in the soak."""
ANSWERED_EACH_TIME = frozenset({"answered_calls"})
REFUSED = frozenset(
    {
        *("confirm_an_order", "note_notice_sent", "retry_a_return", "write_off_a_return", "match_a_return"),
        *("apply_a_correction", "leave_a_correction", "consent_to_the_late_return_of_an_order", "retake_report"),
        *("match_posting", "invoice_a_merchant", "note_invoice_payment", "ask_write_off", "approve_write_off"),
        *("note_payout_settled", "note_payout_returned", "take_back_a_return"),
    }
)
"""What the played book refuses: the refusal is the answer that is kept and repeated."""


@cache
def _set() -> tuple[Path, dict[str, str]]:
    """Return a played book with a person and a key to be decided about, and the tokens of who calls, by their name."""
    folder = Path(tempfile.mkdtemp(prefix="ingather-")) / "set"
    atexit.register(shutil.rmtree, folder.parent, ignore_errors=True)
    front = played_front(folder)
    front.person("zoe")
    desk = front.stage.desk.as_actor("user:maria")
    originator_id = desk.originator_id()
    with desk.action() as ctx:
        make_key(ctx, originator_id, name="spare", permissions={Permission.ORDERS_READ})
    callers = Callers(front)
    for operation in declared().values():
        callers.may(operation.permission)
    front.stage.desk.engine.dispose()
    return folder, {name: client.token for name, client in callers.known.items()}


def set_scene(folder: Path) -> Scene:
    """Return a scene on a new copy of the played book, with a person and a key to be decided about."""
    origin, tokens = _set()
    front = copied_front(origin, folder, node=_NODE)
    return Scene(front, Callers(front, {name: Client(http=front.http, token=token) for name, token in tokens.items()}))


COUNTS = union_all(
    *(
        select(literal(table.name), func.count()).select_from(table)
        for table in Base.metadata.sorted_tables
        if table.name not in ANSWERED_EACH_TIME
    )
)
"""How many rows each table holds, asked at once."""


def counts(scene: Scene) -> dict[str, int]:
    """Return how many rows each table holds."""
    with scene.front.stage.desk.view() as ctx:
        return {name: number for name, number in ctx.session.execute(COUNTS)}  # noqa: C416 -- rows, not pairs


def leave(scene: Scene) -> None:
    """Close the scene's book."""
    scene.front.stage.desk.engine.dispose()


def test_every_operation_that_acts_has_an_example() -> None:
    assert set(EXAMPLES) == set(ACTING)


@pytest.mark.parametrize("operation", ACTING)
def test_a_call_repeated_has_one_effect_and_one_answer(tmp_path: Path, operation: str) -> None:
    once = set_scene(tmp_path / "once")
    asked = prepare(once, operation, EXAMPLES[operation])
    first = make(once, asked, key="k")
    assert first.status_code < 500, first.text
    assert (first.status_code >= 400) == (operation in REFUSED), first.text
    after_one = counts(once)
    again = make(once, asked, key="k")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    _refused_as_other(once, asked)
    assert counts(once) == after_one
    if operation not in REFUSED:
        other_caller = make(once, asked, key="k", another=True)
        assert "Idempotent-Replayed" not in other_caller.headers
    leave(once)
    if operation in BY_EIGHT:
        _call_by_eight(tmp_path / "eight", operation, first, after_one)


def _call_by_eight(folder: Path, operation: str, first: Any, after_one: dict[str, int]) -> None:  # noqa: ANN401 -- an answer
    """See that eight calls at once have the effect and the answer of the one."""
    eight = set_scene(folder)
    asked = prepare(eight, operation, EXAMPLES[operation])
    eight.callers.may(asked.permission)
    answers = _at_once(lambda: make(eight, asked, key="k"))
    done = [answer for answer in answers if answer.status_code != 409 or answer.json()["code"] != "still_answering"]
    assert done, [answer.text for answer in answers]
    assert {answer.status_code for answer in done} == {first.status_code}
    assert len({answer.content for answer in done}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in done) == 1
    assert counts(eight) == after_one
    leave(eight)


def _refused_as_other(scene: Scene, asked: Asked) -> None:
    """See that the same key with another body, or on another route, does nothing."""
    changed: dict[str, Any] = {}
    body = asked.content.get("json")
    words = {"words", "reason"} & set(body) if isinstance(body, dict) else set()
    if words:
        changed = {"json": body | {max(words): "as not agreed"}}
    elif "content" in asked.content:
        content = asked.content["content"]
        changed = {"content": content.replace(b"n-1", b"n-2") if b"n-1" in content else content + b"\n"}
    if changed:
        other = make(scene, asked, key="k", **changed)
        assert other.json()["code"] == "other_request", other.text
        assert other.status_code == 422
    elsewhere = prepare(scene, "note_a_case", EXAMPLES["note_a_case"])
    client = scene.callers.may(asked.permission)
    if client is not scene.callers.may(Permission.RETURNS_WRITE):
        return  # somebody else's key: it is their first call under it
    if elsewhere.path != asked.path:
        other = make(scene, elsewhere, key="k")
        assert (other.status_code, other.json()["code"]) == (422, "other_request")


def _at_once(call: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [each.result() for each in [pool.submit(call) for _ in range(AT_ONCE)]]
