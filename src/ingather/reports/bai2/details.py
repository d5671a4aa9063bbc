"""The details (16) of an account as columns: one pass that splits, and passes over whole columns for the rest.

Nearly every detail has seven fields on one line. The others, with dates or amounts behind their funds type or with
continuations, are brought into the same shape first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from ingather.base.problems import Severity
from ingather.reports.bai2.funds import ALONE, AMOUNT, NO_MONEY, TYPE_CODE, funds_width
from ingather.reports.bai2.moments import read_day
from ingather.reports.bai2.records import CONTINUATION, DETAIL, Records, body
from ingather.reports.findings import Findings

_FIELDS = 7
_TEXT = 6
_BLOCK = 1 << 16
_SKIPPED = "?"
_BLANK = f"{DETAIL},,{_SKIPPED},,,"
_BETWEEN = "\x1e"
_STEP = _FIELDS + 1
_LIKE = ALONE | {_SKIPPED}
_MOST_DIGITS = 18
_MOST_BANK = 40
_MOST_CUSTOMER = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """Details in columns; ``amounts`` are unsigned as they are written, ``total`` is their sum for the control totals.

    ``value_on`` holds only the rows whose funds type gives a date, ``ref_lengths`` how long references are.
    """

    numbers: list[int]
    codes: list[str]
    amounts: list[int]
    value_on: dict[int, date]
    bank_refs: list[str]
    customer_refs: list[str]
    texts: list[str]
    ref_lengths: frozenset[int]
    total: int


@dataclass(slots=True, kw_only=True)  # mutable -- filled block by block
class _Columns:
    """The fields of details behind their record code, one column each; the text without its slash."""

    code: list[str]
    amount: list[str]
    funds: list[str]
    bank_ref: list[str]
    customer_ref: list[str]
    text: list[str]

    def put(self, at: int, row: list[str]) -> None:
        """Put one row of seven fields in its place."""
        _, self.code[at], self.amount[at], self.funds[at], self.bank_ref[at], self.customer_ref[at], self.text[at] = row

    def leave_out(self, bad: set[int]) -> None:
        """Leave out some rows."""
        for column in (self.code, self.amount, self.funds, self.bank_ref, self.customer_ref, self.text):
            column[:] = [value for at, value in enumerate(column) if at not in bad]


def read_details(records: Records, first: int, after: int, *, near: date, findings: Findings) -> Details:
    """Return the details among some records, which begin with one; a row that cannot be read is left out and named."""
    marks: Sequence[int] = range(first, after)
    numbers, texts = list(records.numbers[first:after]), records.texts[first:after]
    continued: list[tuple[int, int]] = []
    if CONTINUATION in records.codes[first:after]:
        marks = [index for index in marks if records.codes[index] == DETAIL]
        numbers, texts = [records.numbers[mark] for mark in marks], [records.texts[mark] for mark in marks]
        continued = [(row, end) for row, (mark, end) in enumerate(pairwise([*marks, after])) if end - mark > 1]
    columns = _split(texts)
    value_on = _even_out(columns, marks, continued, records, near=near, findings=findings)
    bad = _unreadable(columns, numbers, findings)
    if bad:
        columns.leave_out(bad)
        numbers = [number for at, number in enumerate(numbers) if at not in bad]
        places = {old: new for new, old in enumerate(at for at in range(len(marks)) if at not in bad)}
        value_on = {places[at]: day for at, day in value_on.items() if at in places}
    same = {code: code for code in set(columns.code)}
    amounts = list(map(int, columns.amount)) if "" not in columns.amount else [int(a or "0") for a in columns.amount]
    bank, customer = (frozenset(map(len, refs)) for refs in (columns.bank_ref, columns.customer_ref))
    return Details(
        numbers=numbers,
        codes=list(map(same.__getitem__, columns.code)),
        amounts=amounts,
        value_on=value_on,
        bank_refs=_bounded(columns.bank_ref, bank, _MOST_BANK, numbers, findings),
        customer_refs=_bounded(columns.customer_ref, customer, _MOST_CUSTOMER, numbers, findings),
        texts=columns.text,
        ref_lengths=bank | customer,
        total=sum(amounts),
    )


def _split(texts: list[str]) -> _Columns:
    """Return the fields of records of seven; others are left for later, as blanks.

    The records of a block are joined and split as one text, so that no row is an object of its own.
    """
    columns = _Columns(code=[], amount=[], funds=[], bank_ref=[], customer_ref=[], text=[])
    for start in range(0, len(texts), _BLOCK):
        block = texts[start : start + _BLOCK]
        fields = _marked_fields(block)
        # Every mark stands in its place only if each record has seven fields and none holds the mark itself.
        if len(fields) != _STEP * len(block) + 1 or fields[_FIELDS::_STEP].count(_BETWEEN) < len(block):
            plain = [text.count(",") == _TEXT and _BETWEEN not in text for text in block]
            fields = _marked_fields([text if good else _BLANK for text, good in zip(block, plain, strict=True)])
        columns.code += fields[1::_STEP]
        columns.amount += fields[2::_STEP]
        columns.funds += fields[3::_STEP]
        columns.bank_ref += fields[4::_STEP]
        columns.customer_ref += fields[5::_STEP]
        columns.text += fields[6::_STEP]
    return columns


def _marked_fields(block: list[str]) -> list[str]:
    """Return the fields of some records in a row, each record without its slash and with a mark of its own behind."""
    behind = f",{_BETWEEN},"
    return f"{_BETWEEN.join(block)}{_BETWEEN}".replace(f"/{_BETWEEN}", _BETWEEN).replace(_BETWEEN, behind).split(",")


def _even_out(
    columns: _Columns,
    marks: Sequence[int],
    continued: list[tuple[int, int]],
    records: Records,
    *,
    near: date,
    findings: Findings,
) -> dict[int, date]:
    """Put the rows in place that are not seven fields on one record; return the value dates of those that have one."""
    value_on: dict[int, date] = {}
    ends = dict(continued)
    odd = set(ends)
    if not set(columns.funds) <= _LIKE:
        odd.update(at for at, funds in enumerate(columns.funds) if funds not in _LIKE)
    if _SKIPPED in columns.funds:
        odd.update(at for at, funds in enumerate(columns.funds) if funds == _SKIPPED)
    for at in sorted(odd):
        mark = marks[at]
        row = records.texts[mark].split(",", _TEXT)
        more = [body(text) for text in records.texts[mark + 1 : ends.get(at, mark + 1)]]
        if len(row) == _FIELDS and row[3] in ALONE:
            row[_TEXT] = "\n".join(text for text in (row[_TEXT].removesuffix("/"), *more) if text)
        else:
            fields = _Fields([body(records.texts[mark]), *more])
            row, day = _long_row(fields, records.numbers[mark], near=near, findings=findings)
            if day is not None:
                value_on[at] = day
        columns.put(at, row)
    return value_on


class _Fields:
    """The fields of a detail over its records, taken one by one, and then its text."""

    __slots__ = ("_at", "_pieces", "_rest")

    def __init__(self, pieces: list[str]) -> None:
        self._pieces = pieces
        self._at = 1
        self._rest: str | None = pieces[0]

    def take(self) -> str:
        """Return the next field; empty when there is none."""
        if self._rest is None:
            if self._at >= len(self._pieces):
                return ""
            self._rest = self._pieces[self._at]
            self._at += 1
        value, comma, rest = self._rest.partition(",")
        self._rest = rest if comma else None
        return value

    def peek(self) -> str:
        """Return the next field and leave it where it is."""
        before = (self._at, self._rest)
        value = self.take()
        self._at, self._rest = before
        return value

    def text(self) -> str:
        """Return all that is left, a line for each record."""
        return "\n".join(text for text in (self._rest or "", *self._pieces[self._at :]) if text)


def _long_row(fields: _Fields, number: int, *, near: date, findings: Findings) -> tuple[list[str], date | None]:
    code, amount, funds = fields.take(), fields.take(), fields.take()
    day: date | None = None
    try:
        further = [fields.take() for _ in range(funds_width(funds, fields.peek()))]
        if funds == "V" and further[0]:
            day = read_day(further[0], near=near)
    except ValueError:
        message = f"Line {number}: the funds type or its dates cannot be read."
        findings.add("field-unreadable", message, line=number, name="funds type")
    return [DETAIL, code, amount, funds, fields.take(), fields.take(), fields.text()], day


def _unreadable(columns: _Columns, numbers: list[int], findings: Findings) -> set[int]:
    """Return the rows without a type code or with no amount, each a problem."""
    if all(map(_is_code, set(columns.code))) and _plain(columns.amount):
        return set()
    bad = set()
    for at, number in enumerate(numbers):
        code, amount = columns.code[at].strip(), columns.amount[at].strip()
        if not TYPE_CODE.fullmatch(code):
            message = f"Line {number}: the type code is not three digits."
            findings.add("field-unreadable", message, line=number, name="type code")
            bad.add(at)
        elif not amount and code != NO_MONEY:
            findings.add("field-missing", f"Line {number} lacks its amount.", line=number, name="amount")
            bad.add(at)
        elif amount and not AMOUNT.fullmatch(amount):
            message = f"Line {number}: the amount is not a whole number of at most 18 digits."
            findings.add("field-unreadable", message, line=number, name="amount")
            bad.add(at)
        elif amount.startswith("-"):
            message = f"Line {number}: a detail's amount has a sign, which its type code should give."
            findings.add("amount-signed", message, line=number, name="amount", severity=Severity.WARNING)
        columns.code[at], columns.amount[at] = code, amount
    return bad


def _is_code(text: str) -> bool:
    return TYPE_CODE.fullmatch(text) is not None


def _plain(texts: list[str]) -> bool:
    """Return whether every amount is digits alone, as nearly always."""
    together = "".join(texts)
    return (
        together.isascii()
        and together.isdigit()
        and "" not in texts
        and max(map(len, texts), default=0) <= _MOST_DIGITS
    )


def _bounded(texts: list[str], lengths: frozenset[int], most: int, numbers: list[int], findings: Findings) -> list[str]:
    if max(lengths, default=0) <= most:
        return texts
    first, *more = [number for text, number in zip(texts, numbers, strict=True) if len(text) > most]
    message = f"Line {first}: a reference is longer than {most} characters; its end was left out."
    message += f" So it is on {len(more)} lines behind it." if more else ""
    findings.add("reference-too-long", message, line=first, severity=Severity.WARNING)
    return [text[:most] for text in texts]
