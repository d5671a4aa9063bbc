"""The document holds: made-up calls of every operation are answered as it says, and chains of calls as well."""

import os
from collections.abc import Callable, Iterator

import pytest
from schemathesis.generation import GenerationMode

from tests.api.declared import declared
from tests.api.fuzzing import ANYTHING, SLOW, Fuzz, chains, examples, fuzzing
from tests.api.played import played_front
from tests.seeds import seed

pytestmark = pytest.mark.xdist_group("document")


@pytest.fixture(scope="module")
def fuzz(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzz]:
    with fuzzing(played_front(tmp_path_factory.mktemp("fuzz") / "book")) as found:
        yield found


EVERY = int(os.environ.get("INGATHER_TEST_WRONG_EVERY", "2"))
WRONG = {name for place, name in enumerate(declared()) if (place + seed()) % EVERY == 0} - ANYTHING
"""What is called wrongly: a part that the seed chooses here, all in the soak."""
CALLS = [
    *((operation, GenerationMode.POSITIVE) for operation in declared()),
    *((operation, GenerationMode.NEGATIVE) for operation in declared() if operation in WRONG),
]


@pytest.mark.parametrize(("operation", "mode"), CALLS, ids=lambda part: str(getattr(part, "value", part)))
def test_every_call_is_answered_as_the_document_says(fuzz: Fuzz, operation: str, mode: GenerationMode) -> None:
    count = examples()
    if operation in SLOW:
        count = min(count, 3)
    fuzz.make_up(declared()[operation], mode, count)


def test_chains_of_calls_are_answered_as_the_document_says(
    fuzz: Fuzz, record_property: Callable[[str, object], None]
) -> None:
    fuzz.chain(chains())
    for what, number in fuzz.counted.items():
        record_property(what, number)
    assert fuzz.counted["5xx"] == 0
