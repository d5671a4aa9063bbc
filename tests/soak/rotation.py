"""A rotation of many values, killed again and again, while orders are recorded and nights run: all stays readable."""

import multiprocessing
import os
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from ingather.actions.accounts import record_accounts
from ingather.actions.keys import rotating
from ingather.actions.orders import NewOrders, record_orders
from ingather.domain.refusals import NightRunning
from ingather.jobs import key_rotation
from ingather.jobs.desk import Desk
from ingather.jobs.invariants import check_invariants
from ingather.jobs.night.run import run_night
from ingather.jobs.rehearsal.order_book import invented_accounts
from ingather.jobs.rehearsal.scenarios import START
from ingather.store import keys
from ingather.store.bulk import insert_columns
from ingather.store.tables import Account, Authorization, Buyer, Merchant, Order
from ingather.vault.sealing import Place
from ingather.wiring import fixed_clock, open_desk
from tests.crash.stories import Story, begin, evening
from tests.postgres import empty_database, running_cluster
from tests.red import red_account
from tests.seeds import seed

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

ROWS = int(os.environ.get("INGATHER_TEST_ROTATED", "1_000_000"))
KILLS = 20
_PAGE = 100_000
_REASON = "a rotation that is killed"
_FORK = multiprocessing.get_context("fork")


def rotations() -> dict[str, Any]:
    """Rotate on both engines; returns what was counted."""
    counted: Counter[str] = Counter()
    broken: list[str] = []
    for engine in ("sqlite", "postgresql"):
        with ExitStack() as held:
            folder = Path(held.enter_context(TemporaryDirectory(prefix="ingather-soak-")))
            url = None
            if engine == "postgresql":
                url = held.enter_context(empty_database(held.enter_context(running_cluster(durable=True))))
            found = rotated(folder, url=url, rows=ROWS, kills=KILLS)
        broken += [f"{engine}: {fault}" for fault in found.pop("broken")]
        counted.update({f"{what} ({engine})": number for what, number in found.items()})
    return {**counted, "broken": broken}


def rotated(folder: Path, *, url: str | None, rows: int, kills: int) -> dict[str, Any]:
    """Rotate a book of so many accounts, killed so often, beside a process that records orders and one with nights."""
    story, _ = begin(folder, url=url, orders=10)
    desk = _desk(story)
    _add_accounts(desk, rows)
    desk.engine.dispose()
    draw, broken, killed = Random(seed()), [], 0  # noqa: S311 -- repeatable moments
    stop, longest, orders = _FORK.Event(), _FORK.Value("d", 0.0), _FORK.Value("l", 0)
    beside = [
        _FORK.Process(target=_record_orders, args=(story, stop, longest, orders)),
        _FORK.Process(target=_run_nights, args=(story, stop)),
    ]
    for each in beside:
        each.start()
    began, turned = time.monotonic(), 0
    while killed < kills:
        child = _FORK.Process(target=_rotate, args=(story,))
        child.start()
        child.join(draw.uniform(0.3, 3.0))
        if child.is_alive():
            child.kill()
            child.join()
            killed += 1
        elif child.exitcode:
            broken.append(f"a rotation ended with {child.exitcode}")
            break
        turned += not child.exitcode
        broken += _unreadable(_desk(story))
    _rotate(story)
    seconds = time.monotonic() - began
    stop.set()
    for each in beside:
        each.join()
        broken += [f"a process beside it ended with {each.exitcode}"] if each.exitcode else []
    return _judged(_desk(story), broken) | {
        "rows": rows,
        "kills that arrived": killed,
        "rotations done": turned + 1,
        "orders recorded meanwhile": orders.value,
        "longest wait of an order in ms": round(longest.value * 1_000),
        "seconds in all": round(seconds),
    }


def _judged(desk: Desk, broken: list[str]) -> dict[str, Any]:
    broken += _unreadable(desk)
    with desk.view() as ctx:
        living = [each.number for each in keys.read_epochs(ctx.session).epochs if each.seals and each.wrapped]
        for column in keys.VALUES:
            found = set(keys.rows_by_epoch(ctx.session, column)) - set(living)
            broken += [f"{column.place} has values under {found}"] if found else []
        count = ctx.session.execute(select(func.count()).select_from(Order)).scalar_one()
    broken += [f"the invariant {name} is broken" for name, holds in check_invariants(desk).items() if not holds]
    return {"orders in all": count, "broken": broken}


