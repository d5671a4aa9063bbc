"""What a return leaves for a person to decide: one case each, with the way out and the deadline that the Rules set."""

from collections.abc import Sequence
from datetime import date

from ingather.actions.cases import NewCase, open_each
from ingather.actions.context import Context
from ingather.actions.returns.deciding import ReturnedOrder
from ingather.actions.returns.finding import Finding
from ingather.actions.returns.keeping import AnyReturn
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind
from ingather.domain.orders import OrderState
from ingather.rules.dishonours import ask_by, case_dishonour
from ingather.rules.returns import Decision, Timeliness

_NOT_RELEASED = frozenset({OrderState.SUBMITTED, OrderState.SETTLED})
_COMPLIANCE = frozenset({CaseKind.COMPLIANCE_RETURN, CaseKind.QUESTIONABLE_RETURN})


def open_cases(
    ctx: Context, decided: Sequence[tuple[ReturnedOrder, Decision]], *, answered: frozenset[int], lead_days: int
) -> None:
    """Open the cases of decided returns; ``answered`` are the entries whose return we had asked for or agreed to.

    What can be dishonored is due ``lead_days`` banking days before the ODFI's last day.
    """
    wanted: list[NewCase] = []
    for item, decision in decided:
        asked_for = decision.answers and item.match.entry_id in answered
        undated_late = decision.deadline_on is not None and decision.timeliness is Timeliness.NOT_DEFINED
        late = decision.timeliness is Timeliness.LATE or undated_late
        if decision.fits and not late and (decision.case is None or asked_for):
            continue
        due_on = ask_by(item.row.returned_on, lead_days=lead_days)
        if decision.case is not None and not asked_for:
            sentence = _sentence(item, decision, decision.case, due_on)
            wanted.append(_case(item, decision.case, sentence, _due_on(decision, due_on)))
        if late:
            wanted.append(_case(item, CaseKind.LATE_RETURN, _late(item, decision, due_on), due_on))
        if not decision.fits:
            wanted.append(_case(item, CaseKind.IMPROPER_RETURN, _improper(item), None))
    if wanted:
        open_each(ctx, decided[0][0].row.originator_id, wanted)


def to_a_person(
    ctx: Context, originator_id: int, strange: Sequence[tuple[AnyReturn, Finding]], *, lead_days: int
) -> None:
    """Open the cases of returns that move no order: their money is in suspense until a person has decided.

    A case is due ``lead_days`` banking days before the ODFI's last day to dishonor its return. While the data of a
    return is wrong its order is not released: the buyer may well have the money.
    """
    wanted = []
    for row, finding in strange:
        due_on = ask_by(row.returned_on, lead_days=lead_days)
        wanted.append(
            NewCase(
                kind=finding.kind,
                once=row.item_key.hex(),
                subject=public_id(Prefix.RETURN, row.id),
                sentence=_not_applied(ctx, row, finding, due_on),
                order_id=finding.order_id,
                entry_id=finding.entry_id,
                suspense_minor=row.amount_cents,
                due_on=due_on,
                holds_release=finding.kind is CaseKind.WRONG_DATA_RETURN and finding.order_state in _NOT_RELEASED,
            ),
        )
    open_each(ctx, originator_id, wanted)


def dishonour_in_words(row: AnyReturn, kind: CaseKind, ask_by_day: date | None, *, on: date) -> str:
    """Return how to have a return dishonored and by when, such as ``ingather return dishonour ret_... --code R68``.

    Without the return's settlement date a person decides; where no dishonour is for the case, a person asks.
    """
    code = case_dishonour(kind, on)
    if code is None:
        return "Ask the ODFI what can be done."
    until = f" until {ask_by_day}" if ask_by_day else "; the bank does not say when it settled, so ask the ODFI first"
    name = public_id(Prefix.RETURN, row.id)
    return f"Have it dishonored as {code}{until}: ingather return dishonour {name} --code {code}"


