"""Refunds: a credit of our own that gives back some or all of a collected debit, for whatever reason.

Unlike a reversal it has no deadline of the Rules. Its risk is that the debit comes back as well, so until no return can
come any more, by the window of the account's holder, two persons answer for it. (The class of the credit is a row of
``refund_classes``; when two persons are needed after the window is the house's policy.)
"""

from datetime import date

from ingather.domain.accounts import Holder
from ingather.rules.calendar import add_banking_days, extended_return_deadline, return_deadline
from ingather.rules.rows import Row, in_force

_CORPORATE = frozenset({"CCD", "CTX"})


def return_window_ends(settled_on: date, *, holder: str, entry_class: str) -> date:
    """Return the last day on which a return of a debit can settle: two banking days, or sixty days for consumers.

    A business account that was debited under a consumer's class is taken to have the sixty days (the row
    ``r10-business`` of what is not established).
    """
    long = holder != Holder.BUSINESS or entry_class not in _CORPORATE
    return extended_return_deadline(settled_on) if long else return_deadline(settled_on)


def can_come_back(window_ends: date, *, on: date, watermark_on: date | None) -> bool:
    """Return whether a return can still be told of: its last day, or the reports of that day, are not behind us."""
    return on <= window_ends or watermark_on is None or watermark_on < window_ends


def first_night_after(window_ends: date) -> date:
    """Return the first night that may send a refund which waits for the window's end: when its returns are in."""
    return add_banking_days(window_ends, 1)


def needs_second_person(amount_cents: int, *, waits: bool, returnable: bool, dual_over_cents: int) -> bool:
    """Return whether two persons answer for a refund: while the debit can come back, and over the policy's amount.

    ``waits`` says that it is not sent before no return can come any more.
    """
    return amount_cents > dual_over_cents or (returnable and not waits)


def refund_class(holder: str, on: date) -> tuple[str, Row]:
    """Return the SEC code of a refund by who holds the account, and the row that says so; raises ``KeyError``."""
    row = in_force("refund_classes", on)[holder]
    return row.values["sec"], row
