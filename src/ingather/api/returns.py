"""Returns over HTTP: listed by their own day and by the debit's, shown with what follows, and recorded by hand."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import Field

from ingather.actions.context import Context
from ingather.actions.matches.candidates import candidates_of
from ingather.actions.returns.by_hand import ToldByHand, record_return, standing_debit_of
from ingather.api.calls import Call, found
from ingather.api.paging import Page, PageQuery, paged, read_page, wanted_of
from ingather.api.routes import Routes
from ingather.api.shapes import Body, Day, KnownAt, ReturnId, Shown, Untold, id_field
from ingather.base.ids import Prefix
from ingather.domain.refusals import Unreadable
from ingather.domain.returns import DisputeState, OdfiRequestKind, RequestState
from ingather.domain.users import Permission
from ingather.rules.return_codes import NextStep
from ingather.rules.return_windows import Timeliness
from ingather.store.reading import returns
from ingather.store.reading.past import returns as past
from ingather.store.reading.past.known import refuse_ahead

routes = Routes("returns")

Cents = Annotated[int, Field(ge=0, le=10**15)]
ReturnCode = Annotated[str, Field(pattern="^[A-Za-z][0-9]{2}$", examples=["R01"])]
Sentence = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
_TEXT = r"^[^\x00]*$"


class Dishonour(Shown):
    """A dishonour that a return allows."""

    code: str
    title: str
    fields: str = Field(description="The fields that differ, as the dishonour names them.")
    ask_by: date | None = Field(description="Our last day to ask the bank.")
    dishonour_by: date | None = Field(description="The bank's last day to dishonor it.")


class StandingDispute(Shown):
    """A dispute of a return, with its days."""

    id: Annotated[str, id_field("dsp", "the dispute")]
    code: str
    state: str = Field(description=f"One of {', '.join(DisputeState)}; more may be added.")
    chosen_on: date
    actor: str
    request: str | None
    case: str | None
    ask_by: date | None
    dishonour_by: date | None
    dishonoured_on: date | None
    contest_by: date | None
    contest_code: str | None
    ended_on: date | None


class Return(Shown):
    """A debit that came back, as the bank told of it, and what was decided about it."""

    id: Annotated[str, id_field("ret", "the return")]
    order: str | None
    external_id: str | None
    merchant: str | None
    code: str = Field(description="The raw return code, such as R01.", examples=["R01"])
    meaning: str | None = Field(
        description="The code as a word; null for one no table knows.", examples=["insufficient_funds"]
    )
    category: str | None
    retryable: bool = Field(description="Whether the Rules allow its entry to be presented again as it is.")
    rule: str | None = Field(description="The row of the return codes that says so.")
    entry_class: str | None
    amount_minor: int
    currency: str = "USD"
    returned_on: date | None = Field(description="The day the return settled.")
    effective_on: date | None = Field(description="The effective date of the debit's batch.")
    deadline_on: date | None = Field(description="The last day on which it could come back, by the Rules.")
    timeliness: str | None = Field(description=f"One of {', '.join(Timeliness)}; more may be added.")
    next_step: str | None = Field(description=f"One of {', '.join(NextStep)}; more may be added.")
    late: bool = Field(description="Whether it came after the hold, and was clawed back.")
    applied: bool = Field(description="Whether it moved an order; else its money is in suspense.")
    differs: str | None
    undone_on: date | None
    replaced_by: str | None
    report: str | None = Field(description="The report that told of it; null while only a person did.")
    evidence: str | None = Field(description="What shows a return that a person recorded.")
    dispute: StandingDispute | None
    can_dishonour: list[Dishonour]
    known_at: datetime | None = Field(default=None, description="The instant that was asked for; null: as it stands.")
    untold: Untold = Field(default_factory=list)


class AboutCase(Shown):
    """A case about a return."""

    id: Annotated[str, id_field("case", "the case")]
    kind: str
    state: str
    due_on: date | None
    sentence: str
    outcome: str | None


class Asked(Shown):
    """What the bank was asked about a return."""

    id: Annotated[str, id_field("req", "the request")]
    kind: str = Field(description=f"One of {', '.join(OdfiRequestKind)}; more may be added.")
    state: str = Field(description=f"One of {', '.join(RequestState)}; more may be added.")
    code: str | None
    on: date
    due_on: date | None
    answered_on: date | None
    outcome: str | None
    actor: str
    reason: str


class ReturnInFull(Return):
    """A return with its entry, rule rows, disputes, cases and requests."""

    entry: str | None
    original_trace: str
    return_trace: str
    matched_by: str | None
    clawed_back: bool
    information: str
    rows: list[str] = Field(description="The rule rows that the decision rests on.")
    disputes: list[StandingDispute]
    cases: list[AboutCase]
    asked: list[Asked]
    open: bool = Field(description="Whether a person still has to act.")


class Candidate(Shown):
    """A debit that an unmatched return may be about."""

    entry: Annotated[str, id_field("ent", "the debit")]
    order: str
    external_id: str
    merchant: str
    trace: str
    amount_minor: int
    currency: str = "USD"
    effective_on: date
    last4: str
    ended: str | None
    score: int = Field(description="0 to 100: how near it comes to what a rule would match.")
    agreed: list[str]
    differed: list[str]
    can_be_matched: bool = Field(description="Whether it stands and is over the same amount.")


class Candidates(Shown):
    """The debits that a return may be about, the likeliest first."""

    data: list[Candidate]


class ReturnsQuery(PageQuery):
    """Which returns."""

    code: list[ReturnCode] | None = Field(default=None, description="Returns with any of these codes.")
    category: Annotated[str | None, Field(max_length=40, pattern=_TEXT)] = None
    timeliness: list[Timeliness] | None = None
    next_step: list[NextStep] | None = None
    late: bool | None = None
    unmatched: Annotated[bool | None, Field(description="Those whose money is in suspense, or the others.")] = None
    disputable: Annotated[
        bool | None, Field(description="Those with which something is wrong and that nobody disputes, or the others.")
    ] = None
    merchant: Annotated[str | None, Field(max_length=200, pattern=_TEXT)] = None
    external_id: Annotated[str | None, Field(max_length=200, pattern=_TEXT)] = None
    order_id: Annotated[str | None, Field(max_length=40, description="Returns of this order, ord_...")] = None
    trace: Annotated[
        str | None, Field(pattern="^[0-9]{1,15}$", description="The trace of the debit, or the return's own.")
    ] = None
    returned_on_gte: Annotated[date | None, Field(alias="returned_on[gte]")] = None
    returned_on_lte: Annotated[date | None, Field(alias="returned_on[lte]")] = None
    effective_on_gte: Annotated[date | None, Field(alias="effective_on[gte]")] = None
    effective_on_lte: Annotated[date | None, Field(alias="effective_on[lte]")] = None
    amount_minor_gte: Annotated[Cents | None, Field(alias="amount_minor[gte]")] = None
    amount_minor_lte: Annotated[Cents | None, Field(alias="amount_minor[lte]")] = None
    known_at: KnownAt = None


class NewReturn(Body):
    """A return that the bank told of by telephone or mail; name the entry, or the order with one debit out."""

    entry: Annotated[str | None, Field(max_length=40)] = None
    order: Annotated[str | None, Field(max_length=40)] = None
    code: ReturnCode
    returned_on: Day
    evidence: Annotated[Sentence, Field(description="What shows it: a call with whom and when, a mail, a ticket.")]
    information: Annotated[str, Field(max_length=44, pattern=_TEXT, description="What its addenda say.")] = ""


@routes.get("/returns", needs=Permission.RETURNS_READ, returns=Page[Return])
def list_returns(call: Call, query: Annotated[ReturnsQuery, Query()]) -> Response:
    """List returns, by the day they settled or by the day of the debit, or those that had come in by an instant."""
    also: dict[str, Any] = {}
    if query.code:
        also["code"] = [each.upper() for each in query.code]
    if query.trace:
        also["trace"] = int(query.trace)
    if query.order_id:
        with call.view() as ctx:
            also["order_id"] = call.key_of(ctx, Prefix.ORDER, query.order_id)
    if (at := query.known_at) is None:
        rows, meta = read_page(call, returns.LISTING, query, also=also)
    else:
        with call.view() as ctx:
            refuse_ahead(at, now=ctx.now)
            wanted = wanted_of(call, query, also=also, leave_out=("known_at",))
            rows, meta = paged(*past.page_known(ctx.session, at, wanted))
    return call.show(Page[Return](data=[Return(**row) for row in rows], meta=meta))


@routes.get("/returns/{return_id}", needs=Permission.RETURNS_READ, returns=ReturnInFull)
def show_a_return(call: Call, return_id: ReturnId) -> Response:
    """Return one return: its window, what follows, the rule rows, disputes, cases and requests."""
    with call.view() as ctx:
        return call.show(return_in_full(ctx, call.key_of(ctx, Prefix.RETURN, return_id)))


@routes.get("/returns/{return_id}/candidates", needs=Permission.RETURNS_READ, returns=Candidates, bound=False)
def list_candidates(call: Call, return_id: ReturnId, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> Response:
    """List the debits that a return may be about, each with what agrees, what differs and a score."""
    with call.view() as ctx:
        key = call.key_of(ctx, Prefix.RETURN, return_id)
        found(returns.shown(ctx.session, key), Prefix.RETURN, key)
        rows = candidates_of(ctx, key, limit=limit)
    return call.show(Candidates(data=[Candidate(**row) for row in rows]))


@routes.post("/returns", needs=Permission.RETURNS_WRITE, returns=ReturnInFull, status=201)
def record_a_return(call: Call, body: NewReturn) -> Response:
    """Record a return that the bank told of by telephone or mail; a report that tells it later applies nothing."""

    def do(ctx: Context) -> ReturnInFull:
        if (body.entry is None) == (body.order is None):
            fact = "name the entry that came back, or its order"
            raise Unreadable(fact, faults=(("/entry", "one_of", fact),))
        if body.entry is not None:
            entry_id = call.key_of(ctx, Prefix.ENTRY, body.entry)
        else:
            entry_id = standing_debit_of(ctx, call.key_of(ctx, Prefix.ORDER, body.order or ""))
        told = ToldByHand(
            code=body.code.upper(),
            returned_on=body.returned_on,
            evidence=body.evidence,
            information=body.information,
        )
        return return_in_full(ctx, record_return(ctx, entry_id, told))

    return call.act(do)


def return_in_full(ctx: Context, key: int) -> ReturnInFull:
    """Return a return as it stands in the transaction; raises ``NoSuch``."""
    ctx.session.flush()
    ctx.session.expire_all()
    return ReturnInFull(**found(returns.shown(ctx.session, key), Prefix.RETURN, key))
