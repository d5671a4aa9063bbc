"""``ingather nacha bench``: how fast files are written and read here, beside a plain loop and a raw copy of the bytes.

All is made by arithmetic and measured in one process; a figure is the best of a few rounds, in entries per second.
``write`` is from columns to a file with all checks, ``read`` from that file to columns with all checks; ``loop`` is the
same work record by record on a sample; ``raw`` writes and reads the same bytes and does nothing else.
"""

import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from ingather.cli.bench_plan import plain_batches, plan_of
from ingather.cli.sources import bytes_of
from ingather.nacha.plain_loop import read_plainly, write_plainly
from ingather.nacha.plan import FilePlan
from ingather.nacha.reader import read
from ingather.nacha.writer import write_to

T = TypeVar("T")
MOST_ENTRIES = 9_000_000
SAMPLE = 100_000
_MIB = 1024
_DISAGREES, _USAGE = 1, 2


class NotAsWritten(RuntimeError):  # noqa: N818 -- named for the fact, as all our errors are
    """What was read, or what the loop wrote, is not what was written: figures of it would mean nothing."""

    def __init__(self) -> None:
        super().__init__("What was read is not what was written, so there are no figures. Please report this.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The result: rates are entries per second, memory is the process's peak before the loop ran."""

    entries: int
    bytes: int
    write_per_s: int
    read_per_s: int
    loop_write_per_s: int
    loop_read_per_s: int
    raw_write_per_s: int
    raw_read_per_s: int
    peak_rss_mib: int
    load: float


def bench(
    *,
    entries: Annotated[int, typer.Option(min=1, max=MOST_ENTRIES, help="Entries in the file.")] = 1_000_000,
    repeat: Annotated[int, typer.Option(min=1, help="Rounds; the best of them counts.")] = 3,
    folder: Annotated[
        Path | None, typer.Option(help="Where the file is written and read; else a temporary folder.", exists=True)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a page.")] = False,
) -> None:
    """Measure how fast files are written and read here with all checks, beside a plain loop and a raw copy."""
    try:
        with tempfile.TemporaryDirectory(prefix="ingather-bench-", dir=folder) as scratch:
            figures = asdict(measure(entries, Path(scratch), repeat=repeat))
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        typer.echo(f"The file cannot be written and read back: {reason}. Name another folder with --folder.", err=True)
        raise typer.Exit(_USAGE) from None
    except NotAsWritten as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(_DISAGREES) from None
    if as_json:
        typer.echo(json.dumps(figures))
        return
    for name, value in figures.items():
        typer.echo(f"{name:>18} {value:>14,}")


def measure(entries: int, folder: Path, *, repeat: int = 3) -> Figures:
    """Return the figures of a file of so many entries, which is written into the folder and left there.

    Raises ``NotAsWritten`` when reading or the loop disagrees with what was written.
    """
    plan = plan_of(entries)
    path = folder / "bench.ach"
    write_seconds, written = _best(lambda: _write(plan, path), repeat)
    read_seconds, good = _best(lambda: reads_back(path, plan), repeat)
    if not good:
        raise NotAsWritten
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MIB
    source = bytes_of(path)
    raw_write_seconds, _ = _best(lambda: _write_raw(source, folder / "raw.ach"), repeat)
    raw_read_seconds, _ = _best(lambda: len(bytes_of(path)), repeat)
    sample = min(entries, SAMPLE)
    loop_write_seconds, loop_read_seconds = _loop_seconds(sample, folder, repeat)
    return Figures(
        entries=entries,
        bytes=written,
        write_per_s=int(entries / write_seconds),
        read_per_s=int(entries / read_seconds),
        loop_write_per_s=int(sample / loop_write_seconds),
        loop_read_per_s=int(sample / loop_read_seconds),
        raw_write_per_s=int(entries / raw_write_seconds),
        raw_read_per_s=int(entries / raw_read_seconds),
        peak_rss_mib=peak,
        load=round(os.getloadavg()[0], 2),
    )


def _best(run: Callable[[], T], repeat: int) -> tuple[float, T]:
    """Return the least seconds of some rounds and what the last one gave."""
    least = float("inf")
    while True:
        start = time.perf_counter()
        result = run()
        least = min(least, time.perf_counter() - start)
        repeat -= 1
        if repeat <= 0:
            return least, result


def _write(plan: FilePlan, path: Path) -> int:
    with path.open("wb", buffering=0) as file:
        return write_to(plan, file).size


def _write_raw(source: memoryview, path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        given = 0
        while given < len(source):
            given += file.write(source[given:])


def reads_back(path: Path, plan: FilePlan) -> bool:
    """Return whether a file reads without a problem and adds up to what the plan says."""
    reading = read(bytes_of(path))
    # A sum each: comparing whole columns would be measured too.
    same = (
        len(reading.entries) == len(plan.entries)
        and int(reading.entries.routing.sum()) == int(plan.entries.routing.sum())
        and reading.debit_cents == int(plan.entries.amount_cents.sum())
    )
    return same and not reading.problems


def _loop_seconds(entries: int, folder: Path, repeat: int) -> tuple[float, float]:
    """Return the seconds that the plain loop takes to write and to read so many entries, as bytes in memory."""
    plan = plan_of(entries)
    batches = plain_batches(plan)
    write_seconds, data = _best(lambda: write_plainly(plan.head, batches), repeat)
    read_seconds, found = _best(lambda: read_plainly(data), repeat)
    path = folder / "sample.ach"
    _write(plan, path)
    if path.read_bytes() != data or found != [entry for batch in batches for entry in batch.entries]:
        raise NotAsWritten
    return write_seconds, read_seconds
