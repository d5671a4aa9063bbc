"""Which checks are made for whom: everything for the bank, what an answer must be, what a copy can say."""

import pytest

from ingather.nacha.checks import CHECKS
from ingather.nacha.purpose import Purpose
from ingather.nacha.refusing.scope import MADE
from tests.unit.nacha.refusing.breaks import BREAKS, DIALECTS, base, refused

COPIES = {
    *("plan-shape", "batch-limit", "field-fits", "characters", "party", "date-real", "transaction-code"),
    *("routing-digits", "amount-limit", "trace-digits", "addenda-type", "addenda-limit"),
}
ANSWERS = COPIES | {
    *("file-empty", "batch-empty", "id-modifier", "company-name-blank", "company-id-blank", "description-blank"),
    *("settlement-date", "originator-status", "service-class", "sec-code", "originating-dfi", "batch-number"),
    *("routing-prefix", "check-digit", "trace-prefix", "trace-order", "duplicate-trace", "addenda-missing"),
    *("mixed-batch", "change-class", "change-amount"),
}
OURS = set(BREAKS) - {"mixed-batch", "change-class", "change-amount"}
MADE_FOR = {Purpose.ORIGINATION: OURS, Purpose.ANSWER: ANSWERS, Purpose.COPY: COPIES}


@pytest.mark.parametrize("purpose", Purpose)
def test_a_good_plan_is_not_refused(purpose: Purpose) -> None:
    assert refused(base(purpose), purpose) == set()


@pytest.mark.parametrize("check", sorted(BREAKS))
@pytest.mark.parametrize("purpose", Purpose)
def test_what_a_purpose_refuses_is_what_it_is_meant_to(purpose: Purpose, check: str) -> None:
    found = refused(BREAKS[check](base(purpose)), purpose, DIALECTS.get(check))
    assert (check in found) == (check in MADE_FOR[purpose])


def test_the_table_names_known_checks_and_each_has_its_break() -> None:
    assert set().union(*MADE.values()) == set(BREAKS)
    assert set(BREAKS) <= set(CHECKS)
    assert MADE == MADE_FOR
