"""Every sample file reads as the JSON beside it says; every broken one shows exactly its defect."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingather.base.columns import Bytes2D, Int64, column_texts
from ingather.base.problems import Severity
from ingather.nacha.checks import CHECKS
from ingather.nacha.mask import mask_corrected
from ingather.nacha.reader import LENIENT, changes, contests, dishonours, read, refused_changes, returns
from ingather.nacha.reading import Reading
from ingather.nacha.show import counts_of, show
from ingather.nacha.writer import write
from nacha_samples import generate
from tests.unit.nacha.plans import small_plan

SAMPLES = Path(__file__).parents[3] / "nacha_samples"
GOOD = sorted(path for folder in ("forward", "returns", "corrections") for path in (SAMPLES / folder).glob("*.ach"))
DEVIATIONS = sorted((SAMPLES / "deviations").glob("*.ach"))
BROKEN = sorted((SAMPLES / "broken").glob("*.ach"))
ORIGINS = SAMPLES / "ORIGIN_NACHA.md"

NEVER_READ = {
    "unreadable": "what cannot be opened is not read",
    "account-length": "the field holds seventeen characters: only what is to be written can have more",
    "amount-limit": "ten digits hold no more than the limit: only what is to be written can be over it",
    "batch-limit": "controls that are right hold what they say: only what is to be written can be too much",
    "field-fits": "what was read has the width of its field",
    "plan-shape": "a plan is what is to be written",
    "class-written": "every class is read",
    "reversal": "what a reversal takes back stands in another file",
    "retry": "what a retry repeats stands in another file",
    "return-fee": "what a fee is for stands in another file",
    "offset": "the account that offsets are on stands in the bank's profile",
}
"""Checks that no reading can fail, and why."""


def checks_of(reading: Reading, severity: Severity) -> list[str]:
    return sorted({problem.check for problem in reading.problems if problem.severity is severity})


def expected_of(path: Path) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads(path.with_suffix(".json").read_text("utf-8"))
    return expected


def about(
    code: Bytes2D, original_trace: Int64, entry: Int64, original_rdfi: Bytes2D
) -> list[tuple[str, int, int, str]]:
    return list(
        zip(column_texts(code), original_trace.tolist(), entry.tolist(), column_texts(original_rdfi), strict=True)
    )


def answers_of(reading: Reading) -> dict[str, list[dict[str, Any]]]:
    """Return each answer with the entry that carries it, by family."""
    found: dict[str, list[dict[str, Any]]] = {}
    for family, answers in (
        ("returns", returns(reading)),
        ("dishonours", dishonours(reading)),
        ("contests", contests(reading)),
    ):
        rows = about(answers.reason, answers.original_trace, answers.entry, answers.original_rdfi)
        found[family] = [
            {"reason": reason, "original_trace": trace, "entry": entry, "original_rdfi": rdfi}
            for reason, trace, entry, rdfi in rows
        ]
    changed, refused = changes(reading), refused_changes(reading)
    for family, told, far in (
        ("changes", changed, changed.international.tolist()),
        ("refused_changes", refused, [False] * len(refused)),
    ):
        rows = about(told.code, told.original_trace, told.entry, told.original_rdfi)
        found[family] = [
            {
                "code": code,
                "original_trace": trace,
                "entry": entry,
                "original_rdfi": rdfi,
                "corrected_data_masked": mask_corrected(code, data, international=abroad),
            }
            for (code, trace, entry, rdfi), data, abroad in zip(
                rows, column_texts(told.corrected_data), far, strict=True
            )
        ]
    return found


def summary_of(reading: Reading) -> dict[str, Any]:
    return {
        "counts": counts_of(reading),
        "errors": checks_of(reading, Severity.ERROR),
        "warnings": checks_of(reading, Severity.WARNING),
        **answers_of(reading),
    }


def test_there_are_samples_of_every_kind() -> None:
    assert len(GOOD) >= 50
    assert len(DEVIATIONS) >= 15
    assert len(BROKEN) >= 120


def test_the_generators_write_the_committed_bytes(tmp_path: Path) -> None:
    made = generate.write(tmp_path)
    assert len(made) == len(set(made))
    for path in made:
        assert path.read_bytes() == (SAMPLES / path.relative_to(tmp_path)).read_bytes(), path.name


def test_every_sample_is_made_here_or_has_its_origin_written_down(tmp_path: Path) -> None:
    made = {path.relative_to(tmp_path) for path in generate.write(tmp_path)}
    origins = ORIGINS.read_text("utf-8")
    others = [path for path in (*GOOD, *DEVIATIONS, *BROKEN) if path.relative_to(SAMPLES) not in made]
    assert [path.name for path in others if path.name not in origins] == []


@pytest.mark.parametrize("path", GOOD, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_sample_reads_as_the_json_beside_it_says(path: Path) -> None:
    assert summary_of(read(path.read_bytes())) == expected_of(path)


@pytest.mark.parametrize("path", DEVIATIONS, ids=lambda path: path.stem)
def test_a_deviation_is_read_in_full_and_tolerated_as_far_as_it_says(path: Path) -> None:
    lenient = checks_of(read(path.read_bytes(), tolerances=LENIENT), Severity.ERROR)
    assert {**summary_of(read(path.read_bytes())), "lenient_errors": lenient} == expected_of(path)


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_sample_shows_exactly_its_defect(path: Path) -> None:
    reading = read(path.read_bytes())
    found = {"errors": checks_of(reading, Severity.ERROR), "warnings": checks_of(reading, Severity.WARNING)}
    assert found == expected_of(path)


def test_every_check_has_a_broken_sample_or_a_reason_why_no_reading_fails_it() -> None:
    shown = {check for path in BROKEN for kind in ("errors", "warnings") for check in expected_of(path)[kind]}
    assert shown | NEVER_READ.keys() == CHECKS.keys()
    assert not shown & NEVER_READ.keys()


@pytest.mark.parametrize("path", [*GOOD, *DEVIATIONS, *BROKEN], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_sample_can_be_shown(path: Path) -> None:
    assert json.dumps(show(read(path.read_bytes())))


@pytest.mark.parametrize(
    ("codes", "answers"),
    [
        ({f"R{number:02d}" for number in (*range(1, 48), *range(50, 54), *range(80, 86), 90)}, returns),
        ({"R61", "R62", "R67", "R68", "R69", "R70"}, dishonours),
        ({f"R{number}" for number in range(71, 78)}, contests),
    ],
)
def test_the_samples_hold_every_reason(codes: set[str], answers: Callable[[Reading], Any]) -> None:
    found: set[str] = set()
    for path in (path for path in GOOD if path.parent.name == "returns"):
        found |= set(column_texts(answers(read(path.read_bytes())).reason))
    assert found >= codes


def test_a_small_file_of_all_four_codes_is_written_byte_for_byte() -> None:
    assert write(small_plan()).data == (SAMPLES / "forward" / "four_codes.ach").read_bytes()
