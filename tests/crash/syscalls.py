"""Every durable call of a night, an inbound run and a settling, killed or failed one by one; two more runs mend it.

The runs are those of the command line, so that what a person or a timer would read of a failing disk is seen as well.
"""

import contextlib
import io
import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

import typer

from ingather.cli import app
from ingather.jobs.invariants import check_invariants
from ingather.jobs.rehearsal.scenarios import START
from ingather.store.engine import dispose_all
from tests.crash.checking import faults, in_doubt
from tests.crash.days import DAYS, LATER, Twin, answered, differences, taken, twin
from tests.crash.stories import Story, begin, engines_kept, evening
from tests.crash.tracing import STEP, Fault, Point, Spoken, Traced, attacked, clean, heard

_AGAIN: Final = (5, 10)
_SENTENCES: Final = 2
"""How many lines a failing run may say: what happened, and what it was about."""


@cache
def _program() -> Any:  # noqa: ANN401 -- Typer's own kind of command
    """Return the command line, built once: building it takes longer than a small night."""
    return typer.main.get_command(app)


class Verb(StrEnum):
    """The verbs whose calls are attacked."""

    NIGHT = "night"
    INBOUND = "inbound"
    SETTLE = "settle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A verb on a story that is about to meet it, its durable calls, and what the book says after a clean run."""

    verb: Verb
    story: Story
    points: tuple[Point, ...]
    twin: Twin
    written: dict[str, str] = field(default_factory=dict)

    def to_attack(self, fault: Fault) -> list[Point]:
        """Return the points at which a fault is put: a socket is no disk, and a step fails before it is done."""
        if fault is Fault.KILL:
            return [each for each in self.points if each.call != STEP or each.line.startswith(("after", "amid"))]
        return [each for each in self.points if each.call != "sendto" and (each.call != STEP or "before" in each.line)]


def spoken(story: Story, *words: str) -> Spoken:
    """Return the job that is this command on the story's book; the engines it opened are closed, as at its end."""

    def job() -> int:
        try:
            with engines_kept():
                _program()(["--book", story.book, "--keys", story.keys, *words])
        except SystemExit as end:
            return int(end.code or 0)
        finally:
            dispose_all()
        return 0

    return job


def command(verb: Verb, story: Story, *, minute: int = 0) -> Spoken:
    """Return the job of a verb at some minute of its evening."""

    def at(day: date, after: int) -> str:
        return evening(after + minute, on=day).isoformat()

    match verb:
        case Verb.NIGHT:
            return spoken(story, "night", "--as-of", at(START, 0), "--json")
        case Verb.INBOUND:
            return spoken(story, "inbound", "--as-of", at(DAYS[-1], 180), "--json")
        case Verb.SETTLE:
            to = str(story.folder / "statements")
            return spoken(story, "settle", "--as-of", at(LATER, 200), "--to", to, "--json")


def begun(verb: Verb, folder: Path, *, url: str | None = None) -> Story:
    """Return the story of a verb: a few orders, small files."""
    match verb:
        case Verb.NIGHT:
            return begin(folder, url=url, again=url is not None, orders=6, entries=3)[0]
        case Verb.INBOUND:
            return answered(folder, orders=12, url=url)
        case Verb.SETTLE:
            return taken(folder, orders=12, url=url)


def scene(verb: Verb, folder: Path, *, url: str | None = None, tracing: bool = True) -> Scene:
    """Return a verb's scene; its clean run is played twice, the first time to have everything loaded.

    Without ``tracing`` its points are the steps that a child watches itself.
    """
    story = begun(verb, folder, url=url)
    with contextlib.redirect_stdout(io.StringIO()):
        command(verb, story)()
    story.begin_again()
    ran, found_points = clean(command(verb, story), tracing=tracing)
    assert not ran.fault, ran.fault
    assert not ran.err, ran.err
    assert json.loads(ran.out)["did"] == "something"
    found = Scene(
        verb=verb,
        story=story,
        points=tuple(found_points),
        twin=twin(story),
        written=_written(story),
    )
    assert not _wrong(found)
    return found


