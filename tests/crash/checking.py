"""The one checker of honest runs and of planted bugs alike: what the bank has against what the book says.

It reads the bank's files by their columns and the book by plain SQL, without any reader of ours.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from ingather.base.ids import encode_key
from ingather.gateway.channel import TEMPORARY
from ingather.jobs.invariants import check_invariants
from tests.crash.stories import Story, evening

TWICE: Final = "debited twice"
LOST: Final = "lost"
MISSING: Final = "said to be at the bank, which has not got it"
UNKNOWN: Final = "bytes at the bank that were never sealed with an intent"
UNASKED: Final = "debited although canceled"
BROKEN: Final = "broken invariant"
LEFT: Final = "left under a temporary name"
_ENTRY, _REFERENCE = b"6", slice(39, 54)
_SENT: Final = frozenset({"submitted", "settled", "collected", "returned", "failed"})


def references(story: Story) -> Counter[str]:
    """Return how often each reference (columns 40 to 54 of an entry) is at the bank."""
    return Counter(
        line[_REFERENCE].decode("ascii").strip()
        for path in story.at_the_bank()
        for line in path.read_bytes().splitlines()
        if line.startswith(_ENTRY)
    )


def faults(story: Story, *, minute: int = 59) -> list[str]:
    """Return everything that breaks the promise: an order debited twice, lost, unasked or only said to be sent."""
    found = [*_orders(story, references(story)), *_files(story)]
    held = check_invariants(story.desk(evening(minute), node=999))
    return [*found, *(f"{BROKEN}: {name}" for name, holds in held.items() if not holds)]


def in_doubt(story: Story) -> list[int]:
    """Return the files that are held in doubt."""
    return [row[0] for row in story.rows("SELECT id FROM files WHERE state = 'in_doubt' ORDER BY id")]


def _orders(story: Story, at_the_bank: Counter[str]) -> Iterator[str]:
    doubted = {
        row[0]
        for row in story.rows(
            "SELECT e.order_id FROM entries e JOIN files f ON f.id = e.file_id "
            "WHERE e.ended IS NULL AND f.state = 'in_doubt'",
        )
    }
    unasked = {row[0] for row in story.rows("SELECT subject_id FROM facts WHERE kind = 'canceled'")}
    rows = story.rows("SELECT id, state, presentations FROM orders")
    for order_id, state, presentations in rows:
        times = at_the_bank[encode_key(order_id)]
        if times > max(presentations, 1):
            yield f"{TWICE}: {encode_key(order_id)} is {times} times at the bank, presented {presentations} times"
        if order_id in unasked:
            if times:
                yield f"{UNASKED}: {encode_key(order_id)}"
        elif order_id in doubted:
            if state != "sealed":
                yield f"{LOST}: {encode_key(order_id)} is {state} in a file in doubt"
        elif state not in _SENT:
            yield f"{LOST}: {encode_key(order_id)} is {state}"
        elif not times:
            yield f"{MISSING}: {encode_key(order_id)} is {state}"
    if unknown := set(at_the_bank) - {encode_key(row[0]) for row in rows}:
        yield f"{UNKNOWN}: {len(unknown)} references"


def _register(story: Story) -> Iterator[list[str]]:
    path = Path(story.keys) / "sent.register"
    for line in path.read_text("ascii").splitlines() if path.exists() else ():
        # A line torn by a kill in the middle of its write says nothing.
        with suppress(ValueError):
            yield json.loads(line)


def _files(story: Story) -> Iterator[str]:
    intended = {
        row[0].hex()
        for row in story.rows(
            "SELECT f.sha256 FROM files f JOIN facts x ON x.subject_id = f.id AND x.scope = 'file' "
            "AND x.kind = 'sending'",
        )
    }
    noted = {line[2] for line in _register(story) if line[0] == "sending"}
    for path in story.at_the_bank():
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        if sha256 not in intended:
            yield f"{UNKNOWN}: {path.name}"
        elif sha256 not in noted:
            yield f"{UNKNOWN}: {path.name} is not in the sent register"
    for path in story.outbound.iterdir():
        if path.name.endswith(TEMPORARY):
            yield f"{LEFT}: {path.name}"
