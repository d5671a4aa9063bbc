"""The records of entries and addenda, a stretch of rows at a time, out of the plan's columns."""

from dataclasses import dataclass

import numpy as np

from ingather.base.columns import Bytes2D, Int64, Mask
from ingather.nacha.plan import Batches, FilePlan
from ingather.nacha.records import LAYOUTS
from ingather.nacha.sec import SEC_CODES
from ingather.nacha.writing.digits import (
    put_eight,
    put_fifteen,
    put_four,
    put_nine,
    put_seven,
    put_ten,
    put_two,
)
from ingather.nacha.writing.places import number_addenda

_ENTRY = LAYOUTS["6"]
_CODE, _ROUTING = _ENTRY.span("transaction_code").start, _ENTRY.span("receiving_dfi").start
_ACCOUNT, _AMOUNT = _ENTRY.span("account_number"), _ENTRY.span("amount").start
_TRACE, _INDICATOR = _ENTRY.span("trace_number").start, _ENTRY.span("addenda_indicator").start
_TEXTS = ("identification_number", "receiver_name", "discretionary_data")
_TYPE = LAYOUTS["705"].span("addenda_type").start
_CONTENT = slice(3, 87)
_NUMBER = LAYOUTS["705"].span("addenda_sequence").start
_LAST_SEVEN = LAYOUTS["705"].span("entry_sequence").start
_SEVEN_DIGITS = 10_000_000
_TEN_DIGITS = 10_000_000_000
_CASE = ord("a") - ord("A")
# RB13 Appendix Three: a terminal's, a change's and a return's addenda repeat the whole trace number.
WHOLE_TRACE = (2, 98, 99)
_INTERNATIONAL_CHANGES = "IATCOR"
_COUNTING = LAYOUTS["6CTX"].span("number_of_addenda").start
_COUNTED_NAME = slice(_COUNTING + 4, LAYOUTS["6CTX"].span("reserved").stop)
_INTERNATIONAL_COUNT = LAYOUTS["6IAT"].span("number_of_addenda").start
_ADVICE_AMOUNT = LAYOUTS["6ADV"].span("amount").start


