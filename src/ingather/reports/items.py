"""What every bank report comes down to: canonical items, one set of columns per kind, whatever carried them.

Two truths stay apart: postings and balances say that money moved on our account, the other items say which entries
it was about. Amounts are whole minor units. ``line`` is the record's line in the report, from 1. Dates a carrier does
not give are ``None``, texts it does not give are empty. Columns that may hold account numbers stay out of ``repr``.
"""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from ingather.base.problems import Problem, errors_of


class Carrier(StrEnum):
    """What a report is written in."""

    NACHA = "nacha"
    STR_DELIMITED = "str-delimited"
    STR_FIXED = "str-fixed"
    ACKNOWLEDGEMENT = "acknowledgement"
    FEDACH_ACKNOWLEDGEMENT = "fedach-acknowledgement"
    PLAIN_ACKNOWLEDGEMENT = "plain-acknowledgement"
    BAI2 = "bai2"
    CAMT_052 = "camt.052"
    CAMT_053 = "camt.053"
    CAMT_054 = "camt.054"
    PAIN_002 = "pain.002"
    MT940 = "mt940"
    MT942 = "mt942"
    UNKNOWN = "unknown"


class PostingEvent(StrEnum):
    """What a posting means, whatever code the bank gave it; a code that no table or profile knows is ``unknown``.

    The sign of the amount tells the direction: a settlement that is a debit is one of credits we sent.
    """

    SETTLEMENT = "settlement"
    RETURN = "return"
    REVERSAL = "reversal"
    REJECTION = "rejection"
    CREDIT_RETURN = "credit_return"
    FEE = "fee"
    ADJUSTMENT = "adjustment"
    RECEIPT = "receipt"
    OTHER = "other"
    UNKNOWN = "unknown"


