"""What decisions rested on, and under which policy of the house."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.store.reading.pages import Listing
from ingather.store.tables import File, PolicyRow, Return, RuleSet


def rule_set_id_of(session: Session, prefix: Prefix, key: int) -> int | None:
    """Return the key of the rule set that a file's debits or a return's decision rest on; None where none is kept.

    Raises ``LookupError`` when there is no such file, return or set.
    """
    match prefix:
        case Prefix.FILE:
            found = session.execute(select(File.rule_set_id).where(File.id == key)).one_or_none()
        case Prefix.RETURN:
            found = session.execute(select(Return.rule_set_id).where(Return.id == key)).one_or_none()
        case _:
            found = session.execute(select(RuleSet.id).where(RuleSet.id == key)).one_or_none()
    if found is None:
        raise LookupError(public_id(prefix, key))
    rule_set_id: int | None = found[0]
    return rule_set_id


def rows_of_set(session: Session, rule_set_id: int) -> list[str]:
    """Return the ids of the rows of a rule set, sorted."""
    found: list[str] = session.execute(select(RuleSet.rows).where(RuleSet.id == rule_set_id)).scalar_one()
    return found


def policy_in_force(session: Session, originator_id: int) -> dict[str, Any] | None:
    """Return the newest house policy that an originator has taken, with its text; None when it has taken none."""
    row = session.scalars(
        select(PolicyRow).where(PolicyRow.originator_id == originator_id).order_by(PolicyRow.id.desc()).limit(1),
    ).one_or_none()
    if row is None:
        return None
    return {
        "id": row.policy_id,
        "version": row.version,
        "taken_by": row.taken_by,
        "taken_at": row.created_at.isoformat(),
        "sha256": row.sha256.hex(),
        "toml": row.toml,
    }


LISTING = Listing(
    statement=lambda: select(RuleSet),
    key=RuleSet.id,
    shown=lambda _, rows: [rule_set_as_dict(row[0]) for row in rows],
)
"""Sets of rule rows page by page."""


def rule_set_as_dict(row: RuleSet) -> dict[str, Any]:
    """Return a set of rule rows as plain values."""
    return {"id": public_id(Prefix.RULE_SET, row.id), "kept_at": row.created_at.isoformat(), "rows": row.rows}


def rule_set_shown(session: Session, key: int) -> dict[str, Any] | None:
    """Return one set of rule rows, or None."""
    row = session.get(RuleSet, key)
    return None if row is None else rule_set_as_dict(row)
