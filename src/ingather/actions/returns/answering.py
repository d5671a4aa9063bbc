"""What the bank tells of disputes: it dishonored, the buyer's bank contested, or it sent the return corrected.

A dishonour brings the money back, which waits in suspense until nobody can contest it any more. Reports may tell of a
contest before its dishonour: what came of both is the same whichever was read first. What names no return of ours is a
case with its money in suspense, and is looked at again with every report of returns.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from sqlalchemy import select

from ingather.actions.cases import close_case, open_case
from ingather.actions.context import Context
from ingather.actions.ledger import post
from ingather.actions.odfi_requests import answer_request
from ingather.actions.returns.disputes import (
    BANK,
    Choice,
    close_dispute_case,
    in_words,
    open_dispute_case,
    record_dispute,
    standing_disputes,
)
from ingather.actions.returns.replacing import replace_return
from ingather.actions.returns.retrying import next_day
from ingather.actions.returns.telling import Stage, Told, stray_items, told_of
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.ledger import JournalKind
from ingather.domain.orders import OrderState
from ingather.domain.returns import DisputeState
from ingather.reports.items import Report
from ingather.rules.banks import BankProfile
from ingather.rules.dishonours import Answer, answer_to, ask_by, contest_by
from ingather.store.tables import Case, Dispute, Order, Return

_JOURNAL = {
    Stage.DISHONOURED: JournalKind.DISHONOURED,
    Stage.CONTESTED: JournalKind.CONTESTED,
    Stage.CORRECTED: JournalKind.CONTESTED,
}


def take_disputes(
    ctx: Context, originator_id: int, report_id: int, report: Report, *, told_on: date, profile: BankProfile
) -> int:
    """Take what a report tells of disputes, which is booked ``told_on``; returns how many became cases for a person.

    The report's returns are applied already: what waited for them is looked at first.
    """
    if len(report.returns):
        _take_strays(ctx, originator_id, report_id, profile=profile)
    told = sorted(told_of(report.dishonours, told_on=told_on), key=lambda each: each.stage is not Stage.DISHONOURED)
    strays = _take(ctx, originator_id, report_id, told, profile=profile)
    cents: Counter[JournalKind] = Counter()
    for each in strays:
        if _open_stray(ctx, originator_id, report_id, each):
            cents[_JOURNAL[each.stage]] += each.amount_cents
    for kind, amount in cents.items():
        post(ctx, kind, originator_id=originator_id, source_id=report_id, on=told_on, amounts={(0, 0): amount})
    return len(strays)


def _take_strays(ctx: Context, originator_id: int, report_id: int, *, profile: BankProfile) -> None:
    """Look again at what named no return of ours, now that a report has told of returns; its money is booked."""
    waiting = ctx.session.execute(
        select(Case.id, Case.once).where(
            Case.originator_id == originator_id,
            Case.kind == CaseKind.DISHONOUR,
            Case.state == CaseState.OPEN,
            Case.once.startswith(Told.STRAY),
        ),
    ).all()
    cases = {once: case_id for case_id, once in waiting}
    told = sorted(stray_items(cases), key=lambda each: each.stage is not Stage.DISHONOURED)
    still = {each.once for each in _take(ctx, originator_id, report_id, told, profile=profile)}
    for each in told:
        if each.once not in still:
            close_case(ctx, cases[each.once], outcome="the return it is about has come")


def _take(
    ctx: Context, originator_id: int, report_id: int, told: Iterable[Told], *, profile: BankProfile
) -> list[Told]:
    """Take what names a return of ours; returns what does not, or contradicts it."""
    told = list(told)
    if not told:
        return []
    # What the report's returns changed was changed in sets: what the session holds of it is old.
    ctx.session.flush()
    ctx.session.expire_all()
    returns = _returns_by_trace(ctx, originator_id, sorted({each.original_trace for each in told}))
    disputes = standing_disputes(ctx, [row.id for rows in returns.values() for row in rows])
    strays = []
    for each in told:
        row = _return_of(each, returns.get(each.original_trace, []), disputes)
        if row is None or not _fits(row, each):
            strays.append(each)
            continue
        dispute = disputes.get(row.id) or _of_the_bank(ctx, row, each)
        disputes[row.id] = dispute
        if each.stage is Stage.DISHONOURED:
            _dishonoured(ctx, row, dispute, each)
        elif dispute.contest_code is None:
            _contested(ctx, report_id, row, dispute, each, profile)
        elif dispute.contest_code != each.code:
            strays.append(each)
        ctx.session.flush()
    return strays


def _returns_by_trace(ctx: Context, originator_id: int, traces: list[int]) -> dict[int, list[Return]]:
    found: dict[int, list[Return]] = {}
    rows = ctx.session.scalars(
        select(Return)
        .where(Return.originator_id == originator_id, Return.original_trace.in_(traces))
        .order_by(Return.id)
        .with_for_update(),
    )
    for row in rows:
        found.setdefault(row.original_trace, []).append(row)
    return found


def _return_of(told: Told, rows: list[Return], disputes: dict[int, Dispute]) -> Return | None:
    """Return the one return that is meant: by both traces, else by the dishonour's, else the one that is disputed."""
    named = [row for row in rows if told.return_trace and row.return_trace == told.return_trace] or [
        row for row in rows if not told.return_trace or not row.return_trace
    ]
    first = [row for row in named if not _corrects(row, rows)] or named
    for fitting in (
        first,
        [row for row in first if told.dishonour_trace and _dishonour_trace(row, disputes) == told.dishonour_trace],
        [row for row in first if row.id in disputes],
        [row for row in first if row.amount_cents == told.amount_cents],
    ):
        if len(fitting) == 1:
            return fitting[0]
    return None


