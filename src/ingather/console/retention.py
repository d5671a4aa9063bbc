"""Evidence: what each epoch of it holds and until when, destroying it by two persons, and the certificates."""

from typing import Any

from starlette.responses import Response

from ingather.actions.retention import Standing, approve_shredding, ask_shredding, certificate_of, refuse_shredding
from ingather.console.pages import Pages
from ingather.console.reasons import reason_of
from ingather.console.visits import Visit, number_in
from ingather.domain.keys import LAST_EPOCH
from ingather.domain.refusals import NoSuch, Refusal
from ingather.domain.retention import HOLD_WORDS, ShreddingState
from ingather.domain.users import Permission
from ingather.jobs.retention import evidence
from ingather.store.reading.access_reviews import holders_of
from ingather.store.reading.retention import shreddings

pages = Pages("Rules")
_KEPT_S = 30.0


@pages.get("/rules/retention", needs=Permission.FILES_READ)
def show(visit: Visit) -> Response:
    """Show each epoch of evidence: what it holds, until when, and what else holds it."""
    return _page(visit)


@pages.get("/rules/retention.csv", needs=Permission.FILES_READ)
def table(visit: Visit) -> Response:
    """Return the epochs of evidence as CSV."""
    head = ("epoch", "state", "opened_on", "closed_on", "files", "reports", "kept_until", "due")
    rows = [_evidence(each) for each in evidence(visit.desk)]
    return visit.csv("evidence", head, ([row[name] if row[name] is not None else "" for name in head] for row in rows))


@pages.get("/rules/retention/{epoch}/certificate", needs=Permission.FILES_READ)
def certificate(visit: Visit) -> Response:
    """Send the certificate of a shredded epoch, once it holds against the audit chain."""
    epoch = _epoch(visit)
    with visit.view() as ctx:
        found = certificate_of(ctx, epoch)
    headers = {"Content-Disposition": f'attachment; filename="certificate-{epoch}.json"'}
    return Response(found.content, media_type="application/json", headers=headers)


@pages.post("/rules/retention/{epoch}/ask", needs=Permission.KEYS_WRITE, proof=True)
def ask(visit: Visit) -> Response:
    """Ask for the evidence of an epoch to be destroyed; a second person approves."""
    originator_id, epoch = visit.desk.originator_id(), _epoch(visit)
    try:
        reason = reason_of(visit)
        visit.desk.decide(lambda ctx: ask_shredding(ctx, originator_id, epoch, reason=reason))
    except Refusal as refusal:
        return _page(visit, refusal=refusal)
    return _done(visit)


@pages.post("/rules/retention/{epoch}/approve", needs=Permission.FILES_APPROVE, proof=True)
def approve(visit: Visit) -> Response:
    """Approve that the evidence of an epoch is destroyed, as somebody else than who asked."""
    originator_id, epoch = visit.desk.originator_id(), _epoch(visit)
    try:
        visit.desk.decide(lambda ctx: approve_shredding(ctx, originator_id, epoch))
    except Refusal as refusal:
        return _page(visit, refusal=refusal)
    return _done(visit)


@pages.post("/rules/retention/{epoch}/refuse", needs=Permission.FILES_APPROVE)
def refuse(visit: Visit) -> Response:
    """Refuse that the evidence of an epoch is destroyed; it stays."""
    epoch = _epoch(visit)
    try:
        reason = reason_of(visit)
        visit.desk.decide(lambda ctx: refuse_shredding(ctx, epoch, reason=reason))
    except Refusal as refusal:
        return _page(visit, refusal=refusal)
    return _done(visit)


def _done(visit: Visit) -> Response:
    visit.desk.remember()
    return visit.go("/rules/retention")


def _page(visit: Visit, *, refusal: Refusal | None = None) -> Response:
    # What each epoch holds is counted over all files and reports: once for all who look within half a minute.
    found = visit.front.kept.get("evidence", _KEPT_S, lambda: evidence(visit.desk))
    with visit.view() as ctx:
        waiting = {
            row.epoch: {"state": row.state, "maker": row.maker, "checker": row.checker, "reason": row.reason}
            for row in shreddings(ctx.session, *(each for each in ShreddingState if each is not ShreddingState.REFUSED))
        }
        approvers = holders_of(Permission.FILES_APPROVE, ctx.session)
    return visit.show(
        "rules/retention.html", status=refusal.status if refusal else 200, refusal=refusal,
        evidence=[_evidence(each) for each in found], waiting=waiting, me=visit.caller.actor, approvers=approvers,
    )  # fmt: skip


def _evidence(each: Standing) -> dict[str, Any]:
    return {
        "epoch": each.epoch, "state": str(each.state), "opened_on": each.opened_on, "closed_on": each.closed_on,
        "files": len(each.contents.files), "reports": len(each.contents.reports), "kept_until": each.kept_until,
        "due": each.due, "holds": [(held.count, HOLD_WORDS[held.what]) for held in each.holds],
    }  # fmt: skip


def _epoch(visit: Visit) -> int:
    text = visit.path["epoch"]
    epoch = number_in(text)
    if epoch is None or not 0 < epoch <= LAST_EPOCH:
        fact = f"there is no epoch {text[:20]}"
        raise NoSuch(fact, "Look for it in the list")
    return epoch
