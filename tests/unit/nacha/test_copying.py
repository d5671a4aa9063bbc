"""What was read is written once more; what would be lost is refused, and every other difference has its name."""

from pathlib import Path

import pytest

from ingather.nacha.copying import copy, dialect_of, plans_of
from ingather.nacha.dialect import Dialect, LineEnd
from ingather.nacha.differences import Difference, differences
from ingather.nacha.purpose import Purpose
from ingather.nacha.reader import LENIENT, Tolerances, read
from ingather.nacha.records import LAYOUTS
from ingather.nacha.refused import FormatRefused
from ingather.nacha.writer import write
from tests.unit.nacha.plans import one_batch, small_plan

CORPUS = Path(__file__).parents[2] / "golden" / "nacha" / "corpus"
SMALL = write(small_plan()).data
WIDTH = 95
NINES = b"9" * 94 + b"\n"


def with_columns(source: bytes, line: int, layout: str, name: str, text: bytes) -> bytes:
    """Return a file of LF records with one field of one line written over."""
    start = (line - 1) * WIDTH + LAYOUTS[layout].field(name).start - 1
    return source[:start] + text + source[start + len(text) :]


@pytest.mark.parametrize("end", list(LineEnd))
def test_a_copy_has_the_line_ends_of_its_source(end: LineEnd) -> None:
    source = write(small_plan(), dialect=Dialect(line_end=end)).data
    assert dialect_of(source).line_end == end
    assert copy(source) == source


def test_a_last_record_without_its_line_end_stays_without() -> None:
    assert copy(SMALL[:-1]) == SMALL[:-1]


def test_several_files_become_as_many_plans_and_the_same_bytes() -> None:
    source = SMALL + write(one_batch("PPD")).data + SMALL
    plans = plans_of(read(source, tolerances=LENIENT))
    assert [len(plan.batches) for plan in plans] == [4, 1, 4]
    assert [len(plan.entries) for plan in plans] == [8, 3, 8]
    assert [plan.entries.batch.tolist() for plan in plans[:2]] == [[0, 0, 1, 1, 2, 2, 3, 3], [0, 0, 0]]
    assert [plan.entries.addenda is None for plan in plans] == [False, True, False]
    assert copy(source, tolerances=LENIENT) == source


def test_a_file_without_batches_is_copied() -> None:
    control = b"9" + b"000000" + b"000001" + b"0" * 42 + b" " * 39 + b"\n"
    source = SMALL[:WIDTH] + control + NINES * 8
    assert copy(source, tolerances=LENIENT) == source


def test_a_written_plan_read_and_copied_is_the_plan_again() -> None:
    [plan] = plans_of(read(SMALL))
    assert plan.head.destination == " 091000019"
    assert plan.entries.addenda is not None
    assert plan.entries.addenda.entry.tolist() == [0, 4]
    assert write(plan, purpose=Purpose.ORIGINATION).data == SMALL


def test_what_balances_is_marked_in_the_plans() -> None:
    reading = read(SMALL + write(one_batch("PPD")).data, tolerances=LENIENT)
    offset = reading.entries.line == reading.entries.line[-1]
    first, second = plans_of(reading, offset=offset)
    assert first.entries.offset is not None
    assert second.entries.offset is not None
    assert first.entries.offset.tolist() == [False] * 8
    assert second.entries.offset.tolist() == [False, False, True]


def test_errors_stop_a_copy_unless_they_are_tolerated() -> None:
    padded = write(one_batch()).data
    unpadded = padded.replace(NINES, b"")
    with pytest.raises(FormatRefused) as refused:
        copy(unpadded)
    assert {problem.check for problem in refused.value.problems} == {"blocking"}
    copied = copy(unpadded, tolerances=LENIENT)
    assert copied == padded
    assert differences(unpadded, copied) == [Difference.PADDING]


def test_a_missing_control_that_is_tolerated_is_written() -> None:
    lines = SMALL.splitlines(keepends=True)
    without = b"".join(line for line in lines if line[:1] != b"8")
    wrong = {"file-count", "file-hash", "file-debit-total", "file-block-count", "blocking"}
    tolerances = Tolerances(name="no controls", tolerated=LENIENT.tolerated | wrong)
    copied = copy(without, tolerances=tolerances)
    assert copied == SMALL
    assert differences(without, copied) == [Difference.CONTROLS]


