"""Scenarios played for somebody who asked a server: on a book of their own, in a folder that is gone afterwards."""

import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from ingather.actions.context import Clock, Ids
from ingather.domain.refusals import LiveBook
from ingather.gateway.host import HostMemory
from ingather.jobs.desk import Desk
from ingather.jobs.keys import vault_of
from ingather.jobs.rehearsal.scenarios import play_scenario
from ingather.simulator.scenarios import SCENARIOS
from ingather.store.engine import book_url, open_engine
from ingather.vault.keys import make_ring

NAMES = tuple(sorted(SCENARIOS))
"""Every scenario that can be played."""
_NODE = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a scenario ended: banking days, orders by state, returns by code, cases, the ledger, and what does not hold.

    ``balances`` are by account, in minor units.
    """

    name: str
    seed: int
    days: int
    by_state: dict[str, int]
    returns: dict[str, int]
    cases: dict[str, int]
    balances: dict[str, int]
    broken: list[str]


def play_for(desk: Desk, name: str, *, seed: int, orders: int | None = None) -> Outcome:
    """Play a scenario beside a test book, which it never touches; the same seed ends alike.

    Raises ``LiveBook``, and ``NoSuch`` for a scenario that is not known.
    """
    if desk.mark() != "test":
        raise LiveBook
    with tempfile.TemporaryDirectory(prefix="ingather-") as scratch:
        folder = Path(scratch)

        def opened(*, clock: Clock) -> Desk:
            return _desk_in(folder, clock=clock, beside=desk)

        played = play_scenario(name, folder, open_desk=opened, seed=seed, order_count=orders)
        played.stage.desk.engine.dispose()
    outcome: dict[str, Any] = played.outcome
    return Outcome(
        name=name,
        seed=seed,
        days=len(played.days),
        by_state=dict(sorted(Counter(order["state"] for order in outcome["orders"]).items())),
        returns=outcome["bank"]["returned_by_code"],
        cases=dict(sorted(Counter(case["kind"] for case in outcome["cases"]).items())),
        balances=outcome["ledger"]["balances"],
        broken=[rule for rule, holds in outcome["invariants"].items() if not holds],
    )


def _desk_in(folder: Path, *, clock: Clock, beside: Desk) -> Desk:
    keys = folder / "book.keys"
    engine = open_engine(book_url(str(folder / "book.sqlite")), must_exist=False)
    return Desk(
        engine=engine,
        vault=vault_of(engine, make_ring(keys)),
        clock=clock,
        ids=Ids(clock, node=_NODE),
        actor="system:rehearsal",
        host=HostMemory(keys),
        open_channel=beside.open_channel,
        draw=Random(_NODE).randrange,  # noqa: S311 -- a rehearsal repeats its own draws
    )
