"""``make soak``: the full numbers of the proofs, in parts that are resumed; the last result is ``EVIDENCE.md``.

A part that has ended for this commit is not run again. The evidence is only written when every part has ended, and says
what was counted, on which commit and machine, whether it is good news or not.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from ingather.jobs.rebuild import rebuild_all
from ingather.jobs.rehearsal.scenarios import play_scenario
from ingather.simulator.scenarios import SCENARIOS
from ingather.wiring import new_desk
from tests.fuzz import __main__ as fuzzing
from tests.histories import machine, plans
from tests.planted import planted_bugs, uncaught
from tests.simulation.worlds import played_and_gone
from tests.soak import attacks
from tests.soak.rotation import rotations

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".soak"
SEEDS = 10
ROUNDS = 3
HISTORY_SEEDS = 24
FUZZED_FILES = int(os.environ.get("INGATHER_TEST_FUZZED_FILES", "10000000"))
FUZZED_REPORTS = int(os.environ.get("INGATHER_TEST_FUZZED_REPORTS", "200000"))
FUZZED_SECONDS = float(os.environ.get("INGATHER_TEST_FUZZED_SECONDS", "3600"))
"""How long a slice of either kind takes at most, 0: until all are judged; the next slice goes on behind it."""
WORLDS, WORLD_DAYS, WORLD_ORDERS = 50, 365, 200


def _played(name: str, seed: int) -> tuple[str, int, int, list[str]]:
    with tempfile.TemporaryDirectory(prefix="ingather-soak-") as scratch:
        folder = Path(scratch)
        played = play_scenario(
            name,
            folder,
            open_desk=lambda **how: new_desk(str(folder / "book.sqlite"), actor="system:rehearsal", node=0, **how),
            seed=seed,
        )
        rebuilt = list(rebuild_all(played.stage.desk))
    outcome = played.outcome
    broken = [invariant for invariant, holds in outcome["invariants"].items() if not holds]
    broken += [f"{each.file} is not rebuilt as sealed: {each.why}" for each in rebuilt if not each.same]
    return name, len(outcome["orders"]), len(played.days), [f"{name}, seed {seed}: {what}" for what in broken]


def scenarios() -> dict[str, Any]:
    """Play every scenario with many seeds, and ask every invariant and the bank's own books at the end of each."""
    plays = [(name, seed) for name in SCENARIOS for seed in range(1, SEEDS + 1)]
    with ProcessPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(_played, *zip(*plays, strict=True)))
    return {
        "scenarios": len(SCENARIOS),
        "plays": len(results),
        "orders": sum(orders for _, orders, _, _ in results),
        "banking days": sum(days for _, _, days, _ in results),
        "broken": [fault for *_, faults in results for fault in faults],
    }


def _made_up(seed: int) -> tuple[Counter[str], list[str]]:
    plays: dict[str, Callable[[], Counter[str]]] = {
        "over the rules alone": partial(machine.play, seed, histories=4_000),
        "on a book": partial(plans.play_towns, 5, seed=seed),
    }
    counted: Counter[str] = Counter()
    for where, play in plays.items():
        try:
            reached = play()
        except AssertionError as wrong:
            return counted, [f"{where}, seed {seed}: {wrong}"]
        counted.update({f"{what} {where}": reached[what] for what in ("histories", "debits", "returns")})
    return counted, []


def histories() -> dict[str, Any]:
    """Make up histories with many seeds: over the pure rules, and on real books against the bank in a box."""
    with ProcessPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(_made_up, range(1_001, 1_001 + HISTORY_SEEDS)))
    counted: Counter[str] = Counter()
    for found, _ in results:
        counted.update(found)
    return {"seeds": HISTORY_SEEDS, **counted, "broken": [fault for _, faults in results for fault in faults]}


def _tests(*paths: str, rounds: int = ROUNDS, **more: str) -> dict[str, Any]:
    """Run tests in rounds, each with its own draws, and add up what they counted; ``more`` is their environment."""
    counted: Counter[str] = Counter()
    broken: list[str] = []
    for number in range(1, rounds + 1):
        with tempfile.TemporaryDirectory(prefix="ingather-soak-") as scratch:
            report = Path(scratch) / "report.xml"
            command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", f"--junitxml={report}"]
            environment = {**os.environ, "INGATHER_TEST_SEED": str(number), **more}
            subprocess.run([*command, *paths], cwd=ROOT, env=environment, check=False, stdout=subprocess.DEVNULL)
            for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314 -- written by pytest just now
                counted["tests run"] += 1
                broken += [
                    f"round {number}: {case.get('name')}"
                    for kind in ("failure", "error")
                    if case.find(kind) is not None
                ]
                for found in case.iter("property"):
                    if (found.get("value") or "").isdigit():
                        counted[found.get("name") or ""] += int(found.get("value") or 0)
    return {"rounds": rounds, **counted, "broken": broken}


