"""What is given and shown about api keys.

Written from the document of the API, never by hand.
"""

from datetime import datetime

from ingather.client.shape import Answered


class ApiKey(Answered):
    """A key of the API."""

    id: str
    name: str
    begins: str
    permissions: tuple[str, ...]
    merchant: str | None
    per_minute: int | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None
    old_token_until: datetime | None
    last_used_at: datetime | None


class Token(Answered):
    """A key and its token, which is shown this once."""

    key: ApiKey
    token: str
