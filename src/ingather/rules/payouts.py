"""Payouts to merchants: the class of a credit of ours to a business account, as a dated row."""

from datetime import date

from ingather.domain.accounts import Holder
from ingather.rules.rows import Row, in_force


def payout_class(on: date) -> tuple[str, Row]:
    """Return the SEC code of a payout on a day and the row that says so; a merchant's account is a business account."""
    row = in_force("payout_classes", on)[Holder.BUSINESS]
    return row.values["sec"], row
