"""Walking through the console: from the screens along every link, one address of each page's form."""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.routing import compile_path

from ingather.console.menu import SCREENS
from ingather.console.pages import Page
from ingather.console.screens import PAGES
from tests.console.front import Browser

_LINK = re.compile(r'<(?:a|form)\b[^>]*?(?:href|action)="([^"]+)"', re.DOTALL)
_EACH = 2
"""How many addresses of one form are opened: the first, and one that may differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A page that was opened on the walk."""

    address: str
    page: Page
    status: int
    content_type: str
    text: str


def _forms() -> list[tuple[re.Pattern[str], Page]]:
    return [(compile_path(page.path)[0], page) for page in PAGES if page.method == "GET" and not page.open]


def _page_of(address: str, forms: Sequence[tuple[re.Pattern[str], Page]]) -> Page | None:
    path = address.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0]
    return next((page for form, page in forms if form.match(path)), None)


def walk(browser: Browser) -> list[Seen]:
    """Return the pages that somebody comes to along links, in the order in which they are found."""
    forms = _forms()
    waiting = deque(each.address for each in SCREENS)
    waiting.append("/me")
    known, opened, seen = set(waiting), dict[str, int](), list[Seen]()
    while waiting:
        address = waiting.popleft()
        page = _page_of(address, forms)
        if page is None or opened.get(page.path, 0) >= _EACH:
            continue
        opened[page.path] = opened.get(page.path, 0) + 1
        answer = browser.get(address)
        text = answer.text
        seen.append(
            Seen(
                address=address, page=page, status=answer.status_code,
                content_type=answer.headers.get("content-type", ""), text=text,
            )
        )  # fmt: skip
        for found in _LINK.findall(text) if "text/html" in answer.headers.get("content-type", "") else ():
            link = found.replace("&amp;", "&").split("#")[0]
            if link.startswith("/") and link not in known:
                known.add(link)
                waiting.append(link)
    return seen
