"""PostgreSQL itself killed during a night: the night says so in a sentence, and run again it sends each order once.

A commit whose answer was lost may have been kept: the next run finds out from the book.
"""

import json
import os
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from tests.books import migrate
from tests.crash.checking import faults, in_doubt
from tests.crash.postmaster import Server
from tests.crash.syscalls import Verb, command, scene
from tests.crash.tracing import Fault, heard, stepped
from tests.postgres import empty_database, running_cluster
from tests.seeds import seed

pytestmark = pytest.mark.xdist_group("kills-4")
_KILLS = int(os.environ.get("INGATHER_TEST_POSTMASTERS", "3"))


def test_a_night_whose_server_is_killed_says_so_and_is_ended_by_the_next(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    draw = Random(seed())  # noqa: S311 -- a test wants repeatable draws
    said: Counter[str] = Counter()
    with running_cluster() as cluster, closing(Server.behind(cluster)) as server, empty_database(cluster) as url:
        migrate(url)
        night = scene(Verb.NIGHT, tmp_path, url=url, tracing=False)
        story, points = night.story, night.to_attack(Fault.KILL)
        # Each stretch of the night has its turn.
        chosen = [draw.choice(points[len(points) * k // _KILLS : len(points) * (k + 1) // _KILLS] or points)
                      for k in range(_KILLS)]  # fmt: skip
        with server.living():
            for point in chosen:
                story.begin_again()
                first = stepped(command(Verb.NIGHT, story), at=point.number, deed=server.kill)
                where = f"killed {point.line}, step {point.number}"
                assert first.injected, where
                assert not first.fault, f"{where}: {first.fault}"
                assert first.err or json.loads(first.out)["did"], where
                said[first.err.strip() or "ended"] += 1
                if first.err:
                    assert first.code, where
                    assert len(first.err.strip().splitlines()) == 1, first.err
                assert server.dead, where
                server.start_again()
                again = first
                for minute in (5, 10):
                    again = heard(command(Verb.NIGHT, story, minute=minute))
                    assert not again.err + again.fault, f"{where}: {again.err}{again.fault}"
                assert json.loads(again.out)["did"] == "nothing", where
                assert faults(story) == [], where
                assert in_doubt(story) == [], where
    record_property("servers killed", _KILLS)
    assert any(sentence != "ended" for sentence in said)
