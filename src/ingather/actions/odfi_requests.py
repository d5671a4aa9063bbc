"""Requests to the ODFI, which alone may dishonor a return, refuse a notification of change, or ask another bank.

A request is a row with its deadline; the night hands the ODFI what is asked as a document and a sheet.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import case, select, update

from ingather.actions.context import Context
from ingather.actions.files.sealing import refuse_if_restored
from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import LostClaim, NoSuch, WrongState
from ingather.domain.returns import OdfiRequestKind, RequestState
from ingather.rules.banks import BankProfile, load_profile
from ingather.rules.calendar import add_banking_days
from ingather.store import allocation, events
from ingather.store.tables import BankProfileRow, Entry, File, OdfiRequest, Route

_SCOPES = {
    OdfiRequestKind.DISHONOUR: Scope.RETURN,
    OdfiRequestKind.STATEMENT_COPY: Scope.RETURN,
    OdfiRequestKind.REFUSE_CHANGE: Scope.CORRECTION,
}


def ask_odfi(  # noqa: PLR0913 -- the particulars of a request
    ctx: Context,
    kind: OdfiRequestKind,
    *,
    originator_id: int,
    about_id: int,
    code: str | None,
    reason: str,
    due_on: date | None,
    entry_id: int | None = None,
    order_id: int | None = None,
) -> int:
    """Record a request about a return or a notification and return its key; it goes out with the next night.

    ``code`` is the dishonour or refusal asked for, ``due_on`` the last day on which the ODFI must have it. Raises
    ``WrongState`` when the same was asked about it before and not taken back.
    """
    row = ctx.session.scalar(select(OdfiRequest).where(OdfiRequest.about_id == about_id, OdfiRequest.kind == kind))
    if row is not None and row.state != RequestState.WITHDRAWN:
        said = f"that was asked of the ODFI on {row.asked_on}: {public_id(Prefix.REQUEST, row.id)}"
        raise WrongState(said)
    if row is None:
        row = OdfiRequest(
            id=ctx.ids.one(),
            originator_id=originator_id,
            entry_id=entry_id,
            order_id=order_id,
            kind=kind,
            about_id=about_id,
            answered_on=None,
        )
        ctx.session.add(row)
    row.state, row.code, row.reason, row.due_on = RequestState.ASKED, code, reason[:200], due_on
    row.asked_on, row.actor, row.recorded_at = ctx.today, ctx.actor, ctx.now
    row.document, row.sent_at, row.outcome = None, None, None
    ctx.session.flush()
    ctx.fact(
        FactKind.ODFI_ASKED, scope=_SCOPES[kind], subject=about_id, originator=originator_id,
        once=_once(ctx, FactKind.ODFI_ASKED, _SCOPES[kind], about_id, row.id), code=code,
    )  # fmt: skip
    ctx.audit("ask_odfi", public_id(Prefix.REQUEST, row.id), what=str(kind), code=code, reason=reason)
    return row.id


def withdraw_request(ctx: Context, request_id: int, *, reason: str) -> None:
    """Take a request back that the ODFI has not been told; raises ``NoSuch`` and ``WrongState``."""
    row = ctx.session.scalar(select(OdfiRequest).where(OdfiRequest.id == request_id).with_for_update())
    name = public_id(Prefix.REQUEST, request_id)
    if row is None:
        said = f"there is no request {name}"
        raise NoSuch(said)
    if row.state != RequestState.ASKED or row.document is not None:
        stands = f"on its way in {row.document}" if row.state == RequestState.ASKED else row.state
        said = f"request {name} is {stands}"
        raise WrongState(said, "Call the ODFI: what it was told it can only be asked to let be")
    row.state, row.outcome = RequestState.WITHDRAWN, reason
    ctx.audit("withdraw_request", name, reason=reason)


def answer_request(ctx: Context, request_id: int, *, on: date, outcome: str) -> None:
    """Record what came of a request; an answer to one that was never sent, or was taken back, counts all the same.

    Raises ``NoSuch``.
    """
    row = ctx.session.scalar(select(OdfiRequest).where(OdfiRequest.id == request_id).with_for_update())
    name = public_id(Prefix.REQUEST, request_id)
    if row is None:
        said = f"there is no request {name}"
        raise NoSuch(said)
    row.state, row.answered_on, row.outcome = RequestState.ANSWERED, on, outcome
    scope, subject = _SCOPES.get(OdfiRequestKind(row.kind), Scope.ENTRY), row.about_id or row.entry_id or 0
    ctx.fact(
        FactKind.ODFI_ANSWERED, scope=scope, subject=subject, originator=row.originator_id, on=on,
        once=_once(ctx, FactKind.ODFI_ANSWERED, scope, subject, row.id), outcome=outcome,
    )  # fmt: skip
    ctx.audit("answer_request", name, outcome=outcome)


def next_document(ctx: Context, *, stem: str) -> str:
    """Return a name for a document of today's requests that no other document has or will have."""
    day = ctx.today.strftime("%Y%m%d")
    return f"{stem}-{day}-{allocation.take(ctx.session, f'request|{day}', 1)}"


