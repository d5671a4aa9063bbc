"""What each kind of case is under: every kind has a row, the clocks exist, and deadlines are counted by them."""

from datetime import date

import pytest

from ingather.domain.cases import ENTANGLING, CaseKind
from ingather.rules.case_clocks import HOUSE, OPENING, POLICY, case_terms, due_when_opened, escalations, review_due
from ingather.rules.clocks import clock_names
from ingather.rules.deadlines import deadline

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize("kind", list(CaseKind))
def test_every_kind_of_case_has_a_clock_an_owner_and_a_way_out(kind: CaseKind) -> None:
    terms = case_terms(kind, MONDAY)
    assert terms is not None
    assert terms.clock in {HOUSE, POLICY, *clock_names(MONDAY)}
    assert (terms.clock == HOUSE) <= (terms.house_days is not None)
    assert (terms.owner in {"operator", "returns_desk", "compliance"}, bool(terms.way_out)) == (True, True)
    assert (terms.escalate_days is None) == (not terms.escalate_to)


def test_what_entangles_an_order_is_said_alike_by_the_table_and_by_the_book() -> None:
    said = {kind for kind in CaseKind if (terms := case_terms(kind, MONDAY)) and terms.entangles}
    assert said == ENTANGLING


@pytest.mark.parametrize(
    ("kind", "clock", "due_on"),
    [
        (CaseKind.CHANGE, "change-apply", date(2026, 12, 2)),
        (CaseKind.STATEMENT_COPY, "statement-copy", date(2026, 12, 8)),
        (CaseKind.UNMATCHED_RETURN, HOUSE, date(2026, 11, 27)),
        (CaseKind.IN_DOUBT, HOUSE, MONDAY),
        (CaseKind.REPORT_GAP, HOUSE, date(2026, 11, 24)),
        (CaseKind.LATE_RETURN, "dishonour", None),
        (CaseKind.PROOF_OF_AUTHORIZATION, "proof-of-authorization", None),
        (CaseKind.ACCESS_REVIEW, POLICY, None),
    ],
)
def test_a_case_that_brings_no_day_has_that_of_its_clock(kind: CaseKind, clock: str, due_on: date | None) -> None:
    terms = case_terms(kind, MONDAY)
    assert terms is not None
    assert due_when_opened(terms, MONDAY) == (clock, due_on)
    if terms.counted_from == OPENING and clock != HOUSE:
        assert due_on == deadline(clock, MONDAY)


def test_a_case_is_escalated_its_own_banking_days_before_its_last_day() -> None:
    friday = date(2026, 11, 27)
    by_kind = {kind: each for each in escalations(date(2026, 11, 25)) for kind in each.kinds}
    # Thanksgiving lies between: one banking day from Wednesday is Friday.
    assert (by_kind[CaseKind.LATE_RETURN].last_due, by_kind[CaseKind.LATE_RETURN].to) == (friday, "supervisor")
    assert by_kind[CaseKind.REPORT_GAP].last_due == date(2026, 11, 25)
    assert by_kind[CaseKind.PROOF_OF_AUTHORIZATION].to == "compliance_lead"
    assert CaseKind.EXTENDED_RETURN not in by_kind


@pytest.mark.parametrize(
    ("last", "months", "due_on"),
    [
        (date(2026, 11, 23), 12, date(2027, 11, 23)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
    ],
)
def test_a_review_follows_the_last_one_by_months(last: date, months: int, due_on: date) -> None:
    assert review_due(last, every_months=months) == due_on


def test_the_yearly_review_is_asked_for_since_the_day_of_its_rule() -> None:
    assert case_terms(CaseKind.FRAUD_MONITORING_REVIEW, date(2026, 6, 18)) is None
    assert case_terms(CaseKind.FRAUD_MONITORING_REVIEW, date(2026, 6, 19)) is not None
