"""A bank's correction of an account, and what was proven of the account before it.

A correction that answers our own prenote or micro-entries is applied before the first debit, and the check goes on:
the bank vouches for what it says. Any other changes an account that was proven; the house's policy says whether it is
proven anew.
"""

from ingather.actions.blocking import end_validations
from ingather.actions.context import Context
from ingather.actions.rules import policy_of
from ingather.actions.validating.wanting import end_check, open_check
from ingather.domain.accounts import CheckState
from ingather.store.tables import Account


def end_by_correction(ctx: Context, account: Account, *, code: str, answers_check: bool) -> bool:
    """End the validation of an account whose routing or number is another one now; returns whether it ended.

    ``answers_check`` says that the correction is about an entry of a check. A check under way that it is not about
    went to the old number, so it is called off.
    """
    check = open_check(ctx, account.id)
    if answers_check and check is not None:
        return False
    if not policy_of(ctx, account.originator_id).validation.again_after_correction:
        return False
    if check is not None:
        end_check(ctx, check, CheckState.CANCELED, because=code)
    ended = bool(end_validations(ctx, account.originator_id, [account.id], because=code))
    return ended or check is not None
