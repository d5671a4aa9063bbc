"""Which record belongs to which: files, batches, entries and addenda, found by walking from the first to the last."""

from dataclasses import dataclass, field

from ingather.nacha.records import LAYOUTS, Layout
from ingather.nacha.return_reasons import RETURN_REASONS
from ingather.nacha.sec import SEC_CODES
from tests.fuzz.slow_lines import RECORD_TYPES, Problems, Record

NINES = "9" * 94


@dataclass(slots=True, kw_only=True, eq=False)
class SlowAddenda:
    """One record 7 and the entry it follows, if any."""

    record: Record
    entry: "SlowEntry | None"


@dataclass(slots=True, kw_only=True, eq=False)
class SlowEntry:
    """One record 6, the batch around it, if any, and the addenda behind it."""

    record: Record
    batch: "SlowBatch | None"
    addenda: list[SlowAddenda] = field(default_factory=list)

    @property
    def line(self) -> int:
        """The line of the record."""
        return self.record.line

    @property
    def sec(self) -> str:
        """The SEC code of the batch; empty outside of batches."""
        return self.batch.sec if self.batch else ""

    @property
    def international(self) -> bool:
        """Whether the record has the columns of international entries."""
        return self.batch is not None and self.batch.international

    @property
    def layout(self) -> Layout:
        """The layout of the record, which the SEC code decides."""
        row = SEC_CODES.get("IAT" if self.international else self.sec)
        return LAYOUTS[row.entry_layout] if row else LAYOUTS["6"]

    def has(self, name: str) -> bool:
        """Return whether this kind of entry has a field of this name."""
        return any(each.name == name for each in self.layout.fields)

    def value(self, name: str) -> str:
        """Return one field as it stands there."""
        return self.record.text[self.layout.span(name)]

    @property
    def code(self) -> int:
        """The transaction code; 0 when it is none."""
        return number(self.value("transaction_code"))

    @property
    def amount(self) -> int:
        """The amount in cents; 0 when it is none."""
        return number(self.value("amount"))

    @property
    def answer(self) -> bool:
        """Whether an addenda makes this an answer to an earlier entry: a return or a change."""
        return any(each.record.cut(2, 3) in {"98", "99"} for each in self.addenda)

    @property
    def kind(self) -> str:
        """What this entry is: forward, or what its last answering addenda says; all entries of COR are changes."""
        kind = "change" if self.sec == "COR" else "forward"
        for each in self.addenda:
            if each.record.cut(2, 3) == "98":
                kind = "change"
            elif each.record.cut(2, 3) == "99":
                reason = RETURN_REASONS.get("R" + each.record.cut(5, 6))
                kind = reason.family.value if reason else "return"
        return kind


@dataclass(slots=True, kw_only=True, eq=False)
class SlowBatch:
    """One record 5, the place of its file, its control, if any, and what lies between."""

    header: Record
    file: int
    control: Record | None = None
    entries: list[SlowEntry] = field(default_factory=list)
    addenda: int = 0

    @property
    def line(self) -> int:
        """The line of the header."""
        return self.header.line

    @property
    def sec(self) -> str:
        """The SEC code as it stands there."""
        return self.header.cut(51, 53)

    @property
    def international(self) -> bool:
        """Whether the batch is international: by its SEC code, or as a batch of changes to international entries."""
        return self.sec == "IAT" or (self.sec == "COR" and self.header.cut(5, 10) == "IATCOR")

    @property
    def control_layout(self) -> Layout:
        """The layout of the control: advices have wider totals."""
        return LAYOUTS["8ADV" if self.sec == "ADV" else "8"]

    def value(self, name: str) -> str:
        """Return one field of the header as it stands there, by the names of the common record 5."""
        return self.header.text[LAYOUTS["5"].span(name)]

    def claim(self, name: str) -> str:
        """Return one field of the control as it stands there; blanks when there is no control."""
        return self.control.text[self.control_layout.span(name)] if self.control else ""


@dataclass(slots=True, kw_only=True, eq=False)
class SlowFile:
    """One file: its header and control, if any, its batches, and all records from its first to its last."""

    header: Record | None = None
    control: Record | None = None
    batches: list[SlowBatch] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    @property
    def control_layout(self) -> Layout:
        """The layout of the control: where all batches hold advices it has wider totals."""
        return LAYOUTS["9ADV" if {batch.sec for batch in self.batches} == {"ADV"} else "9"]


@dataclass(slots=True, kw_only=True)
class SlowStructure:
    """Everything in order of the lines."""

    files: list[SlowFile] = field(default_factory=list)
    batches: list[SlowBatch] = field(default_factory=list)
    entries: list[SlowEntry] = field(default_factory=list)
    addenda: list[SlowAddenda] = field(default_factory=list)


