"""What a file adds up to, read once for its bytes: batches with both figures of each total, and every problem.

It holds no record and no account number, only where they are. It is kept for the few files last looked at, by file
and hash, so that opening a file of half a million entries again reads only the lines that are shown.
"""

from bisect import bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from ingather.base.problems import Problem, Severity
from ingather.nacha.reader import read
from ingather.nacha.reading import Reading
from ingather.nacha.records import BLOCK_RECORDS, RECORD_WIDTH
from ingather.nacha.show import class_of

_MOST = 24
_HASH_DIGITS = 10**10
_ENDINGS = (b"\r\n", b"\n", b"\r")
_BEGINNING = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A control's figure beside ours."""

    said: int
    counted: int

    @property
    def equal(self) -> bool:
        """Return whether they agree."""
        return self.said == self.counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """One control record: its line (0: missing), of which batch (empty for the file's), and its figures beside ours."""

    line: int
    of: str
    count: Figure
    hash: Figure
    debit: Figure
    credit: Figure
    batches: Figure | None = None
    blocks: Figure | None = None

    @property
    def equal(self) -> bool:
        """Return whether every figure agrees."""
        return all(each.equal for each in (self.count, self.hash, self.debit, self.credit))


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedBatch:
    """A batch: the lines of its header and control, its class and words, and what its entries add up to."""

    line: int
    end: int
    number: int
    entry_class: str
    said_class: str
    company: str
    description: str
    entries: int
    cents: int
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A reading without its records; a ``partial`` one knows the beginning only, and neither totals nor problems."""

    lines: int
    stride: int
    entries: int
    addenda: int
    debit_cents: int
    credit_cents: int
    batches: Sequence[CheckedBatch]
    files: Sequence[Totals]
    problems: Sequence[Problem]
    on_line: Mapping[int, Sequence[Problem]]
    advices: bool
    partial: bool = False

    def class_at(self, line: int) -> str:
        """Return the SEC code by which a line is laid out; nothing outside batches."""
        at = self.batch_at(line)
        return self.batches[at].entry_class if at >= 0 else ""

    def batch_at(self, line: int) -> int:
        """Return the index of the batch that a line lies in, -1 for none."""
        at = bisect_right(self.batches, line, key=lambda each: each.line) - 1
        return at if at >= 0 and line <= self.batches[at].end else -1

    @property
    def errors(self) -> int:
        """Return how many problems are errors."""
        return sum(each.severity is Severity.ERROR for each in self.problems)


def check(data: bytes) -> Checked:
    """Return what some bytes add up to and every problem in them; ``stride`` is 0 where lines differ in length."""
    reading = read(data)
    on_line: defaultdict[int, list[Problem]] = defaultdict(list)
    for problem in reading.problems:
        on_line[problem.line].append(problem)
    batches = _batches(reading)
    return Checked(
        lines=reading.lines,
        stride=stride_of(data),
        entries=reading.entry_count,
        addenda=reading.addenda_count,
        debit_cents=reading.debit_cents,
        credit_cents=reading.credit_cents,
        batches=batches,
        files=_files(reading, batches),
        problems=reading.problems,
        on_line=dict(on_line),
        advices=bool(batches) and all(each.entry_class == "ADV" for each in batches),
    )


def begin(data: bytes, size: int) -> Checked | None:
    """Return what the first bytes of a long file say of its first lines; None where its lines differ in length.

    ``size`` is how many bytes the file has. Its totals and problems are known when all of it has been read.
    """
    stride = next((RECORD_WIDTH + len(end) for end in _ENDINGS if data[RECORD_WIDTH:].startswith(end)), 0)
    if not stride or size % stride:
        return None
    found = check(data[: stride * _BEGINNING])
    lines = size // stride
    last = [replace(each, end=lines) for each in found.batches[-1:]]
    return replace(
        found,
        lines=lines,
        stride=stride,
        batches=[*found.batches[:-1], *last],
        files=(),
        problems=(),
        on_line={},
        partial=True,
    )


def stride_of(data: bytes) -> int:
    """Return how many bytes each line takes with its end, 0 where that is not the same for all of them."""
    for ending in _ENDINGS:
        stride = RECORD_WIDTH + len(ending)
        if data[RECORD_WIDTH:stride] == ending:
            even = len(data) % stride in {0, RECORD_WIDTH} and data.count(ending[-1:]) in {
                len(data) // stride,
                (len(data) + len(ending)) // stride,
            }
            return stride if even else 0
    return 0


def _batches(reading: Reading) -> list[CheckedBatch]:
    batches = reading.batches
    heads = [*batches.line.tolist(), reading.lines + 1]
    ends = sorted({*reading.heads.control_line.tolist(), reading.lines + 1} - {0})
    made: list[CheckedBatch] = []
    for at in range(len(batches)):
        entries, addenda = int(batches.entries[at]), int(batches.addenda[at])
        line, control = int(batches.line[at]), int(batches.control_line[at])
        debit, credit = int(batches.debit_cents[at]), int(batches.credit_cents[at])
        record = bytes(batches.record[at]).decode("cp1252", errors="replace")
        closed = min(
            heads[at + 1], ends[bisect_right(ends, line)] if bisect_right(ends, line) < len(ends) else heads[-1]
        )
        made.append(
            CheckedBatch(
                line=line,
                end=control or closed - 1,
                number=int(batches.batch_number[at]),
                entry_class=class_of(reading, at),
                said_class=reading.standard_entry_class[at],
                company=record[4:20].strip(),
                description=record[53:63].strip(),
                entries=entries,
                cents=debit + credit,
                totals=Totals(
                    line=control,
                    of=str(int(batches.batch_number[at])),
                    count=Figure(said=int(batches.claimed_entry_addenda[at]), counted=entries + addenda),
                    hash=Figure(said=int(batches.claimed_hash[at]), counted=int(batches.entry_hash[at]) % _HASH_DIGITS),
                    debit=Figure(said=int(batches.claimed_debit_cents[at]), counted=debit),
                    credit=Figure(said=int(batches.claimed_credit_cents[at]), counted=credit),
                ),
            )
        )
    return made


def _files(reading: Reading, batches: Sequence[CheckedBatch]) -> list[Totals]:
    heads, of = reading.heads, reading.batches.head.tolist()
    made: list[Totals] = []
    inside: defaultdict[int, list[Totals]] = defaultdict(list)
    for batch, head in zip(batches, of, strict=True):
        inside[head].append(batch.totals)
    for at in range(len(heads)):
        own = inside[at]
        line = int(heads.control_line[at])
        count = reading.lines if len(heads) == 1 else 0
        blocks = Figure(said=int(heads.block_count[at]), counted=-(-count // BLOCK_RECORDS)) if count else None
        made.append(
            Totals(
                line=line,
                of="",
                count=Figure(said=int(heads.entry_addenda_count[at]), counted=sum(e.count.counted for e in own)),
                hash=Figure(said=int(heads.entry_hash[at]), counted=sum(e.hash.counted for e in own) % _HASH_DIGITS),
                debit=Figure(said=int(heads.debit_cents[at]), counted=sum(e.debit.counted for e in own)),
                credit=Figure(said=int(heads.credit_cents[at]), counted=sum(e.credit.counted for e in own)),
                batches=Figure(said=int(heads.batch_count[at]), counted=len(own)),
                blocks=blocks,
            )
        )
    return made


_kept: OrderedDict[tuple[int, bytes], Checked] = OrderedDict()
_lock = Lock()


def kept_check(file_id: int, sha256: bytes) -> Checked | None:
    """Return what is kept of a file's bytes, None where they are still to be read."""
    with _lock:
        found = _kept.get((file_id, sha256))
        if found is not None:
            _kept.move_to_end((file_id, sha256))
    return found


def keep_check(file_id: int, sha256: bytes, found: Checked) -> Checked:
    """Keep what a file adds up to, and forget the one that nobody has looked at for longest."""
    with _lock:
        _kept[file_id, sha256] = found
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return found
