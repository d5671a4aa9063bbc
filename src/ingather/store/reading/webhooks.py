"""Endpoints of webhooks and their deliveries, as people and the worker ask for them; secrets are never read here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from ingather.base.ids import Prefix, public_id
from ingather.domain.webhooks import EndpointState, MessageState
from ingather.store.reading.pages import Listing
from ingather.store.reading.told import last_number
from ingather.store.tables import Merchant, WebhookAttempt, WebhookEndpoint, WebhookMessage, WebhookSecret


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyEndpoint:
    """An endpoint with messages to be sent now."""

    id: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DueMessage:
    """A message to be sent: its event's number, 0 for a ping."""

    id: int
    fact_seq: int
    created_at: datetime


def any_enabled(session: Session) -> bool:
    """Return whether any endpoint is enabled."""
    return session.execute(select(exists().where(WebhookEndpoint.state == EndpointState.ENABLED))).scalar_one()


def is_anything_due(session: Session, now: datetime) -> bool:
    """Return whether there are messages to be made or to be sent now: one short question."""
    behind = and_(WebhookEndpoint.state == EndpointState.ENABLED, WebhookEndpoint.cursor < last_number(session))
    return session.execute(select(or_(exists().where(behind), exists().where(_ready(now))))).scalar_one()


def ready_endpoints(session: Session, now: datetime) -> list[ReadyEndpoint]:
    """Return the endpoints that are enabled, do not rest, and have messages that are due."""
    rows = session.execute(
        select(WebhookEndpoint.id, WebhookEndpoint.url)
        .where(exists().where(_ready(now)).correlate(WebhookEndpoint))
        .order_by(WebhookEndpoint.id)
    )
    return [ReadyEndpoint(id=key, url=url) for key, url in rows]


def due_messages(session: Session, endpoint_id: int, now: datetime, *, limit: int) -> list[DueMessage]:
    """Return an endpoint's messages that are due now, in the order of their events."""
    rows = session.scalars(
        select(WebhookMessage)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookMessage.endpoint_id)
        .where(
            WebhookEndpoint.state == EndpointState.ENABLED,
            WebhookMessage.endpoint_id == endpoint_id,
            WebhookMessage.state == MessageState.DUE,
            WebhookMessage.next_at <= now,
        )
        .order_by(WebhookMessage.fact_seq, WebhookMessage.replay)
        .limit(limit)
    )
    return [DueMessage(id=row.id, fact_seq=row.fact_seq, created_at=row.created_at) for row in rows]


def _ready(now: datetime) -> Any:  # noqa: ANN401 -- a condition over two tables
    return and_(
        WebhookMessage.endpoint_id == WebhookEndpoint.id,
        WebhookMessage.state == MessageState.DUE,
        WebhookMessage.next_at <= now,
        WebhookEndpoint.state == EndpointState.ENABLED,
        or_(WebhookEndpoint.rest_until.is_(None), WebhookEndpoint.rest_until <= now),
    )


def failing_endpoints(session: Session, *, since: datetime) -> list[dict[str, Any]]:
    """Return the endpoints at which every attempt since then has failed, and those that are gone."""
    rows = session.scalars(
        select(WebhookEndpoint)
        .where(
            or_(
                and_(WebhookEndpoint.state == EndpointState.ENABLED, WebhookEndpoint.failing_since <= since),
                WebhookEndpoint.state == EndpointState.GONE,
            )
        )
        .order_by(WebhookEndpoint.id)
    ).all()
    waiting = _waiting(session, [row.id for row in rows])
    return [
        {
            "id": public_id(Prefix.WEBHOOK, row.id),
            "gone": row.state == EndpointState.GONE,
            "failing_since": row.failing_since,
            "waiting": waiting.get(row.id, 0),
        }
        for row in rows
    ]


def shown(session: Session, key: int) -> dict[str, Any] | None:
    """Return one endpoint; None when there is none."""
    rows = session.execute(_endpoints().where(WebhookEndpoint.id == key)).all()
    return _as_dicts(session, rows)[0] if rows else None


