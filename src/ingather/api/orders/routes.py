"""Every route about orders, in the order in which the document shows them."""

from ingather.api.orders import deciding, explaining, recording, showing
from ingather.api.routes import Routes

ALL: tuple[Routes, ...] = (recording.routes, showing.routes, explaining.routes, deciding.routes)
"""Recording, showing, explaining, deciding."""
