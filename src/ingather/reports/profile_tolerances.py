"""What a bank's profile lets pass: named switches, each of which turns certain errors into warnings.

A tolerance is never silent: the problem stays, as a warning, and the report names every tolerance that was needed.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from ingather.base.problems import Severity
from ingather.reports.items import Report

TOLERANCES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "control_mismatch": frozenset({"control-total"}),
        "missing_header": frozenset({"header-missing"}),
        "missing_trailer": frozenset({"trailer-missing"}),
        "unknown_record": frozenset({"record-unknown"}),
        "record_width": frozenset({"record-width"}),
    }
)
"""The problems that each tolerance turns into warnings, by the names of their checks."""


def tolerate(report: Report, tolerated: frozenset[str]) -> Report:
    """Return a report with the errors that are tolerated as warnings, and the tolerances that it needed."""
    used: set[str] = set(report.tolerances)
    problems = []
    for problem in report.problems:
        switches = [name for name in tolerated if problem.check in TOLERANCES.get(name, frozenset())]
        if switches and problem.severity is Severity.ERROR:
            used.update(switches)
            problems.append(replace(problem, severity=Severity.WARNING))
        else:
            problems.append(problem)
    if used == set(report.tolerances):
        return report
    return replace(report, problems=tuple(problems), tolerances=tuple(sorted(used)))