class ControlTotals(StrEnum):
    """Whether a report's own totals equal what was read from it."""

    TIE = "tie"
    DIFFER = "differ"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """Columns of equal length, one row per record."""

    line: list[int]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.line)

    @classmethod
    def column_names(cls) -> tuple[str, ...]:
        """Return the names of the columns, ``line`` first."""
        return tuple(column.name for column in fields(cls))

    @classmethod
    def empty(cls) -> Self:
        """Return no rows."""
        return cls(**{name: [] for name in cls.column_names()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlements(Items):
    """Credits for debits that settled; ``amount_minor`` is positive for a credit to our account.

    ``origination_file`` is the file's creation date, time and modifier as it carries them: ``2611181830A``.
    """

    bank_ref: list[str]
    company_identification: list[str]
    standard_entry_class: list[str]
    entry_description: list[str]
    origination_file: list[str]
    batch_number: list[int]
    effective_on: list[date | None]
    settled_on: list[date | None]
    count: list[int]
    amount_minor: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns(Items):
    """Entries that came back.

    ``klass`` is RETURN or REVERSAL_RETURN; traces are integers of fifteen digits, 0 when not given;
    ``identification`` is our reference, columns 40 to 54; ``rdfi`` has eight or nine digits; ``information`` is the
    addenda's text (R17 may say QUESTIONABLE); ``posting_ref`` names the posting that took the money.
    ``batch_number`` is that of our batch where the carrier gives it, else 0. STR gives the original settlement date,
    a NACHA return file the original effective date. ``reason`` is a code of the Rules or empty, ``iso_reason`` what an
    ISO 20022 message says instead: the one is never made from the other. ``bank_item`` is the bank's own id of the
    item, unique at that bank, where it has one.
    """

    klass: list[str]
    reason: list[str]
    original_trace: list[int]
    return_trace: list[int]
    transaction_code: list[int]
    rdfi: list[str]
    amount_cents: list[int]
    identification: list[str]
    name: list[str] = field(repr=False)
    account_last4: list[str]
    company_identification: list[str]
    standard_entry_class: list[str]
    batch_number: list[int]
    original_effective_on: list[date | None]
    original_settled_on: list[date | None]
    return_settled_on: list[date | None]
    died_on: list[date | None]
    information: list[str]
    posting_ref: list[str]
    iso_reason: list[str]
    bank_item: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes(Items):
    """Notifications of change; ``corrected`` is the field of 29 characters with its blanks, read by column per code."""

    code: list[str]
    original_trace: list[int]
    change_trace: list[int]
    rdfi: list[str]
    corrected: list[str] = field(repr=False)
    identification: list[str]
    name: list[str] = field(repr=False)
    company_identification: list[str]
    standard_entry_class: list[str]
    batch_number: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dishonours(Items):
    """Dishonoured, contested and corrected returns; ``stage`` is DISHONOURED, CONTESTED or CORRECTED."""

    stage: list[str]
    code: list[str]
    original_trace: list[int]
    return_trace: list[int]
    return_settled_on: list[date | None]
    original_reason: list[str]
    dishonour_trace: list[int]
    dishonour_settled_on: list[date | None]
    amount_cents: list[int]
    information: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustments(Items):
    """Charges and corrections of the bank; ``amount_minor`` is positive for a credit to our account."""

    kind: list[str]
    amount_minor: list[int]
    bank_ref: list[str]
    related_ref: list[str]
    text: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Postings(Items):
    """Money that moved on our account; ``amount_minor`` is positive for a credit.

    ``event`` is a ``PostingEvent``. What the posting itself names is kept beside it: ``reference`` is ours (columns 40
    to 54, or an end-to-end id), ``trace`` that of an entry (0 for none), ``origination_file`` as in ``Settlements``,
    ``batch_number`` (0 for none), ``company_identification``, ``reason`` a return code of the Rules; ``items`` counts
    what a collective posting holds, 0 where it does not say. ``provisional`` is what a later report must confirm.
    """

    code_type: list[str]
    code: list[str]
    amount_minor: list[int]
    value_on: list[date | None]
    bank_ref: list[str]
    customer_ref: list[str] = field(repr=False)
    text: list[str] = field(repr=False)
    event: list[str]
    reference: list[str]
    trace: list[int]
    origination_file: list[str]
    batch_number: list[int]
    company_identification: list[str]
    reason: list[str]
    items: list[int]
    provisional: list[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts(Items):
    """Receipts on virtual accounts; ``amount_minor`` is positive, in the row's currency."""

    virtual_account: list[str] = field(repr=False)
    payer_name: list[str] = field(repr=False)
    payer_account_last4: list[str]
    payer_bank: list[str]
    amount_minor: list[int]
    currency: list[str]
    rail: list[str]
    bank_ref: list[str]
    remittance: list[str] = field(repr=False)
    value_on: list[date | None]
    provisional: list[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances(Items):
    """Balances of our account: OPENING, CLOSING or AVAILABLE; positive when we have the money."""

    kind: list[str]
    amount_minor: list[int]
    as_of_on: list[date | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgements(Items):
    """What a bank says of a whole file: ACCEPTED, PARTIAL, PENDED or REJECTED.

    ``origination_file`` is creation date, time and modifier in one text; ``sha256`` is hex or empty.
    """

    bank: list[str]
    destination: list[str]
    origin: list[str]
    created_on: list[date | None]
    created_at: list[str]
    modifier: list[str]
    origination_file: list[str]
    sha256: list[str]
    status: list[str]
    answered_at: list[datetime | None]
    accepted_entries: list[int]
    accepted_cents: list[int]
    rejected_entries: list[int]
    rejected_cents: list[int]
    reason: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAnswers(Items):
    """What a bank says of a batch: ACCEPTED or REJECTED."""

    batch_number: list[int]
    status: list[str]
    company_identification: list[str]
    entries: list[int]
    debit_cents: list[int]
    reason: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryAnswers(Items):
    """What a bank says of one entry: REJECTED, with a return code or words.

    ``identification`` is our reference where the carrier names the entry by it; ``iso_reason`` as in ``Returns``.
    """

    batch_number: list[int]
    trace: list[int]
    status: list[str]
    amount_cents: list[int]
    reason: list[str]
    identification: list[str]
    iso_reason: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report as read: where it stands in its feed, its items, and every problem.

    ``carrier`` and ``profile`` (id/version) say how it was read; ``account`` is ours and stays out of ``repr``;
    ``kind`` is EOD for a day's final report, INTRADAY for what is provisional; ``mode`` is DELTA for what is new since
    the report before, CUMULATIVE for all of the day so far, SNAPSHOT for all that stands; ``sequence`` and
    ``previous_report_id`` chain it to the one before; ``status`` is UPDATE, CORRECTION, DELETE or TEST where the
    carrier has it; ``lines`` counts the records; ``tolerances`` names the profile's tolerances that were needed.
    """

    carrier: Carrier
    profile: str = ""
    bank: str = ""
    account: str = field(default="", repr=False)
    currency: str = ""
    kind: str = ""
    mode: str = ""
    as_of: datetime | None = None
    sequence: int | None = None
    business_date: date | None = None
    report_id: str = ""
    previous_report_id: str = ""
    status: str = ""
    corrects: str = ""
    lines: int = 0
    tolerances: tuple[str, ...] = ()
    settlements: Settlements = field(default_factory=Settlements.empty)
    returns: Returns = field(default_factory=Returns.empty)
    changes: Changes = field(default_factory=Changes.empty)
    dishonours: Dishonours = field(default_factory=Dishonours.empty)
    adjustments: Adjustments = field(default_factory=Adjustments.empty)
    postings: Postings = field(default_factory=Postings.empty)
    receipts: Receipts = field(default_factory=Receipts.empty)
    balances: Balances = field(default_factory=Balances.empty)
    acknowledgements: Acknowledgements = field(default_factory=Acknowledgements.empty)
    batch_answers: BatchAnswers = field(default_factory=BatchAnswers.empty)
    entry_answers: EntryAnswers = field(default_factory=EntryAnswers.empty)
    problems: tuple[Problem, ...] = ()
    control_totals: ControlTotals = ControlTotals.NONE

    @property
    def complete(self) -> bool:
        """Return whether the report says all it should: no error was found and its totals do not differ.

        Totals that differ are let pass where the profile tolerates it, and the report says so. A report that is not
        complete never moves the watermark; what it holds waits for a person.
        """
        differs = self.control_totals is ControlTotals.DIFFER and "control_mismatch" not in self.tolerances
        return not errors_of(self.problems) and not differs


ITEM_KINDS: dict[str, type[Items]] = {
    "settlements": Settlements,
    "returns": Returns,
    "changes": Changes,
    "dishonours": Dishonours,
    "adjustments": Adjustments,
    "postings": Postings,
    "receipts": Receipts,
    "balances": Balances,
    "acknowledgements": Acknowledgements,
    "batch_answers": BatchAnswers,
    "entry_answers": EntryAnswers,
}
"""The kinds of items by the name of their place in a ``Report``."""
