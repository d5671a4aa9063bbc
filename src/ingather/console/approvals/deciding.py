"""Deciding: approve exactly these bytes, refuse them, or take an approval back; sign a day off whose report is lost."""

import re
from datetime import date

from starlette.responses import Response

from ingather.actions.files.approval import approve_file, refuse_file, withdraw_approval
from ingather.actions.reconciliation.signing_off import sign_off_reports
from ingather.base.ids import Prefix
from ingather.console.approvals.reading import page_of
from ingather.console.pages import Pages
from ingather.console.reasons import reason_of
from ingather.console.visits import Visit
from ingather.domain.refusals import NoSuch, Refusal, WrongState
from ingather.domain.users import Permission
from ingather.jobs.restored import refuse_restored
from ingather.store.reading.second_persons import asked_of_others

pages = Pages("Approvals")
_HASH = re.compile(r"[0-9a-f]{64}")


@pages.post("/approvals/{file_id}/approve", needs=Permission.FILES_APPROVE, proof=True)
def approve(visit: Visit) -> Response:
    """Approve the bytes that the form was shown beside."""
    try:
        key, sha256, reason = _file(visit), _bytes_read(visit), reason_of(visit)
        visit.desk.decide(lambda ctx: approve_file(ctx, key, sha256=sha256, reason=reason))
    except Refusal as refusal:
        return page_of(visit, refusal)
    return _done(visit)


@pages.post("/approvals/{file_id}/refuse", needs=Permission.FILES_APPROVE)
def refuse(visit: Visit) -> Response:
    """Refuse a file: it is voided, and its orders wait for the next night."""
    try:
        key, reason = _file(visit), reason_of(visit)
        refuse_restored(visit.desk)
        visit.desk.decide(lambda ctx: refuse_file(ctx, key, reason=reason))
    except Refusal as refusal:
        return page_of(visit, refusal)
    return _done(visit)


@pages.post("/approvals/{file_id}/withdraw", needs=Permission.FILES_APPROVE)
def withdraw(visit: Visit) -> Response:
    """Take the approval of a file back that has not left."""
    try:
        key, reason = _file(visit), reason_of(visit)
        refuse_restored(visit.desk)
        visit.desk.decide(lambda ctx: withdraw_approval(ctx, key, reason=reason))
    except Refusal as refusal:
        return page_of(visit, refusal)
    return _done(visit)


@pages.get("/approvals/sign-offs/{feed_id}/{day}", needs=Permission.REPORTS_READ)
def show_sign_off(visit: Visit) -> Response:
    """Show a day whose report is lost and that somebody asks to declare complete."""
    return _sign_off(visit)


@pages.post("/approvals/sign-offs/{feed_id}/{day}", needs=Permission.SETTLEMENTS_APPROVE, proof=True)
def sign_off(visit: Visit) -> Response:
    """Sign the day: its reports count as complete, and what waited for it alone is released."""
    feed, day = visit.key_of(Prefix.FEED, visit.path["feed_id"]), _day(visit)
    try:
        reason = reason_of(visit)
        visit.desk.decide(lambda ctx: sign_off_reports(ctx, feed, day, reason=reason))
    except Refusal as refusal:
        return _sign_off(visit, refusal)
    visit.desk.remember()
    return visit.go("/approvals")


def _sign_off(visit: Visit, refusal: Refusal | None = None) -> Response:
    with visit.view() as ctx:
        found = [each for each in asked_of_others(ctx.session) if each.address == visit.request.url.path]
    if not found:
        fact = "nobody asks to sign this day off"
        raise NoSuch(fact, "Look at what waits")
    status = 200 if refusal is None else refusal.status
    return visit.show("approvals/sign_off.html", status=status, asked=found[0], refusal=refusal)


def _day(visit: Visit) -> date:
    try:
        return date.fromisoformat(visit.path["day"])
    except ValueError:
        fact = f"{visit.path['day'][:20]} is no day"
        raise NoSuch(fact) from None


def _file(visit: Visit) -> int:
    return visit.key_of(Prefix.FILE, visit.path["file_id"])


def _bytes_read(visit: Visit) -> bytes:
    """Return the hash that stood in the form: of the bytes that were shown, whatever they are by now."""
    sha256 = visit.form.get("sha256", "")
    if _HASH.fullmatch(sha256) is None:
        fact = "the form does not say which bytes were read"
        raise WrongState(fact, "Open the page anew, and read them")
    return bytes.fromhex(sha256)


def _done(visit: Visit) -> Response:
    visit.desk.remember()
    return visit.go(f"/approvals/{visit.path['file_id']}")
