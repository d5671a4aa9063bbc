"""All that the bank knows between two calls, and its form on paper: JSON with a checksum.

Buyers' account numbers are not in it, only marks and last digits of them.
``dump_state`` and ``load_state`` are inverse; a cut or altered text is refused as a whole, so a state is either the one
of before or the one of after.
"""

import json
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256

import numpy as np

from ingather.simulator.entries import ENTRY, BatchRow, Entries, FileRow, Status, live_debits, no_entries, text

STATE_VERSION = 1


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


class Kind(StrEnum):
    """What a delivery is."""

    ACKNOWLEDGEMENT = "ack"
    RETURN = "return"
    CHANGE = "change"
    REPORT = "str"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One file the bank hands over: its name, its bytes, what it is, and the aware instant from which it lies there."""

    name: str
    data: bytes = field(repr=False)
    kind: Kind
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Entries that settled on another day than their batch asked for; ``effective`` is the header's own text."""

    file: str
    batch_number: int
    effective: str
    settled_on: date
    entries: int


class BankState:
    """The bank's books and what it still has to hand over.

    ``presented`` and ``live`` count settled debits, and those neither returned nor reversed, by reference; they follow
    from the entries. ``corrected`` holds accounts this bank gave in changes, as routing/mark/kind.
    """

    def __init__(self, *, seed: int, account: str, balance_cents: int, next_sequence: int) -> None:
        self.seed = seed
        self.account = account
        self.balance_cents = balance_cents
        self.next_sequence = next_sequence
        self.entries: Entries = no_entries()
        self.files: list[FileRow] = []
        self.batches: list[BatchRow] = []
        self.seen: set[str] = set()
        self.corrected: set[str] = set()
        self.doubles: set[str] = set()
        self.moved: list[Moved] = []
        self.acknowledgements: list[Delivery] = []
        self.held_back: list[Delivery] = []
        self.never_sent: list[str] = []
        self.last_day: date | None = None
        self.last_report_id = ""
        self.next_acknowledgement = 1
        self.next_bank_ref = 1
        self.next_trace = 1
        self.fees_cents = 0
        self.presented: Counter[str] = Counter()
        self.live: Counter[str] = Counter()

    def count_again(self) -> None:
        """Count ``presented`` and ``live`` from the entries."""
        debits = live_debits(self.entries)
        named = self.entries["reference"] != b""
        settled = debits & named & (self.entries["status"] >= Status.SETTLED)
        returned = settled & (self.entries["status"] == Status.RETURNED)
        credits_back = ~debits & named & (self.entries["status"] == Status.SETTLED)
        self.presented = Counter(text(reference) for reference in self.entries["reference"][settled].tolist())
        self.live = Counter(self.presented)
        for mask in (returned, credits_back):
            self.live.subtract(text(reference) for reference in self.entries["reference"][mask].tolist())


_PLAIN = (
    "balance_cents",
    "next_sequence",
    "never_sent",
    "last_report_id",
    "next_acknowledgement",
    "next_bank_ref",
    "next_trace",
    "fees_cents",
)
_SETS = ("seen", "corrected", "doubles")
_DELIVERIES = ("acknowledgements", "held_back")


def dump_state(state: BankState) -> str:
    """Return the state as JSON text; equal states give equal texts."""
    book: dict[str, object] = {name: getattr(state, name) for name in _PLAIN}
    book |= {name: sorted(getattr(state, name)) for name in _SETS}
    book |= {name: [_delivery_to(item) for item in getattr(state, name)] for name in _DELIVERIES}
    book |= {"version": STATE_VERSION, "seed": state.seed}
    book["account"] = _fingerprint(state.account)
    book["last_day"] = state.last_day.isoformat() if state.last_day else ""
    book["files"] = [asdict(row) for row in state.files]
    book["batches"] = [asdict(row) for row in state.batches]
    book["moved"] = [asdict(row) | {"settled_on": row.settled_on.isoformat()} for row in state.moved]
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
        setattr(state, name, book[name])
    for name in _SETS:
        setattr(state, name, set(book[name]))
    for name in _DELIVERIES:
        setattr(state, name, [_delivery_from(item) for item in book[name]])
    state.last_day = date.fromisoformat(book["last_day"]) if book["last_day"] else None
    state.files = [FileRow(**row) for row in book["files"]]
    state.batches = [BatchRow(**row) for row in book["batches"]]
    state.moved = [Moved(**row | {"settled_on": date.fromisoformat(row["settled_on"])}) for row in book["moved"]]
    state.entries = _entries_from(book["entries"])
    state.count_again()
    return state


def _fingerprint(account: str) -> str:
    """Return what stands for our own account in a dump."""
    return sha256(f"account|{account}".encode()).hexdigest()[:16]


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
