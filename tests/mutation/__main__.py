"""``make mutants``: faults planted in the format's tables, checks and kernels by mutmut; most must be caught.

Of all mutants of ``[tool.mutmut] only_mutate`` a seeded draw runs (600, ``INGATHER_TEST_SEED``), each against a subset
of the tests that takes under two seconds. It happens in a copy of the tree. Printed are the score and the survivors;
the exit code is 1 below 80 %.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.seeds import seed

ROOT = Path(__file__).parents[2]
COPIED = ("src", "tests", "nacha_samples", "migrations", "pyproject.toml", "README.md", "LICENSE")
DRAWN = 600
LEAST = 0.80
PROCESSES = 2
# How pytest ends: 1 a test failed, 3 it broke; mutmut's own codes: 0 survived, 33 no test goes there, 36 timed out.
SURVIVED, UNSEEN = 0, 33


def _mutmut(folder: Path, *names: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(folder / "mutants" / "src")}
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(PROCESSES), *names]
    with (folder / "mutmut.log").open("ab") as log:
        subprocess.run(command, cwd=folder, env=environment, stdout=log, stderr=log, check=False)


def _codes(folder: Path) -> dict[str, int | None]:
    """Return how each mutant ended so far; None has not run."""
    found: dict[str, int | None] = {}
    for path in sorted((folder / "mutants" / "src").rglob("*.meta")):
        found |= json.loads(path.read_text("utf-8"))["exit_code_by_key"]
    return found


def run(folder: Path, draw: int) -> tuple[dict[str, int | None], float]:
    """Return how the drawn mutants ended, by name, and the seconds it took."""
    for name in COPIED:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, folder / name)
    began = time.monotonic()
    # A name that no mutant has: only the mutants are made.
    _mutmut(folder, "none.at.all")
    names = sorted(_codes(folder))
    if not names:
        sys.stderr.write((folder / "mutmut.log").read_text("utf-8")[-2_000:])
        message = "no mutants were made"
        raise RuntimeError(message)
    drawn = random.Random(seed()).sample(names, min(draw, len(names)))  # noqa: S311 -- a seeded draw, no secret
    _mutmut(folder, *drawn)
    ended = _codes(folder)
    return {name: ended[name] for name in drawn}, time.monotonic() - began


def main() -> int:
    """Run the draw and print the score and the survivors; returns 1 when too many survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=DRAWN)
    parser.add_argument("--diffs", action="store_true", help="print what each survivor changed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ingather-mutants-") as scratch:
        folder = Path(scratch)
        ended, seconds = run(folder, options.mutants)
        survivors = sorted(name for name, code in ended.items() if code in {SURVIVED, UNSEEN, None})
        for name in survivors:
            sys.stdout.write(f"survived: {name}{'' if ended[name] == SURVIVED else f' ({ended[name]})'}\n")
            if options.diffs:
                shown = [sys.executable, "-m", "mutmut", "show", name]
                sys.stdout.write(subprocess.run(shown, cwd=folder, capture_output=True, text=True, check=False).stdout)
    killed = len(ended) - len(survivors)
    score = killed / len(ended)
    sys.stdout.write(f"{killed} of {len(ended)} mutants were caught ({score:.1%}), {seconds:.0f} s, seed {seed()}\n")
    return 0 if score >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
