"""The equations of a banking day: all hold when every side is the same, and each breaks by itself."""

from dataclasses import replace

import pytest

from ingather.domain.cases import CaseKind
from ingather.rules.day_equations import DayFigures, equations_of
from ingather.rules.suspense import kind_of

DAY = DayFigures(
    sent=1_000, answered=1_000, settled=900, due=900, returned=-300, items=-300, charged=-500, charges=-500,
    debits_back=2, tariff=250, gross=900, back=300, standing=600, uncleared=0, opening=5_000, moved=100, closing=5_100,
    ledger=5_100, statements=5_100, netted=False,
)  # fmt: skip


def broken(day: DayFigures) -> list[str]:
    return [each.id for each in equations_of(day) if not each.holds]


def test_a_day_that_is_whole_holds() -> None:
    assert broken(DAY) == []


@pytest.mark.parametrize(
    ("what", "breaks"),
    [
        ("answered", "acknowledged"),
        ("settled", "settled"),
        ("returned", "returned"),
        ("charged", "charged"),
        ("standing", "collected"),
        ("uncleared", "cleared"),
        ("moved", "statement"),
        ("ledger", "ledger"),
    ],
)
def test_each_side_breaks_its_own_equation(what: str, breaks: str) -> None:
    assert broken(replace(DAY, **{what: getattr(DAY, what) + 1})) == [breaks]


def test_charges_are_the_tariff_where_there_is_one_and_else_what_the_bank_tells_of() -> None:
    assert broken(replace(DAY, charges=-499)) == []
    assert broken(replace(DAY, debits_back=3)) == ["charged"]
    assert broken(replace(DAY, debits_back=3, tariff=0)) == []


@pytest.mark.parametrize(
    ("event", "amount", "expected", "kind"),
    [
        ("settlement", 400, 500, CaseKind.SHORT_SETTLEMENT),
        ("settlement", 600, 500, CaseKind.OVER_SETTLEMENT),
        ("settlement", 600, None, CaseKind.ORPHAN_CREDIT),
        ("return", -600, None, CaseKind.POSTING_WITHOUT_RETURN),
        ("unknown", 5, None, CaseKind.UNKNOWN_CODE),
        ("fee", -5, None, CaseKind.ORPHAN_DEBIT),
        ("other", 5, None, CaseKind.ORPHAN_CREDIT),
    ],
)
def test_what_nothing_explains_is_a_question_of_its_kind(
    event: str, amount: int, expected: int | None, kind: CaseKind
) -> None:
    assert kind_of(event, amount, expected=expected) is kind
