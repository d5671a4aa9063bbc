"""The days that people give to what is kept: none that is only a slip of the pen."""

from datetime import date
from typing import Final, TypeVar

import typer

_FIRST: Final = date(2000, 1, 1)
_LAST: Final = date(2199, 12, 31)
_Day = TypeVar("_Day", bound=date)


def in_reach(day: _Day) -> _Day:
    """Return a day, or an instant of it, of 2000 to 2199; another ends the command with a sentence."""
    if not _FIRST.year <= day.year <= _LAST.year:
        message = f"write a day from {_FIRST} to {_LAST}; what has no end has no day"
        raise typer.BadParameter(message)
    return day


def if_given(day: _Day | None) -> _Day | None:
    """Return a day of 2000 to 2199, None for none: the callback of an option."""
    return None if day is None else in_reach(day)
