"""What batch and file controls cannot say is told, and what they say otherwise than the records."""

from dataclasses import replace

import numpy as np
import pytest

from ingather.nacha.checking.controls import check_batch_controls
from ingather.nacha.findings import Findings
from ingather.nacha.reader import read
from ingather.nacha.records import LAYOUTS
from tests.unit.nacha.composed import addenda_of, batch_of, entry_of, file_of, patched

LINES = file_of(batch_of("CCD", entry_of("CCD", number=1), entry_of("CCD", number=2, transaction_code=22))).splitlines()
BATCH_CONTROL, FILE_CONTROL = 4, 5


@pytest.mark.parametrize(
    ("entries", "addenda", "cents", "told"),
    [
        (999_999, 0, 999_999_999_999, False),
        (999_999, 1, 1, True),
        (1_000_000, 0, 1, True),
        (1, 0, 1_000_000_000_000, True),
    ],
)
@pytest.mark.parametrize("side", ["debit_cents", "credit_cents"])
def test_a_batch_holds_no_more_than_its_control_can_say(
    side: str, entries: int, addenda: int, cents: int, *, told: bool
) -> None:
    batches = read(file_of(batch_of("CCD", entry_of("CCD")))).batches
    counted = {"entries": np.array([entries]), "addenda": np.array([addenda]), side: np.array([cents])}
    findings = Findings()
    check_batch_controls(replace(batches, **counted), ["CCD"], findings)
    assert [one.line for one in findings.problems() if one.check == "batch-limit"] == ([2] if told else [])


@pytest.mark.parametrize(
    ("field", "check"),
    [
        ("entry_addenda_count", "batch-count"),
        ("entry_hash", "batch-hash"),
        ("total_debit", "batch-debit-total"),
        ("total_credit", "batch-credit-total"),
    ],
)
def test_a_batch_control_says_what_its_entries_add_up_to(field: str, check: str) -> None:
    told = _told(BATCH_CONTROL, "8", field)
    assert told[0] == (check, 5, LAYOUTS["8"].field(field).start)
    assert {one for one, *_ in told[1:]} == {f"file-{check.removeprefix('batch-')}"}


@pytest.mark.parametrize(
    ("field", "check"),
    [
        ("batch_count", "file-batch-count"),
        ("block_count", "file-block-count"),
        ("entry_addenda_count", "file-count"),
        ("entry_hash", "file-hash"),
        ("total_debit", "file-debit-total"),
        ("total_credit", "file-credit-total"),
    ],
)
def test_a_file_control_says_what_its_batch_controls_add_up_to(field: str, check: str) -> None:
    assert _told(FILE_CONTROL, "9", field) == [(check, 6, LAYOUTS["9"].field(field).start)]


def _told(place: int, layout: str, field: str) -> list[tuple[str, int, int]]:
    width = LAYOUTS[layout].field(field).width
    lines = [*LINES[:place], patched(LINES[place], layout, **{field: "7".zfill(width)}), *LINES[place + 1 :]]
    return [(one.check, one.line, one.start) for one in read(b"\n".join(lines)).problems]


def test_a_file_whose_records_fill_no_block_is_told() -> None:
    assert [(one.check, one.line) for one in read(b"\n".join(LINES[:-1])).problems] == [("blocking", 9)]


def test_after_the_file_control_there_are_only_nines() -> None:
    lines = [*LINES[:7], b"9" * 93 + b"8", *LINES[8:]]
    checks = {(one.check, one.line) for one in read(b"\n".join(lines)).problems}
    assert ("several-files", 8) in checks


@pytest.mark.parametrize("text", ["00000000000A", "            ", "0000000000 0", "-00000000000"])
def test_a_total_that_is_no_number_is_told_even_where_the_records_give_nothing(text: str) -> None:
    lines = file_of(batch_of("CCD", entry_of("CCD"))).splitlines()
    for place, layout, check in ((3, "8", "batch-credit-total"), (4, "9", "file-credit-total")):
        damaged = [*lines[:place], patched(lines[place], layout, total_credit=text), *lines[place + 1 :]]
        problems = read(b"\n".join(damaged)).problems
        assert [(one.check, one.line) for one in problems] == [(check, place + 1)]


def test_the_totals_of_advices_are_compared_in_all_their_columns() -> None:
    lines = file_of(batch_of("ADV", entry_of("ADV", number=1), entry_of("ADV", number=2))).splitlines()
    assert read(b"\n".join(lines)).problems == ()
    for place, layout, check in ((4, "8ADV", "batch-debit-total"), (5, "9ADV", "file-debit-total")):
        field = LAYOUTS[layout].field("total_debit")
        damaged = [*lines]
        damaged[place] = damaged[place][: field.start - 1] + b"1" + damaged[place][field.start :]
        told = [(one.check, one.line, one.start, one.end) for one in read(b"\n".join(damaged)).problems]
        assert told == [(check, place + 1, field.start, field.end)]


def test_addenda_without_an_entry_count_in_their_batch() -> None:
    batch = batch_of("CCD", entry_of("CCD"))
    lines = file_of([batch[0], addenda_of("705"), *batch[1:]]).splitlines()
    told = {one.check: one.message for one in read(b"\n".join(lines)).problems}
    assert "the records give 2" in told["batch-count"]
