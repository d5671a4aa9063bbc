"""How fast the codec writes and reads with all checks: what ``ingather nacha bench`` prints, as a module.

``python -m tests.bench.bench_codec --entries 1000000 --json``
"""

import typer

from ingather.cli.nacha_bench import bench

if __name__ == "__main__":
    typer.run(bench)
