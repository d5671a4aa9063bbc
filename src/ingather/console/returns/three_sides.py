"""Plan, file, report: whether the bank's reports say of each file what was planned and what its bytes hold."""

from starlette.responses import Response

from ingather.base.ids import Prefix, encode_key, public_id
from ingather.base.money import format_minor
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.users import Permission
from ingather.store.reading.file_ties import Tie, ties_of_files

pages = Pages("Returns")
ROWS = 25
CSV_ROWS = 500
HEAD = (
    "file", "name", "state", "night_on", "effective_on", "planned_entries", "planned", "file_entries", "file_amount",
    "refused_entries", "refused", "reported", "batches", "batches_reported", "difference", "returned",
    "returned_amount",
)  # fmt: skip


@pages.get("/returns/files", needs=Permission.RETURNS_READ)
def show(visit: Visit) -> Response:
    """Show the newest files with their three sides."""
    with visit.view() as ctx:
        ties, more = ties_of_files(ctx.session, before=visit.after("before"), limit=ROWS)
    return visit.show(
        "returns/files.html",
        ties=[(public_id(Prefix.FILE, tie.file_id), tie) for tie in ties],
        more=encode_key(more) if more else None,
        first=not visit.asked.get("before"),
    )


@pages.get("/returns/files.csv", needs=Permission.RETURNS_READ)
def download(visit: Visit) -> Response:
    """Answer with the same as CSV, as many as one sheet has."""
    with visit.view() as ctx:
        ties, _ = ties_of_files(ctx.session, before=visit.after("before"), limit=CSV_ROWS)
    return visit.csv("plan-file-report", HEAD, [_cells(tie) for tie in ties])


def _cells(tie: Tie) -> tuple[object, ...]:
    def plain(cents: int) -> str:
        return format_minor(cents).replace(",", "")

    differs = tie.report_differs
    return (
        public_id(Prefix.FILE, tie.file_id), tie.name, tie.state, tie.night_on.isoformat(),
        tie.effective_on.isoformat(),
        tie.planned, plain(tie.planned_cents), tie.held, plain(tie.held_cents), tie.rejected, plain(tie.rejected_cents),
        plain(tie.reported_cents), tie.batches, tie.told, "" if differs is None else plain(differs), tie.returned,
        plain(tie.returned_cents),
    )  # fmt: skip
