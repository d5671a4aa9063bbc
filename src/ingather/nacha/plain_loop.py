"""The codec as a plain loop, record by record: the yardstick that the columns are measured against.

It writes the same bytes and makes the same checks of entries, traces, duplicates and totals, in the straightforward way
that one would write first; it stops at the first fault, knows the debits of CCD, PPD, WEB and TEL, no addenda, and
nothing else uses it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ingather.base.dates import format_yymmdd, parse_yymmdd
from ingather.nacha.plan import FileHead
from ingather.nacha.records import BLOCK_RECORDS, LAYOUTS, RECORD_WIDTH, compose, decompose
from ingather.nacha.sec import SEC_CODES
from ingather.nacha.transaction_codes import TRANSACTION_CODES, Use

_HASH_MODULUS = 10_000_000_000
_MAX_AMOUNT = 9_999_999_999
_SAME_DAY = 100_000_000
_SERVICE = {"200": (True, True), "220": (False, True), "225": (True, False)}
_PREFIXES = frozenset([*range(13), *range(21, 33), *range(61, 73), 80])
_TYPED = {"WEB": ("R ", "S "), "TEL": ("R ", "S ", "  ")}


class PlainEntry(NamedTuple):
    """One entry as an application holds it: numbers, and texts without fill."""

    transaction_code: int
    routing: int
    account: str
    amount_cents: int
    identification: str
    name: str
    discretionary: str
    trace: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainBatch:
    """One batch with its entries; ``header`` holds the values of record 5 by field name."""

    header: dict[str, str | int]
    entries: Sequence[PlainEntry]


class PlainFault(ValueError):  # noqa: N818 -- named for the fact, as all our errors are
    """What the loop stopped at: the check, and the number of the entry or line."""

    def __init__(self, check: str, number: int) -> None:
        super().__init__(f"{check} at {number:,}")


class _Seen:
    """What must not stand twice in a file."""

    def __init__(self) -> None:
        self.traces: set[int] = set()
        self.contents: set[tuple[object, ...]] = set()

    def add(self, trace: int, content: tuple[object, ...], number: int) -> None:
        if trace in self.traces:
            check = "duplicate-trace"
            raise PlainFault(check, number)
        if content in self.contents:
            check = "duplicate-entry"
            raise PlainFault(check, number)
        self.traces.add(trace)
        self.contents.add(content)


def write_plainly(head: FileHead, batches: Iterable[PlainBatch]) -> bytes:
    """Return the file of these batches; raises ``PlainFault`` at the first thing that is wrong."""
    lines = [_file_header(head)]
    totals = [0, 0, 0, 0, 0]
    seen, number = _Seen(), 0
    for batch in batches:
        lines.append(compose(LAYOUTS["5"], **batch.header).decode("ascii"))
        sec, odfi = str(batch.header["standard_entry_class"]), int(batch.header["originating_dfi"])
        service = _SERVICE[str(batch.header["service_class"])]
        hashed = debit = credit = before = 0
        for entry in batch.entries:
            number += 1
            code, routing, account, cents, identification, name, discretionary, trace = entry
            _check_entry(entry, sec, odfi, service, number)
            if trace <= before:
                check = "trace-order"
                raise PlainFault(check, number)
            before = trace
            seen.add(trace, entry[:7], number)
            hashed += routing // 10
            if TRANSACTION_CODES[code].debit:
                debit += cents
            else:
                credit += cents
            lines.append(
                f"6{code:02d}{routing:09d}{account:<17}{cents:010d}{identification:<15}{name:<22}{discretionary:<2}"
                f"0{trace:015d}"
            )
        count = len(batch.entries)
        lines.append(_batch_control(batch, count, hashed, debit, credit))
        for place, value in enumerate((1, count, hashed % _HASH_MODULUS, debit, credit)):
            totals[place] += value
    records = len(lines) + 1
    lines.append(_file_control(records, *totals))
    lines.extend("9" * RECORD_WIDTH for _ in range(-records % BLOCK_RECORDS))
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _check_entry(entry: PlainEntry, sec: str, odfi: int, service: tuple[bool, bool], number: int) -> None:
    """Refuse what the writer refuses of one entry."""
    check = _money_fault(entry.transaction_code, entry.amount_cents, sec, service) or _text_fault(entry, sec)
    if not check:
        if not _is_routing_number(entry.routing):
            check = "check-digit"
        elif not 0 < entry.trace < 10**15:
            check = "trace-digits"
        elif entry.trace // 10_000_000 != odfi:
            check = "trace-prefix"
        else:
            return
    raise PlainFault(check, number)


def _is_routing_number(number: int) -> bool:
    if not 0 < number < 10**9 or number // 10_000_000 not in _PREFIXES:
        return False
    a, b, c, d, e, f, g, h, i = map(int, f"{number:09d}")
    return (3 * (a + d + g) + 7 * (b + e + h) + c + f + i) % 10 == 0


def _money_fault(code: int, cents: int, sec: str, service: tuple[bool, bool]) -> str:
    meaning = TRANSACTION_CODES.get(code)
    if meaning is None or meaning.use is Use.RETURN:
        return "transaction-code"
    if not service[0 if meaning.debit else 1]:
        return "service-class"
    if meaning.use not in SEC_CODES[sec].uses:
        return "class-use"
    if cents > _MAX_AMOUNT:
        return "amount-limit"
    return "amount-use" if cents < 0 or (cents == 0) == (meaning.use is Use.LIVE) else ""


def _text_fault(entry: PlainEntry, sec: str) -> str:
    account, identification, name, discretionary = entry.account, entry.identification, entry.name, entry.discretionary
    if fault := _account_fault(account):
        return fault
    if len(account) > 17 or len(identification) > 15 or len(name) > 22 or len(discretionary) > 2:  # noqa: PLR2004 -- the widths of their columns
        return "field-fits"
    texts = account + identification + name + discretionary
    if not texts.isascii() or not texts.isprintable():
        return "characters"
    if not name.strip(" 0") and (SEC_CODES[sec].name_mandatory or sec == "PPD"):
        return "name-blank" if SEC_CODES[sec].name_mandatory else "name-of-class"
    return "payment-type" if sec in _TYPED and f"{discretionary:<2}" not in _TYPED[sec] else ""


def _account_fault(account: str) -> str:
    filled = account.rstrip(" ")
    if not filled:
        return "account-blank"
    if filled[0] == " ":
        return "account-justified"
    if " " in filled:
        return "account-spaces"
    return "account-zeros" if not filled.strip("0") else ""


def _file_header(head: FileHead) -> str:
    return compose(
        LAYOUTS["1"],
        immediate_destination=f"{head.destination:>10}",
        immediate_origin=f"{head.origin:>10}",
        file_creation_date=format_yymmdd(head.created_on),
        file_creation_time=head.created_at.strftime("%H%M"),
        file_id_modifier=head.id_modifier,
        immediate_destination_name=head.destination_name,
        immediate_origin_name=head.origin_name,
        reference_code=head.reference,
    ).decode("ascii")


def _batch_control(batch: PlainBatch, count: int, hashed: int, debit: int, credit: int) -> str:
    same = ("service_class", "company_identification", "originating_dfi", "batch_number")
    return compose(
        LAYOUTS["8"],
        entry_addenda_count=count,
        entry_hash=hashed % _HASH_MODULUS,
        total_debit=debit,
        total_credit=credit,
        **{name: batch.header[name] for name in same},
    ).decode("ascii")


def _file_control(records: int, batches: int, count: int, hashed: int, debit: int, credit: int) -> str:
    return compose(
        LAYOUTS["9"],
        batch_count=batches,
        block_count=-(-records // BLOCK_RECORDS),
        entry_addenda_count=count,
        entry_hash=hashed % _HASH_MODULUS,
        total_debit=debit,
        total_credit=credit,
    ).decode("ascii")


class _Reader:
    """The state of one file while its lines are read."""

    def __init__(self) -> None:
        self.entries: list[PlainEntry] = []
        self.seen = _Seen()
        self.batch: dict[str, str] = {}
        self.totals = [0, 0, 0, 0, 0]
        self.sums = [0, 0, 0, 0]
        self.created = self.sec = ""
        self.odfi = self.before = 0
        self.later = False
        self.service = (False, False)

    def refuse(self, check: str, number: int, *, unless: bool) -> None:
        if not unless:
            raise PlainFault(check, number)

    def open_batch(self, line: str, number: int) -> None:
        values = decompose(LAYOUTS["5"], line.encode("ascii"))
        self.refuse("service-class", number, unless=values["service_class"] in _SERVICE)
        self.refuse("sec-code", number, unless=values["standard_entry_class"] in SEC_CODES)
        for name in ("company_name", "company_identification", "company_entry_description"):
            self.refuse(f"{name} blank", number, unless=bool(values[name].strip(" 0")))
        self.refuse("originating-dfi", number, unless=values["originating_dfi"].isdigit())
        self.later = parse_yymmdd(values["effective_entry_date"]) > parse_yymmdd(self.created)
        self.batch, self.sec = values, values["standard_entry_class"]
        self.service, self.odfi = _SERVICE[values["service_class"]], int(values["originating_dfi"])
        self.sums, self.before = [0, 0, 0, 0], 0

    def take_entry(self, line: str, number: int) -> None:
        """Read one entry and look at it."""
        if not (line[1:12] + line[29:39] + line[79:94]).isdigit():
            check = "digits"
            raise PlainFault(check, number)
        entry = PlainEntry(
            int(line[1:3]),
            int(line[3:12]),
            line[12:29].rstrip(" "),
            int(line[29:39]),
            line[39:54].rstrip(" "),
            line[54:76].rstrip(" "),
            line[76:78].rstrip(" "),
            int(line[79:94]),
        )
        _check_entry(entry, self.sec, self.odfi, self.service, number)
        check = ""
        if line[78] != "0":
            check = "addenda-indicator"
        elif entry.amount_cents > _SAME_DAY and not self.later:
            check = "amount-same-day"
        elif entry.trace <= self.before:
            check = "trace-order"
        if check:
            raise PlainFault(check, number)
        self.before = entry.trace
        self.seen.add(entry.trace, entry[:7], number)
        self.sums[0] += 1
        self.sums[1] += entry.routing // 10
        self.sums[2 if TRANSACTION_CODES[entry.transaction_code].debit else 3] += entry.amount_cents
        self.entries.append(entry)

    def close_batch(self, line: str, number: int) -> None:
        values = decompose(LAYOUTS["8"], line.encode("ascii"))
        for name in ("service_class", "company_identification", "originating_dfi", "batch_number"):
            self.refuse("batch-control-match", number, unless=values[name] == self.batch[name])
        self.sums[1] %= _HASH_MODULUS
        names = ("entry_addenda_count", "entry_hash", "total_debit", "total_credit")
        self.refuse("batch totals", number, unless=[int(values[name]) for name in names] == self.sums)
        self.totals = [total + more for total, more in zip(self.totals, (1, *self.sums), strict=True)]
        self.batch = {}

    def close_file(self, line: str, number: int, records: int) -> None:
        values = decompose(LAYOUTS["9"], line.encode("ascii"))
        self.totals[2] %= _HASH_MODULUS
        names = ("batch_count", "entry_addenda_count", "entry_hash", "total_debit", "total_credit")
        self.refuse("file totals", number, unless=[int(values[name]) for name in names] == self.totals)
        self.refuse("file-block-count", number, unless=int(values["block_count"]) * BLOCK_RECORDS == records)


def read_plainly(source: bytes) -> list[PlainEntry]:
    """Return the entries of a file; raises ``PlainFault`` at the first thing that is wrong."""
    reader = _Reader()
    lines = source.decode("ascii").split("\n")
    records = len(lines) - 1
    reader.refuse("record-size", records, unless=not lines.pop())
    closed = False
    for number, line in enumerate(lines, start=1):
        if len(line) != RECORD_WIDTH or not line.isprintable():
            check = "record-size" if len(line) != RECORD_WIDTH else "characters"
            raise PlainFault(check, number)
        match line[0]:
            case "6" if reader.batch:
                reader.take_entry(line, number)
            case "5" if not reader.batch and reader.created:
                reader.open_batch(line, number)
            case "8" if reader.batch:
                reader.close_batch(line, number)
            case "1" if number == 1:
                reader.created = decompose(LAYOUTS["1"], line.encode("ascii"))["file_creation_date"]
            case "9" if closed:
                reader.refuse("fill", number, unless=not line.strip("9"))
            case "9" if not reader.batch:
                reader.close_file(line, number, records)
                closed = True
            case _:
                reader.refuse("order-of-records", number, unless=False)
    reader.refuse("file-control-missing", records, unless=closed)
    return reader.entries
