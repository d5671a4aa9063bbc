"""How a banking day of an account stands: its equations, its postings, and what is open."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from ingather.actions.context import Context
from ingather.actions.reconciliation.suspense import OF_SUSPENSE
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.rules.day_equations import Equation, equations_of
from ingather.rules.profile_parts import PostingTerms
from ingather.store.reading.day_figures import day_figures
from ingather.store.reading.reconciliation import DaySums, day_sums, statement_of
from ingather.store.tables import Case, Feed

_GAPS = (CaseKind.REPORT_GAP, CaseKind.REPORT_LATE, CaseKind.BALANCE_BREAK)
_WHOLE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenKind:
    """Open questions of one kind: how many, whose, since when, and over how many cents, without signs."""

    kind: str
    owner: str
    count: int
    cents: int
    oldest_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DayReport:
    """How a banking day of an account stands; ``suspense`` is of all days, ``gaps`` are reports that never came."""

    feed: Feed
    day: date
    has_statement: bool
    equations: tuple[Equation, ...]
    sums: DaySums
    suspense: tuple[OpenKind, ...]
    gaps: int

    @property
    def balanced(self) -> bool:
        """Return whether the day has its statement and every equation of it holds."""
        return self.has_statement and all(each.holds for each in self.equations)

    @property
    def open_items(self) -> int:
        """Return how many equations do not hold, and how many of the day's postings nothing explains."""
        return sum(not each.holds for each in self.equations) + self.sums.postings - self.sums.matched

    @property
    def automatic_bps(self) -> int | None:
        """Return the share of the day's postings that the rules explained, in basis points; None without postings."""
        return self.sums.automatic * _WHOLE // self.sums.postings if self.sums.postings else None


def measure_day(ctx: Context, feed: Feed, day: date, *, terms: PostingTerms) -> DayReport:
    """Return how an account's banking day stands."""
    sums = day_sums(ctx.session, feed.id, day)
    figures = day_figures(ctx.session, feed, day, terms=terms, sums=sums)
    gaps = ctx.session.scalar(
        select(func.count())
        .select_from(Case)
        .where(
            Case.originator_id == feed.originator_id,
            Case.state == CaseState.OPEN,
            Case.kind.in_(_GAPS),
            Case.once.startswith(f"{feed.id}|"),
        )
    )
    return DayReport(
        feed=feed,
        day=day,
        has_statement=statement_of(ctx.session, feed.id, day) is not None,
        equations=equations_of(figures),
        sums=sums,
        suspense=open_kinds(ctx, feed.originator_id),
        gaps=gaps or 0,
    )


def open_kinds(ctx: Context, originator_id: int) -> tuple[OpenKind, ...]:
    """Return the open questions about money by kind and owner, with their age."""
    rows = ctx.session.execute(
        select(Case.kind, Case.owner, func.count(), func.sum(func.abs(Case.suspense_minor)), func.min(Case.opened_on))
        .where(Case.originator_id == originator_id, Case.state == CaseState.OPEN, Case.kind.in_(OF_SUSPENSE))
        .group_by(Case.kind, Case.owner)
        .order_by(Case.kind, Case.owner)
    )
    return tuple(
        OpenKind(kind=kind, owner=owner, count=count, cents=int(cents), oldest_on=oldest)
        for kind, owner, count, cents, oldest in rows
    )


def day_as_dict(day: DayReport) -> dict[str, Any]:
    """Return how a day stands as plain values."""
    return {
        "feed": public_id(Prefix.FEED, day.feed.id),
        "day": day.day.isoformat(),
        "balanced": day.balanced,
        "statement": day.has_statement,
        "gaps": day.gaps,
        "equations": [
            {
                "id": each.id,
                "sentence": each.sentence,
                "holds": each.holds,
                "left_minor": each.left,
                "right_minor": each.right,
            }
            for each in day.equations
        ],
        "postings": day.sums.postings,
        "explained": day.sums.matched,
        "by_the_rules": day.sums.automatic,
        "automatic_bps": day.automatic_bps,
        "suspense": [
            {"kind": each.kind, "owner": each.owner, "count": each.count, "amount_minor": each.cents,
             "oldest_on": each.oldest_on.isoformat()}
            for each in day.suspense
        ],
    }  # fmt: skip
