"""The columnar reader and the slow one agree on files damaged in every way, and on the good ones they came from."""

import pytest

from tests.fuzz.judging import Damaged, damaged_file, faults_of
from tests.fuzz.seed_files import seeds
from tests.fuzz.slow_reader import read_slowly
from tests.seeds import seed

FILES = 4_000
PARTS = 8


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
