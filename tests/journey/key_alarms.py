"""Scenarios that fire the alarms about keys."""

from datetime import time
from pathlib import Path

from ingather.actions.keys.rotating import begin_rotation
from ingather.actions.rules import take_policy
from ingather.base.dates import NEW_YORK
from ingather.rules.tables import policy_text
from tests.journey.alarm_stages import Fired, fired, paying
from tests.journey.stage import MONDAY, TUESDAY, at, night


def keys_old(folder: Path) -> Fired:
    """The policy wants values rotated by Tuesday, and two persons have not."""
    stage = paying(folder)
    stage.desk.vault.refresh()
    days = (TUESDAY - stage.desk.vault.epochs[0].opened_at.astimezone(NEW_YORK).date()).days
    with stage.desk.action() as ctx:
        text = policy_text("rehearsal").replace("version = 1", "version = 2") + f"\n[watch]\nkey_days = {days}\n"
        take_policy(ctx, stage.desk.originator_id(), text)
    at(stage, MONDAY, time(12, 0))
    assert "keys-old" not in fired(stage)
    at(stage, TUESDAY, time(9, 0))
    return Fired(stage=stage)


def rotation_stands(folder: Path) -> Fired:
    """A rotation has begun, and whoever began it went home."""
    stage = paying(folder)
    night(stage, MONDAY)
    at(stage, MONDAY, time(18, 20))
    with stage.desk.action() as ctx:
        begin_rotation(ctx, second="user:omar", reason="the yearly rotation")
    stage.desk.remember()
    at(stage, MONDAY, time(19, 19))
    assert "rotation-stands" not in fired(stage)
    at(stage, MONDAY, time(19, 20))
    return Fired(stage=stage)
