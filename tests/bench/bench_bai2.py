"""How fast a BAI2 report of a million details is read: ``python -m tests.bench.bench_bai2 --details 1000000``.

The yardstick is the plain loop that any reader needs at least: the file split into lines, each line into fields.
"""

import argparse
import json
import os
import resource
import sys
import time
from datetime import date

from ingather.reports.bai2.reader import read_bai2
from ingather.reports.items import Carrier, ControlTotals
from ingather.reports.profile import ReportProfile

_PER_SECOND = 300_000
_RUNS = 3


def a_report(details: int) -> bytes:
    """Return one account's day: collections, every tenth a return, some with a text over two records."""
    lines = [b"01,BANK,US,261120,0600,1,,,2/", b"02,US,BANK,1,261119,2400,USD,2/", b"03,123,USD,010,0,,Z,015,0,,Z/"]
    total = 0
    for number in range(details):
        cents = 1_000 + number % 5_000
        total += cents
        code = b"557" if number % 10 == 0 else b"165"
        lines.append(b"16,%s,%d,Z,2611%09d,REF%012d,PAYER NUMBER %d/" % (code, cents, number, number, number))
        if number % 100 == 0:
            lines.append(b"88,EREF: ORDER %d/" % number)
    records = len(lines)
    lines.append(b"49,%d,%d/" % (total, records - 1))
    lines.append(b"98,%d,1,%d/" % (total, records + 1))
    lines.append(b"99,%d,1,%d/" % (total, records + 3))
    return b"\n".join(lines) + b"\n"


def main() -> int:
    """Print the figures as one JSON line; returns 1 when the report is read slower than it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--details", type=int, default=1_000_000)
    details = parser.parse_args().details
    data = a_report(details)
    profile = ReportProfile(id="bai2", version=1, carrier=Carrier.BAI2)
    took = []
    for _ in range(_RUNS):
        start, busy = time.perf_counter(), time.process_time()
        (report,) = read_bai2(data, profile, near=date(2026, 11, 23))
        took.append((time.perf_counter() - start, time.process_time() - busy))
        if report.control_totals is not ControlTotals.TIE or len(report.postings) != details or report.problems:
            return 1
        del report
    start = time.perf_counter()
    for line in data.split(b"\n"):
        line.split(b",")
    loop = time.perf_counter() - start
    wall, busy = min(took)
    figures = {
        "details": details,
        "per_second": round(details / wall),
        "per_busy_second": round(details / busy),
        "seconds": round(wall, 3),
        "plain_split_seconds": round(loop, 3),
        "times_the_plain_split": round(wall / loop, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "load": round(os.getloadavg()[0], 2),
    }
    print(json.dumps(figures))  # noqa: T201 -- its output
    return 0 if details / wall >= _PER_SECOND else 1


if __name__ == "__main__":
    sys.exit(main())
