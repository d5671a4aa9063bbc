"""The writer: a plan of columns into the bytes of one file, in chunks, or every reason why not."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Int64, put_digits, put_eight, text_column
from ingather.base.dates import format_yymmdd
from ingather.nacha.accounts import prepare_accounts
from ingather.nacha.dialect import Dialect, LineEnd
from ingather.nacha.findings import LIMIT
from ingather.nacha.frames import HASH_MODULUS
from ingather.nacha.plan import FilePlan
from ingather.nacha.records import BLOCK_RECORDS, LAYOUTS, RECORD_WIDTH, compose
from ingather.nacha.refusals import refuse
from ingather.nacha.refused import FormatRefused
from ingather.nacha.transaction_codes import DEBIT

__all__ = ["Dialect", "FormatRefused", "LineEnd", "Written", "prepare_accounts", "write"]

_CHUNK = 16_384
_ENTRY, _PAYMENT, _BATCH, _CONTROL = LAYOUTS["6"], LAYOUTS["705"], LAYOUTS["5"], LAYOUTS["8"]
_CASE = ord("a") - ord("A")
_EIGHT_DIGITS = 100_000_000
_ODFI = slice(_ENTRY.span("trace_number").start, _ENTRY.span("trace_number").start + 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The bytes of one file and what they add up to, counted from the columns that were written.

    ``entry_lines`` (n,) and ``batch_lines`` (b,) are lines from 1, of the entry and of the batch header; the
    ``batch_*`` columns are (b,). The repr never shows the bytes.
    """

    data: bytes
    entry_lines: Int64
    batch_lines: Int64
    entries: int
    addenda: int
    debit_cents: int
    credit_cents: int
    entry_hash: int
    batch_entries: Int64
    batch_addenda: Int64
    batch_debit_cents: Int64
    batch_credit_cents: Int64
    batch_hash: Int64

    def __repr__(self) -> str:
        """Return the totals, and nothing of the bytes."""
        return f"Written(entries={self.entries}, debit_cents={self.debit_cents}, credit_cents={self.credit_cents})"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    """Per batch: entries, addenda, debits, credits and hash; and where each batch's entries start."""

    first: Int64
    entries: Int64
    addenda: Int64
    debit_cents: Int64
    credit_cents: Int64
    entry_hash: Int64


def write(plan: FilePlan, *, dialect: Dialect | None = None) -> Written:
    """Return the plan as the bytes of one file: same plan and dialect, same bytes.

    Raises ``FormatRefused`` with every reason (at most 1,000 listed, the rest counted) when anything would have to be
    cut, guessed or changed. Records follow RB13 Appendix Three.
    """
    dialect = dialect or Dialect()
    findings = refuse(plan)
    if len(findings):
        problems = findings.problems()
        if len(problems) > LIMIT:
            problems = (*problems[:LIMIT], findings.more(len(findings) - LIMIT))
        raise FormatRefused(problems)
    sums = _add_up(plan)
    batches = len(plan.batches)
    before = np.cumsum(sums.entries + sums.addenda) - sums.entries - sums.addenda
    header_rows = 1 + 2 * np.arange(batches) + before
    control_rows = header_rows + sums.entries + sums.addenda + 1
    entry_rows, addenda_rows = _detail_rows(plan)
    records = int(control_rows[-1]) + 2
    fill = -records % BLOCK_RECORDS if dialect.pad_to_block else 0
    width = RECORD_WIDTH + len(dialect.line_end)
    # The buffer's bytes are written in place and taken out as they are: a file is never in memory twice.
    buffer = BytesIO(bytes((records + fill) * width))
    matrix = np.frombuffer(buffer.getbuffer(), np.uint8).reshape(-1, width)
    matrix[:, RECORD_WIDTH:] = np.frombuffer(str(dialect.line_end).encode("ascii"), np.uint8)
    rows = matrix[:, :RECORD_WIDTH]
    rows[0] = np.frombuffer(_file_header(plan, dialect), np.uint8)
    rows[header_rows], rows[control_rows] = _batch_records(plan, sums, dialect)
    _put_entries(rows, plan, entry_rows, upper_case=dialect.upper_case)
    if plan.entries.addenda is not None and len(plan.entries.addenda):
        rows[addenda_rows] = _addenda_records(plan, upper_case=dialect.upper_case)
    rows[records - 1] = np.frombuffer(_file_control(sums, records), np.uint8)
    rows[records:] = ord("9")
    del matrix, rows
    return Written(
        data=buffer.getvalue(),
        entry_lines=entry_rows + 1,
        batch_lines=header_rows + 1,
        entries=len(plan.entries),
        addenda=int(sums.addenda.sum()),
        debit_cents=int(sums.debit_cents.sum()),
        credit_cents=int(sums.credit_cents.sum()),
        entry_hash=int(sums.entry_hash.sum()) % HASH_MODULUS,
        batch_entries=sums.entries,
        batch_addenda=sums.addenda,
        batch_debit_cents=sums.debit_cents,
        batch_credit_cents=sums.credit_cents,
        batch_hash=sums.entry_hash,
    )


