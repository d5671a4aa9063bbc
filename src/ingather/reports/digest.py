"""A report's items as one hash: what it told of, so that reading its bytes again can be compared."""

import hashlib
import json
from collections.abc import Sequence

import numpy as np

from ingather.reports.items import ITEM_KINDS, Report

_BETWEEN = "\x1f"
"""What stands between two values of a column; where it stands in a value too, the column is written out as JSON."""


_WIDEST = 2**63 - 1


def digest_of(report: Report) -> bytes:
    """Return the SHA-256 of a report's header and items, 32 bytes; its problems are not part of it.

    Every column counts in its order, so that equal hashes mean equal items.
    """
    head = (
        report.carrier, report.bank, report.account, report.currency, report.kind, report.mode, report.as_of,
        report.sequence, report.business_date, report.report_id, report.previous_report_id, report.status,
        report.corrects,
    )  # fmt: skip
    digest = hashlib.sha256(json.dumps(head, default=str).encode())
    for kind in ITEM_KINDS:
        items = getattr(report, kind)
        digest.update(f"\n{kind} {len(items)}".encode())
        if len(items):
            for name in items.column_names():
                digest.update(f"\n{name} ".encode())
                digest.update(_canonical(getattr(items, name)))
    return digest.digest()


def _canonical(column: Sequence[object]) -> bytes:
    """Return a column as bytes that no other column of its type gives; linear, without a call for each value."""
    kinds = set(map(type, column))
    if kinds <= {int, bool} and max(map(abs, column)) <= _WIDEST:  # type: ignore[arg-type]  # all of them are integers
        return np.asarray(column, np.int64).tobytes()
    if all(issubclass(kind, str) for kind in kinds):
        text = _BETWEEN.join(column)  # type: ignore[arg-type]  # all of them are texts
    else:
        words = {each: str(each) for each in set(column)}
        text = _BETWEEN.join([words[each] for each in column])
    if text.count(_BETWEEN) >= len(column):
        text = json.dumps(column, default=str)
    return text.encode()
