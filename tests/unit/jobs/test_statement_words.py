"""Every kind of line has its words, and none leaves a merchant with a bare code."""

import pytest

from ingather.domain.settlements import LineKind, Step
from ingather.jobs.statement_words import STEPS, in_words
from tests.unit.jobs.pages import line, statement


def said(kind: LineKind, **more: object) -> str:
    """Return the words beside a line."""
    (found,) = in_words(statement(line(kind, 100, 1, **more)))["lines"]
    return str(found["reason"])


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        (LineKind.COLLECTED, {}, ""),
        (LineKind.COLLECTED, {"payable_on": "2026-12-05"}, "Payable from 2026-12-05."),
        (LineKind.FAILED, {"code": "R02"}, "The buyer's account has been closed."),
        (LineKind.FAILED, {"reason_id": "held"}, "It could not be debited. A person holds the order."),
        (LineKind.FAILED, {}, ""),
        (LineKind.CHARGE, {"code": "R01"}, "The bank's fee for the return R01."),
        (LineKind.GIVEN_BACK, {"reason_id": "refund"}, "It was refunded to the buyer."),
        (LineKind.FEE, {"reason_id": "return_fee"}, "The fee for a returned debit."),
        (LineKind.RESERVED, {}, "Kept in reserve against returns that may still come."),
        (LineKind.UNRESERVED, {}, "Its days in reserve are over."),
        (LineKind.COVERED, {}, "Used for what was taken back."),
        (LineKind.PAYABLE_AGAIN, {}, "The payout did not arrive; it is owed again."),
        (LineKind.INVOICED, {}, "Invoiced: it is no longer carried."),
        (LineKind.INVOICED, {"amount_minor": -1}, "Taken off an invoice: it came back."),
    ],
)
def test_a_line_says_what_happened(kind: LineKind, more: dict[str, object], words: str) -> None:
    assert said(kind, **more) == words


def test_a_claw_back_says_that_it_had_been_settled() -> None:
    assert said(LineKind.CLAWED_BACK, code="R10").endswith("It had been settled and is taken back.")


def test_every_step_has_words() -> None:
    assert sorted(STEPS) == sorted(Step)
