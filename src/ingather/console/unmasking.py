"""Seeing an account's number: in its own place, for a case, with a reason and a code, for some minutes, on the record.

The number stands in the answer to the form alone, which no cache keeps; no address and no other page ever has it.
"""

from starlette.responses import Response

from ingather.actions.context import Context
from ingather.actions.unmasking import ShownNumber, see_account, unmask_account
from ingather.base.ids import Prefix
from ingather.console.accounts import account_page
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.refusals import NoSuch, Refusal
from ingather.domain.users import Permission

pages = Pages("Authorizations")
_MARKS = 40
"""How often who saw it is written across the number: enough to cover it wherever a picture is cut."""


@pages.post("/accounts/{id}/unmask", needs=Permission.ACCOUNTS_UNMASK, proof=True)
def unmask(visit: Visit) -> Response:
    """Show the number this once, and let the person see it again for some minutes."""
    key, terms = visit.key_of(Prefix.ACCOUNT, visit.path["id"]), visit.desk.policy().unmask

    def do(ctx: Context) -> ShownNumber:
        case_id = _case(visit)
        return unmask_account(ctx, key, case_id=case_id, reason=visit.form.get("reason", ""), terms=terms)

    try:
        shown = visit.desk.decide(do)
    except Refusal as refusal:
        return account_page(visit, refusal=refusal)
    return _shown(visit, shown)


@pages.post("/accounts/{id}/see", needs=Permission.ACCOUNTS_UNMASK)
def see(visit: Visit) -> Response:
    """Show the number again to whom it was shown some minutes ago."""
    key = visit.key_of(Prefix.ACCOUNT, visit.path["id"])
    try:
        shown = visit.desk.decide(lambda ctx: see_account(ctx, key))
    except Refusal as refusal:
        return account_page(visit, refusal=refusal)
    return _shown(visit, shown)


def _shown(visit: Visit, shown: ShownNumber) -> Response:
    visit.desk.remember()
    return visit.show("accounts/number.html", shown=shown, account=visit.path["id"], marks=_MARKS)


def _case(visit: Visit) -> int:
    text = visit.form.get("case", "").strip()
    if not text:
        fact = "no case is named"
        raise NoSuch(fact, "Name the open case that the number is needed for")
    return visit.key_of(Prefix.CASE, text)
