"""A day at the desks, in a real browser: what people do is done once, by who may, and stands in the trail."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from ingather.store.tables import AuditRecord
from tests.console.browser.looking import Looking, looking
from tests.console.browser.serving import served
from tests.console.front import Console, copy_of

pytestmark = pytest.mark.xdist_group("browser")
_REASON = "checked against the orders"


@pytest.fixture(scope="module")
def desks(played: Path, tmp_path_factory: pytest.TempPathFactory) -> Console:
    """Return a console that these tests act on, one after the other."""
    return copy_of(played, tmp_path_factory.mktemp("desks") / "demo")


@pytest.fixture(scope="module")
def address(desks: Console) -> Iterator[str]:
    """Yield where it is served."""
    with served(desks) as home:
        yield home


def _code(desks: Console, who: str) -> str:
    desks.clock.ahead += timedelta(seconds=30)
    return desks.people[who].code(desks.clock())


def _verbs(desks: Console, actor: str) -> list[str]:
    with desks.desk.view() as ctx:
        return list(ctx.session.scalars(select(AuditRecord.verb).where(AuditRecord.actor == f"user:{actor}")))


def _whole(seen: Looking) -> None:
    assert (seen.faults, seen.foreign) == ([], [])


def test_somebody_signs_in_by_the_demo_and_out(browser: Browser, desks: Console, address: str) -> None:
    with looking(browser, address) as seen:
        seen.open("/orders")
        assert seen.page.url.startswith(f"{address}/sign-in")
        seen.page.get_by_role("button", name="nadia").click()
        expect(seen.page.get_by_role("heading", level=1)).to_have_text("Orders")
        seen.page.get_by_role("link", name="nadia").click()
        seen.page.get_by_role("button", name="Sign out").click()
        expect(seen.page.get_by_role("heading", level=1)).to_have_text("Sign in")
        assert seen.open("/me") == 200
        assert "/sign-in" in seen.page.url
        assert {"sign_in", "sign_out"} <= set(_verbs(desks, "nadia"))
        _whole(seen)


def test_a_file_is_read_and_approved_by_a_second_person_and_an_approval_taken_back(
    browser: Browser, desks: Console, address: str
) -> None:
    before = _verbs(desks, "nadia").count("approve_file")
    with looking(browser, address, console=desks, who="maria") as maker:
        maker.open("/approvals")
        maker.page.locator('main a[href^="/approvals/fil_"]').first.click()
        expect(maker.page.get_by_role("button", name="Approve")).to_be_disabled()
    with looking(browser, address, console=desks, who="nadia") as seen:
        seen.open("/approvals")
        seen.page.locator('main a[href^="/approvals/fil_"]').first.click()
        place = seen.page.url
        seen.page.get_by_label("Reason, kept in the audit").first.fill(_REASON)
        seen.page.get_by_label("One-time code").fill("000000")
        seen.page.get_by_role("button", name=re.compile("^Approve ")).click()
        expect(seen.page.get_by_text("does not fit")).to_be_visible()
        seen.faults.clear()  # the browser tells of the answer 422 itself
        seen.page.goto(place)
        seen.page.get_by_label("Reason, kept in the audit").first.fill(_REASON)
        seen.page.get_by_label("One-time code").fill(_code(desks, "nadia"))
        seen.page.get_by_role("button", name=re.compile("^Approve ")).click()
        expect(seen.page.get_by_text("Approved by nadia")).to_be_visible()
        seen.page.get_by_label("Reason, kept in the audit").fill("one more look")
        seen.page.get_by_role("button", name="Take the approval back").click()
        expect(seen.page.get_by_text("An approval was taken back by nadia")).to_be_visible()
        _whole(seen)
    assert _verbs(desks, "nadia").count("approve_file") == before + 1


def test_a_statement_is_downloaded(browser: Browser, desks: Console, address: str) -> None:
    with looking(browser, address, console=desks, who="maria") as seen:
        seen.open("/settlements")
        seen.page.locator('main a[href^="/settlements/stl_"]').first.click()
        with seen.page.expect_download() as awaited:
            seen.page.get_by_role("link", name="CSV").first.click()
        assert awaited.value.path().stat().st_size > 100
        _whole(seen)


def test_a_number_is_shown_once_to_compliance_and_the_trail_says_so(
    browser: Browser, desks: Console, address: str
) -> None:
    with looking(browser, address, console=desks, who="chen") as seen:
        seen.open("/cases")
        case = seen.page.locator('main a[href*="case_"]').first.inner_text().strip()
        seen.open("/orders")
        seen.page.locator('main tbody a[href^="/orders/ord_"]').first.click()
        account = seen.page.locator('main a[href^="/accounts/acc_"]').first.get_attribute("href")
        assert account is not None
        seen.open(account)
        found = re.search(r"case_[0-9A-Z]{13}", seen.page.content())
        seen.page.get_by_label("Open case that it is needed for").fill(found[0] if found else case)
        seen.page.get_by_label("Reason", exact=True).fill("the ODFI asks which account it was")
        seen.page.get_by_label("One-time code").fill(_code(desks, "chen"))
        seen.page.get_by_role("button", name="Show the number").click()
        expect(seen.page.get_by_role("heading", level=1)).to_be_visible()
        digits = re.search(r"\b[0-9]{6,17}\b", seen.page.locator("main").inner_text())
        assert digits is not None
        seen.open(account)
        assert digits[0] not in seen.page.content()
        assert digits[0] not in seen.page.url
    assert "unmask_account" in _verbs(desks, "chen")


def test_a_notice_of_change_is_applied(browser: Browser, desks: Console, address: str) -> None:
    with looking(browser, address, console=desks, who="maria") as seen:
        seen.open("/changes")
        seen.page.locator('main a[href^="/changes/cor_"]').first.click()
        seen.page.get_by_role("button", name=re.compile("^Apply")).first.click()
        expect(seen.page.locator("main")).to_contain_text(re.compile("[Aa]pplied"))
        _whole(seen)


def test_an_unmatched_return_is_matched_by_two_people(browser: Browser, desks: Console, address: str) -> None:
    with looking(browser, address, console=desks, who="maria") as seen:
        seen.open("/returns?show=unmatched")
        seen.page.locator('main a[href^="/returns/ret_"]').first.click()
        place = seen.page.url
        seen.page.get_by_role("link", name="Propose", exact=True).first.click()
        seen.page.locator("#p-reason").fill(_REASON)
        seen.page.get_by_role("button", name="Propose the match").click()
        expect(seen.page.get_by_text("You proposed it")).to_be_visible()
        _whole(seen)
    with looking(browser, address, console=desks, who="nadia") as second:
        second.page.goto(place.partition("?")[0])
        second.page.get_by_label("One-time code").first.fill(_code(desks, "nadia"))
        second.page.get_by_role("button", name="Confirm the match").click()
        expect(second.page.get_by_role("button", name="Confirm the match")).to_have_count(0)
        _whole(second)


def test_the_keyboard_goes_everywhere_and_is_silent_while_somebody_types(
    browser: Browser, desks: Console, address: str
) -> None:
    with looking(browser, address, console=desks, who="nadia") as seen:
        seen.open("/")
        seen.page.keyboard.press("g")
        seen.page.keyboard.press("f")
        expect(seen.page).to_have_url(f"{address}/files")
        seen.page.keyboard.press("j")
        assert seen.page.locator("[aria-selected=true]").count() == 1
        seen.page.keyboard.press("/")
        expect(seen.page.locator("[data-find-field]")).to_be_focused()
        seen.page.keyboard.type("gf?/")
        expect(seen.page.locator("[data-find-field]")).to_have_value("gf?/")
        _whole(seen)


def test_language_and_theme_are_kept_by_the_browser(browser: Browser, desks: Console, address: str) -> None:
    with looking(browser, address, console=desks, who="vera") as seen:
        seen.open("/me")
        seen.page.get_by_label("Dark").check()
        seen.page.get_by_label("中文").check()
        seen.page.get_by_role("button", name="Keep").click()
        expect(seen.page.locator("html")).to_have_attribute("data-theme", "dark")
        expect(seen.page.locator("html")).to_have_attribute("lang", "zh-Hans")
        assert seen.open("/orders") == 200
        expect(seen.page.get_by_role("heading", level=1)).to_have_text("订单")
        _whole(seen)
