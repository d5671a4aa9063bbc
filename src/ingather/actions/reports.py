"""Taking bank reports: the bytes are kept first, sealed; then what they say is applied once, or kept for a person."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select

from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.actions.corrections.taking import apply_changes
from ingather.actions.files.answers import take_answers
from ingather.actions.follow_ups.returned import apply_follow_up_returns
from ingather.actions.ledger import post
from ingather.actions.reconciliation.feeds import advance_feed
from ingather.actions.reconciliation.settling import take_settlements
from ingather.actions.rest import FEES, take_rest
from ingather.actions.returns.answering import take_disputes
from ingather.actions.returns.taking import apply_returns
from ingather.actions.validating.returned import apply_check_returns
from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.ledger import JournalKind
from ingather.domain.reports import ReportState
from ingather.reports.feed import identity_of
from ingather.reports.items import ITEM_KINDS, Carrier
from ingather.reports.items import Report as Reading
from ingather.reports.recognise import read_report
from ingather.rules.banks import BankProfile
from ingather.store.bulk import insert_columns
from ingather.store.tables import BankPosting, Case, Feed, Report, ReportChunk
from ingather.vault.sealing import Place

_TEST = "TEST"
_CORRECTION = "CORRECTION"
_SEQUENCED = frozenset({Carrier.STR_DELIMITED, Carrier.STR_FIXED})


@dataclass(slots=True)  # mutable -- filled in while the report is taken
class Taken:
    """What became of one report."""

    report_id: int
    state: str
    carrier: str = ""
    again: bool = False
    items: dict[str, int] = field(default_factory=dict)
    codes: Counter[str] = field(default_factory=Counter)
    applied: int = 0
    known: int = 0
    unmatched: int = 0
    collected: int = 0
    problems: int = 0


def keep_report(ctx: Context, originator_id: int, *, name: str, data: bytes) -> tuple[int, bool]:
    """Keep a report's bytes, sealed, before anything is read from them; returns its key and whether it was new."""
    sha256 = hashlib.sha256(data).digest()
    known = ctx.session.execute(
        select(Report.id).where(Report.originator_id == originator_id, Report.sha256 == sha256),
    ).scalar_one_or_none()
    if known is not None:
        ctx.audit("see_report_again", public_id(Prefix.REPORT, known), name=name)
        return known, False
    row = Report(
        id=ctx.ids.one(),
        originator_id=originator_id,
        name=name[:200],
        sha256=sha256,
        size=len(data),
        state=ReportState.KEPT,
        carrier="unread",
        feed_id=None,
        identity=None,
        sequence=None,
        business_on=None,
        final=False,
        control_totals="none",
        problems=0,
        summary="{}",
        received_at=ctx.now,
    )
    ctx.session.add(row)
    ctx.session.flush()
    for part, chunk in enumerate(ctx.vault.seal_chunks(Place.REPORT_BYTES, row.id, data)):
        ctx.session.add(ReportChunk(report_id=row.id, part=part, content=chunk))
    ctx.audit("keep_report", public_id(Prefix.REPORT, row.id), name=name, sha256=sha256.hex(), size=len(data))
    return row.id, True


def kept_bytes(ctx: Context, report_id: int) -> bytes:
    """Return a kept report's bytes."""
    chunks = ctx.session.scalars(
        select(ReportChunk.content).where(ReportChunk.report_id == report_id).order_by(ReportChunk.part),
    ).all()
    return ctx.vault.open_chunks(Place.REPORT_BYTES, report_id, chunks)


