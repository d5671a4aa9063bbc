"""Every screen in a real browser: shown to the right role, refused to the wrong one, nothing wrong with the page."""

import pytest
from playwright.sync_api import Browser

from ingather.console.menu import SCREENS, Screen
from ingather.domain.users import PERMISSIONS, Role
from tests.console.browser.looking import NARROW, WIDE, looking
from tests.console.front import Console

pytestmark = pytest.mark.xdist_group("browser")
_ROLES = {"maria": Role.OPERATOR, "nadia": Role.APPROVER, "chen": Role.COMPLIANCE, "kim": Role.KEY_CUSTODIAN}
_LOOKS = (("en", "light", WIDE), ("zh", "dark", WIDE), ("en", "light", NARROW))


def _who_may(screen: Screen) -> str:
    return next(name for name, role in _ROLES.items() if screen.needs in PERMISSIONS[role])


def _who_may_not(screen: Screen) -> str | None:
    everybody = {**_ROLES, "vera": Role.VIEWER}
    return next((name for name, role in everybody.items() if screen.needs not in PERMISSIONS[role]), None)


@pytest.mark.parametrize(("language", "theme", "size"), _LOOKS, ids=["wide", "chinese-dark", "phone"])
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_screen_is_whole_in_each_look(
    browser: Browser, home: str, shown: Console, screen: Screen, language: str, theme: str, size: tuple[int, int]
) -> None:
    who = _who_may(screen)
    with looking(browser, home, console=shown, who=who, language=language, theme=theme, size=size) as seen:
        assert seen.open(screen.address) == 200
        assert seen.page.locator("h1").count() == 1
        assert seen.page.locator(".nav [aria-current]").count() == 1
        wide = seen.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"the page is {wide} px wider than the screen"
        assert seen.barriers() == []
        assert (seen.faults, seen.foreign) == ([], [])


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_screen_is_refused_to_who_may_not_see_it(shown: Console, screen: Screen) -> None:
    who = _who_may_not(screen)
    assert who is not None
    answer = shown.browser(who).get(screen.address)
    assert answer.status_code == 403
    assert "An administrator gives rights" in answer.text
