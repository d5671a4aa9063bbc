"""On which rule each request to the ODFI rests: the clock that says until when somebody has to do what we ask."""

from datetime import date
from types import MappingProxyType

from ingather.domain.returns import OdfiRequestKind
from ingather.rules.rows import Row, in_force

_CLOCKS = MappingProxyType(
    {
        OdfiRequestKind.RETURN_REQUESTED: "request-answer",
        OdfiRequestKind.DISHONOUR: "dishonour",
        OdfiRequestKind.REFUSE_CHANGE: "change-refuse",
        OdfiRequestKind.STATEMENT_COPY: "statement-copy",
    }
)


def basis_of(kind: OdfiRequestKind, on: date) -> Row | None:
    """Return the row of the clock that a request rests on, None where the Rules set no day, as for a consent."""
    return in_force("clocks", on).get(_CLOCKS.get(kind, ""))
