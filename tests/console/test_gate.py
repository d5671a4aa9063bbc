"""Who comes to a page, and which acts are done: only those from the console's own forms, by who may."""

import pytest

from ingather.console import gate
from ingather.console.pages import Page
from ingather.console.screens import PAGES
from tests.console.front import HOST, Console

_ACTS = [page for page in PAGES if page.method == "POST"]
_SHOWN = [page for page in PAGES if page.method == "GET" and not page.open]


def _address(page: Page) -> str:
    return "/".join("x" if part.startswith("{") else part for part in page.path.split("/"))


@pytest.mark.parametrize("page", _SHOWN, ids=lambda page: page.path)
def test_a_page_is_shown_to_nobody_who_has_not_signed_in(shown: Console, page: Page) -> None:
    answer = shown.browser().get(_address(page))
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("page", _ACTS, ids=lambda page: page.path)
def test_an_act_is_done_only_from_a_form_of_this_console(shown: Console, page: Page) -> None:
    somebody = shown.browser(None if page.open else "vera")
    token, address = somebody.token(), _address(page)
    ours = {"Sec-Fetch-Site": "same-origin", "Origin": HOST}

    def sent(headers: dict[str, str], **fields: str) -> int:
        answer = somebody.http.post(address, data=fields, headers=headers)
        assert "not this console" in answer.text, answer.text
        return answer.status_code

    assert sent(ours) == 403
    assert sent(ours, **{gate.TOKEN: token[::-1]}) == 403
    for foreign in (
        {"Sec-Fetch-Site": "cross-site", "Origin": HOST},
        {"Sec-Fetch-Site": "same-site", "Origin": HOST},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://elsewhere.test"},
        {"Origin": "null"},
        {},
    ):
        assert sent(foreign, **{gate.TOKEN: token}) == 403
    by_address = somebody.http.get(address, headers=ours)
    assert by_address.status_code in {405, 200, 303, 403, 404}
    if by_address.status_code in {200, 403}:
        assert any(each.path == page.path for each in PAGES if each.method == "GET")


def test_the_token_of_another_sign_in_opens_nothing(shown: Console) -> None:
    nadia, maria = shown.browser("nadia"), shown.browser("maria")
    answer = nadia.http.post(
        "/sign-out", data={gate.TOKEN: maria.token()}, headers={"Sec-Fetch-Site": "same-origin", "Origin": HOST}
    )
    assert answer.status_code == 403
    assert nadia.get("/me").status_code == 200


def test_every_answer_says_that_nothing_foreign_runs_and_nothing_is_kept(shown: Console) -> None:
    for answer in (shown.browser("nadia").get("/me"), shown.browser().get("/nosuch")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"
