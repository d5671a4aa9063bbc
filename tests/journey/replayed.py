"""Stories that many tests begin with: each is played once in a test process, and every test goes on with a copy.

Folder, book, keys, clock and bank are the copy's own. What the test gave for the bank to do, it may change as before.
"""

import atexit
import shutil
import tempfile
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from ingather.jobs.rehearsal.stage import Stage, StageClock
from ingather.store.tables import Route
from ingather.wiring import open_desk
from tests.crash.stories import settle_in
from tests.journey.stage import NODE, Script

_KEPT: dict[str, tuple[Stage, Script]] = {}


def replayed(folder: Path, story: str, script: Script, play: Callable[[Path, Script], Stage]) -> Stage:
    """Return a copy, in a folder that is not there yet or empty, of the stage that ``play`` leaves.

    ``story`` names everything it depends on besides the script.
    """
    key = f"{story} {script!r}"
    if key not in _KEPT:
        place = Path(tempfile.mkdtemp(prefix="ingather-"))
        atexit.register(shutil.rmtree, place, ignore_errors=True)
        own = deepcopy(script)
        stage = play(place / "stage", own)
        stage.desk.engine.dispose()
        _KEPT[key] = stage, own
    kept, own = _KEPT[key]
    shutil.copytree(kept.folder, folder, dirs_exist_ok=True)
    settle_in(folder / "book.keys")
    script.seen[:] = own.seen
    clock = StageClock(kept.clock.now)
    desk = open_desk(
        str(folder / "book.sqlite"), keys=str(folder / "book.keys"), actor="system:night", node=NODE + 1, clock=clock
    )
    with desk.action() as ctx:
        for route in ctx.session.scalars(select(Route)):
            route.channel = {
                name: value.replace(str(kept.folder), str(folder)) for name, value in route.channel.items()
            }
    return replace(
        kept, folder=folder, desk=desk, clock=clock, bank=deepcopy(kept.bank, {id(own): script}),
        collected=set(kept.collected),
    )  # fmt: skip
