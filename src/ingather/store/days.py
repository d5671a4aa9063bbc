"""Dates as drivers give them, as columns of days since 1970."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from ingather.base.columns import Int64

_EPOCH = date(1970, 1, 1)


def days_of(values: Sequence[date | str | None]) -> Int64:
    """Return dates as days since 1970, 0 for none; few distinct dates stand in many rows."""
    found = {value: 0 if value is None else (_date(value) - _EPOCH).days for value in set(values)}
    if len(found) == 1:
        return np.full(len(values), next(iter(found.values())), np.int64)
    return np.fromiter(map(found.__getitem__, values), np.int64, count=len(values))


def _date(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
