"""What is to be written: one file's head, its batches and its entries, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

import numpy as np

from ingather.base.columns import Bytes2D, Int64

ACCOUNT_WIDTH = 17
IDENTIFICATION_WIDTH = 15
NAME_WIDTH = 22
DISCRETIONARY_WIDTH = 2
ADDENDA_TEXT_WIDTH = 80


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

    ``originating_dfi`` holds eight digits each; ``effective_on`` is the settlement asked for.
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

    def __len__(self) -> int:
        """Return how many batches there are."""
        return len(self.service_class)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addenda05:
    """At most one 05 record per entry: ``entry`` is ``(k,)`` ascending, ``text`` ``(k, 80)`` blank-filled bytes."""

    entry: Int64
    text: Bytes2D

    def __len__(self) -> int:
        """Return how many addenda there are."""
        return len(self.entry)


def no_addenda() -> Addenda05:
    """Return the addenda of a file that has none."""
    return Addenda05(entry=np.empty(0, np.int64), text=np.empty((0, ADDENDA_TEXT_WIDTH), np.uint8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """Record 6 as columns of length ``n``, in file order; texts are left-justified, blank-filled ASCII bytes.

    ``batch`` indexes into ``Batches`` and never decreases; ``routing`` has nine digits, the check digit included;
    ``amount_cents`` is 0 for prenotes; ``trace`` has fifteen digits. The repr never shows the accounts.
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
    addenda: Addenda05 | None = None

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
