"""What a report tells of that no rule applies to yet: each such item becomes a case, and nothing is passed over."""

from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind
from ingather.reports.items import Report


def take_receipts(ctx: Context, originator_id: int, report_id: int, report: Report) -> int:
    """Open a case for each receipt; returns how many there are."""
    receipts = report.receipts
    for index, reference in enumerate(receipts.bank_ref):
        amount = receipts.amount_minor[index]
        open_case(
            ctx,
            CaseKind.RECEIPT,
            originator_id=originator_id,
            once=f"{reference}|{receipts.value_on[index]}"[:120],
            subject=public_id(Prefix.REPORT, report_id),
            sentence=f"The bank reports a receipt of {format_minor(amount)} {receipts.currency[index]} that no order "
            "waits for.",
            owner="operator",
            suspense_minor=amount,
        )
    return len(receipts)
