"""Four people and their nights at one book, on each engine: everything that was done or refused has a serial order."""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import update

from ingather.actions.context import Context
from ingather.actions.files import sealing
from ingather.actions.orders import cancel_order
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import FileState
from ingather.domain.orders import OrderState
from ingather.jobs.invariants import check_invariants
from ingather.jobs.night import due_files
from ingather.store.tables import File, Order
from tests.crash.days import LATER, taken
from tests.crash.killing import Plant, Ran, ended
from tests.crash.stories import Story, evening
from tests.race import deciding
from tests.race.deciding import Operation, judged, person
from tests.race.together import together
from tests.seeds import seed

pytestmark = pytest.mark.xdist_group("decisions")
_PEOPLE = 4
_OPERATIONS = int(os.environ.get("INGATHER_TEST_DECISIONS", "60"))


def _acted(story: Story, *, operations: int = _OPERATIONS, plant: Plant | None = None) -> list[Ran]:
    jobs = [person(story, number, operations=operations, seed=seed()) for number in range(_PEOPLE)]
    return together(jobs, plant=plant)


def _told(ran: list[Ran]) -> list[Operation]:
    return [Operation.of(row) for each in ran for row in ended(each)]


def _wrong(story: Story, operations: list[Operation]) -> list[str]:
    held = check_invariants(story.desk(evening(300, on=LATER), node=999))
    return [*judged(story, operations), *(name for name, holds in held.items() if not holds)]


def test_what_four_people_decide_at_once_has_a_serial_order(
    tmp_path: Path, book_url: str, record_property: Callable[[str, object], None]
) -> None:
    story = taken(tmp_path, orders=24, url=None if book_url.startswith("sqlite") else book_url, at_once=True)
    operations = _told(_acted(story))
    assert _wrong(story, operations) == []
    done = Counter(each.verb for each in operations if not each.refused)
    record_property("operations", len(operations))
    record_property("operations refused", sum(bool(each.refused) for each in operations))
    assert done.keys() >= {"cancel", "approve", "refund", "record", "seal"}, done
    assert {each.refused for each in operations} >= {"WrongState", "SameKeyOtherContent"}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Return the story that the bugs are planted on."""
    return taken(tmp_path_factory.mktemp("planted"), orders=12, at_once=True)


def _blind_cancel(ctx: Context, order_id: int, *, reason: str) -> None:
    row = ctx.session.get_one(Order, order_id)
    row.state, row.collect_on, row.version = OrderState.CANCELED, None, row.version + 1
    ctx.fact(FactKind.CANCELED, scope=Scope.ORDER, subject=order_id, originator=row.originator_id, reason=reason)


def _blind_approval(ctx: Context, file_id: int, *, sha256: bytes | None = None) -> None:
    _ = sha256
    row = ctx.session.get_one(File, file_id)
    row.state = FileState.APPROVED
    ctx.fact(
        FactKind.APPROVED, scope=Scope.FILE, subject=file_id, originator=row.originator_id, once=str(ctx.ids.one())
    )


def _blind_claim(ctx: Context, row: File, new: sealing.NewFile) -> None:
    _ = row
    ctx.session.execute(
        update(Order)
        .where(Order.id.in_(list(new.entries.order_id)))
        .values(state=OrderState.SEALED, presentations=1, version=Order.version + 1, collect_on=None)
        .execution_options(synchronize_session=False),
    )


_SEAL = due_files.DueFiles._seal_file  # noqa: SLF001 -- the bug is planted around it


def _late_seal(self: due_files.DueFiles, new: sealing.NewFile) -> int:
    """Seal a file of which somebody has just canceled an order, as happens between its building and its sealing."""
    with self._desk.as_actor("user:late").action() as ctx:
        order = ctx.session.get_one(Order, int(new.entries.order_id[0]))
        if order.state == OrderState.OPEN:
            cancel_order(ctx, order.id, reason="just in time")
    return _SEAL(self, new)


@pytest.mark.parametrize(
    ("where", "name", "bug"),
    [
        (deciding, "cancel_order", _blind_cancel),
        (deciding, "approve_file", _blind_approval),
        (sealing, "claim_orders", _blind_claim),
    ],
)
def test_a_planted_bug_is_caught(kept: Story, where: ModuleType, name: str, bug: Callable[..., None]) -> None:
    kept.begin_again()

    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(where, name, bug)
        if where is sealing:
            patch.setattr(due_files.DueFiles, "_seal_file", _late_seal)

    ran = _acted(kept, operations=50, plant=plant)
    # What the book itself refuses ends a process, which is as good as being found.
    refused = [each.error for each in ran if each.error]
    assert all("IntegrityError" in error for error in refused), refused
    assert refused or _wrong(kept, _told(ran))
