"""What we asked of the ODFI, which alone speaks to the other banks, and how a return that we dispute stands."""

from enum import StrEnum


class OdfiRequestKind(StrEnum):
    """What was asked or agreed to.

    A request for return is answered by R06, a consent to a late return by R31; the ODFI dishonors returns, refuses
    notifications of change and asks for a copy of a written statement of unauthorized debit.
    """

    RETURN_REQUESTED = "return_requested"
    LATE_RETURN_CONSENTED = "late_return_consented"
    DISHONOUR = "dishonour"
    REFUSE_CHANGE = "refuse_change"
    STATEMENT_COPY = "statement_copy"


class RequestState(StrEnum):
    """Where a request stands: recorded, told to the ODFI, answered by it, or taken back before it was told."""

    ASKED = "asked"
    SENT = "sent"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class DisputeState(StrEnum):
    """How a return that we dispute stands.

    ``CHOSEN``: the ODFI is asked to dishonor it; ``DISHONOURED``: it did, and our account was credited; ``UNDONE``:
    nobody contested in time, the return never was; ``STANDS``: it was contested, or not dishonored in time;
    ``REPLACED``: a corrected return took its place; ``WITHDRAWN``: we let it be before the ODFI was told.
    """

    CHOSEN = "chosen"
    DISHONOURED = "dishonoured"
    UNDONE = "undone"
    STANDS = "stands"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


OPEN_DISPUTES = frozenset({DisputeState.CHOSEN, DisputeState.DISHONOURED})
"""While one of these is about an order's return, the order is not debited again (invariant I15)."""
