"""The queue: files that wait for a second person, the soonest cut-off first, and what else in the house does."""

from starlette.responses import Response

from ingather.base.ids import Prefix, public_id
from ingather.console.approvals.waiting import standing_of
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.files import FileState
from ingather.domain.users import Permission
from ingather.store.reading import approving
from ingather.store.reading.second_persons import asked_of_others

pages = Pages("Approvals")


@pages.get("/approvals", needs=Permission.FILES_READ)
def show(visit: Visit) -> Response:
    """Show what waits for a second person."""
    with visit.view() as ctx:
        found = [standing_of(visit, ctx, file) for file in approving.waiting_files(ctx.session)]
        found.sort(key=lambda each: (each.file.state != FileState.SEALED, each.closes))
        others = asked_of_others(ctx.session)
        decided = [
            (public_id(Prefix.FILE, file.id), file, approval) for approval, file in approving.decided_files(ctx.session)
        ]
        ctx.session.expunge_all()
    sealed = [each for each in found if each.file.state == FileState.SEALED]
    approved = [each for each in found if each.file.state == FileState.APPROVED]
    return visit.show("approvals/queue.html", sealed=sealed, approved=approved, others=others, decided=decided)


@pages.get("/approvals.csv", needs=Permission.FILES_READ)
def download(visit: Visit) -> Response:
    """Download the queue."""
    with visit.view() as ctx:
        found = [standing_of(visit, ctx, file) for file in approving.waiting_files(ctx.session)]
        rows = [
            [
                each.file.name, each.bank, each.file.state, each.file.maker, each.file.entries,
                each.file.debit_cents / 100, each.file.credit_cents / 100, each.points,
                each.closes.isoformat(), each.file.sha256.hex(),
            ]
            for each in found
        ]  # fmt: skip
    head = ["file", "bank", "state", "sealed by", "entries", "debits", "credits", "points", "cut-off", "sha256"]
    return visit.csv("approvals", head, rows)
