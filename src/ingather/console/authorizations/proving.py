"""Proving an authorization to a bank that asks: its request noted with its clock, and the package made at once."""

from datetime import date

from starlette.responses import Response

from ingather.actions.authorizations.proof import Proof, make_proof, note_proof_requested
from ingather.actions.casework import ask_for_statement
from ingather.actions.context import Context
from ingather.base.ids import Prefix
from ingather.console.authorizations.deciding import day_of, decided
from ingather.console.authorizations.showing import authorization_page
from ingather.console.pages import Pages
from ingather.console.reasons import reason_of
from ingather.console.visits import HTML, Visit
from ingather.domain.refusals import Refusal
from ingather.domain.users import Permission

pages = Pages("Authorizations")
_WRITES = Permission.AUTHORIZATIONS_WRITE


@pages.post("/authorizations/{authorization_id}/proof-request", needs=_WRITES)
def note_request(visit: Visit) -> Response:
    """Note that the bank asks for proof, which opens a case with its banking days."""

    def do(ctx: Context, key: int) -> date:
        return note_proof_requested(ctx, key, _order(visit), on=day_of(visit))

    return decided(visit, "proof-request", do)


@pages.post("/authorizations/{authorization_id}/proof", needs=_WRITES)
def prove(visit: Visit) -> Response:
    """Make the package and give it as a file: one page that needs nothing else, its hash kept in the book."""
    key = visit.key_of(Prefix.AUTHORIZATION, visit.path["authorization_id"])

    def do(ctx: Context) -> Proof:
        return make_proof(ctx, key, _order(visit))

    try:
        made = visit.desk.decide(do)
    except Refusal as refusal:
        return authorization_page(visit, refusal=refusal, tried="proof")
    visit.desk.remember()
    name = f"proof-{visit.path['authorization_id']}-{made.sha256[:8]}.html"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-SHA256": made.sha256}
    return Response(made.content, media_type=HTML, headers=headers)


@pages.post("/authorizations/{authorization_id}/statement", needs=Permission.RETURNS_WRITE)
def ask_statement(visit: Visit) -> Response:
    """Have our bank ask for the consumer's written statement behind an unauthorized return."""

    def do(ctx: Context, _: int) -> object:
        return_id = visit.key_of(Prefix.RETURN, visit.form.get("return", ""))
        return ask_for_statement(ctx, return_id, reason=reason_of(visit))

    return decided(visit, "statement", do)


def _order(visit: Visit) -> int:
    return visit.key_of(Prefix.ORDER, visit.form.get("order", ""))
