"""What a buyer's bank and our own bank decide, and what they may look at when they do."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum, StrEnum
from typing import Protocol

from ingather.nacha.transaction_codes import DEBIT, LIVE
from ingather.simulator.chance import Chance
from ingather.simulator.entries import Sort

CONSUMER_CLASSES = frozenset({"PPD", "WEB", "TEL", "ARC", "BOC", "POP", "RCK", "CIE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One settled entry as the receiver's bank sees it; ``key`` is its reference, or its trace where it has none.

    A prenote has no amount; it, a credit and a return fee have presentation 0.

    ``account`` is the routing number and a mark of the account, never its number. ``presentation`` counts from 1 how
    often this bank has settled a debit with the reference. ``corrected`` says that the account is one this bank gave in
    a change. An entry is looked at again when the originator's bank asks for its return: ``asked`` is then the code.
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
    sort: Sort = Sort.DEBIT
    asked: str = ""

    @property
    def collects(self) -> bool:
        """Return whether the entry takes money from the receiver: neither a prenote nor a credit."""
        return bool((DEBIT & LIVE)[self.transaction_code])

    @property
    def is_consumer(self) -> bool:
        """Return whether the entry class is one for consumers' accounts."""
        return self.standard_entry_class in CONSUMER_CLASSES


class Blemish(IntEnum):
    """What is wrong with a return as it is told: its amount, reference or original trace is not the entry's."""

    NONE = 0
    AMOUNT = 1
    REFERENCE = 2
    TRACE = 3


class Answer(StrEnum):
    """What the receiver's bank does about a dishonour: nothing, contest it, or send the return with its fields right.

    A dishonour whose reason is not so is always contested.
    """

    SILENT = "silent"
    CONTESTS = "contests"
    CORRECTS = "corrects"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes of a settled entry: paid when both codes are empty.

    A return settles ``banking_days`` after the entry, or, when ``calendar_days`` is not 0, on the first banking day on
    or after so many calendar days; a ``blemish`` is in what is told of it. When ``again_after`` is not 0, the same
    entry is returned once more so many banking days later. ``answer`` is given ``answer_days`` banking days after a
    dishonour settled. When ``stray_after`` is not 0, a return of somebody else's entry is sent to the originator so
    many banking days after this one settled.

    A change goes out one banking day after settlement and moves no money. A ``garbled`` one has its data in wrong
    columns; when the originator's bank refuses a change, a bank that ``corrects`` sends it again, right.
    """

    return_code: str = ""
    banking_days: int = 1
    calendar_days: int = 0
    information: str = ""
    blemish: Blemish = Blemish.NONE
    again_after: int = 0
    answer: Answer = Answer.SILENT
    answer_days: int = 1
    stray_after: int = 0
    change_code: str = ""
    garbled: bool = False
    corrects: bool = False


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
class Faults:
    """What goes wrong between the bank's evening and us: shares of ten thousand files, drawn for each by its name.

    ``late`` files come 1 to ``late_for`` banking days after their own evening, so days change places; ``twice`` comes
    under two names; ``split`` is a NACHA file in two, ``joined`` all NACHA files of an evening in one; of a ``cut``
    file a part comes under its name and the whole under another. ``shuffled`` evenings come out of order. An
    acknowledgement is lost, comes ``ack_late_by`` after its time, or twice.
    """

    late: int = 0
    late_for: int = 2
    twice: int = 0
    split: int = 0
    joined: int = 0
    cut: int = 0
    shuffled: int = 0
    ack_lost: int = 0
    ack_late: int = 0
    ack_late_by: timedelta = timedelta(hours=16)
    ack_twice: int = 0


NO_FAULTS = Faults()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """How what the bank writes reaches us.

    ``withheld`` are the daily reports (counted from 1) that do not go out on their day; they come so many banking days
    later, or never when ``withheld_for`` is 0. ``corrected`` are those that first go out without their last return and
    its money; the whole report follows as a correction on the next banking day. ``repeats`` sends each return, change
    and daily report twice under two names, ``shuffles`` sends a day's files in drawn order. ``faults`` strike by
    chance.
    """

    withheld: frozenset[int] = frozenset()
    withheld_for: int = 0
    corrected: frozenset[int] = frozenset()
    repeats: bool = False
    shuffles: bool = False
    faults: Faults = NO_FAULTS


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
        """Return what becomes of an entry on the evening it settles; the same when it is asked again.

        For an entry whose return is asked, a fate with that return code means that its bank agrees.
        """
        ...

    def refuse(self, key: str, chance: Chance) -> str:
        """Return why our bank takes an entry out of its file, or an empty text when it does not."""
        ...

    def take(self, file: FileView, chance: Chance) -> FileFate:
        """Return what our bank does with a readable file."""
        ...
