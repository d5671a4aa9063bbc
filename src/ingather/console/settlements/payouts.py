"""Payouts to merchants: what is due and who may approve it, what each waits for, and what a person saw at the bank."""

import re
from collections.abc import Callable

from starlette.responses import Response

from ingather.actions.banks import originator_of
from ingather.actions.context import Context
from ingather.actions.payouts.deciding import approve_payouts, set_method
from ingather.actions.payouts.returned import note_returned
from ingather.actions.payouts.settling import note_settled
from ingather.actions.payouts.terms import company_named, why_waiting
from ingather.base.ids import Prefix, public_id
from ingather.console.pages import Pages
from ingather.console.settlements.turning import MOST_ROWS, day_of, dollars, reason_of, rows_of
from ingather.console.visits import Visit
from ingather.domain.payouts import PayoutMethod, PayoutState
from ingather.domain.refusals import NoSuch, Refusal, Unreadable
from ingather.domain.users import Permission
from ingather.jobs.payout_sheets import call_off, send_sheets
from ingather.store.reading import payouts
from ingather.store.reading.merchant_books import payouts_by_state

pages = Pages("Settlements")
_READS, _WRITES = Permission.SETTLEMENTS_READ, Permission.SETTLEMENTS_WRITE
_CHOSEN = "chosen-"
_COMMAND = re.compile(r"[:;] ingather .*$")
_HERE = {PayoutState.DUE, PayoutState.APPROVED}


@pages.get("/payouts", needs=_READS)
def list_payouts(visit: Visit) -> Response:
    """List payouts with what each waits for; those that are due may be approved at once."""
    return _list(visit)


@pages.get("/payouts.csv", needs=_READS)
def give_payouts(visit: Visit) -> Response:
    """Give the payouts as CSV."""
    with visit.view() as ctx:
        rows, _ = rows_of(visit, ctx, payouts.LISTING, Prefix.PAYOUT, limit=MOST_ROWS, state=_states(visit))
    head = ("payout", "merchant", "name", "statement", "as_of", "amount", "currency", "method", "state", "reference",
            "account_last4", "asked_by", "approved_by", "made_on", "sent_on", "settled_on")  # fmt: skip
    table = [
        [row["id"], row["merchant"], row["merchant_name"], row["statement"], row["as_of"], dollars(row["amount_minor"]),
         row["currency"], row["method"], row["state"], row["reference"], row["last4"], row["asked_by"],
         row["approved_by"], row["made_on"], row["sent_on"], row["settled_on"]]
        for row in rows
    ]  # fmt: skip
    return visit.csv("payouts", head, table)


@pages.post("/payouts/due/approve", needs=Permission.SETTLEMENTS_APPROVE, proof=True)
def approve(visit: Visit) -> Response:
    """Approve the chosen payouts, all of them or none, as another person than who made their statements."""
    try:
        chosen = [name.removeprefix(_CHOSEN) for name in visit.form if name.startswith(_CHOSEN)]
        if not chosen:
            fact = "no payout is chosen"
            raise Unreadable(fact, "Choose those to approve")
        keys = [visit.key_of(Prefix.PAYOUT, each) for each in chosen]
        visit.desk.decide(lambda ctx: approve_payouts(ctx, keys))
    except Refusal as refusal:
        return _list(visit, refusal=refusal)
    visit.desk.remember()
    return visit.go("/payouts", state=PayoutState.APPROVED)


@pages.post("/payouts/sheets/send", needs=_WRITES)
def send(visit: Visit) -> Response:
    """Write the approved payouts that go by sheet on one, and send it to the bank once."""
    try:
        send_sheets(visit.desk)
    except Refusal as refusal:
        return _list(visit, refusal=refusal)
    visit.desk.remember()
    return visit.go("/payouts")


@pages.get("/payouts/{payout_id}", needs=_READS)
def show_payout(visit: Visit) -> Response:
    """Show a payout: its statement, way, account, file or sheet, and days."""
    return _one(visit)


@pages.post("/payouts/{payout_id}/cancel", needs=_WRITES)
def cancel(visit: Visit) -> Response:
    """Call off a payout that has not gone out; the next statement owes its amount again."""
    key = visit.key_of(Prefix.PAYOUT, visit.path["payout_id"])
    return _done(visit, lambda: call_off(visit.desk, key, reason=reason_of(visit)), tried="cancel")


