"""Every file of the public corpus is read, and judged as the other reader judges it or for a reason that is listed."""

import csv
import gzip
import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from ingather.base.problems import Severity
from ingather.nacha.checks import CHECKS
from ingather.nacha.copying import copy
from ingather.nacha.differences import Difference, differences
from ingather.nacha.reader import LENIENT, STRICT, Reading, read
from ingather.nacha.reading import Tolerances

CORPUS = Path(__file__).parent / "corpus"
DIFFERENCES = Path(__file__).parents[1] / "differences.toml"
VERDICTS = ("refused", "accepted", "counted")
SHORTEST_REASON = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One row of the manifest: what kind of file it is, how many records it has, and whether moov accepts it."""

    path: str
    kind: str
    counts: tuple[int, int, int]
    moov_accepts: bool
    sha256: str


def manifest() -> list[Listed]:
    with (CORPUS / "manifest.csv").open(encoding="utf-8", newline="") as rows:
        return [
            Listed(
                path=row["path"],
                kind=row["kind"],
                counts=(int(row["n_batches"]), int(row["n_entries"]), int(row["n_addenda"])),
                moov_accepts=row["moov_default"] == "OK",
                sha256=row["sha256"],
            )
            for row in csv.DictReader(rows)
        ]


NACHA = [listed for listed in manifest() if listed.kind == "nacha"]
OTHERS = [listed for listed in manifest() if listed.kind != "nacha"]


def source_of(listed: Listed) -> bytes:
    source = (CORPUS / listed.path).read_bytes()
    return gzip.decompress(source) if listed.path.endswith(".gz") else source


@cache
def read_once(path: str, tolerances: Tolerances = STRICT) -> Reading:
    listed = next(listed for listed in NACHA if listed.path == path)
    return read(source_of(listed), tolerances=tolerances)


def errors_of(reading: Reading) -> set[str]:
    return {problem.check for problem in reading.problems if problem.severity is Severity.ERROR}


def judged_otherwise(verdict: str) -> set[tuple[str, str]]:
    tables = tomllib.loads(DIFFERENCES.read_text(encoding="utf-8"))["difference"]
    pairs = [(file, table["check"]) for table in tables if table["verdict"] == verdict for file in table["files"]]
    assert len(pairs) == len(set(pairs)), "a difference is listed twice"
    return set(pairs)


def test_the_manifest_lists_every_file_and_each_is_unchanged() -> None:
    beside = {"LICENSE", "SOURCE", "ORIGIN.md", "manifest.csv", ".gitattributes"}
    found = {
        path.relative_to(CORPUS).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in CORPUS.rglob("*")
        if path.is_file() and path.name not in beside
    }
    assert found == {listed.path: listed.sha256 for listed in manifest()}


@pytest.mark.parametrize("listed", NACHA, ids=lambda listed: listed.path)
def test_a_file_is_read_strictly_and_leniently_with_the_same_findings(listed: Listed) -> None:
    strict, lenient = read_once(listed.path), read_once(listed.path, LENIENT)
    assert [(each.line, each.start, each.check) for each in strict.problems] == [
        (each.line, each.start, each.check) for each in lenient.problems
    ]
    assert errors_of(lenient) == errors_of(strict) - LENIENT.tolerated


@pytest.mark.parametrize("listed", OTHERS, ids=lambda listed: listed.path)
def test_a_file_of_another_kind_is_said_to_be_none_of_ours(listed: Listed) -> None:
    for tolerances in (STRICT, LENIENT):
        reading = read(source_of(listed), tolerances=tolerances)
        assert errors_of(reading) == {"not-nacha"}
        assert (reading.entry_count, reading.addenda_count) == (0, 0)


def test_batches_entries_and_addenda_are_as_many_as_the_manifest_counts() -> None:
    readings = {listed.path: read_once(listed.path) for listed in NACHA}
    otherwise = {
        listed.path
        for listed in NACHA
        if listed.counts != (len((found := readings[listed.path]).batches), found.entry_count, found.addenda_count)
    }
    assert otherwise == {file for file, _ in judged_otherwise("counted")}


def test_what_moov_accepts_and_we_refuse_is_listed_with_its_check_and_nothing_else_is() -> None:
    found = {
        (listed.path, check) for listed in NACHA if listed.moov_accepts for check in errors_of(read_once(listed.path))
    }
    assert found == judged_otherwise("refused")


def test_what_moov_refuses_has_an_error_unless_it_is_listed() -> None:
    found = {listed.path for listed in NACHA if not listed.moov_accepts and not errors_of(read_once(listed.path))}
    assert found == {file for file, _ in judged_otherwise("accepted")}


def test_what_is_accepted_is_written_again_with_named_differences_only() -> None:
    accepted = [listed for listed in NACHA if not errors_of(read_once(listed.path))]
    assert len(accepted) >= 50
    for listed in accepted:
        source = source_of(listed)
        found = differences(source, copy(source))
        assert Difference.CONTENT not in found, listed.path
        assert read_once(listed.path).problems or found == [], listed.path


def test_every_difference_names_a_check_and_gives_a_reason() -> None:
    for table in tomllib.loads(DIFFERENCES.read_text(encoding="utf-8"))["difference"]:
        assert table["verdict"] in VERDICTS
        assert table["check"] in CHECKS
        assert len(table["reason"]) >= SHORTEST_REASON
        assert table["reason"].endswith(".")
