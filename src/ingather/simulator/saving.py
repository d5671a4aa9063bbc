"""The bank's state on paper: JSON with a checksum.

``dump_state`` and ``load_state`` are inverse; a cut or altered text is refused as a whole, so a state is either the one
of before or the one of after. A state of another version is refused by name.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import numpy as np

from ingather.simulator.entries import ENTRY, BatchRow, Entries, FileRow, no_entries, text
from ingather.simulator.state import (
    Act,
    BankState,
    ChangeRow,
    Delivery,
    Due,
    Kind,
    Moved,
    RefusedRequest,
    Request,
    ReturnRow,
    Stage,
)

STATE_VERSION = 2


class StateRefused(ValueError):  # noqa: N818 -- named for the business fact, not for its being an error
    """A saved state is not whole, or is not this bank's."""

    def __init__(self, fault: "Fault") -> None:
        self.fault = fault
        super().__init__(f"The bank's saved state was not taken: {fault}.")


class Fault(StrEnum):
    """Why a saved state is refused."""

    NOT_WHOLE = "its checksum does not fit"
    OTHER_VERSION = "another version wrote it"
    OTHER_BANK = "it belongs to another account or seed"


_PLAIN = (
    "balance_cents",
    "next_sequence",
    "never_sent",
    "lost",
    "last_report_id",
    "next_acknowledgement",
    "next_bank_ref",
    "next_trace",
    "fees_cents",
    "fees_owed_cents",
)
_SETS = ("seen", "corrected", "doubles")
_DELIVERIES = ("acknowledgements", "held_back")
_ROWS: Mapping[str, type] = {
    "files": FileRow,
    "batches": BatchRow,
    "moved": Moved,
    "returns": ReturnRow,
    "changes": ChangeRow,
    "agenda": Due,
    "requests": Request,
    "refused_requests": RefusedRequest,
}
_WORDS: Mapping[str, type[StrEnum]] = {"stage": Stage, "act": Act}


def dump_state(state: BankState) -> str:
    """Return the state as JSON text; equal states give equal texts."""
    book: dict[str, object] = {name: getattr(state, name) for name in _PLAIN}
    book |= {name: sorted(getattr(state, name)) for name in _SETS}
    book |= {name: [_delivery_to(item) for item in getattr(state, name)] for name in _DELIVERIES}
    book |= {"version": STATE_VERSION, "seed": state.seed}
    book["account"] = _fingerprint(state.account)
    book["last_day"] = state.last_day.isoformat() if state.last_day else ""
    book |= {name: [_row_to(row) for row in getattr(state, name)] for name in _ROWS}
    book["entries"] = {name: _column_to(state.entries, name) for name in ENTRY.names or ()}
    body = json.dumps(book, sort_keys=True, separators=(",", ":"))
    return f"{sha256(body.encode()).hexdigest()}\n{body}\n"


def load_state(text_of_state: str, *, account: str, seed: int) -> BankState:
    """Return the state of a dump; raises ``StateRefused`` when it is cut, altered, or another bank's."""
    checksum, _, body = text_of_state.rstrip("\n").partition("\n")
    if sha256(body.encode()).hexdigest() != checksum:
        raise StateRefused(Fault.NOT_WHOLE)
    book = json.loads(body)
    if book["version"] != STATE_VERSION:
        raise StateRefused(Fault.OTHER_VERSION)
    if (book["account"], book["seed"]) != (_fingerprint(account), seed):
        raise StateRefused(Fault.OTHER_BANK)
    state = BankState(seed=seed, account=account, balance_cents=0, next_sequence=0)
    for name in _PLAIN:
        # A bank saved before it could owe fees owes none.
        setattr(state, name, book.get(name, getattr(state, name)))
    for name in _SETS:
        setattr(state, name, set(book[name]))
    for name in _DELIVERIES:
        setattr(state, name, [_delivery_from(item) for item in book[name]])
    state.last_day = date.fromisoformat(book["last_day"]) if book["last_day"] else None
    for name, kind in _ROWS.items():
        setattr(state, name, [_row_from(kind, row) for row in book[name]])
    state.entries = _entries_from(book["entries"])
    state.count_again()
    return state


def _fingerprint(account: str) -> str:
    """Return what stands for our own account in a dump."""
    return sha256(f"account|{account}".encode()).hexdigest()[:16]


def _row_to(row: Any) -> dict[str, Any]:  # noqa: ANN401 -- any of the rows above
    """Return a row as JSON values, its days as texts."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(row).items()}


def _row_from(kind: type, values: dict[str, Any]) -> object:
    """Return the row of JSON values: a field whose type is a day gets one."""
    row = dict(values)
    for field in fields(kind):
        value = row[field.name]
        if value is not None and field.type in {date, date | None}:
            row[field.name] = date.fromisoformat(value)
        elif field.name in _WORDS:
            row[field.name] = _WORDS[field.name](value)
    return kind(**row)


def _column_to(entries: Entries, name: str) -> list[int] | list[str]:
    """Return one column as JSON values."""
    values = entries[name].tolist()
    return [text(value) for value in values] if entries.dtype[name].kind == "S" else values


def _entries_from(columns: dict[str, list[int] | list[str]]) -> Entries:
    """Return the entries of JSON columns."""
    entries = no_entries(len(columns["batch"]))
    for name, values in columns.items():
        entries[name] = np.array(_encoded(values), entries.dtype[name])
    return entries


def _encoded(values: Iterable[int | str]) -> list[int | bytes]:
    """Return JSON values with texts as bytes."""
    return [value.encode("latin-1") if isinstance(value, str) else value for value in values]


def _delivery_to(item: Delivery) -> dict[str, str]:
    """Return a delivery as JSON values."""
    return {
        "name": item.name,
        "data": b64encode(item.data).decode(),
        "kind": item.kind,
        "at": item.at.isoformat(),
    }


def _delivery_from(item: dict[str, str]) -> Delivery:
    """Return the delivery of JSON values."""
    return Delivery(
        name=item["name"],
        data=b64decode(item["data"]),
        kind=Kind(item["kind"]),
        at=datetime.fromisoformat(item["at"]),
    )
