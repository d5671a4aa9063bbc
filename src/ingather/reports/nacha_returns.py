"""Return and change files in the NACHA format: addenda 99 become returns or dishonours, addenda 98 changes.

The batch header of a return keeps our company fields, class and effective date, and adds the settlement date of the
return as a day of the year. A dishonour or contest is told from a return by its code alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypeVar

import numpy as np

from ingather.base.columns import Bytes2D, Int64, column_texts
from ingather.base.dates import NEW_YORK, parse_julian, parse_yymmdd
from ingather.base.problems import Severity
from ingather.nacha.reader import changes, read, returns
from ingather.nacha.reading import LENIENT, Reading, Tolerances
from ingather.nacha.records import LAYOUTS
from ingather.reports.findings import Findings
from ingather.reports.items import Carrier, Changes, ControlTotals, Dishonours, Report, Returns

PROFILE = "nacha"

_T = TypeVar("_T")

_DISHONOURED = range(61, 71)
_CONTESTED = range(71, 78)
_CORRECTED = 74
_RETURN_TRACE = slice(38, 53)
_RETURN_DAY = slice(53, 56)
_RETURN_REASON = slice(56, 58)
_DISHONOUR_TRACE = slice(58, 73)
_DISHONOUR_DAY = slice(73, 76)
_DISHONOUR_WORDS = slice(58, 79)
# A code that is not known yet is for a person, and must not keep its neighbours from being applied.
TOLERANT = Tolerances(
    name="answers", tolerated=LENIENT.tolerated | {"unknown-return-code", "unknown-change-code", "batch-number"}
)


def read_nacha(data: bytes, *, near: date) -> Report:
    """Return a NACHA return or change file as a report; content never raises.

    ``near`` resolves days of the year when the file has no creation date. Entries that are neither returned nor
    changed are a problem: such a file is not an answer of the bank.
    """
    reading = read(data, tolerances=TOLERANT)
    findings = Findings()
    head = _head_of(reading)
    sheet = _Sheet.of(reading, near=head.created_on or near)
    items_returns, items_dishonours = _returns_of(reading, sheet)
    items_changes = _changes_of(reading, sheet)
    _leftover(reading, findings)
    return Report(
        carrier=Carrier.NACHA,
        profile=PROFILE,
        bank=head.origin,
        currency="USD",
        kind=_kind(items_returns, items_changes, items_dishonours),
        as_of=head.created,
        business_date=head.created_on,
        report_id=head.name,
        lines=reading.lines,
        returns=items_returns,
        changes=items_changes,
        dishonours=items_dishonours,
        problems=(*reading.problems, *findings.all()),
        control_totals=_control_totals(reading),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    origin: str = ""
    name: str = ""
    created_on: date | None = None
    created: datetime | None = None


def _head_of(reading: Reading) -> _Head:
    if not len(reading.heads) or not reading.heads.line[0]:
        return _Head()
    layout = LAYOUTS["1"]
    record = reading.heads.record[:1]
    words = ("immediate_origin", "file_creation_date", "file_creation_time", "file_id_modifier")
    origin, day, clock, modifier = (column_texts(record[:, layout.span(word)])[0].strip() for word in words)
    created_on = _date_or_none(day, parse_yymmdd)
    created = None
    if created_on is not None:
        good = len(clock) == len("HHMM") and clock.isdigit() and clock[:2] < "24" and clock[2:] < "60"
        at = time(int(clock[:2]), int(clock[2:])) if good else time()
        created = datetime.combine(created_on, at, tzinfo=NEW_YORK)
    return _Head(origin=origin, name=f"NACHA-{day}{clock}{modifier}", created_on=created_on, created=created)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """What a batch header says, once per batch, as texts and dates; the last row stands for "no batch"."""

    company: list[str]
    sec: list[str]
    reversal: list[bool]
    effective_on: list[date | None]
    settled_on: list[date | None]
    near: date

    @classmethod
    def of(cls, reading: Reading, *, near: date) -> "_Sheet":
        def texts(name: str) -> list[str]:
            return [text.strip() for text in column_texts(reading.batches.texts(name))]

        return cls(
            company=[*texts("company_identification"), ""],
            sec=[*texts("standard_entry_class"), ""],
            reversal=[*(word == "REVERSAL" for word in texts("company_entry_description")), False],
            effective_on=[*(_date_or_none(text, parse_yymmdd) for text in texts("effective_entry_date")), None],
            settled_on=[*(_julian(text, near) for text in texts("settlement_date")), None],
            near=near,
        )


def _returns_of(reading: Reading, sheet: _Sheet) -> tuple[Returns, Dishonours]:
    found = returns(reading)
    codes = [text.strip() for text in column_texts(found.reason)]
    numbers = [int(code[1:]) if code[:1] == "R" and code[1:].isdigit() else 0 for code in codes]
    other = np.array([number in _DISHONOURED or number in _CONTESTED for number in numbers], np.bool_)
    plain, disputed = np.flatnonzero(~other), np.flatnonzero(other)
    return (
        _plain_returns(reading, sheet, found.entry[plain], found.addenda[plain], codes, plain),
        _dishonours(reading, sheet, disputed, codes, numbers),
    )


def _plain_returns(
    reading: Reading, sheet: _Sheet, entry: Int64, addenda: Int64, codes: Sequence[str], rows: Int64
) -> Returns:
    found = returns(reading)
    batch = _pick(reading.entries.batch, entry, -1)
    information = column_texts(found.information[rows])
    return Returns(
        line=reading.addenda.line[addenda].tolist(),
        klass=["REVERSAL_RETURN" if sheet.reversal[index] else "RETURN" for index in batch],
        reason=[codes[row] for row in rows.tolist()],
        original_trace=found.original_trace[rows].tolist(),
        return_trace=_pick(reading.entries.trace, entry, 0),
        transaction_code=_pick(reading.entries.transaction_code, entry, 0),
        rdfi=[text.strip() for text in column_texts(found.original_rdfi[rows])],
        amount_cents=_pick(reading.entries.amount_cents, entry, 0),
        identification=_pick_texts(reading.entries.identification, entry),
        name=_pick_texts(reading.entries.name, entry),
        account_last4=[text[-4:] for text in _pick_texts(reading.entries.account, entry)],
        company_identification=[sheet.company[index] for index in batch],
        standard_entry_class=[sheet.sec[index] for index in batch],
        batch_number=[0] * len(batch),
        original_effective_on=[sheet.effective_on[index] for index in batch],
        original_settled_on=[None] * len(batch),
        return_settled_on=[sheet.settled_on[index] for index in batch],
        died_on=[_date_or_none(text, parse_yymmdd) for text in column_texts(found.date_of_death[rows])],
        information=[text.strip() for text in information],
        posting_ref=[""] * len(batch),
    )


def _dishonours(
    reading: Reading, sheet: _Sheet, rows: Int64, codes: Sequence[str], numbers: Sequence[int]
) -> Dishonours:
    found = returns(reading)
    entry, addenda = found.entry[rows], found.addenda[rows]
    text = reading.addenda.text[addenda]
    contested = [numbers[row] in _CONTESTED for row in rows.tolist()]
    batch = _pick(reading.entries.batch, entry, -1)
    settled_on = [sheet.settled_on[index] for index in batch]
    earlier_traces = _traces(text[:, _DISHONOUR_TRACE])
    earlier_days = [_julian(day, sheet.near) for day in column_texts(text[:, _DISHONOUR_DAY])]
    words = [words.strip() for words in column_texts(text[:, _DISHONOUR_WORDS])]
    own_traces = _pick(reading.entries.trace, entry, 0)
    reasons = [digits.strip() for digits in column_texts(text[:, _RETURN_REASON])]
    return Dishonours(
        line=reading.addenda.line[addenda].tolist(),
        stage=[_stage(numbers[row]) for row in rows.tolist()],
        code=[codes[row] for row in rows.tolist()],
        original_trace=found.original_trace[rows].tolist(),
        return_trace=_traces(text[:, _RETURN_TRACE]),
        return_settled_on=[_julian(day, sheet.near) for day in column_texts(text[:, _RETURN_DAY])],
        original_reason=[f"R{digits}" if digits else "" for digits in reasons],
        dishonour_trace=_choose(contested, earlier_traces, own_traces),
        dishonour_settled_on=_choose(contested, earlier_days, settled_on),
        amount_cents=_pick(reading.entries.amount_cents, entry, 0),
        information=_choose(contested, [""] * len(contested), words),
    )


def _stage(number: int) -> str:
    if number in _DISHONOURED:
        return "DISHONOURED"
    return "CORRECTED" if number == _CORRECTED else "CONTESTED"


def _changes_of(reading: Reading, sheet: _Sheet) -> Changes:
    found = changes(reading)
    batch = _pick(reading.entries.batch, found.entry, -1)
    corrected = column_texts(found.corrected_data)
    width = found.corrected_data.shape[1]
    return Changes(
        line=reading.addenda.line[found.addenda].tolist(),
        code=[text.strip() for text in column_texts(found.code)],
        original_trace=found.original_trace.tolist(),
        change_trace=_pick(reading.entries.trace, found.entry, 0),
        rdfi=[text.strip() for text in column_texts(found.original_rdfi)],
        corrected=[text.ljust(width) for text in corrected],
        identification=_pick_texts(reading.entries.identification, found.entry),
        name=_pick_texts(reading.entries.name, found.entry),
        company_identification=[sheet.company[index] for index in batch],
        standard_entry_class=[sheet.sec[index] for index in batch],
        batch_number=[0] * len(batch),
    )


def _leftover(reading: Reading, findings: Findings) -> None:
    answered = np.zeros(len(reading.entries), np.bool_)
    for column in (returns(reading).entry, changes(reading).entry):
        answered[column[column >= 0]] = True
    left = np.flatnonzero(~answered)
    if len(left):
        line = int(reading.entries.line[left[0]])
        message = f"{len(left)} entries, the first on line {line}, are neither returned nor changed."
        findings.add("entry-without-answer", message, line=line)


def _kind(items_returns: Returns, items_changes: Changes, items_dishonours: Dishonours) -> str:
    present = (
        ("RETURNS", len(items_returns)),
        ("DISHONOURS", len(items_dishonours)),
        ("CHANGES", len(items_changes)),
    )
    return "+".join(name for name, count in present if count) or "EMPTY"


def _control_totals(reading: Reading) -> ControlTotals:
    if any(
        problem.severity is Severity.ERROR and problem.check.endswith(("-hash", "-total", "-count"))
        for problem in reading.problems
    ):
        return ControlTotals.DIFFER
    return ControlTotals.TIE if len(reading.heads) and reading.heads.control_line.all() else ControlTotals.NONE


def _pick(column: Int64, index: Int64, missing: int) -> list[int]:
    padded = np.append(column, missing)
    picked: list[int] = padded[index].tolist()
    return picked


def _pick_texts(column: Bytes2D, index: Int64) -> list[str]:
    padded = np.vstack((column, np.full((1, column.shape[1]), ord(" "), np.uint8)))
    return [text.strip() for text in column_texts(padded[index])]


def _traces(column: Bytes2D) -> list[int]:
    texts = [text.strip() for text in column_texts(column)]
    return [int(text) if text.isascii() and text.isdigit() else 0 for text in texts]


def _choose(condition: Sequence[bool], yes: Sequence[_T], no: Sequence[_T]) -> list[_T]:
    return [first if chosen else second for chosen, first, second in zip(condition, yes, no, strict=True)]


def _julian(text: str, near: date) -> date | None:
    return _date_or_none(text, lambda digits: parse_julian(digits, near=near))


def _date_or_none(text: str, parse: Callable[[str], date]) -> date | None:
    try:
        return parse(text.strip())
    except ValueError:
        return None
