"""Rows for PostgreSQL's binary COPY, made column by column: a hundred thousand rows are one block of bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from sqlalchemy import BigInteger, Boolean, Date, Integer, LargeBinary, SmallInteger, String, Table
from sqlalchemy.types import TypeEngine

from ingather.base.columns import Bytes2D
from ingather.base.dates import to_micros
from ingather.store.tables.base import Instant

Column: TypeAlias = Sequence[Any] | npt.NDArray[Any]

_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TAIL = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_FIRST_DAY = date(2000, 1, 1)
_LENGTH = 4
# Rows are laid side by side as wide as the widest value: what would be mostly room is written row by row instead.
_ROOM = 1 << 24


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    """A column's cells with their length before them: ``(n, width)`` bytes, of which ``used`` ``(n,)`` count."""

    content: Bytes2D
    used: npt.NDArray[np.int64] | None = None


def binary_copy(table: Table, columns: Mapping[str, Column], same: Mapping[str, Any], count: int) -> bytes | None:
    """Return the bytes of a binary COPY of ``count`` rows, given as columns and as values that all rows share.

    Its columns are those of ``columns``, then those of ``same``. None for what is not worth it: a type that is not
    known here, or values of very different lengths.
    """
    if any(len(values) != count for values in columns.values()):
        message = "the columns are of unequal length"
        raise ValueError(message)
    cells: list[_Cells] = [_Cells(content=_repeated((len(columns) + len(same)).to_bytes(2, "big"), count))]
    for name, values in columns.items():
        found = _cells(table.c[name].type, values)
        if found is None:
            return None
        cells.append(found)
    shared = []
    for name, value in same.items():
        encoded = _encoded(table.c[name].type, value)
        if encoded is None:
            return None
        shared.append(encoded)
    cells.append(_Cells(content=_repeated(b"".join(shared), count)))
    rows = np.concatenate([each.content for each in cells], axis=1)
    if all(each.used is None for each in cells):
        return _HEAD + rows.tobytes() + _TAIL
    kept = np.concatenate(
        [
            np.ones(each.content.shape, np.bool_)
            if each.used is None
            else np.arange(each.content.shape[1]) < each.used[:, None]
            for each in cells
        ],
        axis=1,
    )
    packed: bytes = rows[kept].tobytes()
    return _HEAD + packed + _TAIL


def _repeated(value: bytes, count: int) -> Bytes2D:
    return np.broadcast_to(np.frombuffer(value, np.uint8), (count, len(value)))


def _cells(kind: TypeEngine[Any], values: Column) -> _Cells | None:
    width = _width(kind)
    if width is not None and not isinstance(kind, Date | Instant):
        numbers = values if isinstance(values, np.ndarray) else _whole(values)
        if numbers is not None:
            return _Cells(content=_fixed(numbers, width))
    listed = values.tolist() if isinstance(values, np.ndarray) else values
    # Few distinct words stand in many rows.
    known = {value: _encoded(kind, value) for value in set(listed)} if not isinstance(kind, LargeBinary) else {}
    encoded = [known[value] if known else _encoded(kind, value) for value in listed]
    if any(each is None for each in encoded):
        return None
    sure = [each or b"" for each in encoded]
    used = np.fromiter(map(len, sure), np.int64, count=len(sure))
    widest = int(used.max())
    if widest * len(sure) > max(_ROOM, 2 * int(used.sum())):
        return None
    content = np.frombuffer(b"".join([each.ljust(widest, b"\0") for each in sure]), np.uint8).reshape(-1, widest)
    return _Cells(content=content, used=None if int(used.min()) == widest else used)


def _whole(values: Sequence[Any]) -> npt.NDArray[Any] | None:
    try:
        return np.fromiter(values, np.int64, count=len(values))
    except TypeError:
        return None  # some are NULL


def _fixed(numbers: npt.NDArray[Any], width: int) -> Bytes2D:
    content = np.empty((len(numbers), _LENGTH + width), np.uint8)
    content[:, :_LENGTH] = np.frombuffer(width.to_bytes(_LENGTH, "big"), np.uint8)
    bound = 1 << (8 * width - 1)
    if len(numbers) and (int(numbers.max()) >= bound or int(numbers.min()) < -bound):
        message = f"a number does not fit {width} bytes"
        raise ValueError(message)
    content[:, _LENGTH:] = numbers.astype(f">i{width}").view(np.uint8).reshape(-1, width)
    return content


def _width(kind: TypeEngine[Any]) -> int | None:
    match kind:
        case SmallInteger():
            return 2
        case BigInteger() | Instant():
            return 8
        case Integer() | Date():
            return 4
        case Boolean():
            return 1
        case _:
            return None


def _encoded(kind: TypeEngine[Any], value: Any) -> bytes | None:  # noqa: ANN401 -- whatever the column holds
    """Return a value's length and bytes as PostgreSQL sends them; None for a type that is not known here."""
    if value is None:
        return _NULL
    width = _width(kind)
    match value:
        case datetime():
            value = to_micros(value)
        case date():
            value = (value - _FIRST_DAY).days
        case str() if isinstance(kind, Date):
            value = (date.fromisoformat(value) - _FIRST_DAY).days
        case _:
            pass
    if width is not None and isinstance(value, int | np.integer):
        content = int(value).to_bytes(width, "big", signed=True)
    elif isinstance(kind, String) and isinstance(value, str):
        content = value.encode()
    elif isinstance(kind, LargeBinary) and isinstance(value, bytes | memoryview):
        content = bytes(value)
    else:
        return None
    return len(content).to_bytes(_LENGTH, "big") + content
