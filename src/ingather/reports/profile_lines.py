"""Where the keys of a TOML text stand, so that a problem can name its line: TOML readers tell values, not places."""

import re
from collections.abc import Sequence

_TABLES = re.compile(r"\s*\[\[\s*([^\]]+?)\s*\]\]")
_TABLE = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\s*=\s*(.*)$""")
_MEMBER = re.compile(r"\s*[\[{\"'0-9]")

Path = tuple[str | int, ...]


class KeyLines:
    """The lines of a text's keys by their path, such as ``("records", 1, "fields", 0)``."""

    __slots__ = ("_counts", "_lines")

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        table: Path = ()
        inside: Path | None = None
        members = 0
        for number, line in enumerate(text.splitlines(), start=1):
            if inside is not None:
                if line.strip().startswith("]"):
                    inside = None
                elif _MEMBER.match(line):
                    self._lines.setdefault((*inside, members), number)
                    members += 1
                continue
            if found := _TABLES.match(line):
                table = self._next(found[1])
                self._lines.setdefault(table, number)
            elif found := _TABLE.match(line):
                table = self._resolved(found[1].split("."))
                self._lines.setdefault(table, number)
            elif found := _KEY.match(line):
                path = (*table, *(part.strip("\"' ") for part in found[1].split(".")))
                self._lines.setdefault(path, number)
                value = found[2].split("#", 1)[0].strip()
                if value.startswith("[") and value.count("[") > value.count("]"):
                    inside, members = path, 0

    def line(self, path: Sequence[str | int]) -> int:
        """Return the line of a key, or of the nearest one around it that has a line; 0 for none."""
        return next(
            (self._lines[tuple(path[:end])] for end in range(len(path), 0, -1) if tuple(path[:end]) in self._lines), 0
        )

    def _next(self, name: str) -> Path:
        *outer, last = name.split(".")
        path = (*self._resolved(outer), last.strip("\"' "))
        self._counts[path] = self._counts.get(path, 0) + 1
        return (*path, self._counts[path] - 1)

    def _resolved(self, parts: Sequence[str]) -> Path:
        path: Path = ()
        for part in parts:
            path = (*path, part.strip("\"' "))
            if count := self._counts.get(path):
                path = (*path, count - 1)
        return path
