"""Payouts that came back: each return applied once, the money owed again, the account ended where the code says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, select, update

from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.actions.files.sending import prove_delivery
from ingather.actions.intake import AnyRow
from ingather.actions.ledger import post
from ingather.actions.matches.plain import Plain, record_plain_matches
from ingather.actions.matching import BY_REFERENCE, BY_TRACE
from ingather.actions.payouts.accounts import end_accounts
from ingather.actions.payouts.deciding import locked_payout, note_payout, owe_again
from ingather.actions.returns.keeping import row_of
from ingather.actions.returns.taking import Applied, item_keys
from ingather.actions.rules import keep_rules
from ingather.base.ids import KEY_WIDTH, Prefix, decode_key, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind
from ingather.domain.entries import EntryEnd
from ingather.domain.facts import FactKind, Scope
from ingather.domain.ledger import JournalKind
from ingather.domain.payouts import PayoutMethod, PayoutState
from ingather.domain.refusals import WrongState
from ingather.reports.items import Returns
from ingather.rules.return_codes import Block, return_reason
from ingather.store.tables import Batch, Entry, File, Merchant, Payout, Return

_TRACE_DAYS = 75
_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutReturns:
    """What became of the returns of payouts, and the other items of the report."""

    applied: Applied
    rest: Returns


def apply_payout_returns(
    ctx: Context, originator_id: int, report_id: int, items: Returns, *, told_on: date
) -> PayoutReturns:
    """Apply those returns of a report that are about payouts, each once.

    ``told_on`` stands for the settlement date where the report has none. A second return of a payout is a case with
    its money in suspense.
    """
    outcome = Applied()
    known_any = select(Payout.id).where(Payout.originator_id == originator_id).limit(1)
    if not len(items) or ctx.session.execute(known_any).first() is None:
        return PayoutReturns(applied=outcome, rest=items)
    matches = _matched(ctx, originator_id, items)
    mine = [index for index, match in enumerate(matches) if match is not None]
    if not mine:
        return PayoutReturns(applied=outcome, rest=items)
    prove_delivery(ctx, [match.file_id for match, _ in filter(None, matches)], by="the bank returned an entry of it")
    keys = _keys(items, mine)
    known = set(
        ctx.session.scalars(
            select(Return.item_key).where(Return.originator_id == originator_id, Return.item_key.in_(keys))
        ),
    )
    matched: list[Plain] = []
    for index, key in zip(mine, keys, strict=True):
        found = matches[index]
        if found is None or key in known:
            outcome.known += 1
            continue
        match, rule = found
        if _told_before(ctx, match.entry_id, items.reason[index], items.return_trace[index]):
            outcome.known += 1
            continue
        row = row_of(
            ctx, originator_id, report_id, items, index, key=key, entry_id=match.entry_id, batch_id=match.batch_id,
            matched_by=rule,
        )  # fmt: skip
        ctx.session.add(row)
        iso = items.iso_reason[index]
        said = row.code or (f"the reason {iso}, which is none of Nacha's" if iso else "no code")
        if _apply(ctx, row, match.payout_id, told_on=told_on, said=said):
            matched.append(Plain(row.id, match.entry_id, match.batch_id, row.amount_cents, rule))
            outcome.applied += 1
            outcome.codes[row.code] += 1
        else:
            outcome.unmatched += 1
    record_plain_matches(ctx, originator_id, matched)
    others = sorted(set(range(len(items))) - set(mine))
    rest = Returns(**{name: [getattr(items, name)[index] for index in others] for name in Returns.column_names()})
    return PayoutReturns(applied=outcome, rest=rest)


def _told_before(ctx: Context, entry_id: int, code: str, return_trace: int) -> bool:
    """Return whether another carrier told of this return already, with or without the trace of the return."""
    traces = ctx.session.scalars(
        select(Return.return_trace).where(Return.entry_id == entry_id, Return.code == code, Return.applied)
    ).all()
    return any(return_trace == other or not (return_trace and other) for other in traces)


def _keys(items: Returns, mine: list[int]) -> list[bytes]:
    columns = (items.reason, items.original_trace, items.return_trace, items.amount_cents, items.identification)
    told: list[list[object]] = [[str(column[index]).strip() for index in mine] for column in columns]
    return item_keys([["payout"] * len(mine), *told])


def _matched(ctx: Context, originator_id: int, items: Returns) -> list[tuple[AnyRow, str] | None]:
    """Return the credit of a payout that each item is about with the rule that found it, None where it is none.

    Our reference names the payout; trace and amount must agree. Without a reference, trace, amount and company
    identification among the files of the last 75 days decide, when they point at one credit.
    """
    keys = [_key_of(reference) for reference in items.identification]
    by_key = _by_key(ctx, originator_id, sorted({key for key in keys if key is not None}))
    traces = {trace for trace, key in zip(items.original_trace, keys, strict=True) if key is None and trace}
    by_trace = _by_trace(ctx, originator_id, sorted(traces))
    found: list[tuple[AnyRow, str] | None] = []
    for index, key in enumerate(keys):
        trace, amount, company = items.original_trace[index], items.amount_cents[index], items.company_identification
        if key is not None:
            rows, rule = [by_key[key]] if key in by_key else [], BY_REFERENCE
        else:
            rows, rule = [row for row in by_trace.get(trace, ()) if row.company == company[index]], BY_TRACE
        fitting = [row for row in rows if row.trace == trace and amount in {None, row.amount_cents}]
        found.append((fitting[0], rule) if len(fitting) == 1 else None)
    return found


def _by_key(ctx: Context, originator_id: int, keys: Sequence[int]) -> dict[int, AnyRow]:
    found: dict[int, AnyRow] = {}
    for start in range(0, len(keys), _AT_ONCE):
        statement = _credits(originator_id).where(Payout.id.in_(keys[start : start + _AT_ONCE]))
        found.update((row.payout_id, row) for row in ctx.session.execute(statement))
    return found


def _by_trace(ctx: Context, originator_id: int, traces: Sequence[int]) -> dict[int, list[AnyRow]]:
    """Return the credits of recent files by trace; only files that pay somebody are looked into."""
    found: dict[int, list[AnyRow]] = {}
    since = ctx.today - timedelta(days=_TRACE_DAYS)
    recent = select(File.id).where(
        File.originator_id == originator_id, File.effective_on >= since, File.credit_cents > 0
    )
    for start in range(0, len(traces), _AT_ONCE):
        part = traces[start : start + _AT_ONCE]
        statement = _credits(originator_id).where(Entry.file_id.in_(recent), Entry.trace.in_(part))
        for row in ctx.session.execute(statement):
            found.setdefault(row.trace, []).append(row)
    return found


def _credits(originator_id: int) -> Select[*tuple[Any, ...]]:
    """Return the question for the credits of payouts that reached the bank, or may have."""
    return (
        select(
            Payout.id.label("payout_id"), Entry.id.label("entry_id"), Entry.batch_id, Entry.file_id, Entry.trace,
            Entry.amount_cents, Batch.company_identification.label("company"),
        )
        .join(Entry, Entry.id == Payout.entry_id)
        .join(Batch, Batch.id == Entry.batch_id)
        .where(
            Payout.originator_id == originator_id, Entry.ended.is_(None) | (Entry.ended == EntryEnd.RETURNED)
        )
    )  # fmt: skip


def _key_of(reference: str) -> int | None:
    text = reference.strip()
    if len(text) != KEY_WIDTH:
        return None
    try:
        return decode_key(text)
    except ValueError:
        return None


def _apply(ctx: Context, row: Return, payout_id: int, *, told_on: date, said: str) -> bool:
    """Apply one return to its payout; returns False when it came back before, which is a case."""
    payout = locked_payout(ctx, payout_id)
    if payout.state not in {PayoutState.SENT, PayoutState.SETTLED}:
        _twice(ctx, row, payout, on=told_on)
        return False
    returned_on = row.returned_on or told_on
    row.applied = True
    ctx.session.execute(
        update(Entry)
        .where(Entry.id == payout.entry_id)
        .values(ended=EntryEnd.RETURNED)
        .execution_options(synchronize_session=False),
    )
    ctx.fact(
        FactKind.RETURNED, scope=Scope.ENTRY, subject=payout.entry_id or 0, originator=row.originator_id,
        on=returned_on, code=row.code, payout=payout.id,
    )  # fmt: skip
    reason = return_reason(row.code, on=returned_on, information=row.information)
    ends = reason is not None and Block.ACCOUNT in reason.blocks
    if reason is not None:
        row.rule_set_id = keep_rules(ctx, [reason.row.id])
    _come_back(ctx, payout, code=row.code, on=returned_on, ends_account=ends, said=said)
    return True


def _twice(ctx: Context, row: Return, payout: Payout, *, on: date) -> None:
    ctx.session.flush()
    open_case(
        ctx,
        CaseKind.UNMATCHED_CREDIT_RETURN,
        originator_id=row.originator_id,
        once=row.item_key.hex(),
        subject=public_id(Prefix.RETURN, row.id),
        sentence=f"A return {row.code} came for payout {public_id(Prefix.PAYOUT, payout.id)}, which is {payout.state}. "
        "Ask the ODFI what it is about.",
        entry_id=row.entry_id,
        suspense_minor=-row.amount_cents,
    )
    post(
        ctx, JournalKind.UNMATCHED_RETURN, originator_id=row.originator_id, source_id=row.id, on=on,
        amounts={(0, 0): -row.amount_cents},
    )  # fmt: skip


def note_returned(ctx: Context, payout_id: int, *, on: date, evidence: str, ends_account: bool) -> None:
    """Record by a person's word, with what shows it, that a payout by sheet came back, or was never carried out.

    What came back before it was noted as settled never left our account. Raises ``NoSuch``, and ``WrongState`` when it
    did not go by sheet or is over.
    """
    payout = locked_payout(ctx, payout_id)
    if payout.method != PayoutMethod.SHEET or payout.state not in {PayoutState.SENT, PayoutState.SETTLED}:
        fact = f"payout {public_id(Prefix.PAYOUT, payout_id)} went by {payout.method} and is {payout.state}"
        raise WrongState(fact, "The return of a credit in a file is taken from the bank's report")
    if on > ctx.today:
        fact = f"{on} has not come"
        raise WrongState(fact, "Give the day on which the money came back")
    _come_back(ctx, payout, code=None, on=on, ends_account=ends_account, said=evidence)
    ctx.audit("note_payout_returned", public_id(Prefix.PAYOUT, payout_id), evidence=evidence)


def _come_back(ctx: Context, payout: Payout, *, code: str | None, on: date, ends_account: bool, said: str) -> None:
    """End a payout as returned: its money is with us again, owed by the next statement, and a person finds out why."""
    moved = payout.method == PayoutMethod.ACH or payout.state == PayoutState.SETTLED
    payout.state, payout.return_code, payout.ended_on = PayoutState.RETURNED, code or None, on
    payout.version += 1
    ctx.session.flush()
    if moved:
        post(
            ctx, JournalKind.PAYOUT_RETURNED, originator_id=payout.originator_id, source_id=payout.id, on=on,
            amounts={(payout.batch_id or 0, payout.merchant_id): payout.amount_minor},
        )  # fmt: skip
    note_payout(ctx, FactKind.RETURNED, payout, code=code or "", said=said)
    owe_again(ctx, payout)
    account = payout.merchant_account_id
    if ends_account and account is not None:
        end_accounts(ctx, [account], because=f"a payout came back with {said}")
    _tell(ctx, payout, said=said, ended=ends_account)


def _tell(ctx: Context, payout: Payout, *, said: str, ended: bool) -> None:
    merchant = ctx.session.get_one(Merchant, payout.merchant_id)
    name = public_id(Prefix.PAYOUT, payout.id)
    after = (
        "Its account is not paid to any more: have another one approved" if ended
        else "Find out why, and whether the account is right"
    )  # fmt: skip
    open_case(
        ctx,
        CaseKind.PAYOUT_RETURNED,
        originator_id=payout.originator_id,
        once=name,
        subject=name,
        sentence=f"The payout of {format_minor(payout.amount_minor)} {payout.currency} to merchant "
        f"{merchant.external_id} came back: {said}. It is owed again by the next statement. {after}.",
        entry_id=payout.entry_id,
    )
