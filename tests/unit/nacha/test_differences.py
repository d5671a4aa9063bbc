"""Two files' differences have names; whatever is on no list is content."""

import pytest

from ingather.nacha.dialect import Dialect, LineEnd
from ingather.nacha.differences import Difference, differences, is_closed
from ingather.nacha.writer import write
from tests.unit.nacha.plans import one_batch, small_plan
from tests.unit.nacha.test_copying import NINES, SMALL, with_columns

LINES = SMALL.splitlines(keepends=True)


def test_a_file_does_not_differ_from_itself() -> None:
    assert differences(SMALL, SMALL) == []


@pytest.mark.parametrize(
    "source",
    [
        write(small_plan(), dialect=Dialect(line_end=LineEnd.CRLF)).data,
        write(small_plan(), dialect=Dialect(line_end=LineEnd.NONE)).data,
        write(small_plan(), dialect=Dialect(line_end=LineEnd.NONE)).data + b"\n",
        SMALL.replace(b"\n", b"\r"),
        SMALL[:-1],
        SMALL + b"\n",
        SMALL.replace(b"\n", b"\n\n", 1),
        SMALL.replace(b"\n", b"\r\n", 1),
    ],
)
def test_line_ends_differ_by_that_name_in_both_directions(source: bytes) -> None:
    assert differences(source, SMALL) == [Difference.LINE_ENDS]
    assert differences(SMALL, source) == [Difference.LINE_ENDS]


def test_marks_cut_blanks_and_padding_have_their_names() -> None:
    assert differences(SMALL + b"\x1a", SMALL) == [Difference.END_MARK]
    cut = b"".join(line.rstrip() + b"\n" for line in LINES)
    assert differences(cut, SMALL) == [Difference.RECORD_SIZE]
    assert differences(SMALL + NINES * 10, SMALL) == [Difference.PADDING]


@pytest.mark.parametrize(
    ("line", "layout", "name", "text"),
    [
        (1, "1", "priority_code", b"02"),
        (1, "1", "file_creation_time", b"1806"),
        (2, "5", "effective_entry_date", b"261125"),
        (2, "5", "company_name", b"ANOTHER"),
        (3, "6", "amount", b"0000000001"),
        (3, "6", "trace_number", b"091000019999999"),
        (4, "705", "payment_related_information", b"ANOTHER"),
        (6, "8", "reserved", b"JUNK"),
    ],
)
def test_what_a_copy_would_never_say_is_content(line: int, layout: str, name: str, text: bytes) -> None:
    """The copy says 01, midnight and blanks and nothing else where it differs; of other fields it differs in none."""
    assert differences(SMALL, with_columns(SMALL, line, layout, name, text)) == [Difference.CONTENT]


def test_totals_of_controls_are_controls() -> None:
    assert differences(SMALL, with_columns(SMALL, 6, "8", "total_debit", b"000000000001")) == [Difference.CONTROLS]


def test_other_records_are_content() -> None:
    assert Difference.CONTENT in differences(SMALL, write(one_batch()).data)
    swapped = b"".join([*LINES[:2], LINES[4], *LINES[2:4], *LINES[5:]])
    assert Difference.CONTENT in differences(SMALL, swapped)


def test_a_file_is_closed_by_a_line_end_after_its_last_record() -> None:
    assert is_closed(SMALL)
    assert is_closed(SMALL + b"\x1a")
    assert not is_closed(SMALL[:-1])
    assert not is_closed(SMALL[:-1] + b"\x1a")
