"""Payouts by the command line: what waits for whom, approval by another person, and what a night makes of it."""

from pathlib import Path
from typing import Any

import pytest

from ingather.actions.payouts.accounts import end_account
from ingather.domain.refusals import ExitCode
from ingather.jobs.rehearsal.stage import Stage
from ingather.store.tables import MerchantAccount
from tests.journey.payouts.merchants import MARIA, PAYDAY, account, collected, settled
from tests.journey.stage import at, night
from tests.unit.cli.shell import Said, at_book


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return a stage whose statements are made and whose second merchant has no account any more."""
    stage = collected(Path(tmp_path_factory.mktemp("stage")) / "stage")
    at(stage, PAYDAY)
    settled(stage)
    with stage.desk.as_actor(MARIA).action() as ctx:
        keys = sorted(row.id for row in ctx.session.query(MerchantAccount))
        end_account(ctx, keys[1], reason="the merchant called")
    return stage


def said(stage: Stage, *words: str) -> Said:
    """Type a verb at the stage's instant."""
    return at_book(stage, *words)


def listed(stage: Stage) -> list[tuple[str, str, Any]]:
    """Return merchant, state and what each payout waits for, by merchant."""
    rows = said(stage, "payout", "list", "--as-of", stage.clock.now.isoformat(), "--json").json
    return sorted((row["merchant"], row["state"], row["waits_for"]) for row in rows)


def test_a_payouts_way_by_command(stage: Stage) -> None:
    instant = stage.clock.now.isoformat()
    none = "an account in use: ingather merchant account ask"
    assert listed(stage) == [
        ("harbor", "due", "a second person: ingather payout approve"),
        ("summit", "due", none),
    ]
    first = next(row["id"] for row in said(stage, "payout", "list", "--json").json if row["merchant"] == "harbor")
    maker = said(stage, "payout", "show", first, "--json").json["asked_by"]
    refused = said(stage, "payout", "approve", first, "--as", maker, "--as-of", instant)
    assert refused.code != ExitCode.DONE
    assert "2 payout(s) over 107.00 USD" in said(stage, "payout", "approve", "--all", "--as", "omar").out
    assert listed(stage) == [("harbor", "approved", "the next night"), ("summit", "approved", none)]
    assert "due" not in said(stage, "payout", "list", "--state", "approved", "--merchant", "summit").out
    assert night(stage, PAYDAY).payouts == 1
    shown = said(stage, "payout", "show", first)
    assert "sent" in shown.out
    assert "marketplace.20261124.A.ach" in shown.out
    at(stage, PAYDAY)
    account(stage, "summit", number=970)
    (_, waiting) = listed(stage)
    assert waiting[1:] == ("approved", "2026-11-27, the first day of its new account")
    assert said(stage, "payout", "cancel", first, "--reason", "too late", "--as", "maria").code != ExitCode.DONE