def take_report(ctx: Context, report_id: int, reading: Reading, *, profile: BankProfile) -> Taken:
    """Apply what a kept report says; a report that was taken, or set aside for a person, is left as it is.

    Nothing of a report is applied when it cannot be read in full, its totals differ, its account is not ours, or its
    identity is known with other bytes: each of these is a case, and the watermark stays where it is.
    """
    row = ctx.session.execute(select(Report).where(Report.id == report_id).with_for_update()).scalar_one()
    outcome = Taken(report_id=report_id, state=row.state, carrier=str(reading.carrier))
    if row.state != ReportState.KEPT:
        outcome.again, outcome.carrier = True, row.carrier
        return outcome
    row.carrier, row.problems = str(reading.carrier), len(reading.problems)
    row.control_totals = str(reading.control_totals)
    outcome.items = {kind: len(getattr(reading, kind)) for kind in ITEM_KINDS if len(getattr(reading, kind))}
    outcome.problems = len(reading.problems)
    feed = _feed_of(ctx, row.originator_id, reading)
    if refusal := _why_not(ctx, row, reading, feed):
        kind, state, sentence = refusal
        _set_aside(ctx, row, kind, state, sentence)
    elif reading.status == _TEST:
        row.state = ReportState.TAKEN
    else:
        _take(ctx, row, reading, feed, outcome, profile)
    outcome.state = row.state
    row.summary = json.dumps({"items": outcome.items, "applied": outcome.applied, "unmatched": outcome.unmatched})
    ctx.session.flush()
    if feed is not None:
        outcome.collected = advance_feed(ctx, feed.id).collected
    ctx.audit("take_report", public_id(Prefix.REPORT, report_id), state=str(row.state), **outcome.items)
    return outcome


def _feed_of(ctx: Context, originator_id: int, reading: Reading) -> Feed | None:
    if reading.carrier not in _SEQUENCED:
        return None
    # Locked before any order is: whoever asks for a reversal takes them in this order too.
    return ctx.session.scalar(
        select(Feed)
        .where(
            Feed.originator_id == originator_id,
            Feed.bank == reading.bank,
            Feed.account_index == ctx.vault.index_of(reading.bank, reading.account),
        )
        .with_for_update(),
    )


def _why_not(
    ctx: Context, row: Report, reading: Reading, feed: Feed | None
) -> tuple[CaseKind, ReportState, str] | None:
    """Return why a report is not taken: the case it becomes, its state and the sentence; None when it is taken."""
    if not reading.complete:
        first = next((problem for problem in reading.problems if problem.severity == "error"), None)
        where = f"line {first.line}: {first.message}" if first else "its control totals differ from its records"
        return (
            CaseKind.REPORT_UNREADABLE,
            ReportState.UNREADABLE,
            f"The report {row.name} cannot be taken, {where} Nothing of it was applied. Ask the bank for it again.",
        )
    if reading.carrier not in _SEQUENCED:
        return None
    if feed is None:
        return (
            CaseKind.REPORT_UNREADABLE,
            ReportState.UNREADABLE,
            f"The report {row.name} is about an account of {reading.bank} that this book does not know.",
        )
    if reading.status == _TEST:
        # It keeps no identity, so that the report it rehearses is not taken for another one.
        return None
    row.feed_id, row.identity = feed.id, _identity(ctx, reading)
    other = ctx.session.execute(
        select(Report.id).where(
            Report.originator_id == row.originator_id,
            Report.identity == row.identity,
            Report.id != row.id,
            Report.state == ReportState.TAKEN,
        ),
    ).first()
    if other is None or reading.status == _CORRECTION:
        return None
    return (
        CaseKind.REPORT_CONFLICT,
        ReportState.CONFLICT,
        f"The report {row.name} has the identity of one taken before, and other contents. Nothing of it was applied.",
    )


def _identity(ctx: Context, reading: Reading) -> str:
    """Return a report's identity as kept: our account stands in it only as its keyed index."""
    family, bank, account, day, number = identity_of(reading)
    return "|".join((family, bank, ctx.vault.index_of(bank, account).hex(), day, number))


def _set_aside(ctx: Context, row: Report, kind: CaseKind, state: ReportState, sentence: str) -> None:
    row.state = state
    open_case(
        ctx,
        kind,
        originator_id=row.originator_id,
        once=row.sha256.hex(),
        subject=public_id(Prefix.REPORT, row.id),
        sentence=sentence,
        owner="operator",
    )


