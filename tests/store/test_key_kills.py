"""A rotation killed at every commit: everything opens at once, others write, and it goes on from where it stood."""

import os
import threading

import pytest
from sqlalchemy import Connection, select, update
from sqlalchemy.orm import Session

from ingather.actions.context import Context
from ingather.actions.keys import rotating
from ingather.actions.keys.epochs import forget_evidence
from ingather.domain.keys import EpochState, KeyPurpose, Provider, Rotation, RotationKind
from ingather.domain.refusals import KeyDestroyed
from ingather.jobs import key_rotation
from ingather.jobs.desk import Desk
from ingather.jobs.keys import destroy_keks
from ingather.store import keys
from ingather.store.tables import Account, KeyRotation
from ingather.vault import providers
from ingather.vault.keys import load_ring
from ingather.vault.sealing import Place
from tests.crash.killing import Job, Steps, a_share, ended, run, telling
from tests.crash.stories import Story, evening
from tests.red import red_account
from tests.store.key_books import VALUES_IN_ALL, by_epoch, epochs, numbers, opened, states

BATCH = 4
REASON = "the yearly rotation"
EVERY = "INGATHER_TEST_KEY_KILLS" in os.environ
in_the_folder = pytest.mark.parametrize("kept_story", ["sqlite"], indirect=True)
"""What the host's folder does is alike on both engines."""


def _desk(story: Story, *, node: int = 4) -> Desk:
    return story.desk(evening(30), node=node, actor="user:carla")


def _rotate(story: Story) -> Job:
    def job(step: Steps) -> dict[str, int]:
        _ = step
        desk = _desk(story)
        if states(desk)[1] == ("values", "open"):
            with desk.action() as ctx:
                rotating.begin_rotation(ctx, second="user:otto", reason=REASON)
        key_rotation.resume(desk, limit=BATCH)
        return {}

    return job


def _passed_by(desk: Desk) -> dict[str, int]:
    """Return how many values are still under an old epoch although the rotation says that it has gone through them."""
    with desk.view() as ctx:
        row = keys.running(ctx.session)
        if row is None or row.kind is not RotationKind.EPOCH:
            return {}
        places = [each.place for each in keys.VALUES]
        through = places.index(row.place) if row.place else len(places)
        found = {}
        for at, column in enumerate(keys.VALUES):
            page = keys.sealed_page(ctx.session, column, after=-1, limit=1_000)
            gone = [key for key, _ in page if at < through or (at == through and key <= row.after_id)]
            found[column.place] = sum(
                int.from_bytes(sealed[:2], "big") < row.epoch for key, sealed in page if key in gone
            )
    return {place: count for place, count in found.items() if count}


def test_a_rotation_killed_at_any_commit_loses_nothing_and_goes_on(book: Story) -> None:
    desk = _desk(book)
    said, had = numbers(desk), opened(desk)
    steps = run(_rotate(book)).steps
    commits = [at for at, name in enumerate(steps, 1) if name == "after commit"]
    assert len(commits) > VALUES_IN_ALL // BATCH + 2
    points = a_share([1, *commits])
    for at in points if book.url is None or EVERY else points[::3]:
        book.begin_again()
        assert run(_rotate(book), kill_at=at).killed, steps[at - 1]
        desk = _desk(book, node=5)
        assert (numbers(desk), opened(desk), _passed_by(desk)) == (said, had, {}), steps[at - 1]
        with desk.action() as ctx:
            newest = max(each.number for each in ctx.vault.epochs if KeyPurpose.VALUES in each.seals)
            assert ctx.vault.seal_account(1, red_account(7))[:2] == newest.to_bytes(2, "big")
        ended(run(_rotate(book)))
        assert states(desk) == {1: ("values", "destroyed"), 2: ("evidence", "open"), 3: ("values", "open")}
        assert (by_epoch(desk), numbers(desk)) == ({3: VALUES_IN_ALL}, said)


