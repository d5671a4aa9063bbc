"""Corrected data is read by column per code, applied whole or not at all, and never shown."""

from datetime import date

import pytest

from ingather.nacha.change_codes import CHANGE_CODES, ChangeKind
from ingather.rules.changes import (
    WIDTH,
    Correction,
    can_be_said,
    change_reasons,
    owner_of,
    read_change,
    refusable,
    single_entries_are_ours_to_leave,
    what_follows,
)
from ingather.rules.policy import load_policy
from ingather.rules.profile_faults import ProfileRefused
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


@pytest.mark.parametrize(
    ("code", "does"),
    [
        *[(code, "apply") for code in ("C01", "C02", "C03", "C05", "C06", "C07")],
        *[(code, "log") for code in ("C04", "C10", "C11", "C12")],
        *[(code, "person") for code in ("C08", "C09", "C13", "C99")],
        ("C14", "stop"),
        *[(f"C6{number}", "refusal") for number in range(1, 10)],
    ],
)
def test_what_follows_from_a_code_stands_in_its_row(code: str, does: str) -> None:
    assert what_follows(code, date(2026, 11, 17)) == does


def test_only_what_is_withdrawn_waits_for_nobody_and_compliance_has_the_international_one() -> None:
    owners = {code: owner_of(code) for code in (*change_reasons(), "C99")}
    assert {code for code, owner in owners.items() if not owner} == {"C04"}
    assert {code for code, owner in owners.items() if owner == "compliance"} == {"C14"}


def test_codes_that_are_applied_are_those_with_fields() -> None:
    assert {code for code, reason in change_reasons().items() if reason.applied} == {
        code for code, reason in change_reasons().items() if reason.fields
    }


def test_changes_of_single_entries_are_ours_to_leave_since_their_day() -> None:
    assert not single_entries_are_ours_to_leave(date(2024, 6, 20))
    assert single_entries_are_ours_to_leave(date(2024, 6, 21))


@pytest.mark.parametrize(
    ("matched", "readable", "codes"),
    [
        (True, True, "C63 C64 C66 C67 C68 C69"),
        (True, False, "C63 C64 C65 C66 C67 C68 C69"),
        (False, True, "C61 C62 C63 C64"),
        (False, False, "C61 C62 C63 C64 C65"),
    ],
)
def test_a_refusal_says_only_what_the_book_does_not_contradict(*, matched: bool, readable: bool, codes: str) -> None:
    known = refusable(date(2026, 11, 17))
    said = [code for code, reason in known.items() if can_be_said(reason, matched=matched, readable=readable)]
    assert " ".join(said) == codes


def test_every_code_of_a_refusal_is_one_of_the_format() -> None:
    of_the_format = {code for code, row in CHANGE_CODES.items() if row.kind is ChangeKind.REFUSAL}
    assert set(refusable(date(2026, 11, 17))) == of_the_format


def test_the_house_says_which_codes_wait_and_which_single_entries_are_left() -> None:
    terms = load_policy('id = "a"\nversion = 1\n[changes]\nmanual = ["C02"]\nsingle_entries = "leave"\n').changes
    assert (terms.manual, terms.single_entries) == (("C02",), "leave")
    assert load_policy('id = "a"\nversion = 1\n').changes.manual == ()
    with pytest.raises(ProfileRefused, match="C04 is not applied anyway; write some of C01, C02"):
        load_policy('id = "a"\nversion = 1\n[changes]\nmanual = ["C04"]\n')
