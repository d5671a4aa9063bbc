"""Entries out of their records: numbers parsed and single fields checked, many rows at a time.

Everything is first looked at in the quickest way that can tell that nothing is wrong; only where something may be is it
looked at again, row by row as it were. The columns are those of the common record 6; where a SEC code has them
elsewhere (international entries, advices) the entries of its batches are read again by their own layout.
"""

import numpy as np
import numpy.typing as npt

from ingather.base.columns import ZERO, Bytes2D, Int64, Mask, Words, join_digits, parse_digits, words_at
from ingather.nacha.checking.accounts import account_faults, odd_accounts
from ingather.nacha.entry_layouts import read_other_layouts, tell_faults
from ingather.nacha.findings import Faults, Findings
from ingather.nacha.lines import Lines
from ingather.nacha.reading import EntryColumns
from ingather.nacha.records import LAYOUTS, RECORD_WIDTH, class_of_batch
from ingather.nacha.routing import all_check_digits_fit, check_digits, may_start
from ingather.nacha.structure import Structure
from ingather.nacha.transaction_codes import KNOWN, LIVE, RETURNED

# The words of so many rows and all that is made of them stay in the cache, and NumPy's calls still weigh little.
CHUNK_ROWS = 8_192
_LAYOUT = LAYOUTS["6"]
_CODE, _RDFI = _LAYOUT.span("transaction_code"), _LAYOUT.span("receiving_dfi")
_CHECK = _LAYOUT.span("check_digit").start
_ACCOUNT, _AMOUNT = _LAYOUT.span("account_number"), _LAYOUT.span("amount")
_INDICATOR, _TRACE = _LAYOUT.span("addenda_indicator").start, _LAYOUT.span("trace_number")
_NINE = 9
_HUNDRED_MILLION = 100_000_000
_TWO_ZEROS = np.array(ZERO << 8 | ZERO, np.uint16)
_DIGIT, _BYTE = np.array(15, np.uint16), np.array(8, np.uint16)
_FEW = 8
_MOST_RUNS = 32
# Two bytes of digits, as one little-endian number, to their value; 0 for any other two bytes.
_TWO_DIGITS = np.zeros(1 << 16, np.int64)
_TWO_DIGITS[[ord(f"{code:02d}"[0]) | ord(f"{code:02d}"[1]) << 8 for code in range(100)]] = np.arange(100)
_ADVICES = 81
_CHANGES = "COR"
# Codes whose entries have an amount, and those whose entries have none.
_WITH, _WITHOUT = LIVE, KNOWN & ~LIVE & ~RETURNED & (np.arange(100) < _ADVICES)
# Odd numbers without a pattern: the likeness of two entries that differ somewhere is hardly ever the same.
_MIX = [
    np.array(factor, np.uint64)
    for factor in (0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0xD6E8_FEB8_6659_FD93)
]
Pairs = npt.NDArray[np.uint16]


def read_entries(lines: Lines, structure: Structure, sec: list[str], findings: Findings) -> EntryColumns:
    """Return the entries as columns; ``sec`` is the SEC code of each batch, which decides what may be checked."""
    sweep = _Sweep(len(structure.entry_at))
    for low in range(0, len(structure.entry_at), CHUNK_ROWS):
        sweep.take(_records_at(lines.rows, structure.entry_at[low : low + CHUNK_ROWS]), low)
    entries = EntryColumns(
        line=lines.numbers_at(structure.entry_at),
        batch=structure.entry_batch,
        transaction_code=sweep.code,
        routing=sweep.routing,
        amount_cents=sweep.amount,
        addenda_indicator=sweep.indicator,
        trace=sweep.trace,
        likeness=sweep.likeness,
        used=sweep.used,
        rows=lines.rows,
        at=structure.entry_at,
    )
    classes = _classes(lines, structure, sec)
    tell_faults(entries, sweep.faults, classes, findings)
    read_other_layouts(entries, classes, findings)
    return entries


def _classes(lines: Lines, structure: Structure, sec: list[str]) -> list[str]:
    """Return the SEC code by which the records of each batch are laid out: changes may be of international entries."""
    headers = [batch.header for batch in structure.batches]
    return [
        class_of_batch(bytes(lines.rows[header])).rstrip(" ") if code == _CHANGES and header >= 0 else code
        for code, header in zip(sec, headers, strict=True)
    ]


