"""Questions about breaches: what an invariant asks of a book is made into SQL once, however often it is asked.

The invariants are asked after every night and every step of a proof; building their statements anew each time cost
more than the answers.
"""

from collections.abc import Callable, Sequence
from functools import reduce, update_wrapper
from operator import add
from typing import Any, TypeAlias

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

Question: TypeAlias = Callable[[Session], int]
"""Asks a book how often an invariant is broken: 0, always."""
Statement: TypeAlias = Select[*tuple[Any, ...]]
Made: TypeAlias = Callable[[], Statement | tuple[Statement, ...]]


def rows(*statements: Statement) -> Question:
    """Return the question how many rows the statements have together."""
    return _Asked(lambda: [_counting(each) for each in statements])


def count(statement: Select[int]) -> Question:
    """Return the question that a statement answers which counts by itself."""
    return _Asked(lambda: [statement])


def _counting(statement: Statement) -> Select[int]:
    return select(func.count()).select_from(statement.subquery())


def breaches(make: Made) -> Question:
    """Return the question how many rows the statements of ``make`` have; they are made when it is first asked."""

    def counting() -> list[Select[int]]:
        made = make()
        return [_counting(each) for each in (made if isinstance(made, tuple) else (made,))]

    return update_wrapper(_Asked(counting), make)


class _Asked:
    """A question with its SQL, by the engine that is asked; it takes no values, so that the text is all of it."""

    __name__ = "asked"

    def __init__(self, make: Callable[[], Sequence[Select[int]]]) -> None:
        """Make the statements only when they are first needed: all tables are known by then."""
        self._make = make
        self._text: dict[str, str] = {}

    def __call__(self, session: Session) -> int:
        """Return how many rows there are."""
        connection = session.connection()
        text = self._text.get(connection.dialect.name)
        if text is None:
            whole = select(reduce(add, [each.scalar_subquery() for each in self._make()]))
            text = str(whole.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
            self._text[connection.dialect.name] = text
        return int(connection.exec_driver_sql(text).scalar_one())
