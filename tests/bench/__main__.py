"""The figures: a night of 100,000 orders, the codec at a million entries, BAI2 of a million details, and the API.

Each prints JSON lines with its yardstick beside it and the machine's load, in a process of its own, so that peak
memory is its own.
"""

import subprocess
import sys


def main() -> int:
    """Run every benchmark; returns the first exit code that is not 0."""
    for module, *arguments in (
        ("tests.bench.bench_night", "--orders", "100000", "--merchants", "3000"),
        ("tests.bench.bench_night", "--book", "postgresql", "--orders", "10000", "100000"),
        ("tests.bench.bench_night", "--book", "postgresql", "--orders", "100000", "--workers", "2"),
        ("tests.bench.bench_returns", "--returns", "100000"),
        ("tests.bench.bench_codec", "--entries", "1000000", "--json"),
        ("tests.bench.bench_bai2", "--details", "1000000"),
        ("tests.bench.bench_api", "--seconds", "20", "--batches", "5"),
    ):
        print(module, flush=True)  # noqa: T201 -- its output
        ended = subprocess.run([sys.executable, "-m", module, *arguments], check=False)
        if ended.returncode:
            return ended.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
