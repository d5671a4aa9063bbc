"""A founded book to copy, made once, and a desk at a copy of it."""

from pathlib import Path

import pytest

from ingather.jobs.desk import Desk
from ingather.jobs.imports import import_files
from tests.unit.jobs.imports.books import DEMO, copied_desk, found_desk


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a founded book."""
    folder = tmp_path_factory.mktemp("founded")
    found_desk(str(folder / "book.sqlite"), folder / "keys")
    return folder


@pytest.fixture(scope="session")
def peopled(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a book that holds the demo's merchants, buyers, accounts and authorizations."""
    folder = tmp_path_factory.mktemp("peopled")
    desk = copied_desk(founded, folder)
    report = import_files(
        desk, [DEMO / f"{kind}.csv" for kind in ("merchants", "buyers", "accounts", "authorizations")]
    )
    assert not report.exit_code
    return folder


@pytest.fixture
def desk(founded: Path, tmp_path: Path) -> Desk:
    """Return the desk at a book with nobody in it."""
    return copied_desk(founded, tmp_path)


@pytest.fixture
def busy_desk(peopled: Path, tmp_path: Path) -> Desk:
    """Return the desk at a book that knows everybody, without orders."""
    return copied_desk(peopled, tmp_path)