def note_documented(ctx: Context, request_ids: Sequence[int], *, name: str) -> None:
    """Record the intent to send requests in a document; raises ``LostClaim`` when one was taken back or is in another.

    Raises ``BookRestored`` in a restored book.
    """
    refuse_if_restored(ctx)
    claimed = ctx.session.execute(
        update(OdfiRequest)
        .where(OdfiRequest.id.in_(request_ids), OdfiRequest.state == RequestState.ASKED, OdfiRequest.document.is_(None))
        .values(document=name)
        .execution_options(synchronize_session=False),
    )
    if claimed.rowcount != len(request_ids):  # type: ignore[attr-defined]  # an UPDATE's result has it
        raise LostClaim
    ctx.audit("document_requests", "book", document=name, requests=len(request_ids))


def note_requests_sent(ctx: Context, request_ids: Sequence[int], *, name: str, evidence: str) -> None:
    """Record that a document is with the ODFI; an answer that came before is kept, and twice changes nothing."""
    ctx.session.execute(
        update(OdfiRequest)
        .where(OdfiRequest.id.in_(request_ids), OdfiRequest.document == name, OdfiRequest.sent_at.is_(None))
        .values(
            state=case((OdfiRequest.state == RequestState.ASKED, str(RequestState.SENT)), else_=OdfiRequest.state),
            sent_at=ctx.now,
        )
        .execution_options(synchronize_session=False),
    )
    ctx.audit("send_requests", "book", document=name, requests=len(request_ids), evidence=evidence)


def last_day_to_ask(ctx: Context, last_day: date, *, entry_id: int | None) -> date:
    """Return the day by which the ODFI must be asked for what it can do until ``last_day``.

    That is the lead of the bank profile before it, in banking days; the bank is that of the entry, or else the first.
    """
    return add_banking_days(last_day, -profile_about(ctx, entry_id).requests.lead_banking_days)


def profile_about(ctx: Context, entry_id: int | None) -> BankProfile:
    """Return the profile of the bank that an entry went to; without an entry, that of the first route."""
    statement = (
        select(BankProfileRow.toml)
        .join(Route, Route.bank_profile_id == BankProfileRow.id)
        .order_by(Route.priority, Route.id)
        .limit(1)
    )
    if entry_id is not None:
        statement = statement.join(File, File.route_id == Route.id).join(Entry, Entry.file_id == File.id)
        statement = statement.where(Entry.id == entry_id)
    return load_profile(ctx.session.execute(statement).scalar_one())


def _once(ctx: Context, kind: FactKind, scope: Scope, subject: int, request_id: int) -> str:
    """Return what tells a fact of a request from an earlier one of its kind."""
    return f"{request_id}|{events.count(ctx.session, kind, scope=scope, subject=subject)}"
