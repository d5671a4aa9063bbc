"""What was read of a report as plain values for people and programs: what it holds, what is wrong, whether it ties.

Columns that may hold names and account numbers are never among them.
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from ingather.base.problems import Problem
from ingather.reports.items import ITEM_KINDS, ControlTotals, Items, Report
from ingather.reports.profile import ReportProfile

_LAST = 4


def as_dict(name: str, reports: Sequence[Report]) -> dict[str, Any]:
    """Return what the reports of one file hold, added up, as one object."""
    items = {kind: sum(len(getattr(report, kind)) for report in reports) for kind in ITEM_KINDS}
    problems = list(dict.fromkeys(problem for report in reports for problem in report.problems))
    return {
        "file": name,
        "carrier": str(reports[0].carrier),
        "profile": reports[0].profile,
        "ok": all(report.complete for report in reports),
        "reports": len(reports),
        "accounts": sorted({account_of(report) for report in reports} - {""}),
        "items": items,
        "problems": [problem_as_dict(problem) for problem in problems],
        "control_totals": str(totals_of(reports)),
        "tolerances": sorted({name for report in reports for name in report.tolerances}),
    }


def account_of(report: Report) -> str:
    """Return what a report's account is called: the bank and the last four digits of a number long enough for that."""
    last4 = report.account[-_LAST:] if len(report.account) >= 2 * _LAST else ""
    return f"{report.bank} ...{last4}".strip() if report.account else ""


def problem_as_dict(problem: Problem) -> dict[str, object]:
    """Return a problem with its place: ``line`` and ``columns`` count from 1, 0 and none are the whole of it."""
    return {
        "line": problem.line,
        "columns": [problem.start, problem.end] if problem.start else None,
        "field": problem.field,
        "check": problem.check,
        "severity": str(problem.severity),
        "message": problem.message,
    }


def totals_of(reports: Sequence[Report]) -> ControlTotals:
    """Return whether the totals of several reports tie: they differ when one's do, and tie when all of them do."""
    said = {report.control_totals for report in reports}
    if ControlTotals.DIFFER in said:
        return ControlTotals.DIFFER
    return ControlTotals.TIE if said == {ControlTotals.TIE} else ControlTotals.NONE


def rows_of(items: Items, *, first: int = 0, limit: int) -> list[dict[str, Any]]:
    """Return rows of one kind of items without the columns that may hold names and account numbers."""
    names = [column.name for column in fields(items) if column.repr]
    last = min(len(items), first + limit)
    return [{name: getattr(items, name)[index] for name in names} for index in range(first, last)]


def profile_as_dict(profile: ReportProfile, *, on: date, shipped: bool) -> dict[str, Any]:
    """Return what a list shows of a report profile, and whether it is in force on a day."""
    return {
        "name": profile.name,
        "id": profile.id,
        "version": profile.version,
        "carrier": str(profile.carrier),
        "bank": profile.bank or None,
        "effective_from": profile.effective_from and profile.effective_from.isoformat(),
        "effective_to": profile.effective_to and profile.effective_to.isoformat(),
        "in_force": profile.in_force(on),
        "of": "ingather" if shipped else "the book",
    }
