"""A real Chromium for the console's tests and pictures: the machine's, Debian's, or Playwright's own.

``python -m tests.browser`` sees to it that there is one, and says what to do where it cannot.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--font-render-hinting=none",
)  # fmt: skip
"""Nothing is asked of anybody else than the page under test; the sandbox is the machine's that runs the tests."""
_DEBIAN = (("apt-get", "update", "-q"), ("apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"))
_WITHIN_S = 300


def find_chromium() -> Path | None:
    """Return the Chromium to start, None when there is none."""
    named = os.environ.get("INGATHER_CHROMIUM")
    found = named or next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is not None:
        return Path(found)
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    return own if own.exists() else None


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a Chromium that is stopped at the end; raises ``LookupError`` when the machine has none."""
    path = find_chromium()
    if path is None:
        message = "there is no Chromium: run make browser, or name one with INGATHER_CHROMIUM"
        raise LookupError(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_QUIET))
        try:
            yield browser
        finally:
            browser.close()


def _install() -> None:
    """Try Debian's Chromium where one may install it, then Playwright's own."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        for command in _DEBIAN:
            _tried(command)
        if find_chromium() is not None:
            return
    _tried((sys.executable, "-m", "playwright", "install", "chromium"))


def _tried(command: Sequence[str]) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(command, check=False, timeout=_WITHIN_S, stdout=subprocess.DEVNULL)


def main() -> int:
    """See to it that there is a Chromium; return an exit code."""
    if find_chromium() is None:
        _install()
    if find_chromium() is not None:
        return 0
    sys.stderr.write(
        "The console's tests need a Chromium, and none could be installed. On Debian, as root: apt-get install "
        "chromium. Elsewhere name one with INGATHER_CHROMIUM.\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