def _fits(row: Return, told: Told) -> bool:
    """Return whether the amount is the return's; what corrects one that moved no order may have another."""
    return row.amount_cents == told.amount_cents or (told.stage is Stage.CORRECTED and not row.applied)


def _corrects(row: Return, rows: list[Return]) -> bool:
    """Return whether a return came corrected for another of these: what the bank says is about that one."""
    return any(other.replaced_by == row.id for other in rows)


def _dishonour_trace(row: Return, disputes: dict[int, Dispute]) -> int | None:
    return disputes[row.id].dishonour_trace if row.id in disputes else None


def _of_the_bank(ctx: Context, row: Return, told: Told) -> Dispute:
    """Record a dispute that we did not choose: the ODFI dishonored by itself."""
    code = told.code if told.stage is Stage.DISHONOURED else ""
    sentence = (
        f"The ODFI dishonored {in_words(row)} by itself{f' as {code}' if code else ''}. Nothing is debited again until "
        "it is known whether the buyer's bank contests."
    )
    choice = Choice(code=code, actor=BANK, ask_by=ask_by(row.returned_on, lead_days=0), rule_set_id=None,
                    sentence=sentence)  # fmt: skip
    return record_dispute(ctx, row, choice)


def _dishonoured(ctx: Context, row: Return, dispute: Dispute, told: Told) -> None:
    if dispute.dishonoured_on is not None:
        return
    given_up = dispute.state == DisputeState.STANDS and dispute.contest_code is None
    day = told.settled_on or told.told_on
    dispute.code, dispute.dishonoured_on, dispute.contest_by = told.code, day, contest_by(day)
    dispute.dishonour_trace = told.dishonour_trace or None
    if dispute.request_id is not None:
        answer_request(ctx, dispute.request_id, on=day, outcome=f"dishonored as {told.code}")
    _book(ctx, row, told)
    ctx.fact(
        FactKind.DISHONOURED, scope=Scope.RETURN, subject=row.id, originator=row.originator_id, on=day,
        once=str(dispute.id), code=told.code,
    )  # fmt: skip
    ctx.audit("dishonoured", public_id(Prefix.RETURN, row.id), code=told.code, contest_by=str(dispute.contest_by))
    if dispute.contest_code is not None:
        _judge(ctx, row, dispute)
        return
    dispute.state, dispute.ended_on = DisputeState.DISHONOURED, None
    if given_up:
        sentence = f"The ODFI dishonored {in_words(row)} as {told.code} after all. Nothing is debited again meanwhile."
        close_dispute_case(ctx, dispute, outcome="dishonored after all")
        open_dispute_case(ctx, row, dispute, sentence, once=f"dispute|{dispute.id}|after all")


def _contested(ctx: Context, report_id: int, row: Return, dispute: Dispute, told: Told, profile: BankProfile) -> None:
    undone = dispute.state == DisputeState.UNDONE
    dispute.contest_code = told.code
    ctx.fact(
        FactKind.CONTESTED, scope=Scope.RETURN, subject=row.id, originator=row.originator_id, on=told.told_on,
        once=str(dispute.id), code=told.code,
    )  # fmt: skip
    ctx.audit("contested", public_id(Prefix.RETURN, row.id), code=told.code)
    if undone:
        _book(ctx, row, told)
        _to_a_person(ctx, row, dispute, f"came after {dispute.contest_by}, when the return was undone already")
        return
    dispute.state, dispute.ended_on = DisputeState.STANDS, told.told_on
    if told.stage is Stage.CORRECTED:
        dispute.state = DisputeState.REPLACED
        close_dispute_case(ctx, dispute, outcome=f"the return came corrected: {told.code}")
        if replace_return(ctx, report_id, row, told, profile=profile):
            _book(ctx, row, told)
        elif told.booked:
            # The money of the corrected return stands twice, in suspense as a stray and with its order.
            _book_back(ctx, report_id, row, told)
    else:
        _book(ctx, row, told)
    if dispute.dishonoured_on is not None:
        _judge(ctx, row, dispute)


