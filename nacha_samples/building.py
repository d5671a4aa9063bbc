"""Records of sample files from their columns, and whole files from records, for the generators.

The columns stand here once more, from the Nacha Operating Rules (Appendix Three), and are not taken from the package's
tables: what a reader's own table has made shows nothing about the reader. Counts, hashes and totals are added up here
as well, entry by entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH = 94
BLOCK = 10
NINES = "9" * WIDTH
HASH_MODULUS = 10**10
ODFI = "09100001"
OUR_BANK = "091000019"
ROUTING = ("231380104", "121042882", "021000021", "091000019")
COMPANY = "1234567890"
_WHOLE_TRACE = frozenset({"02", "98", "99"})
_NUMBERED = frozenset({"05", "17", "18"})
_FIRST_DEBIT, _LAST_PAYMENT = 5, 80

Lines = list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Record 6 but for its trace number: ``middle`` is columns 13 to 78; ``cents`` is what controls add up.

    ``addenda`` hold columns 2 to 79 (of 02, 98 and 99), 2 to 83 (05, 17, 18) or 2 to 87 (the others); sequence and
    trace numbers are filled in. ``trace`` 0 means the next one; ``tail`` replaces columns 80 to 94 of an advice.
    """

    code: int
    routing: str
    cents: int
    middle: str = field(repr=False)
    addenda: tuple[str, ...] = field(default=(), repr=False)
    trace: int = 0
    tail: str = ""

    @property
    def debit(self) -> bool:
        """Return whether the amount is a debit: of advices the even codes are."""
        return self.code % 2 == 0 if self.code > _LAST_PAYMENT else self.code % 10 >= _FIRST_DEBIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Records 5 and 8 around entries; ``opening`` is columns 5 to 40 where the class has others than company names."""

    sec: str
    service: int
    entries: Sequence[Entry]
    company: str = "ACME GOODS"
    discretionary: str = ""
    company_id: str = COMPANY
    description: str = "PURCHASE"
    descriptive: str = "261123"
    effective: str = "261124"
    settlement: str = ""
    status: str = "1"
    odfi: str = ODFI
    opening: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Record 1; ``destination`` and ``origin`` are all ten columns."""

    destination: str = " 091000019"
    origin: str = "1234567890"
    created: str = "261123"
    at: str = "1805"
    modifier: str = "A"
    destination_name: str = "FIRST BANK OF TESTS"
    origin_name: str = "INGATHER"
    reference: str = "REF00001"


BACK = Head(
    destination=" 121042882",
    origin=" 091000019",
    created="261127",
    at="0612",
    destination_name="INGATHER",
    origin_name="FIRST BANK OF TESTS",
    reference="",
)
"""The head of a file on its way back to us."""


def columns(*fields: tuple[int, int, str]) -> str:
    """Return a record from first column, last column and text; raises ``ValueError`` for a text of another width."""
    record = " " * WIDTH
    for first, last, text in fields:
        if len(text) != last - first + 1:
            sentence = f"A text of {len(text)} characters does not fill columns {first} to {last}."
            raise ValueError(sentence)
        record = record[: first - 1] + text + record[last:]
    return record


def plain(
    code: int,
    *,
    account: str,
    cents: int,
    name: str,
    routing: str = ROUTING[0],
    identification: str = "",
    discretionary: str = "",
    addenda: tuple[str, ...] = (),
) -> Entry:
    """Return an entry with the columns that most classes share."""
    middle = f"{account:<17}{cents:010d}{identification:<15}{name:<22}{discretionary:<2}"
    return Entry(code=code, routing=routing, cents=cents, middle=middle, addenda=addenda)


def exchange(
    code: int, *, account: str, cents: int, name: str, routing: str = ROUTING[0], texts: Sequence[str] = ()
) -> Entry:
    """Return an entry of CTX and its like: the number of its addenda in 55 to 58, a name of sixteen in 59 to 74."""
    middle = f"{account:<17}{cents:010d}{'INV-77120':<15}{len(texts):04d}{name:<16}{'':<4}"
    return Entry(code=code, routing=routing, cents=cents, middle=middle, addenda=tuple(payment(text) for text in texts))


def payment(text: str) -> str:
    """Return the content of an addenda 05."""
    return f"05{text:<80}"


def returned(reason: str, original_trace: int, *, rdfi: str, information: str = "", date_of_death: str = "") -> str:
    """Return the content of an addenda 99 of a return."""
    return f"99{reason}{original_trace:015d}{date_of_death:<6}{rdfi:<8}{information:<44}"


