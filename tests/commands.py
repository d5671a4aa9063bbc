"""The tree of commands is built once in a test process: the runner would build it anew for each command of a test.

It has some five hundred commands' and groups' parameters to read from their functions, which costs more than nearly any
command does; it has no state, and a process of the product's builds it once as well.
"""

from functools import cache

import pytest
import typer.testing
from typer.main import get_command


def pytest_configure() -> None:
    """Let the runner keep what an app comes to."""
    pytest.MonkeyPatch().setattr(typer.testing, "_get_command", cache(get_command))