@in_the_folder
def test_a_rotation_of_the_root_killed_at_any_step_loses_nothing_and_goes_on(book: Story) -> None:
    had = opened(_desk(book))

    def job(step: Steps) -> dict[str, int]:
        _ = step
        desk = _desk(book)
        with desk.view() as ctx:
            begun = ctx.session.execute(select(KeyRotation.id)).first()
        if begun:
            key_rotation.resume(desk)
        else:
            key_rotation.rotate_kek(desk, Provider.FILE, None, second="user:otto", reason=REASON)
        return {}

    steps = run(job).steps
    for at in a_share(telling(steps)):
        book.begin_again()
        assert run(job, kill_at=at).killed, steps[at - 1]
        assert opened(_desk(book, node=5)) == had, (at, steps[at - 1])
        ended(run(job))
        desk = _desk(book, node=6)
        ring = load_ring(desk.vault.ring.folder)
        for former in ring.roots()[1:]:
            assert key_rotation.forget_root(desk, former, second="user:otto", reason=REASON)
        assert opened(_desk(book, node=7)) == had
        assert load_ring(desk.vault.ring.folder).roots() == (ring.root,)


@in_the_folder
def test_a_rotation_to_a_root_with_a_name_killed_between_ring_and_book_is_begun_again(
    book: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "_TAKEN", {})
    monkeypatch.setenv("INGATHER_KEK", "5a" * 32)
    had = opened(_desk(book))

    def job(step: Steps) -> str:
        _ = step
        ended = key_rotation.rotate_kek(_desk(book), Provider.ENV, None, second="user:otto", reason=REASON)
        return "" if ended is None else f"{ended.kind} {ended.count}"

    steps = run(job).steps
    book.begin_again()
    assert run(job, kill_at=steps.index("before commit") + 1).killed
    ring = load_ring(_desk(book).vault.ring.folder)
    assert (ring.provider, epochs(_desk(book))[1].kek) == (Provider.ENV, ring.roots()[1])
    assert ended(run(job)) == "kek 1"
    assert opened(_desk(book, node=5)) == had
    assert load_ring(ring.folder).rewrap() == 0


@in_the_folder
def test_destroying_evidence_killed_at_any_step_is_brought_to_its_end(book: Story) -> None:

    def job(step: Steps) -> dict[str, int]:
        _ = step
        desk = _desk(book)
        if epochs(desk)[2].state is not EpochState.DESTROYED:
            with desk.action() as ctx:
                keys.close_epochs(ctx.session, [KeyPurpose.EVIDENCE], at=ctx.now)
                forget_evidence(ctx, 2)
        destroy_keks(desk)
        return {}

    steps = run(job).steps
    for at in telling(steps):
        book.begin_again()
        assert run(job, kill_at=at).killed, steps[at - 1]
        ended(run(job))
        desk = _desk(book, node=5)
        assert (states(desk)[2], desk.vault.ring.keks()) == (("evidence", "destroyed"), ())


def test_others_write_while_values_are_sealed_anew(book: Story) -> None:
    other, stop, written = _desk(book, node=8), threading.Event(), dict[int, str]()

    def write() -> None:
        with other.view() as ctx:
            rows = ctx.session.execute(select(Account.id).order_by(Account.id)).scalars().all()
        for turn in range(1_000):
            if stop.is_set():
                return
            key, number = rows[turn % len(rows)], red_account(100 + turn)
            with other.action() as ctx:
                sealed = ctx.vault.seal_account(key, number)
                ctx.session.execute(update(Account).where(Account.id == key).values(number=sealed))
            written[key] = number

    thread = threading.Thread(target=write)
    thread.start()
    desk = _desk(book)
    with desk.action() as ctx:
        rotating.begin_rotation(ctx, second="user:otto", reason=REASON)
    key_rotation.resume(desk, limit=1)
    stop.set()
    thread.join()
    assert written
    with desk.view() as ctx:
        rows = ctx.session.execute(select(Account.id, Account.number)).all()
    found = {row.id: desk.vault.open(Place.ACCOUNT_NUMBER, row.id, row.number).decode().strip() for row in rows}
    assert {key: found[key] for key in written} == written
    living = [number for number, (purpose, state) in states(desk).items() if (purpose, state) == ("values", "open")]
    assert list(by_epoch(desk)) == living


