"""Keys in the book: every value moves to the new epoch, nothing else changes, and the old key goes with the last."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import IntegrityError

from ingather.actions.keys import rotating
from ingather.actions.keys.epochs import forget_evidence
from ingather.domain.keys import Epochs, Provider, RotationKind
from ingather.domain.refusals import BookRestored, BrokenInvariant, KeyDestroyed, MakerIsChecker, WrongState
from ingather.jobs import key_rotation
from ingather.jobs.desk import Desk
from ingather.jobs.invariants import check_invariants
from ingather.jobs.keys import destroy_keks, renew
from ingather.jobs.night.run import run_night
from ingather.jobs.transmit import verify_file
from ingather.store import keys
from ingather.store.tables import Account, AuditRecord, File, KeyEpoch, KeyRotation
from ingather.vault.keys import KeyRing, load_ring
from ingather.vault.sealing import Place, Vault
from ingather.wiring import fixed_clock
from tests.crash.stories import Story, evening
from tests.red import red_account
from tests.store.key_books import ORDERS, VALUES_IN_ALL, by_epoch, epochs, numbers, opened, states

REASON = "the yearly rotation"


@pytest.fixture
def desk(book: Story) -> Desk:
    """Return the desk of somebody at the book as it was at the beginning."""
    return book.desk(evening(30), node=4, actor="user:carla")


def _rotate(desk: Desk, *, second: str = "user:otto") -> int:
    ended = key_rotation.rotate_values(desk, second=second, reason=REASON)
    return ended.count if ended else -1


def _as_somebody_else(book: Story) -> Desk:
    return book.desk(evening(31), node=5, actor="user:maria")


def test_a_book_is_founded_with_an_epoch_of_values_and_one_of_evidence(desk: Desk) -> None:
    assert states(desk) == {1: ("values", "open"), 2: ("evidence", "open")}
    assert by_epoch(desk) == {1: VALUES_IN_ALL}
    (kek,) = desk.vault.ring.keks()
    assert [each.kek for each in epochs(desk).values()] == [desk.vault.ring.root, kek]


def test_a_rotation_moves_every_value_and_nothing_else(desk: Desk) -> None:
    before, said = opened(desk), numbers(desk)
    with desk.view() as ctx:
        accounts = ctx.session.execute(select(Account.id, Account.version, Account.number_index)).all()
    assert _rotate(desk) == VALUES_IN_ALL
    assert states(desk) == {1: ("values", "destroyed"), 2: ("evidence", "open"), 3: ("values", "open")}
    assert by_epoch(desk) == {3: VALUES_IN_ALL}
    assert (opened(desk), numbers(desk)) == (before, said)
    with desk.view() as ctx:
        assert ctx.session.execute(select(Account.id, Account.version, Account.number_index)).all() == accounts
        newest = select(AuditRecord.verb).order_by(AuditRecord.seq.desc()).limit(2)
        assert ctx.session.execute(newest).scalars().all() == ["end_rotation", "begin_rotation"]
    assert epochs(desk)[1].wrapped is None
    assert check_invariants(desk) == dict.fromkeys(check_invariants(desk), True)


def test_a_rotation_rests_on_two_persons_in_code_and_in_the_book(desk: Desk) -> None:
    with pytest.raises(MakerIsChecker):
        _rotate(desk, second="user:carla")
    assert states(desk) == {1: ("values", "open"), 2: ("evidence", "open")}
    with desk.action() as ctx:
        rotating.begin_rotation(ctx, second="user:otto", reason=REASON)
    with pytest.raises(IntegrityError), desk.action() as ctx:
        ctx.session.execute(update(KeyRotation).values(approved_by="user:carla"))


def test_two_rotations_do_not_run_at_once(desk: Desk) -> None:
    with desk.action() as ctx:
        rotating.begin_rotation(ctx, second="user:otto", reason=REASON)
    with pytest.raises(WrongState, match="is not done"):
        _rotate(desk)
    assert key_rotation.resume(desk) == rotating.Ended(kind=RotationKind.EPOCH, count=VALUES_IN_ALL, destroyed=(1,))
    assert key_rotation.resume(desk) is None
    assert _rotate(desk) == VALUES_IN_ALL


def test_what_somebody_else_writes_after_the_beginning_is_of_the_new_epoch(desk: Desk, book: Story) -> None:
    other = _as_somebody_else(book)
    assert other.vault.turn == desk.vault.turn
    with desk.action() as ctx:
        rotating.begin_rotation(ctx, second="user:otto", reason=REASON)
    with other.action() as ctx:
        assert ctx.vault.seal_account(1, red_account(7))[:2] == b"\0\3"


def test_an_account_that_changed_meanwhile_keeps_what_was_written(desk: Desk, book: Story) -> None:
    other, number = _as_somebody_else(book), red_account(41)
    with desk.action() as ctx:
        rotating.begin_rotation(ctx, second="user:otto", reason=REASON)
    desk.vault.refresh()
    with desk.view() as ctx:
        row = keys.running(ctx.session)
        assert row is not None
        anew, place, after_id = rotating.next_values(ctx, row, limit=5)
    with other.action() as ctx:
        sealed = ctx.vault.seal_account(anew.rows[2], number)
        ctx.session.execute(update(Account).where(Account.id == anew.rows[2]).values(number=sealed))
    with desk.action() as ctx:
        assert rotating.keep_values(ctx, row, anew, place=place, after_id=after_id) == 4
    key_rotation.resume(desk, limit=5)
    assert number in numbers(desk)
    assert by_epoch(desk) == {3: VALUES_IN_ALL}


def test_a_value_read_before_the_old_key_went_still_opens_where_it_was_read(desk: Desk, book: Story) -> None:
    other = _as_somebody_else(book)
    with other.view() as ctx:
        rows = ctx.session.execute(select(Account.id, Account.number).order_by(Account.id)).all()
    said = numbers(desk)
    _rotate(desk)
    with other.action():
        pass
    many = other.vault.open_many([row.id for row in rows], [row.number for row in rows])
    assert [bytes(row).decode().strip() for row in many] == said


def test_a_night_goes_on_through_a_rotation(desk: Desk, book: Story) -> None:
    other = book.desk(evening(40), node=6)
    _rotate(desk)
    assert run_night(other, dry_run=True).did is not None
    assert opened(other)[Place.FILE_BYTES] == 1


def test_a_value_that_does_not_open_stops_the_rotation_before_its_key_is_destroyed(desk: Desk) -> None:
    with desk.action() as ctx:
        first = ctx.session.execute(select(Account.id).order_by(Account.id).limit(1)).scalar_one()
        sealed = ctx.vault.seal_account(first + 1, red_account(3))
        ctx.session.execute(update(Account).where(Account.id == first).values(number=sealed))
    with pytest.raises(BrokenInvariant, match=f"row {first}: a sealed value of accounts.number does not open"):
        _rotate(desk)
    assert states(desk)[1] == ("values", "closed")
    with desk.action() as ctx:
        sealed = ctx.vault.seal_account(first, red_account(3))
        ctx.session.execute(update(Account).where(Account.id == first).values(number=sealed))
    key_rotation.resume(desk)
    assert states(desk)[1] == ("values", "destroyed")
    assert by_epoch(desk) == {3: VALUES_IN_ALL}


def test_a_new_quarter_opens_new_epochs_and_the_old_values_still_open(desk: Desk) -> None:
    assert renew(desk) == []
    later = replace(desk, clock=fixed_clock(datetime(2027, 1, 4, 23, tzinfo=UTC)))
    assert [(each.number, str(each.purpose)) for each in renew(later)] == [(3, "values"), (4, "evidence")]
    assert renew(later) == []
    assert states(desk) == {
        1: ("values", "closed"), 2: ("evidence", "closed"), 3: ("values", "open"), 4: ("evidence", "open"),
    }  # fmt: skip
    assert opened(later)["accounts.number"] == ORDERS
    assert _rotate(later) == VALUES_IN_ALL
    assert states(desk)[1] == states(desk)[3] == ("values", "destroyed")


def test_an_epoch_that_sealed_as_often_as_it_may_is_renewed(desk: Desk) -> None:
    with desk.action() as ctx:
        keys.add_counts(ctx.session, {2: 1 << 30})
    assert [(each.number, str(each.purpose)) for each in renew(desk)] == [(3, "evidence")]


def test_the_book_counts_what_was_sealed_elsewhere(desk: Desk) -> None:
    with desk.view() as ctx:
        before = keys.counts(ctx.session)[1]
    for row in range(4_097):
        desk.vault.seal_account(row, red_account(0))
    with desk.action():
        pass
    with desk.view() as ctx:
        assert keys.counts(ctx.session)[1] - before == 4_097


def test_shredded_evidence_opens_nowhere_not_even_from_the_book_as_it_was(desk: Desk, book: Story) -> None:
    with desk.view() as ctx:
        file_id = ctx.session.execute(select(File.id)).scalars().first()
    assert file_id is not None
    assert verify_file(desk, file_id) == []
    with pytest.raises(WrongState, match="only closed evidence"), desk.action() as ctx:
        forget_evidence(ctx, 2)
    renew(replace(desk, clock=fixed_clock(datetime(2027, 1, 4, 23, tzinfo=UTC))))
    with desk.action() as ctx:
        kek = forget_evidence(ctx, 2)
    assert destroy_keks(desk) == [kek]
    assert destroy_keks(desk) == []
    with pytest.raises(KeyDestroyed):
        opened(desk)
    kept_ring = desk.vault.ring.folder
    if book.url is None:
        # A backup of the book has the wrapped data key still: the host's key above it is gone.
        (book.folder / "book.sqlite").write_bytes((book.kept / "book.sqlite").read_bytes())
        for name in ("book.sqlite-wal", "book.sqlite-shm"):
            (book.folder / name).unlink(missing_ok=True)
        with pytest.raises(KeyDestroyed):
            opened(book.desk(evening(50), node=7))
    assert kek not in load_ring(kept_ring).keks()


def test_who_runs_through_a_rotation_of_the_root_opens_epochs_under_the_new_one(desk: Desk, book: Story) -> None:
    other, old = _as_somebody_else(book), desk.vault.ring.root
    other.vault.refresh()
    key_rotation.rotate_kek(desk, Provider.FILE, None, second="user:otto", reason=REASON)
    later = replace(other, clock=fixed_clock(datetime(2027, 1, 4, 23, tzinfo=UTC)))
    assert [each.number for each in renew(later)] == [3, 4]
    assert other.vault.epochs[0].kek == epochs(desk)[3].kek == load_ring(desk.vault.ring.folder).root
    assert key_rotation.forget_root(desk, old, second="user:otto", reason=REASON)
    assert opened(_as_somebody_else(book)) == opened(other)


def test_a_root_that_an_epoch_needs_is_not_forgotten_and_no_record_says_so(desk: Desk) -> None:
    former = desk.vault.ring.root
    desk.vault.ring.add_root(Provider.FILE)
    desk.vault.ring.rewrap()
    with pytest.raises(WrongState, match="the book's keys are still wrapped"):
        key_rotation.forget_root(desk, former, second="user:otto", reason=REASON)
    kek = desk.vault.ring.make_kek("evidence-9")
    path = desk.vault.ring.folder / f"{kek}.kek"
    path.write_text(path.read_text().replace(desk.vault.ring.root, former))
    with desk.action() as ctx:
        ctx.session.execute(update(KeyEpoch).where(KeyEpoch.kek == former).values(kek=desk.vault.ring.root))
    with pytest.raises(WrongState, match="keys of this ring are still wrapped"):
        key_rotation.forget_root(desk, former, second="user:otto", reason=REASON)
    with desk.view() as ctx:
        assert "forget_root" not in ctx.session.scalars(select(AuditRecord.verb)).all()


def test_a_kms_is_asked_for_a_new_key_before_the_turn_to_write(
    desk: Desk, book: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = _as_somebody_else(book)
    _rotate(desk)
    monkeypatch.setattr(KeyRing, "provider", Provider.AWS_KMS)
    seen: list[str] = []
    event.listen(other.engine, "begin", lambda _: seen.append("begin"))
    take = Vault.take

    def seen_taking(vault: Vault, epochs: Epochs) -> None:
        seen.append("keys")
        take(vault, epochs)

    monkeypatch.setattr(Vault, "take", seen_taking)
    with other.action() as ctx:
        assert ctx.vault.seal_account(1, red_account(7))[:2] == b"\0\3"
    assert (seen.count("keys"), seen[-2:]) == (1, ["keys", "begin"])


def test_a_copy_put_under_a_running_server_is_not_written_to(desk: Desk) -> None:
    desk.vault.refresh()
    with desk.view() as ctx:
        known = keys.read_epochs(ctx.session)
    desk.vault.take(replace(known, turn=known.turn + 1))
    with pytest.raises(BookRestored, match="older than this process has seen it"), desk.action():
        pass


def test_a_new_root_wraps_everything_and_the_old_one_may_go(desk: Desk, book: Story) -> None:
    before, old = opened(desk), desk.vault.ring.root
    ended = key_rotation.rotate_kek(desk, Provider.FILE, None, second="user:otto", reason=REASON)
    assert ended == rotating.Ended(kind=RotationKind.KEK, count=1)
    ring = load_ring(desk.vault.ring.folder)
    assert (ring.root != old, ring.roots()) == (True, (ring.root, old))
    assert epochs(desk)[1].kek == ring.root
    assert opened(_as_somebody_else(book)) == before
    with pytest.raises(WrongState, match="is the root of this ring"):
        key_rotation.forget_root(desk, ring.root, second="user:otto", reason=REASON)
    assert key_rotation.forget_root(desk, old, second="user:otto", reason=REASON)
    assert load_ring(desk.vault.ring.folder).roots() == (ring.root,)
    assert opened(_as_somebody_else(book)) == before
