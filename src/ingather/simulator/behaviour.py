"""What a buyer's bank and our own bank decide, and what they may look at when they do."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from ingather.nacha.transaction_codes import DEBIT, LIVE
from ingather.simulator.chance import Chance

CONSUMER_CLASSES = frozenset({"PPD", "WEB", "TEL", "ARC", "BOC", "POP", "RCK", "CIE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One settled entry as the receiver's bank sees it; ``key`` is its reference, or its trace where it has none.

    A prenote has no amount; it and a credit have presentation 0.

    ``account`` is the routing number and a mark of the account, never its number. ``presentation`` counts from 1 how
    often this bank has settled a debit with the reference. ``corrected`` says that the account is one this bank gave in
    a change.
    """

    key: str
    account: str
    name: str
    amount_cents: int
    transaction_code: int
    standard_entry_class: str
    company_identification: str
    entry_description: str
    presentation: int
    settled_on: date
    corrected: bool

    @property
    def collects(self) -> bool:
        """Return whether the entry takes money from the receiver: neither a prenote nor a credit."""
        return bool((DEBIT & LIVE)[self.transaction_code])

    @property
    def is_consumer(self) -> bool:
        """Return whether the entry class is one for consumers' accounts."""
        return self.standard_entry_class in CONSUMER_CLASSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes of a settled entry: paid when both codes are empty.

    A return settles ``banking_days`` after the entry, or, when ``calendar_days`` is not 0, on the first banking day on
    or after so many calendar days. A change goes out one banking day after settlement and moves no money.
    """

    return_code: str = ""
    banking_days: int = 1
    calendar_days: int = 0
    information: str = ""
    change_code: str = ""


PAID = Fate()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchView:
    """One received batch as our bank sees it; ``seen_before`` when one of its references ever came in another file."""

    number: int
    company_identification: str
    company_name: str
    standard_entry_class: str
    entry_description: str
    effective_on: date | None
    entries: int
    debit_cents: int
    seen_before: bool

    @property
    def key(self) -> str:
        """Return what names the batch in any file and arrival order."""
        effective = self.effective_on.isoformat() if self.effective_on else ""
        return f"{self.company_identification}|{self.standard_entry_class}|{self.entry_description}|{effective}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """One received, readable file with its batches."""

    destination: str
    origin: str
    created_on: str
    created_at: str
    modifier: str
    batches: tuple[BatchView, ...]

    @property
    def key(self) -> str:
        """Return the identity by which operators tell files apart."""
        return f"{self.origin}|{self.created_on}|{self.created_at}|{self.modifier}"


class AckStatus(StrEnum):
    """The word of an acknowledgement."""

    ACCEPTED = "ACCEPTED"
    PARTIAL = "PARTIAL"
    PENDED = "PENDED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFate:
    """What our bank does with a readable file.

    ``rejected_for`` refuses it whole; ``batch_reasons`` refuses batches by their position in the file;
    ``pended_for`` holds the file so long before it is released (0 = not held).
    """

    rejected_for: str = ""
    batch_reasons: tuple[tuple[int, str], ...] = ()
    pended_for: timedelta = timedelta(0)


TAKEN = FileFate()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """How what the bank writes reaches us.

    ``withheld`` are the daily reports (counted from 1) that do not go out on their day; they come so many banking days
    later, or never when ``withheld_for`` is 0. ``repeats`` sends each return, change and daily report twice under two
    names, ``shuffles`` sends a day's files in drawn order.
    """

    withheld: frozenset[int] = frozenset()
    withheld_for: int = 0
    repeats: bool = False
    shuffles: bool = False


class Behaviour(Protocol):
    """A policy by entry, by file and by delivery; every answer depends on its arguments alone."""

    @property
    def name(self) -> str:
        """Return the scenario's name."""
        ...

    @property
    def delivering(self) -> Delivering:
        """Return how the day's files are delivered."""
        ...

    def decide(self, entry: EntryView, chance: Chance) -> Fate:
        """Return what becomes of an entry on the evening it settles."""
        ...

    def refuse(self, key: str, chance: Chance) -> str:
        """Return why our bank takes an entry out of its file, or an empty text when it does not."""
        ...

    def take(self, file: FileView, chance: Chance) -> FileFate:
        """Return what our bank does with a readable file."""
        ...