def _add_up(plan: FilePlan) -> _Sums:
    entries, count = plan.entries, len(plan.batches)
    bounds = np.searchsorted(entries.batch, np.arange(count + 1))
    first = bounds[:-1]
    debit = DEBIT[entries.transaction_code]
    debits = entries.amount_cents if debit.all() else np.where(debit, entries.amount_cents, 0)
    amounts = np.add.reduceat(entries.amount_cents, first)
    debit_cents = np.add.reduceat(debits, first)
    addenda = np.zeros(count, np.int64)
    if entries.addenda is not None:
        addenda += np.bincount(entries.batch[entries.addenda.entry], minlength=count)
    return _Sums(
        first=first,
        entries=np.diff(bounds),
        addenda=addenda,
        debit_cents=debit_cents,
        credit_cents=amounts - debit_cents,
        entry_hash=np.add.reduceat(entries.routing // 10, first) % HASH_MODULUS,
    )


def _detail_rows(plan: FilePlan) -> tuple[Int64, Int64]:
    """Return the zero-based row of each entry and of each addenda."""
    entries = plan.entries
    rows = np.arange(2, 2 + len(entries))
    rows += entries.batch
    rows += entries.batch
    if entries.addenda is None or not len(entries.addenda):
        return rows, np.empty(0, np.int64)
    with_addenda = np.zeros(len(entries), np.int64)
    with_addenda[entries.addenda.entry] = 1
    rows += np.cumsum(with_addenda) - with_addenda
    return rows, rows[entries.addenda.entry] + 1


def _put_entries(rows: Bytes2D, plan: FilePlan, entry_rows: Int64, *, upper_case: bool) -> None:
    """Write the records 6: straight into place where they lie together, over a buffer where they do not."""
    entries = plan.entries
    indicator = np.full(len(entries), ord("0"), np.uint8)
    if entries.addenda is not None:
        indicator[entries.addenda.entry] = ord("1")
    odfi = text_column(list(plan.batches.originating_dfi), 8)
    buffer = np.empty((min(_CHUNK, len(entries)), RECORD_WIDTH), np.uint8)
    for low in range(0, len(entries), _CHUNK):
        chunk = slice(low, min(low + _CHUNK, len(entries)))
        places = entry_rows[chunk]
        start, stop = int(places[0]), int(places[-1]) + 1
        together = stop - start == len(places)
        target = rows[start:stop] if together else buffer[: len(places)]
        target[:, 0] = ord("6")
        put_digits(target, 1, 2, entries.transaction_code[chunk])
        put_digits(target, 3, 9, entries.routing[chunk])
        target[:, _ENTRY.span("account_number")] = entries.account[chunk]
        put_digits(target, 29, 10, entries.amount_cents[chunk])
        for name, column in (
            ("identification_number", entries.identification),
            ("receiver_name", entries.name),
            ("discretionary_data", entries.discretionary),
        ):
            target[:, _ENTRY.span(name)] = _capitals(column[chunk]) if upper_case else column[chunk]
        target[:, _ENTRY.span("addenda_indicator").start] = indicator[chunk]
        # The first eight digits are the batch's ODFI; the word of the last eight writes the eighth again, alike.
        target[:, _ODFI] = odfi[entries.batch[chunk]] if len(odfi) > 1 else odfi[0]
        put_eight(target, _ODFI.stop - 1, entries.trace[chunk] % _EIGHT_DIGITS)
        if not together:
            whole = rows.view(f"V{RECORD_WIDTH}")[:, 0]
            whole[places] = target.view(f"V{RECORD_WIDTH}")[:, 0]


def _capitals(column: Bytes2D) -> Bytes2D:
    small = (column >= ord("a")) & (column <= ord("z"))
    return np.where(small, column - np.uint8(_CASE), column)


def _capital_texts(texts: list[str], *, upper_case: bool) -> list[str]:
    return [text.upper() for text in texts] if upper_case else texts


def _addenda_records(plan: FilePlan, *, upper_case: bool) -> Bytes2D:
    addenda = plan.entries.addenda
    count = len(addenda) if addenda is not None else 0
    records = np.full((count, RECORD_WIDTH), BLANK, np.uint8)
    if addenda is None:
        return records
    records[:, 0] = ord("7")
    put_digits(records, 1, 2, addenda.type_code)
    records[:, 3:87] = _capitals(addenda.content) if upper_case else addenda.content
    records[:, _PAYMENT.span("addenda_sequence")] = np.frombuffer(b"0001", np.uint8)
    put_digits(records, 87, 7, plan.entries.trace[addenda.entry] % 10_000_000)
    return records


def _file_header(plan: FilePlan, dialect: Dialect) -> bytes:
    head = plan.head
    names = [head.destination_name, head.origin_name, head.reference]
    destination_name, origin_name, reference = _capital_texts(names, upper_case=dialect.upper_case)
    return compose(
        LAYOUTS["1"],
        immediate_destination=head.destination,
        immediate_origin=head.origin,
        file_creation_date=format_yymmdd(head.created_on),
        file_creation_time=head.created_at.strftime("%H%M"),
        file_id_modifier=head.id_modifier,
        immediate_destination_name=destination_name,
        immediate_origin_name=origin_name,
        reference_code=reference,
    )


def _batch_records(plan: FilePlan, sums: _Sums, dialect: Dialect) -> tuple[Bytes2D, Bytes2D]:
    batches = plan.batches
    header = np.full((len(batches), RECORD_WIDTH), BLANK, np.uint8)
    control = header.copy()
    dates = {day: format_yymmdd(day) if day else "" for day in set(batches.effective_on)}
    texts = {
        "company_name": batches.company_name,
        "company_discretionary_data": batches.company_discretionary,
        "company_identification": batches.company_identification,
        "standard_entry_class": batches.standard_entry_class,
        "company_entry_description": batches.entry_description,
        "company_descriptive_date": batches.descriptive_date,
        "effective_entry_date": [dates[day] for day in batches.effective_on],
        "originating_dfi": batches.originating_dfi,
    }
    for name, values in texts.items():
        field = _BATCH.field(name)
        header[:, field.span] = text_column(_capital_texts(list(values), upper_case=dialect.upper_case), field.width)
    header[:, 0], control[:, 0] = ord("5"), ord("8")
    header[:, _BATCH.span("originator_status_code").start] = ord("1")
    put_digits(header, 1, 3, np.array(batches.service_class, np.int64))
    put_digits(header, 87, 7, np.array(batches.batch_number, np.int64))
    for name in ("service_class", "company_identification", "originating_dfi", "batch_number"):
        control[:, _CONTROL.span(name)] = header[:, _BATCH.span(name)]
    numbers = {
        "entry_addenda_count": sums.entries + sums.addenda,
        "entry_hash": sums.entry_hash,
        "total_debit": sums.debit_cents,
        "total_credit": sums.credit_cents,
    }
    for name, values_of in numbers.items():
        field = _CONTROL.field(name)
        put_digits(control, field.start - 1, field.width, values_of)
    return header, control


def _file_control(sums: _Sums, records: int) -> bytes:
    return compose(
        LAYOUTS["9"],
        batch_count=len(sums.entries),
        block_count=-(-records // BLOCK_RECORDS),
        entry_addenda_count=int((sums.entries + sums.addenda).sum()),
        entry_hash=int(sums.entry_hash.sum()) % HASH_MODULUS,
        total_debit=int(sums.debit_cents.sum()),
        total_credit=int(sums.credit_cents.sum()),
    )
