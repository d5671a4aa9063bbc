"""Return fees: which returned debits may bear one, and until when.

Only a return for lack of funds does, only where the buyer had notice of the fee before authorizing, once for each
returned debit, never for a fee, within 45 days of the return. Which amount a state allows is the merchant's to know:
no merchant has a fee unless it is set. (Nacha Operating Rules, return fee entries; the table ``return_fees``.)
"""

from datetime import date

from ingather.rules.clocks import clock
from ingather.rules.deadlines import deadline
from ingather.rules.rows import Row, in_force

RETURN_FEE_CLOCK = "return-fee"


def bears_fee(code: str, on: date) -> bool:
    """Return whether a debit returned with this code on a day may bear a fee."""
    return _row(code, on) is not None


def last_day_of_fee(returned_on: date) -> date:
    """Return the last day on which the fee for a return that settled on a day may settle."""
    return deadline(RETURN_FEE_CLOCK, returned_on)


def rows_of_fee(code: str, on: date) -> tuple[Row, ...]:
    """Return the rows that a fee for a return with this code rests on; none where it bears no fee."""
    row = _row(code, on)
    return () if row is None else (row, clock(RETURN_FEE_CLOCK, on).row)


def _row(code: str, on: date) -> Row | None:
    return next((row for row in in_force("return_fees", on).values() if row.values["code"] == code), None)
