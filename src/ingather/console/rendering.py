"""Templates become pages here, with the words, figures and frame that every page has."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ingather.console.clock_strip import clock_of
from ingather.console.day_line import day_line
from ingather.console.figures import minutes_left
from ingather.console.menu import SCREENS
from ingather.console.words import LANGUAGES
from ingather.domain.users import Permission

if TYPE_CHECKING:
    from ingather.console.visits import Visit

HERE = Path(__file__).parent
STATIC = HERE / "static"


@cache
def static_version() -> str:
    """Return what changes when anything static does: it stands in the address, so that a browser keeps the rest."""
    digest = hashlib.sha256()
    for path in sorted(each for each in STATIC.rglob("*") if each.is_file()):
        digest.update(path.relative_to(STATIC).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["static"] = lambda name: f"/static/{static_version()}/{name}"
    made.globals |= {"Permission": Permission, "minutes_left": minutes_left, "clock_of": clock_of}
    return made


def rendered(visit: "Visit", template: str, values: Mapping[str, Any]) -> str:
    """Return a template as text; ``t`` says words, ``f`` writes figures, ``visit`` is who looks."""
    found = _environment().get_template(template)
    around: dict[str, Any] = {"visit": visit, "t": visit.say, "f": visit.figures, "languages": LANGUAGES}
    # Who is not known is told nothing of the day: not what waits, not even whose book it is.
    known = visit.caller.session_id is not None
    around |= {"line": day_line(visit.front) if known else None, "screens": SCREENS}
    around["screen"] = getattr(getattr(visit.request.state, "page", None), "screen", "")
    return found.render(around | dict(values))
