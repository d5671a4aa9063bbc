"""What is to be written: one file's head, its batches and its entries, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Int64, Mask

ACCOUNT_WIDTH = 17
IDENTIFICATION_WIDTH = 15
NAME_WIDTH = 22
DISCRETIONARY_WIDTH = 2
ADDENDA_TEXT_WIDTH = 80
ADDENDA_CONTENT_WIDTH = 84
_PAYMENT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHead:
    """Record 1: who sends the file to whom, when, and which of the day's files it is.

    ``destination`` and ``origin`` are a routing number of nine digits, or ten characters as the bank gave them.
    """

    destination: str
    origin: str
    created_on: date
    created_at: time
    id_modifier: str
    destination_name: str
    origin_name: str
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """Record 5 as columns of equal length ``b``, in file order.

    ``originating_dfi`` holds eight digits each; ``effective_on`` is the settlement asked for. The three columns that an
    originator leaves alone may be None: ``settlement_date`` (three characters, blank), ``originator_status`` ("1") and
    ``authentication`` (the control's columns 55 to 73, blank). In an IAT batch ``company_name`` is the IAT indicator,
    ``company_discretionary`` columns 21-40 (exchange and country) and ``descriptive_date`` the two currencies.
    """

    service_class: Sequence[int]
    company_name: Sequence[str]
    company_discretionary: Sequence[str]
    company_identification: Sequence[str]
    standard_entry_class: Sequence[str]
    entry_description: Sequence[str]
    descriptive_date: Sequence[str]
    effective_on: Sequence[date | None]
    originating_dfi: Sequence[str]
    batch_number: Sequence[int]
    settlement_date: Sequence[str] | None = None
    originator_status: Sequence[str] | None = None
    authentication: Sequence[str] | None = None

    def __len__(self) -> int:
        """Return how many batches there are."""
        return len(self.service_class)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addenda:
    """Records 7 as columns of length ``k``, in file order: any number per entry.

    ``entry`` indexes into ``Entries`` and never decreases; ``type_code`` is 2, 5, 10 to 18, 98 or 99; ``content`` is
    ``(k, 84)`` bytes, columns 4 to 87. Sequence numbers (84-87 of 05, 17 and 18, counted per entry and type) and the
    columns that repeat the entry's trace number (80-94 of 02, 98 and 99, the last seven digits in 88-94 of the others)
    are the writer's: what stands there is written over. The repr never shows the content.
    """

    entry: Int64
    type_code: Int64
    content: Bytes2D

    def __len__(self) -> int:
        """Return how many addenda there are."""
        return len(self.entry)

    def __repr__(self) -> str:
        """Return how many addenda there are, and nothing of what they hold."""
        return f"Addenda(k={len(self)}, content=***)"


def payment_addenda(entry: Int64, text: Bytes2D, /) -> Addenda:
    """Return 05 records from the entries they belong to, ``(k,)`` ascending, and their ``(k, 80)`` texts."""
    content = np.full((len(entry), ADDENDA_CONTENT_WIDTH), BLANK, np.uint8)
    content[:, :ADDENDA_TEXT_WIDTH] = text
    return Addenda(entry=entry, type_code=np.full(len(entry), _PAYMENT, np.int64), content=content)


def no_addenda() -> Addenda:
    """Return the addenda of a file that has none."""
    return payment_addenda(np.empty(0, np.int64), np.empty((0, ADDENDA_TEXT_WIDTH), np.uint8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """Record 6 as columns of length ``n``, in file order; texts are left-justified, blank-filled ASCII bytes.

    ``batch`` indexes into ``Batches`` and never decreases; ``routing`` has nine digits, the check digit included;
    ``amount_cents`` is 0 for prenotes; ``trace`` has fifteen digits. ``offset`` marks the entries that balance a batch;
    None means that there are none. The columns are those of the common record 6 (13-29, 40-54, 55-76, 77-78) whatever
    the batch's SEC code calls them: a CTX name stands in the first 16 columns of ``name`` (and its reserved two after
    them), which its count of addenda then moves to 59-76; an IAT account in ``identification`` and ``name``, its count
    written over the first four columns of ``account``; the amount of an ADV is whole in ``amount_cents`` (12 digits)
    and written over the last two columns of ``account``, its columns 80-94 are ``trace``. ``announced`` is the count of
    addenda that those entries state; None means that they state how many follow, as they do unless they come back.
    The repr never shows the accounts.
    """

    batch: Int64
    transaction_code: Int64
    routing: Int64
    account: Bytes2D
    amount_cents: Int64
    identification: Bytes2D
    name: Bytes2D
    discretionary: Bytes2D
    trace: Int64
    addenda: Addenda | None = None
    offset: Mask | None = None
    announced: Int64 | None = None

    def __len__(self) -> int:
        """Return how many entries there are."""
        return len(self.batch)

    def __repr__(self) -> str:
        """Return how many entries there are, and nothing of what they hold."""
        return f"Entries(n={len(self)}, account=***)"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlan:
    """One file, decided but not yet bytes."""

    head: FileHead
    batches: Batches
    entries: Entries
