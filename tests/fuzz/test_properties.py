"""What is written is what is read, for plans of every class, and for files longer than the pieces they are read in."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingather.base.columns import column_texts
from ingather.base.dates import format_yymmdd
from ingather.nacha.dialect import Dialect, LineEnd
from ingather.nacha.plan import ADDENDA_TEXT_WIDTH, Batches, FileHead, FilePlan, payment_addenda
from ingather.nacha.reader import Reading, read
from ingather.nacha.records import LAYOUTS
from ingather.nacha.writer import Written, write
from tests.unit.nacha.generated_plans import dialects, plans
from tests.unit.nacha.plans import wide_plan

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
MANY = settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
FEW = settings(max_examples=20, deadline=None, suppress_health_check=SLOW)
BORDERS = (8_191, 8_192, 8_193, 16_383, 16_384, 16_385, 32_769)
_CTX_NAME = LAYOUTS["6CTX"].span("receiver_name")


class Addendum(NamedTuple):
    """An addenda as it was meant or read: the entry it belongs to, its type and its text."""

    entry: int
    type_code: int
    text: str


def heads_meant(head: FileHead) -> dict[str, str]:
    return {
        "immediate_destination": head.destination.rjust(10),
        "immediate_origin": head.origin.rjust(10),
        "file_creation_date": format_yymmdd(head.created_on),
        "file_creation_time": head.created_at.strftime("%H%M"),
        "file_id_modifier": head.id_modifier,
        "immediate_destination_name": head.destination_name.ljust(23),
        "immediate_origin_name": head.origin_name.ljust(23),
        "reference_code": head.reference.ljust(8),
    }


def batches_meant(batches: Batches) -> dict[str, list[str]]:
    return {
        "service_class": [str(code) for code in batches.service_class],
        "company_name": [text.ljust(16) for text in batches.company_name],
        "company_discretionary_data": [text.ljust(20) for text in batches.company_discretionary],
        "company_identification": [text.ljust(10) for text in batches.company_identification],
        "standard_entry_class": list(batches.standard_entry_class),
        "company_entry_description": [text.ljust(10) for text in batches.entry_description],
        "company_descriptive_date": [text.ljust(6) for text in batches.descriptive_date],
        "effective_entry_date": [format_yymmdd(day) if day else "      " for day in batches.effective_on],
        "originating_dfi": list(batches.originating_dfi),
        "batch_number": [f"{number:07d}" for number in batches.batch_number],
    }


def addenda_meant(plan: FilePlan) -> list[Addendum]:
    addenda = plan.entries.addenda
    if addenda is None:
        return []
    said = column_texts(addenda.content[:, :ADDENDA_TEXT_WIDTH])
    return [Addendum(*row) for row in zip(addenda.entry.tolist(), addenda.type_code.tolist(), said, strict=True)]


def addenda_read(reading: Reading) -> list[Addendum]:
    addenda = reading.addenda
    said = column_texts(addenda.text[:, LAYOUTS["705"].span("payment_related_information")])
    return [Addendum(*row) for row in zip(addenda.entry.tolist(), addenda.type_code.tolist(), said, strict=True)]


def assert_read_as_meant(plan: FilePlan, written: Written, reading: Reading) -> None:
    assert len(reading.heads) == 1
    head = reading.heads.record[0]
    assert {name: head[LAYOUTS["1"].span(name)].tobytes().decode() for name in heads_meant(plan.head)} == heads_meant(
        plan.head
    )
    for name, texts in batches_meant(plan.batches).items():
        assert [row.tobytes().decode() for row in reading.batches.texts(name)] == texts, name
    meant, found = plan.entries, reading.entries
    for name in ("batch", "transaction_code", "routing", "amount_cents", "trace"):
        assert np.array_equal(getattr(found, name), getattr(meant, name)), name
    for name in ("account", "identification", "discretionary"):
        assert np.array_equal(getattr(found, name), getattr(meant, name)), name
    counting = np.array([code == "CTX" for code in plan.batches.standard_entry_class])[meant.batch]
    assert np.array_equal(found.name[~counting], meant.name[~counting])
    assert np.array_equal(found.cut(_CTX_NAME)[counting], meant.name[counting][:, :16])
    assert addenda_read(reading) == addenda_meant(plan)
    assert np.array_equal(found.line, written.entry_lines)
    assert np.array_equal(reading.batches.line, written.batch_lines)
    assert (reading.debit_cents, reading.credit_cents) == (written.debit_cents, written.credit_cents)
    assert (reading.entry_count, reading.addenda_count) == (written.entries, written.addenda)
    assert np.array_equal(reading.batches.claimed_hash, written.batch_hash)
    assert int(reading.heads.entry_hash[0]) == written.entry_hash


@MANY
@given(plan=plans(), dialect=dialects())
def test_what_is_written_is_what_is_read(plan: FilePlan, dialect: Dialect) -> None:
    written = write(plan, dialect=dialect)
    reading = read(written.data)
    assert_read_as_meant(plan, written, reading)
    errors = {problem.check for problem in reading.problems if problem.severity == "error"}
    assert errors <= (set() if dialect.pad_to_block else {"blocking"})
    assert {problem.check for problem in reading.problems} - errors <= {"amount-same-day", "duplicate-entry"}


@FEW
@given(plan=plans(), end=st.sampled_from(list(LineEnd)))
def test_line_ends_change_nothing_that_is_read(plan: FilePlan, end: LineEnd) -> None:
    plain, other = (read(write(plan, dialect=Dialect(line_end=each)).data) for each in (LineEnd.LF, end))
    assert plain.problems == other.problems
    assert plain.lines == other.lines
    assert np.array_equal(plain.entries.record, other.entries.record)
    assert np.array_equal(plain.addenda.text, other.addenda.text)
    assert np.array_equal(plain.batches.record, other.batches.record)
    assert np.array_equal(plain.batches.control, other.batches.control)


@FEW
@given(plan=plans())
def test_the_same_plan_gives_the_same_bytes(plan: FilePlan) -> None:
    once, again = (hash(write(plan).data) for _ in range(2))
    assert once == again


@pytest.mark.parametrize("count", BORDERS)
@pytest.mark.parametrize("batches", [1, 3])
def test_nothing_is_lost_where_one_piece_of_a_file_ends_and_the_next_begins(count: int, batches: int) -> None:
    plan = wide_plan(count, batches)
    owner = np.unique(np.array([0, 1, 8_190, 8_191, 8_192, 16_382, 16_383, 16_384, count - 1]))
    owner = owner[owner < count]
    texts = np.full((len(owner), ADDENDA_TEXT_WIDTH), ord("A"), np.uint8)
    texts[:, 0] = ord("0") + np.arange(len(owner))
    plan = replace(plan, entries=replace(plan.entries, addenda=payment_addenda(owner, texts)))
    written = write(plan)
    reading = read(written.data)
    assert reading.problems == ()
    assert_read_as_meant(plan, written, reading)


@pytest.mark.parametrize("place", [8_191, 8_192, 16_383, 16_384])
def test_a_fault_at_the_border_of_two_pieces_is_told_once_and_on_its_line(place: int) -> None:
    written = write(wide_plan(20_000, 2))
    line = int(written.entry_lines[place])
    data = bytearray(written.data)
    check = LAYOUTS["6"].span("check_digit").start
    data[(line - 1) * 95 + check] ^= 1
    found = [(problem.check, problem.line) for problem in read(bytes(data)).problems]
    assert found == [("check-digit", line)]
