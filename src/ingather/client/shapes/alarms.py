"""What is given and shown about alarms.

Written from the document of the API, never by hand.
"""

from ingather.client.shape import Answered


class Alarm(Answered):
    """Something that should have happened and has not."""

    id: str
    severity: str
    subject: str
    since: str | None
    sentence: str
    commands: tuple[str, ...]
    runbook: str


class Alarms(Answered):
    """Everything that is wrong now; nothing is good news."""

    ok: bool
    data: tuple[Alarm, ...]