def _case(item: ReturnedOrder, kind: CaseKind, sentence: str, due_on: date | None) -> NewCase:
    row, match = item.row, item.match
    return NewCase(
        kind=kind,
        once=row.item_key.hex(),
        subject=public_id(Prefix.ORDER, match.order_id),
        sentence=sentence,
        owner="compliance" if kind in _COMPLIANCE else "returns_desk",
        order_id=match.order_id,
        entry_id=match.entry_id,
        due_on=due_on,
    )


def _due_on(decision: Decision, ask_by_day: date | None) -> date | None:
    match decision.case:
        case CaseKind.CORRECTABLE_RETURN:
            return decision.correct_by
        case CaseKind.UNREQUESTED_RETURN:
            return ask_by_day
        case _:
            return None


def _sentence(item: ReturnedOrder, decision: Decision, kind: CaseKind, ask_by_day: date | None) -> str:
    code, order = item.row.code, public_id(Prefix.ORDER, item.match.order_id)
    match kind:
        case CaseKind.UNKNOWN_RETURN_CODE:
            return (
                f"The debit came back with {code}, a code that is not known. Ask the ODFI what it means, then "
                f"end the order: ingather order fail {order}"
            )
        case CaseKind.CORRECTABLE_RETURN:
            return (
                f"The debit came back with {code}. {decision.sentence} Where a debit as authorized can follow, plan it "
                f"once: ingather order correct {order}. Where the amount was wrong, end it with ingather order fail "
                f"{order} and record another instalment."
            )
        case CaseKind.UNREQUESTED_RETURN:
            return (
                f"The debit came back with {code}, as if our bank had asked for it or agreed to it; neither is on "
                f"record. {dishonour_in_words(item.row, kind, ask_by_day, on=item.returned_on)}"
            )
        case CaseKind.QUESTIONABLE_RETURN:
            return (
                f"The debit came back with {code}. {decision.sentence} The account and the buyer are stopped until a "
                "person releases both. Find out who gave the authorization."
            )
        case CaseKind.COMPLIANCE_RETURN:
            return (
                f"The debit came back with {code}. {decision.sentence} Ask the ODFI what applies; what is stopped "
                "stays so until compliance releases it."
            )
        case _:
            return f"The debit came back with {code}. {decision.sentence} Find out why with the ODFI."


def _late(item: ReturnedOrder, decision: Decision, ask_by_day: date | None) -> str:
    code, last = item.row.code, decision.deadline_on
    way = dishonour_in_words(item.row, CaseKind.LATE_RETURN, ask_by_day, on=item.returned_on)
    if item.row.returned_on is None:
        return f"The return {code} was told of after {last}, its last day. {way}, or accept it by closing this case."
    return (
        f"The return {code} settled on {item.row.returned_on}, its last day was {last}. {way}, or accept it by closing "
        "this case."
    )


def _improper(item: ReturnedOrder) -> str:
    return (
        f"The code {item.row.code} does not fit a {item.entry_class} debit of a {item.holder}'s account. The return "
        "was applied as it says; ask the ODFI whether it stands, then close this case."
    )


def _not_applied(ctx: Context, row: AnyReturn, finding: Finding, ask_by_day: date | None) -> str:
    head = f"A return {row.code} over {format_minor(row.amount_cents)} USD"
    way = dishonour_in_words(row, finding.kind, ask_by_day, on=row.returned_on or ctx.today)
    match finding.kind:
        case CaseKind.DUPLICATE_RETURN:
            return f"{head} came for an entry that was returned before. The order stays as it is. {way}"
        case CaseKind.DOUBLE_CREDIT:
            return (
                f"{head} came for a debit that we have reversed: the buyer has the money twice. The order stays as it "
                f"is. {way}"
            )
        case CaseKind.WRONG_DATA_RETURN:
            order = public_id(Prefix.ORDER, finding.order_id) if finding.order_id else "an order"
            fields = ", ".join(finding.differs)
            return (
                f"{head} seems to be about {order}, but its fields {fields} differ from the entry's. It was not "
                f"applied. {way}"
            )
        case CaseKind.MISROUTED_RETURN:
            return f"{head}, trace {row.original_trace:015d}, is about an entry of another bank. {way}"
        case _:
            return f"{head}, trace {row.original_trace:015d}, fits none of our entries. {way}"
