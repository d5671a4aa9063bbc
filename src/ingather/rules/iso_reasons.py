"""What an ISO 20022 reason of a return leads to: a class of action, never a return code of the Rules.

Several codes of the Rules become one ISO code, so that none can be made from it: what it says is told to a person, and
the return is applied when the bank tells of it with a code of the Rules.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ingather.rules.rows import Row, in_force

_TABLE = "iso_reasons"
_ANY = "*"


class IsoAction(StrEnum):
    """What an ISO reason suggests doing once the return's own code is known."""

    RETRYABLE = "retryable"
    FIX_ACCOUNT = "fix_account"
    STOP = "stop"
    UNAUTHORISED = "unauthorised"
    INVESTIGATE = "investigate"


_IN_WORDS = {
    IsoAction.RETRYABLE: "It may be presented again once the return is applied.",
    IsoAction.FIX_ACCOUNT: "Ask the buyer for another account before anything is debited again.",
    IsoAction.STOP: "Debit nothing more under this authorization until the buyer has agreed anew.",
    IsoAction.UNAUTHORISED: "The buyer says it was not authorized: debit nothing more, and find the proof.",
    IsoAction.INVESTIGATE: "Ask the bank why it came back.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IsoReason:
    """An ISO reason: its class of action, what it means, and the row that says so."""

    code: str
    action: IsoAction
    meaning: str
    row: Row

    @property
    def in_words(self) -> str:
        """Return what to do, as a sentence."""
        return _IN_WORDS[self.action]


def iso_reason(code: str, on: date) -> IsoReason:
    """Return what an ISO reason leads to by the rows in force on a day; a code no row knows is to be asked about."""
    found = in_force(_TABLE, on)
    row = found.get(code) or found[_ANY]
    return IsoReason(code=code, action=IsoAction(row.values["action"]), meaning=row.values["meaning"], row=row)
