"""The annotated viewer: a file's 94 columns, its tree, totals and problems, and the field in hand.

Accounts are masked in place. An opening is on record once; windows of lines and fields belong to it.
"""

from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from ingather.actions.files.opening import open_whole, the_file
from ingather.base.ids import Prefix, public_id
from ingather.base.problems import Severity
from ingather.console.files.checked import Checked
from ingather.console.files.fields import field_in_hand, fields_of_line, origin_at
from ingather.console.files.listing import MARKS, STATES
from ingather.console.files.opened import Opened, number_asked, on_record, open_file
from ingather.console.files.seeking import Sought, rows_of, seek
from ingather.console.files.tree import tree_of
from ingather.console.pages import Pages
from ingather.console.visits import Visit, number_in
from ingather.domain.files import NOT_SENT, FileState
from ingather.domain.refusals import NoSuch
from ingather.domain.users import Permission
from ingather.nacha.checks import CHECKS
from ingather.nacha.records import RECORD_WIDTH
from ingather.store.reading import files
from ingather.store.reading.entry_origins import history_of

pages = Pages("Files")
GROUPS = (
    ("94 columns a line, blocks filled", {"record-size", "blocking", "fill", "blank-line", "end-mark", "record-type"}),
    ("Records in their order", {"order-of-records", "several-files", "file-header-missing", "file-control-missing",
                                "batch-control-missing", "batch-empty", "file-empty"}),
    ("Counts and hashes recomputed", {"batch-count", "batch-hash", "file-count", "file-hash", "file-batch-count",
                                      "file-block-count"}),
    ("Debit and credit recomputed", {"batch-debit-total", "batch-credit-total", "file-debit-total",
                                     "file-credit-total"}),
    ("Traces ascend and belong to their bank", {"trace-digits", "trace-order", "trace-prefix", "duplicate-trace"}),
    ("Routing numbers with their check digits", {"check-digit", "routing-digits", "routing-prefix"}),
    ("Dates and times are real", {"date-real", "time-real", "effective-date-blank", "effective-date-stale"}),
    ("No entry twice", {"duplicate-entry"}),
    ("Codes fit class and description", {"service-class", "sec-code", "transaction-code", "class-direction",
                                         "description-class", "class-field", "payment-type"}),
    ("Addenda in number and order", {"addenda-indicator", "addenda-count", "addenda-sequence", "addenda-trace"}),
)  # fmt: skip
"""What people look for among the checks, each with those that say so."""
_TOLD = {b"5": 5, b"6": 30, b"7": 4, b"8": 21}
"""The column of what a record is about, where nobody chose another."""
MOST_LISTED = 60
"""How many problems and batches stand under the grid; the rest is in the CSV."""
_READS = Permission.FILES_READ


@pages.get("/files/{file_id}", needs=_READS)
def show(visit: Visit) -> Response:
    """Show a file's bytes, at a line where one is asked for; the opening leaves a record."""
    return _show(visit)


@pages.post("/files/{file_id}/seek", needs=_READS)
def find_typed(visit: Visit) -> Response:
    """Show the lines that fit what somebody typed, which stands in no address."""
    return _show(visit)


def _show(visit: Visit) -> Response:
    chosen = number_asked(visit, "line", 1)
    on_record(visit, line=chosen, anew=True)
    with visit.view() as ctx:
        opened = open_file(visit, ctx, line=0 if _sought(visit) or visit.asked.get("all") else chosen)
        return visit.show("files/viewer.html", **_viewed(visit, opened, chosen), **_framed(opened, "bytes"))


@pages.get("/files/{file_id}/sums", needs=_READS)
def sums(visit: Visit) -> Response:
    """Answer with tree, totals and checks of a long file, as a part of the page that was begun without them."""
    on_record(visit, line=1, anew=False)
    with visit.view() as ctx:
        opened = open_file(visit, ctx)
        first, last = opened.window_at(1)
        leaves = tree_of(opened.checked, first, opened.raw(first, last), whole=not opened.tall)
        file = files.as_dict(opened.row)
        return visit.show(
            "files/sums.html", file=file, opened=opened, checked=opened.checked, leaves=leaves, **summed(opened.checked)
        )


@pages.get("/files/{file_id}/lines", needs=_READS)
def lines(visit: Visit) -> Response:
    """Answer with the lines of one window, as a part of the page."""
    first = number_asked(visit, "from", 1)
    on_record(visit, line=first, anew=False)
    with visit.view() as ctx:
        opened = open_file(visit, ctx)
        first, last = opened.window_at(first)
        return visit.show("files/lines.html", lines=opened.lines(first, last), chosen=0, column=0)


