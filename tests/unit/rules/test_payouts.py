"""How merchants are paid through a bank: our company as it is registered, and the class of the credits."""

from datetime import date

import pytest

from ingather.rules.banks import ProfileRefused, load_profile
from ingather.rules.payouts import payout_class
from tests.journey.stage import changed_terms


def test_a_payout_is_a_corporate_credit_by_a_dated_row() -> None:
    sec, row = payout_class(date(2026, 11, 23))
    assert (sec, row.id.partition("@")[0]) == ("CCD", "payout_classes/business")


def test_without_a_company_no_payout_goes_by_file_and_sheets_are_masked() -> None:
    terms = load_profile(changed_terms()).payouts
    assert (terms.company_name, terms.numbers, terms.name) == ("", False, "PAYOUTS")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"payouts__company_name": "INGATHER PAYS"}, "stand together"),
        ({"payouts__company_identification": "1845550100"}, "stand together"),
        ({"payouts__company_identification": "184555010"}, "ten capital letters"),
        ({"payouts__name": "pay/outs"}, "at most 20 letters"),
        ({"payouts__numbers": "yes"}, "true or false"),
    ],
)
def test_what_no_file_or_sheet_could_bear_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ProfileRefused, match=said):
        load_profile(changed_terms(**changes))
