"""Who can approve, send, see numbers, grant and make keys; reviews of that by two persons; and the house's policies."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.users import PERMISSIONS, Permission, UserState, permissions_of, roles_of
from ingather.store.reading.users import keys_listed, users_listed
from ingather.store.tables import AccessReview, Case, PolicyRow

RIGHTS: dict[str, frozenset[Permission]] = {
    "approve": frozenset({Permission.FILES_APPROVE, Permission.RETURNS_APPROVE, Permission.SETTLEMENTS_APPROVE}),
    "send": frozenset({Permission.FILES_WRITE}),
    "unmask": frozenset({Permission.ACCOUNTS_UNMASK}),
    "grant": frozenset({Permission.USERS_WRITE}),
    "keys": frozenset({Permission.KEYS_WRITE}),
}
"""What a review of access is about, by a word, with the permissions of which one is enough."""
_MOST = 20


def rights_of(permissions: Collection[Permission]) -> list[str]:
    """Return the words of what a review is about that these permissions give."""
    return [word for word, needed in RIGHTS.items() if not needed.isdisjoint(permissions)]


def who_can(session: Session) -> list[dict[str, Any]]:
    """Return everybody and every key of the API that can do something a review is about, people first, by name."""
    people = [
        {
            "name": row["name"],
            "id": row["id"],
            "is_key": False,
            "roles": row["roles"],
            "rights": rights_of(permissions_of(roles_of(",".join(row["roles"])))),
            "second_factor": row["second_factor"],
            "seen_at": row["seen_at"],
        }
        for row in users_listed(session)
        if row["state"] == UserState.ACTIVE
    ]
    keys = [
        {
            "name": row["name"],
            "id": row["id"],
            "is_key": True,
            "roles": [],
            "rights": rights_of([Permission(each) for each in row["permissions"] if each in set(Permission)]),
            "second_factor": False,
            "seen_at": row["last_used_at"],
        }
        for row in keys_listed(session)
        if row["revoked_at"] is None
    ]
    return [row for row in (*people, *keys) if row["rights"]]


def access_reviews(session: Session, originator_id: int) -> list[dict[str, Any]]:
    """Return the reviews of access, the newest first, at most twenty."""
    rows = session.scalars(
        select(AccessReview)
        .where(AccessReview.originator_id == originator_id)
        .order_by(AccessReview.id.desc())
        .limit(_MOST)
    )
    return [
        {
            "id": row.id,
            "state": row.state,
            "findings": row.findings,
            "people": row.people,
            "reviewed_by": row.reviewed_by,
            "reviewed_at": row.reviewed_at,
            "decided_by": row.decided_by,
            "decided_at": row.decided_at,
            "reason": row.reason,
        }
        for row in rows
    ]


def reviews_closed(session: Session, originator_id: int, kind: CaseKind) -> list[dict[str, Any]]:
    """Return the reviews of a kind that were closed, the last one first, at most twenty."""
    rows = session.scalars(
        select(Case)
        .where(Case.originator_id == originator_id, Case.kind == kind, Case.state == CaseState.CLOSED)
        .order_by(Case.closed_at.desc())
        .limit(_MOST)
    )
    return [
        {
            "id": public_id(Prefix.CASE, row.id),
            "closed_at": row.closed_at,
            "closed_by": row.closed_by,
            "outcome": row.outcome,
            "evidence": row.evidence,
        }
        for row in rows
    ]


def review_open(session: Session, originator_id: int, kind: CaseKind) -> Case | None:
    """Return the open case of a review; None when none is open."""
    statement = select(Case).where(Case.originator_id == originator_id, Case.kind == kind, Case.state == CaseState.OPEN)
    return session.scalars(statement.limit(1)).one_or_none()


def policies_taken(session: Session, originator_id: int) -> list[dict[str, Any]]:
    """Return the versions of the house's policy that were taken, the newest first."""
    rows = session.scalars(
        select(PolicyRow).where(PolicyRow.originator_id == originator_id).order_by(PolicyRow.id.desc()).limit(_MOST)
    )
    return [
        {
            "id": row.policy_id,
            "version": row.version,
            "taken_by": row.taken_by,
            "taken_at": row.created_at,
            "sha256": row.sha256.hex(),
        }
        for row in rows
    ]


def holders_of(permission: Permission, session: Session) -> list[str]:
    """Return the names of the people who have a permission now."""
    roles = {role for role, may in PERMISSIONS.items() if permission in may}
    return [
        row["name"]
        for row in users_listed(session)
        if row["state"] == UserState.ACTIVE and not roles.isdisjoint(roles_of(",".join(row["roles"])))
    ]


def last_closed(session: Session, originator_id: int, kind: CaseKind) -> datetime | None:
    """Return when a review of a kind was last closed."""
    found = reviews_closed(session, originator_id, kind)
    return found[0]["closed_at"] if found else None