def _world(seed: int) -> dict[str, Any]:
    """Play one world of a year, or return what it came to in an earlier run of this commit."""
    kept = KEPT / f"{_git('rev-parse', '--short', 'HEAD')}-world-{seed}.json"
    if kept.exists():
        found: dict[str, Any] = json.loads(kept.read_text("utf-8"))
        return found
    try:
        found = played_and_gone(seed=seed, days=WORLD_DAYS, orders=WORLD_ORDERS)
        found["broken"] = [f"world, seed {seed}: not rebuilt as sealed: {fault}" for fault in found["not rebuilt"]]
    except Exception as wrong:  # noqa: BLE001 -- whatever broke is told with its seed, and the other worlds go on
        return {"seed": seed, "broken": [f"world, seed {seed}: {wrong}", *getattr(wrong, "__notes__", [])[:1]]}
    kept.write_text(json.dumps(found), "utf-8")
    return found


def worlds() -> dict[str, Any]:
    """Play a world of a year with many seeds; each evening every invariant and the money ring were asked."""
    KEPT.mkdir(exist_ok=True)
    with ProcessPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(_world, range(1, WORLDS + 1)))
    whole = [found for found in results if not found["broken"]]
    counted: Counter[str] = Counter()
    for found in whole:
        counted.update(
            {
                "evenings on which both books were equal to the cent": found["days"],
                "orders": found["orders"],
                "events": found["events"],
                "files at the bank": found["files"],
                "files rebuilt from the book with the sealed SHA-256": found["rebuilt"],
                "debits settled": found["debited"]["entries"],
                "debits returned": found["returned"]["entries"],
                "files in doubt": found["counted"].get("in doubt", 0),
                "reversals and refunds approved": found["counted"].get("approve follow-up", 0),
                "returns disputed": sum(
                    number
                    for what, number in found["counted"].items()
                    if what.startswith("dispute as") and "(again)" not in what and not what.endswith("refused")
                ),
            }
        )
    return {"worlds": len(results), "held": len(whole), **counted, "broken": [
        fault for found in results for fault in found["broken"]]}  # fmt: skip


def fuzz() -> dict[str, Any]:
    """Damage files and reports before every reader; what was judged before, in this state of the readers, counts."""
    counted: dict[str, Any] = {}
    broken: list[str] = []
    for kind, many in ((fuzzing.Kind.FILES, FUZZED_FILES), (fuzzing.Kind.REPORTS, FUZZED_REPORTS)):
        found = fuzzing.slice_of(kind, files=many, seconds=FUZZED_SECONDS)
        counted |= {f"damaged {kind}": found["files"]}
        counted |= {f"damaged {kind} {way}": found[way] for way in map(str, fuzzing.Failing)}
        broken += found["bad"]
    return {**counted, "broken": broken}


def planted() -> dict[str, Any]:
    """Plant every bug of the table, one at a time, and list each with whether it was caught."""
    bugs = planted_bugs()
    missed = {bug.caught_by for bug in uncaught(bugs)}
    listed = {f"{bug.area}: {bug.bug}": int(bug.caught_by not in missed) for bug in bugs}
    return {"planted": len(bugs), "caught": sum(listed.values()), **listed, "broken": sorted(missed)}


