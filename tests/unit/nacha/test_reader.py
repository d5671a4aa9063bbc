"""The reader takes every shape that banks send, loses no line and never raises on content."""

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingather.base.columns import column_texts, text_column
from ingather.nacha.plan import FilePlan
from ingather.nacha.reader import LENIENT, changes, read, returns
from ingather.nacha.reading import Reading
from ingather.nacha.records import LAYOUTS, compose
from ingather.nacha.routing import check_digit
from ingather.nacha.writer import Dialect, write
from tests.red import red_account
from tests.unit.nacha.plans import HEAD, ODFI, batches_of, entries_of, one_batch, small_plan, wide_plan, with_entries

FILE = write(small_plan()).data
LINES = FILE.splitlines()


def same_content(reading: Reading, plan: FilePlan) -> bool:
    entries = reading.entries
    pairs: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = [
        (entries.batch, plan.entries.batch),
        (entries.transaction_code, plan.entries.transaction_code),
        (entries.routing, plan.entries.routing),
        (entries.amount_cents, plan.entries.amount_cents),
        (entries.trace, plan.entries.trace),
        (entries.account, plan.entries.account),
        (entries.identification, plan.entries.identification),
        (entries.name, plan.entries.name),
        (entries.discretionary, plan.entries.discretionary),
    ]
    return all(np.array_equal(found, planned) for found, planned in pairs)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b""])
@pytest.mark.parametrize("last", [True, False])
def test_any_line_end_reads_alike(end: bytes, *, last: bool) -> None:
    reading = read(end.join(LINES) + (end if last else b""))
    assert reading.problems == ()
    assert same_content(reading, small_plan())
    assert reading.entries.line.tolist() == write(small_plan()).entry_lines.tolist()


def test_mixed_line_ends_read_alike() -> None:
    mixed = b"".join(line + (b"\r\n", b"\n", b"\r")[index % 3] for index, line in enumerate(LINES))
    assert read(mixed).problems == ()


def test_trailing_blanks_that_were_cut_are_filled_and_told() -> None:
    reading = read(b"\n".join(line.rstrip() for line in LINES))
    assert {problem.check for problem in reading.problems} == {"record-size"}
    assert same_content(reading, small_plan())
    assert read(b"\n".join(line.rstrip() for line in LINES), tolerances=LENIENT).ok


def test_blank_lines_are_told_and_keep_the_line_numbers() -> None:
    reading = read(b"\n".join([*LINES[:2], b"", *LINES[2:]]) + b"\n\n\n")
    assert [(problem.check, problem.line) for problem in reading.problems] == [("blank-line", 3)]
    assert reading.entries.line[0] == 4


def test_files_after_another_are_all_read() -> None:
    reading = read(FILE + FILE)
    assert len(reading.heads) == 2
    assert reading.entry_count == 16
    assert not reading.ok
    assert read(FILE + FILE, tolerances=LENIENT).ok


def test_a_stream_of_entries_without_headers_is_read() -> None:
    reading = read(b"\n".join(line for line in LINES if line[:1] in {b"6", b"7"}))
    assert reading.entry_count == 8
    assert (reading.entries.batch == -1).all()
    assert reading.addenda.entry.tolist() == [0, 4]
    assert not reading.ok


def test_an_addenda_after_its_batch_belongs_to_no_entry() -> None:
    moved = [*LINES[:3], *LINES[4:6], LINES[3], *LINES[6:]]
    reading = read(b"\n".join(moved))
    assert reading.addenda.entry.tolist() == [-1, 4]
    assert ("order-of-records", 6) in {(problem.check, problem.line) for problem in reading.problems}


def test_one_bad_record_never_hides_the_good_ones() -> None:
    broken = [*LINES[:7], b"6" + b"?" * 93, *LINES[8:]]
    reading = read(b"\n".join(broken))
    assert reading.entry_count == 8
    good = np.arange(8) != 2
    assert np.array_equal(reading.entries.trace[good], small_plan().entries.trace[good])
    assert 8 in {problem.line for problem in reading.problems}


@pytest.mark.parametrize(
    "source", [b"", b"\n\n", b"{}", b"\x1f\x8b\x08" + bytes(range(256)) * 9, b"hello" * 99, b"\xef\xbb\xbf"]
)
def test_what_is_no_nacha_file_is_said_once(source: bytes) -> None:
    reading = read(source)
    assert [problem.check for problem in reading.problems] == ["not-nacha"]
    assert reading.entry_count == 0


def test_a_byte_order_mark_is_told_and_read_over() -> None:
    reading = read(b"\xef\xbb\xbf" + FILE)
    assert [problem.check for problem in reading.problems] == ["characters"]
    assert same_content(reading, small_plan())


def test_characters_of_two_bytes_do_not_shift_the_columns() -> None:
    name = "JOSÉ NÚÑEZ".ljust(22).encode()
    record = LINES[7][:54] + name + LINES[7][76:]
    reading = read(b"\n".join([*LINES[:7], record, *LINES[8:]]))
    assert reading.entries.trace[2] == small_plan().entries.trace[2]
    assert column_texts(reading.entries.name)[2] == "JOSÉ NÚÑEZ"
    assert {problem.check for problem in reading.problems} == {"characters", "characters-high"}


