"""Two processes that lay the same file at once never complete it with each other's bytes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ingather.gateway.channel import TEMPORARY, ChannelRefused, Refusal
from ingather.gateway.folder import FolderChannel
from tests.crash.killing import ended
from tests.race.together import together

pytestmark = pytest.mark.xdist_group("races")
_NAME = "INGATHER.20261116.A.ach"
_DATA = b"".join(b"%094d\n" % line for line in range(40_000))
_ROUNDS = 20


def test_of_two_writers_one_lays_the_whole_file_and_the_other_is_told(tmp_path: Path) -> None:
    told = 0
    for number in range(_ROUNDS):
        outbound = tmp_path / str(number)
        outbound.mkdir()

        def lay(wait: Callable[[], None], outbound: Path = outbound) -> str:
            channel = FolderChannel(outbound, tmp_path, mark="test")
            wait()
            try:
                channel.put_temporary(_NAME, _DATA)
            except ChannelRefused as refused:
                return refused.reason
            return ""

        reasons = [ended(ran) for ran in together([lay, lay])]
        assert "" in reasons
        assert set(reasons) <= {"", Refusal.CHANGING}
        told += Refusal.CHANGING in reasons
        assert (outbound / f"{_NAME}{TEMPORARY}").read_bytes() == _DATA
    assert told
