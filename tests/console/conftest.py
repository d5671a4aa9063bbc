"""The demo's book, played once in a test process: looked at by all, copied by who acts."""

from pathlib import Path

import pytest

from tests.console.front import Console, copy_of, open_console, play


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the played demo."""
    folder = tmp_path_factory.mktemp("console") / "demo"
    play(folder)
    return folder


@pytest.fixture(scope="session")
def shown(played: Path) -> Console:
    """Return the console on the demo's book, for tests that only look."""
    return open_console(played)


@pytest.fixture
def console(played: Path, tmp_path: Path) -> Console:
    """Return a console on a copy of the demo's book, for tests that act."""
    return copy_of(played, tmp_path / "demo")
