"""One file before its second person: its plan beside its bytes, its checks and limits, and the decision."""

from typing import Any

from starlette.responses import Response

from ingather.base.ids import Prefix, public_id
from ingather.console.approvals import waiting
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.refusals import Refusal
from ingather.domain.users import Permission
from ingather.store.reading import approving, files

pages = Pages("Approvals")


@pages.get("/approvals/{file_id}", needs=Permission.FILES_READ)
def show(visit: Visit) -> Response:
    """Show the plan beside the bytes, and the decision."""
    return page_of(visit)


@pages.get("/files/{file_id}/plan", needs=Permission.FILES_READ)
def show_plan(visit: Visit) -> Response:
    """Show the same from the file's own address."""
    return visit.go(f"/approvals/{visit.path['file_id']}")


def page_of(visit: Visit, refusal: Refusal | None = None) -> Response:
    """Return the page of one file; after a refusal with what was typed."""
    with visit.view() as ctx:
        session = ctx.session
        file = waiting.file_asked(visit, ctx)
        batches = visit.front.kept.get(
            ("three ways", file.id, file.state), 300.0, lambda: approving.batches_three_ways(session, file)
        )
        shown = files.shown(session, file.id) or {}
        values: dict[str, Any] = {
            "file": file,
            "standing": waiting.standing_of(visit, ctx, file),
            "batches": batches,
            "approvals": shown.get("approvals", []),
            "taken_back": approving.taken_back(session, file.id),
            "limits": waiting.limits_of(visit, ctx, file),
            "before": approving.night_before(session, file),
            "voided": approving.voided_before(session, file),
            "successor": approving.successor_of(session, file) if file.state == "voided" else None,
            "entries": approving.entries_of(session, file),
        }
        session.expunge_all()
    values |= {
        "problems": waiting.problems_of(visit, file),
        "barred": waiting.barred(visit, file),
        "groups": waiting.groups_of(file.sha256),
        "refusal": refusal,
        "public": lambda each: public_id(Prefix.FILE, each.id),
    }
    return visit.show("approvals/file.html", status=200 if refusal is None else refusal.status, **values)


@pages.get("/approvals/{file_id}/plan.csv", needs=Permission.FILES_READ)
def download(visit: Visit) -> Response:
    """Download the batches as planned, as written and as told of."""
    with visit.view() as ctx:
        file = waiting.file_asked(visit, ctx)
        rows = [
            [
                row.number, row.entry_class, row.company, row.description, row.effective_on.isoformat(),
                row.planned, row.planned_minor / 100, row.written, row.written_minor / 100, row.entries,
                row.debit_minor / 100, row.credit_minor / 100, row.settled_on or "", row.returned,
                row.returned_minor / 100,
            ]
            for row in approving.batches_three_ways(ctx.session, file)
        ]  # fmt: skip
        name = file.name
    head = [
        "batch", "class", "company", "description", "effective", "orders", "orders amount", "entries",
        "entries amount", "control count", "control debits", "control credits", "settled", "returned",
        "returned amount",
    ]  # fmt: skip
    return visit.csv(f"{name}-plan", head, rows)
