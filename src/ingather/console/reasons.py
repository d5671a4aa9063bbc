"""The reason that an act of the console asks for: somebody reads it in the audit trail."""

from ingather.console.visits import Visit
from ingather.domain.refusals import Unreadable

LONGEST = 500


def reason_of(visit: Visit) -> str:
    """Return the reason that a form gave; raises ``Unreadable`` without one, and for one that nobody reads."""
    reason = visit.form.get("reason", "").strip()
    if not reason or len(reason) > LONGEST:
        fact = f"the reason is missing, or longer than {LONGEST} characters"
        raise Unreadable(fact, "Say why in a sentence: it stands in the audit trail")
    return reason
