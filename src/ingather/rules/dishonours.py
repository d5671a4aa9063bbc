"""Which returns the ODFI can be asked to dishonor, until when, and what the buyer's bank can answer.

Originators send no dishonours; their ODFI does, within the clock ``dishonour`` after the return settled. The buyer's
bank contests within the clock ``contest`` after the dishonour settled, and nothing follows a contest in the network.
(Nacha Operating Rules, Appendix Four.) What was found wrong with a return is the kind of case that it opened.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache

from ingather.domain.cases import CaseKind
from ingather.rules.calendar import add_banking_days, next_banking_day
from ingather.rules.clocks import clock
from ingather.rules.deadlines import deadline
from ingather.rules.returns import DISHONOUR_CLOCK
from ingather.rules.rows import Row, ids_of, in_force, rows

CONTEST_CLOCK = "contest"


class Ground(StrEnum):
    """Why a return is dishonored."""

    MISROUTED = "misrouted"
    DOUBLE_CREDIT = "double_credit"
    DUPLICATE = "duplicate"
    LATE = "late"
    WRONG_DATA = "wrong_data"
    UNREQUESTED = "unrequested"


class Answer(StrEnum):
    """What a contest means for the dishonour it answers; ``unfitting`` is for a person, whatever the bank moved."""

    STANDS = "stands"
    REPLACES = "replaces"
    UNFITTING = "unfitting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dishonour:
    """A row of the dishonours.

    ``cases`` are the findings it is for, ``returns`` the return codes it can be about, empty for all, and
    ``not_class`` the SEC codes whose returns are never dishonored. ``contests`` let the return stand, ``replaces``
    puts a corrected return in its place.
    """

    code: str
    cases: frozenset[CaseKind]
    ground: Ground
    returns: frozenset[str]
    not_class: frozenset[str]
    title: str
    contests: frozenset[str]
    replaces: frozenset[str]
    remedy: str
    row: Row = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundReturn:
    """What is known of a return that may be dishonored.

    ``code`` is the return's, ``entry_class`` the SEC code of its entry, empty where it fits none; ``found`` the kinds
    of the cases that it opened; ``differs`` the codes of its wrong fields. ``settled_on`` is its own settlement,
    ``None`` where the bank does not say it, ``told_on`` the day of its report.
    """

    code: str
    entry_class: str
    found: frozenset[CaseKind]
    differs: tuple[str, ...]
    settled_on: date | None
    told_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDishonour:
    """A dishonour that a return allows: ``ask_by`` is our own last day to ask for it, ``dishonour_by`` the ODFI's.

    Both are ``None`` where the return's settlement date is not known: then a person decides. ``fields`` are the wrong
    ones as the addenda names them, such as ``03*06``.
    """

    code: str
    ground: Ground
    title: str
    remedy: str
    fields: str
    ask_by: date | None
    dishonour_by: date | None
    rows: tuple[str, ...]


def dishonours_on(on: date) -> tuple[Dishonour, ...]:
    """Return the dishonours that exist on a day, in the order of their codes."""
    return tuple(_dishonour(row) for row in in_force("dishonour_codes", on).values())


@lru_cache(maxsize=1024)
def dishonour_of(code: str, on: date) -> Dishonour | None:
    """Return a dishonour as it is on a day, or ``None`` for a code that is none then."""
    row = in_force("dishonour_codes", on).get(code)
    return None if row is None else _dishonour(row)


def open_dishonours(about: FoundReturn, *, lead_days: int) -> tuple[OpenDishonour, ...]:
    """Return the dishonours that a return allows, in the order of their codes; none where nothing is wrong with it.

    The rows are those in force on the day the return settled, or was told of. ``lead_days`` are the banking days that
    the ODFI wants a request before its own last day.
    """
    day = about.settled_on or about.told_on
    return tuple(
        OpenDishonour(
            code=each.code,
            ground=each.ground,
            title=each.title,
            remedy=each.remedy,
            fields="*".join(about.differs) if each.ground is Ground.WRONG_DATA else "",
            ask_by=ask_by(about.settled_on, lead_days=lead_days),
            dishonour_by=dishonour_by(about.settled_on),
            rows=ids_of([each.row, clock(DISHONOUR_CLOCK, day).row, clock(CONTEST_CLOCK, day).row]),
        )
        for each in dishonours_on(day)
        if each.cases & about.found
        and about.entry_class not in each.not_class
        and (not each.returns or about.code in each.returns)
    )


def case_dishonour(kind: CaseKind, on: date) -> str | None:
    """Return the code of the dishonour that a kind of case is about on a day, or ``None``."""
    return next((each.code for each in dishonours_on(on) if kind in each.cases), None)


def disputable_cases(on: date) -> frozenset[CaseKind]:
    """Return the kinds of cases that some dishonour is for on a day."""
    return frozenset().union(*(each.cases for each in dishonours_on(on)))


def every_disputable_case() -> frozenset[CaseKind]:
    """Return the kinds of cases that some dishonour is or was for."""
    return frozenset().union(*(_dishonour(row).cases for row in rows("dishonour_codes")))


def dishonour_by(settled_on: date | None) -> date | None:
    """Return the last day on which the ODFI dishonors a return that settled on a day; ``None`` without that day."""
    return settled_on and deadline(DISHONOUR_CLOCK, settled_on)


def ask_by(settled_on: date | None, *, lead_days: int) -> date | None:
    """Return our own last day to ask: ``lead_days`` banking days before the ODFI's; ``None`` without a settlement."""
    last = dishonour_by(settled_on)
    return last and add_banking_days(last, -lead_days)


def contest_by(dishonoured_on: date) -> date:
    """Return the last day on which the buyer's bank contests a dishonour that settled on a day."""
    return deadline(CONTEST_CLOCK, dishonoured_on)


def told_by(last_dishonour: date) -> date:
    """Return the day through which reports must be complete to say that no dishonour was made by its last day.

    What the ODFI sends on the last day settles, and is told of, on the next banking day. Our own caution.
    """
    return next_banking_day(last_dishonour)


def answer_to(dishonour_code: str, contest_code: str, on: date) -> Answer:
    """Return what a contest means for a dishonour under the rows of a day."""
    dishonour = dishonour_of(dishonour_code, on)
    if dishonour is None:
        return Answer.UNFITTING
    if contest_code in dishonour.replaces:
        return Answer.REPLACES
    return Answer.STANDS if contest_code in dishonour.contests else Answer.UNFITTING


def wrong_fields(names: Iterable[str], on: date) -> tuple[str, ...]:
    """Return the codes of fields that differ, ascending; raises ``KeyError`` for a name that is not in the table."""
    codes = {row.values["field"]: row.values["code"] for row in in_force("dishonour_fields", on).values()}
    return tuple(sorted(codes[name] for name in names))


def _dishonour(row: Row) -> Dishonour:
    values = row.values
    return Dishonour(
        code=values["code"],
        cases=frozenset(CaseKind(word) for word in values["cases"].split()),
        ground=Ground(values["ground"]),
        returns=frozenset(values["returns"].split()),
        not_class=frozenset(values["not_class"].split()),
        title=values["title"],
        contests=frozenset(values["contests"].split()),
        replaces=frozenset(values["replaces"].split()),
        remedy=values["remedy"],
        row=row,
    )
