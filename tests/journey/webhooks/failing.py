"""An endpoint of webhooks at which nothing has been taken for a day."""

from datetime import time, timedelta
from pathlib import Path

from ingather.actions.webhooks.endpoints import make_endpoint
from ingather.actions.webhooks.messages import ping_endpoint
from ingather.base.ids import Prefix, public_id
from ingather.domain.addresses import parse_networks
from ingather.jobs.deliver import deliver
from tests.journey.alarm_stages import Fired, fired, paying
from tests.journey.stage import MONDAY, at
from tests.receiver import LOOPBACK


def webhook_failing(folder: Path) -> Fired:
    """Nobody listens where a message was to go, and a day later still nobody does."""
    stage, networks = paying(folder), parse_networks(LOOPBACK)
    at(stage, MONDAY, time(9))
    with stage.desk.action() as ctx:
        made = make_endpoint(ctx, stage.desk.originator_id(), url="http://127.0.0.1:9/", networks=networks)
        ping_endpoint(ctx, made.endpoint_id)
    deliver(stage.desk)
    stage.clock.move(stage.clock.now + timedelta(hours=23, minutes=59))
    assert "webhook-failing" not in fired(stage)
    stage.clock.move(stage.clock.now + timedelta(minutes=2))
    return Fired(stage=stage, values={"ENDPOINT": public_id(Prefix.WEBHOOK, made.endpoint_id)})
