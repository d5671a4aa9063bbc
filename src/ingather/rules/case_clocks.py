"""What each kind of case is under: its clock, its owner, when it is escalated and to whom, and what closes it.

A clock is one of the Rules' (``rules.deadlines``), a number of banking days of the house, or the house policy's months.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from ingather.domain.cases import CaseKind
from ingather.rules.calendar import add_banking_days
from ingather.rules.deadlines import deadline
from ingather.rules.rows import Row, in_force

HOUSE = "house"
POLICY = "policy"
OPENING = "opening"
_MONTHS = 12


class Evidence(StrEnum):
    """Whether a person who closes a case must say what shows it, or may."""

    REQUIRED = "required"
    FREE = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTerms:
    """What a kind of case is under, and the row that says so.

    ``clock`` is empty where nothing is counted. ``house_days`` are banking days from the opening, which stand where no
    last day is known otherwise; None for none. ``escalate_days`` are banking days before the last day, None for never.
    ``way_out`` names ``{case}``, ``{order}`` and ``{subject}`` where a command needs them.
    """

    kind: CaseKind
    clock: str
    house_days: int | None
    counted_from: str
    owner: str
    escalate_days: int | None
    escalate_to: str
    entangles: bool
    evidence: Evidence
    way_out: str
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """Cases of these kinds that are due by ``last_due`` belong to ``to`` from today on."""

    kinds: tuple[CaseKind, ...]
    last_due: date
    to: str


@lru_cache(maxsize=1024)
def case_terms(kind: CaseKind, on: date) -> CaseTerms | None:
    """Return what a kind of case is under on a day; None for a kind that no row in force knows."""
    row = in_force("case_clocks", on).get(str(kind))
    return None if row is None else _terms(row)


def due_when_opened(terms: CaseTerms, on: date) -> tuple[str | None, date | None]:
    """Return the clock and the last day of a case that is opened on a day and brings no last day of its own."""
    if terms.counted_from == OPENING and terms.clock not in {"", HOUSE, POLICY}:
        return terms.clock, deadline(terms.clock, on)
    if terms.house_days is not None:
        return HOUSE, add_banking_days(on, terms.house_days)
    return terms.clock or None, None


def escalations(on: date) -> tuple[Escalation, ...]:
    """Return from which last day on each kind is escalated on a day, kinds with the same terms together."""
    alike: dict[tuple[int, str], list[CaseKind]] = {}
    for row in in_force("case_clocks", on).values():
        terms = _terms(row)
        if terms.escalate_days is not None:
            alike.setdefault((terms.escalate_days, terms.escalate_to), []).append(terms.kind)
    return tuple(
        Escalation(kinds=tuple(sorted(kinds)), last_due=add_banking_days(on, days), to=to)
        for (days, to), kinds in sorted(alike.items())
    )


def review_due(last: date, *, every_months: int) -> date:
    """Return the day by which a review follows the last one; the 31st of a shorter month is its last day."""
    months = last.month - 1 + every_months
    year, month = last.year + months // _MONTHS, months % _MONTHS + 1
    return date(year, month, min(last.day, monthrange(year, month)[1]))


def _terms(row: Row) -> CaseTerms:
    values = row.values
    return CaseTerms(
        kind=CaseKind(values["kind"]),
        clock=values["clock"],
        house_days=int(values["house_days"]) if values["house_days"] else None,
        counted_from=values["counted_from"],
        owner=values["owner"],
        escalate_days=int(values["escalate_days"]) if values["escalate_days"] else None,
        escalate_to=values["escalate_to"],
        entangles=values["entangles"] == "yes",
        evidence=Evidence(values["evidence"]),
        way_out=values["way_out"],
        row=row,
    )
