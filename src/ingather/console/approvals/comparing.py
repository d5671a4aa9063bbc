"""A file against another: what each merchant had the night before, and what a voided predecessor held otherwise."""

from starlette.responses import Response

from ingather.base.ids import Prefix, public_id
from ingather.console.approvals import waiting
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.files import FileState
from ingather.domain.refusals import NoSuch
from ingather.domain.users import Permission
from ingather.store.reading import approving
from ingather.store.tables import File

pages = Pages("Approvals")


@pages.get("/files/{file_id}/against", needs=Permission.FILES_READ)
def show(visit: Visit) -> Response:
    """Show how a file differs from the files of the night before, or from the file that ``other`` names."""
    with visit.view() as ctx:
        session = ctx.session
        file = waiting.file_asked(visit, ctx)
        named = visit.asked.get("other", "")
        other = session.get(File, visit.key_of(Prefix.FILE, named)) if named else None
        if named and other is None:
            fact = f"there is no file {named[:40]}"
            raise NoSuch(fact, "Look for it in the list of files")
        voided = approving.voided_before(session, file)
        before = [other] if other is not None else approving.night_before(session, file)
        by_order = other is not None and FileState.VOIDED in {other.state, file.state}
        counts, rows = approving.differences(session, file, other) if by_order and other is not None else ({}, [])
        sides = approving.sides(session, [file], before)
        session.expunge_all()
    return visit.show(
        "approvals/against.html", file=file, id=public_id(Prefix.FILE, file.id), before=before, other=other,
        voided=voided, sides=sides, counts=counts, rows=rows, by_order=by_order, most=approving.MOST,
        public=lambda each: public_id(Prefix.FILE, each.id),
    )  # fmt: skip


@pages.get("/files/{file_id}/against.csv", needs=Permission.FILES_READ)
def download(visit: Visit) -> Response:
    """Download the sums by merchant and class on both sides."""
    with visit.view() as ctx:
        file = waiting.file_asked(visit, ctx)
        named = visit.asked.get("other", "")
        other = ctx.session.get(File, visit.key_of(Prefix.FILE, named)) if named else None
        before = [other] if other is not None else approving.night_before(ctx.session, file)
        rows = [
            [each.merchant, each.entry_class, each.before, each.before_minor / 100, each.now, each.now_minor / 100]
            for each in approving.sides(ctx.session, [file], before)
        ]
        name = file.name
    head = ["merchant", "class", "entries before", "amount before", "entries now", "amount now"]
    return visit.csv(f"{name}-against", head, rows)
