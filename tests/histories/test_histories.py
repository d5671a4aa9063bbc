"""Generated histories: nobody is debited twice or against the Rules, whatever happens and in whatever order."""

from collections.abc import Callable

import pytest

from tests.histories.machine import play
from tests.seeds import seed

PARTS = 4
IN_A_PART = 2_500


@pytest.mark.parametrize("part", range(PARTS))
def test_no_history_wrongs_a_buyer(part: int, record_property: Callable[[str, object], None]) -> None:
    reached = play(seed() * PARTS + part, histories=IN_A_PART)
    assert reached["histories"] >= IN_A_PART
    for what in (
        *("returns", "third presentations", "corrected entries", "second orders", "dishonours won", "contests"),
        *("reversals", "refunds sent", "credits that came back", "double credits", "fees"),
    ):
        assert reached[what] > IN_A_PART // 200, what
    for what in ("histories", "debits", "returns", "dishonours won", "reversals", "refunds sent"):
        record_property(f"{what} over the rules alone", reached[what])
