"""The columnar reader and the slow one agree on files damaged in every way, and on the good ones they came from."""

from pathlib import Path

import pytest

from ingather.nacha.checks import CHECKS
from tests.fuzz.judging import Damaged, damaged_file, faults_of, small_pieces
from tests.fuzz.seed_files import seeds
from tests.fuzz.slow_reader import read_slowly
from tests.seeds import seed

FILES = 4_000
PARTS = 8
CORPUS = Path(__file__).parents[1] / "golden" / "nacha" / "corpus"
LARGEST = 100_000
# What writing refuses and reading cannot find, what opening a file tells, and what files over 64 KiB fail.
NOT_HERE = {
    *("account-length", "amount-limit", "field-fits", "plan-shape", "class-written"),
    *("reversal", "retry", "return-fee", "offset"),
    *("unreadable", "too-large", "batch-limit"),
}


@pytest.mark.parametrize("part", range(PARTS))
def test_both_readers_say_the_same_of_damaged_files(part: int) -> None:
    wrong: list[tuple[int, Damaged, list[str]]] = []
    for number in range(part, FILES, PARTS):
        damaged = damaged_file(seed(), number)
        faults = faults_of(damaged.data)
        if faults:
            wrong.append((number, damaged, faults))
    assert not wrong, f"{len(wrong)} of {FILES // PARTS} files; the first: {wrong[0]}"


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_both_readers_say_the_same_when_files_are_read_in_small_pieces(rows: int) -> None:
    with small_pieces(rows) as shrunk:
        wrong = [
            (each, faults) for each in range(rows, 1_000, 5) if (faults := faults_of(damaged_file(seed(), each).data))
        ]
    assert shrunk > 3
    assert not wrong


@pytest.mark.parametrize("part", range(4))
def test_both_readers_say_the_same_of_files_of_others(part: int) -> None:
    files = [path for path in sorted(CORPUS.rglob("*.ach")) if path.stat().st_size <= LARGEST]
    assert len(files) > 100
    wrong = [(path.name, faults) for path in files[part::4] if (faults := faults_of(path.read_bytes()))]
    assert not wrong


@pytest.mark.parametrize("name", sorted(seeds()))
def test_both_readers_say_the_same_of_good_files_and_samples(name: str) -> None:
    faults = faults_of(seeds()[name])
    assert not faults


@pytest.mark.parametrize("name", sorted(name for name in seeds() if "/" not in name))
def test_the_files_that_are_damaged_are_good_at_first(name: str) -> None:
    problems = read_slowly(seeds()[name]).problems
    assert not problems


def test_the_same_seed_and_number_give_the_same_damage() -> None:
    once, again, other = ([hash(damaged_file(draw, number).data) for number in range(50)] for draw in (7, 7, 8))
    assert once == again
    assert once != other
    assert len(set(once)) > 40


def test_damage_fails_every_check_that_reading_makes() -> None:
    told = {check for number in range(1_500) for check, _ in read_slowly(damaged_file(1, number).data).problems}
    assert CHECKS.keys() - told <= NOT_HERE


def test_both_readers_say_the_same_of_a_batch_whose_totals_have_thirteen_digits() -> None:
    lines = seeds()["forward CCD"].decode("ascii").splitlines()
    entry = lines[2]
    controls = lines[next(place for place, line in enumerate(lines) if line[0] == "8") :]
    many = [f"{entry[:29]}9999999999{entry[39:87]}{number:07d}" for number in range(1, 102)]
    data = "\n".join([*lines[:2], *many, *controls]).encode("ascii")
    faults, problems = faults_of(data), read_slowly(data).problems
    assert not faults
    assert ("batch-limit", 2) in problems
