"""The buyer's answer to micro-entries: the amounts of the two credits, tried a few times and shown to nobody."""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import select

from ingather.actions.accounts import locked_account, note_validations
from ingather.actions.blocking import note_not_valid
from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.actions.rules import policy_of
from ingather.actions.validating.wanting import end_check, note_passed, open_check
from ingather.base.ids import Prefix, public_id
from ingather.domain.accounts import CheckState, ValidationMethod
from ingather.domain.cases import CaseKind
from ingather.domain.entries import EntryKind
from ingather.domain.refusals import WrongState
from ingather.store.tables import Account, AccountCheck, AccountCheckEntry, Batch, Entry

WRONG_AMOUNTS = "wrong-amounts"


class Answer(StrEnum):
    """What the buyer's amounts came to."""

    RIGHT = "right"
    WRONG = "wrong"
    FAILED = "failed"


def confirm_amounts(ctx: Context, account_id: int, cents: Sequence[int]) -> Answer:
    """Compare what the buyer says with what was credited, in any order, and return what it came to.

    The last wrong answer that the house's policy allows fails the check. Raises ``NoSuch``; ``WrongState`` when no
    micro-entries to the account are under way, or when they have not settled yet.
    """
    account = locked_account(ctx, account_id)
    name = public_id(Prefix.ACCOUNT, account_id)
    check = open_check(ctx, account_id)
    if check is None or check.method != ValidationMethod.MICRO_ENTRIES or check.state != CheckState.SEALED:
        fact = f"no micro-entries to account {name} wait for an answer"
        raise WrongState(fact, "Send some with: ingather account validate ID --method micro-entries")
    credited = ctx.session.execute(
        select(Entry.amount_cents, Batch.settled_on)
        .join(AccountCheckEntry, AccountCheckEntry.entry_id == Entry.id)
        .join(Batch, Batch.id == Entry.batch_id)
        .where(AccountCheckEntry.check_id == check.id, Entry.kind == EntryKind.MICRO_CREDIT, Entry.ended.is_(None)),
    ).all()
    if not credited or any(row.settled_on is None or row.settled_on > ctx.today for row in credited):
        fact = f"the micro-entries to account {name} have not settled, so nobody can have seen them"
        raise WrongState(fact, f"Ask the buyer once they have, on {check.effective_on} or later")
    if sorted(cents) == sorted(row.amount_cents for row in credited):
        end_check(ctx, check, CheckState.PASSED, because=None)
        method = ValidationMethod.MICRO_ENTRIES
        evidence = "the buyer told the amounts of both credits"
        note_validations(ctx, [account_id], method=[method], validated_on=[ctx.today], evidence=evidence)
        note_passed(ctx, account.originator_id, [account_id], method=method, once=[str(check.id)])
        answer = Answer.RIGHT
    else:
        check.attempts += 1
        check.version += 1
        allowed = policy_of(ctx, account.originator_id).validation.micro_attempts
        answer = Answer.WRONG if check.attempts < allowed else Answer.FAILED
        if answer is Answer.FAILED:
            _fail(ctx, account, check)
    ctx.session.flush()
    ctx.audit("confirm_amounts", name, answer=str(answer), attempts=check.attempts)
    return answer


def _fail(ctx: Context, account: Account, check: AccountCheck) -> None:
    end_check(ctx, check, CheckState.FAILED, because=WRONG_AMOUNTS)
    note_not_valid(ctx, account.originator_id, account.id, because=WRONG_AMOUNTS)
    name = public_id(Prefix.ACCOUNT, account.id)
    open_case(
        ctx,
        CaseKind.VALIDATION_FAILED,
        originator_id=account.originator_id,
        once=str(check.id),
        subject=name,
        sentence=f"The buyer told wrong amounts of the micro-entries to account {name} {check.attempts} times. Find "
        "out who holds the account before anything is sent to it again.",
        owner="operator",
    )
