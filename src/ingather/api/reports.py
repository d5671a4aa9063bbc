"""Banks' reports over HTTP: sent in as they came, listed, and what each says, item by item and fault by fault."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import AwareDatetime, Field

from ingather.actions.banks import originator_of
from ingather.actions.report_profiles import profiles_of
from ingather.actions.reports.again import read_again
from ingather.actions.reports.keeping import keep_report
from ingather.api.calls import Answer, Call, found
from ingather.api.paging import Page, PageMeta, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.shapes import Day, Line, Shown, id_field, in_path
from ingather.base.ids import Prefix, public_id
from ingather.domain.refusals import InboundRunning, Unreadable
from ingather.domain.reports import ReportState
from ingather.domain.users import Permission
from ingather.jobs.desk import Desk
from ingather.jobs.inbound import InboundReport, report_name, take_anew, take_deliveries
from ingather.reports.items import ITEM_KINDS, Carrier
from ingather.reports.items import Report as Reading
from ingather.reports.recognise import read_reports
from ingather.reports.showing import as_dict, problem_as_dict, rows_of
from ingather.store.reading import reports

routes = Routes("reports")
ReportId = Annotated[str, in_path("rep", "a report")]
OCTETS = "application/octet-stream"


class Report(Shown):
    """One report of a bank: how it was read, and where it stands among those of its account."""

    id: Annotated[str, id_field("rep", "the report")]
    name: str = Field(description="What the bank, or whoever sent it in, calls it.")
    carrier: str = Field(description=f"What it is written in: {', '.join(Carrier)}; more may be added.")
    state: str = Field(description=f"One of {', '.join(ReportState)}; more may be added.")
    feed: str | None = Field(description="The account it tells of, fed_...; null for what is about no account.")
    business_on: date | None
    sequence: int | None
    control_totals: str = Field(description="Whether its own totals equal what was read: tie, differ or none.")
    problems: int
    sha256: str
    received_at: AwareDatetime
    items: dict[str, int] = Field(default_factory=dict, description="How many of each kind of item it tells of.")
    applied: int = 0
    unmatched: int = Field(default=0, description="Items that fit nothing of ours: each is a case.")
    tolerances: list[str] = Field(default_factory=list, description="What its profile lets pass, and it needed.")


class ReportInFull(Report):
    """One report with everything that is known of it."""

    part: int = Field(description="Which of the reports in its bytes it is, from 0.")
    bytes_of: str | None = Field(description="The report in whose bytes it came, where that is another.")
    profile: str | None = Field(description="The report profile it was read with, as id/version.")
    mode: str | None
    final: bool
    as_of: AwareDatetime | None
    number: str | None
    previous_number: str | None
    opening_minor: int | None
    closing_minor: int | None
    corrects_report: str | None
    superseded_by: str | None
    items_sha256: str | None
    in_the_books: dict[str, int] = Field(description="How many rows of each kind rest on it.")


class Fault(Shown):
    """What is wrong with a report and where; what stands there is never repeated."""

    line: int = Field(description="From 1; 0 is the whole report.")
    columns: list[int] | None = Field(description="The first and the last column, from 1; null for the whole line.")
    field: str
    check: str
    severity: str = Field(description="error or warning")
    message: str


class ReadingOfBytes(Shown):
    """What bytes hold when they are only read."""

    carrier: str
    profile: str
    ok: bool
    reports: int
    accounts: list[str]
    items: dict[str, int]
    control_totals: str
    tolerances: list[str]
    problems: list[Fault]


class TakenReport(Shown):
    """What became of one report of a delivery."""

    id: Annotated[str, id_field("rep", "the report")]
    carrier: str
    state: str
    known: bool = Field(description="Whether the same bytes were taken before; then nothing was done.")
    items: dict[str, int]
    applied: int
    applied_before: int = Field(description="Items that another report had told of.")
    unmatched: int
    problems: int


class Delivery(Shown):
    """What became of bytes that were sent in: read only, kept, or taken."""

    did: str = Field(description="checked, something or nothing")
    reports: list[TakenReport]
    codes: dict[str, int] = Field(description="The return and change codes that were applied, with their counts.")
    collected: int = Field(description="Orders that are collected by it.")
    gaps: int = Field(description="Reports that are missing.")
    reading: ReadingOfBytes | None


class Problems(Shown):
    """Everything that is wrong with one report."""

    complete: bool = Field(description="Whether it could be taken for what it is.")
    problems: list[Fault]


class Item(Shown):
    """One item of a report."""

    kind: str = Field(description=f"One of {', '.join(ITEM_KINDS)}; more may be added.")
    position: int = Field(description="Which of its kind it is, from 1.")
    fields: dict[str, Any] = Field(description="What it says, without names and account numbers.")


class ReportsQuery(PageQuery):
    """Which reports."""

    carrier: list[Carrier] | None = None
    state: list[ReportState] | None = None
    feed: str | None = Field(default=None, description="Reports of this account, fed_...")
    name: Line | None = None
    business_from: Day | None = Field(default=None, alias="business_on[gte]")
    business_to: Day | None = Field(default=None, alias="business_on[lte]")


class ItemsQuery(PageQuery):
    """Which items; they come in the order in which they stand in the report."""

    kind: str | None = Field(default=None, description=f"One of {', '.join(ITEM_KINDS)}.")


@routes.post(
    "/reports", needs=Permission.REPORTS_WRITE, returns=Delivery, status=201, money=False, known=True,
    may=(404,), takes={OCTETS: {"schema": {"type": "string", "format": "binary"}}},
)  # fmt: skip
def send_report(
    call: Call,
    name: Annotated[
        str,
        Query(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$", description="What the bank calls it."),
    ],
    check: Annotated[bool, Query(description="Only read it and say what it holds; keep nothing.")] = False,  # noqa: FBT002 -- a query parameter, by name
) -> Response:
    """Send in a report as the bank delivered it: its bytes are kept before they are read, and what it says is applied.

    Bytes that were taken before change nothing and are answered with 200. While another run takes reports the bytes
    are kept, with the state ``kept``, and the next run takes them.
    """
    if not call.body:
        fact = "the body is empty"
        raise Unreadable(fact, "Send the report's bytes as the body")
    if check:
        return call.show(_checked(call))

    def do(desk: Desk) -> Answer:
        try:
            report = take_deliveries(desk, [(name, call.body)])
        except InboundRunning:
            return Answer(model=_kept(desk, name, call.body), status=201)
        known = all(taken.again for taken in report.reports)
        return Answer(model=_delivery(report), status=200 if known else 201)

    return call.run(do)


@routes.get("/reports", needs=Permission.REPORTS_READ, returns=Page[Report])
def list_reports(call: Call, query: Annotated[ReportsQuery, Query()]) -> Response:
    """List the reports of banks."""
    also = {}
    if query.feed is not None:
        with call.view() as ctx:
            also["feed"] = call.key_of(ctx, Prefix.FEED, query.feed)
    rows, meta = read_page(call, reports.LISTING, query, also=also)
    return call.show(Page[Report](data=[Report(**row) for row in rows], meta=meta))


@routes.get("/reports/{report_id}", needs=Permission.REPORTS_READ, returns=ReportInFull)
def show_report(call: Call, report_id: ReportId) -> Response:
    """Return one report: how it was read, where it stands, and what of it is in the books."""
    with call.view() as ctx:
        key = call.key_of(ctx, Prefix.REPORT, report_id)
        return call.show(ReportInFull(**found(reports.shown(ctx.session, key), Prefix.REPORT, key)))


@routes.get("/reports/{report_id}/items", needs=Permission.REPORTS_READ, returns=Page[Item], may=(404, 410, 422))
def list_items_of_report(call: Call, report_id: ReportId, query: Annotated[ItemsQuery, Query()]) -> Response:
    """List what a report tells of, read again from its bytes; names and account numbers are left out."""
    if query.kind is not None and query.kind not in ITEM_KINDS:
        fact = "there is no such kind of item"
        raise Unreadable(fact, f"One of {', '.join(ITEM_KINDS)}")
    if query.after is not None and not query.after.isdecimal():
        fact = "the cursor in `after` is none of ours"
        raise Unreadable(fact, "Send the next_cursor of a page, or leave it out")
    reading, first = _read_again(call, report_id), int(query.after or 0)
    data: list[Item] = []
    before = total = 0
    for kind in [query.kind] if query.kind else ITEM_KINDS:
        held = getattr(reading, kind)
        total += len(held)
        skipped = max(first - before, 0)
        for place, row in enumerate(rows_of(held, first=skipped, limit=query.limit - len(data)), skipped + 1):
            data.append(Item(kind=kind, position=place, fields=row))
        before += len(held)
    following = first + len(data)
    more = following < total
    meta = PageMeta(next_cursor=str(following) if more else None, has_more=more)
    return call.show(Page[Item](data=data, meta=meta))


@routes.get("/reports/{report_id}/problems", needs=Permission.REPORTS_READ, returns=Problems, may=(404, 410, 422))
def show_problems_of_report(call: Call, report_id: ReportId) -> Response:
    """Return what is wrong with a report, by line and columns, read again from its bytes."""
    reading = _read_again(call, report_id)
    faults = [Fault(**problem_as_dict(each)) for each in reading.problems]
    return call.show(Problems(complete=reading.complete, problems=faults))


@routes.post("/reports/{report_id}/retake", needs=Permission.REPORTS_WRITE, returns=Delivery, money=False)
def retake_report(call: Call, report_id: ReportId) -> Response:
    """Read a report that could not be read once more, as with a profile the book has since taken, and take it."""

    def do(desk: Desk) -> Delivery:
        with desk.view() as ctx:
            key = call.key_of(ctx, Prefix.REPORT, report_id)
        return _delivery(take_anew(desk, key))

    return call.run(do)


def _checked(call: Call) -> Delivery:
    profile = call.desk.routes()[0].profile
    with call.view() as ctx:
        own, near = profiles_of(ctx, originator_of(ctx).id), ctx.today
    reading = as_dict("", read_reports(call.body, near=near, tolerated=profile.tolerances.tolerated, profiles=own))
    return Delivery(did="checked", reports=[], codes={}, collected=0, gaps=0, reading=ReadingOfBytes(**reading))


def _kept(desk: Desk, name: str, data: bytes) -> Delivery:
    """Keep bytes while another run takes reports: that one, or the next, takes them."""
    with desk.action() as ctx:
        key, new = keep_report(ctx, originator_of(ctx).id, name=name, data=data)
        row = found(reports.shown(ctx.session, key), Prefix.REPORT, key)
    kept = TakenReport(
        id=public_id(Prefix.REPORT, key), carrier=row["carrier"], state=row["state"], known=not new, items={},
        applied=0, applied_before=0, unmatched=0, problems=0,
    )  # fmt: skip
    did = "something" if new else "nothing"
    return Delivery(did=did, reports=[kept], codes={}, collected=0, gaps=0, reading=None)


def _delivery(report: InboundReport) -> Delivery:
    taken = [
        TakenReport(
            id=report_name(each), carrier=each.carrier, state=str(each.state), known=each.again, items=each.items,
            applied=each.applied, applied_before=each.known, unmatched=each.unmatched, problems=each.problems,
        )
        for each in report.reports
    ]  # fmt: skip
    return Delivery(
        did=report.did, reports=taken, codes=dict(report.codes), collected=report.collected, gaps=report.gaps,
        reading=None,
    )  # fmt: skip


def _read_again(call: Call, report_id: str) -> Reading:
    tolerated = call.desk.routes()[0].profile.tolerances.tolerated
    with call.view() as ctx:
        return read_again(ctx, call.key_of(ctx, Prefix.REPORT, report_id), tolerated=tolerated)
