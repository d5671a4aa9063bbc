"""What a night decides about and under: the columns of the orders that may be due, and the terms of the bank."""

from dataclasses import dataclass, fields
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[np.integer]
Int64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

MAX_PRESENTATIONS = 3

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """``n`` orders that may be due, as the store hands them out; every column is ``(n,)``.

    Days are days since 1970-01-01; 0 means "none" for ``authorization_valid_to``, ``collect_on`` and
    ``first_settled_on``. Amounts are minor units; ``authorization_max_minor`` 0 means no maximum. Columns of words
    hold the codes of ``ingather.rules.vocabulary``. ``account_holder`` decides, never the buyer. ``presentations``
    counts the debits already made; ``retryable`` says that the last return may be re-presented; ``entangled`` that a
    dishonour, contest, reversal, refund or doubtful file is open about one of the order's entries, or ended with the
    money with us. ``channel`` is that of the act which started the debit. ``notice`` says what the buyer must be told
    first and ``noticed_on`` when that was. ``suspected`` looks like another order and nobody has confirmed it;
    ``corrected`` is the one corrected entry after R11, whose return settled on ``returned_on``. A screening counts
    until ``…_screened_until``, 0 for as long as nothing newer is known. ``payable`` is false for a merchant paid out
    abroad without the ODFI's view on record. ``change_due_on`` is the last day before a change that the buyer's bank
    asked for must be in the account, 0 where none waits.
    """

    order_id: Int64
    buyer_id: Int64
    merchant_id: Int64
    authorization_id: Int64
    standing: Column
    amount_minor: Int64
    due_on: Int64
    collect_on: Int64
    held: Mask
    entangled: Mask
    presentations: Column
    retryable: Mask
    first_settled_on: Int64
    authorization_state: Column
    authorization_kind: Column
    authorization_valid_from: Int64
    authorization_valid_to: Int64
    authorization_max_minor: Int64
    authorization_min_minor: Int64
    amount_terms: Column
    notice: Column
    noticed_on: Int64
    suspected: Mask
    same_day: Mask
    corrected: Mask
    returned_on: Int64
    channel: Column
    account_state: Column
    account_kind: Column
    account_holder: Column
    account_validated: Mask
    change_due_on: Int64
    routing_valid: Mask
    merchant_state: Column
    company_name_registered: Mask
    payable: Mask
    merchant_screening: Column
    merchant_screened_until: Int64
    buyer_state: Column
    buyer_screening: Column
    buyer_screened_until: Int64
    routed: Mask
    goods: Mask

    def __post_init__(self) -> None:
        """Refuse columns of different lengths: they would decide about the wrong orders."""
        lengths = {len(getattr(self, field.name)) for field in fields(self)}
        if len(lengths) != 1:
            message = f"the columns of due orders have different lengths: {sorted(lengths)}"
            raise ValueError(message)

    def __len__(self) -> int:
        """Return the number of orders."""
        return len(self.order_id)

    def take(self, chosen: npt.NDArray[np.integer] | Mask) -> "Due":
        """Return the chosen orders, by a mask or by positions, in that order."""
        return Due(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a night decides under: the effective date, the limits and the policy of the bank profile.

    Limits are minor units; 0 means none. Days of notice, correction and retry are calendar days. ``sent_on`` is the day
    on which the debits go out, without one the effective date.
    """

    effective_on: date
    entry_limit_minor: int = 0
    max_presentations: int = MAX_PRESENTATIONS
    validate_every_account: bool = False
    screening_required: bool = False
    amount_notice_days: int = 10
    date_notice_days: int = 7
    corrected_entry_days: int = 60
    retry_days: int = 180
    sent_on: date | None = None

    @property
    def effective_day(self) -> int:
        """Return the effective date as days since 1970."""
        return (self.effective_on - _EPOCH) // timedelta(days=1)

    @property
    def sent_day(self) -> int:
        """Return the day on which the debits go out as days since 1970."""
        return ((self.sent_on or self.effective_on) - _EPOCH) // timedelta(days=1)
