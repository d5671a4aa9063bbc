"""A pytest plugin: no action of the desk changes the book without a record in the audit chain, whatever test it is in.

It hears, on every engine, what each transaction that an action of ours began has written. A test in which one was
committed without a record, although it changed more than the tables below, fails and names the place.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Final

import pytest
from sqlalchemy import Connection, Engine, event

WITHOUT: Final = {
    "answered_calls": "an answer kept for a call that is repeated: what the call did has its record",
    "guessed_names": "how often somebody guessed: it slows down, and is forgotten",
    "key_epochs": "how much was encrypted with a key",
    "user_sessions": "when somebody was seen last",
    "api_keys": "when a key was used last",
    "webhook_endpoints": "how far an endpoint was told, and since when it fails",
    "webhook_messages": "what an endpoint is told: the events are facts with records of their own",
    "webhook_attempts": "each attempt is a row of its own",
    "number_allocations": "a number taken for a name: what bears it has its record",
    "work_runs": "each run of the worker is a row of its own; what it did has its records",
}
"""Tables whose rows may change without a record, each with the reason."""
_CHANGE: Final = re.compile(
    r"\s*(?:WITH\b.*?\)\s*)?(INSERT(?: OR \w+)? INTO|UPDATE(?: OR \w+)?|DELETE FROM)\s+\"?(\w+)", re.DOTALL
)
_DESK: Final = str(Path("ingather") / "jobs" / "desk.py")
_OURS: Final = str(Path("src") / "ingather")
_BETWEEN: Final = ("contextlib.py", _DESK, str(Path("cli") / "options.py"))
_STATE: Final = "tests_audited"
_NEAR: Final = 40
"""Within how many frames of the begin an action stands that began it; what reads is not followed to its test."""


@dataclass(slots=True)  # mutable -- it hears
class Heard:
    """What one transaction did: where it began, the tables it changed, how many records it left."""

    place: str
    tables: set[str] = field(default_factory=set)
    records: int = 0


UNRECORDED: list[Heard] = []


def _place_of_action(frame: FrameType | None) -> str:
    """Return where of ours an action was begun, empty for what began otherwise, or in a test."""
    in_action, depth = False, 0
    while frame is not None and (in_action or depth < _NEAR):
        depth += 1
        code = frame.f_code
        if in_action and not code.co_filename.endswith(_BETWEEN):
            if _OURS not in code.co_filename:
                return ""
            return f"{code.co_filename.rpartition(_OURS)[2].lstrip('/')}:{code.co_name}"
        in_action = in_action or (code.co_name == "action" and code.co_filename.endswith(_DESK))
        frame = frame.f_back
    return ""


def _begun(connection: Connection) -> None:
    place = _place_of_action(sys._getframe(1))  # noqa: SLF001 -- who called is what this is about
    connection.info[_STATE] = Heard(place=place) if place else None


def _executed(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: object) -> None:  # noqa: ANN401 -- SQLAlchemy's own signature
    heard = connection.info.get(_STATE)
    if heard is None or statement.startswith("SELECT"):
        return
    changed = _CHANGE.match(statement)
    if changed is None or not cursor.rowcount:
        return
    if changed[2] == "audit":
        heard.records += len(parameters) if isinstance(parameters, list) else 1
    heard.tables.add(changed[2])


def _committed(connection: Connection) -> None:
    heard = connection.info.pop(_STATE, None)
    if heard is not None and not heard.records and not heard.tables <= WITHOUT.keys():
        UNRECORDED.append(heard)


@contextmanager
def listening() -> Iterator[None]:
    """Hear what every engine's transactions do."""
    each = (("begin", _begun), ("after_cursor_execute", _executed), ("commit", _committed))
    # Where the whole session is heard already, that goes on afterwards.
    heard = [(name, listen) for name, listen in each if not event.contains(Engine, name, listen)]
    for name, listen in heard:
        event.listen(Engine, name, listen)
    yield
    for name, listen in heard:
        event.remove(Engine, name, listen)


@pytest.fixture(autouse=True, scope="session")
def _every_transaction_is_heard() -> Iterator[None]:
    """Listen for the session."""
    with listening():
        yield


@pytest.fixture(autouse=True)
def _no_action_is_without_a_record() -> Iterator[None]:
    """Fail a test in which an action changed the book and left no record."""
    UNRECORDED.clear()
    yield
    told = [f"{each.place} changed {', '.join(sorted(each.tables))}" for each in UNRECORDED]
    assert not told, f"no audit record: {'; '.join(told)}"
