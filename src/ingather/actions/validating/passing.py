"""What validates an account of itself: a prenote's silence, and a debit that was collected.

Silence is proof only when the feed is complete: while a report is missing, a prenote waits however many days pass.
"""

from collections.abc import Sequence

from sqlalchemy import exists, select, update

from ingather.actions.accounts import note_validations
from ingather.actions.context import Context
from ingather.actions.validating.wanting import note_passed
from ingather.domain.accounts import AccountState, CheckState, ValidationMethod
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.entries import COLLECTING
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import FileState
from ingather.domain.orders import OrderState
from ingather.rules.validation import proofs, silence_after
from ingather.store.tables import (
    Account,
    AccountCheck,
    AccountCheckEntry,
    Authorization,
    Batch,
    Case,
    Entry,
    Fact,
    Feed,
    File,
    Order,
    Route,
)

_TAKEN = (FileState.ACCEPTED, FileState.ACCEPTED_WITH_REJECTS)
_AT_ONCE = 5_000


def pass_checks(ctx: Context, originator_id: int) -> int:
    """Validate the accounts whose prenotes nobody answered; returns how many.

    A prenote passes from the opening of the third banking day after its settlement on, once the feed is complete
    through the second, unless it came back or a notification of change about it still waits for a person.
    """
    unsettled = exists().where(Case.entry_id == Entry.id, Case.kind == CaseKind.CHANGE, Case.state == CaseState.OPEN)
    waiting = ctx.session.execute(
        select(AccountCheck.id, AccountCheck.account_id, AccountCheck.effective_on, File.name, Feed.watermark_on)
        .join(AccountCheckEntry, AccountCheckEntry.check_id == AccountCheck.id)
        .join(Entry, Entry.id == AccountCheckEntry.entry_id)
        .join(File, File.id == Entry.file_id)
        .join(Route, Route.id == File.route_id)
        .join(Feed, Feed.id == Route.feed_id)
        .where(
            AccountCheck.originator_id == originator_id,
            AccountCheck.state == CheckState.SEALED,
            AccountCheck.method == ValidationMethod.PRENOTE,
            AccountCheck.passes_on <= ctx.today,
            Entry.ended.is_(None),
            File.state.in_(_TAKEN),
            ~unsettled,
        )
        .order_by(AccountCheck.id),
    ).all()
    passed = [
        row
        for row in waiting
        if row.watermark_on is not None and row.watermark_on >= silence_after(row.effective_on).complete_through
    ]
    for start in range(0, len(passed), _AT_ONCE):
        part = [row.id for row in passed[start : start + _AT_ONCE]]
        ctx.session.execute(
            update(AccountCheck)
            .where(AccountCheck.id.in_(part), AccountCheck.state == CheckState.SEALED)
            .values(state=CheckState.PASSED, version=AccountCheck.version + 1)
            .execution_options(synchronize_session=False),
        )
    method = ValidationMethod.PRENOTE
    for effective_on, name in sorted({(row.effective_on, row.name) for row in passed}):
        mine = [row for row in passed if (row.effective_on, row.name) == (effective_on, name)]
        account_ids = [row.account_id for row in mine]
        note_validations(
            ctx,
            account_ids,
            method=[method] * len(mine),
            validated_on=[ctx.today] * len(mine),
            evidence=f"the prenote that settled on {effective_on} in file {name}, and complete reports since",
        )
        note_passed(ctx, originator_id, account_ids, method=method, once=[str(row.id) for row in mine])
    if passed:
        ctx.audit("pass_checks", "book", accounts=len(passed))
    return len(passed)


def note_earlier_debits(ctx: Context, batches: Sequence[Batch]) -> int:
    """Validate the accounts whose debits in these batches are collected now, unless they were; returns how many.

    A debit says nothing about an account that was changed, returned or blocked since the debit was sealed.
    """
    if ValidationMethod.EARLIER_DEBIT not in proofs(ctx.today):
        return 0
    ended_since = exists().where(
        Fact.scope == Scope.ACCOUNT,
        Fact.subject_id == Account.id,
        Fact.kind.in_([FactKind.VALIDATION_FAILED, FactKind.CORRECTED, FactKind.BLOCKED]),
        Fact.recorded_at >= File.sealed_at,
    )
    found: set[int] = set()
    for start in range(0, len(batches), _AT_ONCE):
        part = batches[start : start + _AT_ONCE]
        found.update(
            ctx.session.scalars(
                select(Account.id)
                .distinct()
                .select_from(Entry)
                .join(File, File.id == Entry.file_id)
                .join(Order, Order.id == Entry.order_id)
                .join(Authorization, Authorization.id == Order.authorization_id)
                .join(Account, Account.id == Authorization.account_id)
                .where(
                    Entry.file_id.in_({batch.file_id for batch in part}),
                    Entry.batch_id.in_([batch.id for batch in part]),
                    Entry.kind.in_(COLLECTING),
                    Entry.ended.is_(None),
                    Order.state == OrderState.COLLECTED,
                    Account.validated.is_(False),
                    Account.state == AccountState.ACTIVE,
                    ~ended_since,
                ),
            ),
        )
    account_ids = sorted(found)
    if account_ids:
        note_validations(
            ctx,
            account_ids,
            method=[ValidationMethod.EARLIER_DEBIT] * len(account_ids),
            validated_on=[ctx.today] * len(account_ids),
            evidence="a debit of it was collected",
        )
        ctx.audit("note_earlier_debits", "book", accounts=len(account_ids))
    return len(account_ids)
