"""How fast the codec writes and reads with all checks, beside a plain copy of the same bytes in the same run.

``python -m tests.bench.bench_codec --entries 1000000 --json``
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ingather.nacha.reader import read
from ingather.nacha.writer import write
from tests.unit.nacha.plans import wide_plan

T = TypeVar("T")
_REPEATS = 3
_BATCH = 100_000


def measure(entries: int) -> dict[str, int]:
    """Return entries per second written and read, the same for plain copies of the bytes, and the peak in MiB."""
    plan = wide_plan(entries, batches=max(1, entries // _BATCH))
    write_seconds, written = _best(lambda: write(plan))
    source = written.data
    read_seconds, reading = _best(lambda: read(source))
    if reading.problems or reading.debit_cents != written.debit_cents:
        message = "what was read is not what was written"
        raise RuntimeError(message)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "raw"
        raw_write_seconds, _ = _best(lambda: path.write_bytes(source))
        raw_read_seconds, _ = _best(path.read_bytes)
    return {
        "entries": entries,
        "bytes": len(source),
        "write_per_s": int(entries / write_seconds),
        "read_per_s": int(entries / read_seconds),
        "raw_write_per_s": int(entries / raw_write_seconds),
        "raw_read_per_s": int(entries / raw_read_seconds),
        "peak_rss_mib": peak,
    }


def _best(run: Callable[[], T]) -> tuple[float, T]:
    """Return the least seconds of a few runs and what the last one gave."""
    least, result = float("inf"), None
    for _ in range(_REPEATS):
        result = None
        start = time.perf_counter()
        result = run()
        least = min(least, time.perf_counter() - start)
    if result is None:
        message = "nothing was measured"
        raise RuntimeError(message)
    return least, result


def main() -> None:
    """Measure and print, as JSON or as lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.entries)
    lines = [json.dumps(found)] if options.json else [f"{name:>16} {value:>14,}" for name, value in found.items()]
    for line in lines:
        print(line)  # noqa: T201 -- a bench prints its figures


if __name__ == "__main__":
    main()
