"""Somebody at a screen: a page of a real browser that keeps what went wrong and what was asked of whom."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select

from ingather.actions.users.sessions import begin_session
from ingather.console import gate
from ingather.store.tables import User
from tests.console.front import Console

WIDE, NARROW = (1280, 900), (390, 844)
_LOCALES = {"en": "en-US", "zh": "zh-CN"}
_WITHIN_MS = 15_000
_SERIOUS = frozenset({"serious", "critical"})


@dataclass(slots=True, kw_only=True)  # mutable -- it is filled as pages are opened
class Looking:
    """A page and its address; ``faults`` are errors of the page, ``foreign`` requests that leave the console."""

    page: Page = field(repr=False)
    home: str
    faults: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def open(self, address: str) -> int:
        """Open an address of the console and return its status."""
        answer = self.page.goto(self.home + address)
        assert answer is not None
        return answer.status

    def barriers(self) -> list[str]:
        """Return what keeps somebody from using the page: what axe-core finds serious or critical."""
        found: list[dict[str, Any]] = Axe().run(self.page).response["violations"]
        return [
            f"{each['id']}: {each['help']}: {node['html'][:160]}"
            for each in found
            if each["impact"] in _SERIOUS
            for node in each["nodes"]
        ]


@contextmanager
def looking(
    browser: Browser,
    home: str,
    *,
    console: Console | None = None,
    who: str | None = None,
    language: str = "en",
    theme: str = "light",
    size: tuple[int, int] = WIDE,
) -> Iterator[Looking]:
    """Yield a page at which somebody of the demo is signed in, in a language, a theme and a size."""
    context: BrowserContext = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=_LOCALES[language],
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    if console is not None and who is not None:
        with console.desk.as_actor(f"user:{who}").action() as ctx:
            user = ctx.session.scalars(select(User).where(User.name == who)).one()
            made = begin_session(ctx, user, second_factor=True, terms=console.front.terms)
        context.add_cookies(
            [
                {
                    "name": gate.SESSION,
                    "value": made.token,
                    "url": home.replace("http:", "https:"),
                    "secure": True,
                    "httpOnly": True,
                }
            ]
        )
    context.set_default_timeout(_WITHIN_MS)
    page = context.new_page()
    seen = Looking(page=page, home=home)
    page.on("console", lambda said: seen.faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: seen.faults.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith((home, "data:")) else seen.foreign.append(asked.url))
    try:
        yield seen
    finally:
        context.close()
