"""A browser for the process, and the console it looks at."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium
from tests.console.browser.serving import served
from tests.console.front import Console


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Yield a real Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def home(shown: Console) -> Iterator[str]:
    """Yield the address of the console on the demo's book, for tests that only look."""
    with served(shown) as address:
        yield address
