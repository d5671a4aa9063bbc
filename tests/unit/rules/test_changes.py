"""Corrected data is read by column per code, applied whole or not at all, and never shown."""

import pytest

from ingather.rules.changes import WIDTH, Correction, change_reasons, read_change
from ingather.rules.vocabulary import AccountKind
from tests.red import ACCOUNTS

ROUTING = "231380104"
LONGEST = next(account for account in ACCOUNTS if len(account) == 17)
SHORT = ACCOUNTS[0]


def values(correction: Correction) -> tuple[bytes | None, int | None, int | None]:
    return correction.account, correction.routing, correction.transaction_code


@pytest.mark.parametrize("account", [SHORT, LONGEST], ids=["short", "longest"])
def test_each_code_reads_its_own_columns(account: str) -> None:
    number = account.encode()
    assert values(read_change("C01", account)) == (number, None, None)
    assert values(read_change("C02", ROUTING)) == (None, 231380104, None)
    assert values(read_change("C03", f"{ROUTING}   {account}")) == (number, 231380104, None)
    assert values(read_change("C05", "37")) == (None, None, 37)
    assert values(read_change("C06", f"{account:<17}   37")) == (number, None, 37)
    assert values(read_change("C07", f"{ROUTING}{account:<17}27 ")) == (number, 231380104, 27)


def test_an_account_of_17_characters_touches_the_code_without_confusion() -> None:
    correction = read_change("C07", f"{ROUTING}{LONGEST}37")
    assert correction.applies
    assert values(correction) == (LONGEST.encode(), 231380104, 37)
    assert correction.account_kind is AccountKind.SAVINGS


def test_leading_zeros_and_blanks_inside_an_account_are_kept() -> None:
    assert read_change("C01", "00" + SHORT).account == b"00" + SHORT.encode()
    assert read_change("C01", SHORT + " 1" + " " * 8).account == SHORT.encode() + b" 1"


@pytest.mark.parametrize(
    ("code", "corrected"),
    [
        ("C01", " " * WIDTH),
        ("C01", " " + SHORT),
        ("C02", "231380105"),
        ("C02", "23138010"),
        ("C02", f"{ROUTING} {SHORT}"),
        ("C06", f"{SHORT:<27}37"),
        ("C03", f"{ROUTING} {SHORT}"),
        ("C05", "77"),
        ("C05", "4"),
        ("C06", f"{SHORT:<17}  37"),
        ("C07", f"{ROUTING} {SHORT} 37"),
        ("C01", SHORT.ljust(WIDTH + 1)),
    ],
    ids=lambda value: value if len(value) == len("C01") else "corrected",
)
def test_what_does_not_fit_its_columns_applies_nothing(code: str, corrected: str) -> None:
    correction = read_change(code, corrected, line=7)
    assert not correction.applies
    assert values(correction) == (None, None, None)
    assert [problem.line for problem in correction.problems] == [7] * len(correction.problems)
    assert correction.problems


@pytest.mark.parametrize("code", ["C04", "C09", "C10", "C13", "C14", "C61", "C69"])
def test_codes_without_fields_are_kept_and_never_applied(code: str) -> None:
    correction = read_change(code, "SMITH, JANE")
    assert (correction.applies, correction.problems) == (False, ())
    assert correction.title == change_reasons()[code].title


def test_an_unknown_code_is_a_problem() -> None:
    assert [problem.check for problem in read_change("C99", "").problems] == ["change-code-unknown"]


def test_the_account_never_stands_in_the_repr_or_in_a_message() -> None:
    assert SHORT not in repr(read_change("C01", SHORT))
    refused = read_change("C03", f"{ROUTING} {SHORT}")
    assert all(SHORT[:4] not in problem.message for problem in refused.problems)
