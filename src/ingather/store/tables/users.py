"""Who calls: people with roles, keys of the API, what was asked with which key of idempotency, and free labels."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.users import UserState
from ingather.store.tables.base import Base, Code, Instant, Key, Name, one_of


class User(Base):
    """A person. ``name`` is that of the actor ``user:<name>``; ``roles`` are words with commas between, in order.

    ``password`` is an argon2id hash; ``once_mac`` is the keyed hash of the token with which they may choose one until
    ``once_until``. ``totp_sealed`` is the second factor's secret, ``totp_step`` the last step it was used for, NULL
    until its first code proved it. ``issuer`` and ``subject`` are what an identity provider calls them.
    """

    __tablename__ = "users"
    __table_args__ = (
        one_of("state", UserState),
        CheckConstraint(
            "roles NOT LIKE '%approver%' OR (roles NOT LIKE '%administrator%' AND roles NOT LIKE '%custodian%')",
            name="who_grants_approves_nothing",
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
    once_mac: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    once_until: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(String(80))


class UserSession(Base):
    """A person signed in: only a keyed hash of the token is kept. ``proven_at`` is when they last proved who they are.

    ``seen_at`` moves on at most once a minute; a session ends by itself, by signing out, or with its person.
    ``second_factor`` is whether more than a password was shown: without it nobody approves or grants.
    """

    __tablename__ = "user_sessions"
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    mac: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    begun_at: Mapped[datetime] = mapped_column(Instant)
    proven_at: Mapped[datetime] = mapped_column(Instant)
    second_factor: Mapped[bool]
    seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class GuessedName(Base):
    """How often somebody failed to sign in under a name, and until when nobody is listened to under it.

    Names that nobody has are counted as those of people are, so that the answers tell nothing; only a keyed hash of
    the name is kept, and only until it was left alone for a day.
    """

    __tablename__ = "guessed_names"
    name_mac: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    failures: Mapped[int]
    locked_until: Mapped[datetime | None] = mapped_column(Instant)
    last_at: Mapped[datetime] = mapped_column(Instant)


class ApiKey(Base):
    """A key of the API: only a keyed hash of it is kept. The actor is ``key:<key_id>``.

    ``permissions`` are words; ``merchant_id`` binds it to one merchant's rows; ``per_minute`` is its own rate limit.
    A rotated key is still the same caller: ``old_mac`` is that of the token before, which opens until ``old_until``.
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
    old_mac: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    old_until: Mapped[datetime | None] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)


class AnsweredCall(Base):
    """What was answered to a call that moves money, by its caller and key of idempotency; kept for good.

    ``fingerprint`` is a keyed hash of route and body, ``answer`` the body of the answer, compressed; ``subject_id`` is
    the object it was about, where there was one.
    """

    __tablename__ = "answered_calls"
    caller: Mapped[str] = mapped_column(String(80), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    route: Mapped[str] = mapped_column(Name)
    subject_id: Mapped[int | None] = mapped_column(Key, index=True)
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
