"""What is given and shown about policy.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingather.client.shape import Answered


class Policy(Answered):
    """The house's policy in force."""

    id: str
    version: int
    taken_by: str | None
    taken_at: datetime | None
    sha256: str | None
    policy: Mapping[str, Any]
    toml: str


class PolicyCheck(Answered):
    """Whether a text is a policy that can be used."""

    ok: bool
    name: str | None
    problems: tuple[str, ...]
