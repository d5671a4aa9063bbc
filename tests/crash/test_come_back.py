"""A restored book whose people or memory say the wrong thing first: nothing that may have left is debited again."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from ingather.actions.files.approval import refuse_file, void_file, void_unguarded
from ingather.actions.files.sending import note_in_doubt, sendable
from ingather.actions.orders import hold_order, unhold_order
from ingather.actions.restored import findings
from ingather.actions.restored.adopting import tell_unfit
from ingather.base.ids import Prefix, public_id
from ingather.domain.files import FileState
from ingather.domain.orders import OrderState
from ingather.domain.refusals import BookRestored, WrongState
from ingather.domain.restored import FindingKind
from ingather.gateway.home import begun_here
from ingather.gateway.host import SentLine
from ingather.jobs.desk import Desk
from ingather.jobs.night.run import run_night
from ingather.jobs.recovery.comparing import reconcile_restored
from ingather.jobs.recovery.releasing import release_restored
from ingather.jobs.recovery.sent_files import read_sent
from ingather.jobs.transmit import resolve, sealed_bytes
from ingather.store.tables import Case, File, Order, Restoration
from ingather.store.tables.cases import ENTANGLES
from tests.crash.checking import TWICE, faults
from tests.crash.moments import come_back, note, put_back, take
from tests.crash.stories import Bank, Story, begin, evening
from tests.unit.cli.shell import call

pytestmark = pytest.mark.xdist_group("moments")
_ORDERS = 6


class _DiedError(Exception):
    """A night ends here."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Tell of six orders in one file."""
    return begin(tmp_path_factory.mktemp("small"), orders=_ORDERS, entries=_ORDERS)[0]


@pytest.fixture
def story(small: Story) -> Iterator[Story]:
    """Give the small book with its bank, as they were at their beginning."""
    small.begin_again()
    yield small
    small.desk(evening(), node=902).engine.dispose()


def _back(story: Story) -> Path:
    backup = story.folder.with_name("backup")
    shutil.rmtree(backup, ignore_errors=True)
    return backup


def _lose(story: Story, *, step: str = "approved") -> None:
    """Play the night to its end with a backup at a step, let the bank collect, and put the backup back."""
    backup = _back(story)

    def tell(said: str, /, **_: object) -> None:
        if said == step and not backup.exists():
            take(story, backup)

    run_night(story.desk(evening(), node=1, tell=tell))
    note(story, backup)
    story.between_runs(Bank.POLLS)
    put_back(story, backup)


def _ana(story: Story) -> Desk:
    return story.desk(evening(20), node=5, actor="user:ana")


def _file(desk: Desk) -> File:
    with desk.view() as ctx:
        file = ctx.session.scalars(select(File)).one()
        ctx.session.expunge(file)
        return file


def _next_night(story: Story) -> list[str]:
    run_night(story.desk(evening(30), node=6))
    story.between_runs(Bank.POLLS)
    return [fault for fault in faults(story) if fault.startswith(TWICE)]


def test_nobody_voids_or_refuses_a_file_of_a_restored_book(story: Story) -> None:
    _lose(story, step="sealed")
    desk = _ana(story)
    file_id = _file(desk).id
    for decide in (void_file, refuse_file):
        with pytest.raises(BookRestored), desk.action() as ctx:
            decide(ctx, file_id, reason="looked wrong")
    assert _file(desk).state == "sealed"


def test_a_copy_that_was_not_marked_is_known_before_its_file_is_voided(story: Story) -> None:
    _lose(story)
    desk = _ana(story)
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE book SET state = 'ready'")
    file = public_id(Prefix.FILE, _file(desk).id)
    for verb in ("void", "refuse"):
        said = call("--book", story.book, "--keys", story.keys, "file", verb, file, "--reason", "wrong", "--as", "ana")
        assert said.code == 40, said.words
    assert _file(desk).state == "approved"


