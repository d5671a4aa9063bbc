"""What is given and shown about whoami.

Written from the document of the API, never by hand.
"""

from ingather.client.shape import Answered


class WhoAmI(Answered):
    """Who calls."""

    actor: str
    book: str
    permissions: tuple[str, ...]
    withheld: tuple[str, ...]
    merchant: str | None
    session: str | None
