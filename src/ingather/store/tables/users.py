"""Who calls: people with roles, keys of the API, what was asked with which key of idempotency, and free labels."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.users import UserState
from ingather.store.tables.base import Base, Code, Instant, Key, Name, one_of


class User(Base):
    """A person. ``name`` is that of the actor ``user:<name>``; ``roles`` are words with commas between, in order.

    ``password`` is an argon2id hash, ``totp_sealed`` the second factor's secret, ``totp_step`` the last step it was
    used for; a provider's person has ``subject`` instead. ``failures`` and ``locked_until`` slow guessing down.
    """

    __tablename__ = "users"
    __table_args__ = (
        one_of("state", UserState),
        CheckConstraint(
            "roles NOT LIKE '%administrator%' OR roles NOT LIKE '%approver%'", name="administrator_approves_nothing"
        ),
        Index("uq_users_subject", "issuer", "subject", unique=True),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(63), unique=True)
    roles: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(Code)
    password: Mapped[str | None] = mapped_column(Name)
    password_at: Mapped[datetime | None] = mapped_column(Instant)
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_step: Mapped[int | None] = mapped_column(Key)
    issuer: Mapped[str | None] = mapped_column(Name)
    subject: Mapped[str | None] = mapped_column(Name)
    failures: Mapped[int] = mapped_column(server_default="0")
    locked_until: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(String(80))


class UserSession(Base):
    """A person signed in: only a keyed hash of the token is kept. ``proven_at`` is when they last proved who they are.

    ``seen_at`` moves on at most once a minute; a session ends by itself, by signing out, or with its person.
    """

    __tablename__ = "user_sessions"
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    mac: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    begun_at: Mapped[datetime] = mapped_column(Instant)
    proven_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class ApiKey(Base):
    """A key of the API: only a keyed hash of it is kept. The actor is ``key:<key_id>``.

    ``permissions`` are words; ``merchant_id`` binds it to one merchant's rows; ``per_minute`` is its own rate limit.
    """

    __tablename__ = "api_keys"
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    key_id: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(Name)
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))
    permissions: Mapped[list[str]] = mapped_column(JSON)
    merchant_id: Mapped[int | None] = mapped_column(Key)
    per_minute: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(String(80))
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_by: Mapped[str | None] = mapped_column(String(80))
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)


class AnsweredCall(Base):
    """What was answered to a call that moves money, by its caller and key of idempotency; kept for good.

    ``fingerprint`` is a keyed hash of route and body, ``answer`` the body of the answer, compressed.
    """

    __tablename__ = "answered_calls"
    caller: Mapped[str] = mapped_column(String(80), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    route: Mapped[str] = mapped_column(Name)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[int] = mapped_column(SmallInteger)
    headers: Mapped[dict[str, str]] = mapped_column(JSON)
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    answered_at: Mapped[datetime] = mapped_column(Instant)


class Label(Base):
    """What a caller keeps beside one of our objects: ``metadata`` in the API, words of theirs that mean nothing to us.

    Keys are minted once for all tables, so an object's own key names it.
    """

    __tablename__ = "labels"
    subject_id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
