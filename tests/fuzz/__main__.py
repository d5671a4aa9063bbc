"""``make fuzz``: a million damaged files before both readers, in two processes; resumed where it was stopped.

``--kind files`` are NACHA files before our reader and a slow one, ``--kind reports`` what banks send (STR, BAI2, camt,
SWIFT, acknowledgements, answers) before its readers. What was judged is kept in ``.fuzz``, a line for each part, under
the seed (``INGATHER_TEST_SEED``) and a fingerprint of everything that decides the outcome: the code and tables of the
format or the reports, this folder and the samples. ``--seconds`` ends a slice: the next run goes on behind it. The last
line printed is the result, and is kept there too; the exit code is 1 when any file failed.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import nullcontext
from enum import StrEnum
from hashlib import sha256
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

from tests.fuzz.judging import damaged_file, faults_of, small_pieces
from tests.fuzz.reports import damaged_report, faults_of_report
from tests.fuzz.seed_files import SAMPLES
from tests.seeds import seed

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".fuzz"
MILLION = 1_000_000
PART = 1_000
SHOWN = 5
EVERY = 25
# One part in so many is read a few rows at a time, so that what happens between pieces is seen in small files too.
SELDOM, PIECES = 8, 2


class Kind(StrEnum):
    """What is damaged."""

    FILES = "files"
    REPORTS = "reports"


class Failing(StrEnum):
    """How a reader fails."""

    CRASHED = "crashed"
    HUNG = "hung"
    SILENT = "silently accepted"
    DISAGREED = "read otherwise"


def failing(fault: str) -> Failing:
    """Return how a reader failed by what is said of it."""
    if fault.startswith("reading raised"):
        return Failing.CRASHED
    if " bytes took over " in fault:
        return Failing.HUNG
    return Failing.SILENT if "silently accepted" in fault else Failing.DISAGREED


def fingerprint(kind: Kind = Kind.FILES) -> str:
    """Return what tells this state of what reads, and of the tests, from any other."""
    told = sha256()
    code = ROOT / "src" / "ingather"
    folders = [code / "nacha", Path(__file__).parent, SAMPLES]
    if kind is Kind.REPORTS:
        folders += [code / "reports", ROOT / "tests" / "golden" / "reports"]
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".csv", ".ach", ".toml", ".txt", ".bai2", ".xml", ".sta"}:
                told.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return told.hexdigest()[:12]


def judge(draws: int, first: int, end: int, kind: Kind = Kind.FILES) -> dict[str, Any]:
    """Return how many of the files of these numbers were judged and failed, and what was wrong with the first ones.

    Each way of failing is counted once a file.
    """
    bad: list[str] = []
    failed = size = 0
    ways: Counter[str] = Counter()
    shrinks = kind is Kind.FILES and first // PART % SELDOM == 0
    pieces = small_pieces(PIECES) if shrinks else nullcontext()
    with pieces:
        for number in range(first, end):
            if kind is Kind.FILES:
                damaged = damaged_file(draws, number)
                faults = faults_of(damaged.data)
            else:
                damaged, one_digit = damaged_report(draws, number)
                faults = faults_of_report(damaged, one_digit=one_digit)
            size += len(damaged.data)
            if faults:
                failed += 1
                ways.update({str(failing(fault)) for fault in faults})
                bad.append(f"{kind} {number} of seed {draws}, from {damaged.name}: {faults[0]}")
    return {"first": first, "files": end - first, "bytes": size, "failed": failed, "ways": dict(ways),
            "bad": bad[:SHOWN]}  # fmt: skip


def parts_of(count: int) -> Iterator[tuple[int, int]]:
    """Yield the first number and the end of each part of so many files."""
    for first in range(0, count, PART):
        yield first, min(count, first + PART)


def run(
    count: int, processes: int, kept: Path, *, kind: Kind = Kind.FILES, seconds: float = 0.0
) -> dict[int, dict[str, Any]]:
    """Judge the parts that are not kept yet, and return all of them by their first number.

    After so many ``seconds``, unless these are 0, no more parts are begun.
    """
    lines = kept.read_text("utf-8").splitlines() if kept.exists() else []
    done: dict[int, dict[str, Any]] = {part["first"]: part for part in map(json.loads, lines)}
    done = {
        first: done[first] for first, end in parts_of(count) if first in done and done[first]["files"] == end - first
    }
    todo = [part for part in parts_of(count) if part[0] not in done]
    say(f"{count:,} files of seed {seed()}; {len(done):,} parts of {PART:,} were judged before, {len(todo):,} are left")
    begun = monotonic()
    with ProcessPoolExecutor(max_workers=processes) as pool, kept.open("a", encoding="utf-8") as notes:
        waiting = iter(todo)
        running = {pool.submit(judge, seed(), *part, kind) for part in islice(waiting, 2 * processes)}
        while running:
            ended = next(as_completed(running))
            running.discard(ended)
            if not seconds or monotonic() - begun < seconds:
                running |= {pool.submit(judge, seed(), *part, kind) for part in islice(waiting, 1)}
            part = ended.result()
            done[part["first"]] = part
            notes.write(json.dumps(part) + "\n")
            notes.flush()
            for line in part["bad"]:
                say(line)
            if len(done) % EVERY == 0:
                files = sum(each["files"] for each in done.values())
                say(
                    f"{files:,} files judged, {sum(each['failed'] for each in done.values()):,} failed, "
                    f"{monotonic() - begun:,.0f} s"
                )
    return done


def say(line: str) -> None:
    """Print one line at once."""
    print(line, flush=True)  # noqa: T201 -- its output


def result_of(done: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """Return what the parts come to: how many files and bytes, how many failed, and how."""
    ways: Counter[str] = Counter({str(way): 0 for way in Failing})
    for part in done.values():
        ways.update(part.get("ways", {}))
    return {
        "files": sum(part["files"] for part in done.values()),
        "bytes": sum(part["bytes"] for part in done.values()),
        "failed": sum(part["failed"] for part in done.values()),
        **ways,
    }


def slice_of(kind: Kind, *, files: int, processes: int = 2, seconds: float = 0.0) -> dict[str, Any]:
    """Judge the files that are left, for so many seconds at most, and return the result, which is kept as well."""
    KEPT.mkdir(exist_ok=True)
    mark, begun = fingerprint(kind), monotonic()
    names = "" if kind is Kind.FILES else f"{kind}-"
    done = run(files, processes, KEPT / f"{names}seed-{seed()}-{mark}.jsonl", kind=kind, seconds=seconds)
    result = result_of(done) | {"seed": seed(), "state": mark, "seconds_of_this_run": round(monotonic() - begun)}
    (KEPT / f"result-{names}seed-{seed()}.json").write_text(json.dumps(result) + "\n", encoding="utf-8")
    result["bad"] = [line for part in done.values() for line in part["bad"]]
    return result


def main() -> int:
    """Judge the files that are left; returns 1 when any failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--files", type=int, default=MILLION, help="how many damaged files")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--kind", type=Kind, default=Kind.FILES, choices=list(Kind), help="what is damaged")
    parser.add_argument("--seconds", type=float, default=0.0, help="how long a slice takes; 0: until all are judged")
    options = parser.parse_args()
    result = slice_of(options.kind, files=options.files, processes=options.processes, seconds=options.seconds)
    result.pop("bad")
    say(json.dumps(result))
    return 1 if result["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
