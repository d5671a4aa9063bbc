"""Merchants' statements over HTTP: made, listed, read line by line, and written as files."""

from datetime import date
from typing import Annotated, Literal, TypeAlias

from fastapi import Query, Response
from pydantic import Field

from ingather.actions.banks import originator_of
from ingather.actions.context import Context
from ingather.actions.settlements.making import kept_back, settle_merchants
from ingather.api.calls import Call, found
from ingather.api.merchant_keys import OfMerchant, merchant_filter
from ingather.api.paging import Page, PageQuery, read_page
from ingather.api.routes import Routes
from ingather.api.shapes import Day, OwnName, Shown, id_field, in_path
from ingather.base.ids import Prefix
from ingather.domain.payouts import PayoutMethod
from ingather.domain.settlements import LineKind, Step
from ingather.domain.users import Permission
from ingather.jobs.statement_files import Form, bytes_of
from ingather.jobs.statement_words import in_words
from ingather.rules.return_codes import return_reason
from ingather.store.reading import settlements

routes = Routes("settlements")
SettlementId = Annotated[str, in_path("stl", "a statement")]
_MEDIA = {Form.CSV: "text/csv", Form.JSON: "application/json", Form.PDF: "application/pdf"}
_Order: TypeAlias = Annotated[Literal["newest", "oldest"], Field(description="Which rows come first.")]


class Settlement(Shown):
    """A merchant's statement as of a day: opening and every sum between it and the closing, in minor units.

    Opening + collected - clawed back - given back + restored + fees - charges - reserved + unreserved + covered +
    invoiced + payable again - payable = closing.
    """

    id: Annotated[str, id_field("stl", "the statement")]
    merchant: str = Field(description="The merchant, by its own name.")
    merchant_name: str
    as_of: date
    currency: str
    opening_minor: int = Field(description="Owed to the merchant before; negative when it owed us.")
    collected_minor: int
    clawed_back_minor: int = Field(description="Returned after it was collected.")
    given_back_minor: int = Field(description="Reversals and refunds.")
    restored_minor: int
    fees_minor: int
    charges_minor: int
    reserved_minor: int
    unreserved_minor: int
    covered_minor: int
    invoiced_minor: int
    payable_again_minor: int = Field(description="Payouts that came back.")
    payable_minor: int = Field(description="Paid by this statement.")
    closing_minor: int
    held_minor: int = Field(description="Of the closing: collected and not payable yet.")
    reserve_minor: int = Field(description="In reserve after it.")


class Reserve(Shown):
    """What is kept back against returns that may still come."""

    held_on: date
    due_on: date
    amount_minor: int
    left_minor: int


class StatementPayout(Shown):
    """The payout of a statement; how far it has come is told at the payout."""

    id: Annotated[str, id_field("pay", "the payout")]
    method: str = Field(description=f"One of {', '.join(PayoutMethod)}; more may be added.")
    amount_minor: int


class SettlementInFull(Settlement):
    """A statement with its reserves and its payout."""

    since: date | None = Field(description="The day of the statement before it.")
    lines: int = Field(description="How many lines it has.")
    reserves: list[Reserve]
    payout: StatementPayout | None


class Line(Shown):
    """One line of a statement."""

    order: str | None
    external_id: str
    instalment: int | None
    due_on: date | None
    kind: str = Field(description=f"One of {', '.join(LineKind)}; more may be added.")
    amount_minor: int
    currency: str
    code: str | None = Field(description="The return code as the bank sent it.")
    meaning: str | None = Field(description="What the return code means, in a word for programs.")
    reason: str = Field(description="Why, in a sentence for the merchant.")
    payable_on: date | None
    return_id: str | None = Field(validation_alias="return", description="The return it rests on, ret_...")
    report: str | None
    report_line: int | None


class StepTaken(Shown):
    """From what something was taken back."""

    order: str
    external_id: str | None
    instalment: int | None
    kind: str
    step: str = Field(description=f"One of {', '.join(Step)}; more may be added.")
    amount_minor: int
    return_id: str | None = Field(validation_alias="return", description="The return it rests on, ret_...")
    report: str | None
    report_line: int | None


class SettleRun(Shown):
    """The statements that were made, and who got none."""

    did: str
    as_of: date
    statements: list[Settlement]
    kept_back: list[str] = Field(description="Merchants whose screening is not clear: they get no statement.")


class SettlementsQuery(PageQuery):
    """Which statements."""

    merchant: OfMerchant = None
    as_of_from: Day | None = Field(default=None, alias="as_of[gte]")
    as_of_to: Day | None = Field(default=None, alias="as_of[lte]")


class LinesQuery(PageQuery):
    """Which lines of a statement; the oldest first unless asked otherwise."""

    order: _Order = "oldest"
    kind: list[LineKind] | None = None
    code: list[Annotated[str, Field(pattern="^[A-Z][0-9]{2}$")]] | None = Field(
        default=None, description="Lines of these return codes."
    )
    external_id: OwnName | None = None


