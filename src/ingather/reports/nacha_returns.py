"""Return and change files in the NACHA format: addenda 99 become returns or dishonours, addenda 98 changes.

The batch header of a return keeps our company fields, class and effective date, and adds the settlement date of the
return as a day of the year. A dishonour or contest is told from a return by its code alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TypeVar

import numpy as np

from ingather.base.columns import Bytes2D, Int64, column_texts
from ingather.base.dates import NEW_YORK, parse_julian, parse_yymmdd
from ingather.base.problems import Problem, Severity
from ingather.nacha.addenda import answered
from ingather.nacha.answers import changes, contests, dishonours, refused_changes, returns
from ingather.nacha.entry_fields import account_numbers, entry_field, receiver_names
from ingather.nacha.reader import read
from ingather.nacha.reading import LENIENT, Reading, Tolerances
from ingather.nacha.records import LAYOUTS
from ingather.reports.findings import Findings
from ingather.reports.items import Carrier, Changes, ControlTotals, Dishonours, Items, Report, Returns

PROFILE = "nacha"

_T = TypeVar("_T", bound=Items)

_CORRECTED = "R74"
_DOMESTIC_WIDTH = LAYOUTS["798"].field("corrected_data").width
# What is wrong with one answer is for a person, and must not keep its neighbours from being applied.
_OF_ONE_ANSWER = frozenset(
    {
        "unknown-return-code",
        "unknown-change-code",
        "return-code-class",
        "return-code-entry",
        "dishonour",
        "contest",
        "change-class",
        "change-amount",
        "change-transaction-code",
        "corrected-data",
        "refused-change",
        "answer-addenda",
        "iat-addenda",
        "iat-field",
    }
)
# Returns that are missing would pass for debits that were paid.
_SUMS = ("-hash", "-total", "-count")
_WHOLE = frozenset({"not-nacha", "too-large", "unreadable"})
TOLERANT = Tolerances(name="answers", tolerated=LENIENT.tolerated | _OF_ONE_ANSWER | {"batch-number"})


def read_nacha(data: bytes, *, near: date, tolerated: frozenset[str] = frozenset()) -> Report:
    """Return a NACHA return or change file as a report; content never raises.

    ``near`` resolves days of the year when the file has no creation date. Entries that are neither returned nor
    changed are a problem: such a file is not an answer of the bank. ``tolerated`` are checks that this bank's files may
    fail as well, never those that show that something is missing.
    """
    more = {check for check in tolerated if not (check in _WHOLE or check.endswith(_SUMS))}
    reading = read(data, tolerances=replace(TOLERANT, tolerated=TOLERANT.tolerated | more))
    findings = Findings()
    head = _head_of(reading)
    sheet = _Sheet.of(reading, near=head.created_on or near)
    items_returns, items_dishonours = _returns_of(reading, sheet), _dishonours_of(reading, sheet)
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
        problems=(*_worth_telling(reading), *findings.all()),
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


def _returns_of(reading: Reading, sheet: _Sheet) -> Returns:
    found = returns(reading)
    batch = _pick(reading.entries.batch, found.entry, -1)
    return Returns(
        line=reading.addenda.line[found.addenda].tolist(),
        klass=["REVERSAL_RETURN" if sheet.reversal[index] else "RETURN" for index in batch],
        reason=_texts(found.reason),
        original_trace=found.original_trace.tolist(),
        return_trace=_pick(reading.entries.trace, found.entry, 0),
        transaction_code=_pick(reading.entries.transaction_code, found.entry, 0),
        rdfi=_texts(found.original_rdfi),
        amount_cents=_pick(reading.entries.amount_cents, found.entry, 0),
        identification=_pick_texts(entry_field(reading, "identification_number"), found.entry),
        name=_pick_texts(receiver_names(reading), found.entry),
        account_last4=[text[-4:] for text in _pick_texts(account_numbers(reading), found.entry)],
        company_identification=[sheet.company[index] for index in batch],
        standard_entry_class=[sheet.sec[index] for index in batch],
        batch_number=[0] * len(batch),
        original_effective_on=[sheet.effective_on[index] for index in batch],
        original_settled_on=[None] * len(batch),
        return_settled_on=[sheet.settled_on[index] for index in batch],
        died_on=[_date_or_none(text, parse_yymmdd) for text in column_texts(found.date_of_death)],
        information=_texts(found.information),
        posting_ref=[""] * len(batch),
        iso_reason=[""] * len(batch),
        bank_item=[""] * len(batch),
    )


def _dishonours_of(reading: Reading, sheet: _Sheet) -> Dishonours:
    """Return dishonours and contests in file order; a contest names the dishonour it answers, a dishonour itself."""
    first, second = dishonours(reading), contests(reading)
    count = len(first)
    entry = np.concatenate([first.entry, second.entry])
    addenda = np.concatenate([first.addenda, second.addenda])
    batch = _pick(reading.entries.batch, first.entry, -1)
    codes = [*_texts(first.reason), *_texts(second.reason)]
    items = Dishonours(
        line=reading.addenda.line[addenda].tolist(),
        stage=["DISHONOURED"] * count + ["CORRECTED" if code == _CORRECTED else "CONTESTED" for code in codes[count:]],
        code=codes,
        original_trace=[*first.original_trace.tolist(), *second.original_trace.tolist()],
        return_trace=[*first.return_trace.tolist(), *second.return_trace.tolist()],
        return_settled_on=_days((first.return_settlement, second.return_settlement), sheet),
        original_reason=[
            f"R{digits}" if digits else "" for digits in (*_texts(first.return_reason), *_texts(second.return_reason))
        ],
        dishonour_trace=[*_pick(reading.entries.trace, first.entry, 0), *second.dishonour_trace.tolist()],
        dishonour_settled_on=[*(sheet.settled_on[one] for one in batch), *_days((second.dishonour_settlement,), sheet)],
        amount_cents=_pick(reading.entries.amount_cents, entry, 0),
        information=[*_texts(first.information), *[""] * len(second)],
    )
    return _in_order(items, np.argsort(addenda, kind="stable"))


def _changes_of(reading: Reading, sheet: _Sheet) -> Changes:
    """Return changes and refused ones in file order; their codes tell them apart."""
    first, second = changes(reading), refused_changes(reading)
    entry = np.concatenate([first.entry, second.entry])
    addenda = np.concatenate([first.addenda, second.addenda])
    batch = _pick(reading.entries.batch, entry, -1)
    items = Changes(
        line=reading.addenda.line[addenda].tolist(),
        code=[*_texts(first.code), *_texts(second.code)],
        original_trace=[*first.original_trace.tolist(), *second.original_trace.tolist()],
        change_trace=_pick(reading.entries.trace, entry, 0),
        rdfi=[*_texts(first.original_rdfi), *_texts(second.original_rdfi)],
        corrected=[
            text.ljust(_DOMESTIC_WIDTH)
            for text in (*column_texts(first.corrected_data), *column_texts(second.corrected_data))
        ],
        identification=_pick_texts(entry_field(reading, "identification_number"), entry),
        name=_pick_texts(receiver_names(reading), entry),
        company_identification=[sheet.company[index] for index in batch],
        standard_entry_class=[sheet.sec[index] for index in batch],
        batch_number=[0] * len(batch),
    )
    return _in_order(items, np.argsort(addenda, kind="stable"))


def _worth_telling(reading: Reading) -> Iterator[Problem]:
    """Yield the problems of a file of answers: that it is addressed to our identification is how banks do it."""
    yield from (problem for problem in reading.problems if problem.check != "destination-routing")


def _leftover(reading: Reading, findings: Findings) -> None:
    left = np.flatnonzero(~answered(reading.addenda, len(reading.entries)))
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
    if any(problem.severity is Severity.ERROR and problem.check.endswith(_SUMS) for problem in reading.problems):
        return ControlTotals.DIFFER
    return ControlTotals.TIE if len(reading.heads) and reading.heads.control_line.all() else ControlTotals.NONE


def _pick(column: Int64, index: Int64, missing: int) -> list[int]:
    padded = np.append(column, missing)
    picked: list[int] = padded[index].tolist()
    return picked


def _pick_texts(column: Bytes2D, index: Int64) -> list[str]:
    padded = np.vstack((column, np.full((1, column.shape[1]), ord(" "), np.uint8)))
    return [text.strip() for text in column_texts(padded[index])]


def _texts(column: Bytes2D) -> list[str]:
    return [text.strip() for text in column_texts(column)]


def _days(columns: Sequence[Bytes2D], sheet: _Sheet) -> list[date | None]:
    return [_julian(day, sheet.near) for column in columns for day in column_texts(column)]


def _in_order(items: _T, order: Int64) -> _T:
    """Return the items with the rows of every column in this order."""
    columns = {name: getattr(items, name) for name in items.column_names()}
    return type(items)(**{name: [column[row] for row in order.tolist()] for name, column in columns.items()})


def _julian(text: str, near: date) -> date | None:
    return _date_or_none(text, lambda digits: parse_julian(digits, near=near))


def _date_or_none(text: str, parse: Callable[[str], date]) -> date | None:
    try:
        return parse(text.strip())
    except ValueError:
        return None
