"""What tests of webhooks share: endpoints of a stage's book, things that happen, and the log of deliveries."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from ingather.actions.webhooks.endpoints import (
    MadeSecret,
    make_endpoint,
)
from ingather.domain.addresses import parse_networks
from ingather.domain.facts import FactKind, Scope
from ingather.jobs.desk import Desk
from ingather.jobs.rehearsal.stage import Stage
from ingather.store.reading import webhooks
from ingather.store.reading.pages import Wanted, page_of
from tests.receiver import LOOPBACK

ALLOWED = parse_networks(LOOPBACK)


def desk_of(stage: Stage) -> Desk:
    return replace(stage.desk, networks=ALLOWED)


def endpoint(stage: Stage, url: str, **terms: Any) -> MadeSecret:  # noqa: ANN401 -- the terms of an endpoint
    with desk_of(stage).action() as ctx:
        return make_endpoint(ctx, stage.desk.originator_id(), url=url, networks=ALLOWED, **terms)


def happen(stage: Stage, count: int, *, scope: Scope = Scope.FEED, subject: int = 7) -> None:
    """Let so many things happen, one fact each."""
    with stage.desk.action() as ctx:
        for _ in range(count):
            once = str(ctx.ids.one())
            ctx.fact(
                FactKind.RECONCILED, scope=scope, subject=subject, originator=stage.desk.originator_id(), once=once
            )


def later(stage: Stage, seconds: float) -> None:
    stage.clock.move(stage.clock.now + timedelta(seconds=seconds))


def deliveries(stage: Stage, made: MadeSecret) -> list[dict[str, Any]]:
    with stage.desk.view() as ctx:
        wanted = Wanted(limit=500, newest_first=False, filters={"endpoint": made.endpoint_id})
        return page_of(ctx.session, webhooks.DELIVERIES, wanted)[0]


def shown(stage: Stage, made: MadeSecret) -> dict[str, Any]:
    with stage.desk.view() as ctx:
        found = webhooks.shown(ctx.session, made.endpoint_id)
    assert found is not None
    return found
