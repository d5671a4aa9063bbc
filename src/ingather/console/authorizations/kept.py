"""How long authorizations are kept: those under a legal hold, and by which terms the others go.

What a stretch of time sealed, files and reports, is kept and destroyed by its keys: that has its own page.
"""

from starlette.responses import Response

from ingather.actions.rules import policy_of
from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.users import Permission
from ingather.rules.clocks import clock
from ingather.store.reading.sought.authorizations import last_purges, under_legal_hold

pages = Pages("Authorizations")
HEAD = ("authorization", "external_id", "merchant", "buyer", "last4", "state", "since", "by", "because")


@pages.get("/authorizations/kept", needs=Permission.AUTHORIZATIONS_READ)
def show(visit: Visit) -> Response:
    """Show what is kept beyond its days and why, the terms of keeping, and what was purged."""
    originator_id = visit.desk.originator_id()
    with visit.view() as ctx:
        return visit.show(
            "authorizations/kept.html",
            refusal=None,
            tab="kept",
            held=under_legal_hold(ctx.session),
            purges=last_purges(ctx.session),
            years=policy_of(ctx, originator_id).retention.years,
            rule=clock("retention", visit.today).row,
        )


@pages.get("/authorizations/kept.csv", needs=Permission.AUTHORIZATIONS_READ)
def download(visit: Visit) -> Response:
    """Answer with the authorizations under a legal hold as CSV."""
    with visit.view() as ctx:
        held = under_legal_hold(ctx.session)
    rows = [
        (
            each["id"], each["external_id"], each["merchant_name"], each["buyer_name"], each["last4"], each["state"],
            each["since"] or "", each["by"], each["because"],
        )
        for each in held
    ]  # fmt: skip
    return visit.csv("legal-holds", HEAD, rows)
