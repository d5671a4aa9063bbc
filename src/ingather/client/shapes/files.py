"""What is given and shown about files.

Written from the document of the API, never by hand.
"""

from datetime import date, datetime

from ingather.client.shape import Answered


class Approval(Answered):
    """What a second person said of a file's bytes."""

    checker: str
    decision: str
    reason: str | None
    decided_at: datetime


class Batch(Answered):
    """A batch of a file."""

    id: str
    number: int
    entry_class: str
    company_name: str
    description: str
    service_class: int
    entries: int
    debit_minor: int
    credit_minor: int
    currency: str | None = None
    settled_on: date | None
    settlement_basis: str | None
    rejected: bool


class DecidedTogether(Answered):
    """What became of the reversals of a file that were decided together."""

    file: str
    follow_ups: int
    amount_minor: int
    currency: str | None = None
    unfit: int


class Entry(Answered):
    """One entry of a file."""

    id: str
    line: int
    batch: int
    entry_class: str
    kind: str
    trace: str
    order: str | None
    external_id: str | None
    presentation: int | None
    amount_minor: int
    currency: str | None = None
    last4: str | None
    ended: str | None


class File(Answered):
    """A file: bytes sealed once, approved by their hash, sent at most once under one name."""

    id: str
    name: str
    state: str
    night_on: date
    effective_on: date
    batches: int
    entries: int
    debit_minor: int
    credit_minor: int
    currency: str | None = None
    sha256: str
    second_reader: str
    maker: str
    void_reason: str | None
    rule_set: str | None
    sealed_at: datetime
    transmitted_at: datetime | None
    known_at: datetime | None = None


class FileInFull(Answered):
    """A file with its batches and approvals."""

    id: str
    name: str
    state: str
    night_on: date
    effective_on: date
    batches: int
    entries: int
    debit_minor: int
    credit_minor: int
    currency: str | None = None
    sha256: str
    second_reader: str
    maker: str
    void_reason: str | None
    rule_set: str | None
    sealed_at: datetime
    transmitted_at: datetime | None
    known_at: datetime | None = None
    batch_list: tuple[Batch, ...]
    approvals: tuple[Approval, ...]


class FileReversal(Answered):
    """The reversals of a whole file, which wait for their second person."""

    file: str
    debits: int
    amount_minor: int
    currency: str | None = None
    left_out: int
    last_day: date
    send_by: datetime
    correcting: bool


class Finding(Answered):
    """A problem that a check found in a file; line and columns from 1, 0 for the whole of them."""

    line: int
    start: int
    end: int
    field: str
    check: str
    severity: str
    message: str


class NotifiedTogether(Answered):
    """How many buyers of a file's reversals are on record as told."""

    file: str
    follow_ups: int


class RecordField(Answered):
    """One field of a record: its columns, its value with accounts masked, and what that means."""

    name: str
    columns: str
    value: str
    meaning: str


class Record(Answered):
    """One line of a file, its 94 columns with accounts masked."""

    line: int
    record: str | None
    text: str
    fields: tuple[RecordField, ...]
    problems: tuple[Finding, ...]


class Records(Answered):
    """Some lines of a file."""

    data: tuple[Record, ...]
    problems: tuple[Finding, ...]
    lines: int
    next_after: int | None


class Verification(Answered):
    """Whether a file's kept bytes are those that were sealed and read as the book says."""

    id: str
    ok: bool
    sha256: str
    entries: int
    debit_minor: int
    credit_minor: int
    currency: str | None = None
    second_reader: str
    problems: tuple[str, ...]
    next_actions: tuple[str, ...]