def _straggler(story: Story) -> Desk:
    """Begin a rotation and go through all places; then a process of an older version writes under the old epoch."""
    desk, older = _desk(story), _desk(story, node=9)
    with desk.action() as ctx:
        rotating.begin_rotation(ctx, second="user:otto", reason=REASON)
    with desk.view() as ctx:
        first = ctx.session.execute(select(Account.id).order_by(Account.id).limit(1)).scalar_one()
    while (row := _running(desk)) is not None and row.place:
        key_rotation._one_batch(desk, BATCH)  # noqa: SLF001 -- the last batch is followed by something
    with desk.engine.begin() as connection:
        sealed = older.vault.seal_account(first, red_account(55))
        assert sealed[:2] == b"\0\1"
        _write_past_all_locks(connection, first, sealed)
    return desk


def _running(desk: Desk) -> Rotation | None:
    with desk.view() as ctx:
        return keys.running(ctx.session)


def _write_past_all_locks(connection: Connection, key: int, sealed: bytes) -> None:
    connection.execute(update(Account).where(Account.id == key).values(number=sealed))


def test_what_was_written_behind_the_rotations_back_is_found_before_the_old_key_goes(book: Story) -> None:
    ended = key_rotation.resume(_straggler(book))
    assert ended == rotating.Ended(kind=RotationKind.EPOCH, count=VALUES_IN_ALL + 1, destroyed=(1,))
    assert red_account(55) in numbers(_desk(book, node=10))


def test_the_planted_bug_of_destroying_the_key_without_a_last_look_is_seen(
    book: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = _straggler(book)
    monkeypatch.setattr(rotating, "leftovers", lambda *_, **__: None)
    with desk.action() as ctx:
        rotating.end_rotation(ctx)
    with pytest.raises(KeyDestroyed):
        numbers(_desk(book, node=10))


def test_the_planted_bug_of_swapping_without_comparing_is_seen(book: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(
        session: Session, column: keys.SealedColumn, rows: list[int], before: list[bytes], after: list[bytes]
    ) -> int:
        _ = before
        for key, sealed in zip(rows, after, strict=True):
            if column.table == "accounts":
                session.execute(update(Account).where(Account.id == key).values(number=sealed))
        return len(rows)

    monkeypatch.setattr(keys, "swap_sealed", careless)
    desk, other = _desk(book), _desk(book, node=9)
    with desk.action() as ctx:
        rotating.begin_rotation(ctx, second="user:otto", reason=REASON)
    desk.vault.refresh()
    with desk.view() as ctx:
        row = keys.running(ctx.session)
        assert row is not None
        anew, place, after_id = rotating.next_values(ctx, row, limit=BATCH)
    with other.action() as ctx:
        sealed = ctx.vault.seal_account(anew.rows[0], red_account(77))
        ctx.session.execute(update(Account).where(Account.id == anew.rows[0]).values(number=sealed))
    with desk.action() as ctx:
        rotating.keep_values(ctx, row, anew, place=place, after_id=after_id)
    assert red_account(77) not in numbers(desk)


def test_the_planted_bug_of_a_cursor_before_its_batch_is_seen(book: Story) -> None:
    def plant(patch: pytest.MonkeyPatch) -> None:
        keep = rotating.keep_values

        def hasty(ctx: Context, row: Rotation, anew: rotating.Anew, *, place: str, after_id: int) -> int:
            keys.advance(ctx.session, row, place=place, after_id=after_id, moved=0, at=ctx.now)
            ctx.session.commit()
            return keep(ctx, row, anew, place=place, after_id=after_id)

        patch.setattr(rotating, "keep_values", hasty)

    steps = run(_rotate(book), plant=plant).steps
    seen = []
    for at in [at for at, name in enumerate(steps, 1) if name == "after commit"][:4]:
        book.begin_again()
        assert run(_rotate(book), kill_at=at, plant=plant).killed
        seen.append(_passed_by(_desk(book, node=5)))
    assert any(seen)
