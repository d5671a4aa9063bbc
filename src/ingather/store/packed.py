"""A page of rows as columns, made by PostgreSQL itself: no row ever becomes a Python object on its way here.

Small numbers are packed side by side into one 64-bit word, words and wide numbers of all rows are joined into one value
each, and NumPy reads these as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import BigInteger, ColumnElement, Date, LargeBinary, Select, String, case, cast, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ingather.base.columns import BLANK, Bytes2D, Int64
from ingather.store.driver import driver_of

_WORD_BITS = 62
_EPOCH = date(1970, 1, 1)
_BETWEEN = 31
_BEYOND_ASCII = 128
DAY_BITS = 20
_SETTINGS = ("max_parallel_workers_per_gather", "enable_hashjoin", "enable_mergejoin")
# A page is a small part of its tables, in the order in which it is wanted: its rows are looked up one by one. Guessing
# from the tables' whole size the planner would read and hash all of them for every page, and sort wide rows.
_PAGEWISE = "; ".join(f"SET LOCAL {name} = {0 if name.startswith('max') else 'off'}" for name in _SETTINGS)
_AS_USUAL = "; ".join(f"SET LOCAL {name} = DEFAULT" for name in _SETTINGS)
VERSION_BITS = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of each row.

    ``small`` are expressions with how many bits each fills, never negative and never NULL; ``wide`` ones of 64 bits,
    never NULL; ``texts`` without control characters; ``sealed`` bytes.
    """

    small: Mapping[str, tuple[ColumnElement[Any], int]]
    wide: Mapping[str, ColumnElement[Any]]
    texts: Mapping[str, ColumnElement[Any]]
    sealed: Mapping[str, ColumnElement[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """``n`` rows as columns: numbers ``(n,)``, texts joined by a control character, bytes one by one."""

    count: int
    numbers: Mapping[str, Int64]
    texts: Mapping[str, bytes]
    sealed: Mapping[str, Sequence[bytes]] = field(repr=False)

    def words(self, name: str) -> list[str]:
        """Return a text of each row."""
        return self.texts[name].decode().split(chr(_BETWEEN))

    def column(self, name: str, width: int) -> Bytes2D:
        """Return a text of each row as ``(n, width)`` bytes, blank-filled.

        Raises ``ValueError`` when one is longer or not ASCII: nothing is cut here.
        """
        joined = np.frombuffer(self.texts[name], np.uint8)
        apart = joined == _BETWEEN
        ends = np.append(np.flatnonzero(apart), len(joined))
        lengths = np.diff(np.append(-1, ends)) - 1
        if len(lengths) != self.count or int(lengths.max()) > width or bool((joined >= _BEYOND_ASCII).any()):
            message = f"a text of {name} does not fit a column of {width} ASCII characters"
            raise ValueError(message)
        filled = np.full((self.count, width), BLANK, np.uint8)
        filled[np.arange(width) < lengths[:, None]] = joined[~apart]
        return filled


def code_of(column: InstrumentedAttribute[Any], words: type[IntEnum]) -> ColumnElement[int]:
    """Return a word's code by its name; one without a code, or none at all, is 0."""
    return case({word.name.lower(): int(word) for word in words}, value=column, else_=0)


def flag_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """Return 1 where a condition holds, 0 where it does not or nothing is known."""
    return case((condition, 1), else_=0)


def day_of(column: InstrumentedAttribute[Any]) -> ColumnElement[int]:
    """Return a date as days since 1970, 0 for none; one too far to fit ``DAY_BITS`` is the last that does.

    None is 0, and what fills more bits would change the number beside it: a date before 1970 is its second day.
    """
    days = column - literal(_EPOCH, Date)
    return case((column.is_(None), 0), else_=func.least(func.greatest(days, 1), (1 << DAY_BITS) - 1))


def read_packed(session: Session, asked: Asked, page: Select[*tuple[Any, ...]]) -> Packed | None:
    """Return the rows of ``page``, in its order, as columns; None when there are none.

    ``page`` says which rows: its own columns are replaced by what is asked.
    """
    packs = _packed(asked.small)
    inner = page.with_only_columns(
        *(word.label(f"p{index}") for index, (word, _) in enumerate(packs)),
        *(column.label(f"w_{name}") for name, column in asked.wide.items()),
        *(func.coalesce(column, "").label(f"t_{name}") for name, column in asked.texts.items()),
        *(column.label(f"s_{name}") for name, column in asked.sealed.items()),
        maintain_column_froms=True,
    ).subquery("page")
    columns = inner.c
    nothing = literal(b"", LargeBinary)
    statement = select(
        func.count(),
        *(func.string_agg(func.int8send(columns[f"p{index}"]), nothing) for index in range(len(packs))),
        *(func.string_agg(func.int8send(cast(columns[f"w_{name}"], BigInteger)), nothing) for name in asked.wide),
        *(func.string_agg(columns[f"t_{name}"], literal(chr(_BETWEEN), String)) for name in asked.texts),
        *(func.string_agg(columns[f"s_{name}"], nothing) for name in asked.sealed),
        *(func.string_agg(func.int4send(func.length(columns[f"s_{name}"])), nothing) for name in asked.sealed),
    )
    connection = session.connection()
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    # Binary, since bytes would come as hexadecimal digits otherwise.
    with driver_of(connection, "a page of rows") as driver, driver.cursor(binary=True) as cursor:
        driver.execute(_PAGEWISE)
        found = cursor.execute(str(compiled).replace("%%", "%")).fetchone()
        driver.execute(_AS_USUAL)
    count, values = found[0], list(found[1:])
    if not count:
        return None
    numbers: dict[str, Int64] = {}
    for _, places in packs:
        word = np.frombuffer(values.pop(0), ">i8").astype(np.int64)
        numbers |= {name: (word >> shift) & ((1 << bits) - 1) for name, shift, bits in places}
    numbers |= {name: np.frombuffer(values.pop(0), ">i8").astype(np.int64) for name in asked.wide}
    texts = {name: values.pop(0).encode() for name in asked.texts}
    joined = [values.pop(0) for _ in asked.sealed]
    sealed = {
        name: _cut(whole, np.frombuffer(values.pop(0), ">i4")) for name, whole in zip(asked.sealed, joined, strict=True)
    }
    return Packed(count=count, numbers=numbers, texts=texts, sealed=sealed)


def _packed(
    small: Mapping[str, tuple[ColumnElement[Any], int]],
) -> list[tuple[ColumnElement[int], list[tuple[str, int, int]]]]:
    """Return words of small numbers side by side, each with the (name, shift, bits) of what it holds."""
    packs: list[tuple[ColumnElement[int], list[tuple[str, int, int]]]] = []
    word: ColumnElement[int] | None = None
    places: list[tuple[str, int, int]] = []
    used = 0
    for name, (expression, bits) in small.items():
        if word is not None and used + bits > _WORD_BITS:
            packs.append((word, places))
            word, places, used = None, [], 0
        mine = cast(expression, BigInteger)
        shifted = mine if not used else mine.op("<<")(used)
        word = shifted if word is None else word.op("|")(shifted)
        places.append((name, used, bits))
        used += bits
    if word is not None:
        packs.append((word, places))
    return packs


def _cut(whole: bytes, lengths: npt.NDArray[Any]) -> list[bytes]:
    ends = np.cumsum(lengths).tolist()
    return [whole[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]
