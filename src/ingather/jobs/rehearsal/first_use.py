"""New accounts in a rehearsal: prenotes and micro-entries first, and buyers who read their statements."""

from sqlalchemy import select

from ingather.actions.validating.confirming import confirm_amounts
from ingather.actions.validating.wanting import want_check
from ingather.base.ids import encode_key
from ingather.domain.accounts import CheckState, Holder, ValidationMethod
from ingather.jobs.rehearsal.stage import Stage
from ingather.rules.validation import MICRO_CREDITS
from ingather.store.tables import Account, AccountCheck

FIRST_USE = "first_use"
_EVERY = 2
_MARKS = "AB"


def want_micro_entries(stage: Stage) -> None:
    """Send micro-entries to every second consumer's account; the others' prenotes go by policy."""
    desk = stage.desk
    with desk.view() as ctx:
        chosen = ctx.session.scalars(
            select(Account.id).where(Account.holder == Holder.CONSUMER).order_by(Account.id)
        ).all()[::_EVERY]
    for account_id in chosen:
        with desk.action() as ctx:
            want_check(ctx, account_id, method=ValidationMethod.MICRO_ENTRIES)


def tell_amounts(stage: Stage) -> int:
    """Let buyers whose micro-entries have settled tell what the bank credited to them; returns how many did."""
    with stage.desk.view() as ctx:
        waiting = ctx.session.execute(
            select(AccountCheck.id, AccountCheck.account_id).where(
                AccountCheck.state == CheckState.SEALED,
                AccountCheck.method == ValidationMethod.MICRO_ENTRIES,
                AccountCheck.effective_on <= ctx.today,
            ),
        ).all()
    if not waiting:
        return 0
    told = 0
    by_reference = stage.bank.books().by_reference
    for check_id, account_id in waiting:
        places = [by_reference.get(f"{encode_key(check_id)}{mark}") for mark in _MARKS]
        cents = [place.credited_cents for place in places if place is not None and place.credited_cents]
        # Whose bank will send them back keeps nothing of them, and has nothing to tell.
        if len(cents) == MICRO_CREDITS:
            with stage.desk.action() as ctx:
                confirm_amounts(ctx, account_id, cents)
            told += 1
    return told
