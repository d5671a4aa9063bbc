"""One posting of our account: what the bank says, what explains it or might, and what a person says it is."""

from collections.abc import Callable

from starlette.responses import Response

from ingather.actions.context import Context
from ingather.actions.reconciliation.by_hand import (
    Choice,
    choice_of_batch,
    choice_of_fee,
    choice_of_return,
    locked_posting,
    match_by_hand,
    undo_posting_match,
)
from ingather.base.ids import Prefix, public_id
from ingather.console.pages import Pages
from ingather.console.settlements.turning import reason_of
from ingather.console.visits import Visit
from ingather.domain.reconciliation import MatchKind
from ingather.domain.refusals import NoSuch, Refusal, Unreadable
from ingather.domain.users import Permission
from ingather.store.reading import bank_postings

pages = Pages("Settlements")
_WRITES = Permission.REPORTS_WRITE


@pages.get("/postings/{posting_id}", needs=Permission.REPORTS_READ)
def show_posting(visit: Visit) -> Response:
    """Show a posting with what explains it, or what might."""
    return _one(visit)


@pages.post("/postings/{posting_id}/match", needs=_WRITES)
def match(visit: Visit) -> Response:
    """Explain a posting by hand: by a batch, a return, a charge, or in words."""

    def do(ctx: Context) -> None:
        key, reason = visit.key_of(Prefix.POSTING, visit.path["posting_id"]), reason_of(visit)
        match_by_hand(ctx, key, _choice(visit, ctx, key), reason=reason)

    return _done(visit, do, tried="match")


@pages.post("/postings/{posting_id}/undo", needs=_WRITES)
def undo(visit: Visit) -> Response:
    """Undo what explains a posting: it is in suspense again."""

    def do(ctx: Context) -> None:
        key = visit.key_of(Prefix.POSTING, visit.path["posting_id"])
        asked, shown = visit.form.get("match", ""), bank_postings.shown(ctx.session, key)
        if shown is None or asked not in {each["id"] for each in shown["matches"]}:
            fact = f"this posting has no match {asked[:40]}"
            raise NoSuch(fact, "Open the posting anew")
        undo_posting_match(ctx, visit.key_of(Prefix.MATCH, asked), reason=reason_of(visit))

    return _done(visit, do, tried="undo")


def _choice(visit: Visit, ctx: Context, key: int) -> Choice:
    what, target = visit.form.get("what", ""), visit.form.get("target", "").strip()
    if what == "batch":
        return choice_of_batch(ctx, visit.key_of(Prefix.BATCH, target))
    if what == "return":
        return choice_of_return(ctx, visit.key_of(Prefix.RETURN, target))
    if what == "fee":
        row = locked_posting(ctx, key)
        return choice_of_fee(ctx, row.feed_id, row.amount_minor)
    if what == "note":
        return Choice(kind=MatchKind.BY_HAND)
    fact = "it is not said what the posting is"
    raise Unreadable(fact, "Choose a batch, a return, a charge, or words alone")


def _done(visit: Visit, do: Callable[[Context], None], *, tried: str) -> Response:
    try:
        visit.desk.decide(do)
    except Refusal as refusal:
        return _one(visit, refusal=refusal, tried=tried)
    visit.desk.remember()
    return visit.go(f"/postings/{visit.path['posting_id']}")


def _one(visit: Visit, *, refusal: Refusal | None = None, tried: str = "") -> Response:
    key = visit.key_of(Prefix.POSTING, visit.path["posting_id"])
    with visit.view() as ctx:
        row = bank_postings.shown(ctx.session, key)
        if row is None:
            fact = f"there is no posting {public_id(Prefix.POSTING, key)}"
            raise NoSuch(fact, "Look for it on its day")
        return visit.show(
            "reconciliation/posting.html",
            status=refusal.status if refusal else 200,
            row=row,
            standing=[each for each in row["matches"] if not each["undone_because"]],
            undone=[each for each in row["matches"] if each["undone_because"]],
            may_write=visit.may(_WRITES),
            refusal=refusal,
            tried=tried,
        )