@pages.get("/files/{file_id}/fields/{line}/{column}", needs=_READS)
def field(visit: Visit) -> Response:
    """Answer with what the panel says of one field, as a part of the page."""
    line, column = (number_in(visit.path[name]) or 0 for name in ("line", "column"))
    on_record(visit, line=line, anew=False)
    with visit.view() as ctx:
        opened = open_file(visit, ctx)
        if not 1 <= line <= opened.checked.lines:
            fact = f"the file has no line {line}"
            raise NoSuch(fact, f"It has {opened.checked.lines:,}")
        return visit.show("files/panel.html", **_panel(visit, opened, line, column))


@pages.get("/files/{file_id}/history", needs=_READS)
def history(visit: Visit) -> Response:
    """Show what became of a file: sealed, decided, sent, answered, settled."""
    with visit.view() as ctx:
        row = the_file(ctx, visit.key_of(Prefix.FILE, visit.path["file_id"]))
        file = files.as_dict(row)
        told = history_of(ctx.session, row)
    return visit.show(
        "files/history.html", file=file, tab="history", states=STATES, marks=MARKS, told=told, steps=_steps(file)
    )


@pages.get("/files/{file_id}/history.csv", needs=_READS)
def history_csv(visit: Visit) -> Response:
    """Answer with the same history as CSV."""
    with visit.view() as ctx:
        told = history_of(ctx.session, the_file(ctx, visit.key_of(Prefix.FILE, visit.path["file_id"])))
    rows = [(e["at"].isoformat(), e["what"], e["on"] or "", e["actor"], e["detail"]) for e in told]
    return visit.csv("history", ("at", "what", "on", "actor", "detail"), rows)


@pages.get("/files/{file_id}/totals.csv", needs=_READS)
def totals_csv(visit: Visit) -> Response:
    """Answer with the control totals as CSV: what each control says, and what was counted."""
    on_record(visit, line=1, anew=True)
    with visit.view() as ctx:
        checked = open_file(visit, ctx).checked
    head = ("record", "line", "figure", "in_the_file", "recomputed")
    return visit.csv("control-totals", head, figure_rows(checked))


@pages.get("/files/{file_id}/problems.csv", needs=_READS)
def problems_csv(visit: Visit) -> Response:
    """Answer with every problem as CSV."""
    on_record(visit, line=1, anew=True)
    with visit.view() as ctx:
        checked = open_file(visit, ctx).checked
    head = ("line", "from", "to", "field", "check", "severity", "problem")
    rows = [(e.line, e.start, e.end, e.field, e.check, str(e.severity), e.message) for e in checked.problems]
    return visit.csv("problems", head, rows)


def figure_rows(checked: Checked) -> list[tuple[object, ...]]:
    """Return both figures of every control total as rows."""
    rows: list[tuple[object, ...]] = []
    for each in (*(batch.totals for batch in checked.batches), *checked.files):
        record = f"8 batch {each.of}" if each.of else "9 file"
        named = {"count": each.count, "hash": each.hash, "debit_cents": each.debit, "credit_cents": each.credit}
        also = {"batches": each.batches, "blocks": each.blocks}
        named |= {name: found for name, found in also.items() if found is not None}
        rows += [(record, each.line, name, found.said, found.counted) for name, found in named.items()]
    return rows


def summed(checked: Checked) -> dict[str, Any]:
    """Return what stands under the grid: totals with both figures, those that fail first, and the checks."""
    totals = sorted((*(batch.totals for batch in checked.batches), *checked.files), key=lambda each: each.equal)
    failed: dict[str, list[int]] = {}
    for problem in checked.problems:
        failed.setdefault(problem.check, []).append(problem.line)
    return {
        "totals": totals[:MOST_LISTED],
        "totals_more": max(0, len(totals) - MOST_LISTED),
        "framed": checked.files[0] if len(checked.files) == 1 else None,
        "failed": sorted(
            ((CHECKS[name], sorted(set(where))[:8], len(where)) for name, where in failed.items()),
            key=lambda each: each[0].severity is not Severity.ERROR,
        ),
        "passed": len(CHECKS) - len(failed),
        "passed_groups": [words for words, names in GROUPS if not names & failed.keys()] if checked.lines else [],
        "points": sorted(line for line in checked.on_line if line)[:500],
    }


