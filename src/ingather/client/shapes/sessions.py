"""What is given and shown about sessions.

Written from the document of the API, never by hand.
"""

from datetime import datetime

from ingather.client.shape import Answered


class Factor(Answered):
    """A new second factor, shown this once."""

    uri: str
    secret: str


class Session(Answered):
    """A sign-in."""

    id: str
    user: str
    roles: tuple[str, ...]
    begun_at: datetime
    proven_at: datetime
    expires_at: datetime
    second_factor: bool
