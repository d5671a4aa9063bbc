"""The document of the API, without a book."""

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from ingather.api.app import make_app
from ingather.api.office import Office
from ingather.api.settings import Settings

if TYPE_CHECKING:
    from ingather.jobs.desk import Desk


@cache
def document() -> dict[str, Any]:
    """Return the document that ``/v1/openapi.json`` answers with; whoever asks changes nothing in it."""
    nobody = cast("Desk", None)
    made: dict[str, Any] = make_app(Office(desk=nobody, settings=Settings())).openapi()
    return made