def test_what_was_voided_in_a_copy_and_sent_without_it_stays_held(story: Story) -> None:
    _lose(story)
    desk = _ana(story)
    with desk.action() as ctx:
        void_unguarded(ctx, ctx.session.scalars(select(File.id)).one(), reason="voided by a person")
    compared = reconcile_restored(desk, evidence={})
    assert compared.open == [_file(desk).name]
    release_restored(desk, second="user:ben", reason="the drill", waved=compared.open, let_held_go=True)
    assert not _next_night(story)
    assert story.rows("SELECT count(*) FROM orders WHERE held") == [(_ORDERS,)]


def test_what_the_host_saw_at_the_bank_is_not_said_to_be_undelivered(story: Story) -> None:
    _lose(story)
    desk = _ana(story)
    with desk.action() as ctx:
        file_id = ctx.session.scalars(select(File.id)).one()
        ctx.session.get_one(File, file_id).state = FileState.SENDING
        ctx.session.flush()
        note_in_doubt(ctx, file_id, why="nobody knows")
    with pytest.raises(WrongState, match="read back"):
        resolve(desk, file_id, delivered=False, second="user:ben", word="no")
    resolve(desk, file_id, delivered=True, second="user:ben", word="yes")
    assert _file(desk).state == "transmitted"


def _copied_after_the_backup(story: Story) -> None:
    """Back up the book, then its key folder, then lose both after a night, and put both back."""
    backup, keys = _back(story), story.folder.with_name("keys-copied")
    shutil.rmtree(keys, ignore_errors=True)

    def tell(said: str, /, **_: object) -> None:
        if said == "approved" and not backup.exists():
            take(story, backup)
            note(story, backup)
            shutil.copytree(story.keys, keys)

    run_night(story.desk(evening(), node=1, tell=tell))
    story.between_runs(Bank.POLLS)
    shutil.rmtree(story.keys)
    shutil.copytree(keys, story.keys)
    put_back(story, backup)


def test_a_key_folder_copied_after_the_backup_is_no_memory(story: Story) -> None:
    _copied_after_the_backup(story)
    desk = _ana(story)
    compared = reconcile_restored(desk, evidence={})
    assert compared.open == ["host-memory"]
    assert FindingKind.VOIDED not in {kind for kind, _, _ in compared.found}
    release_restored(desk, second="user:ben", reason="the drill", waved=compared.open)
    assert begun_here(Path(story.keys)) == desk.host.head()
    assert not _next_night(story)
    assert _file(desk).state == "in_doubt"


def test_a_memory_of_which_no_place_is_known_is_not_trusted_until_it_notes_something(story: Story) -> None:
    (Path(story.keys) / "host.home").unlink()
    desk = story.desk(evening(), node=3, actor="user:ana")
    backup = _back(story)
    take(story, backup)
    note(story, backup)
    assert begun_here(Path(story.keys)) == desk.host.head()
    put_back(story, backup)
    assert come_back(_ana(story), waved=True).open == ["host-memory"]
    # The release is where this memory begins, and a backup from after it is trusted.
    assert begun_here(Path(story.keys)) == desk.host.head()


def test_a_restored_copy_teaches_a_copied_memory_nothing(story: Story) -> None:
    backup, keys = _back(story), Path(story.keys)
    take(story, backup)
    keys.rename(keys.with_name("elsewhere"))
    shutil.copytree(keys.with_name("elsewhere"), keys)
    put_back(story, backup)
    desk = _ana(story)
    with desk.action() as ctx:
        ctx.audit("look", "book")
    desk.remember()
    assert begun_here(keys) is None