def _records_at(rows: Bytes2D, places: Int64) -> Bytes2D:
    """Return the records at these ascending rows: a view where they follow each other, otherwise moved together."""
    first, last = int(places[0]), int(places[-1])
    if last - first + 1 == len(places):
        return rows[first : last + 1]
    whole = rows.view(f"V{RECORD_WIDTH}")[:, 0]
    gaps = np.flatnonzero(np.diff(places) > 1) + 1
    if len(gaps) > _MOST_RUNS:
        return whole[places].view(np.uint8).reshape(-1, RECORD_WIDTH)
    # Where only a few batches end, moving whole runs is many times quicker than looking up each place.
    starts, ends = [0, *gaps.tolist()], [*gaps.tolist(), len(places)]
    runs = [whole[places[start] : places[end - 1] + 1] for start, end in zip(starts, ends, strict=True)]
    return np.concatenate(runs).view(np.uint8).reshape(-1, RECORD_WIDTH)


class _Sweep:
    """One pass over all entries: the columns it fills, and the rows that fail each check.

    ``likeness`` is a 64-bit number that is equal for entries of equal receiving bank, account number and amount;
    ``used`` ``(100,)`` says which transaction codes occur.
    """

    def __init__(self, count: int) -> None:
        # One piece of memory for all columns is had more quickly than a piece for each.
        self.code, self.routing, self.amount, self.indicator, self.trace = np.empty((5, count), np.int64)
        self.likeness = np.empty(count, np.uint64)
        self.used = np.zeros(100, np.bool_)
        self._usual: list[np.uint16] = []
        self.faults = Faults()
        room = min(count, CHUNK_ROWS)
        self._words, self._spare = np.empty(room, np.uint64), np.empty(room, np.uint64)

    def take(self, rows: Bytes2D, low: int) -> None:
        """Read one chunk of records, the first of which is entry ``low``."""
        chunk = slice(low, low + len(rows))
        self._read_code(rows, self.code[chunk], low)
        self._read_routing(rows, self.routing[chunk], self.likeness[chunk], low)
        self._check_account(rows, self.likeness[chunk], low)
        real = self._read_amount(rows, self.amount[chunk], self.likeness[chunk], low)
        self._check_use(self.code[chunk], self.amount[chunk], real, low)
        self._read_trace(rows, self.indicator[chunk], self.trace[chunk], low)

    def _read_code(self, rows: Bytes2D, code: Int64, low: int) -> None:
        pairs = _pairs_at(rows, _CODE)
        if self._are_usual(pairs):
            tens = pairs & _DIGIT
            tens *= np.uint16(10)
            pairs >>= _BYTE
            pairs &= _DIGIT
            np.add(tens, pairs, out=code)
            return
        code[:] = _TWO_DIGITS[pairs]
        self.used |= np.bincount(code, minlength=100) > 0
        self.faults.note("transaction-code", ~KNOWN[code], low)
        if len(self._usual) < _FEW:
            self._usual += [pair for pair in np.unique(pairs[KNOWN[code]]) if pair not in self._usual][:_FEW]

    def _are_usual(self, pairs: Pairs) -> bool:
        """Return whether these are all known codes that were met before: a file has few, and then needs no table."""
        if not self._usual:
            return False
        met = pairs == self._usual[0]
        for pair in self._usual[1:]:
            met |= pairs == pair
        return bool(met.all())

    def _read_routing(self, rows: Bytes2D, routing: Int64, likeness: Words, low: int) -> None:
        words = words_at(rows, _RDFI.start, self._words[: len(rows)])
        ninth = rows[:, _CHECK] - np.uint8(ZERO)
        np.multiply(words, _MIX[0], out=likeness)
        starts = may_start(words)
        fit = all_check_digits_fit(words, ninth)
        digits = join_digits(words, self._spare[: len(rows)], routing)
        if not (digits and fit and starts.all() and ninth.max() <= _NINE and routing.min() > 0):
            real = self._note_routing(rows, routing, starts, low)
            ninth[(ninth > _NINE) | ~real] = 0
        routing *= 10
        routing += ninth

    def _note_routing(self, rows: Bytes2D, eight: Int64, starts: Mask, low: int) -> Mask:
        """Note what is wrong with routing numbers, set those that are none to 0 and return which are digits."""
        values, real = parse_digits(rows[:, _RDFI])
        eight[:] = values
        ninth = rows[:, _CHECK].astype(np.int64) - ZERO
        self.faults.note("routing-digits", ~real, low)
        self.faults.note("check-digit", real & (check_digits(rows[:, _RDFI]) != ninth), low)
        self.faults.note("routing-prefix", real & (~starts | ((eight == 0) & (ninth == 0))), low)
        return real

    def _check_account(self, rows: Bytes2D, likeness: Words, low: int) -> None:
        # Sixteen columns move as one item, and the seventeenth, which few fill, by itself.
        first = np.ascontiguousarray(rows[:, _ACCOUNT.start : _ACCOUNT.stop - 1].view("V16")[:, 0])
        sixteen = first.view(np.uint8).reshape(-1, 16)
        words = sixteen.view(np.uint64)
        spare = self._spare[: len(rows)]
        for place in (0, 1):
            np.multiply(words[:, place], _MIX[1 + place], out=spare)
            likeness += spare
        odd = odd_accounts(sixteen, rows[:, _ACCOUNT.stop - 1])
        if len(odd):
            for check, bad in account_faults(rows[odd][:, _ACCOUNT]):
                self.faults.note_at(check, odd[bad] + low)

    def _read_amount(self, rows: Bytes2D, amount: Int64, likeness: Words, low: int) -> Mask | None:
        """Read the amounts and return which are digits; None when all are."""
        words = words_at(rows, _AMOUNT.start + 2, self._words[: len(rows)])
        spare = self._spare[: len(rows)]
        np.multiply(words, _MIX[3], out=spare)
        likeness += spare
        high = _pairs_at(rows, slice(_AMOUNT.start, _AMOUNT.start + 2))
        real = join_digits(words, spare, amount)
        if (high == _TWO_ZEROS).all() and real:
            return None
        amount[:], digits = parse_digits(rows[:, _AMOUNT])
        self.faults.note("amount-digits", ~digits, low)
        return digits

    def _check_use(self, code: Int64, amount: Int64, real: Mask | None, low: int) -> None:
        """Note live entries without an amount, and prenotes and zero-dollar entries with one."""
        if amount.min() == 0:
            empty = (amount == 0) if real is None else real & (amount == 0)
            self.faults.note("amount-use", _WITH[code] & empty, low)
        if _WITHOUT[self.used].any():
            self.faults.note("amount-use", _WITHOUT[code] & (amount > 0), low)

    def _read_trace(self, rows: Bytes2D, indicator: Int64, trace: Int64, low: int) -> None:
        # The indicator and the first seven of the ODFI's digits are one word, alike in all of a batch but for the
        # indicator; the other eight columns are another.
        lead = bytes(rows[0, _INDICATOR : _INDICATOR + 8])
        words = words_at(rows, _INDICATOR, self._words[: len(rows)])
        np.bitwise_xor(words, np.frombuffer(b"0" + lead[1:], np.uint64), out=indicator.view(np.uint64))
        if lead[1:].isdigit() and indicator.min() >= 0 and indicator.max() <= 1:
            words_at(rows, _TRACE.stop - 8, words)
            if join_digits(words, self._spare[: len(rows)], trace):
                trace += int(lead[1:]) * _HUNDRED_MILLION
                return
        else:
            np.subtract(rows[:, _INDICATOR], ZERO, out=indicator, dtype=np.int64)
            self.faults.note("addenda-indicator", (indicator != 0) & (indicator != 1), low)
        trace[:], real = parse_digits(rows[:, _TRACE])
        self.faults.note("trace-digits", ~real, low)


def _pairs_at(rows: Bytes2D, columns: slice) -> Pairs:
    """Return two columns as one little-endian number per row."""
    return rows[:, columns].view("<u2")[:, 0].copy()