def _endpoints() -> Select[*tuple[Any, ...]]:
    return select(WebhookEndpoint, Merchant.external_id).outerjoin(Merchant, Merchant.id == WebhookEndpoint.merchant_id)


def _waiting(session: Session, keys: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(WebhookMessage.endpoint_id, func.count())
        .where(WebhookMessage.endpoint_id.in_(keys), WebhookMessage.state == MessageState.DUE)
        .group_by(WebhookMessage.endpoint_id)
    )
    return dict(rows.all())


def _as_dicts(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[dict[str, Any]]:
    """Return endpoints with how much waits for each and since when each of its secrets holds."""
    keys = [row[0].id for row in rows]
    waiting = _waiting(session, keys)
    held: dict[int, list[dict[str, Any]]] = {key: [] for key in keys}
    secrets = select(WebhookSecret.endpoint_id, WebhookSecret.created_at, WebhookSecret.retires_at)
    for key, created_at, retires_at in session.execute(
        secrets.where(WebhookSecret.endpoint_id.in_(keys)).order_by(WebhookSecret.id.desc())
    ):
        held[key].append({"created_at": created_at, "retires_at": retires_at})
    return [
        {
            "id": public_id(Prefix.WEBHOOK, row.id),
            "url": row.url,
            "description": row.description,
            "types": row.kinds,
            "merchant": merchant,
            "merchant_id": public_id(Prefix.MERCHANT, row.merchant_id) if row.merchant_id else None,
            "state": row.state,
            "reason": row.reason,
            "told_to": row.cursor,
            "waiting": waiting.get(row.id, 0),
            "failing_since": row.failing_since,
            "rest_until": row.rest_until,
            "secrets": held[row.id],
            "version": row.version,
            "created_at": row.created_at,
            "created_by": row.created_by,
        }
        for row, merchant, *_ in rows
    ]


LISTING = Listing(
    statement=_endpoints,
    key=WebhookEndpoint.id,
    shown=_as_dicts,
    merchant=lambda merchant_id: WebhookEndpoint.merchant_id == merchant_id,
    filters={"state": WebhookEndpoint.state.in_},
)
"""Endpoints page by page."""


def delivery(session: Session, message_id: int) -> dict[str, Any] | None:
    """Return one delivery with its attempts; None when there is none."""
    rows = session.execute(select(WebhookMessage).where(WebhookMessage.id == message_id)).all()
    return _deliveries(session, rows)[0] if rows else None


def _deliveries(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[dict[str, Any]]:
    attempts: dict[int, list[dict[str, Any]]] = {row[0].id: [] for row in rows}
    made = session.scalars(
        select(WebhookAttempt).where(WebhookAttempt.message_id.in_(list(attempts))).order_by(WebhookAttempt.id)
    )
    for each in made:
        attempts[each.message_id].append(
            {"at": each.at, "took_ms": each.took_ms, "status": each.status, "said": each.said}
        )
    return [
        {
            "id": public_id(Prefix.MESSAGE, row.id),
            "endpoint": public_id(Prefix.WEBHOOK, row.endpoint_id),
            "event": public_id(Prefix.EVENT, row.fact_seq) if row.fact_seq else None,
            "replay": row.replay,
            "state": row.state,
            "attempts": attempts[row.id],
            "next_at": row.next_at,
            "created_at": row.created_at,
        }
        for row, *_ in rows
    ]


DELIVERIES = Listing(
    statement=lambda: select(WebhookMessage),
    key=WebhookMessage.id,
    shown=_deliveries,
    # The endpoint is always named, and whoever may see it may see its deliveries.
    merchant=lambda merchant_id: WebhookMessage.endpoint_id.in_(
        select(WebhookEndpoint.id).where(WebhookEndpoint.merchant_id == merchant_id)
    ),
    filters={
        "endpoint": lambda key: WebhookMessage.endpoint_id == key,
        "state": WebhookMessage.state.in_,
        "event": lambda seq: WebhookMessage.fact_seq == seq,
    },
)
"""Deliveries page by page."""
