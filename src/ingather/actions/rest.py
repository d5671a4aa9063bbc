"""What a report tells of that no rule applies to yet: each such item becomes a case, and nothing is passed over."""

from sqlalchemy import select

from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind
from ingather.domain.orders import OrderState
from ingather.reports.items import Report
from ingather.store.tables import Order, Return

FEES = frozenset({"RETURN_FEE", "ANALYSIS"})


def take_rest(ctx: Context, originator_id: int, report_id: int, report: Report) -> int:
    """Open a case for each dishonour, receipt and adjustment that is no fee; returns how many there are."""
    found: list[tuple[CaseKind, str, str, int]] = []
    receipts = report.receipts
    for index, reference in enumerate(receipts.bank_ref):
        amount = receipts.amount_minor[index]
        sentence = (
            f"The bank reports a receipt of {format_minor(amount)} {receipts.currency[index]} that no order waits for."
        )
        found.append((CaseKind.RECEIPT, f"{reference}|{receipts.value_on[index]}", sentence, amount))
    moves = report.adjustments
    for index, kind in enumerate(moves.kind):
        if kind in FEES:
            continue
        amount = moves.amount_minor[index]
        sentence = f"The bank adjusted the account by {format_minor(amount)}: {kind.lower()}. Ask what it is about."
        found.append((CaseKind.ADJUSTMENT, f"{moves.bank_ref[index]}|{kind}", sentence, amount))
    for kind_of_case, once, sentence, amount in found:
        open_case(
            ctx,
            kind_of_case,
            originator_id=originator_id,
            once=once[:120],
            subject=public_id(Prefix.REPORT, report_id),
            sentence=sentence,
            owner="operator",
            suspense_minor=amount,
        )
    return len(found) + _take_disputes(ctx, originator_id, report_id, report)


def _take_disputes(ctx: Context, originator_id: int, report_id: int, report: Report) -> int:
    """Open a case for each dishonour and contest; its order is neither debited nor released while it is open.

    A dishonour names the return it is about by both traces. An order that is collected already stays so.
    """
    disputes = report.dishonours
    for index, stage in enumerate(disputes.stage):
        code, trace, return_trace = disputes.code[index], disputes.original_trace[index], disputes.return_trace[index]
        about = ctx.session.execute(
            select(Return.order_id, Return.entry_id, Order.state)
            .join(Order, Order.id == Return.order_id)
            .where(
                Return.originator_id == originator_id,
                Return.applied,
                Return.original_trace == trace,
                Return.return_trace == return_trace,
            ),
        ).all()
        order_id, entry_id, state = about[0] if len(about) == 1 else (None, None, "")
        open_case(
            ctx,
            CaseKind.DISHONOUR,
            originator_id=originator_id,
            once=f"{stage}|{code}|{trace}|{return_trace}"[:120],
            subject=public_id(Prefix.REPORT, report_id),
            sentence=f"The bank reports {stage.lower()}, {code}, about the entry with trace {trace:015d}. "
            "Decide with the ODFI.",
            owner="operator",
            order_id=order_id,
            entry_id=entry_id,
            holds_release=order_id is not None and state != OrderState.COLLECTED,
        )
    return len(disputes)
