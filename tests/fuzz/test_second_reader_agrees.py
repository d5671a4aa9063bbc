"""The ``ach`` package, which shares no line with our codec, reads the same fields out of everything that it can read.

It slices columns and wants LF, one file and complete batches. What it cannot read is said by name in ``UNREADABLE``.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ach.parser import Parser
from hypothesis import HealthCheck, given, settings

from ingather.base.columns import Bytes2D
from ingather.nacha.dialect import Dialect
from ingather.nacha.plan import FilePlan
from ingather.nacha.reader import Reading, read
from ingather.nacha.records import LAYOUTS
from ingather.nacha.writer import write
from tests.unit.nacha.generated_plans import dialects, plans

SAMPLES = Path(__file__).parents[2] / "nacha_samples"
WIDTH = 94
UNREADABLE = {
    "not-nacha": "other formats",
    "too-large": "lines that we do not read either",
    "several-files": "a second file: it reads the first header and control, and all batches",
    "file-header-missing": "bytes without a record 1",
    "file-control-missing": "bytes without a record 9",
    "batch-control-missing": "a batch without a record 8",
    "order-of-records": "records out of their order: it reads what lies between records 5 and 8",
    "record-size": "short lines, whose last fields it cuts short, and lines of several records",
    "record-type": "lines that start otherwise: it leaves them out",
    "characters": "characters of several bytes, which shift its columns",
    "end-mark": "what stands behind the last record",
    "fill": "a record of nines with blanks",
}
# By record: the name in the package and ours. It calls two columns of record 8 alike and so loses the first (80-87).
FILE_HEADER = {
    "priority_code": "priority_code",
    "immediate_dest": "immediate_destination",
    "immediate_org": "immediate_origin",
    "file_crt_date": "file_creation_date",
    "file_crt_time": "file_creation_time",
    "file_id_mod": "file_id_modifier",
    "record_size": "record_size",
    "blk_factor": "blocking_factor",
    "format_code": "format_code",
    "im_dest_name ": "immediate_destination_name",
    "im_orgn_name ": "immediate_origin_name",
    "reference_code": "reference_code",
}
FILE_CONTROL = {
    "batch_count": "batch_count",
    "block_count": "block_count",
    "entadd_count": "entry_addenda_count",
    "entry_hash": "entry_hash",
    "debit_amount": "total_debit",
    "credit_amount": "total_credit",
    "reserved": "reserved",
}
BATCH_HEADER = {
    "serv_cls_code": "service_class",
    "company_name": "company_name",
    "cmpy_dis_data": "company_discretionary_data",
    "company_id": "company_identification",
    "std_ent_cls_code": "standard_entry_class",
    "entry_desc": "company_entry_description",
    "desc_date": "company_descriptive_date",
    "eff_ent_date": "effective_entry_date",
    "settlement_date": "settlement_date",
    "orig_stat_code": "originator_status_code",
    "orig_dfi_id": "originating_dfi",
    "batch_id": "batch_number",
}
BATCH_CONTROL = {
    "serv_cls_code": "service_class",
    "entadd_count": "entry_addenda_count",
    "entry_hash": "entry_hash",
    "debit_amount": "total_debit",
    "credit_amount": "total_credit",
    "company_id": "company_identification",
    "mesg_auth_code": "message_authentication_code",
    "reserved": "reserved",
    "orig_dfi_id": "batch_number",
}
ENTRY = {
    "transaction_code": "transaction_code",
    "recv_dfi_id": "receiving_dfi",
    "check_digit": "check_digit",
    "dfi_acnt_num": "account_number",
    "amount": "amount",
    "ind_id": "identification_number",
    "ind_name": "receiver_name",
    "disc_data": "discretionary_data",
    "add_rec_ind": "addenda_indicator",
    "trace_num": "trace_number",
}
ADDENDA = {
    "addenda_type_code": "addenda_type",
    "pmt_rel_info": "payment_related_information",
    "add_seq_num": "addenda_sequence",
    "ent_det_seq_num": "entry_sequence",
}


def records_of(data: bytes) -> str:
    """Return the records with LF between them, as the package wants them."""
    text = data.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
    bare = text.rstrip("\n")
    return text if "\n" in bare else "\n".join(bare[at : at + WIDTH] for at in range(0, len(bare), WIDTH))


def unreadable(reading: Reading) -> str:
    """Return why the package cannot read a file, or nothing."""
    checks = {problem.check for problem in reading.problems}
    return next((why for check, why in UNREADABLE.items() if check in checks), "")


def differences(reading: Reading, data: bytes) -> list[str]:
    """Return the fields that the two readers see differently: which and where, never what stands there."""
    return list(_differences(reading, Parser(records_of(data)).as_dict()))


def _differences(reading: Reading, found: dict[str, Any]) -> Iterator[str]:
    yield from _unequal("file header", "1", FILE_HEADER, found["file_header"], reading.heads.record[0])
    yield from _unequal("file control", "9", FILE_CONTROL, found["file_control"], reading.heads.control[0])
    batches, entries = reading.batches, reading.entries
    if len(found["batches"]) != len(batches):
        yield "the number of batches"
        return
    owned: dict[int, list[int]] = {}
    for place, owner in enumerate(reading.addenda.entry.tolist()):
        owned.setdefault(owner, []).append(place)
    for number, batch in enumerate(found["batches"]):
        where = f"batch {number + 1}"
        yield from _unequal(f"header of {where}", "5", BATCH_HEADER, batch["batch_header"], batches.record[number])
        yield from _unequal(f"control of {where}", "8", BATCH_CONTROL, batch["batch_control"], batches.control[number])
        first, end = int(batches.first[number]), int(batches.end[number])
        if len(batch["entries"]) != end - first:
            yield f"the number of entries of {where}"
            return
        for index, entry in enumerate(batch["entries"], first):
            yield from _unequal(f"entry {index + 1}", "6", ENTRY, entry["entry_detail"], entries.record[index])
            yield from _unequal_numbers(reading, index, entry["entry_detail"])
            mine = owned.get(index, [])
            if len(entry["addenda"]) != len(mine):
                yield f"the number of addenda of entry {index + 1}"
                return
            for place, addenda in zip(mine, entry["addenda"], strict=True):
                row = reading.addenda.text[place]
                yield from _unequal(f"addenda {place + 1}", "705", ADDENDA, addenda, row)


def _unequal(where: str, layout: str, names: dict[str, str], found: dict[str, str], row: Bytes2D) -> Iterator[str]:
    text = row.tobytes().decode("latin-1")
    for theirs, ours in names.items():
        if found[theirs] != text[LAYOUTS[layout].span(ours)]:
            yield f"{ours} of {where}"


def _unequal_numbers(reading: Reading, index: int, found: dict[str, str]) -> Iterator[str]:
    """Compare the numbers that our reader makes of the columns; advices have some of them elsewhere."""
    entries = reading.entries
    code = reading.standard_entry_class[int(entries.batch[index])]
    for theirs, number in (
        ("transaction_code", int(entries.transaction_code[index])),
        ("recv_dfi_id", int(entries.routing[index]) // 10),
        *(
            (("amount", int(entries.amount_cents[index])), ("trace_num", int(entries.trace[index])))
            if code != "ADV"
            else ()
        ),
    ):
        text = found[theirs]
        if number != (int(text) if text.isascii() and text.isdigit() else 0):
            yield f"the number {theirs} of entry {index + 1}"


def samples() -> list[str]:
    return [path.relative_to(SAMPLES).as_posix() for path in sorted(SAMPLES.rglob("*.ach"))]


@pytest.mark.parametrize("name", samples())
def test_the_second_reader_reads_the_same_fields_out_of_a_sample(name: str) -> None:
    data = (SAMPLES / name).read_bytes()
    reading = read(data)
    found = [] if unreadable(reading) else differences(reading, data)
    assert not found


def test_most_samples_are_compared_and_every_reason_not_to_is_met() -> None:
    reasons = [unreadable(read((SAMPLES / name).read_bytes())) for name in samples()]
    assert sum(not reason for reason in reasons) > 0.75 * len(reasons)
    assert {reason for reason in reasons if reason} == set(UNREADABLE.values())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(plan=plans(), dialect=dialects())
def test_the_second_reader_reads_the_same_fields_out_of_generated_plans(plan: FilePlan, dialect: Dialect) -> None:
    data = write(plan, dialect=dialect).data
    found = differences(read(data), data)
    assert not found


@pytest.mark.parametrize("start", [1, 13, 30, 55, 80])
def test_a_column_that_was_shifted_would_be_told(start: int) -> None:
    """Plant the bug: what our reader holds is moved by one column from ``start`` on."""
    data = (SAMPLES / "forward" / "four_codes.ach").read_bytes()
    reading = read(data)
    rows = reading.entries.record.copy()
    rows[:, start:] = rows[:, start - 1 : -1]
    reading.entries.cuts[0, WIDTH] = rows
    found = differences(reading, data)
    assert found
