"""Every sample file reads as the JSON beside it says; every broken one shows exactly its defect."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingather.base.columns import column_texts
from ingather.base.problems import Severity
from ingather.nacha.mask import mask_corrected
from ingather.nacha.reader import changes, read, returns
from ingather.nacha.reading import Reading
from ingather.nacha.show import counts_of, show
from ingather.nacha.writer import write
from tests.unit.nacha.plans import small_plan

SAMPLES = Path(__file__).parents[3] / "nacha_samples"
GOOD = sorted(path for folder in ("forward", "returns", "corrections") for path in (SAMPLES / folder).glob("*.ach"))
BROKEN = sorted((SAMPLES / "broken").glob("*.ach"))


def checks_of(reading: Reading, severity: Severity) -> list[str]:
    return sorted({problem.check for problem in reading.problems if problem.severity is severity})


def expected_of(path: Path) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads(path.with_suffix(".json").read_text("utf-8"))
    return expected


def test_there_are_samples_of_every_kind() -> None:
    assert len(GOOD) >= 12
    assert len(BROKEN) >= 40


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_sample_reads_as_the_json_beside_it_says(path: Path) -> None:
    reading = read(path.read_bytes())
    found_returns, found_changes = returns(reading), changes(reading)
    assert {
        "counts": counts_of(reading),
        "errors": checks_of(reading, Severity.ERROR),
        "warnings": checks_of(reading, Severity.WARNING),
        "returns": [
            {"reason": reason, "original_trace": trace, "entry": entry, "original_rdfi": rdfi}
            for reason, trace, entry, rdfi in zip(
                column_texts(found_returns.reason),
                found_returns.original_trace.tolist(),
                found_returns.entry.tolist(),
                column_texts(found_returns.original_rdfi),
                strict=True,
            )
        ],
        "changes": [
            {"code": code, "original_trace": trace, "entry": entry, "corrected_data_masked": mask_corrected(code, text)}
            for code, trace, entry, text in zip(
                column_texts(found_changes.code),
                found_changes.original_trace.tolist(),
                found_changes.entry.tolist(),
                column_texts(found_changes.corrected_data),
                strict=True,
            )
        ],
    } == expected_of(path)


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_sample_shows_exactly_its_defect(path: Path) -> None:
    reading = read(path.read_bytes())
    found = {"errors": checks_of(reading, Severity.ERROR), "warnings": checks_of(reading, Severity.WARNING)}
    assert found == expected_of(path)


@pytest.mark.parametrize("path", GOOD + BROKEN, ids=lambda path: path.stem)
def test_every_sample_can_be_shown(path: Path) -> None:
    assert json.dumps(show(read(path.read_bytes())))


def test_a_small_file_of_all_four_codes_is_written_byte_for_byte() -> None:
    assert write(small_plan()).data == (SAMPLES / "forward" / "four_codes.ach").read_bytes()