def play(scene: Scene, point: Point, fault: Fault, *, said: Counter[str] | None = None) -> list[str]:
    """Set the story back, have the point's call killed or failed, run twice more, and return everything wrong.

    ``said`` counts how the attacked runs ended, in their own words.
    """
    scene.story.begin_again()
    first = attacked(command(scene.verb, scene.story), point, fault)
    if said is not None:
        said["killed" if first.killed else f"{first.code}: {first.err.strip()}"] += 1
    found = _arrived(first, fault) or _told(first, fault)
    again = first
    for minute in _AGAIN:
        again = heard(command(scene.verb, scene.story, minute=minute))
        if again.fault or again.err or again.signal:
            found.append(f"the run at minute {minute} ended badly: {again.err}{again.fault}")
            break
    else:
        if json.loads(again.out)["did"] != "nothing":
            found.append("a run after the last one did something")
        found += _wrong(scene)
    return [f"{scene.verb}, {fault} at {point} ({point.line[:90]}): {each}" for each in found]


def _arrived(first: Traced, fault: Fault) -> list[str]:
    arrived = first.killed if fault is Fault.KILL else first.injected
    return [] if arrived else [f"the fault did not arrive: ended with {first.code}, signal {first.signal}"]


def _told(first: Traced, fault: Fault) -> list[str]:
    """Return what is wrong with how a run of a failing disk ended: it may be complete, or say in a sentence why not."""
    if fault is Fault.KILL:
        return []
    if first.fault:
        return [f"a traceback: {first.fault.splitlines()[-1]}"]
    if first.signal:
        return [f"ended by signal {first.signal}"]
    said = first.err.strip().splitlines()
    if first.out and not said:
        return []  # it went on, and its report says what is not done
    if first.code == 0 or not said or len(said) > _SENTENCES or not said[0].endswith("."):
        return [f"ended with {first.code} and said {first.err!r}"]
    return []


def _wrong(scene: Scene) -> list[str]:
    story = scene.story
    match scene.verb:
        case Verb.NIGHT:
            doubted = [f"{len(each)} files in doubt" for each in [in_doubt(story)] if each]
            return [*faults(story), *doubted]
        case Verb.INBOUND:
            return [*differences(story, scene.twin), *faults(story)]
        case Verb.SETTLE:
            held = check_invariants(story.desk(evening(260, on=LATER), node=999))
            broken = [name for name, holds in held.items() if not holds]
            parts = [path.name for path in (story.folder / "statements").glob("*.part")]
            other = ["the written statements differ"] if _written(story) != scene.written else []
            return [*differences(story, scene.twin), *broken, *parts, *other]


def _written(story: Story) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted((story.folder / "statements").glob("*.csv"))}


def main(arguments: list[str]) -> int:
    """Play ``verb engine fault [every] [first]`` and print what is wrong; for a look by hand."""
    import tempfile  # noqa: PLC0415 -- by hand only

    verb, engine, fault, every, first, *_ = [*arguments, "1", "0"]
    with tempfile.TemporaryDirectory(prefix="ingather-calls-") as folder, at_engine(engine) as url:
        set_up = scene(Verb(verb), Path(folder), url=url)
        said: Counter[str] = Counter()
        chosen = set_up.to_attack(Fault[fault])[int(first) :: int(every)]
        print(f"{len(set_up.points)} points, {len(chosen)} chosen", flush=True)  # noqa: T201 -- its output
        found = list(itertools.chain.from_iterable(play(set_up, point, Fault[fault], said=said) for point in chosen))
    for each in [*found, *map(str, said.items())]:
        print(each)  # noqa: T201 -- its output
    return 1 if found else 0


@contextmanager
def at_engine(engine: str) -> Iterator[str | None]:
    """Yield the URL of a fresh book with its schema on a server of its own, or None for a book in a file."""
    if engine == "sqlite":
        yield None
        return
    from tests.books import migrate  # noqa: PLC0415 -- only where there is a server
    from tests.postgres import empty_database, running_cluster  # noqa: PLC0415 -- only where there is a server

    with running_cluster() as cluster, empty_database(cluster) as url:
        migrate(url)
        yield url


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
