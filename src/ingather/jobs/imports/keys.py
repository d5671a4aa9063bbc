"""The keys a file has shown so far: found again by a 64-bit hash, in 16 bytes a row, however many rows there are."""

from collections.abc import Hashable, Sequence

import numpy as np

from ingather.base.columns import Int64


class SeenKeys:
    """Remembers on which line each key stood first.

    Sorted runs of doubling length are searched and merged. Two different keys of one file share a hash once in some
    370,000 files of ten million rows; the later row would then be refused, never taken wrongly.
    """

    __slots__ = ("_runs",)

    def __init__(self) -> None:
        self._runs: list[tuple[Int64, Int64]] = []

    def earlier_lines(self, keys: Sequence[Hashable], lines: Sequence[int]) -> Int64:
        """Remember ``n`` keys and return, as ``(n,)``, the line on which each stood before; 0 where it did not."""
        hashes = np.fromiter(map(hash, keys), np.int64, len(keys))
        own = np.asarray(lines, np.int64)
        unique, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
        earliest = own[first]
        known = np.zeros(len(unique), np.bool_)
        for run, run_lines in self._runs:
            at = np.minimum(np.searchsorted(run, unique), len(run) - 1)
            found = run[at] == unique
            earliest[found] = run_lines[at[found]]
            known |= found
        self._add(unique[~known], earliest[~known])
        earlier = earliest[inverse]
        earlier[earlier == own] = 0
        return earlier

    def _add(self, hashes: Int64, lines: Int64) -> None:
        if not len(hashes):
            return
        self._runs.append((hashes, lines))
        while len(self._runs) > 1 and len(self._runs[-2][0]) <= 2 * len(self._runs[-1][0]):
            (older, older_lines), (newer, newer_lines) = self._runs[-2:]
            joined = np.concatenate([older, newer])
            order = np.argsort(joined, kind="stable")
            self._runs[-2:] = [(joined[order], np.concatenate([older_lines, newer_lines])[order])]
