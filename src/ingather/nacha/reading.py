"""What was read: heads, batches, entries and addenda as columns, each with its line, and every problem found.

Texts are ``(n, width)`` byte columns cut from the records by the records table; numbers that could not be read hold 0
and have a problem. Lines count from 1. An index of -1 means "none": an entry outside any batch, an addenda without an
entry, a batch without a header or control.
"""

from dataclasses import dataclass, field

import numpy as np

from ingather.base.columns import Bytes2D, Int64, Mask, Words
from ingather.base.problems import Problem, Severity
from ingather.nacha.records import LAYOUTS, RECORD_WIDTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    """A named reading profile: the checks listed here, by any of their ids, are told as warnings instead of errors."""

    name: str
    tolerated: frozenset[str] = field(default_factory=frozenset)


STRICT = Tolerances(name="strict")
# What banks and processors really send: files cut, joined, unpadded or without frame, entries regrouped from several
# files so that traces and batch numbers repeat or fall back, service classes, check digits, status codes and names
# that nobody looked at, answers without any batch.
# Not here: counts, hashes and totals of what holds money, which also show that records are missing.
LENIENT = Tolerances(
    name="lenient",
    tolerated=frozenset(
        {
            "account-blank",
            "batch-control-company",
            "batch-control-missing",
            "batch-number",
            "blocking",
            "characters",
            "check-digit",
            "destination-routing",
            "duplicate-trace",
            "end-mark",
            "file-batch-count",
            "file-block-count",
            "file-control-missing",
            "file-empty",
            "file-header-missing",
            "fill",
            "name-of-class",
            "originator-status",
            "record-size",
            "service-class",
            "several-files",
            "trace-order",
            "trace-prefix",
        }
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """File headers and their controls; ``f`` files stand in the bytes, usually one.

    ``line`` and ``control_line`` are ``(f,)`` (0 where the record is missing); ``record`` and ``control`` are
    ``(f, 94)`` bytes, blank where missing; totals are the control's own claims.
    """

    line: Int64
    record: Bytes2D
    control_line: Int64
    control: Bytes2D
    batch_count: Int64
    block_count: Int64
    entry_addenda_count: Int64
    entry_hash: Int64
    debit_cents: Int64
    credit_cents: Int64

    def __len__(self) -> int:
        """Return how many files were seen."""
        return len(self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchColumns:
    """Batch headers with their controls, ``(b,)`` each; ``record`` and ``control`` are ``(b, 94)`` bytes.

    ``first`` and ``end`` bound the batch's entries; ``claimed_*`` are the control's values (0 where it is missing,
    ``control_line`` 0), the others are counted from the entries.
    """

    line: Int64
    head: Int64
    record: Bytes2D
    control_line: Int64
    control: Bytes2D
    service_class: Int64
    batch_number: Int64
    originating_dfi: Int64
    first: Int64
    end: Int64
    entries: Int64
    addenda: Int64
    entry_hash: Int64
    debit_cents: Int64
    credit_cents: Int64
    claimed_entry_addenda: Int64
    claimed_hash: Int64
    claimed_debit_cents: Int64
    claimed_credit_cents: Int64

    def __len__(self) -> int:
        """Return how many batch headers were read."""
        return len(self.line)

    def texts(self, name: str, /) -> Bytes2D:
        """Return one field of the batch headers as ``(b, width)`` bytes; raises ``KeyError`` for an unknown field."""
        return self.record[:, LAYOUTS["5"].span(name)]


_ENTRY = LAYOUTS["6"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryColumns:
    """Entry details, ``(m,)`` each in file order; the texts are cut from ``rows[at]`` when first asked for, and kept.

    ``routing`` has nine digits; ``batch`` is the index of the batch or -1; ``likeness`` is a number that entries of the
    same receiving bank, account number and amount share; ``used`` ``(100,)`` says which transaction codes occur at all;
    ``rows`` is all records of the bytes, with account numbers, which is why the repr never shows them.
    """

    line: Int64
    batch: Int64
    transaction_code: Int64
    routing: Int64
    amount_cents: Int64
    addenda_indicator: Int64
    trace: Int64
    likeness: Words
    used: Mask
    rows: Bytes2D
    at: Int64
    cuts: dict[tuple[int, int], Bytes2D] = field(default_factory=dict, compare=False)

    def __len__(self) -> int:
        """Return how many entries were read."""
        return len(self.line)

    def __repr__(self) -> str:
        """Return how many entries there are, and nothing of what they hold."""
        return f"EntryColumns(m={len(self)}, rows=***)"

    def cut(self, columns: slice, /) -> Bytes2D:
        """Return zero-based columns of every entry's record as ``(m, width)`` bytes."""
        found = self.cuts.get((columns.start, columns.stop))
        if found is None:
            wanted = self.rows[:, columns]
            if len(self.at) and int(self.at[-1] - self.at[0]) + 1 == len(self.at):
                found = wanted[self.at[0] : self.at[-1] + 1]
            else:
                # Whole fields move as single items, which is many times quicker than as bytes.
                found = wanted.view(f"V{wanted.shape[1]}")[:, 0][self.at].view(np.uint8).reshape(-1, wanted.shape[1])
            self.cuts[columns.start, columns.stop] = found
        return found

    def records_at(self, index: Int64, /) -> Bytes2D:
        """Return the whole records of some entries as ``(k, 94)`` bytes: a view where they follow each other."""
        places = self.at[index]
        if len(places) and int(places[-1] - places[0]) + 1 == len(places):
            return self.rows[places[0] : places[-1] + 1]
        return self.rows.view(f"V{RECORD_WIDTH}")[:, 0][places].view(np.uint8).reshape(-1, RECORD_WIDTH)

    def record_at(self, index: int, /) -> bytes:
        """Return the whole record of one entry."""
        return bytes(self.rows[self.at[index]])

    @property
    def record(self) -> Bytes2D:
        """Return the whole records as ``(m, 94)`` bytes."""
        return self.cut(slice(0, RECORD_WIDTH))

    @property
    def account(self) -> Bytes2D:
        """Return columns 13 to 29, ``(m, 17)``: the account of most classes; ``account_numbers`` knows the others."""
        return self.cut(_ENTRY.span("account_number"))

    @property
    def identification(self) -> Bytes2D:
        """Return the originator's references as ``(m, 15)`` bytes."""
        return self.cut(_ENTRY.span("identification_number"))

    @property
    def name(self) -> Bytes2D:
        """Return receiver names as ``(m, 22)`` bytes."""
        return self.cut(_ENTRY.span("receiver_name"))

    @property
    def discretionary(self) -> Bytes2D:
        """Return discretionary data as ``(m, 2)`` bytes."""
        return self.cut(_ENTRY.span("discretionary_data"))


@dataclass(frozen=True, slots=True, kw_only=True)
class AddendaColumns:
    """Addenda in file order: ``type_code`` is ``(k,)`` (5, 98, 99 …; -1 not digits), ``text`` the whole records."""

    line: Int64
    entry: Int64
    type_code: Int64
    text: Bytes2D

    def __len__(self) -> int:
        """Return how many addenda were read."""
        return len(self.line)

    def __repr__(self) -> str:
        """Return how many addenda there are, and nothing of what they hold."""
        return f"AddendaColumns(k={len(self)}, text=***)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that could be read of some bytes, and every problem; ``lines`` counts physical lines.

    ``standard_entry_class`` holds the SEC code of each batch as it stands there, trailing blanks cut.
    """

    heads: Heads
    batches: BatchColumns
    standard_entry_class: tuple[str, ...]
    entries: EntryColumns
    addenda: AddendaColumns
    problems: tuple[Problem, ...]
    lines: int
    entry_count: int
    addenda_count: int
    debit_cents: int
    credit_cents: int

    @property
    def ok(self) -> bool:
        """Return whether no problem is an error."""
        return not any(problem.severity is Severity.ERROR for problem in self.problems)


def mask_of(indices: Int64, length: int, /) -> Mask:
    """Return a mask of ``length`` rows that is true at ``indices``."""
    mask = np.zeros(length, np.bool_)
    mask[indices] = True
    return mask
