"""Requests to the ODFI, which alone may dishonor a return, refuse a notification of change, or ask another bank.

A request is a row with its deadline; the night hands the ODFI what is asked as a document and a sheet.
"""

from datetime import date

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import NoSuch, WrongState
from ingather.domain.returns import OdfiRequestKind, RequestState
from ingather.store.tables import OdfiRequest

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
        once=f"{row.id}|{ctx.now.isoformat()}", code=code,
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
    if row.state != RequestState.ASKED:
        said = f"request {name} is {row.state}"
        raise WrongState(said, "Call the ODFI: what it was told it can only be asked to let be")
    row.state, row.outcome = RequestState.WITHDRAWN, reason
    ctx.audit("withdraw_request", name, reason=reason)


def answer_request(ctx: Context, request_id: int, *, on: date, outcome: str) -> None:
    """Record what came of a request; an answer to one that was never sent counts all the same."""
    row = ctx.session.get_one(OdfiRequest, request_id)
    row.state, row.answered_on, row.outcome = RequestState.ANSWERED, on, outcome
    ctx.audit("answer_request", public_id(Prefix.REQUEST, request_id), outcome=outcome)
