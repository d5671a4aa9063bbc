"""Bugs planted in the system, and the proof that catches each: the table ``planted.csv``, and running all of it.

Every row is a test that plants its bug in the real code (a patched function, a dropped constraint, a changed row) and
fails unless a proof sees it. They run with all other tests; the soak runs them by themselves and lists them.
"""

import csv
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLE = Path(__file__).with_name("planted.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedBug:
    """One bug: its area, what it does, and the test that plants it and sees it caught."""

    area: str
    bug: str
    caught_by: str

    @property
    def path(self) -> Path:
        """Return the file of the test."""
        return ROOT / self.caught_by.partition("::")[0]

    @property
    def test(self) -> str:
        """Return the name of the test without the parameter."""
        return self.caught_by.partition("::")[2].partition("[")[0]

    @property
    def parameter(self) -> str:
        """Return the parameter of the test, nothing for all of them."""
        return self.caught_by.partition("[")[2].removesuffix("]")


def planted_bugs() -> list[PlantedBug]:
    """Return every bug of the table."""
    with TABLE.open(encoding="utf-8", newline="") as rows:
        return [PlantedBug(**row) for row in csv.DictReader(rows)]


def uncaught(bugs: list[PlantedBug]) -> list[PlantedBug]:
    """Plant the bugs, each in its own test, and return those that were not caught, or whose test did not run."""
    with tempfile.TemporaryDirectory(prefix="ingather-planted-") as scratch:
        report = Path(scratch) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", f"--junitxml={report}"]
        subprocess.run(
            [*command, *sorted({bug.caught_by for bug in bugs})], cwd=ROOT, env=dict(os.environ), check=False,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        cases = list(ET.parse(report).getroot().iter("testcase"))  # noqa: S314 -- written by pytest just now
    good: set[tuple[str, str]] = set()
    bad: set[tuple[str, str]] = set()
    for case in cases:
        failed = any(case.find(kind) is not None for kind in ("failure", "error", "skipped"))
        (bad if failed else good).add((case.get("classname") or "", case.get("name") or ""))
    return [bug for bug in bugs if not _of(bug, good) or _of(bug, bad)]


def _of(bug: PlantedBug, cases: set[tuple[str, str]]) -> bool:
    module = bug.path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    name = f"{bug.test}[{bug.parameter}]" if bug.parameter else bug.test
    return any(
        where == module and (called == name or (not bug.parameter and called.startswith(f"{name}[")))
        for where, called in cases
    )
