"""The terms that a file's debits rest on: authorizations and accounts, whose versions rise with every change."""

import numpy as np
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ingather.base.columns import Int64
from ingather.store.engine import is_postgresql
from ingather.store.tables import TermsChange

_CHANGE = select(TermsChange.number)
_POSTGRESQL = "SELECT coalesce(sum(version), 0) FROM {} t JOIN unnest(CAST(:keys AS bigint[])) k ON t.id = k"
_SQLITE = "SELECT coalesce(sum(version), 0) FROM {} WHERE id IN (SELECT value FROM json_each(:keys))"


def change_of_terms(session: Session) -> int:
    """Return the number of the last change of any authorization or account; 0 on SQLite, where nobody counts them.

    An equal number means that none of them changed, and no sum need be taken: seen before what they rest on is read,
    and again in the turn to write, which whoever changes one holds until the change is seen by all.
    """
    return session.execute(_CHANGE).scalar_one() if is_postgresql(session) else 0


def versions_of(session: Session, *, authorization_ids: Int64, account_ids: Int64) -> int:
    """Return the sum of the versions of these authorizations and accounts; an equal sum means that none changed."""
    statement, left, right = (_POSTGRESQL, "{", "}") if is_postgresql(session) else (_SQLITE, "[", "]")
    total = 0
    for table, keys in (("authorizations", authorization_ids), ("accounts", account_ids)):
        listed = left + ",".join(map(str, np.unique(keys).tolist())) + right
        total += int(session.execute(text(statement.format(table)), {"keys": listed}).scalar_one())
    return total


def version_sum(keys: Int64, versions: Int64) -> int:
    """Return the sum of the versions ``(n,)`` of distinct ``keys`` ``(n,)``; a key's versions are all alike."""
    _, first = np.unique(keys, return_index=True)
    return int(versions[first].sum())
