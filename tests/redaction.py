"""A pytest plugin: no account number in anything a test says, plain, reversed, in hex or in base64.

It hears captured output and logs, what ``capsys`` and ``capfd`` hand to a test, what the command line's runner and
child processes print, every record logged under ``ingather`` at any level, and the text of failures. A test that
shows an account number fails, named, and its output is withheld. A test whose subject is showing one to a person with
the right to see it says so: ``@pytest.mark.shows_red("why")``.
"""

import base64
import logging
import re
import subprocess
from collections.abc import Callable, Generator, Iterator
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

import pytest
from typer.testing import CliRunner

from tests.red import ACCOUNTS, STEM, known

_RUN = re.compile(r"\d{9,}")
_GAP = re.compile(r"(?<=\d)[\s\-]{1,3}(?=\d)")
P = ParamSpec("P")
R = TypeVar("R")

_HEARD: list[tuple[str, str]] = []


def escaped_form(text: str) -> str | None:
    """Return in which form an account number stands in the text (``plain``, ``reversed``, …), or None."""
    for shape, heard in (("plain", text), ("spaced", _GAP.sub("", text))):
        for run in _RUN.findall(heard):
            if STEM in run or _holds(run):
                return shape
            if STEM[::-1] in run or _holds(run[::-1]):
                return "reversed"
    for shape, needles in _encoded().items():
        if any(needle in text for needle in needles):
            return shape
    return None


def _holds(digits: str) -> bool:
    accounts, widths = known(), _widths()
    return any(
        digits[start : start + width] in accounts
        for width in widths
        if width <= len(digits)
        for start in range(len(digits) - width + 1)
    )


@cache
def _widths() -> tuple[int, ...]:
    return tuple(sorted({len(account) for account in known()}))


@cache
def _encoded() -> dict[str, tuple[str, ...]]:
    """Return what to look for: hex in both cases, and base64 at each of the three places a text can start in."""
    whole = [*ACCOUNTS, STEM]
    hexed = [account.encode().hex() for account in whole]
    sixtyfour = [
        base64.b64encode(b"\0" * shift + account.encode()).decode()[4 if shift else 0 :][: (len(account) - 3) // 3 * 4]
        for account in ACCOUNTS
        for shift in range(3)
    ]
    return {"hex": (*hexed, *(each.upper() for each in hexed)), "base64": tuple(sixtyfour)}


def _hear(source: str, said: object) -> None:
    if isinstance(said, bytes | bytearray | memoryview):
        said = bytes(said).decode("utf-8", errors="replace")
    if isinstance(said, str) and said:
        _HEARD.append((source, said))


class _Listener(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _hear("log", self.format(record))


def _listened(spoken: Callable[P, R], hear: Callable[[R], None]) -> Callable[P, R]:
    @wraps(spoken)
    def heard(*args: P.args, **kwargs: P.kwargs) -> R:
        result = spoken(*args, **kwargs)
        hear(result)
        return result

    return heard


def _hear_pair(source: str) -> Callable[[Any], None]:
    def hear(pair: Any) -> None:  # noqa: ANN401 -- pairs of text or bytes, from pytest or from subprocess
        for said in pair:
            _hear(source, said)

    return hear


@pytest.fixture(autouse=True, scope="session")
def _everything_is_heard() -> Iterator[None]:
    """Listen, for the session, to what tests take out of pytest's sight."""
    patch = pytest.MonkeyPatch()
    capture = pytest.CaptureFixture
    patch.setattr(capture, "readouterr", _listened(capture.readouterr, _hear_pair("captured output")))
    patch.setattr(subprocess.Popen, "communicate", _listened(subprocess.Popen.communicate, _hear_pair("a child")))
    patch.setattr(CliRunner, "invoke", _listened(CliRunner.invoke, lambda result: _hear("the command", result.output)))
    ours, listener = logging.getLogger("ingather"), _Listener()
    ours.addHandler(listener)
    ours.setLevel(logging.DEBUG)
    yield
    ours.removeHandler(listener)
    patch.undo()


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark by which a test says that it shows an account number on purpose."""
    config.addinivalue_line("markers", "shows_red(reason): this test shows an account number to who may see it")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a test that showed an account number into a failed one, and withhold what it said."""
    report = yield
    captured = [section for section in report.sections if section[0].endswith(report.when)]
    said = [*_HEARD, *captured, ("the failure", report.longreprtext), ("its name", item.name)]
    _HEARD.clear()
    mark = item.get_closest_marker("shows_red")
    if mark is not None and mark.args and isinstance(mark.args[0], str):
        return report
    for source, text in said:
        if shape := escaped_form(text):
            report.outcome = "failed"
            name = item.nodeid.partition("[")[0]
            told = f"{name} showed an account number ({shape}, in {source}, {report.when}); its output is withheld"
            report.longrepr = told
            report.sections = []
            item._report_sections.clear()  # noqa: SLF001 -- the report of the teardown would repeat them
            break
    return report