@pytest.mark.parametrize(
    ("cut", "check"),
    [(slice(1, None), "file-header-missing"), (slice(2, None), "file-header-missing"), (slice(0, 0), "not-nacha")],
)
def test_a_file_that_lacks_its_beginning_is_refused_even_if_tolerated(cut: slice, check: str) -> None:
    part = b"".join(SMALL.splitlines(keepends=True)[cut])
    tolerated = frozenset(problem.check for problem in read(part).problems) - {"not-nacha"}
    with pytest.raises(FormatRefused) as refused:
        copy(part, tolerances=Tolerances(name="anything", tolerated=tolerated))
    assert check in {problem.check for problem in refused.value.problems}


def test_entries_and_addenda_in_no_batch_are_refused_even_if_tolerated() -> None:
    lines = SMALL.splitlines(keepends=True)
    part = b"".join([lines[0], *lines[2:]])
    tolerated = frozenset(problem.check for problem in read(part).problems)
    with pytest.raises(FormatRefused) as refused:
        copy(part, tolerances=Tolerances(name="anything", tolerated=tolerated))
    assert {problem.check for problem in refused.value.problems} == {"order-of-records"}
    assert {problem.line for problem in refused.value.problems} == {2, 4}


def test_a_record_of_no_type_is_never_dropped() -> None:
    part = SMALL.replace(b"\n8", b"\nQ" + b" " * 93 + b"\n8", 1)
    tolerated = frozenset(problem.check for problem in read(part).problems)
    with pytest.raises(FormatRefused) as refused:
        copy(part, tolerances=Tolerances(name="anything", tolerated=tolerated))
    assert {problem.check for problem in refused.value.problems} == {"record-type"}


@pytest.mark.parametrize(
    ("field", "text", "difference"),
    [
        ((1, "1", "priority_code"), b"02", Difference.PRIORITY_CODE),
        ((1, "1", "file_creation_time"), b"    ", Difference.CREATION_TIME),
        ((1, "1", "file_creation_time"), b"2561", Difference.CREATION_TIME),
        ((2, "5", "effective_entry_date"), b"000000", Difference.EFFECTIVE_DATE),
        ((6, "8", "company_identification"), b"OTHER     ", Difference.CONTROL_COMPANY),
        ((6, "8", "reserved"), b"JUNK  ", Difference.RESERVED),
    ],
)
def test_what_a_plan_cannot_say_is_named(field: tuple[int, str, str], text: bytes, difference: Difference) -> None:
    source = with_columns(SMALL, *field, text)
    copied = copy(source, tolerances=LENIENT)
    assert copied != source
    assert differences(source, copied) == [difference]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ((1, "1", "reference_code"), b" X      "),
        ((1, "1", "immediate_origin"), b"0091000019"),
        ((2, "5", "company_discretionary_data"), b" KEPT AS IT STANDS  "),
        ((2, "5", "effective_entry_date"), b"      "),
        ((2, "5", "settlement_date"), b"328"),
        ((2, "5", "originator_status_code"), b"0"),
        ((6, "8", "message_authentication_code"), b"A CODE OF THE BANK "),
        ((3, "6", "receiver_name"), b"J\xf3se de la Cr\xfcz       "),
        ((3, "6", "discretionary_data"), b" Z"),
        ((4, "705", "payment_related_information"), b"  \xa7  "),
    ],
)
def test_what_a_plan_can_say_is_copied_to_the_byte(field: tuple[int, str, str], text: bytes) -> None:
    source = with_columns(SMALL, *field, text)
    assert source != SMALL
    assert copy(source, tolerances=LENIENT) == source


def test_advices_keep_their_columns_and_what_the_operator_says() -> None:
    source = (CORPUS / "ach" / "test" / "ach-adv-read" / "adv-read.ach").read_bytes()
    assert read(source).standard_entry_class == ("ADV",)
    # The control of an advice has words of the operator where others have a code of 19 columns from 55 on.
    at = source.index(b"\n8") + 1 + LAYOUTS["8ADV"].field("ach_operator_data").start - 1
    source = source[:at] + b"WORDS OF THE DAY".ljust(19) + source[at + 19 :]
    assert copy(source) == source


def test_nothing_of_an_account_is_shown() -> None:
    [plan] = plans_of(read(SMALL))
    assert "account=***" in repr(plan)
