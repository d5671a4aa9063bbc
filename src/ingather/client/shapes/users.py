"""What is given and shown about users.

Written from the document of the API, never by hand.
"""

from datetime import datetime

from ingather.client.shape import Answered


class User(Answered):
    """A person."""

    id: str
    name: str
    roles: tuple[str, ...]
    state: str
    has_password: bool
    second_factor: bool
    issuer: str | None
    subject: str | None
    seen_at: datetime | None
    created_at: datetime
    created_by: str


class Once(Answered):
    """A person, and the one-time token with which they choose a password; it is shown this once."""

    user: User
    token: str
