"""A world whose merchants have holds, reserves, invoices and bank fees: every evening ties, to the cent."""

from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from ingather.actions.rules import take_policy
from ingather.jobs.rehearsal.world import World, simulate_world
from ingather.rules.tables import policy_text
from ingather.store.tables import Settlement
from ingather.wiring import new_desk
from tests.seeds import seed

DAYS = 40
ORDERS = 70
_TERMS = """
[settlement]
hold_days = 3
reserve_bps = 800
reserve_days = 12
invoice_after = 10
pass_return_fees = true
classes = { WEB = { hold_days = 6, reserve_bps = 1500 } }
"""


def test_a_world_with_terms_of_release_ties_every_evening(tmp_path: Path) -> None:
    def opened(**particulars: Any) -> Any:  # noqa: ANN401 -- the stage's own arguments
        place, keys = str(tmp_path / "book.sqlite"), str(tmp_path / "keys")
        return new_desk(place, keys=keys, actor="system:night", node=7, **particulars)

    taken: list[int] = []

    def on_day(world: World) -> None:
        if not taken:
            with world.stage.desk.action() as ctx:
                text = policy_text("rehearsal").replace("version = 1", "version = 2", 1)
                taken.append(take_policy(ctx, world.stage.desk.originator_id(), f"{text}\n{_TERMS}"))

    world = simulate_world(tmp_path, open_desk=opened, seed=seed(), days=DAYS, orders=ORDERS, on_day=on_day)
    assert world.counted["statements"]
    with world.stage.desk.view() as ctx:
        sums = ctx.session.execute(
            select(
                func.sum(Settlement.reserved_minor), func.sum(Settlement.unreserved_minor),
                func.sum(Settlement.held_minor), func.sum(Settlement.payable_minor),
            )
        ).one()  # fmt: skip
    assert all(sums), sums