@pages.post("/payouts/{payout_id}/method", needs=_WRITES)
def change_method(visit: Visit) -> Response:
    """Let a payout that has not gone out go the other way; somebody else approves it anew."""

    def change(ctx: Context) -> None:
        key = visit.key_of(Prefix.PAYOUT, visit.path["payout_id"])
        asked = visit.form.get("method", "")
        if asked not in {*PayoutMethod}:
            fact = f"{asked[:20] or 'nothing'} is no way of a payout"
            raise Unreadable(fact, f"Choose one of {', '.join(PayoutMethod)}")
        set_method(ctx, key, method=PayoutMethod(asked), reason=reason_of(visit))

    return _done(visit, lambda: visit.desk.decide(change), tried="method")


@pages.post("/payouts/{payout_id}/settled", needs=_WRITES)
def settled(visit: Visit) -> Response:
    """Record that a payout by sheet left our account, where no statement of the bank shows it."""

    def note(ctx: Context) -> None:
        key = visit.key_of(Prefix.PAYOUT, visit.path["payout_id"])
        on = day_of(visit.form.get("on")) or ctx.today
        note_settled(ctx, key, on=on, evidence=reason_of(visit, "evidence"))

    return _done(visit, lambda: visit.desk.decide(note), tried="settled")


@pages.post("/payouts/{payout_id}/returned", needs=_WRITES)
def returned(visit: Visit) -> Response:
    """Record that a payout by sheet came back or was never carried out; the next statement owes its amount again."""

    def note(ctx: Context) -> None:
        key = visit.key_of(Prefix.PAYOUT, visit.path["payout_id"])
        on = day_of(visit.form.get("on")) or ctx.today
        ends = "end_account" in visit.form
        note_returned(ctx, key, on=on, evidence=reason_of(visit, "evidence"), ends_account=ends)

    return _done(visit, lambda: visit.desk.decide(note), tried="returned")


def _done(visit: Visit, do: Callable[[], object], *, tried: str) -> Response:
    try:
        do()
    except NoSuch:
        raise
    except Refusal as refusal:
        return _one(visit, refusal=refusal, tried=tried)
    visit.desk.remember()
    return visit.go(f"/payouts/{visit.path['payout_id']}")


def _list(visit: Visit, *, refusal: Refusal | None = None) -> Response:
    with visit.view() as ctx:
        rows, following = rows_of(visit, ctx, payouts.LISTING, Prefix.PAYOUT, state=_states(visit))
        return visit.show(
            "settlements/payouts.html",
            status=refusal.status if refusal else 200,
            rows=rows,
            following=following,
            state=visit.asked.get("state", ""),
            sums=payouts_by_state(ctx.session, originator_of(ctx).id),
            waits=_waits(ctx),
            may_approve=visit.may(Permission.SETTLEMENTS_APPROVE),
            me=visit.caller.actor,
            chosen={name.removeprefix(_CHOSEN) for name in visit.form},
            refusal=refusal,
        )


def _one(visit: Visit, *, refusal: Refusal | None = None, tried: str = "") -> Response:
    key = visit.key_of(Prefix.PAYOUT, visit.path["payout_id"])
    with visit.view() as ctx:
        row = payouts.shown(ctx.session, key)
        if row is None:
            fact = f"there is no payout {public_id(Prefix.PAYOUT, key)}"
            raise NoSuch(fact, "Look for it in the list")
        return visit.show(
            "settlements/payout.html",
            status=refusal.status if refusal else 200,
            row=row,
            waits=_waits(ctx).get(row["id"]),
            me=visit.caller.actor,
            may_write=visit.may(_WRITES),
            here=row["state"] in _HERE or payouts.sheet_of(ctx.session, key) is not None,
            refusal=refusal,
            tried=tried,
        )


def _states(visit: Visit) -> list[PayoutState] | None:
    asked = visit.asked.get("state", "")
    return [PayoutState(asked)] if asked in {*PayoutState} else None


def _waits(ctx: Context) -> dict[str, str]:
    why = why_waiting(ctx, originator_of(ctx).id, company=company_named(ctx))
    # What follows a colon there is a command, which nobody types here.
    return {public_id(Prefix.PAYOUT, key): _COMMAND.sub("", said) for key, said in why.items()}
