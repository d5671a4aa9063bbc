"""Every reader of reports takes whatever comes: nothing is raised, nothing hangs, nothing is accepted silently.

Planted: totals that nobody holds against what was read, and a reader that raises.
"""

from dataclasses import replace
from typing import Any

import pytest

from ingather.reports import recognise
from ingather.reports.items import Carrier, ControlTotals, Report
from tests.fuzz.__main__ import Failing, Kind, failing, judge
from tests.fuzz.reports import damaged_report, faults_of_report, sources
from tests.seeds import seed

FILES = 160
CARRIERS = frozenset({Carrier.STR_DELIMITED, Carrier.STR_FIXED, Carrier.BAI2, Carrier.CAMT_053, Carrier.MT940,
                      Carrier.ACKNOWLEDGEMENT, Carrier.NACHA})  # fmt: skip


def test_damaged_reports_are_told_as_damaged_or_read_alike() -> None:
    found = judge(seed(), 0, FILES, Kind.REPORTS)
    assert (found["files"], found["failed"], found["bad"]) == (FILES, 0, [])


def test_every_carrier_is_among_the_sources() -> None:
    assert {recognise.recognise(data) for _, data in sources()} >= CARRIERS


def test_totals_that_nobody_compares_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    # One digit of an amount in a report that tied, and the reader is made to say that it still does.
    numbers = [number for number in range(400) if damaged_report(seed(), number)[1]]
    true = recognise.read_reports

    def all_well(data: bytes, **how: Any) -> tuple[Report, ...]:  # noqa: ANN401 -- the true one's own arguments
        return tuple(replace(report, control_totals=ControlTotals.TIE, problems=()) for report in true(data, **how))

    monkeypatch.setattr("tests.fuzz.reports.read_reports", all_well)
    told = [fault for number in numbers[:120] for fault in faults_of_report(damaged_report(seed(), number)[0],
                                                                            one_digit=True)]  # fmt: skip
    assert {failing(fault) for fault in told} == {Failing.SILENT}


def test_a_reader_that_raises_is_counted_as_crashed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError

    monkeypatch.setattr("tests.fuzz.reports.read_reports", broken)
    damaged, one_digit = damaged_report(seed(), 1)
    (fault,) = faults_of_report(damaged, one_digit=one_digit)
    assert failing(fault) is Failing.CRASHED