def changed(code: str, original_trace: int, *, rdfi: str, data: str, width: int = 29) -> str:
    """Return the content of an addenda 98: ``data`` stands in fixed columns of 29 (international: 35)."""
    return f"98{code}{original_trace:015d}{'':<6}{rdfi:<8}{data:<{width}}{'':<{44 - width}}"


def records_of(batches: Sequence[Batch], head: Head = Head(), *, first_trace: int = 1) -> Lines:
    """Return the records of one file with its controls and fill; traces run through the whole file."""
    lines, sums, sequence = [_file_header(head)], [0, 0, 0, 0], first_trace
    for number, batch in enumerate(batches, start=1):
        details: Lines = []
        for entry in batch.entries:
            details += _details(entry, entry.trace or int(f"{batch.odfi}{sequence:07d}"))
            sequence += 1
        debits = sum(entry.cents for entry in batch.entries if entry.debit)
        own = [
            len(details),
            sum(int(entry.routing[:8]) for entry in batch.entries) % HASH_MODULUS,
            debits,
            sum(entry.cents for entry in batch.entries) - debits,
        ]
        sums = [total + part for total, part in zip(sums, own, strict=True)]
        lines += [_batch_header(batch, number), *details, _batch_control(batch, number, own)]
    blocks = -(-(len(lines) + 1) // BLOCK)
    lines.append(_file_control(len(batches), blocks, sums, wide=any(batch.sec == "ADV" for batch in batches)))
    return [*lines, *[NINES] * (blocks * BLOCK - len(lines))]


def _file_header(head: Head) -> str:
    return columns(
        (1, 3, "101"),
        (4, 13, head.destination),
        (14, 23, head.origin),
        (24, 33, head.created + head.at),
        (34, 40, f"{head.modifier}094101"),
        (41, 63, f"{head.destination_name:<23}"),
        (64, 86, f"{head.origin_name:<23}"),
        (87, 94, f"{head.reference:<8}"),
    )


def _batch_header(batch: Batch, number: int) -> str:
    return columns(
        (1, 4, f"5{batch.service}"),
        (5, 40, batch.opening or f"{batch.company:<16}{batch.discretionary:<20}"),
        (41, 50, f"{batch.company_id:<10}"),
        (51, 53, batch.sec),
        (54, 63, f"{batch.description:<10}"),
        (64, 69, f"{batch.descriptive:<6}"),
        (70, 75, f"{batch.effective:<6}"),
        (76, 78, f"{batch.settlement:<3}"),
        (79, 94, f"{batch.status}{batch.odfi}{number:07d}"),
    )


def _details(entry: Entry, trace: int) -> Lines:
    tail = entry.tail or f"{trace:015d}"
    lines = [
        columns(
            (1, 12, f"6{entry.code}{entry.routing}"),
            (13, 78, entry.middle),
            (79, 79, "1" if entry.addenda else "0"),
            (80, 94, tail),
        )
    ]
    counted: dict[str, int] = {}
    for content in entry.addenda:
        kind = content[:2]
        counted[kind] = counted.get(kind, 0) + 1
        end = f"{trace:015d}" if kind in _WHOLE_TRACE else f"{trace % 10_000_000:07d}"
        place = f"{counted[kind]:04d}" if kind in _NUMBERED else ""
        lines.append(columns((1, WIDTH, "7" + content + place + end)))
    return lines


def _batch_control(batch: Batch, number: int, own: Sequence[int]) -> str:
    records, entry_hash, debits, credits_ = own
    counts = (1, 20, f"8{batch.service}{records:06d}{entry_hash:010d}")
    close = (80, 94, f"{batch.odfi}{number:07d}")
    if batch.sec == "ADV":
        return columns(counts, (21, 60, f"{debits:020d}{credits_:020d}"), (61, 79, f"{'':<19}"), close)
    return columns(counts, (21, 44, f"{debits:012d}{credits_:012d}"), (45, 54, f"{batch.company_id:<10}"), close)


def _file_control(batches: int, blocks: int, sums: Sequence[int], *, wide: bool) -> str:
    records, entry_hash, debits, credits_ = sums
    counts = (1, 31, f"9{batches:06d}{blocks:06d}{records:08d}{entry_hash % HASH_MODULUS:010d}")
    if wide:
        return columns(counts, (32, 71, f"{debits:020d}{credits_:020d}"))
    return columns(counts, (32, 55, f"{debits:012d}{credits_:012d}"))
