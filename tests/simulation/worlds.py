"""Worlds in temporary folders, as the tests and the soak play them."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from ingather.jobs.desk import Desk
from ingather.jobs.rebuild import rebuild_all
from ingather.jobs.rehearsal.wire import FAIR, Weather
from ingather.jobs.rehearsal.world import YEAR, World, figures, simulate_world
from ingather.wiring import new_desk


def play_world(
    folder: Path, *, seed: int, days: int, orders: int, scenario: str = YEAR, weather: Weather = FAIR
) -> World:
    """Play a world in a folder that is made for it."""

    def opened(**particulars: Any) -> Desk:  # noqa: ANN401 -- the stage's own arguments
        return new_desk(str(folder / "book.sqlite"), actor="system:rehearsal", node=0, **particulars)

    folder.mkdir(parents=True, exist_ok=True)
    return simulate_world(
        folder, open_desk=opened, seed=seed, days=days, orders=orders, scenario=scenario, weather=weather
    )


def played_and_gone(*, seed: int, days: int, orders: int) -> dict[str, Any]:
    """Play a world in a scratch folder and return what it came to."""
    with tempfile.TemporaryDirectory(prefix="ingather-world-") as scratch:
        world = play_world(Path(scratch), seed=seed, days=days, orders=orders)
        rebuilt = list(rebuild_all(world.stage.desk))
        found = figures(world) | {
            "rebuilt": sum(each.same for each in rebuilt),
            "not rebuilt": [f"{each.file}, line {each.line}: {each.why}" for each in rebuilt if not each.same],
        }
        world.stage.desk.engine.dispose()
    return found


def sent_hashes(world: World) -> dict[str, str]:
    """Return the hash of every file that lies at the bank, by its name."""
    stage = world.stage
    folders = [folder for folder in (stage.outbound, stage.collected_files) if folder.exists()]
    paths = sorted(path for folder in folders for path in folder.iterdir())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
