"""What was read as plans, so that it can be written once more: a good file comes out byte for byte.

A copy is made of what is accepted: problems that the reading's tolerances turned into warnings do not stop it, errors
do. What the columns of a plan cannot say, such as a priority code other than 01, comes out as the writer writes it;
``differences`` names it.
"""

from dataclasses import replace
from datetime import date, time

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Mask, column_texts, parse_digits
from ingather.base.dates import parse_yymmdd
from ingather.base.problems import errors_of
from ingather.nacha.dialect import Dialect, LineEnd
from ingather.nacha.differences import is_closed
from ingather.nacha.entry_fields import entry_layouts
from ingather.nacha.findings import Findings
from ingather.nacha.plan import ADDENDA_CONTENT_WIDTH, Addenda, Batches, Entries, FileHead, FilePlan
from ingather.nacha.purpose import Purpose
from ingather.nacha.reader import STRICT, Reading, Tolerances, read
from ingather.nacha.records import LAYOUTS, Layout
from ingather.nacha.refused import FormatRefused
from ingather.nacha.writer import write

_HEAD, _CONTROL, _CONTROL_ADVICE, _ADVICE = LAYOUTS["1"], LAYOUTS["8"], LAYOUTS["8ADV"], LAYOUTS["6ADV"]
_CONTENT = slice(3, 3 + ADDENDA_CONTENT_WIDTH)
_COUNT = "number_of_addenda"
_COUNTING = LAYOUTS["6CTX"].span(_COUNT)
_COUNTED_NAME = slice(LAYOUTS["6CTX"].span("receiver_name").start, LAYOUTS["6CTX"].span("reserved").stop)
_TRACE = LAYOUTS["6"].span("trace_number")
_NOWHERE = -1
_ALL = slice(None)
_COLUMNS = tuple(name for name in Entries.__dataclass_fields__ if name != "addenda")
_SAMPLE = 1 << 16


def plans_of(reading: Reading, /, *, offset: Mask | None = None) -> list[FilePlan]:
    """Return what was read as plans, one for each file in the bytes; written with ``Purpose.COPY`` they say the same.

    ``offset`` ``(m,)`` marks the entries that balance their batch, as ``offsets_of`` finds them. Raises
    ``FormatRefused`` with the reading's errors, and for records that stand in no file or batch.
    """
    _refuse_unreadable(reading)
    entries = entries_of(reading, offset=offset)
    plans = []
    for head in range(len(reading.heads)):
        first, end = np.searchsorted(reading.batches.head, (head, head + 1)).tolist()
        low, high = np.searchsorted(entries.batch, (first, end)).tolist()
        plans.append(
            FilePlan(
                head=_head(reading.heads.record[head]),
                batches=batches_of(reading, slice(first, end)),
                entries=_part(entries, slice(low, high), first),
            )
        )
    return plans


def copy(source: bytes, /, *, tolerances: Tolerances = STRICT) -> bytes:
    """Return the bytes of a file read and written again, with the line ends it has.

    A file without any problem comes out as it is, but for what ``differences`` names. Raises ``FormatRefused`` for
    what is not accepted under ``tolerances``, and for what no plan can say.
    """
    dialect = dialect_of(source)
    plans = plans_of(read(source, tolerances=tolerances))
    copied = b"".join(write(plan, dialect=dialect, purpose=Purpose.COPY).data for plan in plans)
    return copied if is_closed(source) else copied.removesuffix(dialect.line_end.encode("ascii"))


def dialect_of(source: bytes, /) -> Dialect:
    """Return the dialect that the bytes are in, as far as they show it: CRLF, no line ends at all, otherwise LF."""
    # A line end that only closes the file does not stand between records.
    sample = source[: len(source.rstrip(b"\r\n\x1a\x00"))][:_SAMPLE]
    if b"\n" not in sample and b"\r" not in sample:
        return Dialect(line_end=LineEnd.NONE)
    return Dialect(line_end=LineEnd.CRLF if b"\r\n" in sample else LineEnd.LF)


def _refuse_unreadable(reading: Reading) -> None:
    errors = errors_of(reading.problems)
    if errors:
        raise FormatRefused(errors)
    findings = Findings()
    heads = reading.heads.line
    findings.rows("file-header-missing", heads[heads == 0], "A file without a header cannot be written again.")
    stray = reading.entries.line[reading.entries.batch < 0]
    findings.rows("order-of-records", stray, "An entry outside any batch cannot be written again.")
    stray = reading.addenda.line[reading.addenda.entry < 0]
    findings.rows("order-of-records", stray, "An addenda without an entry cannot be written again.")
    # What was tolerated while reading, but is not among what was read, would be lost.
    lost = [problem for problem in reading.problems if problem.check in {"record-type", "too-large"}]
    found = (*findings.problems(), *lost)
    if found:
        raise FormatRefused(found)


def _head(record: Bytes2D) -> FileHead:
    texts = {field.name: column_texts(record[None, field.span])[0] for field in _HEAD.fields}
    hour = texts["file_creation_time"]
    try:
        created_on = parse_yymmdd(texts["file_creation_date"])
    except ValueError:
        findings = Findings()
        findings.add(
            "date-real",
            "The creation date is no day and cannot be written again.",
            field=_HEAD.field("file_creation_date"),
        )
        raise FormatRefused(findings.problems()) from None
    return FileHead(
        destination=texts["immediate_destination"].ljust(_HEAD.field("immediate_destination").width),
        origin=texts["immediate_origin"].ljust(_HEAD.field("immediate_origin").width),
        created_on=created_on,
        created_at=_time_of(hour),
        id_modifier=texts["file_id_modifier"],
        destination_name=texts["immediate_destination_name"],
        origin_name=texts["immediate_origin_name"],
        reference=texts["reference_code"],
    )


