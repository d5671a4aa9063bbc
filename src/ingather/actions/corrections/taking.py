"""Taking notifications of change: each is kept sealed and leads once to what its code's row says."""

import hashlib

from sqlalchemy import select

from ingather.actions.blocking import block_accounts
from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.actions.corrections.applying import end_change, let_wait, put_into_account
from ingather.actions.corrections.finding import Target, find_targets
from ingather.actions.matching import Wanted
from ingather.actions.returns.taking import Applied, item_keys
from ingather.actions.rules import policy_of
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind
from ingather.domain.corrections import CorrectionState
from ingather.domain.facts import FactKind, Scope
from ingather.reports.items import Changes
from ingather.rules.changes import Correction as Change
from ingather.rules.changes import Does, owner_of, read_change, single_entries_are_ours_to_leave, what_follows
from ingather.rules.deadlines import deadline
from ingather.rules.policy import ChangeTerms
from ingather.store.tables import Correction
from ingather.vault.sealing import Place

_CLOCK = "change-apply"


def apply_changes(ctx: Context, originator_id: int, report_id: int, items: Changes) -> Applied:
    """Take the notifications of one report, each once; what is not applied at once waits with its clock running.

    One that comes again is known by its contents, whichever carrier tells of it; after a refusal, one with another
    trace number is a corrected notification and a new one.
    """
    outcome = Applied()
    keys = item_keys(
        [list(items.code), list(items.original_trace),
         [text.strip() for text in items.identification], [text.rstrip() for text in items.corrected]],
    )  # fmt: skip
    fresh = _fresh(ctx, originator_id, keys, list(items.change_trace))
    targets = find_targets(
        ctx,
        originator_id,
        Wanted(
            reference=items.identification,
            trace=items.original_trace,
            amount_cents=[None] * len(items),
            company_identification=items.company_identification,
        ),
    )
    terms = policy_of(ctx, originator_id).changes
    for index, (key, target) in enumerate(zip(fresh, targets, strict=True)):
        if key is None:
            outcome.known += 1
            continue
        row = _keep(ctx, originator_id, report_id, items, index, key, target)
        if target is None:
            outcome.unmatched += 1
            _unmatched(ctx, row)
            continue
        outcome.applied += 1
        outcome.codes[row.code] += 1
        _follow(ctx, row, read_change(row.code, items.corrected[index], line=row.line), target, terms)
    return outcome


def _fresh(ctx: Context, originator_id: int, keys: list[bytes], traces: list[int]) -> list[bytes | None]:
    """Return the key under which each item is kept, None for one that is known."""
    again = [hashlib.sha256(key + str(trace).encode()).digest() for key, trace in zip(keys, traces, strict=True)]
    rows = ctx.session.execute(
        select(Correction.item_key, Correction.state, Correction.change_trace).where(
            Correction.originator_id == originator_id, Correction.item_key.in_([*keys, *again])
        ),
    )
    known = {row.item_key: (row.state, row.change_trace) for row in rows}
    fresh: list[bytes | None] = []
    for key, other, trace in zip(keys, again, traces, strict=True):
        state, told = known.get(key, ("", None))
        if key not in known:
            fresh.append(key)
        elif state == CorrectionState.REFUSED and trace and told and trace != told and other not in known:
            fresh.append(other)
        else:
            fresh.append(None)
    return fresh


def _keep(
    ctx: Context,
    originator_id: int,
    report_id: int,
    items: Changes,
    index: int,
    key: bytes,
    target: Target | None,
) -> Correction:
    correction_id = ctx.ids.one()
    row = Correction(
        id=correction_id,
        originator_id=originator_id,
        report_id=report_id,
        item_key=key,
        line=items.line[index],
        entry_id=target.entry_id if target else None,
        account_id=target.account_id if target else None,
        code=items.code[index],
        original_trace=items.original_trace[index],
        corrected_data=ctx.vault.seal(Place.CORRECTED_DATA, correction_id, items.corrected[index].encode("cp1252")),
        state=CorrectionState.UNMATCHED if target is None else CorrectionState.OPEN,
        change_trace=items.change_trace[index] or None,
        received_at=ctx.now,
        due_on=deadline(_CLOCK, ctx.today),
    )
    ctx.session.add(row)
    ctx.session.flush()
    return row


def _unmatched(ctx: Context, row: Correction) -> None:
    name = public_id(Prefix.CORRECTION, row.id)
    open_case(
        ctx,
        CaseKind.UNMATCHED_CHANGE,
        originator_id=row.originator_id,
        once=row.item_key.hex(),
        subject=name,
        sentence=f"A notification of change {row.code}, trace {row.original_trace:015d}, fits none of our entries. "
        f"Have it refused: ingather change refuse {name}.",
        due_on=row.due_on,
    )


def _follow(ctx: Context, row: Correction, change: Change, target: Target, terms: ChangeTerms) -> None:
    """Do what the row of the code says, or leave it to a person with a case."""
    does = what_follows(row.code, ctx.today)
    owner = owner_of(row.code)
    if does is Does.LOG and not owner:
        row.due_on = None
        end_change(ctx, row, CorrectionState.LOGGED, outcome="")
        return
    open_case(
        ctx,
        CaseKind.CHANGE,
        originator_id=row.originator_id,
        once=row.item_key.hex(),
        subject=public_id(Prefix.CORRECTION, row.id),
        sentence=_sentence(row, change, does),
        owner=owner,
        entry_id=row.entry_id,
        due_on=row.due_on,
    )
    match does:
        case Does.LOG | Does.REFUSAL:
            # Nothing of it waits to be applied, so no clock of the account runs; a person asks the ODFI about it.
            row.state, row.due_on = CorrectionState.LOGGED, None
        case Does.STOP:
            block_accounts(ctx, row.originator_id, [target.account_id], because=[row.code])
            let_wait(ctx, row)
        case Does.APPLY if not change.applies or row.code in terms.manual:
            let_wait(ctx, row)
        case Does.APPLY if target.single and terms.single_entries == "leave" and _may_be_left(ctx):
            ctx.fact(
                FactKind.CHANGE_LEFT, scope=Scope.CORRECTION, subject=row.id, originator=row.originator_id,
                because="single_entries",
            )  # fmt: skip
            end_change(ctx, row, CorrectionState.LEFT, outcome=f"left by the house's policy: {row.code} of one debit")
        case Does.APPLY:
            end_change(
                ctx, row, CorrectionState.APPLIED,
                outcome=put_into_account(ctx, row, change, answers_check=target.answers_check),
            )  # fmt: skip
        case Does.PERSON:
            let_wait(ctx, row)


def _may_be_left(ctx: Context) -> bool:
    return single_entries_are_ours_to_leave(ctx.today)


def _sentence(row: Correction, change: Change, does: Does) -> str:
    asked = (
        f"The buyer's bank sent a notification of change, {row.code} ({change.title}), about account "
        f"{public_id(Prefix.ACCOUNT, row.account_id or 0)}."
    )
    name = public_id(Prefix.CORRECTION, row.id)
    match does:
        case Does.APPLY if change.problems:
            return (
                f"{asked} It cannot be applied: {change.problems[0].message} "
                f"Have it refused: ingather change refuse {name}."
            )
        case Does.APPLY:
            return asked
        case Does.STOP:
            return (
                f"{asked} Its debits are taken for international ones, so it is blocked. Ask compliance and the ODFI."
            )
        case Does.PERSON:
            return f"{asked} See what it asks for, then: ingather change leave {name}, or refuse."
        case Does.LOG | Does.REFUSAL:
            return f"{asked} Nothing was applied. Ask the ODFI what is meant."
