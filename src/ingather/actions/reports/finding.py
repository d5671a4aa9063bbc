"""What a report is, before anything of it is applied: whose account it is about, and whether it is known already."""

import json
from dataclasses import dataclass

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.domain.cases import CaseKind
from ingather.domain.reports import ReportState
from ingather.reports.feed import family_of, identity_of
from ingather.reports.items import Carrier
from ingather.reports.items import Report as Reading
from ingather.rules.banks import BankProfile
from ingather.store.tables import Feed, Report

TEST = "TEST"
CORRECTION = "CORRECTION"
DELETE = "DELETE"
_WITHOUT_ACCOUNT = frozenset(
    {
        *(Carrier.ACKNOWLEDGEMENT, Carrier.FEDACH_ACKNOWLEDGEMENT, Carrier.PLAIN_ACKNOWLEDGEMENT, Carrier.PAIN_002),
        *(Carrier.NACHA, Carrier.UNKNOWN),
    }
)
_OF_ONE_BANK = frozenset({Carrier.STR_DELIMITED, Carrier.STR_FIXED})
_LONGEST_IDENTITY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is done with a report: applied, or left with a state, perhaps as a case.

    ``corrected`` is the report whose place it takes; ``withdraws`` says that it only takes that one back.
    """

    state: ReportState = ReportState.TAKEN
    kind: CaseKind | None = None
    sentence: str = ""
    corrected: Report | None = None
    withdraws: bool = False


_APPLIED = Verdict()


def feed_of(ctx: Context, originator_id: int, reading: Reading) -> Feed | None:
    """Return the account a report is about, locked, None where it is about none of ours or about none at all.

    Banks name themselves differently in each carrier: only an STR report's own bank must be the account's.
    """
    if reading.carrier in _WITHOUT_ACCOUNT or not reading.account:
        return None
    # Locked before any order is: whoever asks for a reversal takes them in this order too.
    feeds = ctx.session.scalars(
        select(Feed).where(Feed.originator_id == originator_id).order_by(Feed.id).with_for_update()
    ).all()
    indexes = {bank: ctx.vault.index_of(bank, reading.account) for bank in {feed.bank for feed in feeds}}
    ours = [feed for feed in feeds if feed.account_index == indexes[feed.bank]]
    same = [feed for feed in ours if feed.bank == reading.bank]
    if same or reading.carrier in _OF_ONE_BANK:
        return same[0] if same else None
    return ours[0] if len(ours) == 1 else None


def verdict_of(ctx: Context, row: Report, reading: Reading, feed: Feed | None, *, profile: BankProfile) -> Verdict:
    """Return what is done with a report; notes its identity in its row.

    Nothing of a report is applied when it cannot be read in full, its totals differ, its account is not ours, or its
    identity is known with other bytes. A correction takes the place of the report it names, or of the one with its own
    identity; one that comes before it makes that one superseded when it comes.
    """
    if not reading.complete:
        first = next((problem for problem in reading.problems if problem.severity == "error"), None)
        where = f"line {first.line}: {first.message}" if first else "its control totals differ from its records"
        return Verdict(
            state=ReportState.UNREADABLE,
            kind=CaseKind.REPORT_UNREADABLE,
            sentence=f"The report {row.name} cannot be taken, {where} Nothing of it was applied. Ask the bank for it "
            "again.",
        )
    if reading.carrier in _WITHOUT_ACCOUNT:
        return _APPLIED
    if feed is None:
        return Verdict(
            state=ReportState.UNREADABLE,
            kind=CaseKind.REPORT_UNREADABLE,
            sentence=f"The report {row.name} is about an account of {reading.bank or 'a bank'} that this book does not "
            "know.",
        )
    if reading.status == TEST:
        # It keeps no identity, so that the report it rehearses is not taken for another one.
        return _APPLIED
    row.feed_id, row.identity = feed.id, _identity(ctx, reading)
    return _among_others(ctx, row, reading, feed, resent=profile.feed.corrections == "resent")


def _among_others(ctx: Context, row: Report, reading: Reading, feed: Feed, *, resent: bool) -> Verdict:
    same = _same_identity(ctx, row)
    named = _named(ctx, feed, reading) if reading.corrects else None
    if reading.status == DELETE:
        return Verdict(corrected=named or same, withdraws=True)
    if reading.status == CORRECTION or (same is not None and resent):
        other = same or named
        if other is not None and _comes_after(other, reading):
            return Verdict(state=ReportState.SUPERSEDED)
        return Verdict(corrected=other)
    if (same is not None and _said(same, "status") == CORRECTION) or _is_replaced(ctx, feed, reading):
        return Verdict(state=ReportState.SUPERSEDED)
    if same is None:
        return _APPLIED
    return Verdict(
        state=ReportState.CONFLICT,
        kind=CaseKind.REPORT_CONFLICT,
        sentence=f"The report {row.name} has the identity of one taken before, and other contents. Nothing of it was "
        "applied.",
    )


def _same_identity(ctx: Context, row: Report) -> Report | None:
    if row.identity is None:
        return None
    return ctx.session.scalar(
        select(Report).where(
            Report.originator_id == row.originator_id,
            Report.identity == row.identity,
            Report.id != row.id,
            Report.state == ReportState.TAKEN,
        )
    )


def _named(ctx: Context, feed: Feed, reading: Reading) -> Report | None:
    """Return the report that a correction names by its own name."""
    found = ctx.session.scalars(
        select(Report).where(
            Report.feed_id == feed.id,
            Report.carrier.in_(_siblings(reading.carrier)),
            Report.number == reading.corrects,
            Report.state == ReportState.TAKEN,
        )
    ).all()
    day = [row for row in found if row.business_on == reading.business_date] or list(found)
    return day[0] if len(day) == 1 else None


def _is_replaced(ctx: Context, feed: Feed, reading: Reading) -> bool:
    """Return whether a correction of this report was taken before it came."""
    if not reading.report_id:
        return False
    told = ctx.session.scalars(
        select(Report.summary).where(
            Report.feed_id == feed.id,
            Report.business_on == reading.business_date,
            Report.carrier.in_(_siblings(reading.carrier)),
            Report.state == ReportState.TAKEN,
            Report.summary.contains('"corrects"'),
        )
    )
    return any(json.loads(summary).get("corrects") == reading.report_id for summary in told)


def _comes_after(other: Report, reading: Reading) -> bool:
    """Return whether a report taken before is the later word: a correction as of a later instant."""
    later = other.as_of is not None and reading.as_of is not None and other.as_of > reading.as_of
    return later and _said(other, "status") == CORRECTION


def _said(row: Report, what: str) -> str:
    return str(json.loads(row.summary).get(what, ""))


def _siblings(carrier: Carrier) -> list[Carrier]:
    return [each for each in Carrier if family_of(each) == family_of(carrier)]


def _identity(ctx: Context, reading: Reading) -> str | None:
    """Return a report's identity as kept: our account stands in it only as its keyed index.

    A report that has neither name nor number has none: its bytes alone tell it from others.
    """
    if not reading.report_id and reading.sequence is None:
        return None
    family, bank, account, day, number = identity_of(reading)
    return "|".join((family, bank, ctx.vault.index_of(bank, account).hex(), day, number))[:_LONGEST_IDENTITY]
