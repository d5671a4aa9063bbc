"""The sweep over records 6: the common columns read and checked, a few thousand entries at a time.

NumPy's calls cost about a microsecond each, and a column read from another cache costs more than what is done with it.
So the records come in chunks that fit a core's own cache, the same room is used again and again, three fields are
joined to numbers in one go, and nothing is looked at row by row until something is known to be wrong in the chunk.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ingather.base.columns import ZERO, Bytes2D, Int64, Mask, Words, join_digits, parse_digits
from ingather.nacha.checking.accounts import account_faults, odd_accounts
from ingather.nacha.findings import Faults
from ingather.nacha.records import LAYOUTS
from ingather.nacha.routing import all_check_digits_fit, check_digits, may_start
from ingather.nacha.transaction_codes import KNOWN, LIVE, RETURNED

SWEEP_ROWS = 8_192
_LAYOUT = LAYOUTS["6"]
_CODE, _RDFI = _LAYOUT.span("transaction_code"), _LAYOUT.span("receiving_dfi")
_CHECK = _LAYOUT.span("check_digit").start
_ACCOUNT, _AMOUNT = _LAYOUT.span("account_number"), _LAYOUT.span("amount")
_INDICATOR, _TRACE = _LAYOUT.span("addenda_indicator").start, _LAYOUT.span("trace_number")
_NINE = 9
_FEW = 8
_HUNDRED_MILLION = 100_000_000
_PARTS = 3
_TEN = np.array(10, np.int64)
_TWO_ZEROS = np.array(ZERO << 8 | ZERO, np.uint16)
_DIGIT, _BYTE, _TENS = np.array(15, np.uint16), np.array(8, np.uint16), np.array(10, np.uint16)
# Two bytes of digits, as one little-endian number, to their value; 0 for any other two bytes.
_TWO_DIGITS = np.zeros(1 << 16, np.int64)
_TWO_DIGITS[[ord(f"{code:02d}"[0]) | ord(f"{code:02d}"[1]) << 8 for code in range(100)]] = np.arange(100)
_ADVICES = 81
# Codes whose entries have an amount, and those whose entries have none.
_WITH, _WITHOUT = LIVE, KNOWN & ~LIVE & ~RETURNED & (np.arange(100) < _ADVICES)
# Odd numbers without a pattern: the likeness of two entries that differ somewhere is hardly ever the same.
_MIX = [
    np.array(factor, np.uint64)
    for factor in (0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0xD6E8_FEB8_6659_FD93)
]
Octets = npt.NDArray[np.uint8]
Pairs = npt.NDArray[np.uint16]


class Parts(NamedTuple):
    """The columns of ``(n,)`` records that a sweep reads, each as whole items of one, two, eight or sixteen bytes."""

    rows: Bytes2D
    code: Pairs
    rdfi: Words
    ninth: Octets
    account: npt.NDArray[np.void]
    account_end: Octets
    amount_start: Pairs
    amount: Words
    lead: Words
    trace_end: Words

    def cut(self, start: int, stop: int) -> "Parts":
        """Return the parts of some records, without moving anything."""
        return Parts._make(part[start:stop] for part in self)


def parts_of(rows: Bytes2D) -> Parts:
    """Return views of whole items on ``(n, 94)`` records."""
    return Parts(
        rows=rows,
        code=rows[:, _CODE].view("<u2")[:, 0],
        rdfi=rows[:, _RDFI].view("<u8")[:, 0],
        ninth=rows[:, _CHECK],
        account=rows[:, _ACCOUNT.start : _ACCOUNT.stop - 1].view("V16")[:, 0],
        account_end=rows[:, _ACCOUNT.stop - 1],
        amount_start=rows[:, _AMOUNT.start : _AMOUNT.start + 2].view("<u2")[:, 0],
        amount=rows[:, _AMOUNT.start + 2 : _AMOUNT.stop].view("<u8")[:, 0],
        lead=rows[:, _INDICATOR : _INDICATOR + 8].view("<u8")[:, 0],
        trace_end=rows[:, _TRACE.stop - 8 : _TRACE.stop].view("<u8")[:, 0],
    )


class Sweep:
    """One pass over all entries: the columns it fills, and the rows that fail each check.

    ``likeness`` is a 64-bit number that is equal for entries of equal receiving bank, account number and amount;
    ``used`` ``(100,)`` says which transaction codes occur.
    """

    def __init__(self, count: int) -> None:
        # One piece of memory for all columns is had more quickly than a piece for each.
        self.code, self.routing, self.amount, self.indicator, self.trace = np.empty((5, count), np.int64)
        self.likeness = np.empty(count, np.uint64)
        self.used = np.zeros(100, np.bool_)
        self.faults = Faults()
        self._usual: list[np.uint16] = []
        room = min(count, SWEEP_ROWS)
        self._words, self._spare = np.empty(_PARTS * room, np.uint64), np.empty(_PARTS * room, np.uint64)
        self._numbers = np.empty(_PARTS * room, np.int64)
        self._account = np.empty(room, "V16")

    def take(self, parts: Parts, low: int) -> None:
        """Read one chunk of at most ``SWEEP_ROWS`` records, the first of which is entry ``low``."""
        count = len(parts.rows)
        chunk = slice(low, low + count)
        likeness, spare = self.likeness[chunk], self._spare[: _PARTS * count]
        words = self._words[: _PARTS * count]
        rdfi, amount, trace = words[:count], words[count : 2 * count], words[2 * count :]
        np.copyto(rdfi, parts.rdfi)
        np.copyto(amount, parts.amount)
        np.copyto(trace, parts.trace_end)
        self._read_code(parts.code.copy(), self.code[chunk], low)
        np.multiply(rdfi, _MIX[0], out=likeness)
        mixed = spare[:count]
        np.multiply(amount, _MIX[3], out=mixed)
        likeness += mixed
        self._check_account(parts, likeness, mixed, low)
        ninth = parts.ninth - np.uint8(ZERO)
        starts = may_start(rdfi)
        fit = all_check_digits_fit(rdfi, ninth)
        real = join_digits(words, spare, self._numbers[: _PARTS * count])
        numbers = self._numbers[:count], self._numbers[count : 2 * count], self._numbers[2 * count : 3 * count]
        self._read_routing(parts, numbers[0], ninth, starts, low, good=real and fit)
        np.multiply(numbers[0], _TEN, out=self.routing[chunk])
        self.routing[chunk] += ninth
        self._read_amount(parts, numbers[1], self.code[chunk], self.amount[chunk], low, good=real)
        self._read_trace(parts, numbers[2], self.indicator[chunk], self.trace[chunk], low, good=real)

    def _read_code(self, pairs: Pairs, code: Int64, low: int) -> None:
        if self._are_usual(pairs):
            tens = pairs & _DIGIT
            tens *= _TENS
            pairs >>= _BYTE
            pairs &= _DIGIT
            np.add(tens, pairs, out=code)
            return
        code[:] = _TWO_DIGITS[pairs]
        self.used |= np.bincount(code, minlength=100) > 0
        known = KNOWN[code]
        self.faults.note("transaction-code", ~known, low)
        if len(self._usual) < _FEW:
            self._usual += [pair for pair in np.unique(pairs[known]) if pair not in self._usual][:_FEW]

    def _are_usual(self, pairs: Pairs) -> bool:
        """Return whether these are all known codes that were met before: a file has few, and then needs no table."""
        if not self._usual:
            return False
        met = pairs == self._usual[0]
        for pair in self._usual[1:]:
            met |= pairs == pair
        return bool(np.count_nonzero(met) == len(met))

    def _check_account(self, parts: Parts, likeness: Words, mixed: Words, low: int) -> None:
        # Sixteen columns move as one item, and the seventeenth, which few fill, by itself.
        account = self._account[: len(mixed)]
        np.copyto(account, parts.account)
        sixteen = account.view(np.uint8).reshape(-1, 16)
        words = account.view(np.uint64)
        for place in (0, 1):
            np.multiply(words[place::2], _MIX[1 + place], out=mixed)
            likeness += mixed
        odd = odd_accounts(sixteen, parts.account_end)
        if len(odd):
            for check, bad in account_faults(parts.rows[odd][:, _ACCOUNT]):
                self.faults.note_at(check, odd[bad] + low)

    def _read_routing(self, parts: Parts, eight: Int64, ninth: Octets, starts: Mask, low: int, *, good: bool) -> None:
        """Note what is wrong with routing numbers, and set what is no number in ``eight`` or ``ninth`` to 0."""
        if (
            good
            and np.count_nonzero(starts) == len(starts)
            and np.maximum.reduce(ninth) <= _NINE
            and np.minimum.reduce(eight) > 0
        ):
            return
        rdfi = parts.rows[:, _RDFI]
        eight[:], real = parse_digits(rdfi)
        self.faults.note("routing-digits", ~real, low)
        self.faults.note("check-digit", real & (check_digits(rdfi) != ninth), low)
        self.faults.note("routing-prefix", real & (~starts | ((eight == 0) & (ninth == 0))), low)
        ninth[(ninth > _NINE) | ~real] = 0

    def _read_amount(self, parts: Parts, numbers: Int64, code: Int64, amount: Int64, low: int, *, good: bool) -> None:
        """Read amounts; note live entries without one, and prenotes and zero-dollar entries with one."""
        amount[:] = numbers
        real: Mask | None = None
        start = parts.amount_start == _TWO_ZEROS
        if not good or np.count_nonzero(start) < len(start):
            amount[:], real = parse_digits(parts.rows[:, _AMOUNT])
            self.faults.note("amount-digits", ~real, low)
        if np.minimum.reduce(amount) == 0:
            empty = (amount == 0) if real is None else real & (amount == 0)
            self.faults.note("amount-use", _WITH[code] & empty, low)
        if (_WITHOUT & self.used).any():
            self.faults.note("amount-use", _WITHOUT[code] & (amount > 0), low)

    def _read_trace(
        self, parts: Parts, numbers: Int64, indicator: Int64, trace: Int64, low: int, *, good: bool
    ) -> None:
        # The indicator and the first seven of the ODFI's digits are one word, alike in all of a batch but for the
        # indicator; the other eight columns are another.
        lead = bytes(parts.rows[0, _INDICATOR : _INDICATOR + 8])
        change = self._spare[: len(indicator)]
        np.bitwise_xor(parts.lead, np.frombuffer(b"0" + lead[1:], np.uint64), out=change)
        plain = int(np.maximum.reduce(change)) <= 1 and lead[1:].isdigit()
        if plain:
            indicator[:] = change.view(np.int64)
        else:
            np.subtract(parts.rows[:, _INDICATOR], ZERO, out=indicator, dtype=np.int64)
            self.faults.note("addenda-indicator", (indicator != 0) & (indicator != 1), low)
        if plain and good:
            np.add(numbers, int(lead[1:]) * _HUNDRED_MILLION, out=trace)
            return
        trace[:], real = parse_digits(parts.rows[:, _TRACE])
        self.faults.note("trace-digits", ~real, low)
