"""Cases over HTTP: what needs a person, by when, and what was done about it."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import Field

from ingather.actions.casework import close_with_evidence, escalate_case, note_case
from ingather.actions.context import Context
from ingather.actions.standing_cases import open_review
from ingather.api.calls import Call, found
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.shapes import Body, CaseId, Reasoned, Shown, id_field
from ingather.base.ids import Prefix
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.users import Permission
from ingather.store.reading import cases

routes = Routes("cases")

_TEXT = r"^[^\x00]*$"
Sentence = Annotated[str, Field(min_length=1, max_length=500, pattern=_TEXT)]
_REVIEWS = {"fraud_monitoring": CaseKind.FRAUD_MONITORING_REVIEW, "access": CaseKind.ACCESS_REVIEW}


class Case(Shown):
    """Something a person must look at."""

    id: Annotated[str, id_field("case", "the case")]
    kind: str = Field(description="What it is about, such as unmatched_return; more kinds may be added.")
    state: str = Field(description=f"One of {', '.join(CaseState)}.")
    subject: str = Field(description="The thing it is about, by its id or name.")
    order: str | None
    sentence: str
    owner: str
    suspense_minor: int = Field(description="How much money waits for it in suspense.")
    currency: str = "USD"
    opened_on: date
    due_on: date | None
    clock: str | None = Field(description="The clock by which its last day is counted.")
    days_left: int | None = Field(description="In calendar days; negative when it is overdue.")
    escalated: bool
    outcome: str | None


class CaseFact(Shown):
    """What was done about a case."""

    kind: str
    on: date
    at: datetime
    actor: str
    detail: dict[str, Any]


class CaseInFull(Case):
    """A case with its clock, the way out and its history; a merchant's own key is not shown what the desk noted."""

    entry: str | None
    holds_release: bool
    evidence: str | None
    closed_by: str | None
    counted_from: str | None
    evidence_needed: bool = Field(description="Whether it is closed only with what shows its outcome.")
    rests_on: str | None = Field(description="The row of the rules that its clock rests on.")
    way_out: str
    history: list[CaseFact]


class CasesQuery(PageQuery):
    """Which cases."""

    state: CaseState | None = None
    kind: list[CaseKind] | None = None
    owner: Annotated[str | None, Field(max_length=40, pattern=_TEXT, examples=["returns_desk"])] = None
    subject: Annotated[str | None, Field(max_length=80, pattern=_TEXT)] = None
    order_id: Annotated[str | None, Field(max_length=40, description="About this order, ord_...")] = None
    overdue: Annotated[bool | None, Field(description="Open ones past their last day, or the others.")] = None
    due_on_gte: Annotated[date | None, Field(alias="due_on[gte]")] = None
    due_on_lte: Annotated[date | None, Field(alias="due_on[lte]")] = None


class Note(Body):
    """What was done or learned."""

    text: Sentence


class Closed(Body):
    """What came of a case, and what shows that where its kind needs it."""

    outcome: Sentence
    evidence: Sentence | None = None


class Review(Body):
    """What the house reviews before it is due."""

    what: Annotated[str, Field(pattern=f"^({'|'.join(_REVIEWS)})$", examples=["access"])]


@routes.get("/cases", needs=Permission.RETURNS_READ, returns=Page[Case])
def list_cases(call: Call, query: Annotated[CasesQuery, Query()]) -> Response:
    """List what needs a person, with the days that are left."""
    also: dict[str, Any] = {}
    if query.order_id:
        with call.view() as ctx:
            also["order_id"] = call.key_of(ctx, Prefix.ORDER, query.order_id)
    rows, meta = read_page(call, cases.listing(call.today), query, also=also)
    return call.show(Page[Case](data=[Case(**row) for row in rows], meta=meta))


@routes.get("/cases/{case_id}", needs=Permission.RETURNS_READ, returns=CaseInFull)
def show_a_case(call: Call, case_id: CaseId) -> Response:
    """Return a case: its clock, what to do, and what has been done."""
    with call.view() as ctx:
        model = _shown(ctx, call.key_of(ctx, Prefix.CASE, case_id))
    if call.caller.merchant_id is not None:
        model = model.model_copy(update={"history": [], "evidence": None, "closed_by": None})
    return call.show(model)


@routes.post("/cases/{case_id}/notes", needs=Permission.RETURNS_WRITE, returns=CaseInFull, money=False)
def note_a_case(call: Call, case_id: CaseId, body: Note) -> Response:
    """Keep a note with a case."""

    def do(ctx: Context) -> CaseInFull:
        key = call.key_of(ctx, Prefix.CASE, case_id)
        note_case(ctx, key, text=body.text)
        return _shown(ctx, key)

    return call.act(do, read=lambda ctx: _shown(ctx, call.key_of(ctx, Prefix.CASE, case_id)))


@routes.post("/cases/{case_id}/escalate", needs=Permission.RETURNS_WRITE, returns=CaseInFull, money=False)
def escalate_a_case(call: Call, case_id: CaseId, body: Reasoned) -> Response:
    """Give a case to whom its kind is escalated."""

    def do(ctx: Context) -> CaseInFull:
        key = call.key_of(ctx, Prefix.CASE, case_id)
        escalate_case(ctx, key, reason=body.reason)
        return _shown(ctx, key)

    return call.act(do, read=lambda ctx: _shown(ctx, call.key_of(ctx, Prefix.CASE, case_id)))


@routes.post("/cases/{case_id}/close", needs=Permission.RETURNS_WRITE, returns=CaseInFull)
def close_a_case(call: Call, case_id: CaseId, body: Closed) -> Response:
    """Close a case with what came of it; what it held back is released."""

    def do(ctx: Context) -> CaseInFull:
        key = call.key_of(ctx, Prefix.CASE, case_id)
        close_with_evidence(ctx, key, outcome=body.outcome, evidence=body.evidence)
        return _shown(ctx, key)

    return call.act(do, read=lambda ctx: _shown(ctx, call.key_of(ctx, Prefix.CASE, case_id)))


@routes.post("/cases/reviews", needs=Permission.RETURNS_WRITE, returns=CaseInFull, status=201, money=False)
def open_a_review(call: Call, body: Review) -> Response:
    """Open a review before it is due; it is closed with what was found."""
    desk = call.desk
    originator_id, policy = desk.originator_id(), desk.policy()

    def do(ctx: Context) -> CaseInFull:
        return _shown(ctx, open_review(ctx, originator_id, _REVIEWS[body.what], policy=policy.cases))

    return call.act(do)


def _shown(ctx: Context, key: int) -> CaseInFull:
    ctx.session.flush()
    ctx.session.expire_all()
    return CaseInFull(**found(cases.shown(ctx.session, key, today=ctx.today), Prefix.CASE, key))
