"""Every line of any bytes is read, blank, fill or named in a problem; odd shapes are read as far as they go."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingather.base.columns import column_texts
from ingather.nacha.reader import LENIENT, read
from ingather.nacha.reading import Reading
from tests.unit.nacha.composed import abroad_addenda, batch_of, changed, entry_of, file_of, returned

WHOLE = file_of(
    batch_of("PPD", entry_of(number=1), entry_of(number=2)),
    batch_of("IAT", entry_of("IAT", number=3, addenda_indicator=1, number_of_addenda=7), *abroad_addenda(3), number=2),
)
RECORDS = WHOLE.splitlines()
ODD = [
    b"",
    b" " * 94,
    b"9" * 94,
    b"9",
    b"6",
    b"7",
    b"8",
    b"5",
    b"1",
    b"\x1a",
    b"\x00" * 94,
    b"\t" * 20,
    b"$$ADD ID=RETURNS",
    b"X" * 200,
    b"6" * 188,
    b"6" * 200,
    b"".join(RECORDS[:3]),
    RECORDS[3] + b"\xc9" * 3,
    "6 JOSÉ".encode(),
    returned("R01"),
    changed("C02", "231380104"),
]
PIECES = st.one_of(
    st.sampled_from(RECORDS),
    st.sampled_from(ODD),
    st.tuples(st.sampled_from(RECORDS), st.integers(0, 110)).map(lambda cut: (cut[0] + b"     " * 4)[: cut[1]]),
    st.binary(max_size=120).map(lambda text: text.translate(None, b"\r\n")),
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])


def unaccounted(source: bytes, reading: Reading) -> list[int]:
    """Return the lines that are neither read nor told; a problem of the whole file tells all of them."""
    told = {problem.line for problem in reading.problems}
    if "not-nacha" in {problem.check for problem in reading.problems}:
        return []
    columns = (
        reading.heads.line,
        reading.heads.control_line,
        reading.batches.line,
        reading.batches.control_line,
        reading.entries.line,
        reading.addenda.line,
    )
    read_lines = {int(line) for column in columns for line in column}
    lines = re.split(rb"\r\n|\r|\n", source)
    return [
        number
        for number, line in enumerate(lines, 1)
        if number not in told | read_lines and line.strip(b" ") and line.strip(b" 9")
    ]


@settings(max_examples=150, deadline=None)
@given(pieces=st.lists(st.tuples(PIECES, ENDS), max_size=14), whole=st.booleans())
@example(pieces=[(record, b"\n") for record in RECORDS] + [(b"\x1a", b"\r\n")], whole=False)
@example(pieces=[(RECORDS[0], b"\n"), (b"\x1a", b"\n"), (b"", b"\r"), (b"\x00\x1a", b"\n")], whole=False)
@example(pieces=[(b"$$ADD ID=RETURNS", b"\n"), *((record, b"\n") for record in RECORDS)], whole=False)
def test_every_line_is_read_or_named(pieces: list[tuple[bytes, bytes]], *, whole: bool) -> None:
    source = (WHOLE if whole else b"") + b"".join(text + end for text, end in pieces)
    assert unaccounted(source, read(source)) == []
    assert unaccounted(source, read(source, tolerances=LENIENT)) == []


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=600), st.integers(0, len(WHOLE)))
def test_no_bytes_make_it_raise(junk: bytes, place: int) -> None:
    source = WHOLE[:place] + junk + WHOLE[place:]
    assert unaccounted(source, read(source)) == []


def test_a_line_that_nobody_reads_would_be_seen() -> None:
    reading = read(WHOLE)
    assert unaccounted(WHOLE + b"lost\n", reading) == [len(RECORDS) + 1]


@pytest.mark.parametrize("mark", [b"\x1a", b"\n\x1a", b"\r\n\x1a\r\n", b"\x00" * 40, b"\x1a" * 128, b"\n\x00\x1a\n\n"])
def test_what_old_systems_put_after_the_last_record_is_told_and_left_out(mark: bytes) -> None:
    reading = read(WHOLE.rstrip(b"\n") + mark)
    own_line = mark[:1] in {b"\n", b"\r"}
    assert [(one.check, one.line) for one in reading.problems] == [("end-mark", len(RECORDS) + own_line)]
    assert read(WHOLE.rstrip(b"\n") + mark, tolerances=LENIENT).ok
    assert reading.entry_count == 3
    assert reading.lines == len((WHOLE.rstrip(b"\n") + mark).splitlines())


def test_an_end_mark_after_records_without_line_ends_is_left_out() -> None:
    reading = read(b"".join(RECORDS) + b"\x1a")
    assert [one.check for one in reading.problems] == ["end-mark"]
    assert reading.entry_count == 3


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b"\n\n"])
def test_one_line_closed_by_a_line_end_holds_records_without_line_ends(end: bytes) -> None:
    reading = read(b"".join(RECORDS) + end)
    assert reading.problems == ()
    assert reading.entries.line.tolist() == [3, 4, 7]


def test_one_line_with_its_last_blanks_cut_is_read_to_the_end() -> None:
    source = file_of(batch_of("PPD", *[entry_of(number=i) for i in range(1, 7)])).splitlines()
    joined = b"".join(source).rstrip(b" ") + b"\n"
    assert [one.check for one in read(joined).problems] == ["record-size"]
    assert read(joined).entry_count == 6


def test_blocks_of_ten_records_a_line_are_read() -> None:
    blocks = [b"".join(RECORDS[at : at + 10]) for at in range(0, len(RECORDS), 10)]
    reading = read(b"\n".join(blocks))
    assert {one.check for one in reading.problems} == {"record-size"}
    assert reading.entry_count == 3
    assert reading.addenda_count == 7
    assert read(b"\n".join(blocks), tolerances=LENIENT).ok


def test_a_line_of_the_mailbox_before_the_file_is_told_and_read_over() -> None:
    reading = read(b"$$ADD ID=RETURNS BID='NACHA'\n" + WHOLE)
    assert reading.entry_count == 3
    assert ("record-type", 1) in {(one.check, one.line) for one in reading.problems}


@pytest.mark.parametrize("kept", [b"5678", b"678", b"67", b"6", b"15679", b"1567", b"1678", b"16789"])
def test_a_file_without_some_of_its_frame_is_read_as_far_as_it_goes(kept: bytes) -> None:
    source = b"\n".join(record for record in RECORDS if record[0] in kept)
    reading = read(source)
    assert reading.entry_count == 3
    assert reading.addenda_count == (7 if b"7" in kept else 0)
    assert not reading.ok
    assert unaccounted(source, reading) == []
    assert reading.standard_entry_class == (("PPD", "IAT") if b"5" in kept else ())


def test_a_partial_file_without_controls_is_accepted_leniently() -> None:
    rows = [record for record in RECORDS if record[:1] in b"567"]
    assert read(b"\n".join(rows), tolerances=LENIENT).ok


def test_files_after_another_keep_their_own_classes() -> None:
    second = file_of(batch_of("CCD", entry_of("CCD")))
    reading = read(WHOLE + second)
    assert reading.standard_entry_class == ("PPD", "IAT", "CCD")
    assert reading.batches.head.tolist() == [0, 0, 1]
    assert "several-files" in {one.check for one in reading.problems}


def test_windows_1252_bytes_are_read_and_told_as_warnings() -> None:
    lines = [*RECORDS]
    lines[2] = lines[2][:54] + "JOSÉ NÚÑEZ".encode("cp1252").ljust(22) + lines[2][76:]
    reading = read(b"\n".join(lines))
    assert column_texts(reading.entries.name)[0] == "JOSÉ NÚÑEZ"
    assert [(one.check, one.line) for one in reading.problems] == [("characters-high", 3)]
    assert reading.ok


def test_any_check_can_be_tolerated() -> None:
    source = b"\n".join(RECORDS[:-1])
    strict = read(source)
    tolerated = frozenset(one.check for one in strict.problems)
    assert not strict.ok
    assert read(source, tolerances=type(LENIENT)(name="all", tolerated=tolerated)).ok
