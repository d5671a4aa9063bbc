"""A book with a sealed value in every place, made once in each test process and set back for each test."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from ingather.jobs.night.run import run_night
from tests.crash.stories import Story, begin, evening
from tests.postgres import empty_database
from tests.store.key_books import ORDERS, fill


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def kept_story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Yield a book with a file that was sent and a value in every place, on each engine."""
    with ExitStack() as held:
        postgres = request.param == "postgresql"
        url = held.enter_context(empty_database(request.getfixturevalue("postgres_cluster"))) if postgres else None
        story, _ = begin(tmp_path_factory.mktemp("keys"), url=url, again=postgres, orders=ORDERS)
        fill(story.desk(evening(), node=1))
        run_night(story.desk(evening(), node=2))
        story.desk(evening(), node=3).engine.dispose()
        story.keep()
        yield story


@pytest.fixture
def book(kept_story: Story) -> Story:
    """Return the book as it was at the beginning."""
    kept_story.begin_again()
    return kept_story
