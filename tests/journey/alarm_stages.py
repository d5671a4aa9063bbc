"""What the rehearsals of alarms share: stages on which they fire, and what is typed there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingather.base.dates import NEW_YORK
from ingather.jobs.rehearsal.stage import Stage
from ingather.jobs.watch import watch
from ingather.simulator.state import Delivery
from tests.journey.pages import takes, words_of
from tests.journey.stage import FRIDAY, MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Sale, changed_terms, staged
from tests.unit.cli.shell import Said, at_book

WEEK = (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
_WORDS = {"TEXT": "the bank said so", "NAME": "omar", "OTHER": "maria"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A stage on which an alarm has fired.

    ``values`` are what its page's words in capitals stand for, ``meanwhile`` is what the world does between looking and
    acting.
    """

    stage: Stage
    values: Mapping[str, str] = field(default_factory=dict)
    meanwhile: Callable[[], object] = lambda: None


def fired(stage: Stage, *, full: bool = False) -> list[str]:
    """Return the ids of the alarms at the stage's instant."""
    return [each.id for each in watch(stage.desk, full=full)]


def lay(stage: Stage, things: Sequence[Delivery]) -> None:
    """Lay what the bank delivers into the folder it delivers to; nobody has taken it yet."""
    for thing in things:
        (stage.inbound / thing.name).write_bytes(thing.data)


def typed(stage: Stage, command: str, values: Mapping[str, str]) -> Said:
    """Type a command of the runbook at the stage's instant."""
    words = [{**_WORDS, **values}.get(word, word) for word in words_of(command)]
    instant = stage.clock.now.astimezone(NEW_YORK).isoformat()
    return at_book(stage, *words, *(("--as-of", instant) if takes(command, "--as-of") else ()))


def subject_of(stage: Stage, name: str) -> str:
    """Return what the one alarm of this name is about."""
    (subject,) = [each.subject for each in watch(stage.desk) if each.id == name]
    return subject


def paying(folder: Path, **terms: object) -> Stage:
    """Return a stage with one order that the buyer pays."""
    return staged(folder, [Sale()], profile=changed_terms(**terms))