PARTS: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "scenarios": ("The bank in a box, every scenario with many seeds", scenarios),
    "histories": ("Generated histories: nobody is debited twice or against the Rules", histories),
    "world": ("Simulated worlds of a year: buyers, people, a bank and a wire that misbehave", worlds),
    "kills": (
        "SIGKILL at every durable step, restored books, planted bugs",
        lambda: _tests("tests/crash", INGATHER_TEST_KILLS_EVERY="2"),
    ),
    "backups": (
        "Backups of 50 moments of a night and of days with answers, on both engines; nights that lose their lock",
        lambda: _tests(
            "tests/crash/test_moments.py", "tests/crash/test_lost_lock.py", rounds=1, INGATHER_TEST_MOMENTS="50"
        ),
    ),
    "night": (
        "A night of a million orders on PostgreSQL: every claim a HOT update, memory, and others write meanwhile",
        lambda: _tests("tests/bench/test_night_at_size.py", rounds=1, INGATHER_TEST_NIGHT_ORDERS="1000000"),
    ),
    "document": (
        "The API's document: made-up calls of every operation, right and wrong, and chains of them",
        lambda: _tests(
            "tests/api/test_document.py",
            rounds=1,
            INGATHER_TEST_EXAMPLES="150",
            INGATHER_TEST_CHAINS="50",
            INGATHER_TEST_WRONG_EVERY="1",
        ),
    ),
    "callers": (
        "Every route for every kind of caller, and lists by every word of another merchant's",
        lambda: _tests("tests/api/test_every_route_and_caller.py", "tests/api/test_one_merchant.py", rounds=4),
    ),
    "calls": (
        "Every call that acts: repeated, eight at once, and killed at every step",
        lambda: _tests(
            "tests/api/test_idempotency.py",
            "tests/api/test_killed.py",
            rounds=1,
            INGATHER_TEST_AT_ONCE_EVERY="1",
            INGATHER_TEST_KILLED_EVERY="1",
            INGATHER_TEST_KILLED_STEPS="all",
        ),
    ),
    "audit": (
        "What is done to the audit chain past the database is found; 8 processes x 200 records extend one chain",
        lambda: _tests(
            "tests/store/test_audit_deeds.py",
            "tests/race/test_audit.py",
            rounds=5,
            INGATHER_TEST_AUDIT_DEEDS="10000",
            INGATHER_TEST_AUDIT_RECORDS="200",
        ),
    ),
    "rotation": (
        "Rotations of a million values, killed twenty times on each engine beside orders and nights",
        rotations,
    ),
    "books": (
        "Books of every release brought up and worked on, and rotations killed at every commit, on both engines",
        lambda: _tests(
            "tests/migrations/test_releases.py",
            "tests/store/test_key_kills.py",
            rounds=2,
            INGATHER_TEST_RELEASES="all",
            INGATHER_TEST_KEY_KILLS="all",
            INGATHER_TEST_KILLS_EVERY="2",
        ),
    ),
    "secrets": (
        "A whole journey on both engines: no account number or key readable anywhere, no two ciphertexts swapped",
        lambda: _tests(
            "tests/journey/test_no_plaintext.py",
            "tests/store/test_ciphertext.py",
            "tests/journey/test_shredding.py",
            rounds=1,
            INGATHER_TEST_SWAPS="2000000",
        ),
    ),
    "planted": ("Bugs planted in the system, one at a time: 1 for each that was caught", planted),
    "fuzz": ("Damaged bank files and reports before every reader, with a second reader beside ours", fuzz),
    "storms": (
        "Jobs killed again and again at random steps, also while they recover",
        lambda: attacks.storms(KEPT / _git("rev-parse", "--short", "HEAD")),
    ),
    "syscalls-kill": (
        "SIGKILL at every durable call to the system of night, inbound and settle, on both engines",
        lambda: attacks.killed_calls(KEPT / _git("rev-parse", "--short", "HEAD")),
    ),
    "syscalls-disk": (
        "Every durable call to the system failing with EIO and with ENOSPC",
        lambda: attacks.failed_calls(KEPT / _git("rev-parse", "--short", "HEAD")),
    ),
    "postmaster": (
        "PostgreSQL's first process killed during a night",
        lambda: _tests("tests/crash/test_postmaster.py", rounds=2, INGATHER_TEST_POSTMASTERS="50"),
    ),
    "decisions": (
        "Four people who approve, void, cancel, revoke, refund, return and record beside nights, 2,000 times each",
        lambda: _tests("tests/race/test_decisions.py", rounds=1, INGATHER_TEST_DECISIONS="2000"),
    ),
    "races": ("Nights and people racing, on SQLite and PostgreSQL", lambda: _tests("tests/race")),
}


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S607 -- git of the checkout


def evidence(commit: str, results: dict[str, dict[str, Any]]) -> str:
    """Return the page of what was proven."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    lines = [
        "# Evidence",
        "",
        "The last full run of `make soak`. Every proof also runs in `make test`, in smaller numbers, with planted bugs",
        "that it must catch.",
        "",
        f"- date: {datetime.now(UTC):%Y-%m-%d}",
        f"- commit: {commit}",
        f"- machine: {os.cpu_count()} cores, {memory} GiB, Python {platform.python_version()}",
        "",
    ]
    kills = sum(
        number for result in results.values() for what, number in result.items() if what in {"kills", "servers killed"}
    )
    lines += [f"{kills:,} kills in all, each of which arrived.", ""]
    for name, (title, _) in PARTS.items():
        result = dict(results[name])
        broken = result.pop("broken")
        lines += [f"## {title}", "", "| what | number |", "|---|---|"]
        lines += [f"| {what} | {number:,} |" for what, number in result.items()]
        lines += [f"| broken | {len(broken)} |", ""]
        lines += [f"- {fault}" for fault in broken]
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    """Run the parts that this commit has not ended yet; returns 1 when anything broke."""
    commit = _git("rev-parse", "--short", "HEAD")
    KEPT.mkdir(exist_ok=True)
    results: dict[str, dict[str, Any]] = {}
    for name, (title, part) in PARTS.items():
        kept = KEPT / f"{commit}-{name}.json"
        if not kept.exists():
            print(f"{title} ...", flush=True)  # noqa: T201 -- its output
            start = time.perf_counter()
            result = part() | {"seconds": round(time.perf_counter() - start)}
            kept.write_text(json.dumps(result), "utf-8")
        results[name] = json.loads(kept.read_text("utf-8"))
        print(f"  {results[name]}", flush=True)  # noqa: T201 -- its output
    (ROOT / "EVIDENCE.md").write_text(evidence(commit, results), "utf-8")
    return 1 if any(result["broken"] for result in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
