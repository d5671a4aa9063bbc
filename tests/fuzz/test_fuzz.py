"""The columnar reader and the slow one agree on files damaged in every way, and on the good ones they came from."""

import pytest

from ingather.nacha.checks import CHECKS
from tests.fuzz.judging import Damaged, damaged_file, faults_of
from tests.fuzz.seed_files import seeds
from tests.fuzz.slow_reader import read_slowly
from tests.seeds import seed

FILES = 4_000
PARTS = 8
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


@pytest.mark.parametrize("name", sorted(seeds()))
def test_both_readers_say_the_same_of_good_files_and_samples(name: str) -> None:
    assert faults_of(seeds()[name]) == []


@pytest.mark.parametrize("name", sorted(name for name in seeds() if "/" not in name))
def test_the_files_that_are_damaged_are_good_at_first(name: str) -> None:
    assert read_slowly(seeds()[name]).problems == frozenset()


def test_the_same_seed_and_number_give_the_same_damage() -> None:
    once = [damaged_file(7, number).data for number in range(50)]
    assert once == [damaged_file(7, number).data for number in range(50)]
    assert once != [damaged_file(8, number).data for number in range(50)]
    assert len(set(once)) > 40


def test_damage_fails_every_check_that_reading_makes() -> None:
    told = {check for number in range(1_500) for check, _ in read_slowly(damaged_file(1, number).data).problems}
    assert CHECKS.keys() - told <= NOT_HERE


def test_both_readers_say_the_same_of_a_batch_whose_totals_have_thirteen_digits() -> None:
    lines = seeds()["forward CCD"].decode("ascii").splitlines()
    entry = lines[3]
    many = [f"{entry[:29]}9999999999{entry[39:87]}{number:07d}" for number in range(1, 102)]
    data = "\n".join([*lines[:2], *many, *lines[-4:]]).encode("ascii")
    assert faults_of(data) == []
    assert ("batch-limit", 2) in read_slowly(data).problems
