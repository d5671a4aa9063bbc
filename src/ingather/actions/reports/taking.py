"""Taking one report: what it says is applied once, or kept for a person, in one transaction."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.actions.corrections.taking import apply_changes
from ingather.actions.files.answers import take_answers
from ingather.actions.follow_ups.returned import apply_follow_up_returns
from ingather.actions.payouts.returned import apply_payout_returns
from ingather.actions.reconciliation.completeness import profile_of_feed
from ingather.actions.reconciliation.feeds import advance_feed
from ingather.actions.reconciliation.settling import take_settlements
from ingather.actions.reconciliation.told_refs import note_posting_refs
from ingather.actions.report_habits import note_habits
from ingather.actions.report_profiles import profiles_of
from ingather.actions.reports.adjustments import take_adjustments
from ingather.actions.reports.again import read_again
from ingather.actions.reports.finding import DELETE, TEST, Verdict, feed_of, verdict_of
from ingather.actions.reports.iso_returns import close_iso_returns, split_returns, take_iso_returns
from ingather.actions.reports.keeping import case_name
from ingather.actions.reports.postings import take_postings, telling_of
from ingather.actions.reports.settlements_told import keep_settlements
from ingather.actions.reports.superseding import chain_of, note_untold, supersede, tell_withdrawn
from ingather.actions.rest import take_receipts
from ingather.actions.returns.answering import take_disputes
from ingather.actions.returns.taking import apply_returns
from ingather.actions.returns.told_before import split_told_before
from ingather.actions.validating.returned import apply_check_returns
from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.reports import ReportState
from ingather.reports.digest import digest_of
from ingather.reports.items import ITEM_KINDS
from ingather.reports.items import Report as Reading
from ingather.rules.banks import BankProfile
from ingather.store.tables import Case, Feed, Report

_EOD = "EOD"
_OPENING, _CLOSING = "OPENING", "CLOSING"
_LONGEST_NUMBER = 80
_LONGEST_PROFILE = 60


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
    drifted: int = 0


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
    outcome.items = {kind: len(getattr(reading, kind)) for kind in ITEM_KINDS if len(getattr(reading, kind))}
    outcome.problems = len(reading.problems)
    _note_reading(row, reading)
    feed = feed_of(ctx, row.originator_id, reading)
    if feed is not None:
        # Whoever delivered it, the account's own bank says how it is told of.
        profile = profile_of_feed(ctx, feed.id)
    verdict = verdict_of(ctx, row, reading, feed, profile=profile)
    row.state = verdict.state
    if verdict.kind is not None:
        _to_a_person(ctx, row, verdict.kind, verdict.sentence)
    elif verdict.state == ReportState.SUPERSEDED:
        _note_place(row, reading)
    elif verdict.withdraws:
        _withdraw(ctx, row, reading, verdict)
    elif reading.status != TEST:
        _note_place(row, reading)
        _Application(ctx=ctx, row=row, reading=reading, feed=feed, outcome=outcome, profile=profile).apply(verdict)
    outcome.state = row.state
    row.summary = json.dumps(_summary(reading, outcome))
    ctx.session.flush()
    if feed is not None:
        outcome.collected = advance_feed(ctx, feed.id).collected
    ctx.audit("take_report", public_id(Prefix.REPORT, report_id), state=str(row.state), **outcome.items)
    return outcome


def _summary(reading: Reading, outcome: Taken) -> dict[str, object]:
    found: dict[str, object] = {
        "items": outcome.items, "applied": outcome.applied, "unmatched": outcome.unmatched,
    }  # fmt: skip
    if reading.status:
        found["status"] = reading.status
    if reading.corrects:
        found["corrects"] = reading.corrects
    if reading.tolerances:
        found["tolerances"] = sorted(reading.tolerances)
    return found


def _note_reading(row: Report, reading: Reading) -> None:
    """Note how a report was read and what it calls itself, whatever becomes of it."""
    row.carrier, row.problems = str(reading.carrier), len(reading.problems)
    row.control_totals = str(reading.control_totals)
    row.profile = reading.profile[:_LONGEST_PROFILE] or None
    row.mode, row.as_of = reading.mode or None, reading.as_of
    row.number = reading.report_id[:_LONGEST_NUMBER] or None
    row.previous_number = reading.previous_report_id[:_LONGEST_NUMBER] or None
    row.items_sha256 = digest_of(reading)


def _note_place(row: Report, reading: Reading) -> None:
    """Note where a report stands in its feed: its number, day and balances."""
    row.sequence, row.business_on, row.final = reading.sequence, reading.business_date, reading.kind == _EOD
    told = list(zip(reading.balances.kind, reading.balances.amount_minor, strict=True))
    row.opening_minor = next((amount for kind, amount in told if kind == _OPENING), None)
    row.closing_minor = next((amount for kind, amount in reversed(told) if kind == _CLOSING), None)


def _to_a_person(ctx: Context, row: Report, kind: CaseKind, sentence: str) -> None:
    open_case(
        ctx,
        kind,
        originator_id=row.originator_id,
        once=case_name(row),
        subject=public_id(Prefix.REPORT, row.id),
        sentence=sentence,
        owner="operator",
    )


def _withdraw(ctx: Context, row: Report, reading: Reading, verdict: Verdict) -> None:
    """Take a report that only takes another back; it has no place in the feed itself, and neither has the other."""
    row.business_on, row.identity = reading.business_date, None
    if verdict.corrected is not None:
        supersede(ctx, row, verdict.corrected)
    tell_withdrawn(ctx, row, verdict.corrected)
    ctx.fact(
        FactKind.TAKEN, scope=Scope.REPORT, subject=row.id, originator=row.originator_id,
        on=reading.business_date or ctx.today, status=DELETE,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Application:
    """One report on its way into the books."""

    ctx: Context
    row: Report
    reading: Reading
    feed: Feed | None
    outcome: Taken
    profile: BankProfile

    @property
    def told_on(self) -> date:
        return self.reading.business_date or self.ctx.today

    def apply(self, verdict: Verdict) -> None:
        """Apply everything the report tells of, in the order in which one thing rests on another."""
        ctx, row, reading, outcome = self.ctx, self.row, self.reading, self.outcome
        originator_id = row.originator_id
        replaced = chain_of(ctx, verdict.corrected)
        if verdict.corrected is not None:
            supersede(ctx, row, verdict.corrected)
        outcome.unmatched += take_answers(ctx, originator_id, row.id, reading).unmatched
        _settle_again(ctx, originator_id, reading.acknowledgements.origination_file, profile=self.profile)
        outcome.unmatched += take_settlements(ctx, originator_id, row.id, reading.settlements, profile=self.profile)
        keep_settlements(ctx, originator_id, row.id, self.feed, reading.settlements)
        self._apply_returns()
        outcome.unmatched += take_receipts(ctx, originator_id, row.id, reading)
        outcome.unmatched += take_disputes(
            ctx, originator_id, row.id, reading, told_on=self.told_on, profile=self.profile
        )
        if self.feed is not None:
            self._note_money(self.feed, verdict.corrected, replaced)
        ctx.fact(FactKind.TAKEN, scope=Scope.REPORT, subject=row.id, originator=originator_id, on=self.told_on)

    def _apply_returns(self) -> None:
        ctx, row, told_on, outcome = self.ctx, self.row, self.told_on, self.outcome
        originator_id = row.originator_id
        coded, foreign = split_returns(self.reading.returns)
        coded, told_before = split_told_before(ctx, originator_id, row.id, coded)
        outcome.known += told_before
        checks = apply_check_returns(ctx, originator_id, row.id, coded, told_on=told_on)
        payouts = apply_payout_returns(ctx, originator_id, row.id, checks.rest, told_on=told_on)
        follow_ups = apply_follow_up_returns(ctx, originator_id, row.id, payouts.rest, told_on=told_on)
        returned = apply_returns(ctx, originator_id, row.id, follow_ups.rest, profile=self.profile, told_on=told_on)
        if told_before or any(part.known for part in (checks.applied, payouts.applied, follow_ups.applied, returned)):
            note_posting_refs(ctx, originator_id, self.reading.returns)
        changed = apply_changes(ctx, originator_id, row.id, self.reading.changes)
        for part in (checks.applied, payouts.applied, follow_ups.applied, returned, changed):
            outcome.applied += part.applied
            outcome.known += part.known
            outcome.unmatched += part.unmatched
            outcome.codes += part.codes
        outcome.unmatched += take_iso_returns(ctx, originator_id, row.id, foreign, told_on=told_on)
        if returned.applied:
            close_iso_returns(ctx, originator_id, row.id)

    def _note_money(self, feed: Feed, corrected: Report | None, replaced: frozenset[int]) -> None:
        ctx, row, reading = self.ctx, self.row, self.reading
        telling = telling_of(reading, feed, row.id, day=self.told_on, replaces=replaced)
        take_postings(ctx, reading, telling, statement=self.profile.posting.statement)
        self.outcome.unmatched += take_adjustments(ctx, row.originator_id, reading, telling)
        if corrected is not None:
            before = read_again(ctx, corrected.id, tolerated=self.profile.tolerances.tolerated)
            told_then = telling_of(
                before, feed, corrected.id, day=corrected.business_on or self.told_on, replaces=frozenset()
            )
            self.outcome.unmatched += note_untold(ctx, row, corrected, (before, reading), (told_then, telling))
        if row.final and row.closing_minor is not None and (feed.closing_on is None or feed.closing_on <= self.told_on):
            feed.closing_balance_minor, feed.closing_on = row.closing_minor, self.told_on
        self.outcome.drifted = note_habits(
            ctx, feed, reading, self.told_on, profiles=profiles_of(ctx, row.originator_id)
        )


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
            told = read_again(ctx, report_id, tolerated=profile.tolerances.tolerated)
            take_settlements(ctx, originator_id, report_id, told.settlements, profile=profile)