def entry_layouts(batches: Batches) -> list[str]:
    """Return the layout of each batch's entries: that of its SEC code; international changes say so in their name."""
    layouts = []
    for code, name in zip(batches.standard_entry_class, batches.company_name, strict=True):
        row = SEC_CODES.get("IAT" if name.strip() == _INTERNATIONAL_CHANGES else code)
        layouts.append(row.entry_layout if row is not None else "6")
    return layouts


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What the entries' and addenda's records need beside the plan's columns.

    ``indicator`` and ``announced`` are ``(n,)``, ``numbers`` ``(k,)``; ``counting``, ``international`` and ``advices``
    are ``(b,)`` masks of the batches whose entries have columns of their own, None when there are none.
    """

    plan: FilePlan
    upper_case: bool
    indicator: Bytes2D
    announced: Int64 | None
    numbers: Int64
    counting: Mask | None
    international: Mask | None
    advices: Mask | None


def details_of(plan: FilePlan, *, upper_case: bool) -> Details:
    """Return what writing the entries needs; capitals are never made of account numbers."""
    entries = plan.entries
    layouts = entry_layouts(plan.batches)
    indicator = np.full(len(entries), ord("0"), np.uint8)
    numbers = np.empty(0, np.int64)
    if entries.addenda is not None and len(entries.addenda):
        indicator[entries.addenda.entry] = ord("1")
        numbers = number_addenda(entries.addenda)
    starts = [
        next((field.start - 1 for field in LAYOUTS[code].fields if field.name == "number_of_addenda"), 0)
        for code in layouts
    ]
    counting = np.array([start == _COUNTING for start in starts], np.bool_)
    international = np.array([start == _INTERNATIONAL_COUNT for start in starts], np.bool_)
    announced = entries.announced
    if announced is None and any(starts):
        owner = entries.addenda.entry if entries.addenda is not None else np.empty(0, np.int64)
        announced = np.bincount(owner, minlength=len(entries))
    advices = np.array([code == "6ADV" for code in layouts], np.bool_)
    return Details(
        plan=plan,
        upper_case=upper_case,
        indicator=indicator,
        announced=announced,
        numbers=numbers,
        counting=counting if counting.any() else None,
        international=international if international.any() else None,
        advices=advices if advices.any() else None,
    )


def put_entries(target: Bytes2D, details: Details, span: slice) -> None:
    """Write the records 6 of a stretch of entries into as many rows."""
    entries = details.plan.entries
    target[:, 0] = ord("6")
    put_two(target, _CODE, entries.transaction_code[span])
    put_nine(target, _ROUTING, entries.routing[span])
    _put_bytes(target, _ACCOUNT, entries.account[span])
    amount = entries.amount_cents[span]
    put_ten(target, _AMOUNT, amount if details.advices is None else amount % _TEN_DIGITS)
    columns = (entries.identification, entries.name, entries.discretionary)
    for name, column in zip(_TEXTS, columns, strict=True):
        part = column[span]
        _put_bytes(target, _ENTRY.span(name), _capitals(part) if details.upper_case else part)
    target[:, _INDICATOR] = details.indicator[span]
    put_fifteen(target, _TRACE, entries.trace[span])
    if details.announced is not None or details.advices is not None:
        _put_special(target, details, span)


def _put_bytes(target: Bytes2D, columns: slice, values: Bytes2D) -> None:
    """Copy ``(n, width)`` bytes as whole items, which is quicker than byte by byte."""
    item = f"V{columns.stop - columns.start}"
    if values.strides[1] != 1:
        values = np.ascontiguousarray(values)
    target[:, columns].view(item)[:, 0] = values.view(item)[:, 0]


def _put_special(target: Bytes2D, details: Details, span: slice) -> None:
    """Write over the columns that entries of some SEC codes have for themselves."""
    batch = details.plan.entries.batch[span]
    if details.counting is not None and details.announced is not None:
        at = np.flatnonzero(details.counting[batch])
        rows = target[at]
        width = _COUNTED_NAME.stop - _COUNTED_NAME.start
        rows[:, _COUNTED_NAME] = rows[:, _COUNTING : _COUNTING + width]
        put_four(rows, _COUNTING, details.announced[span][at])
        target[at] = rows
    if details.international is not None and details.announced is not None:
        at = np.flatnonzero(details.international[batch])
        rows = target[at]
        put_four(rows, _INTERNATIONAL_COUNT, details.announced[span][at])
        target[at] = rows
    if details.advices is not None:
        at = np.flatnonzero(details.advices[batch])
        rows = target[at]
        put_two(rows, _ADVICE_AMOUNT, details.plan.entries.amount_cents[span][at] // _TEN_DIGITS)
        target[at] = rows


def put_addenda(target: Bytes2D, details: Details, span: slice) -> None:
    """Write the records 7 of a stretch of addenda into as many rows."""
    entries = details.plan.entries
    if entries.addenda is None:
        return
    kind, content = entries.addenda.type_code[span], entries.addenda.content[span]
    numbers, trace = details.numbers[span], entries.trace[entries.addenda.entry[span]]
    target[:, 0] = ord("7")
    put_two(target, _TYPE, kind)
    _put_bytes(target, _CONTENT, _capitals(content) if details.upper_case else content)
    put_seven(target, _LAST_SEVEN, trace % _SEVEN_DIGITS)
    numbered = np.flatnonzero(numbers)
    if len(numbered) == len(numbers):
        put_four(target, _NUMBER, numbers)
    elif len(numbered):
        rows = target[numbered]
        put_four(rows, _NUMBER, numbers[numbered])
        target[numbered] = rows
    whole = np.flatnonzero(np.isin(kind, WHOLE_TRACE))
    if len(whole):
        rows = target[whole]
        put_eight(rows, _TRACE, trace[whole] // _SEVEN_DIGITS)
        target[whole] = rows


def _capitals(column: Bytes2D) -> Bytes2D:
    small = (column >= ord("a")) & (column <= ord("z"))
    return np.where(small, column - np.uint8(_CASE), column)
