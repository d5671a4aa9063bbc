"""Bugs put into the columnar reader on purpose: two thousand damaged files tell each, the first few tell most."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ingather.nacha import reader
from tests.fuzz.__main__ import SHOWN, judge
from tests.fuzz.judging import damaged_file, faults_of
from tests.seeds import seed

FILES = 2_000
Wrapped = Callable[..., Any]


def with_amounts_for_traces(found: Any) -> Any:  # noqa: ANN401 -- whatever the reader hands on
    """Two fields exchanged: what a reader does whose columns were mixed up."""
    return replace(found, amount_cents=found.trace, trace=found.amount_cents)


def with_a_column_too_few(found: Any) -> Any:  # noqa: ANN401 -- whatever the reader hands on
    """A field that starts one column early, everything else right."""
    return replace(found, rows=np.roll(found.rows, 1, axis=1))


def with_the_next_entry(found: Any) -> Any:  # noqa: ANN401 -- whatever the reader hands on
    """The owner of each addenda, off by one."""
    return replace(found, entry=np.maximum(found.entry - 1, -1))


def with_every_hash_right(found: Any) -> Any:  # noqa: ANN401 -- whatever the reader hands on
    """A hash that is never looked at: the sum is taken to be what the control claims."""
    return replace(found, claimed_hash=found.entry_hash)


def with_the_last_entry_left_out(found: Any) -> Any:  # noqa: ANN401 -- whatever the reader hands on
    """A sum that ends one entry early."""
    return replace(found, debit_cents=np.maximum(found.debit_cents - 1, 0))


PLANTED = {
    "amount and trace exchanged": ("read_entries", with_amounts_for_traces),
    "texts one column early": ("read_entries", with_a_column_too_few),
    "the owner of addenda off by one": ("read_addenda", with_the_next_entry),
    "an ignored hash": ("read_batches", with_every_hash_right),
    "sums that are a cent short": ("read_batches", with_the_last_entry_left_out),
}


def first_to_tell() -> int:
    """Return the number of the first damaged file on which the readers disagree, or how many were tried."""
    return next((number for number in range(FILES) if faults_of(damaged_file(seed(), number).data)), FILES)


@pytest.mark.parametrize("bug", sorted(PLANTED))
def test_a_bug_planted_in_the_reader_is_told(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, change = PLANTED[bug]
    right: Wrapped = getattr(reader, name)
    monkeypatch.setattr(reader, name, lambda *given, **named: change(right(*given, **named)))
    assert first_to_tell() < FILES


@pytest.mark.parametrize("check", sorted(name for name in vars(reader) if name.startswith("check_")))
def test_a_check_that_is_not_made_is_told(check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, check, lambda *_given, **_named: None)
    assert first_to_tell() < FILES


def test_a_long_run_counts_what_fails_and_tells_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    good = judge(seed(), 0, 40)
    assert (good["files"], good["failed"], good["bad"]) == (40, 0, [])
    monkeypatch.setattr(reader, "check_batch_controls", lambda *_given, **_named: None)
    found = judge(seed(), 0, 40)
    assert found["failed"] > SHOWN == len(found["bad"])
    assert found["bytes"] == good["bytes"]