def _framed(opened: Opened, tab: str) -> dict[str, Any]:
    file = files.as_dict(opened.row)
    return {"file": file, "tab": tab, "states": STATES, "marks": MARKS, "steps": _steps(file)}


def _sought(visit: Visit) -> str:
    return visit.form.get("q", visit.asked.get("q", "")).strip()[:40]


def _viewed(visit: Visit, opened: Opened, line: int) -> dict[str, Any]:
    checked = opened.checked
    asked = _sought(visit)
    sought = _seek(opened, asked) if asked else None
    if sought is not None and sought.lines and not visit.asked.get("line"):
        line = sought.lines[0]
    line = min(line, checked.lines)
    first, last = opened.window_at(line)
    raws = opened.raw(first, last)
    column = number_asked(visit, "column", 0, most=RECORD_WIDTH) if visit.asked.get("column") else 0
    kind = raws[line - first][:1] if first <= line <= last and raws else b""
    chosen = line if visit.asked.get("line") or (sought is not None and sought.lines) else 0
    column = column or (_TOLD.get(kind, 1) if chosen else 0)
    return {
        "checked": checked,
        "opened": opened,
        "lines": opened.lines(first, last),
        "first": first,
        "last": last,
        "chosen": chosen,
        "column": column,
        "leaves": tree_of(checked, first, raws, whole=not opened.tall),
        "asked": asked,
        "sought": sought,
        "sought_lines": _found_lines(opened, sought),
        "approvals": files.shown(opened.ctx.session, opened.row.id),
        "waits": opened.row.state in NOT_SENT,
        **_panel(visit, opened, chosen or min(3, checked.lines), column or 30),
        **summed(checked),
    }


def _panel(visit: Visit, opened: Opened, line: int, column: int) -> dict[str, Any]:
    """Return what the panel says of a line and one of its columns."""
    raws = opened.raw(line, line)
    origin = origin_at(opened, line)
    if origin is not None and not visit.may(Permission.AUTHORIZATIONS_READ):
        origin |= {"authorization": None, "account": None}
    batch = opened.checked.batch_at(line)
    return {
        "field": field_in_hand(opened, line, column),
        "panel_line": line,
        "fields": fields_of_line(opened, line, raws[0]) if raws else [],
        "origin": origin,
        "batch": opened.checked.batches[batch] if batch >= 0 else None,
        "file_id": public_id(Prefix.FILE, opened.row.id),
    }


def _seek(opened: Opened, text: str) -> Sought:
    if not opened.checked.stride:
        return Sought(lines=(), count=0)
    return seek(rows_of(open_whole(opened.ctx, opened.row), opened.checked.stride), text)


def _found_lines(opened: Opened, sought: Sought | None) -> list[dict[str, Any]]:
    """Return what the list of hits says of each line: name and amount of its entry."""
    found: list[dict[str, Any]] = []
    for line in sought.lines if sought is not None else ():
        leaves = tree_of(opened.checked, line, opened.raw(line, line), whole=True)
        found.append({"line": line, "leaf": leaves[0] if leaves else None})
    return found


def _steps(file: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the stations of a file's way as colour, mark and word: gone by, here, to come."""
    state = FileState(file["state"])
    if state in {FileState.VOIDED, FileState.REJECTED, FileState.IN_DOUBT}:
        colour, mark = MARKS[state]
        return [("good", "ok", "sealed"), (colour, mark, STATES[state])]
    way = (("sealed", "seal"), ("approved", "approve"), ("sent", "send"), ("acknowledged", "acknowledge"))
    reached = {
        FileState.SEALED: 1, FileState.APPROVED: 2, FileState.SENDING: 2, FileState.TRANSMITTED: 3, FileState.PENDED: 3,
        FileState.ACCEPTED: 4, FileState.ACCEPTED_WITH_REJECTS: 4,
    }[state]  # fmt: skip
    named = [("good", "ok", done) if at < reached else ("", "wait", ahead) for at, (done, ahead) in enumerate(way)]
    if reached < len(way):
        colour = "att" if state in {FileState.SEALED, FileState.PENDED} else "info"
        named[reached] = (colour, "half", way[reached][1])
    return named


def address_of_line(file_id: str, line: int) -> str:
    """Return where the viewer shows a line of a file, chosen: ``/files/{id}?line=N#LN``."""
    return f"/files/{file_id}?{urlencode({'line': line})}#L{line}"
