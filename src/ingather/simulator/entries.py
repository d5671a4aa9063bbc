"""The bank's own columns: one row per entry it received, with a mark and a tail in the place of the account number.

A row is written when a file comes in and moves one way: refused, or waiting → settled → returned → dishonoured →
contested or corrected. What of its returns happened when is told by ``state.ReturnRow``.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from ingather.base.columns import Bytes2D, Mask
from ingather.nacha.descriptions import MICRO_ENTRY, RETURN_FEE, REVERSAL
from ingather.nacha.transaction_codes import DEBIT, LIVE

TAIL_DIGITS = 4
NEVER = -1
_EPOCH = date(1970, 1, 1)


class Status(IntEnum):
    """Where an entry stands at this bank."""

    REFUSED = 0
    WAITING = 1
    SETTLED = 2
    RETURNED = 3
    DISHONOURED = 4
    CONTESTED = 5
    CORRECTED = 6


SENT_BACK = (Status.RETURNED, Status.CONTESTED, Status.CORRECTED)
"""Where the receiver has the money again; a dishonour that nobody contested leaves it with the originator."""


class Sort(IntEnum):
    """What an entry is for, as its batch's description and its transaction code tell."""

    DEBIT = 0
    FEE = 1
    REVERSAL = 2
    REFUND = 3
    CHECK = 4
    PRENOTE = 5


ENTRY = np.dtype(
    [
        ("batch", "i4"),  # index of the batch row
        ("transaction_code", "i2"),
        ("routing", "i8"),
        ("account", "i8"),  # mark of the number
        ("tail", "S4"),
        ("amount", "i8"),  # cents
        ("reference", "S15"),
        ("name", "S22"),
        ("discretionary", "S2"),
        ("trace", "i8"),
        ("status", "i1"),
        ("settles_on", "i4"),  # days since 1970, like every day here
        ("presentation", "i2"),
        ("sort", "i1"),
        ("place", "i4"),  # of its order among all that ever came
        ("reason", "S3"),  # return code, known from settlement on
        ("information", "S44"),
        ("blemish", "i1"),  # what is wrong with its return
        ("return_on", "i4"),
        ("return_trace", "i8"),
        ("change", "S3"),
        ("change_on", "i4"),  # NEVER once it was told
        ("garbled", "i1"),  # whether the corrected data stand in wrong columns
    ]
)
Entries = npt.NDArray[np.void]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One received file; ``key`` is the operator's identity of it and ``accepted_at`` is empty when it was refused."""

    name: str
    sha256: str
    key: str
    destination: str
    origin: str
    destination_name: str
    origin_name: str
    created_on: str
    created_at: str
    modifier: str
    accepted_at: str
    refused_for: str

    @property
    def origination(self) -> str:
        """Return creation date, time and modifier as the daily report names the file."""
        return f"{self.created_on}{self.created_at}{self.modifier}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """One received batch: the header's fields as they were written, and why it was refused, if it was."""

    file: int
    number: int
    company_name: str
    company_discretionary_data: str
    company_identification: str
    standard_entry_class: str
    company_entry_description: str
    company_descriptive_date: str
    effective_entry_date: str
    refused_for: str


def no_entries(count: int = 0) -> Entries:
    """Return ``count`` rows of zeros."""
    return np.zeros(count, ENTRY)


def day_number(day: date) -> int:
    """Return a date as days since 1970."""
    return (day - _EPOCH).days


def day_of(number: int) -> date:
    """Return the date of days since 1970."""
    return _EPOCH + timedelta(days=int(number))


def fixed_text(column: Bytes2D) -> npt.NDArray[np.bytes_]:
    """Return an ``(n, width)`` byte column as ``(n,)`` byte texts without trailing blanks."""
    if not len(column):
        return np.zeros(0, "S1")
    texts: npt.NDArray[np.bytes_] = np.strings.rstrip(np.ascontiguousarray(column).view(f"S{column.shape[1]}").ravel())
    return texts


def text(value: bytes) -> str:
    """Return one byte text as a string, whatever its bytes."""
    return value.decode("latin-1")


def tail_of(number: str) -> str:
    """Return the last four characters of an account number, or fewer where four would be most of it."""
    return number[max(len(number) - TAIL_DIGITS, TAIL_DIGITS) :]


def live_debits(entries: Entries) -> Mask:
    """Return which rows are debits that move money."""
    mask: Mask = (DEBIT & LIVE)[entries["transaction_code"]]
    return mask


def live_credits(entries: Entries) -> Mask:
    """Return which rows are credits that move money: reversals and refunds."""
    mask: Mask = (~DEBIT & LIVE)[entries["transaction_code"]]
    return mask


def sorts_of(transaction_code: npt.NDArray[np.int16], description: str) -> npt.NDArray[np.int8]:
    """Return what the entries of one batch are for: ``(n,)`` values of ``Sort``."""
    words = description.strip()
    by_word = {RETURN_FEE: (Sort.FEE, Sort.REFUND), MICRO_ENTRY: (Sort.CHECK, Sort.CHECK)}
    debit, credit = by_word.get(words, (Sort.DEBIT, Sort.REVERSAL if words == REVERSAL else Sort.REFUND))
    moving = np.where(DEBIT[transaction_code], debit, credit)
    return np.where(LIVE[transaction_code], moving, Sort.PRENOTE).astype(np.int8)


def key_of(reference: bytes, trace: int) -> str:
    """Return what names an entry's order: its reference, or its trace where it has none."""
    return text(reference) or f"{int(trace):015d}"
