"""Why an order is not debited: every reason with its sentence, the way out and the test over columns.

The first matching row wins, so the order of the table is the order in which a person should hear of obstacles. A
reason without a test of its own (``_nothing``) is given by the limits, which look at many orders together.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingather.rules.due import MAX_PRESENTATIONS, Due, Mask, Terms
from ingather.rules.vocabulary import (
    AccountKind,
    AccountState,
    AmountTerms,
    AuthorizationState,
    Channel,
    Holder,
    NoticeKind,
    OrderStanding,
    PartyState,
    Screening,
)

__all__ = ["DEBITABLE", "FORMAT_LIMIT_MINOR", "REASONS", "REASON_CODES", "Codes", "Reason", "reason_of"]

Codes = npt.NDArray[np.int16]

FORMAT_LIMIT_MINOR = 9_999_999_999
DEBITABLE = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an order is not debited: its id, what it says to a person, the way out, and the test over columns."""

    id: str
    sentence: str
    way_out: str
    test: Callable[[Due, Terms], Mask]


def _returned(due: Due) -> Mask:
    returned: Mask = due.standing == OrderStanding.RETURNED
    return returned


def _retry(due: Due) -> Mask:
    """Return which debits are re-presentments; the one corrected entry after R11 is a new entry."""
    return _returned(due) & ~due.corrected


def _in_states(*states: AuthorizationState) -> Callable[[Due, Terms], Mask]:
    def test(due: Due, _: Terms) -> Mask:
        return np.isin(due.authorization_state, states)

    return test


def _expired(due: Due, terms: Terms) -> Mask:
    standing = np.isin(due.authorization_state, (AuthorizationState.ACTIVE, AuthorizationState.CONSUMED))
    return ~standing | ((due.authorization_valid_to > 0) & (terms.effective_day > due.authorization_valid_to))


def _needs_validation(due: Due, terms: Terms) -> Mask:
    needed: Mask = (due.account_holder == Holder.CONSUMER) & (due.channel == Channel.ONLINE)
    return ~due.account_validated & (needed | terms.validate_every_account)


def _over_entry_limit(due: Due, terms: Terms) -> Mask:
    return due.amount_minor > min(terms.entry_limit_minor or FORMAT_LIMIT_MINOR, FORMAT_LIMIT_MINOR)


def _not_clear(*, of_merchant: bool) -> Callable[[Due, Terms], Mask]:
    def test(due: Due, terms: Terms) -> Mask:
        status = due.merchant_screening if of_merchant else due.buyer_screening
        until = due.merchant_screened_until if of_merchant else due.buyer_screened_until
        lapsed = (until > 0) & (terms.effective_day > until)
        clear = (status == Screening.CLEAR) & ~lapsed
        unasked: Mask = (status == Screening.NONE) & (not terms.screening_required)
        held: Mask = ~(clear | unasked)
        return held

    return test


def _not_as_authorized(due: Due, _: Terms) -> Mask:
    below = due.amount_minor < due.authorization_min_minor
    other = (due.amount_terms == AmountTerms.FIXED) & (due.amount_minor != due.authorization_max_minor)
    outside: Mask = below | other | (due.amount_terms == AmountTerms.UNKNOWN)
    return outside


def _notice_missing(due: Due, terms: Terms) -> Mask:
    amount = (due.notice == NoticeKind.AMOUNT) | (due.notice == NoticeKind.BOTH)
    days = np.where(amount, terms.amount_notice_days, terms.date_notice_days)
    late = (due.noticed_on == 0) | (terms.effective_day < due.noticed_on + days)
    # The first debit is what notice is about; what was presented once is presented again as it was.
    missing: Mask = (due.notice != NoticeKind.NONE) & late & (due.presentations == 0)
    return missing


def _correction_over(due: Due, terms: Terms) -> Mask:
    over: Mask = (due.returned_on == 0) | (terms.effective_day > due.returned_on + terms.corrected_entry_days)
    return _returned(due) & due.corrected & over


def _window_over(due: Due, terms: Terms) -> Mask:
    over: Mask = (due.first_settled_on == 0) | (terms.effective_day > due.first_settled_on + terms.retry_days)
    return _retry(due) & over


def _nothing(due: Due, terms: Terms) -> Mask:  # noqa: ARG001 -- the tests of the table share one signature
    return np.zeros(len(due), np.bool_)


