"""Webhooks: endpoints with their secrets, the events each was or will be told, and every attempt."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from ingather.domain.webhooks import EndpointState, MessageState
from ingather.store.tables.base import Base, Code, Instant, Key, Name, one_of


class WebhookEndpoint(Base):
    """Where events are sent. ``cursor`` is the last fact for which messages were made; ``kinds`` empty means all.

    ``failing_since`` is when the first of the attempts that failed one after the other was made, ``failures`` how many
    these are, and ``rest_until`` when the endpoint is tried again.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (one_of("state", EndpointState),)
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    originator_id: Mapped[int] = mapped_column(Key)
    merchant_id: Mapped[int | None] = mapped_column(Key)
    url: Mapped[str] = mapped_column(String(2000))
    description: Mapped[str] = mapped_column(Name)
    kinds: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(Code)
    reason: Mapped[str | None] = mapped_column(Name)
    cursor: Mapped[int] = mapped_column(Key)
    failing_since: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(server_default="0")
    rest_until: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(String(80))


class WebhookSecret(Base):
    """A secret with which messages to an endpoint are signed; several at once while they are rotated."""

    __tablename__ = "webhook_secrets"
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoints.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
    retires_at: Mapped[datetime | None] = mapped_column(Instant)


class WebhookMessage(Base):
    """One event for one endpoint; ``fact_seq`` is the event's number, 0 for a ping.

    ``replay`` tells apart the deliveries of one event that were asked for again, and one ping from the next.
    """

    __tablename__ = "webhook_messages"
    __table_args__ = (
        one_of("state", MessageState),
        Index("uq_webhook_messages_event", "endpoint_id", "fact_seq", "replay", unique=True),
        Index("ix_webhook_messages_due", "endpoint_id", "fact_seq", sqlite_where=text("state = 'due'"),
              postgresql_where=text("state = 'due'")),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoints.id"))
    fact_seq: Mapped[int] = mapped_column(Key)
    replay: Mapped[int] = mapped_column(server_default="0")
    state: Mapped[str] = mapped_column(Code)
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)


class WebhookAttempt(Base):
    """One attempt at a message: when, how long, what status came back or what went wrong, without any body of ours."""

    __tablename__ = "webhook_attempts"
    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(ForeignKey("webhook_messages.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    took_ms: Mapped[int]
    status: Mapped[int | None]
    said: Mapped[str | None] = mapped_column(Text)
