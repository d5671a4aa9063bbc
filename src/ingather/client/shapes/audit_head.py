"""What is given and shown about audit head.

Written from the document of the API, never by hand.
"""

from datetime import datetime

from ingather.client.shape import Answered


class KeptHead(Answered):
    """An attempt to keep the head of the chain outside the book."""

    place: str
    sequence: int
    hash: str
    at: datetime
    fault: str | None


class AuditHead(Answered):
    """The last record of the chain: whoever keeps it knows of whatever is cut off or made anew before it."""

    sequence: int
    hash: str
    kept: tuple[KeptHead, ...]
