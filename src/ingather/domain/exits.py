"""How commands end, as numbers that scripts and cron look at."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ends."""

    DONE = 0
    HAS_ERRORS = 1
    USAGE = 2
    NEEDS_APPROVAL = 10
    LIMIT = 11
    REFUSED_BY_BANK = 12
    UNMATCHED = 13
    REPORT_GAP = 20
    IN_DOUBT = 30
    BROKEN_INVARIANT = 40
