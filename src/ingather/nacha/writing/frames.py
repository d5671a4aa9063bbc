"""The records around the entries: file header and control, batch headers and controls, as columns of a stretch."""

from dataclasses import dataclass

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Mask, put_digits
from ingather.base.dates import format_yymmdd
from ingather.nacha.dialect import Dialect
from ingather.nacha.frames import HASH_MODULUS
from ingather.nacha.plan import Batches, FileHead, FilePlan
from ingather.nacha.purpose import Purpose
from ingather.nacha.records import BLOCK_RECORDS, LAYOUTS, RECORD_WIDTH, Layout, compose
from ingather.nacha.writing.parties import party_columns
from ingather.nacha.writing.sums import Sums

_BATCH, _CONTROL = LAYOUTS["5"], LAYOUTS["8"]
# The wider totals of advices reach over 18 digits, which no total of this many cents does.
_WIDEST = 18
ADVICE = "ADV"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderTexts:
    """The texts of record 5 as they will be written: capitals and marks of the dialect put in."""

    company_name: list[str]
    company_discretionary_data: list[str]
    company_identification: list[str]
    standard_entry_class: list[str]
    company_entry_description: list[str]
    company_descriptive_date: list[str]


def header_texts(plan: FilePlan, span: slice, dialect: Dialect, purpose: Purpose) -> HeaderTexts:
    """Return the texts of a stretch of batch headers; only what we originate takes capitals and marks."""
    batches = plan.batches
    ours = purpose is Purpose.ORIGINATION
    descriptive = list(batches.descriptive_date[span])
    if ours and dialect.same_day_mark:
        descriptive = [
            dialect.same_day_mark if not text.strip() and day == plan.head.created_on else text
            for text, day in zip(descriptive, batches.effective_on[span], strict=True)
        ]
    columns = (
        batches.company_name[span],
        batches.company_discretionary[span],
        batches.company_identification[span],
        batches.standard_entry_class[span],
        batches.entry_description[span],
        descriptive,
    )
    capitals = ours and dialect.upper_case
    name, discretionary, identification, sec, description, marked = (
        [text.upper() if capitals else text for text in column] for column in columns
    )
    return HeaderTexts(
        company_name=name,
        company_discretionary_data=discretionary,
        company_identification=identification,
        standard_entry_class=sec,
        company_entry_description=description,
        company_descriptive_date=marked,
    )


def head_texts(head: FileHead, dialect: Dialect, purpose: Purpose) -> dict[str, str]:
    """Return the free texts of record 1 by field, as they will be written."""
    texts = {
        "immediate_destination_name": head.destination_name,
        "immediate_origin_name": head.origin_name,
        "reference_code": head.reference,
    }
    capitals = purpose is Purpose.ORIGINATION and dialect.upper_case
    return {name: text.upper() for name, text in texts.items()} if capitals else texts


def file_header(head: FileHead, dialect: Dialect, purpose: Purpose) -> bytes:
    """Return record 1; what is written for others than the bank names the parties as they were given."""
    return compose(
        LAYOUTS["1"],
        immediate_destination=party_columns(head.destination, dialect.destination_style),
        immediate_origin=party_columns(head.origin, dialect.origin_style),
        file_creation_date=format_yymmdd(head.created_on),
        file_creation_time=head.created_at.strftime("%H%M"),
        file_id_modifier=head.id_modifier,
        **head_texts(head, dialect, purpose),
    )


def file_control(plan: FilePlan, sums: Sums, records: int) -> bytes:
    """Return record 9, with the wider totals when all batches are advices."""
    classes = set(plan.batches.standard_entry_class)
    return compose(
        LAYOUTS["9ADV" if classes == {ADVICE} else "9"],
        batch_count=len(plan.batches),
        block_count=-(-records // BLOCK_RECORDS),
        entry_addenda_count=int((sums.entries + sums.addenda).sum()),
        entry_hash=int(sums.entry_hash.sum()) % HASH_MODULUS,
        total_debit=int(sums.debit_cents.sum()),
        total_credit=int(sums.credit_cents.sum()),
    )


def batch_records(
    plan: FilePlan, sums: Sums, span: slice, dialect: Dialect, purpose: Purpose
) -> tuple[Bytes2D, Bytes2D]:
    """Return records 5 and 8 of a stretch of batches, ``(count, 94)`` each."""
    batches = plan.batches
    texts = header_texts(plan, span, dialect, purpose)
    count = len(texts.company_name)
    header = np.full((count, RECORD_WIDTH), BLANK, np.uint8)
    header[:, 0] = ord("5")
    for name in HeaderTexts.__dataclass_fields__:
        _put_texts(header, _BATCH, name, getattr(texts, name))
    days = batches.effective_on[span]
    dates = {day: format_yymmdd(day) if day else "" for day in set(days)}
    _put_texts(header, _BATCH, "effective_entry_date", [dates[day] for day in days])
    _put_texts(header, _BATCH, "originating_dfi", list(batches.originating_dfi[span]))
    header[:, _BATCH.span("originator_status_code").start] = ord("1")
    if batches.originator_status is not None:
        _put_texts(header, _BATCH, "originator_status_code", list(batches.originator_status[span]))
    if batches.settlement_date is not None:
        _put_texts(header, _BATCH, "settlement_date", list(batches.settlement_date[span]))
    for name, numbers in (("service_class", batches.service_class), ("batch_number", batches.batch_number)):
        field = _BATCH.field(name)
        put_digits(header, field.start - 1, field.width, np.array(numbers[span], np.int64))
    return header, _control_records(batches, sums, span, header)


def _control_records(batches: Batches, sums: Sums, span: slice, header: Bytes2D) -> Bytes2D:
    control = np.full((len(header), RECORD_WIDTH), BLANK, np.uint8)
    control[:, 0] = ord("8")
    for name in ("service_class", "company_identification", "originating_dfi", "batch_number"):
        control[:, _CONTROL.span(name)] = header[:, _BATCH.span(name)]
    advices = np.array([code == ADVICE for code in batches.standard_entry_class[span]], np.bool_)
    _put_totals(control, _CONTROL, sums, span, ~advices)
    if batches.authentication is not None:
        _put_texts(control, _CONTROL, "message_authentication_code", list(batches.authentication[span]))
    if advices.any():
        wide = LAYOUTS["8ADV"]
        advice = control.copy()
        _put_totals(advice, wide, sums, span, advices)
        said = list(batches.authentication[span]) if batches.authentication is not None else [""] * len(header)
        _put_texts(advice, wide, "ach_operator_data", said)
        control[advices] = advice[advices]
    return control


def _put_totals(control: Bytes2D, layout: Layout, sums: Sums, span: slice, meant: Mask) -> None:
    """Write the totals of the batches that are meant into controls of a layout; others may not fit it."""
    numbers = {
        "entry_addenda_count": sums.entries + sums.addenda,
        "entry_hash": sums.entry_hash,
        "total_debit": sums.debit_cents,
        "total_credit": sums.credit_cents,
    }
    for name, values in numbers.items():
        field = layout.field(name)
        width = min(field.width, _WIDEST)
        control[:, field.span] = ord("0")
        put_digits(control, field.end - width, width, np.where(meant, values[span], 0))


def _put_texts(records: Bytes2D, layout: Layout, name: str, texts: list[str]) -> None:
    """Write texts left-justified, one byte a character: what a bank sent may hold windows-1252 letters."""
    field = layout.field(name)
    joined = "".join([text.ljust(field.width) for text in texts]).encode("cp1252")
    records[:, field.span] = np.frombuffer(joined, np.uint8).reshape(len(texts), field.width)
