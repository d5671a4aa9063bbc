"""The attacks of a soak that go through everything, in slices that are kept as they end, so that they are resumed."""

import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.crash.storm import targets, weather
from tests.crash.syscalls import Verb, at_engine, play, scene
from tests.crash.tracing import Fault, can_trace

KILLS: Final = int(os.environ.get("INGATHER_SOAK_KILLS", "10000"))
EVERY: Final = int(os.environ.get("INGATHER_SOAK_EVERY_CALL", "1"))
"""Every how many calls one is attacked; 1 is all of them."""
_ENGINES: Final = ("sqlite", "postgresql")
_SLICES: Final = 4
_SLICE_OF_KILLS: Final = 250
_SHARES: Final = {"night": 5, "inbound": 2, "settle": 1, "payouts": 2}
"""Out of ten slices of kills, how many each job gets."""


def _kept(folder: Path, name: str, part: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what a slice came to, from an earlier run of this commit where it has ended with nothing broken."""
    path = folder / f"{name}.json"
    if path.exists():
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return found
    found = part()
    if not found["broken"]:
        path.write_text(json.dumps(found), "utf-8")
    return found


def _storm(name: str, number: int, wanted: int) -> dict[str, Any]:
    """Storm one job until so many kills have arrived."""
    draw = Random(f"{name}/{number}")  # noqa: S311 -- a test wants repeatable draws
    kills, storms, broken = 0, 0, []
    with tempfile.TemporaryDirectory(prefix="ingather-storm-") as scratch:
        target = targets()[name](Path(scratch))
        while kills < wanted:
            arrived, wrong = weather(target, draw)
            kills, storms = kills + arrived, storms + 1
            broken += wrong
    return {f"kills of {name}": kills, "storms": storms, "broken": broken}


def _stormed(folder: Path, task: tuple[str, int, int]) -> dict[str, Any]:
    name, number, wanted = task
    return _kept(folder, f"storm-{name}-{number}-{wanted}", partial(_storm, name, number, wanted))


def _calls(verb: str, engine: str, faults: tuple[str, ...], first: int) -> dict[str, Any]:
    """Attack a slice of a verb's calls by each of the faults."""
    counted: Counter[str] = Counter()
    broken: list[str] = []
    with tempfile.TemporaryDirectory(prefix="ingather-calls-") as scratch, at_engine(engine) as url:
        found = scene(Verb(verb), Path(scratch), url=url, tracing=can_trace())
        for fault in map(Fault, faults):
            said: Counter[str] = Counter()
            for point in found.to_attack(fault)[first * EVERY :: _SLICES * EVERY]:
                broken += play(found, point, fault, said=said)
                counted[f"{verb} on {engine}, {fault.partition('=')[2]}"] += 1
            if fault is not Fault.KILL:
                counted["runs that stopped with a sentence"] += sum(
                    times for words, times in said.items() if not words.startswith("0:")
                )
    return {"by strace": int(can_trace()), **counted, "broken": broken}


def _called(folder: Path, task: tuple[str, str, tuple[str, ...], int]) -> dict[str, Any]:
    verb, engine, faults, first = task
    words = "-".join(fault.partition("=")[2] for fault in faults)
    return _kept(folder, f"calls-{verb}-{engine}-{words}-{EVERY}-{first}", partial(_calls, *task))


def _together(do: Callable[[Any], dict[str, Any]], tasks: Iterable[Any]) -> dict[str, Any]:
    counted: Counter[str] = Counter()
    broken: list[str] = []
    with ProcessPoolExecutor(max_workers=2, max_tasks_per_child=1) as pool:
        for found in pool.map(do, tasks):
            broken += found.pop("broken")
            counted.update(found)
    return {**counted, "broken": broken}


def storms(folder: Path) -> dict[str, Any]:
    """Kill nights, inbound runs, settlings and payouts at random steps, again while they recover."""
    folder.mkdir(exist_ok=True)
    slices = max(1, KILLS // _SLICE_OF_KILLS)
    wanted = min(KILLS, _SLICE_OF_KILLS)
    names = [name for name, share in _SHARES.items() for _ in range(share)]
    counted = _together(
        partial(_stormed, folder), [(names[number % len(names)], number, wanted) for number in range(slices)]
    )
    broken = counted.pop("broken")
    return {"kills": sum(n for what, n in counted.items() if what.startswith("kills of")), **counted, "broken": broken}


def killed_calls(folder: Path) -> dict[str, Any]:
    """Kill night, inbound and settle at each of their durable calls, on both engines."""
    return _attacked(folder, (Fault.KILL,))


def failed_calls(folder: Path) -> dict[str, Any]:
    """Have each durable call of night, inbound and settle fail once with EIO and once with ENOSPC, on both engines."""
    return _attacked(folder, (Fault.EIO, Fault.ENOSPC))


def _attacked(folder: Path, faults: tuple[Fault, ...]) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    words = tuple(str(fault) for fault in faults)
    tasks = [(str(verb), engine, words, first) for verb in Verb for engine in _ENGINES for first in range(_SLICES)]
    found = _together(partial(_called, folder), tasks)
    key = "kills" if faults == (Fault.KILL,) else "calls that failed"
    broken = found.pop("broken")
    slices = found.pop("by strace", 0)
    whole = sum(number for what, number in found.items() if " on " in what)
    return {key: whole, **found, "slices by strace": slices, "broken": broken}
