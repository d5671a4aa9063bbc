"""Files given to a sink chunk by chunk: the same bytes as in memory, whatever the chunk, and none when refused."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from ingather.base.columns import text_column
from ingather.nacha import writer
from ingather.nacha.dialect import Dialect, LineEnd
from ingather.nacha.plan import FilePlan, payment_addenda
from ingather.nacha.refused import FormatRefused
from ingather.nacha.writer import write, write_to
from tests.unit.nacha.plans import one_batch, small_plan, wide_plan, with_entries
from tests.unit.nacha.refusing.breaks import worded


class Reluctant:
    """A file that takes at most so many bytes at a time."""

    def __init__(self, most: int) -> None:
        self.most, self.taken = most, b""

    def write(self, data: memoryview, /) -> int:
        """Take the first bytes of what is given."""
        self.taken += bytes(data[: self.most])
        return min(self.most, len(data))


class Copying:
    """A sink that keeps copies."""

    def __init__(self, parts: list[bytes]) -> None:
        self.parts = parts

    def __call__(self, view: memoryview, /) -> None:
        self.parts.append(bytes(view))


def many_addenda() -> FilePlan:
    owner = np.repeat([0, 2], [5, 3])
    return with_entries(
        worded(one_batch("CTX", 3), name="BUYER"), addenda=payment_addenda(owner, text_column(["RMR*IV*1\\"] * 8, 80))
    )


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 10, 19, 20, 21, 100])
@pytest.mark.parametrize("line_end", LineEnd)
def test_a_stream_is_the_file_whatever_the_chunk(
    monkeypatch: pytest.MonkeyPatch, chunk: int, line_end: LineEnd
) -> None:
    dialect = Dialect(line_end=line_end)
    for plan in (small_plan(), many_addenda(), one_batch(), wide_plan(50, batches=17)):
        whole = write(plan, dialect=dialect)
        with monkeypatch.context() as patch:
            patch.setattr(writer, "CHUNK_RECORDS", chunk)
            assert write(plan, dialect=dialect).data == whole.data
            parts: list[bytes] = []
            streamed = write_to(plan, Copying(parts), dialect=dialect)
        assert b"".join(parts) == whole.data
        assert len(parts) == -(-len(whole.data) // (94 + len(line_end)) // chunk)
        assert streamed.data == b""
        assert streamed.size == whole.size == len(whole.data)
        assert np.array_equal(streamed.entry_lines, whole.entry_lines)
        assert streamed.entry_hash == whole.entry_hash


@pytest.mark.parametrize("count", [16_383, 16_384, 16_385])
def test_a_file_on_disk_is_the_file_in_memory(tmp_path: Path, count: int) -> None:
    plan = wide_plan(count, batches=3)
    with (tmp_path / "file.ach").open("wb") as file:
        written = write_to(plan, file)
    assert (tmp_path / "file.ach").read_bytes() == write(plan).data
    assert written.entries == count


def test_a_sink_may_be_a_function() -> None:
    digest = hashlib.sha256()
    write_to(small_plan(), digest.update)
    assert digest.digest() == hashlib.sha256(write(small_plan()).data).digest()


def test_what_a_sink_keeps_is_released_and_never_changes_under_it() -> None:
    kept: list[memoryview] = []
    write_to(small_plan(), kept.append)
    with pytest.raises(ValueError, match="released"):
        bytes(kept[0])


def test_a_file_that_takes_few_bytes_at_a_time_gets_them_all() -> None:
    file = Reluctant(100)
    write_to(small_plan(), file)
    assert file.taken == write(small_plan()).data


def test_a_file_that_takes_nothing_is_an_error() -> None:
    with pytest.raises(OSError, match="none of the bytes"):
        write_to(small_plan(), Reluctant(0))


def test_nothing_is_given_when_the_plan_is_refused() -> None:
    given: list[memoryview] = []
    with pytest.raises(FormatRefused):
        write_to(with_entries(small_plan(), amount_cents=np.zeros(8, np.int64)), given.append)
    assert given == []


def test_an_unknown_line_end_is_an_error() -> None:
    with pytest.raises(ValueError, match="LineEnd"):
        write(small_plan(), dialect=Dialect(line_end="\r"))
