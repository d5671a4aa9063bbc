"""One whole journey an engine, played once in a test process: ``whole`` is read by tests and changed by none."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.books import sqlite_book
from tests.postgres import empty_database

if TYPE_CHECKING:
    from tests.journey.whole import Whole


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Whole"]:
    """Yield the journey on each engine."""
    # Only tests that ask for it pay for the imports of everything.
    from tests.journey.whole import whole_journey  # noqa: PLC0415 -- as said

    folder = tmp_path_factory.mktemp("whole") / "stage"
    if request.param == "sqlite":
        sqlite_book()
        yield whole_journey(folder)
        return
    cluster, like = request.getfixturevalue("postgres_cluster"), request.getfixturevalue("_migrated")
    with empty_database(cluster, like=like) as url:
        yield whole_journey(folder, book=url)
