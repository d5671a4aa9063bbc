"""What a report tells of that no rule applies to yet: each such item becomes a case, and nothing is passed over."""

from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind
from ingather.reports.items import Report

FEES = frozenset({"RETURN_FEE", "ANALYSIS"})


def take_rest(ctx: Context, originator_id: int, report_id: int, report: Report) -> int:
    """Open a case for each receipt and adjustment that is no fee; returns how many there are."""
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
    return len(found)
