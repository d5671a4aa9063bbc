"""People and keys of the API as an administrator looks at them: never a hash, never a token."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.users import roles_of
from ingather.store.reading.pages import Listing
from ingather.store.tables import ApiKey, Book, Merchant, User, UserSession


def user_shown(session: Session, key: int) -> dict[str, Any] | None:
    """Return a person; None when there is none."""
    return _first(_users(session, session.execute(select(User).where(User.id == key)).all()))


def user_named(session: Session, name: str) -> int | None:
    """Return the key of a person by name; None when there is none."""
    return session.scalar(select(User.id).where(User.name == name.strip().lower()))


def users_listed(session: Session) -> list[dict[str, Any]]:
    """Return every person, by name."""
    return _users(session, session.execute(select(User).order_by(User.name)).all())


def key_shown(session: Session, key: int) -> dict[str, Any] | None:
    """Return a key of the API; None when there is none."""
    return _first(_keys(session, session.execute(_keys_statement().where(ApiKey.id == key)).all()))


def keys_listed(session: Session) -> list[dict[str, Any]]:
    """Return every key of the API, the oldest first."""
    return _keys(session, session.execute(_keys_statement().order_by(ApiKey.id)).all())


def key_of_caller(session: Session, actor: str) -> int | None:
    """Return the key of the API that acts as this actor; None when it is none."""
    return session.scalar(select(ApiKey.id).where(ApiKey.key_id == actor.removeprefix("key:")))


def session_shown(session: Session, session_id: int) -> dict[str, Any]:
    """Return a sign-in with who is signed in."""
    found = session.execute(
        select(UserSession, User).join(User, User.id == UserSession.user_id).where(UserSession.id == session_id)
    ).one()
    row, user = found.UserSession, found.User
    return {
        "id": public_id(Prefix.SESSION, row.id),
        "user": user.name,
        "roles": list(roles_of(user.roles)),
        "begun_at": row.begun_at.isoformat(),
        "proven_at": row.proven_at.isoformat(),
        "expires_at": row.expires_at.isoformat(),
        "second_factor": row.second_factor,
    }


def sign_in_demanded(session: Session) -> bool:
    """Return whether the book takes an actor only from who proved it."""
    return session.execute(select(Book.signed_in)).scalar_one()


def book_mark(session: Session) -> str:
    """Return whether the book is ``test`` or ``live``."""
    return session.execute(select(Book.mark)).scalar_one()


def merchant_name(session: Session, merchant_id: int) -> str:
    """Return a merchant's own name."""
    return session.execute(select(Merchant.external_id).where(Merchant.id == merchant_id)).scalar_one()


def _users(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[dict[str, Any]]:
    keys = [row.User.id for row in rows]
    last = select(UserSession.user_id, func.max(UserSession.seen_at)).where(UserSession.user_id.in_(keys))
    seen: dict[int, datetime] = dict(session.execute(last.group_by(UserSession.user_id)).all())
    return [_user(row.User, seen.get(row.User.id)) for row in rows]


def _user(row: User, seen_at: datetime | None) -> dict[str, Any]:
    return {
        "id": public_id(Prefix.USER, row.id),
        "name": row.name,
        "roles": list(roles_of(row.roles)),
        "state": row.state,
        "has_password": row.password is not None,
        "second_factor": row.totp_step is not None,
        "issuer": row.issuer,
        "subject": row.subject,
        "seen_at": _text(seen_at),
        "created_at": row.created_at.isoformat(),
        "created_by": row.created_by,
    }


def _keys_statement() -> Any:  # noqa: ANN401 -- a statement over a row and a name
    return select(ApiKey, Merchant.external_id).outerjoin(Merchant, Merchant.id == ApiKey.merchant_id)


def _keys(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[dict[str, Any]]:
    mark = book_mark(session)
    return [_key(row.ApiKey, row.external_id, mark) for row in rows]


def _key(row: ApiKey, merchant: str | None, mark: str) -> dict[str, Any]:
    return {
        "id": public_id(Prefix.API_KEY, row.id),
        "name": row.name,
        "begins": f"ing_{mark}_{row.key_id}_",
        "permissions": list(row.permissions),
        "merchant": merchant,
        "per_minute": row.per_minute,
        "created_at": row.created_at.isoformat(),
        "created_by": row.created_by,
        "expires_at": _text(row.expires_at),
        "revoked_at": _text(row.revoked_at),
        "revoked_by": row.revoked_by,
        "old_token_until": _text(row.old_until),
        "last_used_at": _text(row.last_used_at),
    }


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _first(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    return rows[0] if rows else None


USERS = Listing(
    statement=lambda: select(User),
    key=User.id,
    shown=_users,
    filters={"state": User.state.in_, "name": lambda name: User.name == name.strip().lower()},
)
"""People page by page."""
KEYS = Listing(
    statement=_keys_statement,
    key=ApiKey.id,
    shown=_keys,
    filters={
        "revoked": lambda revoked: ApiKey.revoked_at.is_not(None) if revoked else ApiKey.revoked_at.is_(None),
        "merchant": lambda name: Merchant.external_id == name,
    },
)
"""Keys of the API page by page."""