def test_a_lost_memory_is_noted_with_the_beginning_or_not_at_all(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    _lose(story)
    (Path(story.keys) / "audit.head").unlink()
    desk = _ana(story)

    def die(*_: object, **__: object) -> None:
        raise _DiedError

    with monkeypatch.context() as patch:
        patch.setattr(findings, "note_finding", die)
        with pytest.raises(_DiedError):
            reconcile_restored(desk, evidence={})
    with desk.view() as ctx:
        assert ctx.session.scalars(select(Restoration)).all() == []
    assert "host-memory" in reconcile_restored(desk, evidence={}).open


def test_what_waits_for_no_date_and_what_is_on_its_way_is_held_while_bytes_are_lost(story: Story) -> None:
    _lose(story, step="page")
    desk = _ana(story)
    states = (OrderState.RETURNED, OrderState.SUBMITTED, OrderState.SETTLED)
    with desk.action() as ctx:
        keys = ctx.session.scalars(select(Order.id).order_by(Order.id)).all()
        for key, state in zip(keys, states, strict=False):
            ctx.session.execute(update(Order).where(Order.id == key).values(state=state, collect_on=None))
    assert reconcile_restored(desk, evidence={}).held == _ORDERS


@pytest.mark.parametrize("known", [True, False])
def test_a_debit_that_does_not_fit_keeps_its_order_from_another(story: Story, *, known: bool) -> None:
    desk = _ana(story)
    run_night(desk.as_actor("system:night"))
    (route,) = desk.routes()
    file = _file(desk)
    data = sealed_bytes(desk, sendable(file))
    sent = read_sent(file.name, data, route)
    assert sent is not None
    assert sent.route_id == route.row.id
    debit = sent.debits[0] if known else replace(sent.debits[0], order_id=sent.debits[0].order_id + (1 << 40))
    with desk.action() as ctx:
        tell_unfit(ctx, sent, iter([debit]), originator_id=route.row.originator_id, subject=file.name)
    with desk.view() as ctx:
        entangled = ctx.session.scalars(select(Case.order_id).where(ENTANGLES)).all()
    assert entangled == ([debit.order_id] if known else [])


def test_a_name_that_has_gone_to_other_bytes_sends_nothing(story: Story) -> None:
    _lose(story)
    register = Path(story.keys) / "sent.register"
    lines = [json.loads(line) for line in register.read_text().splitlines()]
    register.write_text("".join(json.dumps([what, name, "ab" * 32, *rest]) + "\n" for what, name, _, *rest in lines))
    desk = _ana(story)
    compared = come_back(desk, waved=True)
    assert compared.open == [_file(desk).name]
    assert _file(desk).state == "in_doubt"
    assert compared.held == _ORDERS
    assert not _next_night(story)


def _register_line(name: str) -> SentLine:
    return SentLine(what="withheld", name=name, sha256="00" * 32, entries=1, debit_cents=1)


@pytest.mark.parametrize("meanwhile", [False, True])
def test_a_comparison_knows_its_own_lines_and_no_other(story: Story, *, meanwhile: bool) -> None:
    backup = _back(story)

    def tell(said: str, /, **_: object) -> None:
        if said == "approved":
            take(story, backup)
        elif said == "intent":
            raise _DiedError

    with pytest.raises(_DiedError):
        run_night(story.desk(evening(), node=1, tell=tell))
    note(story, backup)
    put_back(story, backup)
    desk = _ana(story)

    def another(said: str, /, **_: object) -> None:
        if said == "found" and meanwhile:
            desk.host.note_send(_register_line("another.ach"))

    compared = reconcile_restored(replace(desk, tell=another), evidence={})
    assert [kind for kind, _, _ in compared.found] == [FindingKind.VOIDED]
    if meanwhile:
        with pytest.raises(WrongState, match="has noted a file since"):
            release_restored(desk, second="user:ben", reason="the drill")
        return
    release_restored(desk, second="user:ben", reason="the drill")
    assert not _next_night(story)


def test_an_order_that_somebody_held_meanwhile_is_not_let_go(story: Story) -> None:
    _lose(story, step="page")
    desk = _ana(story)
    compared = reconcile_restored(desk, evidence={})
    assert compared.held == _ORDERS
    with desk.action() as ctx:
        mine = ctx.session.scalars(select(Order.id).order_by(Order.id)).first()
        assert mine is not None
        unhold_order(ctx, mine, reason="the buyer called")
        hold_order(ctx, mine, reason="the buyer called again")
    come_back(desk, waved=True, let_held_go=True)
    assert story.rows("SELECT id FROM orders WHERE held") == [(mine,)]


def test_a_book_without_a_bank_is_compared_as_well(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    backup = _back(story)
    take(story, backup)
    note(story, backup)
    put_back(story, backup)
    monkeypatch.setattr(Desk, "routes", lambda _: [])
    assert not reconcile_restored(_ana(story), evidence={}).open
