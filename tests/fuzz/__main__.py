"""``make fuzz``: a million damaged files before both readers, in two processes; resumed where it was stopped.

What was judged is kept in ``.fuzz``, a line for each part, under the seed (``INGATHER_TEST_SEED``) and a fingerprint of
everything that decides the outcome: the format's code and tables, this folder and the samples. The last line printed is
the result, and is kept there too; the exit code is 1 when any file failed.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import nullcontext
from hashlib import sha256
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

from tests.fuzz.judging import damaged_file, faults_of, small_pieces
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


def fingerprint() -> str:
    """Return what tells this state of the format and of the tests from any other."""
    told = sha256()
    for folder in (ROOT / "src" / "ingather" / "nacha", Path(__file__).parent, SAMPLES):
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".csv", ".ach"}:
                told.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return told.hexdigest()[:12]


def judge(draws: int, first: int, end: int) -> dict[str, Any]:
    """Return how many of the files of these numbers were judged and failed, and what was wrong with the first ones."""
    bad: list[str] = []
    failed = size = 0
    pieces = small_pieces(PIECES) if first // PART % SELDOM == 0 else nullcontext()
    with pieces:
        for number in range(first, end):
            damaged = damaged_file(draws, number)
            size += len(damaged.data)
            faults = faults_of(damaged.data)
            if faults:
                failed += 1
                bad.append(f"file {number} of seed {draws}, from {damaged.name}: {faults[0]}")
    return {"first": first, "files": end - first, "bytes": size, "failed": failed, "bad": bad[:SHOWN]}


def parts_of(count: int) -> Iterator[tuple[int, int]]:
    """Yield the first number and the end of each part of so many files."""
    for first in range(0, count, PART):
        yield first, min(count, first + PART)


def run(count: int, processes: int, kept: Path) -> dict[int, dict[str, Any]]:
    """Judge the parts that are not kept yet, and return all of them by their first number."""
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
        running = {pool.submit(judge, seed(), *part) for part in islice(waiting, 2 * processes)}
        while running:
            ended = next(as_completed(running))
            running.discard(ended)
            running |= {pool.submit(judge, seed(), *part) for part in islice(waiting, 1)}
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


def main() -> int:
    """Judge the files that are left; returns 1 when any failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--files", type=int, default=MILLION, help="how many damaged files")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    KEPT.mkdir(exist_ok=True)
    mark = fingerprint()
    begun = monotonic()
    done = run(options.files, options.processes, KEPT / f"seed-{seed()}-{mark}.jsonl")
    result = {
        "files": sum(part["files"] for part in done.values()),
        "bytes": sum(part["bytes"] for part in done.values()),
        "failed": sum(part["failed"] for part in done.values()),
        "seed": seed(),
        "state": mark,
        "seconds_of_this_run": round(monotonic() - begun),
    }
    (KEPT / f"result-seed-{seed()}.json").write_text(json.dumps(result) + "\n", encoding="utf-8")
    say(json.dumps(result))
    return 1 if result["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
