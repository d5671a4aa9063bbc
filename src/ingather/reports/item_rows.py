"""Items put together row by row: what a row does not say is blank."""

from dataclasses import fields
from datetime import date
from typing import Generic, TypeVar, get_type_hints

from ingather.reports.items import Items

_T = TypeVar("_T", bound=Items)

_BLANKS: dict[object, object] = {list[int]: 0, list[str]: "", list[bool]: False, list[date | None]: None}


class Rows(Generic[_T]):
    """The rows of one kind of items, in the order they are added."""

    __slots__ = ("_blanks", "_columns", "_items")

    def __init__(self, items: type[_T]) -> None:
        types = get_type_hints(items)
        self._items = items
        self._columns: dict[str, list[object]] = {column.name: [] for column in fields(items)}
        self._blanks = {name: _BLANKS.get(types[name]) for name in self._columns}

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._columns["line"])

    def add(self, **values: object) -> None:
        """Add one row; raises ``TypeError`` for a column these items do not have."""
        if not values.keys() <= self._columns.keys():
            message = f"{self._items.__name__} have no {', '.join(sorted(values.keys() - self._columns.keys()))}"
            raise TypeError(message)
        for name, column in self._columns.items():
            column.append(values.get(name, self._blanks[name]))

    def items(self) -> _T:
        """Return the items."""
        return self._items(**self._columns)  # type: ignore[arg-type]  # the readers give each column its element type