def _take(ctx: Context, row: Report, reading: Reading, feed: Feed | None, outcome: Taken, profile: BankProfile) -> None:
    originator_id, told_on = row.originator_id, reading.business_date or ctx.today
    answered = take_answers(ctx, originator_id, row.id, reading)
    outcome.unmatched += answered.unmatched
    _settle_again(ctx, originator_id, reading.acknowledgements.origination_file, profile=profile)
    outcome.unmatched += take_settlements(ctx, originator_id, row.id, reading.settlements, profile=profile)
    checks = apply_check_returns(ctx, originator_id, row.id, reading.returns, told_on=told_on)
    follow_ups = apply_follow_up_returns(ctx, originator_id, row.id, checks.rest, told_on=told_on)
    returned = apply_returns(ctx, originator_id, row.id, follow_ups.rest, profile=profile, told_on=told_on)
    changed = apply_changes(ctx, originator_id, row.id, reading.changes)
    for part in (checks.applied, follow_ups.applied, returned, changed):
        outcome.applied += part.applied
        outcome.known += part.known
        outcome.unmatched += part.unmatched
        outcome.codes += part.codes
    outcome.unmatched += take_rest(ctx, originator_id, row.id, reading)
    outcome.unmatched += take_disputes(ctx, originator_id, row.id, reading, told_on=told_on, profile=profile)
    fees = -sum(
        amount
        for kind, amount in zip(reading.adjustments.kind, reading.adjustments.amount_minor, strict=True)
        if kind in FEES
    )
    if fees and reading.status != _CORRECTION:
        post(
            ctx,
            JournalKind.BANK_FEE,
            originator_id=originator_id,
            source_id=row.id,
            on=told_on,
            amounts={(0, 0): fees},
        )
    row.state = ReportState.TAKEN
    if feed is not None:
        _note_feed(ctx, row, reading, feed)
    ctx.fact(FactKind.TAKEN, scope=Scope.REPORT, subject=row.id, originator=originator_id, on=told_on)


def _settle_again(ctx: Context, originator_id: int, names: list[str], *, profile: BankProfile) -> None:
    """Read settlements again that differed from their batch, now that the bank has answered to the files named.

    The money may have been told of before the refusal of single entries: then the rest of the batch is what settled.
    """
    for name in names:
        subjects = ctx.session.scalars(
            select(Case.subject).where(
                Case.originator_id == originator_id,
                Case.kind == CaseKind.SETTLEMENT_DIFFERS,
                Case.state == CaseState.OPEN,
                Case.once.contains(f"|{name}|", autoescape=True),
            ),
        )
        for report_id in sorted({parse_public_id(Prefix.REPORT, subject) for subject in subjects}):
            told = read_report(kept_bytes(ctx, report_id), near=ctx.today)
            take_settlements(ctx, originator_id, report_id, told.settlements, profile=profile)


def _note_feed(ctx: Context, row: Report, reading: Reading, feed: Feed) -> None:
    row.sequence, row.business_on, row.final = reading.sequence, reading.business_date, reading.kind == "EOD"
    postings = reading.postings
    if len(postings) and reading.status != _CORRECTION:
        seen: Counter[tuple[object, str]] = Counter()
        occurrences = []
        for value_on, bank_ref in zip(postings.value_on, postings.bank_ref, strict=True):
            seen[value_on, bank_ref] += 1
            occurrences.append(seen[value_on, bank_ref])
        insert_columns(
            ctx.session,
            BankPosting,
            {
                "id": ctx.ids.many(len(postings)).tolist(),
                "line": postings.line,
                "code": [f"{kind}:{code}" for kind, code in zip(postings.code_type, postings.code, strict=True)],
                "amount_minor": postings.amount_minor,
                "value_on": [(day or reading.business_date or ctx.today).isoformat() for day in postings.value_on],
                "bank_ref": postings.bank_ref,
                "occurrence": occurrences,
            },
            same={"feed_id": feed.id, "report_id": row.id, "currency": reading.currency or "USD"},
        )
    closing = [
        amount
        for kind, amount in zip(reading.balances.kind, reading.balances.amount_minor, strict=True)
        if kind == "CLOSING"
    ]
    if closing:
        feed.closing_balance_minor = closing[-1]
