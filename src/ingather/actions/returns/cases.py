"""What a return leaves for a person to decide: one case each, with the way out and the deadline that the Rules set."""

from collections.abc import Sequence
from datetime import date

from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.actions.returns.deciding import ReturnedOrder
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind
from ingather.rules.returns import Decision, Timeliness

_COMPLIANCE = frozenset({CaseKind.COMPLIANCE_RETURN, CaseKind.QUESTIONABLE_RETURN})


def open_cases(ctx: Context, decided: Sequence[tuple[ReturnedOrder, Decision]], *, answered: frozenset[int]) -> None:
    """Open the cases of decided returns; ``answered`` are the entries whose return we had asked for or agreed to."""
    for item, decision in decided:
        if decision.case is not None and not (decision.answers and item.match.entry_id in answered):
            _open(ctx, item, decision.case, _sentence(item, decision, decision.case), _due_on(decision))
        undated_late = decision.deadline_on is not None and decision.timeliness is Timeliness.NOT_DEFINED
        if decision.timeliness is Timeliness.LATE or undated_late:
            _open(ctx, item, CaseKind.LATE_RETURN, _late(item, decision), decision.dishonour_by)
        if not decision.fits:
            _open(ctx, item, CaseKind.IMPROPER_RETURN, _improper(item), None)


def _open(ctx: Context, item: ReturnedOrder, kind: CaseKind, sentence: str, due_on: date | None) -> None:
    row, match = item.row, item.match
    open_case(
        ctx,
        kind,
        originator_id=row.originator_id,
        once=row.item_key.hex(),
        subject=public_id(Prefix.ORDER, match.order_id),
        sentence=sentence,
        owner="compliance" if kind in _COMPLIANCE else "returns_desk",
        order_id=match.order_id,
        entry_id=match.entry_id,
        due_on=due_on,
    )


def _due_on(decision: Decision) -> date | None:
    match decision.case:
        case CaseKind.CORRECTABLE_RETURN:
            return decision.correct_by
        case CaseKind.UNREQUESTED_RETURN:
            return decision.dishonour_by
        case _:
            return None


def _sentence(item: ReturnedOrder, decision: Decision, kind: CaseKind) -> str:
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
            until = f"until {decision.dishonour_by}" if decision.dishonour_by else "within days"
            return (
                f"The debit came back with {code}, as if our bank had asked for it or agreed to it; neither is on "
                f"record. Tell the ODFI at once: it can dishonor the return {until}."
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


def _late(item: ReturnedOrder, decision: Decision) -> str:
    code, last = item.row.code, decision.deadline_on
    if item.row.returned_on is None:
        return (
            f"The return {code} was told of after {last}, its last day, and the bank does not say when it settled. Ask "
            "the ODFI; it may be dishonored as late."
        )
    return (
        f"The return {code} settled on {item.row.returned_on}, its last day was {last}. Decide with the ODFI until "
        f"{decision.dishonour_by} whether it is dishonored as late, or accept it by closing this case."
    )


def _improper(item: ReturnedOrder) -> str:
    return (
        f"The code {item.row.code} does not fit a {item.entry_class} debit of a {item.holder}'s account. The return "
        "was applied as it says; ask the ODFI whether it stands, then close this case."
    )
