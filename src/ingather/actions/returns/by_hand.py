"""Recording a return that the bank told of by telephone or mail, before any report does, with what shows it.

It is applied as an item of a report would be, so that nothing depends on who told of it first. A report that tells the
same return later applies nothing again: it takes the row over, with its own day and trace.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.follow_ups.terms import lock_feeds
from ingather.actions.odfi_requests import profile_about
from ingather.actions.reports.iso_returns import close_iso_returns
from ingather.actions.returns.taking import apply_returns
from ingather.base.ids import Prefix, encode_key, public_id
from ingather.domain.files import AT_THE_BANK, UNANSWERED
from ingather.domain.refusals import NoSuch, Unreadable, WrongState
from ingather.reports.items import Returns
from ingather.rules.return_codes import return_reason
from ingather.store.tables import Batch, Entry, File, Return

_KLASS = "RETURN"
_LONGEST_INFORMATION = 44


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldByHand:
    """What the bank said: the code, the day the return settled or settles, and what shows that it said so.

    ``evidence`` names a call, a mail or a ticket; ``information`` is what the addenda say, where the bank read it out.
    """

    code: str
    returned_on: date
    evidence: str
    information: str = ""


def record_return(ctx: Context, entry_id: int, told: ToldByHand) -> int:
    """Apply a return that a person was told of to the debit it is about, and return its key.

    Raises ``NoSuch``; ``Unreadable`` for a code that returns no entry, a day that has not come or lies before the
    debit, and for missing evidence; ``WrongState`` for an entry that is no debit at the bank or came back already, and
    for a return that was recorded before.
    """
    entry = _debit(ctx, entry_id)
    _refuse_unreadable(ctx, entry, told)
    lock_feeds(ctx, order_ids=[entry.order_id])
    # Not the key of a report: postings are told apart by it, and no report is said to have told of this.
    source = ctx.ids.one()
    profile = profile_about(ctx, entry_id)
    outcome = apply_returns(
        ctx, entry.originator_id, source, _as_items(entry, told), profile=profile, told_on=ctx.today
    )
    if outcome.known:
        fact = f"a return {told.code} of {public_id(Prefix.ENTRY, entry_id)} was recorded before and unmatched"
        raise WrongState(fact, "Match the return that has its money: ingather match by-hand")
    ctx.session.flush()
    row = ctx.session.scalars(
        select(Return).where(Return.report_id == source).execution_options(populate_existing=True)
    ).one()
    row.evidence = told.evidence.strip()
    ctx.session.flush()
    if outcome.applied:
        close_iso_returns(ctx, entry.originator_id, source)
    ctx.audit(
        "record_return", public_id(Prefix.RETURN, row.id), entry=public_id(Prefix.ENTRY, entry_id), code=told.code,
        returned_on=told.returned_on.isoformat(), evidence=row.evidence,
    )  # fmt: skip
    return row.id


def standing_debit_of(ctx: Context, order_id: int) -> int:
    """Return the key of the one debit of an order that is with the bank; raises ``WrongState`` when there is none."""
    found = ctx.session.execute(
        select(Entry.id).where(Entry.order_id == order_id, Entry.presentation.is_not(None), Entry.ended.is_(None))
    ).scalar()
    if found is None:
        fact = f"no debit of order {public_id(Prefix.ORDER, order_id)} is in a file or with the bank"
        raise WrongState(fact, "Say which entry came back; a debit that did already does not again")
    return found


def _debit(ctx: Context, entry_id: int) -> Any:  # noqa: ANN401 -- a row of the query
    name = public_id(Prefix.ENTRY, entry_id)
    row = ctx.session.execute(
        select(
            Entry.id, Entry.originator_id, Entry.order_id, Entry.presentation, Entry.trace, Entry.amount_cents,
            Entry.ended, Batch.company_identification, Batch.entry_class, Batch.number, Batch.effective_on,
            File.state,
        )
        .join(Batch, Batch.id == Entry.batch_id)
        .join(File, File.id == Entry.file_id)
        .where(Entry.id == entry_id),
    ).one_or_none()  # fmt: skip
    if row is None:
        fact = f"there is no entry {name}"
        raise NoSuch(fact)
    if row.order_id is None or row.presentation is None:
        fact = f"entry {name} is no debit of an order"
        raise WrongState(fact, "Wait for the report that tells of its return")
    if row.state not in AT_THE_BANK | UNANSWERED:
        fact = f"entry {name} is in a file that is {row.state}: it cannot have come back"
        raise WrongState(fact, "Ask the bank which entry it means")
    if row.ended is not None:
        fact = f"entry {name} is {row.ended} already"
        raise WrongState(fact, "A debit comes back once: look at the returns of its order")
    return row


def _refuse_unreadable(ctx: Context, entry: Any, told: ToldByHand) -> None:  # noqa: ANN401 -- as above
    reason = return_reason(told.code, on=told.returned_on, information=told.information)
    faults = []
    if reason is None or not reason.about_entry:
        faults.append(("/code", "not_a_return", f"{told.code} is no code with which an entry comes back"))
    if not entry.effective_on <= told.returned_on <= ctx.today:
        between = f"the return settled between {entry.effective_on} and {ctx.today}"
        faults.append(("/returned_on", "day_out_of_range", between))
    if not told.evidence.strip():
        faults.append(("/evidence", "missing", "say what shows it: a call, a mail, a ticket"))
    if faults:
        raise Unreadable("; ".join(sentence for _, _, sentence in faults), faults=tuple(faults))


def _as_items(entry: Any, told: ToldByHand) -> Returns:  # noqa: ANN401 -- as above
    """Return what the bank said as one item of a report that has the whole entry and no trace of its own."""
    texts = ("rdfi", "name", "account_last4", "posting_ref", "iso_reason", "bank_item")
    empty: dict[str, Any] = {name: [""] for name in texts}
    nothing: dict[str, Any] = {name: [None] for name in ("original_settled_on", "died_on")}
    return Returns(
        line=[0],
        klass=[_KLASS],
        reason=[told.code],
        original_trace=[entry.trace],
        return_trace=[0],
        transaction_code=[0],
        amount_cents=[entry.amount_cents],
        identification=[encode_key(entry.order_id)],
        company_identification=[entry.company_identification.strip()],
        standard_entry_class=[entry.entry_class],
        batch_number=[entry.number],
        original_effective_on=[entry.effective_on],
        return_settled_on=[told.returned_on],
        information=[told.information[:_LONGEST_INFORMATION]],
        **empty,
        **nothing,
    )
