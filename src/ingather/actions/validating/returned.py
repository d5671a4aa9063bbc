"""Returns of prenotes and micro-entries: the account is not what it was said to be, and the check has failed.

They move no order. Micro-entries that come back move their cents, at the house's cost.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update

from ingather.actions.authorizations.states import judge_again
from ingather.actions.authorizations.stopping import end_authorizations, suspend_authorizations
from ingather.actions.blocking import block_accounts, end_validations, note_not_valid
from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.actions.files.sending import prove_delivery
from ingather.actions.holders import correct_holders
from ingather.actions.ledger import post
from ingather.actions.matches.plain import Plain, record_plain_matches
from ingather.actions.matching import CheckMatch, Wanted, match_checks
from ingather.actions.merchants import suspend_buyers
from ingather.actions.returns.keeping import row_of
from ingather.actions.returns.taking import Applied, item_keys
from ingather.actions.rules import keep_rules
from ingather.actions.validating.wanting import end_check
from ingather.base.ids import Prefix, public_id
from ingather.domain.accounts import CheckState, ValidationMethod
from ingather.domain.cases import CaseKind
from ingather.domain.entries import EntryEnd, EntryKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.ledger import JournalKind
from ingather.reports.items import Returns
from ingather.rules.return_codes import Block, ReturnReason, Until, return_reason
from ingather.store.tables import Account, AccountCheck, Batch, Entry, Return

_SENT = {ValidationMethod.PRENOTE: "prenote", ValidationMethod.MICRO_ENTRIES: "micro-entry"}
_BOOKED = {EntryKind.MICRO_CREDIT: JournalKind.MICRO_CREDITED, EntryKind.MICRO_DEBIT: JournalKind.MICRO_DEBITED}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReturns:
    """What became of the returns of checks, and the other items of the report, which are about orders."""

    applied: Applied
    rest: Returns


def apply_check_returns(
    ctx: Context, originator_id: int, report_id: int, items: Returns, *, told_on: date
) -> CheckReturns:
    """Apply those returns of a report that are about prenotes and micro-entries, each once.

    ``told_on`` stands for the settlement date where the report has none. A second return of an entry is a case with
    its money in suspense.
    """
    matches = match_checks(
        ctx,
        originator_id,
        Wanted(
            reference=items.identification,
            trace=items.original_trace,
            amount_cents=items.amount_cents,
            company_identification=items.company_identification,
        ),
    )
    mine = [index for index, match in enumerate(matches) if match is not None]
    outcome = Applied()
    if not mine:
        return CheckReturns(applied=outcome, rest=items)
    prove_delivery(
        ctx, [match.file_id for match in matches if match is not None], by="the bank returned an entry of it"
    )
    known, keys = _known(ctx, originator_id, items, mine)
    taken: list[tuple[Return, CheckMatch]] = []
    again: list[tuple[Return, CheckMatch]] = []
    for index, key in zip(mine, keys, strict=True):
        match = matches[index]
        if match is None or key in known:
            outcome.known += 1
            continue
        row = _row(ctx, originator_id, report_id, items, index, key, match)
        ctx.session.add(row)
        if match.ended is not None or any(match.entry_id == other.entry_id for _, other in taken):
            outcome.unmatched += 1
            _twice(ctx, row, match)
            again.append((row, match))
            continue
        row.applied = True
        taken.append((row, match))
        outcome.applied += 1
        outcome.codes[row.code] += 1
    ctx.session.flush()
    record_plain_matches(ctx, originator_id, [_plain(row, match) for row, match in taken])
    for row, match in taken:
        _fail(ctx, row, match, returned_on=row.returned_on or told_on)
    _book(ctx, originator_id, report_id, [*taken, *again], on=told_on)
    others = sorted(set(range(len(items))) - set(mine))
    rest = Returns(**{name: [getattr(items, name)[index] for index in others] for name in Returns.column_names()})
    return CheckReturns(applied=outcome, rest=rest)


def _plain(row: Return, match: CheckMatch) -> Plain:
    cents = -row.amount_cents if match.kind == EntryKind.MICRO_DEBIT else row.amount_cents
    return Plain(row.id, match.entry_id, match.batch_id, cents, match.rule)


def _known(ctx: Context, originator_id: int, items: Returns, mine: list[int]) -> tuple[set[bytes], list[bytes]]:
    """Return which of these items are in the book already, and the key of each."""
    columns = (items.reason, items.original_trace, items.return_trace, items.amount_cents, items.identification)
    told: list[list[object]] = [[str(column[index]).strip() for index in mine] for column in columns]
    keys = item_keys([["check"] * len(mine), *told])
    known = ctx.session.scalars(
        select(Return.item_key).where(Return.originator_id == originator_id, Return.item_key.in_(keys))
    )
    return set(known), keys


def _row(
    ctx: Context, originator_id: int, report_id: int, items: Returns, index: int, key: bytes, match: CheckMatch
) -> Return:
    return row_of(
        ctx, originator_id, report_id, items, index, key=key, entry_id=match.entry_id, batch_id=match.batch_id,
        matched_by=match.rule,
    )  # fmt: skip


def _twice(ctx: Context, row: Return, match: CheckMatch) -> None:
    open_case(
        ctx,
        CaseKind.DUPLICATE_RETURN,
        originator_id=row.originator_id,
        once=row.item_key.hex(),
        subject=public_id(Prefix.RETURN, row.id),
        sentence=f"A return {row.code} came for a {match.kind.replace('_', '-')} that was returned before. Ask the "
        "ODFI to dishonor the second return.",
        entry_id=match.entry_id,
        suspense_minor=row.amount_cents,
    )


def _fail(ctx: Context, row: Return, match: CheckMatch, *, returned_on: date) -> None:
    """End a check because an entry of it came back, and stop what the code stops."""
    ctx.session.execute(
        update(Entry)
        .where(Entry.id == match.entry_id)
        .values(ended=EntryEnd.RETURNED)
        .execution_options(synchronize_session=False),
    )
    ctx.fact(
        FactKind.RETURNED, scope=Scope.ENTRY, subject=match.entry_id, originator=row.originator_id, on=returned_on,
        code=row.code, account=match.account_id,
    )  # fmt: skip
    reason = return_reason(row.code, on=returned_on, information=row.information)
    if reason is not None:
        row.rule_set_id = keep_rules(ctx, [reason.row.id])
    check = ctx.session.execute(
        select(AccountCheck).where(AccountCheck.id == match.check_id).with_for_update()
    ).scalar_one()
    if check.state == CheckState.FAILED:
        return
    # What silence or the buyer had proven is disproven, however late.
    end_check(ctx, check, CheckState.FAILED, because=row.code)
    if not end_validations(ctx, row.originator_id, [check.account_id], because=row.code):
        note_not_valid(ctx, row.originator_id, check.account_id, because=row.code)
    if reason is not None:
        _stop(ctx, check, reason)
    name = public_id(Prefix.ACCOUNT, check.account_id)
    said = reason.sentence if reason else f"Its bank answers {row.code}, a code that is not known."
    open_case(
        ctx,
        CaseKind.VALIDATION_FAILED,
        originator_id=row.originator_id,
        once=str(check.id),
        subject=name,
        sentence=f"The {_SENT[ValidationMethod(check.method)]} to account {name} came back with {row.code}. {said} Ask "
        "the buyer which account is meant.",
        entry_id=match.entry_id,
    )


def _stop(ctx: Context, check: AccountCheck, reason: ReturnReason) -> None:
    """Block, end or suspend what a code says of the account, the authorization and the buyer behind a check."""
    originator_id, code = check.originator_id, reason.code
    if reason.corrects_holder is not None:
        for account_id in correct_holders(ctx, originator_id, {check.account_id: (reason.corrects_holder, code)}):
            judge_again(ctx, account_id)
    if Block.ACCOUNT in reason.blocks:
        block_accounts(ctx, originator_id, [check.account_id], because=[code])
    if Block.AUTHORIZATION in reason.blocks and check.authorization_id is not None:
        act = suspend_authorizations if reason.until is Until.RELEASED else end_authorizations
        act(ctx, originator_id, [check.authorization_id], because=code)
    if Block.BUYER in reason.blocks:
        buyer_id = ctx.session.execute(select(Account.buyer_id).where(Account.id == check.account_id)).scalar_one()
        suspend_buyers(ctx, [buyer_id])


def _book(
    ctx: Context, originator_id: int, report_id: int, taken: list[tuple[Return, CheckMatch]], *, on: date
) -> None:
    """Book the cents of micro-entries that came back: what credits cost is with us again, what debits brought is not.

    A second return moves them a second time, until a person has it dishonored.
    """
    batch_ids = {match.batch_id for _, match in taken}
    owners = ctx.session.execute(select(Batch.id, Batch.merchant_id).where(Batch.id.in_(batch_ids)))
    merchants = {row.id: row.merchant_id for row in owners}
    amounts: dict[JournalKind, Counter[tuple[int, int]]] = {}
    for _, match in taken:
        kind = _BOOKED.get(EntryKind(match.kind))
        if kind is not None:
            amounts.setdefault(kind, Counter())[match.batch_id, merchants[match.batch_id]] -= match.amount_cents
    for kind, by_batch in amounts.items():
        post(ctx, kind, originator_id=originator_id, source_id=report_id, on=on, amounts=by_batch)
