"""What is given and shown about audit records.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingather.client.shape import Answered


class AuditRecord(Answered):
    """What somebody did: one record an action, never changed, chained by hash."""

    id: str
    sequence: int
    at: datetime
    actor: str
    verb: str
    subject: str
    detail: Mapping[str, Any]
    previous: str
    hash: str