def number(text: str) -> int:
    """Return the text as a number, 0 when it is anything but digits."""
    return int(text) if is_digits(text) else 0


def is_digits(text: str) -> bool:
    """Return whether the text is digits, the ten of ASCII, and at least one."""
    return bool(text) and all(each in "0123456789" for each in text)


def looks_like_nacha(records: list[Record]) -> bool:
    """Return whether at least half of the records have a record type, or nine in ten when the first one has none."""
    if not records:
        return False
    known = sum(record.kind in RECORD_TYPES for record in records)
    return known * 2 >= len(records) if records[0].kind in RECORD_TYPES else known * 10 >= len(records) * 9


def walk(records: list[Record], problems: Problems) -> SlowStructure:
    """Return what belongs to what; a record out of place is told with its line."""
    walker = _Walker(problems)
    for record in records:
        walker.take(record)
    walker.close_file()
    return walker.found


class _Walker:
    """Where the walk is: the open file, the open batch, the last entry; and everything found so far."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.found = SlowStructure()
        self.file: SlowFile | None = None  # until its control
        self.batch: SlowBatch | None = None
        self.entry: SlowEntry | None = None

    def take(self, record: Record) -> None:
        is_fill = record.kind == "9" and not record.text.strip("9 ")
        if record.kind not in RECORD_TYPES or is_fill:
            self._take_stray(record, is_fill=is_fill)
            return
        if record.kind == "1":
            self.close_file()
        if self.file is None:
            self._open_file(record)
        self.found.files[-1].records.append(record)
        if record.kind == "6":
            self._take_entry(record)
        elif record.kind == "7":
            self._take_addenda(record)
        else:
            self._take_frame(record)

    def _take_stray(self, record: Record, *, is_fill: bool) -> None:
        """Take a record of nines, or one that is no record: behind a file control only the first may stand."""
        if not self.found.files:
            self._open_file(record)
        self.found.files[-1].records.append(record)
        if self.file is not None:
            if is_fill:
                self.problems.add("order-of-records", record.line)
                self._close_batch()
                self.entry = None
        elif record.text != NINES:
            self.problems.add("fill", record.line)

    def _open_file(self, record: Record) -> None:
        self.file = SlowFile(header=record if record.kind == "1" else None)
        if self.found.files:
            self.problems.add("several-files", record.line)
        if self.file.header is None:
            self.problems.add("file-header-missing", record.line)
        self.found.files.append(self.file)

    def close_file(self) -> None:
        self._close_batch()
        if self.file is not None:
            first = self.file.records[0].line
            self.problems.add("file-control-missing", first)
            self._look_at_emptiness(self.file)
        self.file = None
        self.entry = None

    def _look_at_emptiness(self, file: SlowFile) -> None:
        if file.header is not None and not file.batches:
            self.problems.add("file-empty", file.header.line)

    def _close_batch(self) -> None:
        if self.batch is not None:
            if self.batch.control is None:
                self.problems.add("batch-control-missing", self.batch.line)
            if not self.batch.entries:
                self.problems.add("batch-empty", self.batch.line)
        self.batch = None

    def _take_entry(self, record: Record) -> None:
        self.entry = SlowEntry(record=record, batch=self.batch)
        self.found.entries.append(self.entry)
        if self.batch is None:
            self.problems.add("order-of-records", record.line)
        else:
            self.batch.entries.append(self.entry)

    def _take_addenda(self, record: Record) -> None:
        addenda = SlowAddenda(record=record, entry=self.entry)
        self.found.addenda.append(addenda)
        if self.batch is not None:
            self.batch.addenda += 1
        if self.entry is None:
            self.problems.add("order-of-records", record.line)
        else:
            self.entry.addenda.append(addenda)

    def _take_frame(self, record: Record) -> None:
        """Take a record 1, 5, 8 or 9: none of them lets addenda behind it belong to an entry before it."""
        self.entry = None
        assert self.file is not None, "a file is open whenever a frame record is taken"
        if record.kind == "5":
            self._close_batch()
            self.batch = SlowBatch(header=record, file=len(self.found.files) - 1)
            self.file.batches.append(self.batch)
            self.found.batches.append(self.batch)
        elif record.kind == "8":
            if self.batch is None:
                self.problems.add("order-of-records", record.line)
            else:
                self.batch.control = record
                self._close_batch()
        elif record.kind == "9":
            self._close_batch()
            self.file.control = record
            self._look_at_emptiness(self.file)
            self.file = None