def test_a_line_over_the_cap_is_named_and_not_read() -> None:
    reading = read(b"\n".join([*LINES[:1], b"6" * 70_000, *LINES[1:]]))
    assert ("too-large", 2) in {(problem.check, problem.line) for problem in reading.problems}
    assert reading.entry_count == 8


def test_findings_beyond_a_thousand_are_counted() -> None:
    data = write(wide_plan(3_000)).data.replace(b"BUYER OF MANY", b"BUYER\x07OF MANY")
    reading = read(data)
    assert len(reading.problems) == 1_001
    assert "2,000 more" in reading.problems[-1].message


def _answers(record: bytes, code: int) -> bytes:
    eight = "09100001"
    entry = compose(
        LAYOUTS["6"],
        transaction_code=code,
        receiving_dfi=eight,
        check_digit=check_digit(eight),
        account_number=red_account(1),
        amount=1999 if record[1:3] == b"99" else 0,
        addenda_indicator=1,
        trace_number="031300010000001",
    )
    return b"\n".join([entry, record])


def test_returns_come_as_columns_and_count_as_debits() -> None:
    addenda = compose(
        LAYOUTS["799"],
        return_reason="R14",
        original_trace="091000010000001",
        date_of_death="261101",
        original_rdfi="23138010",
        addenda_information="WORDS",
        trace_number="031300010000001",
    )
    reading = read(_answers(addenda, 26))
    found = returns(reading)
    assert len(changes(reading)) == 0
    assert found.entry.tolist() == [0]
    assert found.original_trace.tolist() == [91000010000001]
    assert found.trace.tolist() == [31300010000001]
    texts = (found.reason, found.date_of_death, found.original_rdfi, found.information)
    assert [column_texts(column)[0] for column in texts] == ["R14", "261101", "23138010", "WORDS"]
    assert (reading.debit_cents, reading.credit_cents) == (1999, 0)


def test_changes_keep_the_blanks_of_corrected_data() -> None:
    addenda = compose(
        LAYOUTS["798"],
        change_code="C06",
        original_trace="091000010000001",
        original_rdfi="23138010",
        corrected_data="12345               37",
        trace_number="031300010000001",
    )
    reading = read(_answers(addenda, 21))
    found = changes(reading)
    assert bytes(found.corrected_data[0]) == b"12345               37".ljust(35)
    assert column_texts(found.code) == ["C06"]
    assert red_account(1) not in repr(reading) + repr(found)


ascii_texts = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=15)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(1, 9_999_999_999), ascii_texts, st.booleans()), min_size=1, max_size=30
    ),
    st.sampled_from(["\n", "\r\n", ""]),
)
def test_what_is_written_reads_back_as_the_plan(rows: list[tuple[int, int, str, bool]], line_end: str) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    used = sorted({row[0] for row in rows})
    texts = [(index, f"RMR*{text}\\") for index, (batch, _, text, more) in enumerate(rows) if more and batch != 3]
    accounts = [red_account(index) for index in range(len(rows))]
    codes = [("CCD", "PPD", "WEB", "TEL")[batch] for batch in used]
    plan = FilePlan(
        head=HEAD,
        batches=batches_of(*codes),
        entries=entries_of(accounts, batch=[used.index(row[0]) for row in rows], texts=texts),
    )
    plan = with_entries(
        plan,
        amount_cents=np.array([row[1] for row in rows], np.int64),
        identification=text_column([row[2] for row in rows], 15),
    )
    reading = read(write(plan, dialect=Dialect(line_end=line_end)).data)
    assert reading.problems == ()
    assert same_content(reading, plan)
    assert [bytes(row[3:83]).rstrip() for row in reading.addenda.text] == [text.encode() for _, text in texts]
    assert column_texts(reading.batches.texts("company_name")) == list(plan.batches.company_name)
    assert reading.debit_cents == sum(row[1] for row in rows)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(FILE) - 1), st.integers(0, 255)), max_size=12), st.integers(0, len(FILE)))
def test_no_damage_makes_it_raise(edits: list[tuple[int, int]], end: int) -> None:
    damaged = bytearray(FILE)
    for place, octet in edits:
        damaged[place] = octet
    reading = read(bytes(damaged[:end]))
    assert reading.lines >= 0


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*LINES, b"9" * 94, b"", b"x", b"6", b"7", b"8", b"5", b"9", b"1"]), max_size=14))
def test_no_order_of_records_makes_it_raise_or_loses_an_entry(lines: list[bytes]) -> None:
    reading = read(b"\n".join(lines))
    if [problem.check for problem in reading.problems] == ["not-nacha"]:
        return
    assert reading.entry_count == sum(line[:1] == b"6" for line in lines)
    assert reading.addenda_count == sum(line[:1] == b"7" for line in lines)


def test_the_day_of_the_reader_does_not_matter() -> None:
    assert one_batch().batches.effective_on == [date(2026, 11, 24)]
    assert read(write(one_batch()).data).batches.originating_dfi.tolist() == [ODFI]
