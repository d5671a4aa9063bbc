"""What a merchant reads on its statement: why an order is not collected, and from what a claw-back was taken."""

from datetime import date
from typing import Any

from ingather.domain.settlements import LineKind, Step
from ingather.rules.debitable import REASON_CODES, REASONS
from ingather.rules.returns import return_reason

_FOLLOWING: dict[LineKind, dict[str | None, str]] = {
    LineKind.GIVEN_BACK: {
        "reversal": "The debit was wrong and was reversed: the buyer has the money back.",
        "refund": "It was refunded to the buyer.",
    },
    LineKind.RESTORED: {
        "reversal": "The reversal did not reach the buyer.",
        "refund": "The refund did not reach the buyer.",
        None: "It had been returned; the return was dishonored and stands no more.",
    },
    LineKind.FEE: {"return_fee": "The fee for a returned debit."},
}
"""What a merchant reads beside what followed a debit, by the kind of line and of what followed."""

_PLAIN = {
    LineKind.RESERVED: "Kept in reserve against returns that may still come.",
    LineKind.UNRESERVED: "Its days in reserve are over.",
    LineKind.COVERED: "Used for what was taken back.",
    LineKind.PAYABLE_AGAIN: "The payout did not arrive; it is owed again.",
}

STEPS = {
    Step.AVAILABLE: "from what was available",
    Step.RESERVE: "from the reserve",
    Step.CARRIED: "carried to the next statement",
    Step.INVOICE: "by invoice",
    Step.LOSS: "written off",
}
"""From what something was taken, in a merchant's words."""


def in_words(statement: dict[str, Any]) -> dict[str, Any]:
    """Return a statement whose lines say in words why an order failed or was clawed back, and what else they are."""
    as_of = date.fromisoformat(statement["as_of"])
    lines = [line | {"reason": _reason(line, as_of)} for line in statement["lines"]]
    return statement | {"lines": lines}


def _reason(line: dict[str, Any], as_of: date) -> str:
    """Return in a merchant's words why an order is not collected; nothing for one that is."""
    code, kind = line["code"], LineKind(line["kind"])
    if kind is LineKind.COLLECTED:
        return f"Payable from {line['payable_on']}." if line["payable_on"] else ""
    if kind in _FOLLOWING:
        return _FOLLOWING[kind][line["reason_id"]]
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind is LineKind.INVOICED:
        return (
            "Invoiced: it is no longer carried." if line["amount_minor"] > 0 else "Taken off an invoice: it came back."
        )
    if never := line["reason_id"]:
        why = REASONS[REASON_CODES[never]].sentence if never in REASON_CODES else ""
        return f"It could not be debited. {why}".strip()
    return _returned(kind, code, as_of)


def _returned(kind: LineKind, code: str | None, as_of: date) -> str:
    if not code:
        return ""
    if kind is LineKind.CHARGE:
        return f"The bank's fee for the return {code}."
    reason = return_reason(code, on=as_of)
    said = reason.sentence if reason else f"The buyer's bank returned the debit with {code}."
    return f"{said} It had been settled and is taken back." if kind is LineKind.CLAWED_BACK else said
