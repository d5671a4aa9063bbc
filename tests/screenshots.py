"""The pictures of the README, from a real browser on the demo's book: ``python -m tests.screenshots FOLDER``."""

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser import chromium
from tests.console.browser.looking import NARROW, WIDE, looking
from tests.console.browser.serving import served
from tests.console.front import Console, open_console, play

_PICTURES = (
    ("tonight", "nadia", "/", "en", "light", WIDE),
    ("tonight-phone", "nadia", "/", "en", "light", NARROW),
    ("file", "nadia", "first /files/fil_", "en", "light", WIDE),
    ("rates", "chen", "/rates", "en", "dark", WIDE),
    ("cases", "chen", "/cases", "en", "light", WIDE),
    ("order", "maria", "first /orders/ord_", "zh", "light", WIDE),
)
"""Name, who looks, at what (or at the first of a list), language, theme, and the size of the screen."""


def _address(console: Console, who: str, said: str) -> str:
    if not said.startswith("first "):
        return said
    start = said.removeprefix("first ")
    found = re.search(rf'href="({re.escape(start)}[A-Z0-9]+)"', console.browser(who).get(start.rpartition("/")[0]).text)
    assert found is not None, f"the list leads to no {start}"
    return found[1]


def take(browser: Browser, console: Console, home: str, folder: Path) -> None:
    """Write every picture into a folder."""
    for name, who, said, language, theme, size in _PICTURES:
        with looking(browser, home, console=console, who=who, language=language, theme=theme, size=size) as seen:
            assert seen.open(_address(console, who, said)) == 200
            seen.page.screenshot(path=folder / f"{name}.png")


def main() -> None:
    """Play the demo aside and take the pictures."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as aside:
        play(Path(aside) / "demo")
        console = open_console(Path(aside) / "demo")
        with chromium() as browser, served(console) as home:
            take(browser, console, home, folder)


if __name__ == "__main__":
    main()
