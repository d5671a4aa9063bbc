"""The plain loop is an honest yardstick: the same bytes, the same entries, and it stops where the columns refuse."""

from dataclasses import replace
from typing import Any

import pytest

from ingather.cli.bench_plan import plain_batches, plan_of
from ingather.nacha.plain_loop import PlainBatch, PlainFault, read_plainly, write_plainly
from ingather.nacha.reader import read
from ingather.nacha.writer import write

PLAN = plan_of(300)


def test_the_loop_writes_the_same_bytes_and_reads_the_same_entries() -> None:
    plan = plan_of(56_000)
    batches = plain_batches(plan)
    data = write_plainly(plan.head, batches)
    assert len(batches) == 4
    assert data == write(plan).data
    assert read_plainly(data) == [entry for batch in batches for entry in batch.entries]
    assert read(data).problems == ()


def faulty(**values: Any) -> list[PlainBatch]:  # noqa: ANN401 -- any column of an entry
    """Return the batches with one entry written otherwise."""
    (batch,) = plain_batches(PLAN)
    entries = list(batch.entries)
    entries[7] = entries[7]._replace(**values)
    return [replace(batch, entries=entries)]


@pytest.mark.parametrize(
    ("check", "values"),
    [
        ("transaction-code", {"transaction_code": 99}),
        ("transaction-code", {"transaction_code": 26}),
        ("service-class", {"transaction_code": 22}),
        ("amount-use", {"amount_cents": 0}),
        ("amount-use", {"transaction_code": 28}),
        ("amount-limit", {"amount_cents": 10**10}),
        ("check-digit", {"routing": 231_380_105}),
        ("check-digit", {"routing": 500_000_005}),
        ("account-blank", {"account": ""}),
        ("account-zeros", {"account": "000"}),
        ("account-justified", {"account": " 12"}),
        ("account-spaces", {"account": "1 2"}),
        ("field-fits", {"name": "A" * 23}),
        ("characters", {"name": "JOSÉ"}),
        ("trace-digits", {"trace": 0}),
        ("trace-prefix", {"trace": 8}),
        ("trace-order", {"trace": 91_000_010_000_001}),
    ],
)
def test_the_loop_refuses_what_the_columns_refuse(check: str, values: dict[str, Any]) -> None:
    with pytest.raises(PlainFault, match=f"{check} at 8"):
        write_plainly(PLAN.head, faulty(**values))


def test_the_loop_refuses_the_same_entry_twice() -> None:
    (batch,) = plain_batches(PLAN)
    twice = batch.entries[3]._replace(trace=batch.entries[8].trace)
    with pytest.raises(PlainFault, match="duplicate-entry at 9"):
        write_plainly(PLAN.head, [replace(batch, entries=[*batch.entries[:8], twice])])


@pytest.mark.parametrize(
    ("line", "start", "text", "check"),
    [
        (3, 30, "0000000001", "batch totals"),
        (3, 79, "1", "addenda-indicator"),
        (3, 12, "x", "digits"),
        (4, 80, "09100002", "trace-prefix"),
        (4, 94, "1", "trace-order"),
        (2, 2, "220", "service-class"),
        (2, 41, " " * 10, "company_identification blank"),
        (303, 2, "200", "batch-control-match"),
        (303, 11, "0000000001", "batch totals"),
        (304, 2, "000002", "file totals"),
        (304, 8, "000001", "file-block-count"),
        (305, 5, "8", "fill"),
        (303, 1, "6", "service-class"),
    ],
)
def test_the_loop_reads_with_the_checks_of_the_columns(line: int, start: int, text: str, check: str) -> None:
    data = bytearray(write(PLAN).data)
    at = (line - 1) * 95 + start - 1
    data[at : at + len(text)] = text.encode()
    with pytest.raises(PlainFault, match=check):
        read_plainly(bytes(data))
    assert not read(bytes(data)).ok