class StepsQuery(PageQuery):
    """Which steps; the oldest first unless asked otherwise."""

    order: _Order = "oldest"


@routes.get("/settlements", needs=Permission.SETTLEMENTS_READ, returns=Page[Settlement])
def list_settlements(call: Call, query: Annotated[SettlementsQuery, Query()]) -> Response:
    """List merchants' statements."""
    rows, meta = read_page(call, settlements.LISTING, query, also=merchant_filter(call, query.merchant))
    return call.show(Page[Settlement](data=[Settlement(**row) for row in rows], meta=meta))


@routes.post("/settlements", needs=Permission.SETTLEMENTS_WRITE, returns=SettleRun, status=201, may=())
def settle(call: Call) -> Response:
    """Make today's statement of every merchant that has none yet, and the payouts of what is payable."""

    def do(ctx: Context) -> SettleRun:
        originator_id, as_of = originator_of(ctx).id, ctx.today
        made = settle_merchants(ctx, originator_id, as_of=as_of)
        ctx.session.flush()
        return SettleRun(
            did="something" if made else "nothing",
            as_of=as_of,
            statements=[Settlement(**row) for row in settlements.summed_of(ctx.session, made)],
            kept_back=[row.external_id for row in kept_back(ctx, originator_id, as_of=as_of)],
        )

    return call.act(do)


@routes.get("/settlements/{settlement_id}", needs=Permission.SETTLEMENTS_READ, returns=SettlementInFull)
def show_settlement(call: Call, settlement_id: SettlementId) -> Response:
    """Return a statement's sums, its reserves and its payout; its lines are a list of their own."""
    with call.view() as ctx:
        key = call.key_of(ctx, Prefix.SETTLEMENT, settlement_id)
        return call.show(SettlementInFull(**found(settlements.shown(ctx.session, key), Prefix.SETTLEMENT, key)))


@routes.get("/settlements/{settlement_id}/lines", needs=Permission.SETTLEMENTS_READ, returns=Page[Line])
def list_lines_of_settlement(
    call: Call, settlement_id: SettlementId, query: Annotated[LinesQuery, Query()]
) -> Response:  # fmt: skip
    """List the lines of a statement: each order that was collected, failed or taken back, and why."""
    with call.view() as ctx:
        key = call.key_of(ctx, Prefix.SETTLEMENT, settlement_id)
        statement = found(settlements.shown(ctx.session, key), Prefix.SETTLEMENT, key)
    rows, meta = read_page(call, settlements.LINES, query, also={"settlement": key})
    told = in_words({"as_of": statement["as_of"], "lines": rows})["lines"]
    on = date.fromisoformat(statement["as_of"])
    return call.show(
        Page[Line](
            data=[Line(**row, currency=statement["currency"], meaning=_meaning(row["code"], on)) for row in told],
            meta=meta,
        )
    )


@routes.get("/settlements/{settlement_id}/steps", needs=Permission.SETTLEMENTS_READ, returns=Page[StepTaken])
def list_steps_of_settlement(
    call: Call, settlement_id: SettlementId, query: Annotated[StepsQuery, Query()]
) -> Response:  # fmt: skip
    """List from what each claw-back of a statement was taken: available, reserve, carried, an invoice, a loss."""
    with call.view() as ctx:
        key = call.key_of(ctx, Prefix.SETTLEMENT, settlement_id)
        found(settlements.shown(ctx.session, key), Prefix.SETTLEMENT, key)
    rows, meta = read_page(call, settlements.STEPS, query, also={"settlement": key})
    return call.show(Page[StepTaken](data=[StepTaken(**row) for row in rows], meta=meta))


@routes.get(
    "/settlements/{settlement_id}/file", needs=Permission.SETTLEMENTS_READ, returns=None, may=(404, 409, 422),
    content={media: {"schema": {"type": "string", "format": "binary"}} for media in _MEDIA.values()},
)  # fmt: skip
def download_settlement(
    call: Call, settlement_id: SettlementId, form: Annotated[Form, Query(alias="format")] = Form.CSV
) -> Response:
    """Return a statement as a file, the same bytes every time: CSV, JSON, or a PDF where that extra is installed."""
    with call.view() as ctx:
        key = call.key_of(ctx, Prefix.SETTLEMENT, settlement_id)
        rows = settlements.listed(ctx.session, [key])
    statement = in_words(found(next(iter(rows), None), Prefix.SETTLEMENT, key))
    name = f"{statement['as_of']}-{settlement_id}.{form}"
    return Response(
        bytes_of(statement, form), media_type=_MEDIA[form],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


def _meaning(code: str | None, on: date) -> str | None:
    reason = return_reason(code, on=on) if code else None
    return reason.meaning if reason is not None else None
