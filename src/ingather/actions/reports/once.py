"""Telling apart what is new from what was told before, where equal rows are real and count as often as they stand."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Known(NamedTuple):
    """A row that the book has: its key, its occurrence, and whether the report may be telling of it again."""

    id: int
    occurrence: int
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """What a report's rows are: new ones by index, each with its occurrence, and known ones as index and key."""

    new: list[int] = field(default_factory=list)
    occurrence: list[int] = field(default_factory=list)
    known: list[tuple[int, int]] = field(default_factory=list)


def tell_apart(keys: Sequence[Hashable], known: Mapping[Hashable, Sequence[Known]]) -> Apart:
    """Return which rows are new: of equal rows those beyond what the book has that the report may be telling of again.

    A new row's occurrence follows the highest one of its key.
    """
    found = Apart()
    seen: Counter[Hashable] = Counter()
    for index, key in enumerate(keys):
        seen[key] += 1
        before = known.get(key)
        if before is None:
            found.new.append(index)
            found.occurrence.append(seen[key])
            continue
        same = [row for row in before if row.same]
        if seen[key] <= len(same):
            found.known.append((index, same[seen[key] - 1].id))
            continue
        found.new.append(index)
        found.occurrence.append(max(row.occurrence for row in before) + seen[key] - len(same))
    return found
