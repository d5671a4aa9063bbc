"""A report's digest is that of its items: any other item, order or number of them gives another."""

from dataclasses import replace
from datetime import date

import pytest

from ingather.reports.digest import digest_of
from ingather.reports.items import Adjustments, Balances, Carrier, Report

DAY = date(2026, 11, 18)


def report(*rows: tuple[str, int, str], day: date | None = DAY) -> Report:
    """Return a report with charges: kind, amount and reference; and one balance."""
    return Report(
        carrier=Carrier.BAI2,
        business_date=day,
        adjustments=Adjustments(
            line=list(range(len(rows))),
            kind=[row[0] for row in rows],
            amount_minor=[row[1] for row in rows],
            bank_ref=[row[2] for row in rows],
            related_ref=[""] * len(rows),
            text=[""] * len(rows),
        ),
        balances=Balances(line=[9], kind=["CLOSING"], amount_minor=[5], as_of_on=[day]),
    )


FEE, OTHER = ("ANALYSIS", -100, "A1"), ("ANALYSIS", -200, "A2")


def test_the_same_items_give_the_same_digest_whatever_the_problems() -> None:
    told = report(FEE, OTHER)
    assert digest_of(told) == digest_of(replace(told, tolerances=("any",)))
    assert len(digest_of(told)) == 32


@pytest.mark.parametrize(
    "other",
    [
        report(FEE),
        report(OTHER, FEE),
        report(FEE, FEE),
        report(FEE, OTHER, OTHER),
        report(FEE, ("ANALYSIS", -201, "A2")),
        report(("ANALYSIS", -100, "A"), ("ANALYSIS", -200, "1A2")),
        report(FEE, OTHER, day=None),
        report(FEE, ("ANALYSIS", -(10**20), "A2")),
        report(FEE, ("ANALYSIS", -200, "\x1f")),
    ],
    ids=range(9),
)
def test_other_items_give_another(other: Report) -> None:
    assert digest_of(other) != digest_of(report(FEE, OTHER))


def test_what_stands_between_values_cannot_be_forged() -> None:
    one = report(("A", 1, "x\x1fy"), ("A", 1, "z"))
    two = report(("A", 1, "x"), ("A", 1, "y\x1fz"))
    assert digest_of(one) != digest_of(two)
