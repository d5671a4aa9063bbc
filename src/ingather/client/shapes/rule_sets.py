"""What is given and shown about rule sets.

Written from the document of the API, never by hand.
"""

from datetime import datetime

from ingather.client.shape import Answered
from ingather.client.shapes.shared import RuleRow


class RuleSet(Answered):
    """A set of rule rows that decisions rested on."""

    id: str
    kept_at: datetime
    rows: tuple[str, ...]


class RuleSetInFull(Answered):
    """A set of rule rows with what they say; ``gone`` are those that this release does not have any more."""

    id: str
    kept_at: datetime
    rows: tuple[str, ...]
    said: tuple[RuleRow, ...]
    gone: tuple[str, ...]