def _desk(story: Story) -> Desk:
    return open_desk(story.book, keys=story.keys, actor="user:carla", clock=fixed_clock(evening(30)))


def _add_accounts(desk: Desk, count: int) -> None:
    """Add accounts to a buyer, as many as are to be sealed anew."""
    originator_id = desk.originator_id()
    with desk.view() as ctx:
        buyer = ctx.session.execute(select(Buyer.id).limit(1)).scalar_one()
    for start in range(0, count, _PAGE):
        with desk.action() as ctx:
            ids: list[int] = ctx.ids.many(min(_PAGE, count - start)).tolist()
            sealed = [ctx.vault.seal_account(key, red_account(40 + start + at)) for at, key in enumerate(ids)]
            insert_columns(
                ctx.session,
                Account,
                {
                    "id": ids,
                    "external_id": [f"soak-{key}" for key in ids],
                    "number": sealed,
                    "number_index": [os.urandom(16) for _ in ids],
                },
                same={
                    "originator_id": originator_id, "buyer_id": buyer, "routing": 21_000_021, "last4": "0000",
                    "kind": "checking", "holder": "consumer", "state": "active", "blocked_by": None,
                    "validated": False, "bucket": 0, "version": 1, "created_at": ctx.now,
                },
            )  # fmt: skip


def _rotate(story: Story) -> None:
    desk = _desk(story)
    with desk.view() as ctx:
        begun = keys.running(ctx.session)
    if begun is None:
        with desk.action() as ctx:
            rotating.begin_rotation(ctx, second="user:otto", reason=_REASON)
    key_rotation.resume(desk)


def _record_orders(story: Story, stop: Any, longest: "Synchronized[float]", orders: "Synchronized[int]") -> None:  # noqa: ANN401 -- an event of multiprocessing has no type to name
    desk, turn = _desk(story), 0
    originator_id = desk.originator_id()
    with desk.view() as ctx:
        named = select(Authorization.external_id, Buyer.external_id, Merchant.external_id)
        joined = named.join(Buyer, Buyer.id == Authorization.buyer_id)
        joined = joined.join(Merchant, Merchant.id == Authorization.merchant_id)
        authorization, buyer, merchant = ctx.session.execute(joined.limit(1)).one()
    while not stop.is_set():
        turn += 1
        began = time.monotonic()
        with desk.action() as ctx:
            account = replace(invented_accounts(Random(turn), [buyer], None), external_id=[f"meanwhile-{turn}"])  # noqa: S311 -- an invented account
            record_accounts(ctx, originator_id, account)
            record_orders(ctx, originator_id, _order(turn, authorization, merchant))
        longest.value = max(longest.value, time.monotonic() - began)
        orders.value += 1
        time.sleep(0.02)


def _order(turn: int, authorization: str, merchant: str) -> NewOrders:
    return NewOrders(
        external_id=[f"meanwhile-{turn}"], instalment=[1], merchant=[merchant], authorization=[authorization],
        amount_minor=[100 + turn], due_on=[START], goods=[False], same_day=[False],
    )  # fmt: skip


def _run_nights(story: Story, stop: Any) -> None:  # noqa: ANN401 -- as above
    turn = 0
    while not stop.is_set():
        turn += 1
        desk = open_desk(story.book, keys=story.keys, actor="system:night", clock=fixed_clock(evening(turn % 60)))
        try:
            run_night(desk)
        except NightRunning:
            continue
        desk.engine.dispose()


def _unreadable(desk: Desk) -> list[str]:
    """Open every account number, whatever epoch it is under."""
    after = -1
    found: list[str] = []
    (column,) = (each for each in keys.VALUES if each.place == Place.ACCOUNT_NUMBER)
    while True:
        with desk.view() as ctx:
            page = keys.sealed_page(ctx.session, column, after=after, limit=_PAGE)
        if not page:
            return found
        try:
            desk.vault.open_many([key for key, _ in page], [sealed for _, sealed in page])
        except Exception as unreadable:  # noqa: BLE001 -- whatever it is, it is what this looks for
            found.append(f"{type(unreadable).__name__}: {unreadable}")
        after = page[-1][0]
