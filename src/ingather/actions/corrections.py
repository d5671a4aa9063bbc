"""Taking notifications of change: the account gets what the bank says, the old values are kept, the proof is sealed."""

from sqlalchemy import select

from ingather.actions.cases import close_found, open_case
from ingather.actions.context import Context
from ingather.actions.matching import CheckMatch, Match, Wanted, match_checks, match_entries
from ingather.actions.returns.taking import Applied, item_keys
from ingather.actions.validating.corrected import end_by_correction
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind
from ingather.domain.corrections import CorrectionState
from ingather.domain.facts import FactKind, Scope
from ingather.reports.items import Changes
from ingather.rules.changes import Correction as Change
from ingather.rules.changes import read_change
from ingather.rules.deadlines import deadline
from ingather.store.tables import Account, AccountChange, Authorization, Correction, Order
from ingather.vault.sealing import Place

_ROUTING = 9


def apply_changes(ctx: Context, originator_id: int, report_id: int, items: Changes) -> Applied:
    """Apply the notifications of one report, each once; each is a case with the six-banking-day clock."""
    outcome = Applied()
    keys = item_keys(
        [list(items.code), list(items.original_trace),
         [text.strip() for text in items.identification], [text.rstrip() for text in items.corrected]],
    )  # fmt: skip
    known = set(
        ctx.session.scalars(
            select(Correction.item_key).where(
                Correction.originator_id == originator_id,
                Correction.item_key.in_(keys),
            ),
        ),
    )
    wanted = Wanted(
        reference=items.identification,
        trace=items.original_trace,
        amount_cents=[None] * len(items),
        company_identification=items.company_identification,
    )
    debits, checks = match_entries(ctx, originator_id, wanted), match_checks(ctx, originator_id, wanted)
    for index, key in enumerate(keys):
        match = debits[index] or checks[index]
        if key in known:
            outcome.known += 1
            continue
        row = _keep(ctx, originator_id, report_id, items, index, key, match)
        if match is None:
            outcome.unmatched += 1
            _unmatched(ctx, row)
        else:
            outcome.applied += 1
            outcome.codes[row.code] += 1
            change = read_change(row.code, items.corrected[index], line=row.line)
            _apply(ctx, row, change, answers_check=isinstance(match, CheckMatch))
    return outcome


def _keep(
    ctx: Context,
    originator_id: int,
    report_id: int,
    items: Changes,
    index: int,
    key: bytes,
    match: Match | CheckMatch | None,
) -> Correction:
    correction_id = ctx.ids.one()
    account_id = None
    if isinstance(match, CheckMatch):
        account_id = match.account_id
    elif match is not None:
        account_id = ctx.session.execute(
            select(Authorization.account_id)
            .join(Order, Order.authorization_id == Authorization.id)
            .where(Order.id == match.order_id),
        ).scalar_one()
    row = Correction(
        id=correction_id,
        originator_id=originator_id,
        report_id=report_id,
        item_key=key,
        line=items.line[index],
        entry_id=match.entry_id if match else None,
        account_id=account_id,
        code=items.code[index],
        original_trace=items.original_trace[index],
        corrected_data=ctx.vault.seal(Place.CORRECTED_DATA, correction_id, items.corrected[index].encode("cp1252")),
        state=CorrectionState.UNMATCHED if match is None else CorrectionState.OPEN,
        change_trace=items.change_trace[index] or None,
        received_at=ctx.now,
    )
    ctx.session.add(row)
    ctx.session.flush()
    return row


def _unmatched(ctx: Context, row: Correction) -> None:
    open_case(
        ctx,
        CaseKind.UNMATCHED_CHANGE,
        originator_id=row.originator_id,
        once=row.item_key.hex(),
        subject=public_id(Prefix.CORRECTION, row.id),
        sentence=f"A notification of change {row.code}, trace {row.original_trace:015d}, fits none of our entries.",
        due_on=deadline("change-apply", ctx.today),
    )


def _apply(ctx: Context, row: Correction, change: Change, *, answers_check: bool) -> None:
    subject = public_id(Prefix.CORRECTION, row.id)
    account = ctx.session.scalar(select(Account).where(Account.id == row.account_id).with_for_update())
    open_case(
        ctx,
        CaseKind.CHANGE,
        originator_id=row.originator_id,
        once=row.item_key.hex(),
        subject=subject,
        sentence=f"The buyer's bank asks for a change, {row.code} ({change.title}), of account "
        f"{public_id(Prefix.ACCOUNT, row.account_id or 0)}.",
        entry_id=row.entry_id,
        due_on=deadline("change-apply", ctx.today),
    )
    if not change.applies or account is None:
        return
    other = _change_account(ctx, account, row, change)
    row.state = CorrectionState.APPLIED
    outcome = f"applied {row.code} to the account; the next entry carries it"
    if other and end_by_correction(ctx, account, code=row.code, answers_check=answers_check):
        outcome += ", once the account is validated again"
    close_found(ctx, CaseKind.CHANGE, row.item_key.hex(), outcome=outcome)


def _change_account(ctx: Context, account: Account, row: Correction, change: Change) -> bool:
    """Put a change into an account and keep what it was; returns whether it is another routing or number now."""
    before = account.number_index
    number = ctx.vault.open(Place.ACCOUNT_NUMBER, account.id, account.number)
    change_id = ctx.ids.one()
    ctx.session.add(
        AccountChange(
            id=change_id,
            account_id=account.id,
            routing=account.routing,
            number=ctx.vault.seal(Place.ACCOUNT_NUMBER_BEFORE, change_id, number),
            last4=account.last4,
            kind=account.kind,
            because=row.code,
            correction_id=row.id,
            changed_at=ctx.now,
        ),
    )
    if change.account is not None:
        number = change.account
    text = number.decode("ascii").strip()
    account.number = ctx.vault.seal_account(account.id, text)
    account.last4 = text[-4:]
    account.routing = change.routing or account.routing
    if change.account_kind is not None:
        account.kind = change.account_kind.name.lower()
    account.number_index = ctx.vault.index_of(f"{account.routing:0{_ROUTING}d}", text)
    account.version += 1
    ctx.fact(
        FactKind.CORRECTED,
        scope=Scope.ACCOUNT,
        subject=account.id,
        originator=row.originator_id,
        once=str(row.id),
        code=row.code,
    )
    ctx.session.flush()
    return account.number_index != before
