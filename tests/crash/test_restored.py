"""A book restored from any earlier moment is known for what it is: it reads, and it neither seals nor sends."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ingather.actions.orders import cancel_order, hold_order, unhold_order
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.refusals import BookRestored, ExitCode
from ingather.gateway.host import HostMemory, SentLine
from ingather.jobs.desk import Desk
from ingather.jobs.night.run import run_night
from ingather.jobs.rehearsal.scenarios import START
from ingather.jobs.rehearsal.stage import banking_days
from ingather.jobs.settle import run_settle
from ingather.jobs.transmit import send_files
from ingather.simulator.scenarios import SCENARIOS
from ingather.store.reading import orders
from ingather.vault.keys import make_ring
from ingather.wiring import fixed_clock, open_desk
from tests.crash.stories import Story, begin, evening

pytestmark = pytest.mark.xdist_group("kills-1")
_FIRST, _SECOND, _THIRD = banking_days(START, 3)
_ORDERS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Two nights as they were told, with a copy of the book from each moment, the earliest first."""

    story: Story
    moments: dict[str, Path]
    present: Path

    def restore(self, copy: Path) -> None:
        """Put a copy in the place of the book."""
        with closing(sqlite3.connect(copy)) as source, closing(sqlite3.connect(self.story.book)) as book:
            source.backup(book)

    def desk(self, node: int) -> Desk:
        """Open a desk on the evening of the third day."""
        return self.story.desk(evening(on=_THIRD), node=node)

    def sent(self) -> dict[str, bytes]:
        """Return everything in the outbound folder."""
        return {path.name: path.read_bytes() for path in self.story.outbound.iterdir()}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Tell two nights with their inbound runs, a settling and a cancellation, and copy the book at every step."""
    folder = tmp_path_factory.mktemp("restored")
    story, stage = begin(
        folder, orders=_ORDERS, due=banking_days(START, 8), entries=8, behaviour=SCENARIOS["marketplace"]
    )
    copies: dict[str, Path] = {}

    def copy(moment: str, /, **_: object) -> None:
        target = folder / f"{len(copies):03d}.sqlite"
        with closing(sqlite3.connect(story.book)) as book, closing(sqlite3.connect(target)) as kept:
            book.backup(kept)
        copies[f"{len(copies):03d} {moment}"] = target

    stage.desk = replace(stage.desk, tell=copy)
    copy("orders recorded")
    for day in (_FIRST, _SECOND):
        played = stage.play_day(day)
        assert played.night.sent
        copy("after the day")
    run_settle(stage.desk, as_of=_SECOND)
    copy("after settling")
    with stage.desk.view() as ctx:
        (waiting, *_rest) = orders.listed(ctx.session, state="open")
    with stage.desk.as_actor("ana").action() as ctx:
        cancel_order(ctx, parse_public_id(Prefix.ORDER, waiting["id"]), reason="the buyer changed their mind")
    stage.desk.remember()
    present = folder / "present.sqlite"
    with closing(sqlite3.connect(story.book)) as book, closing(sqlite3.connect(present)) as kept:
        book.backup(kept)
    assert len(copies) >= 25
    assert {name.partition(" ")[2] for name in copies} >= {
        "sealed",
        "approved",
        "intent",
        "transmitted",
        "kept",
        "taken",
    }
    return Told(story=story, moments=copies, present=present)


def test_every_earlier_copy_is_refused_and_sends_nothing(told: Told) -> None:
    before = told.sent()
    for node, (moment, copy) in enumerate(told.moments.items(), 1):
        told.restore(copy)
        for verb in (run_night, send_files):
            with pytest.raises(BookRestored) as refused:
                verb(told.desk(node))
            assert refused.value.exit_code is ExitCode.BROKEN_INVARIANT, moment
        assert told.sent() == before, moment
        with told.desk(node).view() as ctx:
            assert len(orders.listed(ctx.session)) == _ORDERS, moment
        with closing(sqlite3.connect(told.story.book)) as book:
            assert book.execute("SELECT state FROM book").fetchone() == ("restored",), moment


def test_sending_alone_is_refused_as_well(told: Told) -> None:
    told.restore(told.moments["000 orders recorded"])
    with pytest.raises(BookRestored):
        send_files(told.desk(1))


def test_a_restored_book_does_not_become_the_true_one_by_going_on(told: Told) -> None:
    for moment in list(told.moments)[:: len(told.moments) // 4]:
        told.restore(told.moments[moment])
        desk = told.desk(1).as_actor("ana")
        with desk.view() as ctx:
            (waiting, *_rest) = orders.listed(ctx.session, state="open")
        order_id = parse_public_id(Prefix.ORDER, waiting["id"])
        for _ in range(40):
            with desk.action() as ctx:
                hold_order(ctx, order_id, reason="to be looked at")
                unhold_order(ctx, order_id, reason="looked at")
        desk.remember()
        with pytest.raises(BookRestored):
            run_night(told.desk(2))


def test_the_register_alone_tells_past_a_file_that_was_withheld(told: Told) -> None:
    keys = Path(told.story.keys)
    head, register = (keys / name for name in ("audit.head", "sent.register"))
    remembered, sent = head.read_text("ascii"), register.read_text("ascii")
    host = HostMemory(keys)
    try:
        head.unlink()
        for what in ("sending", "withheld"):
            host.note_send(SentLine(what=what, name="later.ach", sha256="00" * 32, entries=1, debit_cents=1))
        told.restore(told.moments["000 orders recorded"])
        with pytest.raises(BookRestored):
            run_night(told.desk(1))
    finally:
        head.write_text(remembered, "ascii")
        register.write_text(sent, "ascii")


def test_the_present_book_is_not_refused(told: Told) -> None:
    told.restore(told.present)
    report = run_night(told.desk(1), dry_run=True)
    assert report.sealed_orders


def test_another_host_is_refused(told: Told, tmp_path: Path) -> None:
    told.restore(told.present)
    make_ring(tmp_path / "keys")
    clock = fixed_clock(evening(on=_THIRD))
    other = open_desk(told.story.book, keys=str(tmp_path / "keys"), actor="system:night", clock=clock, node=1)
    before = told.sent()
    with pytest.raises(BookRestored):
        run_night(other)
    assert told.sent() == before
