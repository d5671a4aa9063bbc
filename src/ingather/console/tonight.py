"""Tonight: where the night stands, what needs a person now, what is on hold, and which reports are here."""

from starlette.responses import Response

from ingather.console.pages import Pages
from ingather.console.visits import Visit
from ingather.domain.users import Permission

pages = Pages("Tonight")


@pages.get("/", needs=Permission.FILES_READ)
def show(visit: Visit) -> Response:
    """Show the night."""
    return visit.show("tonight/tonight.html")
