"""Numbers that must not repeat: traces, batch numbers and file id modifiers, taken in the sealing transaction."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.domain.refusals import LimitReached
from ingather.store.tables import NumberAllocation

MODIFIERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
TRACES = 9_999_999


def take(session: Session, series: str, count: int, *, first: int = 1, last: int | None = None) -> int:
    """Return the first of ``count`` successive numbers of a series.

    With ``last``, the series starts over at ``first`` when it cannot hold the whole run; raises ``LimitReached`` when
    a run is longer than the series itself.
    """
    row = session.execute(
        select(NumberAllocation).where(NumberAllocation.series == series).with_for_update(),
    ).scalar_one_or_none()
    if row is None:
        row = NumberAllocation(series=series, next_number=first)
        session.add(row)
    if last is not None and row.next_number + count - 1 > last:
        if count > last - first + 1:
            fact = f"{count:,} numbers do not fit into a series of {last - first + 1:,}"
            raise LimitReached(fact)
        row.next_number = first
    number = row.next_number
    row.next_number = number + count
    session.flush()
    return number


def peek(session: Session, series: str, *, count: int = 1, first: int = 1, last: int | None = None) -> int:
    """Return the first of ``count`` successive numbers that a series would give next, as ``take`` gives them."""
    found = session.execute(select(NumberAllocation.next_number).where(NumberAllocation.series == series)).scalar()
    return fitting(first if found is None else found, count, first=first, last=last)


def fitting(number: int, count: int, *, first: int = 1, last: int | None = None) -> int:
    """Return where a run of ``count`` numbers begins whose turn is ``number``: over again when it would not fit."""
    return first if last is not None and number + count - 1 > last else number


def modifier_of(number: int, *, day: str) -> str:
    """Return the file id modifier of a day's n-th file, counting from 0; raises ``LimitReached`` after the last."""
    if number >= len(MODIFIERS):
        fact = f"all {len(MODIFIERS)} file id modifiers of {day} are used"
        raise LimitReached(fact, "The rest goes out with the next night; larger files need fewer modifiers")
    return MODIFIERS[number]
