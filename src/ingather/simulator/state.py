"""All that the bank knows between two calls: entries, returns and their disputes, requests, and what is not out yet.

Buyers' account numbers are not in it, only marks and last digits of them.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

import numpy as np

from ingather.simulator.entries import (
    NEVER,
    SENT_BACK,
    BatchRow,
    Entries,
    FileRow,
    Sort,
    Status,
    key_of,
    live_credits,
    live_debits,
    no_entries,
    text,
)


class Kind(StrEnum):
    """What a delivery is."""

    ACKNOWLEDGEMENT = "ack"
    RETURN = "return"
    CHANGE = "change"
    DISPUTE = "dispute"
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


class Stage(StrEnum):
    """How a posted return stands."""

    RETURNED = "returned"
    DISHONOURED = "dishonoured"
    CONTESTED = "contested"
    CORRECTED = "corrected"


@dataclass(slots=True, kw_only=True)  # mutable -- a return is dishonoured and contested after it was posted
class ReturnRow:
    """One posted return with all that the way back needs; ``entry`` is -1 for a return of somebody else's entry.

    ``cents`` is what was posted, ``due_cents`` the entry's amount; days are None and traces 0 until it came so far.
    ``key`` names the order as in the books, ``transaction_code`` is that of the return.
    """

    entry: int
    batch: int
    sort: int
    key: str
    transaction_code: int
    rdfi: int
    trace: int
    original_trace: int
    original_settled_on: date
    reason: str
    information: str
    cents: int
    due_cents: int
    tail: str
    reference: str
    name: str
    discretionary: str
    blemish: int
    again: bool
    settled_on: date
    stage: Stage = Stage.RETURNED
    dishonour_code: str = ""
    dishonour_trace: int = 0
    dishonoured_on: date | None = None
    answer_code: str = ""
    answer_trace: int = 0
    answered_on: date | None = None
    answered_cents: int = 0

    @property
    def standing_cents(self) -> int:
        """Return what this return keeps from the originator of a debit: nothing while a dishonour stands."""
        match self.stage:
            case Stage.RETURNED:
                return self.cents
            case Stage.DISHONOURED:
                return 0
            case Stage.CONTESTED | Stage.CORRECTED:
                return self.answered_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """One change that was told: the entry's index, the code, and the trace it went out under."""

    entry: int
    code: str
    trace: int
    told_on: date


class Act(StrEnum):
    """What will happen on a day of its own."""

    RETURN_AGAIN = "return again"
    STRAY_RETURN = "stray return"
    RETURN_ASKED = "return asked"
    ANSWER = "answer"
    CHANGE_AGAIN = "change again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One thing that will happen: about an entry by its index, or about a return by its place among the returns."""

    on: date
    act: Act
    subject: int
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One row of a sheet of requests; ``outcome`` is empty until the bank has acted on it.

    Traces are integers, 0 where the sheet has none; amount in cents.
    """

    request: str
    kind: str
    code: str
    original_trace: int
    return_trace: int
    amount_cents: int
    change_code: str
    change_trace: int
    reference: str
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRequest:
    """A request that the bank could not or would not follow, and why; ``name`` is the sheet's."""

    request: str
    name: str
    reason: str


class BankState:
    """The bank's books and what it still has to hand over.

    ``presented`` counts settled debits by reference, and ``live`` those that the originator holds: neither sent back
    nor given back; both follow from the entries and leave out return fees. ``corrected`` holds accounts this bank gave
    in changes, as routing/mark/kind. ``places`` numbers every order by its first arrival: its reference, or the trace
    of an entry without one. ``lost`` names acknowledgements that never went out.
    """

    def __init__(self, *, seed: int, account: str, balance_cents: int, next_sequence: int) -> None:
        self.seed = seed
        self.account = account
        self.balance_cents = balance_cents
        self.next_sequence = next_sequence
        self.entries: Entries = no_entries()
        self.files: list[FileRow] = []
        self.batches: list[BatchRow] = []
        self.returns: list[ReturnRow] = []
        self.changes: list[ChangeRow] = []
        self.agenda: list[Due] = []
        self.requests: list[Request] = []
        self.refused_requests: list[RefusedRequest] = []
        self.seen: set[str] = set()
        self.corrected: set[str] = set()
        self.doubles: set[str] = set()
        self.moved: list[Moved] = []
        self.acknowledgements: list[Delivery] = []
        self.held_back: list[Delivery] = []
        self.never_sent: list[str] = []
        self.lost: list[str] = []
        self.last_day: date | None = None
        self.last_report_id = ""
        self.next_acknowledgement = 1
        self.next_bank_ref = 1
        self.next_trace = 1
        self.fees_cents = 0
        self.fees_owed_cents = 0
        self.places: dict[str, int] = {}
        self.presented: Counter[str] = Counter()
        self.live: Counter[str] = Counter()

    def add_entries(self, entries: Entries) -> None:
        """Put the entries of a file on the books, each under the place of its order."""
        keys = map(key_of, entries["reference"].tolist(), entries["trace"].tolist())
        entries["place"] = [self.place_of(key) for key in keys]
        self.entries = np.concatenate((self.entries, entries))

    def place_of(self, key: str) -> int:
        """Return the place of an order, a new one where it never came before."""
        return self.places.setdefault(key, len(self.places))

    def next_trace_of(self, routing: int) -> int:
        """Return the next trace number of a bank, by its nine digits."""
        number = self.next_trace
        self.next_trace += 1
        return routing // 10 * 10**7 + number

    def due(self, day: date, *acts: Act) -> list[Due]:
        """Take out of the agenda what is due by a day, oldest first."""
        found = [item for item in self.agenda if item.act in acts and item.on <= day]
        self.agenda = [item for item in self.agenda if not (item.act in acts and item.on <= day)]
        return sorted(found, key=lambda item: (item.on, item.act, item.subject))

    def count_again(self) -> None:
        """Count ``presented``, ``live`` and ``places`` from the entries and returns."""
        keys = map(key_of, self.entries["reference"].tolist(), self.entries["trace"].tolist())
        by_place = dict(zip(self.entries["place"].tolist(), keys, strict=True))
        known = set(by_place.values())
        strays = [
            key for key in dict.fromkeys(row.key for row in self.returns if row.entry == NEVER) if key not in known
        ]
        free = (place for place in range(len(by_place) + len(strays)) if place not in by_place)
        by_place |= dict(zip(free, strays, strict=False))
        self.places = {by_place[place]: place for place in range(len(by_place))}
        status, sort = self.entries["status"], self.entries["sort"]
        named = self.entries["reference"] != b""
        settled = live_debits(self.entries) & named & (status >= Status.SETTLED) & (sort != Sort.FEE)
        credits_out = live_credits(self.entries) & named & (status == Status.SETTLED)
        self.presented = Counter(text(reference) for reference in self.entries["reference"][settled].tolist())
        self.live = Counter(self.presented)
        for mask in (settled & np.isin(status, SENT_BACK), credits_out):
            self.live.subtract(text(reference) for reference in self.entries["reference"][mask].tolist())
