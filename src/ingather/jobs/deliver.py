"""Webhooks delivered: messages made of what happened, sent in turn to each endpoint, and each attempt noted.

At least once: a message is noted after it was sent, so that a death between the two sends it again, under the same
``webhook-id``. First attempts are made in the order of the events; what fails waits for its next attempt and holds back
nobody. Endpoints are served beside each other, each by one connection, and none for longer than a slice of time.
"""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from ingather import __version__
from ingather.actions.webhooks.endpoints import secrets_of
from ingather.actions.webhooks.messages import forget_deliveries, make_messages, note_attempts
from ingather.base.ids import Prefix, public_id
from ingather.domain.webhooks import LARGEST_BYTES, PING, TIMEOUT_S, Told, Verdict
from ingather.gateway.webhooks import Post
from ingather.jobs.desk import Desk
from ingather.jobs.restored import refuse_restored
from ingather.store.locks import deliver_lock
from ingather.store.reading.told import events_numbered
from ingather.store.reading.webhooks import (
    DueMessage,
    ReadyEndpoint,
    any_enabled,
    due_messages,
    is_anything_due,
    ready_endpoints,
)
from ingather.vault.signatures import signature_of

DELIVER = "system:deliver"
AT_A_TIME = 4
"""How many endpoints are served beside each other."""
BETWEEN_NOTES = 50
"""How many messages are sent before what became of them is noted, at most."""
NOTED_AFTER_S = 2.0
"""After how many seconds it is noted, however few they are."""
KEPT_DAYS = 90
"""How long the log of deliveries is kept; the events are kept for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What one run came to: how many messages were taken, how many attempts failed, at how many endpoints."""

    taken: int = 0
    failed: int = 0
    endpoints: int = 0

    @property
    def did(self) -> str:
        """Return whether anything was sent."""
        return "something" if self.taken or self.failed else "nothing"


def has_endpoints(desk: Desk) -> bool:
    """Return whether there is any endpoint to which anything may be sent."""
    with desk.view() as ctx:
        return any_enabled(ctx.session)


def anything_due(desk: Desk) -> bool:
    """Return whether there is anything to deliver now."""
    with desk.view() as ctx:
        return is_anything_due(ctx.session, ctx.now)


def deliver(desk: Desk, *, for_s: float = 3_600) -> Delivered:
    """Deliver what is due, for about so many seconds at most.

    Raises ``DeliverRunning`` when somebody else does, and ``BookRestored``: a copy is silent, since what happened there
    was told by the book it is a copy of.
    """
    desk = desk.as_actor(DELIVER)
    ends_at = perf_counter() + for_s
    with deliver_lock(desk.engine):
        whole = Delivered()
        if anything_due(desk):
            refuse_restored(desk)
        while anything_due(desk) and perf_counter() < ends_at:
            with desk.action() as ctx:
                make_messages(ctx)
            with desk.view() as ctx:
                ready = ready_endpoints(ctx.session, ctx.now)
            part = _serve_all(desk, ready, ends_at)
            whole = Delivered(
                taken=whole.taken + part.taken,
                failed=whole.failed + part.failed,
                endpoints=max(whole.endpoints, part.endpoints),
            )
        return whole


def tidy(desk: Desk) -> int:
    """Forget old deliveries; returns how many."""
    with desk.as_actor(DELIVER).action() as ctx:
        return forget_deliveries(ctx, before=ctx.now - timedelta(days=KEPT_DAYS))


def _serve_all(desk: Desk, ready: Sequence[ReadyEndpoint], ends_at: float) -> Delivered:
    if not ready:
        return Delivered()
    with ThreadPoolExecutor(min(AT_A_TIME, len(ready)), thread_name_prefix="deliver") as threads:
        served = list(threads.map(lambda each: _serve(desk, each, ends_at), ready))
    return Delivered(
        taken=sum(taken for taken, _ in served), failed=sum(failed for _, failed in served), endpoints=len(ready)
    )


def _serve(desk: Desk, endpoint: ReadyEndpoint, ends_at: float) -> tuple[int, int]:
    """Send an endpoint what is due in turn, until it is done, does not answer, or the time is over."""
    taken = failed = 0
    with Post(desk.networks, timeout_s=TIMEOUT_S) as post:
        while perf_counter() < ends_at:
            told, going = _send_some(desk, endpoint, post, ends_at)
            if not told:
                break
            with desk.action() as ctx:
                note_attempts(ctx, endpoint.id, told, draw=desk.draw)
            mine = sum(came.verdict is Verdict.TAKEN for _, came in told.values())
            taken, failed = taken + mine, failed + len(told) - mine
            if not going:
                break
    return taken, failed


def _send_some(
    desk: Desk, endpoint: ReadyEndpoint, post: Post, ends_at: float
) -> tuple[dict[int, tuple[datetime, Told]], bool]:
    """Send a few messages and return what became of them, and whether to go on with this endpoint."""
    with desk.view() as ctx:
        due = due_messages(ctx.session, endpoint.id, ctx.now, limit=BETWEEN_NOTES)
        events = events_numbered(ctx.session, [each.fact_seq for each in due if each.fact_seq])
        held = secrets_of(ctx, endpoint.id)
    told: dict[int, tuple[datetime, Told]] = {}
    note_at = min(ends_at, perf_counter() + NOTED_AFTER_S)
    for message in due:
        body = _body_of(endpoint, message, events.get(message.fact_seq))
        name = public_id(Prefix.MESSAGE, message.id)
        stamp = (desk.machine_clock or desk.clock)()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"ingather/{__version__}",
            "webhook-id": name,
            "webhook-timestamp": str(int(stamp.timestamp())),
            "webhook-signature": signature_of(held, name, stamp, body),
        }
        at = desk.clock()
        came = post.send(endpoint.url, headers, body.encode())
        told[message.id] = (at, came)
        desk.tell("delivered", message=name, verdict=str(came.verdict))
        if came.verdict in {Verdict.NO_ANSWER, Verdict.GONE}:
            return told, False
        if perf_counter() >= note_at:
            break
    return told, True


def _body_of(endpoint: ReadyEndpoint, message: DueMessage, event: dict[str, Any] | None) -> str:
    """Return what is sent: the event as the API shows it; particulars that are too long are left to be read there."""
    if event is None:
        created_at = message.created_at.isoformat().replace("+00:00", "Z")
        ping = {"type": PING, "created_at": created_at, "data": {"endpoint": public_id(Prefix.WEBHOOK, endpoint.id)}}
        return json.dumps(ping)
    body = json.dumps(event, ensure_ascii=False)
    if len(body.encode()) >= LARGEST_BYTES:
        body = json.dumps(event | {"data": {}, "data_left_out": True}, ensure_ascii=False)
    return body
