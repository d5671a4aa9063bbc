"""What we asked of the ODFI about returns: to have an entry back, or to take a late return."""

from enum import StrEnum


class OdfiRequestKind(StrEnum):
    """What was asked or agreed to: a request for return is answered by R06, a consent to a late return by R31."""

    RETURN_REQUESTED = "return_requested"
    LATE_RETURN_CONSENTED = "late_return_consented"
