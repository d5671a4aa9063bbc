"""Messages of webhooks: made in sets from where each endpoint has come to, sent in turn, and tried again by a table.

Making and noting leave no record in the audit chain: every attempt is a row of its own, and moves nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from ingather.actions.context import Context
from ingather.actions.webhooks.endpoints import endpoint_row
from ingather.base.ids import Prefix, public_id
from ingather.domain.refusals import LimitReached, NoSuch, Unreadable, WrongState
from ingather.domain.webhooks import (
    MOST_REPLAYED,
    EndpointState,
    MessageState,
    Told,
    Verdict,
    is_spent,
    rest_s,
    retry_after_s,
)
from ingather.store.bulk import insert_columns
from ingather.store.reading.told import last_number, of_merchant, of_types
from ingather.store.tables import Fact, WebhookAttempt, WebhookEndpoint, WebhookMessage

AT_ONCE = 5_000
"""How many facts are looked through for one endpoint in one transaction."""
_TRIED = 3


def make_messages(ctx: Context) -> bool:
    """Make the messages of what happened since each endpoint's cursor; returns whether there is more to make."""
    newest, more = last_number(ctx.session), False
    rows = ctx.session.scalars(
        select(WebhookEndpoint)
        .where(WebhookEndpoint.state == EndpointState.ENABLED, WebhookEndpoint.cursor < newest)
        .with_for_update()
    ).all()
    for row in rows:
        through = min(newest, row.cursor + AT_ONCE)
        wanted = select(Fact.seq).where(Fact.seq > row.cursor, Fact.seq <= through)
        if row.merchant_id is not None:
            wanted = wanted.where(of_merchant(row.merchant_id))
        if row.kinds:
            wanted = wanted.where(of_types(row.kinds))
        _add(ctx, row.id, ctx.session.scalars(wanted.order_by(Fact.seq)).all())
        row.cursor = through
        more = more or through < newest
    return more


def ping_endpoint(ctx: Context, key: int) -> int:
    """Have an endpoint sent a message that tells of nothing; returns the message's key. Raises ``WrongState``."""
    row = endpoint_row(ctx, key)
    if row.state != EndpointState.ENABLED:
        fact = f"endpoint {public_id(Prefix.WEBHOOK, key)} is not enabled"
        raise WrongState(fact, "Enable it first")
    message_id = _add(ctx, key, [0])[0]
    ctx.audit("ping_webhook_endpoint", public_id(Prefix.WEBHOOK, key))
    return message_id


def replay_message(ctx: Context, key: int, message_id: int) -> int:
    """Have the event of a message sent again, as a message of its own; returns how many will be, which is one."""
    row = ctx.session.get(WebhookMessage, message_id)
    if row is None or row.endpoint_id != key:
        fact = f"there is no delivery {public_id(Prefix.MESSAGE, message_id)} of this endpoint"
        raise NoSuch(fact)
    _must_be_enabled(ctx, key)
    _add(ctx, key, [row.fact_seq])
    ctx.audit("replay_webhook", public_id(Prefix.WEBHOOK, key), message=public_id(Prefix.MESSAGE, message_id))
    return 1


def replay_events(
    ctx: Context,
    key: int,
    *,
    first: int | None = None,
    last: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    types: Sequence[str] = (),
) -> int:
    """Have the events of a range sent again, each as a message of its own; returns how many will be.

    Only what the endpoint is told of anyway, and no further than it has come. Raises ``LimitReached`` for too many.
    """
    row = _must_be_enabled(ctx, key)
    if first is None and since is None:
        fact = "a range has a beginning"
        raise Unreadable(fact, "Name the first event, or an instant since when")
    wanted = select(Fact.seq).where(Fact.seq <= row.cursor)
    if first is not None:
        wanted = wanted.where(Fact.seq >= first)
    if last is not None:
        wanted = wanted.where(Fact.seq <= last)
    if since is not None:
        wanted = wanted.where(Fact.recorded_at >= since)
    if until is not None:
        wanted = wanted.where(Fact.recorded_at <= until)
    if row.merchant_id is not None:
        wanted = wanted.where(of_merchant(row.merchant_id))
    if row.kinds:
        wanted = wanted.where(of_types(row.kinds))
    if types:
        wanted = wanted.where(of_types(types))
    found = ctx.session.scalars(wanted.order_by(Fact.seq).limit(MOST_REPLAYED + 1)).all()
    if len(found) > MOST_REPLAYED:
        fact = f"more than {MOST_REPLAYED} events are in the range"
        raise LimitReached(fact, "Replay them in parts, or read /v1/events")
    _add(ctx, key, found)
    ctx.audit("replay_webhooks", public_id(Prefix.WEBHOOK, key), events=len(found))
    return len(found)


