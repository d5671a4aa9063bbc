"""Endpoints of webhooks: made, changed, switched on and off, and given new secrets, which are shown once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, func, select, update

from ingather.actions.context import Context
from ingather.base.ids import Prefix, public_id
from ingather.domain.addresses import Network, address_of, may_send_to
from ingather.domain.events import type_from
from ingather.domain.refusals import LimitReached, NoSuch, Unreadable, WrongState
from ingather.domain.webhooks import MOST_ENDPOINTS, MOST_SECRETS, EndpointState, MessageState
from ingather.store.reading.told import last_number
from ingather.store.tables import WebhookEndpoint, WebhookMessage, WebhookSecret
from ingather.vault.sealing import Place
from ingather.vault.signatures import new_secret, secret_text

LONGEST_OVERLAP_H = 720
LONGEST_URL = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeSecret:
    """A new secret of an endpoint; the text is shown this once."""

    endpoint_id: int
    text: str = field(repr=False)


def make_endpoint(
    ctx: Context,
    originator_id: int,
    *,
    url: str,
    networks: Iterable[Network],
    types: Sequence[str] = (),
    description: str = "",
    merchant_id: int | None = None,
) -> MadeSecret:
    """Make an endpoint that is told what happens from now on; ``types`` empty means every type.

    With ``merchant_id`` it is told of that merchant's events alone. Raises ``Unreadable`` for an address or a type
    that cannot be, and ``LimitReached`` for one endpoint too many.
    """
    alike = (WebhookEndpoint.merchant_id == merchant_id, WebhookEndpoint.state == EndpointState.ENABLED)
    count = ctx.session.execute(select(func.count()).select_from(WebhookEndpoint).where(*alike)).scalar_one()
    if count >= MOST_ENDPOINTS:
        fact = f"there are {count} endpoints that are told the same"
        raise LimitReached(fact, "Delete one of them first")
    row = WebhookEndpoint(
        id=ctx.ids.one(),
        originator_id=originator_id,
        merchant_id=merchant_id,
        url=checked_url(url, networks),
        description=description,
        kinds=checked_types(types),
        state=EndpointState.ENABLED,
        reason=None,
        cursor=last_number(ctx.session),
        created_at=ctx.now,
        created_by=ctx.actor,
    )
    ctx.session.add(row)
    ctx.session.flush()
    ctx.audit("make_webhook_endpoint", _name(row), host=urlsplit(url).hostname, types=list(types))
    return MadeSecret(endpoint_id=row.id, text=_add_secret(ctx, row))


def change_endpoint(
    ctx: Context,
    key: int,
    *,
    networks: Iterable[Network],
    url: str | None = None,
    types: Sequence[str] | None = None,
    description: str | None = None,
) -> None:
    """Change where events are sent, or which; what is None stays. Raises as ``make_endpoint`` does."""
    row = endpoint_row(ctx, key)
    said: dict[str, Any] = {}
    if url is not None:
        row.url = checked_url(url, networks)
        said["host"] = urlsplit(url).hostname
        # Another place: how the one before answered says nothing of it.
        row.failing_since, row.failures, row.rest_until = None, 0, None
    if types is not None:
        row.kinds = said["types"] = checked_types(types)
    if description is not None:
        row.description = description
    row.version += 1
    ctx.audit("change_webhook_endpoint", _name(row), **said)


def enable_endpoint(ctx: Context, key: int, *, from_now: bool = False) -> None:
    """Send again, and also what happened meanwhile, unless ``from_now``; what still waited for long is tried at once.

    Raises ``WrongState`` for an endpoint that is enabled, or has no secret.
    """
    row = endpoint_row(ctx, key)
    if row.state == EndpointState.ENABLED:
        fact = f"endpoint {_name(row)} is enabled already"
        raise WrongState(fact)
    if not secrets_of(ctx, key):
        fact = f"endpoint {_name(row)} has no secret to sign with: it was deleted"
        raise WrongState(fact, "Give it a new one first")
    row.state, row.reason = EndpointState.ENABLED, None
    row.failing_since, row.failures, row.rest_until = None, 0, None
    row.version += 1
    due = (WebhookMessage.endpoint_id == key, WebhookMessage.state == MessageState.DUE)
    if from_now:
        row.cursor = last_number(ctx.session)
        ctx.session.execute(update(WebhookMessage).where(*due).values(state=MessageState.GIVEN_UP, next_at=None))
    else:
        ctx.session.execute(update(WebhookMessage).where(*due).values(next_at=ctx.now))
    ctx.audit("enable_webhook_endpoint", _name(row), from_now=from_now)


def disable_endpoint(ctx: Context, key: int, *, reason: str) -> None:
    """Send nothing more; what waits and what happens is sent when it is enabled again. Raises ``WrongState``."""
    row = endpoint_row(ctx, key)
    if row.state == EndpointState.DISABLED:
        fact = f"endpoint {_name(row)} is disabled already"
        raise WrongState(fact)
    row.state, row.reason = EndpointState.DISABLED, reason
    row.failing_since, row.failures, row.rest_until = None, 0, None
    row.version += 1
    ctx.audit("disable_webhook_endpoint", _name(row), reason=reason)


def delete_endpoint(ctx: Context, key: int) -> None:
    """Disable an endpoint for good: nothing that waits will be sent, and its secrets are forgotten; its log stays."""
    row = endpoint_row(ctx, key)
    row.state, row.reason = EndpointState.DISABLED, "deleted"
    row.failing_since, row.failures, row.rest_until = None, 0, None
    row.version += 1
    due = (WebhookMessage.endpoint_id == key, WebhookMessage.state == MessageState.DUE)
    ctx.session.execute(update(WebhookMessage).where(*due).values(state=MessageState.GIVEN_UP, next_at=None))
    ctx.session.execute(delete(WebhookSecret).where(WebhookSecret.endpoint_id == key))
    ctx.audit("delete_webhook_endpoint", _name(row))


def rotate_secret(ctx: Context, key: int, *, overlap_hours: int) -> MadeSecret:
    """Give an endpoint a new secret; those it had sign as well for so many hours, and are then forgotten.

    Raises ``LimitReached`` when too many secrets hold at a time.
    """
    row = endpoint_row(ctx, key)
    ends_at = ctx.now + timedelta(hours=overlap_hours)
    for held in ctx.session.scalars(select(WebhookSecret).where(WebhookSecret.endpoint_id == key)):
        if overlap_hours == 0 or (held.retires_at is not None and held.retires_at <= ctx.now):
            ctx.session.delete(held)
        elif held.retires_at is None or held.retires_at > ends_at:
            held.retires_at = ends_at
    ctx.session.flush()
    held_now = ctx.session.scalars(select(WebhookSecret.id).where(WebhookSecret.endpoint_id == key)).all()
    if len(held_now) >= MOST_SECRETS:
        fact = f"endpoint {_name(row)} has {len(held_now)} secrets that hold"
        raise LimitReached(fact, "Wait until one of them is over, or rotate with an overlap of 0 hours")
    row.version += 1
    ctx.audit("rotate_webhook_secret", _name(row), overlap_hours=overlap_hours)
    return MadeSecret(endpoint_id=row.id, text=_add_secret(ctx, row))


def secrets_of(ctx: Context, key: int) -> list[bytes]:
    """Return the secrets of an endpoint that hold, the newest first."""
    rows = ctx.session.scalars(
        select(WebhookSecret).where(WebhookSecret.endpoint_id == key).order_by(WebhookSecret.id.desc())
    )
    return [
        ctx.vault.open(Place.WEBHOOK_SECRET, row.id, row.sealed)
        for row in rows
        if row.retires_at is None or row.retires_at > ctx.now
    ]


def endpoint_row(ctx: Context, key: int) -> WebhookEndpoint:
    """Return an endpoint to be changed; raises ``NoSuch``."""
    row = ctx.session.scalar(select(WebhookEndpoint).where(WebhookEndpoint.id == key).with_for_update())
    if row is None:
        fact = f"there is no endpoint {public_id(Prefix.WEBHOOK, key)}"
        raise NoSuch(fact)
    return row


def checked_types(types: Sequence[str]) -> list[str]:
    """Return wanted types, each once; raises ``Unreadable`` for what can be no type."""
    unknown = [each for each in types if type_from(each) is None]
    if unknown:
        fact = f"{unknown[0][:80]} is no type of event"
        raise Unreadable(fact, "Name one such as entry.returned, or order.* for all about orders")
    return list(dict.fromkeys(types))


def checked_url(url: str, networks: Iterable[Network]) -> str:
    """Return where events are to be sent, if they may be; raises ``Unreadable`` otherwise.

    What a name leads to is looked at whenever something is sent, since it may change.
    """
    allowed = tuple(networks)
    way_out = "Write it as https://host/path; other networks are allowed by INGATHER_WEBHOOK_NETWORKS"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or not host or port == 0:
        fact = "the address cannot be read"
    elif parts.username is not None or parts.password is not None or parts.fragment:
        fact = "an address holds no name, no password and no fragment"
    elif parts.scheme not in ({"https", "http"} if allowed else {"https"}):
        fact = "events are sent over https"
    elif (address := address_of(host)) is not None and not may_send_to(address, allowed):
        fact = "the address is not one of the public internet"
    elif address is None and host.rpartition(".")[2][:1].isdigit():
        fact = "a host is a name, or an address written in full"
    else:
        return url
    raise Unreadable(fact, way_out, faults=(("/url", "not_an_address_we_send_to", fact),))


def _add_secret(ctx: Context, row: WebhookEndpoint) -> str:
    secret, key = new_secret(), ctx.ids.one()
    sealed = ctx.vault.seal(Place.WEBHOOK_SECRET, key, secret)
    ctx.session.add(WebhookSecret(id=key, endpoint_id=row.id, sealed=sealed, created_at=ctx.now, retires_at=None))
    return secret_text(secret)


def _name(row: WebhookEndpoint) -> str:
    return public_id(Prefix.WEBHOOK, row.id)
