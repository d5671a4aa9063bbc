"""Whether a column holds one of many keys: asked with one value on SQLite, where binding each key costs more."""

import json
from collections.abc import Sequence

from sqlalchemy import ARRAY, ColumnElement, String, any_, func, literal, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from ingather.store.engine import is_postgresql

AT_ONCE = 20_000
"""How many keys are asked for in one statement."""
_FEW = 50


def among(
    session: Session, column: InstrumentedAttribute[int] | InstrumentedAttribute[int | None], keys: Sequence[int]
) -> ColumnElement[bool]:
    """Return the condition that a column holds one of these keys, at most ``AT_ONCE`` of them."""
    if is_postgresql(session):
        return column.in_(keys)
    listed = json.dumps(list(keys), separators=(",", ":"))
    return column.in_(select(text("value")).select_from(func.json_each(listed)))


def names_among(session: Session, column: InstrumentedAttribute[str], names: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a column holds one of these names; PostgreSQL is given many as one array.

    Making and reading a statement with thousands of values costs more than what it looks for.
    """
    if is_postgresql(session) and len(names) > _FEW:
        return column == any_(literal(list(names), ARRAY(String)))
    return column.in_(names)
