"""Every route about authorizations, in the order in which the document shows them."""

from ingather.api.authorizations import deciding, recording, showing
from ingather.api.routes import Routes

ALL: tuple[Routes, ...] = (recording.routes, showing.routes, deciding.routes)
"""Recording, showing, deciding."""