def _time_of(text: str) -> time:
    """Return the creation time, midnight where the file does not say it: a plan always does."""
    try:
        return time(int(text[:2]), int(text[2:]))
    except ValueError:
        return time(0, 0)


def batches_of(reading: Reading, span: slice = _ALL, /) -> Batches:
    """Return a stretch of the batch headers that were read, and what their controls say of themselves."""
    batches = reading.batches

    def texts(name: str) -> list[str]:
        return column_texts(batches.texts(name)[span])

    return Batches(
        service_class=batches.service_class[span].tolist(),
        company_name=texts("company_name"),
        company_discretionary=texts("company_discretionary_data"),
        company_identification=texts("company_identification"),
        standard_entry_class=texts("standard_entry_class"),
        entry_description=texts("company_entry_description"),
        descriptive_date=texts("company_descriptive_date"),
        effective_on=[_date_of(text) for text in texts("effective_entry_date")],
        originating_dfi=texts("originating_dfi"),
        batch_number=batches.batch_number[span].tolist(),
        settlement_date=texts("settlement_date"),
        originator_status=texts("originator_status_code"),
        authentication=_authentication(reading, span),
    )


def _date_of(text: str) -> date | None:
    """Return the effective date, or nothing where there is none; other dates are errors, which stop a copy before."""
    try:
        return parse_yymmdd(text)
    except ValueError:
        return None


def _authentication(reading: Reading, span: slice) -> list[str]:
    """Return what the controls say of themselves: the message authentication code, of advices the operator's data."""
    control = reading.batches.control[span]
    plain = column_texts(control[:, _CONTROL.span("message_authentication_code")])
    advice = column_texts(control[:, _CONTROL_ADVICE.span("ach_operator_data")])
    return [
        of_advice if code == "ADV" else of_others
        for code, of_advice, of_others in zip(reading.standard_entry_class[span], advice, plain, strict=True)
    ]


def entries_of(reading: Reading, /, *, offset: Mask | None = None) -> Entries:
    """Return all entries that were read as a plan's columns: those of the common record 6, whatever the SEC code is.

    Entries outside any batch keep -1 as their batch; addenda without an entry are left out.
    """
    entries = reading.entries
    layouts = entry_layouts(reading)
    name, announced = entries.name, np.zeros(len(entries), np.int64)
    starts = np.array([_count_starts(layout) for layout in layouts], np.int64)
    for start in sorted(set(starts[:-1].tolist()) - {_NOWHERE}):
        span = slice(start, start + _COUNTING.stop - _COUNTING.start)
        at = np.flatnonzero((starts == start)[entries.batch])
        announced[at] = parse_digits(entries.cut(span)[at])[0]
        if span.start == _COUNTING.start:
            name = name.copy()
            name[at] = BLANK
            name[at, : _COUNTED_NAME.stop - _COUNTED_NAME.start] = entries.cut(_COUNTED_NAME)[at]
    trace = entries.trace
    advices = np.array([layout is _ADVICE for layout in layouts], np.bool_)
    if advices.any():
        at = np.flatnonzero(advices[entries.batch])
        trace = trace.copy()
        trace[at] = parse_digits(entries.cut(_TRACE)[at])[0]
    return Entries(
        batch=entries.batch,
        transaction_code=entries.transaction_code,
        routing=entries.routing,
        account=entries.account,
        amount_cents=entries.amount_cents,
        identification=entries.identification,
        name=name,
        discretionary=entries.discretionary,
        trace=trace,
        addenda=_addenda(reading),
        offset=offset,
        announced=announced,
    )


def _addenda(reading: Reading) -> Addenda | None:
    addenda, first = reading.addenda, int(np.count_nonzero(reading.addenda.entry < 0))
    if len(addenda) == first:
        return None
    content = addenda.text[:, _CONTENT]
    if not first:
        return Addenda(entry=addenda.entry, type_code=addenda.type_code, content=content)
    at = np.flatnonzero(addenda.entry >= 0)
    return Addenda(entry=addenda.entry[at], type_code=addenda.type_code[at], content=content[at])


def _count_starts(layout: Layout) -> int:
    """Return the zero-based column in which entries of this layout count their addenda."""
    return next((field.start - 1 for field in layout.fields if field.name == _COUNT), _NOWHERE)


def _part(entries: Entries, rows: slice, first_batch: int) -> Entries:
    """Return the entries of one file, counted from its own first batch."""
    part = replace(
        entries, **{name: column[rows] for name in _COLUMNS if (column := getattr(entries, name)) is not None}
    )
    mine, all_of_them = None, entries.addenda
    if all_of_them is not None:
        start, stop = np.searchsorted(all_of_them.entry, (rows.start, rows.stop)).tolist()
        if stop > start:
            mine = Addenda(
                entry=all_of_them.entry[start:stop] - rows.start,
                type_code=all_of_them.type_code[start:stop],
                content=all_of_them.content[start:stop],
            )
    return replace(part, batch=part.batch - first_batch, addenda=mine)
