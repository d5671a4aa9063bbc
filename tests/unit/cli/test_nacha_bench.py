"""``ingather nacha bench`` measures, and says nothing when what it measures is not right."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingather.cli import nacha_bench
from ingather.cli.bench_plan import plan_of
from ingather.cli.nacha import app
from ingather.cli.sources import bytes_of
from ingather.nacha.reader import read
from ingather.nacha.writer import write

NAMES = [
    *("entries", "bytes", "write_per_s", "read_per_s", "loop_write_per_s", "loop_read_per_s"),
    *("raw_write_per_s", "raw_read_per_s", "peak_rss_mib", "load"),
]


def test_the_figures_are_of_the_entries_that_were_asked_for(tmp_path: Path) -> None:
    ended = CliRunner().invoke(
        app, ["bench", "--entries", "2000", "--repeat", "1", "--folder", str(tmp_path), "--json"]
    )
    assert ended.exit_code == 0, ended.output
    figures = json.loads(ended.stdout)
    assert list(figures) == NAMES
    assert figures["entries"] == 2_000
    assert figures["bytes"] == len(write(plan_of(2_000)).data)
    assert all(figures[name] > 0 for name in NAMES if name != "load")
    assert list(tmp_path.iterdir()) == []


def test_columns_are_quicker_than_the_loop(tmp_path: Path) -> None:
    figures = nacha_bench.measure(30_000, tmp_path, repeat=2)
    assert figures.write_per_s > figures.loop_write_per_s
    assert figures.read_per_s > figures.loop_read_per_s


def test_a_folder_that_takes_no_file_is_said_in_a_sentence() -> None:
    ended = CliRunner().invoke(app, ["bench", "--entries", "10", "--repeat", "1", "--folder", "/proc"])
    assert ended.exit_code == 2
    assert "Name another folder" in ended.output


def test_a_file_that_reads_otherwise_than_it_was_written_is_noticed(tmp_path: Path) -> None:
    path, plan = tmp_path / "file", plan_of(500)
    data = write(plan).data
    path.write_bytes(data)
    assert nacha_bench.reads_back(path, plan)
    assert not nacha_bench.reads_back(path, plan_of(501))
    # A blank moved into an account number changes no sum, and is a problem.
    path.write_bytes(data[: 2 * 95 + 14] + b" " + data[2 * 95 + 15 :])
    assert not nacha_bench.reads_back(path, plan)


@pytest.mark.parametrize("entries", [1, 50_000, 50_001, 55_600])
def test_the_plan_is_the_same_each_time_and_good(entries: int) -> None:
    data = write(plan_of(entries)).data
    assert data == write(plan_of(entries)).data
    reading = read(data)
    assert reading.problems == ()
    assert reading.entry_count == entries
    # 50,000 and 5,000 and 500 to a batch, and again.
    assert len(reading.batches) == {1: 1, 50_000: 1, 50_001: 2, 55_600: 4}[entries]


def test_a_files_bytes_are_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "some"
    for content in (b"", b"1", bytes(range(256)) * 100):
        path.write_bytes(content)
        assert bytes(bytes_of(path)) == content
    assert bytes(bytes_of(Path("/proc/self/cmdline")))
