"""Statements that are asked again and again: each is built once, with a place for every value.

A night asks hundreds of small questions, and building the statement of one takes longer than its answer.
"""

from collections.abc import Callable
from functools import update_wrapper
from inspect import signature
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import BindParameter, bindparam
from sqlalchemy.sql import Executable

Statement = TypeVar("Statement", bound=Executable)
Value: TypeAlias = BindParameter[Any]
"""The place of a value in a statement."""


class Asked(Generic[Statement]):
    """A statement with its values, as ``session.execute(*asked(name=value))`` takes them."""

    __name__ = "asked"

    def __init__(self, make: Callable[..., Statement], many: frozenset[str]) -> None:
        """Build the statement only when it is first asked: all tables are known by then."""
        self._make = make
        self._many = many
        self._statement: Statement | None = None

    def __call__(self, **values: Any) -> tuple[Statement, dict[str, Any]]:  # noqa: ANN401 -- values of any column
        """Return the statement and its values; each is named as the parameter that stands for it."""
        if self._statement is None:
            names = signature(self._make).parameters
            places: dict[str, Value] = {name: bindparam(name, expanding=name in self._many) for name in names}
            self._statement = self._make(**places)
        return self._statement, values


def asked(*many: str) -> Callable[[Callable[..., Statement]], Asked[Statement]]:
    """Make a function of places into a statement that is built once; ``many`` are those for a list, as ``in_`` takes.

    What the function is given are bind parameters: it compares columns with them, and does nothing else.
    """

    def build(make: Callable[..., Statement]) -> Asked[Statement]:
        found = Asked(make, frozenset(many))
        update_wrapper(found, make)
        return found

    return build
