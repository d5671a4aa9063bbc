"""Entries out of their records: numbers parsed and single fields checked, many rows at a time."""

import numpy as np

from ingather.base.columns import BLANK, ZERO, Bytes2D, Int64, Mask, parse_digits, parse_eight
from ingather.nacha.findings import Faults, Findings
from ingather.nacha.lines import Lines
from ingather.nacha.reading import EntryColumns
from ingather.nacha.records import LAYOUTS, RECORD_WIDTH
from ingather.nacha.routing import check_digits
from ingather.nacha.structure import Structure
from ingather.nacha.transaction_codes import KNOWN, LIVE, RETURNED

CHUNK_ROWS = 16_384
_LAYOUT = LAYOUTS["6"]
_ADV = LAYOUTS["6ADV"]
_CODE, _RDFI = _LAYOUT.span("transaction_code"), _LAYOUT.span("receiving_dfi")
_CHECK = _LAYOUT.span("check_digit").start
_AMOUNT, _TRACE = _LAYOUT.span("amount"), _LAYOUT.span("trace_number")
_ACCOUNT = _LAYOUT.span("account_number").start
_INDICATOR = _LAYOUT.span("addenda_indicator").start
# check: (field of record 6, sentence)
_SENTENCES = {
    "routing-digits": ("receiving_dfi", "The receiving bank is not eight digits."),
    "check-digit": ("check_digit", "The check digit does not fit the receiving bank's eight digits."),
    "transaction-code": ("transaction_code", "The transaction code is not one the Rules know."),
    "amount-digits": ("amount", "The amount is not ten digits."),
    "amount-use": ("amount", "The amount does not fit the transaction code: live entries have one, others none."),
    "account-blank": ("account_number", "The account number is blank."),
    "account-justified": ("account_number", "The account number does not start in column 13."),
    "addenda-indicator": ("addenda_indicator", "The addenda indicator is neither 0 nor 1."),
    "trace-digits": ("trace_number", "The trace number is not fifteen digits."),
}
# Two bytes of digits, as one little-endian number, to their value; 0 for any other two bytes.
_TWO_DIGITS = np.zeros(1 << 16, np.int64)
_TWO_DIGITS[[ord(f"{code:02d}"[0]) | ord(f"{code:02d}"[1]) << 8 for code in range(100)]] = np.arange(100)
_ADV_SKIPS = frozenset({"amount-digits", "amount-use", "trace-digits"})
_IAT_SKIPS = frozenset({"account-blank", "account-justified"})


def read_entries(lines: Lines, structure: Structure, sec: list[str], findings: Findings) -> EntryColumns:
    """Return the entries as columns; ``sec`` is the SEC code of each batch, which decides what may be checked."""
    count = len(structure.entry_at)
    code, routing, amount, indicator, trace = (np.empty(count, np.int64) for _ in range(5))
    faults = Faults()
    for low in range(0, count, CHUNK_ROWS):
        chunk = slice(low, min(low + CHUNK_ROWS, count))
        rows = _records_at(lines.rows, structure.entry_at[chunk])
        code[chunk] = _two_digits(rows, faults, low)
        routing[chunk] = _routing(rows, faults, low)
        amount[chunk], real = parse_digits(rows[:, _AMOUNT])
        faults.note("amount-digits", ~real, low)
        faults.note("amount-use", real & _misused(code[chunk], amount[chunk]), low)
        trace[chunk], real = parse_digits(rows[:, _TRACE])
        faults.note("trace-digits", ~real, low)
        indicator[chunk] = rows[:, _INDICATOR]
        indicator[chunk] -= ZERO
        faults.note("addenda-indicator", (indicator[chunk] != 0) & (indicator[chunk] != 1), low)
        _check_account(rows, faults, low)
    entries = EntryColumns(
        line=lines.number[structure.entry_at],
        batch=structure.entry_batch,
        transaction_code=code,
        routing=routing,
        amount_cents=amount,
        addenda_indicator=indicator,
        trace=trace,
        rows=lines.rows,
        at=structure.entry_at,
    )
    _reread_advices(entries, sec)
    _tell(entries, faults, sec, findings)
    return entries


def _records_at(rows: Bytes2D, places: Int64) -> Bytes2D:
    """Return the records at these rows: a view where they follow each other, otherwise moved as single items."""
    first, last = int(places[0]), int(places[-1])
    if last - first + 1 == len(places):
        return rows[first : last + 1]
    return rows.view(f"V{RECORD_WIDTH}")[:, 0][places].view(np.uint8).reshape(-1, RECORD_WIDTH)


def _two_digits(rows: Bytes2D, faults: Faults, low: int) -> Int64:
    code: Int64 = _TWO_DIGITS[rows[:, _CODE].view("<u2")[:, 0]]
    faults.note("transaction-code", ~KNOWN[code], low)
    return code


def _routing(rows: Bytes2D, faults: Faults, low: int) -> Int64:
    eight, real = parse_eight(rows[:, _RDFI])
    check = (rows[:, _CHECK] - np.uint8(ZERO)).astype(np.int64)
    all_real = bool(real.all())
    if not all_real:
        faults.note("routing-digits", ~real, low)
        eight[~real] = 0
    faults.note("check-digit", real & (check_digits(rows[:, _RDFI]) != check), low)
    check[check > 9] = 0  # noqa: PLR2004 -- the highest digit
    eight *= 10
    eight += check
    return eight


def _misused(code: Int64, amount: Int64) -> Mask:
    live = LIVE[code]
    empty = amount == 0
    if live.all() and not empty.any():
        return np.zeros(len(code), np.bool_)
    misused: Mask = (live & empty) | (~live & ~empty & KNOWN[code] & ~RETURNED[code] & (code < 80))  # noqa: PLR2004 -- 81 to 88 are advices
    return misused


def _check_account(rows: Bytes2D, faults: Faults, low: int) -> None:
    lead = rows[:, _ACCOUNT] == BLANK
    if lead.any():
        blank = lead & (rows[:, _LAYOUT.span("account_number")] == BLANK).all(axis=1)
        faults.note("account-blank", blank, low)
        faults.note("account-justified", lead & ~blank, low)


def _reread_advices(entries: EntryColumns, sec: list[str]) -> None:
    """Put right the columns of accounting advices, whose amount lies elsewhere and which have no trace number."""
    advices = [index for index, code in enumerate(sec) if code == "ADV"]
    if not advices:
        return
    rows = np.flatnonzero(np.isin(entries.batch, advices))
    entries.amount_cents[rows] = parse_digits(entries.rows[entries.at[rows]][:, _ADV.span("amount")])[0]
    entries.trace[rows] = 0


def _tell(entries: EntryColumns, faults: Faults, sec: list[str], findings: Findings) -> None:
    for check, rows in faults.items():
        skipped = {"ADV"} if check in _ADV_SKIPS else {"IAT"} if check in _IAT_SKIPS else set()
        at = rows
        others = [index for index, code in enumerate(sec) if code in skipped]
        if others:
            at = rows[~np.isin(entries.batch[rows], others)]
        name, sentence = _SENTENCES[check]
        findings.rows(check, entries.line[at], sentence, field=_LAYOUT.field(name))
