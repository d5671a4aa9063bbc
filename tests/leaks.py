"""Looking for account numbers where none may be: in bytes, in files, and in every column of a book.

A number is looked for plain, reversed, in hex of either case, wide (UTF-16), in base64 at each of its three alignments,
and as a whole number of eight bytes, and all of that again inside every compressed stream that is found on the way.
What is reported is a place and a form, never a number.
"""

import base64
import gzip
import io
import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
from psycopg import sql

_STREAM = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
_DEEPEST = 3
_LONGEST_STREAM = 64 << 20
_SHORTEST_STEM = 12
_DIGITS = 15
"""How many digits a number has that a stem is of."""
_FIRST = 256
_EITHER = 47
"""Zlib's word for: zlib or gzip, whichever the head says."""


@dataclass(frozen=True, slots=True)
class Needles:
    """What to look for, each with the name of its form."""

    forms: tuple[tuple[str, bytes], ...] = field(repr=False)

    def forms_in(self, data: bytes, *, depth: int = 0) -> list[str]:
        """Return the forms in which something was found, those inside of compressed streams with ``zip:`` before."""
        found = [name for name, shape in self.forms if shape in data]
        if depth < _DEEPEST:
            for inner in _streams(data):
                found += [f"zip:{name}" for name in self.forms_in(inner, depth=depth + 1)]
        return sorted(set(found))


def needles(*, stem: str, others: Iterable[str] = ()) -> Needles:
    """Return what finds every number that starts with ``stem``, and each of the others.

    A short stem would be found by chance, so it has at least twelve digits.
    """
    if len(stem) < _SHORTEST_STEM:
        message = f"a stem has at least {_SHORTEST_STEM} digits"
        raise ValueError(message)
    first, last = (int(stem.ljust(_DIGITS, digit)).to_bytes(8, "big") for digit in "09")
    high = bytes(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=True)))
    high = high.lstrip(b"\0")
    forms = [*shapes(stem), ("integer", high), ("integer", high[::-1])]
    for number in others:
        forms += shapes(number)
    return Needles(tuple(forms))


def key_needles(keys: Iterable[bytes]) -> Needles:
    """Return what finds keys and secrets, given as bytes of at least twelve."""
    return Needles(tuple(form for key in keys for form in _shapes_of(key)))


def shapes(number: str) -> Iterator[tuple[str, bytes]]:
    """Yield the forms in which the digits could lie somewhere."""
    yield from _shapes_of(number.encode("ascii"))
    yield "wide", number.encode("utf-16-le")
    yield "wide", number.encode("utf-16-be")


def _shapes_of(plain: bytes) -> Iterator[tuple[str, bytes]]:
    yield "plain", plain
    yield "reversed", plain[::-1]
    yield "hex", plain.hex().encode()
    if (upper := plain.hex().upper().encode()) != plain.hex().encode():
        yield "hex", upper
    for shift in range(3):
        sixtyfour = base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 :]
        yield "base64", sixtyfour[: (len(plain) - 3) // 3 * 4]


def _streams(data: bytes) -> Iterator[bytes]:
    """Yield what unpacks to more than a few bytes, wherever it starts."""
    view = memoryview(data)
    for start in _STREAM.finditer(data):
        inflated = zlib.decompressobj(_EITHER)
        try:
            # Most that looks like a beginning is none, and falls apart within its first bytes.
            inner = inflated.decompress(view[start.start() : start.start() + _FIRST], _LONGEST_STREAM)
            inner += inflated.decompress(view[start.start() + _FIRST :], _LONGEST_STREAM)
        except zlib.error:
            continue
        if len(inner) >= _SHORTEST_STEM:
            yield inner


def in_files(folder: Path, sought: Needles, *, without: Sequence[Path] = ()) -> list[str]:
    """Return the places under a folder where something was found; files under ``without`` are not looked at."""
    found: list[str] = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(path.is_relative_to(left_out) for left_out in without):
            forms = set(sought.forms_in(path.read_bytes())) | set(sought.forms_in(_unpacked(path)))
            forms |= set(sought.forms_in(path.name.encode()))
            found += [f"{path.relative_to(folder)}: {form}" for form in sorted(forms)]
    return found


def _unpacked(path: Path) -> bytes:
    """Return the values of a file whose own compression is not zlib's."""
    if path.suffix != ".parquet":
        return b""
    return str(pq.read_table(io.BytesIO(path.read_bytes())).to_pylist()).encode()


def in_sqlite(path: Path, sought: Needles) -> list[str]:
    """Return the columns of a SQLite book in which something was found, every table's."""
    connection = sqlite3.connect(path)
    try:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [
            f"{table}.{column}: {form}"
            for table in tables
            for column in [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
            for form in _forms_of(connection.execute(f'SELECT "{column}" FROM "{table}"'), sought)  # noqa: S608 -- the book's own names
        ]
    finally:
        connection.close()


def in_postgresql(url: str, sought: Needles) -> list[str]:
    """Return the columns of a PostgreSQL book in which something was found, every table's."""
    with psycopg.connect(url.replace("+psycopg", "", 1)) as connection:
        columns = connection.execute(
            "SELECT table_schema, table_name, column_name FROM information_schema.columns "
            "JOIN information_schema.tables USING (table_schema, table_name) WHERE table_type = 'BASE TABLE' "
            "AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, ordinal_position"
        ).fetchall()
        return [
            f"{table}.{column}: {form}"
            for schema, table, column in columns
            for form in _forms_of(
                connection.execute(
                    sql.SQL("SELECT {} FROM {}").format(sql.Identifier(column), sql.Identifier(schema, table))
                ),
                sought,
            )
        ]


def _forms_of(rows: Iterable[tuple[object, ...]], sought: Needles) -> list[str]:
    """Return what is in the values of one column, taken together."""
    values = [bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for (value,) in rows]
    # Values are told apart by a byte that no form has; compressed ones each start a stream of their own.
    return sought.forms_in(b"\xff".join(values))


def planted(number: str) -> Iterator[tuple[str, bytes]]:
    """Yield bytes that hold a number in each of its forms, and once more compressed in each way."""
    for form, shape in [*shapes(number), ("integer", int(number).to_bytes(8, "big"))]:
        yield form, b"before" + shape + b"after"
    yield "integer", b"before" + int(number).to_bytes(8, "little") + b"after"
    yield "zip:plain", b"before" + zlib.compress(number.encode()) + b"after"
    yield "zip:hex", b"before" + gzip.compress(number.encode().hex().encode()) + b"after"
    yield "zip:zip:plain", zlib.compress(b"{}" + gzip.compress(number.encode()))
