"""Every accepted file of the samples and of the public corpus, read and written again, is the same file.

What may differ is listed here by file, and nothing else does: a line that is missing fails, and so does a stale one.
"""

import gzip
from functools import cache
from pathlib import Path

import pytest

from ingather.base.problems import errors_of
from ingather.nacha.copying import copy
from ingather.nacha.differences import Difference, differences
from ingather.nacha.reader import Reading, read
from ingather.nacha.refused import FormatRefused

SAMPLES = Path(__file__).parents[3] / "nacha_samples"
CORPUS = Path(__file__).parent / "corpus"
# What reading warned of, and how the copy then differs; other warnings are of what is copied as it stands.
WARNED = {
    "batch-control-placed": Difference.CONTROL_COMPANY,
    "addenda-trace": Difference.ADDENDA_TRACE,
    "effective-date-blank": Difference.EFFECTIVE_DATE,
    "time-real": Difference.CREATION_TIME,
    "time-blank": Difference.CREATION_TIME,
    "priority-code": Difference.PRIORITY_CODE,
    "reserved": Difference.RESERVED,
    "blank-line": Difference.LINE_ENDS,
}
# Without any warning, only these differ, by folder and file name.
ENDED_OTHERWISE = {"deviations/carriage_returns_only.ach", "deviations/lines_after.ach", "deviations/one_line_end.ach"}


def key_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def source_of(path: Path) -> bytes:
    source = path.read_bytes()
    return gzip.decompress(source) if path.suffix == ".gz" else source


@cache
def reading_of(path: Path) -> Reading:
    return read(source_of(path))


@cache
def copy_of(path: Path) -> bytes:
    return copy(source_of(path))


def accepted() -> list[Path]:
    paths = [*SAMPLES.rglob("*.ach"), *CORPUS.rglob("*.ach*")]
    return sorted(path for path in paths if path.is_file() and reading_of(path).ok)


ACCEPTED = accepted()


def test_there_are_many_and_of_every_class() -> None:
    assert len(ACCEPTED) > 120
    classes = {code for path in ACCEPTED for code in reading_of(path).standard_entry_class}
    assert {"ADV", "IAT", "COR", "CTX", "POP", "SHR", "CIE", "ENR", "TRX", "WEB", "TEL"} <= classes


@pytest.mark.parametrize("path", ACCEPTED, ids=key_of)
def test_a_file_written_again_differs_only_where_reading_warned(path: Path) -> None:
    source, copied = source_of(path), copy_of(path)
    warned = {WARNED[check] for problem in reading_of(path).problems if (check := problem.check) in WARNED}
    ended = {Difference.LINE_ENDS} if key_of(path) in ENDED_OTHERWISE else set()
    assert set(differences(source, copied)) <= warned | ended
    if not warned and not ended:
        assert copied == source


def test_most_of_them_are_the_same_to_the_byte_and_every_difference_occurs() -> None:
    found = [differences(source_of(path), copy_of(path)) for path in ACCEPTED]
    assert sum(not names for names in found) > 120
    assert {name for names in found for name in names} == set(WARNED.values())


@pytest.mark.parametrize("path", ACCEPTED, ids=key_of)
def test_the_copy_of_a_copy_is_the_copy(path: Path) -> None:
    assert copy(copy_of(path)) == copy_of(path)


def test_what_is_listed_is_there_and_does_differ() -> None:
    listed = {key_of(path): source_of(path) for path in ACCEPTED if key_of(path) in ENDED_OTHERWISE}
    assert listed.keys() == ENDED_OTHERWISE
    assert all(differences(source, copy(source)) == [Difference.LINE_ENDS] for source in listed.values())


def test_a_file_with_an_error_is_refused_with_the_errors_of_its_reading() -> None:
    for path in sorted((SAMPLES / "broken").glob("*.ach")):
        errors = errors_of(reading_of(path).problems)
        if errors:
            with pytest.raises(FormatRefused) as refused:
                copy(path.read_bytes())
            assert list(refused.value.problems) == errors
