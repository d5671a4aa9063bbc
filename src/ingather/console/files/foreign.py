"""Reading any NACHA file or report of a bank without taking it in: nothing is kept of it, nothing goes into the book.

The bytes are in memory while the page is made, and no longer. Accounts are masked as in files of our own. The page has
so many lines of a NACHA file; the next ones are shown when the file is given again with the line to begin at.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from ingather.actions.report_profiles import profiles_of
from ingather.console.files.checked import Checked, check
from ingather.console.files.fields import layout_rows
from ingather.console.files.opened import grid_lines
from ingather.console.files.seeking import Sought, rows_of, seek
from ingather.console.files.tree import tree_of
from ingather.console.files.viewing import summed
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.refusals import NotPermitted, Unreadable
from ingather.domain.users import Permission
from ingather.nacha.records import LAYOUTS
from ingather.reports.carriers import recognise
from ingather.reports.items import ITEM_KINDS, Carrier, Report
from ingather.reports.recognise import read_reports
from ingather.reports.showing import account_of, totals_of
from ingather.reports.showing import rows_of as item_rows

pages = Pages("Files")
LINES = 2_000
"""How many lines one page has."""
ITEMS = 500
"""How many items of each kind one page has."""
_WIDTH = 94
_SAID = frozenset({"line", "amount_minor", "amount_cents", "debit_cents", "count"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """Somebody's bytes: what they are, and the lines that the page begins with."""

    data: bytes = field(repr=False)
    first: int


@pages.get("/read", needs=Permission.FILES_READ)
def ask(visit: Visit) -> Response:
    """Show the form that takes a file to look at."""
    return visit.show("files/read.html", refusal=None)


@pages.post("/read", needs=Permission.FILES_READ, upload=True)
def read(visit: Visit) -> Response:
    """Show any bytes as what they are; nothing of them is kept."""
    try:
        foreign = _given(visit)
    except Unreadable as refusal:
        return visit.show("files/read.html", status=refusal.status, refusal=refusal)
    carrier = recognise(foreign.data)
    shown: dict[str, Any] = {
        "size": len(foreign.data),
        "sha256": hashlib.sha256(foreign.data).hexdigest(),
        "carrier": str(carrier),
    }
    if carrier in {Carrier.NACHA, Carrier.UNKNOWN}:
        checked = check(foreign.data)
        if carrier is Carrier.NACHA or checked.entries or checked.batches:
            return visit.show("files/foreign.html", **shown, **_nacha(visit, foreign, checked))
    if not visit.may(Permission.REPORTS_READ):
        fact = f"this is a report of a bank, and reading those needs the permission {Permission.REPORTS_READ}"
        missing = NotPermitted(fact, "Ask an administrator, or look at a NACHA file")
        return visit.show("files/read.html", status=missing.status, refusal=missing)
    return visit.show("files/report.html", **shown, **_report(visit, foreign))


def _given(visit: Visit) -> Foreign:
    if not visit.body:
        fact = "no file was given, or it is empty"
        raise Unreadable(fact, "Choose a file and send it again")
    text = visit.form.get("from", "").strip() or "1"
    if not text.isdecimal() or len(text) > 8:  # noqa: PLR2004 -- the reader takes ten million lines
        fact = f"{text[:20]} is no number of a line"
        raise Unreadable(fact, "Write a number, counted from 1")
    return Foreign(data=visit.body, first=max(int(text), 1))


def _nacha(visit: Visit, foreign: Foreign, checked: Checked) -> dict[str, Any]:
    """Return a NACHA file as the viewer shows it, from the line on that was asked for."""
    raws = split(foreign.data)
    first = min(foreign.first, max(len(raws), 1))
    part = raws[first - 1 : first - 1 + LINES]
    lines = grid_lines(checked, first, part)
    asked = visit.form.get("q", "").strip()[:40]
    sought: Sought | None = None
    if asked:
        sought = seek(rows_of(foreign.data, checked.stride), asked) if checked.stride else Sought(lines=(), count=0)
    return {
        "checked": checked,
        "lines": lines,
        "first": first,
        "last": first - 1 + len(part),
        "total": len(raws),
        "most": LINES,
        "leaves": tree_of(checked, first, part, whole=True),
        "asked": asked,
        "sought": sought,
        "chosen": 0,
        "column": 0,
        "layouts": {code: layout_rows(LAYOUTS[code]) for code in sorted({line.layout for line in lines} - {""})},
        "whole_file": [each for each in checked.problems if not each.line],
        **summed(checked),
    }


def split(data: bytes) -> list[bytes]:
    """Return the lines of some bytes, none left out; bytes without line ends are cut into records of 94."""
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    if len(lines) == 1 and len(lines[0]) > _WIDTH:
        return [lines[0][at : at + _WIDTH] for at in range(0, len(lines[0]), _WIDTH)]
    return lines


def _report(visit: Visit, foreign: Foreign) -> dict[str, Any]:
    """Return a bank's report as its items and problems; columns that may hold accounts or names are not among them."""
    tolerated = visit.desk.routes()[0].profile.tolerances.tolerated
    with visit.view() as ctx:
        reports = read_reports(foreign.data, near=visit.today, tolerated=tolerated, profiles=profiles_of(ctx))
    return {
        "reports": [_one(report) for report in reports[:50]],
        "more": max(0, len(reports) - 50),
        "totals": str(totals_of(reports)),
        "profile": reports[0].profile,
        "read_as": str(reports[0].carrier),
        "complete": all(report.complete for report in reports),
        "problems": list(dict.fromkeys(problem for report in reports for problem in report.problems))[:200],
    }


def _one(report: Report) -> dict[str, Any]:
    kinds = []
    for kind in ITEM_KINDS:
        items = getattr(report, kind)
        if len(items):
            rows = item_rows(items, limit=ITEMS)
            # A column that says nothing in any row is only width.
            names = [name for name in rows[0] if name in _SAID or any(row[name] not in {None, "", 0} for row in rows)]
            kinds.append({"kind": kind, "count": len(items), "names": names, "rows": rows})
    return {
        "account": account_of(report),
        "on": report.business_date,
        "number": report.report_id,
        "mode": report.mode,
        "lines": report.lines,
        "kinds": kinds,
    }
