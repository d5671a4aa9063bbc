"""A night writes files as the bank's profile wants them, and takes what the bank sends as the profile tolerates it."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from ingather.actions.banks import add_profile
from ingather.jobs.rehearsal.stage import Stage
from ingather.nacha.reader import read
from ingather.nacha.reading import Reading, Tolerances
from ingather.rules.banks import ProfileRefused, load_profile
from ingather.store.tables import BankProfileRow
from tests.journey.stage import (
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    all_files,
    at_the_bank,
    broken,
    changed_terms,
    night,
    order,
    play,
    staged,
    states,
)

UNFILLED = Tolerances(name="unfilled", tolerated=frozenset({"blocking"}))
OFFSET = {
    "writing__balanced": True,
    "offset__account": "main",
    "offset__routing": "231380104",
    "offset__name": "OPERATING",
    "offset__mark": "OFFSET",
}


def the_file(stage: Stage) -> bytes:
    """Return the one file at the bank."""
    (data,) = at_the_bank(stage).values()
    return data


@pytest.mark.parametrize(("style", "ten"), [("zero-nine", b"0231380104"), ("blank-nine", b" 231380104")])
def test_the_destination_stands_in_the_columns_of_the_banks_style(tmp_path: Path, style: str, ten: bytes) -> None:
    stage = staged(tmp_path, [Sale(), Sale(due=WEDNESDAY)], profile=changed_terms(writing__destination_style=style))
    night(stage, MONDAY)
    assert the_file(stage)[3:13] == ten
    play(stage, TUESDAY)
    assert len(all_files(stage)) == 2
    assert set(states(stage).values()) <= {"submitted", "settled", "collected"}
    assert broken(stage) == []


def test_two_files_of_a_day_have_modifiers_of_their_own_in_any_style(tmp_path: Path) -> None:
    profile = changed_terms(writing__destination_style="zero-nine", file_limit__entries=1)
    stage = staged(tmp_path, [Sale(), Sale()], profile=profile)
    night(stage, MONDAY)
    assert [read(data).heads.record[0, 33:34].tobytes() for data in at_the_bank(stage).values()] == [b"A", b"B"]


def test_a_bank_that_wants_capitals_gets_them_and_both_readers_agree(tmp_path: Path) -> None:
    profile = changed_terms(writing__upper_case=True, destination_name="First Bank", origin_name="Ingather")
    stage = staged(tmp_path, [Sale()], profile=profile)
    night(stage, MONDAY)
    data = the_file(stage)
    assert data[40:86].split() == [b"FIRST", b"BANK", b"INGATHER"]
    assert data == data.upper()
    assert all_files(stage)[0]["second_reader"] == "agrees"


def test_a_bank_that_wants_no_fill_gets_none(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()], profile=changed_terms(writing__pad_to_block=False, writing__line_end="none"))
    night(stage, MONDAY)
    data = the_file(stage)
    assert len(data) == 5 * 94
    assert {problem.check for problem in read(data).problems} == {"blocking"}
    assert read(data, tolerances=UNFILLED).ok


def of_batches(reading: Reading) -> list[int]:
    """Return how many entries each batch has."""
    counts: list[int] = np.bincount(reading.entries.batch).tolist()
    return counts


@pytest.mark.parametrize(
    ("limits", "batches"),
    [
        ({"batch_limit__entries": 2}, [[2, 2, 1]]),
        ({"batch_limit__debit_cents": 300}, [[3, 2]]),
        ({"batch_limit__entries": 2, "file_limit__batches": 2}, [[2, 2], [1]]),
        ({"file_limit__entries": 3, "batch_limit__entries": 2}, [[2, 1], [2]]),
    ],
)
def test_a_batch_holds_no_more_than_its_limit(
    tmp_path: Path, limits: dict[str, object], batches: list[list[int]]
) -> None:
    stage = staged(tmp_path, [Sale(amount=100)] * 5, profile=changed_terms(**limits))
    night(stage, MONDAY)
    assert [of_batches(read(data)) for data in at_the_bank(stage).values()] == batches
    assert [[batch["entries"] for batch in file["batch_list"]] for file in all_files(stage)] == batches
    play(stage, TUESDAY, WEDNESDAY)
    assert set(states(stage).values()) <= {"settled", "collected"}
    assert broken(stage) == []


def test_an_order_too_large_for_a_file_stays_open_with_that_reason(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=100), Sale(amount=900)], profile=changed_terms(file_limit__debit_cents=500))
    assert night(stage, MONDAY).refused == {"entry-limit": 1}
    assert states(stage) == {"b000": "submitted", "b001": "open"}
    assert order(stage, "b001")["reason"] == "entry-limit"


def test_a_profile_for_balanced_files_is_not_taken_into_a_book(tmp_path: Path) -> None:
    text = changed_terms(id="balancing", **OFFSET)
    with pytest.raises(ProfileRefused, match="nights do not send balanced files yet"):
        staged(tmp_path / "new", [Sale()], profile=text)
    stage = staged(tmp_path / "other", [Sale()])
    originator_id, profile = stage.desk.originator_id(), load_profile(text)
    with stage.desk.action() as ctx, pytest.raises(ProfileRefused, match="no book takes this profile"):
        add_profile(ctx, originator_id, profile=profile, toml=text)
    with stage.desk.view() as ctx:
        assert ctx.session.execute(select(BankProfileRow.profile_id)).scalars().all() == ["first-example"]


def test_a_book_with_a_profile_from_before_the_table_of_writing_goes_on(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    with stage.desk.action() as ctx:
        row = ctx.session.execute(select(BankProfileRow)).scalar_one()
        head, _, rest = row.toml.partition("[reading]")
        row.toml = f'{head}line_end = "crlf"\nleftmost_17 = false\n[file_limit]{rest.partition("[file_limit]")[2]}'
    night(stage, MONDAY)
    assert the_file(stage).count(b"\r\n") == 10
    play(stage, TUESDAY)
    assert broken(stage) == []
    assert order(stage, "b000")["due_on"] == date(2026, 11, 17).isoformat()
