"""What is given and shown about worker.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingather.client.shape import Answered


class Due(Answered):
    """A run of the timetable."""

    kind: str
    about: str
    due_at: datetime


class Run(Answered):
    """One run of the worker."""

    id: str
    kind: str
    about: str
    state: str
    due_at: datetime
    started_at: datetime
    ended_at: datetime | None
    exit_code: int | None
    result: Mapping[str, Any] | None
    fault: str | None
    holder: str


class Timetable(Answered):
    """When each kind of run was due last, and when the next one is."""

    due: tuple[Due, ...]
    next_at: datetime