def _judge(ctx: Context, row: Return, dispute: Dispute) -> None:
    """Say what came of a dispute once its dishonour and its contest are both known; a person has what does not fit."""
    contest, ended_on = dispute.contest_code or "", dispute.ended_on or ctx.today
    answer = answer_to(dispute.code, contest, dispute.dishonoured_on or ended_on)
    meant = Answer.REPLACES if dispute.state == DisputeState.REPLACED else Answer.STANDS
    if dispute.contest_by is not None and ended_on > dispute.contest_by:
        _to_a_person(ctx, row, dispute, f"came after {dispute.contest_by}, its last day")
    elif answer is not meant:
        _to_a_person(ctx, row, dispute, f"does not answer {dispute.code}")
    elif meant is Answer.STANDS:
        _stands(ctx, row, dispute)
    close_dispute_case(ctx, dispute, outcome=f"contested as {contest}")


def _stands(ctx: Context, row: Return, dispute: Dispute) -> None:
    """Leave to a person what can still follow a return that stands: another presentation, or money in suspense."""
    if not row.applied:
        what = (
            f"stands, and its money is in suspense until ingather return write-off {public_id(Prefix.RETURN, row.id)}"
        )
        _to_a_person(ctx, row, dispute, what, suspense=True)
        return
    order = ctx.session.get(Order, row.order_id) if row.order_id is not None else None
    if order is None or order.state != OrderState.RETURNED or order.collect_on is not None:
        return
    day, _ = next_day(ctx, row, order)
    name = public_id(Prefix.RETURN, row.id)
    way = f"It may be presented again, on {day} at the earliest: ingather return retry {name}" if day else ""
    _to_a_person(ctx, row, dispute, f"stands. {way or 'It is not presented again'}")


def _to_a_person(ctx: Context, row: Return, dispute: Dispute, what: str, *, suspense: bool = False) -> None:
    name = public_id(Prefix.ORDER, row.order_id) if row.order_id else ""
    end = f", or give the order up: ingather order fail {name}" if name and row.applied else ""
    open_case(
        ctx,
        CaseKind.CONTESTED,
        originator_id=row.originator_id,
        once=str(dispute.id),
        subject=public_id(Prefix.RETURN, row.id),
        sentence=f"The contest {dispute.contest_code} of the dishonor of {in_words(row)} {what}{end}. The network ends "
        "here: what remains is between the banks.",
        order_id=row.order_id,
        entry_id=row.entry_id,
        suspense_minor=row.amount_cents if suspense or dispute.state == DisputeState.UNDONE else 0,
        holds_release=suspense and _held(ctx, dispute),
    )


def _held(ctx: Context, dispute: Dispute) -> bool:
    """Return whether the case of a dispute holds the release of its order."""
    case = ctx.session.get(Case, dispute.case_id) if dispute.case_id is not None else None
    return case is not None and case.holds_release


def _book(ctx: Context, row: Return, told: Told) -> None:
    """Book what moved, once for each return and stage; what waited as a stray is booked already."""
    if not told.booked:
        post(
            ctx, _JOURNAL[told.stage], originator_id=row.originator_id, source_id=row.id, on=told.told_on,
            amounts={(0, 0): told.amount_cents},
        )  # fmt: skip


def _book_back(ctx: Context, report_id: int, row: Return, told: Told) -> None:
    post(
        ctx, JournalKind.DISHONOURED, originator_id=row.originator_id, source_id=report_id, on=told.told_on,
        amounts={(0, 0): told.amount_cents},
    )  # fmt: skip


def _open_stray(ctx: Context, originator_id: int, report_id: int, told: Told) -> bool:
    """Open the case of what names no return of ours; returns whether it is new, however its carriers tell of it."""
    known = select(Case.id).where(
        Case.originator_id == originator_id,
        Case.kind == CaseKind.DISHONOUR,
        Case.once.startswith(told.identity, autoescape=True),
    )
    if ctx.session.execute(known).first() is not None:
        return False
    return open_case(
        ctx,
        CaseKind.DISHONOUR,
        originator_id=originator_id,
        once=told.once,
        subject=public_id(Prefix.REPORT, report_id),
        sentence=f"The bank reports {told.stage.lower()}, {told.code}, over {format_minor(told.amount_cents)} USD "
        f"about the entry with trace {told.original_trace:015d}. It fits no one return of ours: ask the ODFI.",
        owner="operator",
        suspense_minor=told.amount_cents if told.stage is Stage.DISHONOURED else -told.amount_cents,
    )