REASONS: tuple[Reason, ...] = (
    Reason(
        id="debitable",
        sentence="The order can be debited.",
        way_out="Nothing to do.",
        test=_nothing,
    ),
    Reason(
        id="state-closed",
        sentence="The order is neither open nor returned, so there is nothing to debit.",
        way_out="Record another instalment if more is owed.",
        test=lambda due, _: (due.standing != OrderStanding.OPEN) & ~_returned(due),
    ),
    Reason(
        id="held",
        sentence="A person holds the order.",
        way_out="Release the hold.",
        test=lambda due, _: due.held,
    ),
    Reason(
        id="entangled",
        sentence="Something is open about an earlier entry of the order, or the money is already here.",
        way_out="Close the dishonour, reversal, refund or doubtful file first.",
        test=lambda due, _: due.entangled,
    ),
    Reason(
        id="suspected-duplicate",
        sentence="The order looks like another one: same buyer, merchant and amount, due within days.",
        way_out="Confirm it with: ingather order confirm, or cancel it.",
        test=lambda due, _: due.suspected,
    ),
    Reason(
        id="amount-not-positive",
        sentence="The amount is zero or negative.",
        way_out="Cancel the order and record it with its amount.",
        test=lambda due, _: due.amount_minor <= 0,
    ),
    Reason(
        id="merchant-suspended",
        sentence="The merchant is not active.",
        way_out="Activate the merchant, or cancel the order.",
        test=lambda due, _: due.merchant_state != PartyState.ACTIVE,
    ),
    Reason(
        id="merchant-screening",
        sentence="The screening of the merchant is missing, has lapsed or found a match.",
        way_out="Record a clear screening of the merchant.",
        test=_not_clear(of_merchant=True),
    ),
    Reason(
        id="payout-abroad",
        sentence="The merchant is paid out abroad, and the ODFI's written view of that is not on record.",
        way_out="Record the ODFI's view whether these debits are international.",
        test=lambda due, _: ~due.payable,
    ),
    Reason(
        id="company-name-unregistered",
        sentence="The merchant's company name is not one the bank has registered for us.",
        way_out="Have the name registered with the bank and add it to the bank profile.",
        test=lambda due, _: ~due.company_name_registered,
    ),
    Reason(
        id="buyer-blocked",
        sentence="The buyer may not be debited.",
        way_out="Clear the block on the buyer, or cancel the order.",
        test=lambda due, _: due.buyer_state != PartyState.ACTIVE,
    ),
    Reason(
        id="buyer-screening",
        sentence="The screening of the buyer is missing, has lapsed or found a match.",
        way_out="Record a clear screening of the buyer.",
        test=_not_clear(of_merchant=False),
    ),
    Reason(
        id="authorization-missing",
        sentence="The order has no authorization, or one that the buyer has not given yet.",
        way_out="Obtain the buyer's authorization and name it on the order.",
        test=_in_states(AuthorizationState.NONE, AuthorizationState.DRAFT),
    ),
    Reason(
        id="authorization-revoked",
        sentence="The buyer has revoked the authorization.",
        way_out="Obtain a new authorization, or collect in another way.",
        test=_in_states(AuthorizationState.REVOKED),
    ),
    Reason(
        id="authorization-suspended",
        sentence="The authorization is suspended.",
        way_out="Clear up why with the buyer, then resume it.",
        test=_in_states(AuthorizationState.SUSPENDED),
    ),
    Reason(
        id="authorization-superseded",
        sentence="The authorization has been replaced by a newer one.",
        way_out="Name the newer authorization on the order.",
        test=_in_states(AuthorizationState.SUPERSEDED),
    ),
    Reason(
        id="authorization-consumed",
        sentence="The authorization was for one debit, and that debit has been made.",
        way_out="Obtain an authorization for this order.",
        test=lambda due, _: (due.authorization_state == AuthorizationState.CONSUMED) & (due.presentations == 0),
    ),
    Reason(
        id="authorization-expired",
        sentence="The authorization has expired or ends before the debit would settle.",
        way_out="Obtain a new authorization.",
        test=_expired,
    ),
    Reason(
        id="authorization-not-yet-valid",
        sentence="The debit would settle before the day from which the buyer authorized it.",
        way_out="Wait until the authorization begins.",
        test=lambda due, terms: terms.effective_day < due.authorization_valid_from,
    ),
    Reason(
        id="amount-over-authorization",
        sentence="The amount is more than the buyer authorized.",
        way_out="Obtain an authorization for the amount, or divide what is owed as the buyer agrees.",
        test=lambda due, _: (due.authorization_max_minor > 0) & (due.amount_minor > due.authorization_max_minor),
    ),
    Reason(
        id="amount-not-as-authorized",
        sentence="The amount is not the one, or below the range, that the buyer authorized.",
        way_out="Obtain an authorization for the amount, or correct the order.",
        test=_not_as_authorized,
    ),
    Reason(
        id="notice-missing",
        sentence="The buyer has not had the notice that a debit of another amount or date needs, or not long enough.",
        way_out="Send the notice, record it with: ingather authorization notified, and wait out its days.",
        test=_notice_missing,
    ),
    Reason(
        id="account-under-check",
        sentence="The account is being validated; nothing is debited from it before the validation ends.",
        way_out="Wait for the prenote's days to pass, or enter what the buyer says of the micro-entries.",
        test=lambda due, _: due.account_state == AccountState.UNDER_CHECK,
    ),
    Reason(
        id="account-blocked",
        sentence="The account may not be debited any more.",
        way_out="Obtain another account from the buyer.",
        test=lambda due, _: due.account_state != AccountState.ACTIVE,
    ),
    Reason(
        id="change-overdue",
        sentence="The buyer's bank asked for a change of the account, and its six banking days are over.",
        way_out="Apply, leave or refuse it: ingather change list.",
        test=lambda due, terms: (due.change_due_on > 0) & (terms.sent_day > due.change_due_on),
    ),
    Reason(
        id="account-kind-unknown",
        sentence="It is not known whether the account is checking or savings, or who holds it.",
        way_out="Complete the account.",
        test=lambda due, _: (
            ~((due.account_kind == AccountKind.CHECKING) | (due.account_kind == AccountKind.SAVINGS))
            | ~((due.account_holder == Holder.BUSINESS) | (due.account_holder == Holder.CONSUMER))
            | ~((due.channel == Channel.ONLINE) | (due.channel == Channel.PHONE) | (due.channel == Channel.PAPER))
        ),
    ),
    Reason(
        id="routing-invalid",
        sentence="The routing number's check digit is wrong.",
        way_out="Ask the buyer for the routing number.",
        test=lambda due, _: ~due.routing_valid,
    ),
    Reason(
        id="account-not-validated",
        sentence="The account is not validated, which a debit authorized online needs at its first use and after a "
        "change of the number.",
        way_out="Validate the account by prenote, micro-entries, a validation service or debit history.",
        test=_needs_validation,
    ),
    Reason(
        id="authorization-used",
        sentence="Another order of this night uses the same authorization, which is for one debit.",
        way_out="Obtain an authorization for this order.",
        test=_nothing,
    ),
    Reason(
        id="entry-limit",
        sentence="The amount is over the bank's limit for one entry.",
        way_out="Ask the bank for a higher limit; the amount is never divided to fit.",
        test=_over_entry_limit,
    ),
    Reason(
        id="return-final",
        sentence="The reason of the last return does not allow the debit to be presented again.",
        way_out="Fail the order, or collect it under a new authorization or account.",
        test=lambda due, _: _retry(due) & ~due.retryable,
    ),
    Reason(
        id="retries-exhausted",
        sentence="The debit has been presented as often as the Rules allow.",
        way_out="Fail the order and collect in another way.",
        # The one corrected debit is no retry: it counts among the presentations, not against our own fewer retries.
        test=lambda due, terms: (
            due.presentations >= np.where(due.corrected, MAX_PRESENTATIONS, terms.max_presentations)
        ),
    ),
    Reason(
        id="correction-window-over",
        sentence="More than 60 days have passed since the return that allowed one corrected debit.",
        way_out="Fail the order, or collect it under a new authorization.",
        test=_correction_over,
    ),
    Reason(
        id="retry-window-over",
        sentence="More than 180 days have passed since the first presentation settled.",
        way_out="Fail the order and collect in another way.",
        test=_window_over,
    ),
    Reason(
        id="not-yet-due",
        sentence="The debit would settle before the day it is due or planned for.",
        way_out="Wait for the day.",
        test=lambda due, terms: np.maximum(due.due_on, due.collect_on) > terms.effective_day,
    ),
    Reason(
        id="no-route",
        sentence="No route leads this entry class and amount to a bank.",
        way_out="Add a route for it.",
        test=lambda due, _: ~due.routed,
    ),
    Reason(
        id="buyer-limit",
        sentence="The buyer has reached the limit of one day.",
        way_out="It is planned again on the next day.",
        test=_nothing,
    ),
    Reason(
        id="merchant-limit",
        sentence="The merchant has reached its limit for one night.",
        way_out="It is planned again tomorrow; raise the merchant's limit if this repeats.",
        test=_nothing,
    ),
    Reason(
        id="night-limit",
        sentence="The bank's limit for one night has been used up by orders due earlier.",
        way_out="It is planned again tomorrow; ask the bank for a higher limit if this repeats.",
        test=_nothing,
    ),
    Reason(
        id="exposure-limit",
        sentence="The debits whose return window is open have reached the bank's exposure limit.",
        way_out="It is planned again as windows close; ask the bank for a higher limit if this repeats.",
        test=_nothing,
    ),
)
"""Every reason by its code, the position in this table; 0 means debitable."""

REASON_CODES: dict[str, int] = {reason.id: code for code, reason in enumerate(REASONS)}


def reason_of(code: int) -> Reason:
    """Return the row of a reason code; raises ``IndexError`` for a code that is not in the table."""
    if not 0 <= code < len(REASONS):
        message = f"no reason has the code {code}"
        raise IndexError(message)
    return REASONS[code]
