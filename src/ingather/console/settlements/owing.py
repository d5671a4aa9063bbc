"""What is owed: where each merchant stands, claw-backs and from what they were taken, invoices, payments and losses."""

from collections.abc import Callable

from starlette.responses import Response

from ingather.actions.banks import originator_of
from ingather.actions.context import Context
from ingather.actions.settlements.owing import approve_loss, ask_loss, invoice_merchant, note_invoice_paid
from ingather.base.ids import Prefix, public_id
from ingather.console.pages import Pages
from ingather.console.settlements.turning import MOST_ROWS, dollars, minor_of, reason_of, rows_of
from ingather.console.visits import Visit
from ingather.domain.refusals import NoSuch, Refusal, Unreadable
from ingather.domain.users import Permission
from ingather.store.reading import settlements
from ingather.store.reading.merchant_books import TAKEN_BACK, Position, merchant_of, positions

pages = Pages("Settlements")
_READS, _WRITES = Permission.SETTLEMENTS_READ, Permission.SETTLEMENTS_WRITE
_KEPT_S = 10.0
_SHOWN = 12


@pages.get("/owed", needs=_READS)
def show_owed(visit: Visit) -> Response:
    """Show where every merchant stands, and what was clawed back of late."""
    with visit.view() as ctx:
        steps, following = rows_of(visit, ctx, TAKEN_BACK, Prefix.SETTLEMENT)
        return visit.show(
            "settlements/owed.html",
            positions=_positions(visit, ctx),
            steps=steps,
            following=following,
            me=visit.caller.actor,
        )


@pages.get("/owed.csv", needs=_READS)
def give_owed(visit: Visit) -> Response:
    """Give where every merchant stands as CSV."""
    with visit.view() as ctx:
        rows = _positions(visit, ctx)
    head = ("merchant", "external_id", "name", "available", "reserve", "owed_by_invoice", "loss_asked")
    table = [
        (row.address, row.external_id, row.name, dollars(row.available_minor), dollars(row.reserve_minor),
         dollars(row.receivable_minor), "" if row.loss_asked is None else dollars(row.loss_asked))
        for row in rows
    ]  # fmt: skip
    return visit.csv("owed", head, table)


@pages.get("/clawed-back.csv", needs=_READS)
def give_taken_back(visit: Visit) -> Response:
    """Give claw-backs as CSV: of which order and return, and from what each was taken."""
    with visit.view() as ctx:
        rows, _ = rows_of(visit, ctx, TAKEN_BACK, Prefix.SETTLEMENT, limit=MOST_ROWS)
    head = ("as_of", "statement", "merchant", "name", "order", "external_id", "kind", "code", "taken_from", "amount",
            "return", "report", "report_line")  # fmt: skip
    table = [
        (row["as_of"], row["statement"], row["merchant"], row["merchant_name"], row["order"], row["external_id"],
         row["kind"], row["code"], row["step"], dollars(row["amount_minor"]), row["return"], row["report"],
         row["report_line"])
        for row in rows
    ]  # fmt: skip
    return visit.csv("clawed-back", head, table)


@pages.get("/owed/{merchant_id}", needs=_READS)
def show_merchant(visit: Visit) -> Response:
    """Show where one merchant stands, its own terms, what was clawed back from it, and what can be done."""
    return _one(visit)


@pages.post("/owed/{merchant_id}/invoice", needs=_WRITES)
def invoice(visit: Visit) -> Response:
    """Turn what a merchant is short of into an invoice now."""
    return _done(visit, invoice_merchant, tried="invoice")


@pages.post("/owed/{merchant_id}/paid", needs=_WRITES)
def note_paid(visit: Visit) -> Response:
    """Note what a merchant paid of what it owes by invoice."""

    def note(ctx: Context, key: int) -> None:
        reference = " ".join(visit.form.get("reference", "").split())
        if not reference:
            fact = "the payment's reference is missing"
            raise Unreadable(fact, "Write it as the bank shows it; each is noted once")
        note_invoice_paid(ctx, key, minor=minor_of(visit), reference=reference[:80])

    return _done(visit, note, tried="paid")


@pages.post("/owed/{merchant_id}/write-off", needs=_WRITES)
def ask_write_off(visit: Visit) -> Response:
    """Ask that what a merchant owes by invoice be taken as a loss; a second person approves it."""
    return _done(visit, lambda ctx, key: ask_loss(ctx, key, reason=reason_of(visit)), tried="write-off")


@pages.post("/owed/{merchant_id}/write-off/approve", needs=Permission.SETTLEMENTS_APPROVE, proof=True)
def approve_write_off(visit: Visit) -> Response:
    """Take what a merchant owes as a loss, as the second person."""
    return _done(visit, approve_loss, tried="approve")


def _done(visit: Visit, do: Callable[[Context, int], object], *, tried: str) -> Response:
    key = visit.key_of(Prefix.MERCHANT, visit.path["merchant_id"])
    try:
        visit.desk.decide(lambda ctx: do(ctx, key))
    except NoSuch:
        raise
    except Refusal as refusal:
        return _one(visit, refusal=refusal, tried=tried)
    visit.desk.remember()
    return visit.go(f"/owed/{visit.path['merchant_id']}")


def _one(visit: Visit, *, refusal: Refusal | None = None, tried: str = "") -> Response:
    key = visit.key_of(Prefix.MERCHANT, visit.path["merchant_id"])
    with visit.view() as ctx:
        merchant = merchant_of(ctx.session, key)
        if merchant is None:
            fact = f"there is no merchant {public_id(Prefix.MERCHANT, key)}"
            raise NoSuch(fact, "Look for it in the list")
        steps, _ = rows_of(visit, ctx, TAKEN_BACK, Prefix.SETTLEMENT, limit=_SHOWN, merchant=key)
        return visit.show(
            "settlements/merchant.html",
            status=refusal.status if refusal else 200,
            address=visit.path["merchant_id"],
            merchant=merchant,
            owed=settlements.owed(ctx.session, key),
            terms=settlements.terms_of(ctx.session, key),
            asked=settlements.asked_loss(ctx.session, key),
            statements=settlements.summed(ctx.session, merchant_id=key, limit=_SHOWN),
            steps=steps,
            me=visit.caller.actor,
            may_write=visit.may(_WRITES),
            may_approve=visit.may(Permission.SETTLEMENTS_APPROVE),
            refusal=refusal,
            tried=tried,
        )


def _positions(visit: Visit, ctx: Context) -> list[Position]:
    return visit.front.kept.get(("positions",), _KEPT_S, lambda: positions(ctx.session, originator_of(ctx).id))
