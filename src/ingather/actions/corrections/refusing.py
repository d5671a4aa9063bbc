"""Refusing a notification of change: only the ODFI can, within fifteen days, so it is asked; nothing is applied."""

from datetime import date

from sqlalchemy import func, select

from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.actions.corrections.applying import end_change, locked_correction, opened, set_change_clock
from ingather.actions.odfi_requests import ask_odfi, last_day_to_ask, withdraw_request
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind
from ingather.domain.corrections import CorrectionState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import WrongState
from ingather.domain.returns import OdfiRequestKind
from ingather.rules.changes import Does, Fits, Refusable, can_be_said, owner_of, read_change, refusable, what_follows
from ingather.rules.deadlines import deadline
from ingather.store import events
from ingather.store.tables import Case, Correction, Entry, OdfiRequest

_REFUSABLE = frozenset({CorrectionState.OPEN, CorrectionState.UNMATCHED, CorrectionState.LOGGED})
_FITS = {
    Fits.MATCHED: "it can be said only of one about an entry of ours",
    Fits.UNMATCHED: "it can be said only of one that fits none of our entries, and this one fits",
    Fits.UNREADABLE: "its corrected data can be read",
}


def refuse_change(ctx: Context, correction_id: int, *, as_code: str, reason: str) -> int:
    """Ask the ODFI to refuse a notification of change and return the request's key; it is never applied from then on.

    ``as_code`` is a refusal code. Raises ``NoSuch``; ``WrongState`` for one that was applied, left or refused, after
    the fifteenth day, and for a code that is not one or cannot be said of it.
    """
    row = locked_correction(ctx, correction_id)
    name = public_id(Prefix.CORRECTION, correction_id)
    _refuse_ended(row, name)
    chosen = _chosen(ctx, row, as_code, name)
    last_day = last_day_of_refusal(row)
    if ctx.today > last_day:
        fact = f"the ODFI could refuse notification {name} until {last_day}"
        raise WrongState(fact, f"Apply it: ingather change apply {name}, or obtain another account from the buyer")
    order_id = ctx.session.execute(select(Entry.order_id).where(Entry.id == row.entry_id)).scalar_one_or_none()
    request_id = ask_odfi(
        ctx,
        OdfiRequestKind.REFUSE_CHANGE,
        originator_id=row.originator_id,
        about_id=row.id,
        code=chosen.code,
        reason=reason,
        due_on=last_day_to_ask(ctx, last_day, entry_id=row.entry_id),
        entry_id=row.entry_id,
        order_id=order_id,
    )
    row.refused_as = chosen.code
    ctx.fact(
        FactKind.CHANGE_REFUSED, scope=Scope.CORRECTION, subject=row.id, originator=row.originator_id,
        once=str(events.count(ctx.session, FactKind.CHANGE_REFUSED, scope=Scope.CORRECTION, subject=row.id)),
        code=chosen.code,
    )  # fmt: skip
    outcome = f"the ODFI is asked to refuse it as {chosen.code} by {ctx.actor}: {reason}"
    end_change(ctx, row, CorrectionState.REFUSED, outcome=outcome)
    ctx.audit("refuse_change", name, code=row.code, refused_as=chosen.code, reason=reason)
    return request_id


def last_day_of_refusal(row: Correction) -> date:
    """Return the last day on which the ODFI can refuse a notification: fifteen calendar days after its receipt."""
    return deadline("change-refuse", row.received_at.astimezone(NEW_YORK).date())


def take_refusal_back(ctx: Context, request_id: int, *, reason: str) -> None:
    """Take back a refusal that the ODFI has not been told: the notification waits again, with the clock it had.

    Raises ``NoSuch``, and ``WrongState`` when the request is on its way.
    """
    withdraw_request(ctx, request_id, reason=reason)
    row = locked_correction(ctx, ctx.session.get_one(OdfiRequest, request_id).about_id)
    row.refused_as, row.ended_at, row.ended_by = None, None, None
    if row.entry_id is None:
        row.state = CorrectionState.UNMATCHED
    else:
        waits = what_follows(row.code, ctx.today) in {Does.APPLY, Does.PERSON, Does.STOP}
        row.state = CorrectionState.OPEN if waits else CorrectionState.LOGGED
    _open_again(ctx, row)
    set_change_clock(ctx, row.account_id)


def _refuse_ended(row: Correction, name: str) -> None:
    if row.state in _REFUSABLE and _is_ours(row):
        return
    on = f" on {row.ended_at:%Y-%m-%d} by {row.ended_by}" if row.ended_at else ""
    match CorrectionState(row.state):
        case CorrectionState.APPLIED:
            fact = f"notification {name} was applied{on}: what is in the account cannot be refused"
            way_out = "Ask the ODFI; its bank sends another notification when this one was wrong"
        case CorrectionState.LOGGED | CorrectionState.OPEN | CorrectionState.UNMATCHED:
            fact, way_out = f"{name} ({row.code}) is a refusal itself", "Ask the ODFI why it came to us"
        case state:
            fact, way_out = f"notification {name} was {state}{on}", ""
    raise WrongState(fact, way_out)


def _is_ours(row: Correction) -> bool:
    """Return whether a notification asks something of us and does not speak between banks."""
    return what_follows(row.code, row.received_at.astimezone(NEW_YORK).date()) is not Does.REFUSAL


def _chosen(ctx: Context, row: Correction, as_code: str, name: str) -> Refusable:
    known = refusable(ctx.today)
    chosen = known.get(as_code.upper())
    if chosen is None:
        fact = f"{as_code} is no code of a refusal"
        raise WrongState(fact, f"There are: {', '.join(f'{each.code} {each.title}' for each in known.values())}")
    change = read_change(row.code, opened(ctx, row), line=row.line)
    if not can_be_said(chosen, matched=row.entry_id is not None, readable=change.applies):
        fact = f"notification {name} is not refused as {chosen.code} ({chosen.title.lower()}): {_FITS[chosen.fits]}"
        raise WrongState(fact, "Choose another code with --as-code")
    return chosen


def _open_again(ctx: Context, row: Correction) -> None:
    """Open a case again about a notification whose refusal was taken back."""
    kind = CaseKind.UNMATCHED_CHANGE if row.entry_id is None else CaseKind.CHANGE
    before = select(func.count()).where(
        Case.originator_id == row.originator_id, Case.once.startswith(row.item_key.hex()), Case.kind == kind
    )
    name = public_id(Prefix.CORRECTION, row.id)
    open_case(
        ctx,
        kind,
        originator_id=row.originator_id,
        once=f"{row.item_key.hex()}|{ctx.session.execute(before).scalar_one()}",
        subject=name,
        sentence=f"The refusal of notification {name} ({row.code}) was taken back, so it waits again.",
        owner=owner_of(row.code) or None,
        entry_id=row.entry_id,
        due_on=row.due_on,
    )
