"""Along every link of the console, by each role: every page answers, and none holds what must not stand in a page."""

import csv
import re

import pytest

from ingather.cli.rehearsals import _samples
from ingather.console.screens import PAGES
from tests.console.front import Console
from tests.console.walking import Seen, walk

_ROLES = ("maria", "nadia", "chen", "ada", "kim", "vera")
_INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


_ELSEWHERE = {
    "/approvals/sign-offs/{feed_id}/{day}": "nobody has asked for a day to be signed",
    "/files/{file_id}/fields/{line}/{column}": "a part, fetched as a field is looked at",
    "/files/{file_id}/lines": "a part, fetched as the file is scrolled",
    "/files/{file_id}/problems.csv": "nothing is wrong with the demo's files",
    "/files/{file_id}/sums": "a part, fetched for files of many megabytes",
    "/rules/api-keys/{id}": "there is no key of the API",
    "/rules/people/review/{number}": "nobody has reviewed who may do what",
    "/rules/retention/{epoch}/certificate": "nothing has been destroyed",
}
"""Pages that no link of the demo leads to, and why; each is opened by the tests of its own screen."""


@pytest.fixture(scope="module")
def walks(shown: Console) -> dict[str, list[Seen]]:
    """Return what each of the demo's people comes to."""
    return {name: walk(shown.browser(name)) for name in _ROLES}


@pytest.mark.parametrize("name", _ROLES)
def test_every_link_leads_to_a_page_or_says_who_may_see_it(walks: dict[str, list[Seen]], name: str) -> None:
    wrong = [(each.address, each.status) for each in walks[name] if each.status not in {200, 303, 403}]
    assert wrong == []
    assert sum(each.status == 200 for each in walks[name]) >= 3


def test_every_page_is_come_to_by_somebody(walks: dict[str, list[Seen]]) -> None:
    come_to = {each.page.path for seen in walks.values() for each in seen if each.status in {200, 303}}
    shown = {page.path for page in PAGES if page.method == "GET" and not page.open}
    assert shown - come_to == _ELSEWHERE.keys()


def test_no_page_holds_an_account_number_or_anything_that_a_strict_policy_forbids(
    walks: dict[str, list[Seen]],
) -> None:
    with (_samples() / "accounts.csv").open(encoding="utf-8-sig", newline="") as sheet:
        numbers = {row["account_number"] for row in csv.DictReader(sheet)}
    assert len(numbers) > 50
    digits = re.compile(r"[0-9]{6,17}")
    for seen in walks.values():
        for each in seen:
            told = {found for found in digits.findall(each.text) if found in numbers}
            assert not told, f"{each.address} holds {len(told)} account number(s)"
            if "text/html" in each.content_type:
                assert _INLINE.search(each.text) is None, (each.address, _INLINE.search(each.text))