def note_attempts(
    ctx: Context, key: int, told: Mapping[int, tuple[datetime, Told]], *, draw: Callable[[int], int]
) -> None:
    """Note what became of attempts at messages of one endpoint, in the order they were made.

    ``draw`` gives a number below the one it is given, so that not everybody tries again at the same moment.

    An endpoint that says 410 is sent nothing more until a person enables it. One that does not answer rests, and when
    it answers again, what it missed is tried at once. A message that is no longer due meanwhile stays as it is.
    """
    row = endpoint_row(ctx, key)
    messages = {
        each.id: each for each in ctx.session.scalars(select(WebhookMessage).where(WebhookMessage.id.in_(list(told))))
    }
    for message_id, (at, came) in told.items():
        message = messages[message_id]
        ctx.session.add(
            WebhookAttempt(
                id=ctx.ids.one(), message_id=message_id, at=at, took_ms=came.took_ms, status=came.status, said=came.said
            )
        )
        message.attempts += 1
        if came.verdict is Verdict.TAKEN:
            message.state, message.next_at = MessageState.DELIVERED, None
            _answers_again(ctx, row)
            continue
        if message.state == MessageState.DUE:
            _try_again(ctx, message, came, draw)
        row.failing_since = row.failing_since or at
        if came.verdict is Verdict.GONE:
            _gone(ctx, row)
        elif came.verdict is Verdict.NO_ANSWER:
            row.failures += 1
            rest = max(rest_s(row.failures, draw), came.wait_s or 0)
            row.rest_until = ctx.now + timedelta(seconds=rest)


def forget_deliveries(ctx: Context, *, before: datetime) -> int:
    """Forget the attempts at messages made before an instant that were taken or given up; returns how many messages.

    The events themselves are kept as long as the book.
    """
    old = (
        select(WebhookMessage.id)
        .where(WebhookMessage.state != MessageState.DUE, WebhookMessage.created_at < before)
        .limit(AT_ONCE)
    )
    keys = ctx.session.scalars(old).all()
    if keys:
        ctx.session.execute(delete(WebhookAttempt).where(WebhookAttempt.message_id.in_(keys)))
        ctx.session.execute(delete(WebhookMessage).where(WebhookMessage.id.in_(keys)))
    return len(keys)


def _try_again(ctx: Context, message: WebhookMessage, came: Told, draw: Callable[[int], int]) -> None:
    age = int((ctx.now - message.created_at).total_seconds())
    if is_spent(message.attempts, age):
        message.state, message.next_at = MessageState.GIVEN_UP, None
        return
    message.next_at = ctx.now + timedelta(seconds=max(retry_after_s(message.attempts, draw), came.wait_s or 0))


def _answers_again(ctx: Context, row: WebhookEndpoint) -> None:
    if row.failures >= _TRIED:
        ctx.session.flush()
        ctx.session.execute(
            update(WebhookMessage)
            .where(WebhookMessage.endpoint_id == row.id, WebhookMessage.state == MessageState.DUE)
            .where(WebhookMessage.next_at > ctx.now)
            .values(next_at=ctx.now)
        )
    row.failing_since, row.failures, row.rest_until = None, 0, None


def _gone(ctx: Context, row: WebhookEndpoint) -> None:
    row.state, row.reason = EndpointState.GONE, "it answered 410: it wants no more"
    row.version += 1
    ctx.audit("lose_webhook_endpoint", public_id(Prefix.WEBHOOK, row.id), reason=row.reason)


def _must_be_enabled(ctx: Context, key: int) -> WebhookEndpoint:
    row = endpoint_row(ctx, key)
    if row.state != EndpointState.ENABLED:
        fact = f"endpoint {public_id(Prefix.WEBHOOK, key)} is not enabled"
        raise WrongState(fact, "Enable it first")
    return row


def _add(ctx: Context, endpoint_id: int, numbers: Sequence[int]) -> list[int]:
    """Add a message for each event, past those that there are of it; returns their keys."""
    if not numbers:
        return []
    before: dict[int, int] = {}
    for start in range(0, len(numbers), AT_ONCE):
        part = list(numbers[start : start + AT_ONCE])
        rows = ctx.session.execute(
            select(WebhookMessage.fact_seq, func.max(WebhookMessage.replay))
            .where(WebhookMessage.endpoint_id == endpoint_id, WebhookMessage.fact_seq.in_(part))
            .group_by(WebhookMessage.fact_seq)
        )
        before |= dict(rows.all())
    keys = [int(each) for each in ctx.ids.many(len(numbers))]
    ctx.session.flush()
    insert_columns(
        ctx.session,
        WebhookMessage,
        {"id": keys, "fact_seq": list(numbers), "replay": [before.get(seq, -1) + 1 for seq in numbers]},
        same={
            "endpoint_id": endpoint_id,
            "state": MessageState.DUE,
            "attempts": 0,
            "next_at": ctx.now,
            "created_at": ctx.now,
        },
    )
    return keys
