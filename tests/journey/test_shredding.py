"""Evidence that need not be kept any longer is destroyed by two persons, certified, and everything else still ties."""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from ingather.actions.authorizations.retention import set_legal_hold
from ingather.actions.cases import open_case
from ingather.actions.files.showing import show_file
from ingather.actions.keys.epochs import renew_epochs
from ingather.actions.reports.again import compare_again, readable_reports
from ingather.actions.reports.keeping import kept_bytes
from ingather.actions.retention import (
    approve_shredding,
    ask_shredding,
    begin_shredding,
    certificate_of,
    finish_shredding,
    refuse_shredding,
)
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.cases import CaseKind
from ingather.domain.refusals import (
    BookRestored,
    BrokenInvariant,
    ExitCode,
    KeyDestroyed,
    MakerIsChecker,
    NoSuch,
    WrongState,
)
from ingather.domain.retention import Hold
from ingather.jobs.desk import Desk
from ingather.jobs.rebuild import rebuild_file
from ingather.jobs.rehearsal.stage import Stage, banking_days
from ingather.jobs.retention import evidence, left_behind, shred
from ingather.jobs.transmit import verify_file
from ingather.store.tables import Authorization, File, Report, ReportChunk, Shredding
from ingather.vault.sealing import Place
from ingather.wiring import fixed_clock, open_desk
from tests.journey.stage import MONDAY, NODE, Sale, Script, all_files, balances, broken, play, returned, staged, states
from tests.unit.cli.shell import call

pytestmark = pytest.mark.xdist_group("shredding")  # its stories are played once
MARIA, OMAR = "user:maria", "user:omar"
EPOCH = 2
"""The first epoch of evidence of a new book: the one before is for values."""
LATER = datetime(2033, 12, 30, 17, 0, tzinfo=UTC)
"""Seven years after November 2026, and some."""


class Killed(BaseException):
    """Nothing goes on after this."""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a week that has ended: one order collected, one failed, nothing open; nobody has it open."""
    folder = tmp_path_factory.mktemp("shredding") / "stage"
    stage = staged(folder, [Sale(), Sale(merchant="summit")], behaviour=Script(fates={("B 001", 1): returned("R02")}))
    play(stage, *banking_days(MONDAY, 6))
    assert set(states(stage).values()) == {"collected", "failed"}
    _end_of_quarter(stage.desk)
    stage.desk.engine.dispose()
    return folder


def _end_of_quarter(desk: Desk) -> None:
    """Open the next quarter's epochs, and close what is still open about the week."""
    later = at_desk(desk, datetime(2027, 1, 4, 17, 0, tzinfo=UTC))
    with later.action() as ctx:
        assert renew_epochs(ctx)
        ctx.session.execute(text("UPDATE cases SET state = 'closed'"))
    later.remember()


def at_desk(desk: Desk, instant: datetime, actor: str = "system:night") -> Desk:
    """Return the same desk at another instant."""
    return replace(desk, clock=fixed_clock(instant), actor=actor)


@pytest.fixture
def desk(story: Path, tmp_path: Path) -> Iterator[Desk]:
    """Yield the desk of a copy of the week's book, seven years later."""
    folder = tmp_path / "stage"
    shutil.copytree(story, folder)
    opened = open_desk(str(folder / "book.sqlite"), keys=str(folder / "book.keys"), actor=MARIA,
                       clock=fixed_clock(LATER), node=NODE + 1)  # fmt: skip
    yield opened
    opened.engine.dispose()


def agree(desk: Desk) -> None:
    """Have the destruction asked for by one person and approved by another."""
    originator_id = desk.originator_id()
    with desk.as_actor(MARIA).action() as ctx:
        ask_shredding(ctx, originator_id, EPOCH, reason="kept long enough")
    with desk.as_actor(OMAR).action() as ctx:
        approve_shredding(ctx, originator_id, EPOCH)


def stage_of(desk: Desk, tmp_path: Path) -> Stage:
    return Stage(folder=tmp_path / "stage", desk=desk, clock=None, bank=None)  # type: ignore[arg-type]  # only its book is read


def test_what_is_destroyed_is_certified_and_everything_else_ties(desk: Desk, tmp_path: Path) -> None:
    before = evidence(desk)[0]
    assert (before.epoch, before.due, before.holds, before.kept_until) == (EPOCH, True, (), date(2033, 11, 23))
    copied = tmp_path / "backup.sqlite"
    shutil.copyfile(tmp_path / "stage" / "book.sqlite", copied)
    stage = stage_of(desk, tmp_path)
    told = (balances(stage), states(stage), [row["sha256"] for row in all_files(stage)])
    agree(desk)
    (done,), _ = shred(desk.as_actor(MARIA))
    assert (balances(stage), states(stage), [row["sha256"] for row in all_files(stage)]) == told
    assert broken(stage) == []
    said = json.loads(done.certificate)
    assert (said["epoch"], said["files"], said["reports"], said["asked_by"], said["approved_by"]) == (
        EPOCH, len(before.contents.files), len(before.contents.reports), MARIA, OMAR,
    )  # fmt: skip
    assert (said["policy"]["files_years"], said["kept_until"]) == (7, "2033-11-23")
    with desk.view() as ctx:
        found = certificate_of(ctx, EPOCH)
        listed = ctx.session.execute(text("SELECT hash FROM audit WHERE seq = :seq"), {"seq": said["audit"]["seq"]})
        assert bytes(listed.scalar_one()).hex() == said["audit"]["hash"]
    assert (found.content, found.sha256) == (done.certificate, hashlib.sha256(done.certificate).hexdigest())
    assert (evidence(desk)[0].state, left_behind(desk, evidence(desk)), shred(desk)) == ("destroyed", [], ([], []))
    # A backup of the book from before holds the wrapped key, and opens nothing with it either.
    backup = open_desk(str(copied), keys=str(tmp_path / "stage" / "book.keys"), actor=MARIA)
    with backup.view() as ctx, pytest.raises(KeyDestroyed, match="is not in the key folder"):
        kept_bytes(ctx, ctx.session.scalars(select(Report.id).join(ReportChunk)).first() or 0)
    # Nor is anything destroyed from a copy that is behind its host.
    with pytest.raises(BookRestored):
        shred(backup)
    backup.engine.dispose()


def test_who_reads_what_was_destroyed_is_told_so_and_nothing_is_called_broken(desk: Desk) -> None:
    with desk.view() as ctx:
        file_id = ctx.session.scalars(select(File.id)).first() or 0
        report_id = ctx.session.scalars(select(ReportChunk.report_id)).first() or 0
        assert readable_reports(ctx)
        assert compare_again(ctx, readable_reports(ctx)[0], tolerated=frozenset()).same
        assert kept_bytes(ctx, report_id)
    agree(desk)
    shred(desk)
    names = f"ingather retention certificate {EPOCH}"
    with pytest.raises(KeyDestroyed, match=names):
        verify_file(desk, file_id)
    # It is still written anew from the book, and has the hash of what was sealed.
    assert rebuild_file(desk, file_id).same
    with desk.view() as ctx:
        assert readable_reports(ctx) == []
        with pytest.raises(KeyDestroyed, match=names):
            kept_bytes(ctx, report_id)
    with pytest.raises(KeyDestroyed, match=names), desk.action() as ctx:
        show_file(ctx, file_id, after=0, limit=1)
    with desk.view() as ctx, pytest.raises(NoSuch, match="no certificate of epoch 4"):
        certificate_of(ctx, 4)


def test_nothing_goes_before_its_day_or_while_its_quarter_lasts(desk: Desk) -> None:
    originator_id = desk.originator_id()
    early = at_desk(desk, datetime(2033, 11, 23, 17, 0, tzinfo=UTC), MARIA)
    for epoch, words in ((EPOCH, "is kept until 2033-11-23"), (4, "still seals"), (1, "no epoch 1 of evidence")):
        with pytest.raises((WrongState, NoSuch), match=words), early.action() as ctx:
            ask_shredding(ctx, originator_id, epoch, reason="too soon")
    assert not evidence(early)[0].due
    assert evidence(at_desk(desk, datetime(2033, 11, 24, 17, 0, tzinfo=UTC)))[0].due


def test_it_takes_two_persons(desk: Desk) -> None:
    originator_id = desk.originator_id()
    with desk.action() as ctx:
        ask_shredding(ctx, originator_id, EPOCH, reason="kept long enough")
    assert shred(desk) == ([], [])
    with pytest.raises(MakerIsChecker), desk.action() as ctx:
        approve_shredding(ctx, originator_id, EPOCH)
    with pytest.raises(IntegrityError, match="maker_is_not_checker"), desk.action() as ctx:
        ctx.session.execute(update(Shredding).values(state="approved", checker=MARIA))
    with pytest.raises(WrongState, match="is asked already"), desk.action() as ctx:
        ask_shredding(ctx, originator_id, EPOCH, reason="again")
    with desk.as_actor(OMAR).action() as ctx:
        refuse_shredding(ctx, EPOCH, reason="a claim may come")
    for somebody in (MARIA, OMAR, "user:ana"):
        agree(desk)
        with desk.as_actor(somebody).action() as ctx:
            refuse_shredding(ctx, EPOCH, reason="a claim has come")
        assert shred(desk) == ([], [])
    agree(desk)
    with desk.as_actor(OMAR).action() as ctx:
        assert begin_shredding(ctx, originator_id, EPOCH)
    with pytest.raises(WrongState, match="is begun"), desk.action() as ctx:
        refuse_shredding(ctx, EPOCH, reason="too late")
    assert [each.epoch for each in shred(desk)[0]] == [EPOCH]


def test_an_epoch_that_sealed_nothing_goes_only_when_what_ran_as_it_was_closed_has_ended(desk: Desk) -> None:
    with desk.action() as ctx:
        assert renew_epochs(ctx)
    for days, due in ((0, False), (7, False), (8, True)):
        (empty,) = (each for each in evidence(at_desk(desk, LATER + timedelta(days=days))) if each.epoch == 4)
        assert (empty.contents.files, empty.kept_until, empty.due) == ((), date(2034, 1, 6), due)


@pytest.mark.parametrize("direct", [False, True])
def test_a_certificate_says_where_keys_may_still_be(desk: Desk, direct: bool) -> None:  # noqa: FBT001 -- a parameter
    agree(desk)
    if direct:
        # As in a book from before there were epochs, whose data key lies in the folder itself.
        with desk.action() as ctx:
            ctx.session.execute(text("UPDATE key_epochs SET wrapped = NULL WHERE number = :epoch"), {"epoch": EPOCH})
    said = json.loads(shred(desk)[0][0].certificate)
    assert ("The book never held it" in said["how"], "the wrapped data key at most" in said["backups"]) == (
        direct, not direct,
    )  # fmt: skip


def test_a_key_that_a_death_left_under_another_name_is_seen_and_goes_with_it(desk: Desk, tmp_path: Path) -> None:
    agree(desk)
    kek, folder = evidence(desk)[0].kek, desk.vault.ring.folder
    content = (folder / f"{kek}.kek").read_bytes()
    shred(desk)
    left = folder / f".{kek}.kek.0123abcd"
    left.write_bytes(content)
    assert left_behind(desk, evidence(desk)) == [EPOCH]
    assert broken(stage_of(desk, tmp_path)) == ["what_is_destroyed_has_no_key_here"]
    shred(desk)
    assert (left_behind(desk, evidence(desk)), left.exists()) == ([], False)


@pytest.mark.parametrize("what", Hold)
def test_what_holds_it_back_is_told_and_stops_it_to_the_last(desk: Desk, what: Hold) -> None:
    agree(desk)
    with desk.action() as ctx:
        originator_id = ctx.session.scalars(select(File.originator_id)).first() or 0
        match what:
            case Hold.FILE:
                ctx.session.execute(update(File).values(state="in_doubt"))
            case Hold.ORDER:
                ctx.session.execute(text("UPDATE orders SET state = 'settled' WHERE external_id = 'b000'"))
            case Hold.CASE:
                name = all_files(Stage(folder=Path(), desk=desk, clock=None, bank=None))[0]["id"]  # type: ignore[arg-type]  # as above
                open_case(ctx, CaseKind.IN_DOUBT, originator_id=originator_id, once="x", subject=name, sentence="?")
            case Hold.LEGAL:
                set_legal_hold(ctx, ctx.session.scalars(select(Authorization.id)).first() or 0, held=True, reason="?")
            case Hold.REPORT:
                ctx.session.execute(update(Report).values(state="kept"))
            case Hold.CHANGE:
                _undecided(ctx.session.connection().exec_driver_sql, ctx.vault.seal(Place.CORRECTED_DATA, 5, b"x"))
    (held,) = evidence(desk)[0].holds
    assert (held.what, held.count > 0, evidence(desk)[0].due) == (what, True, False)
    done, (back,) = shred(desk)
    assert (back.epoch, done, f"such as {held.example}" in back.refusal.fact) == (EPOCH, [], True)
    with desk.view() as ctx:
        assert kept_bytes(ctx, ctx.session.scalars(select(ReportChunk.report_id)).first() or 0)


def _undecided(run: object, sealed: bytes) -> None:
    """Lay down a notification that nobody decided, as if its data had been sealed under the old epoch."""
    columns = "id, originator_id, report_id, item_key, line, code, original_trace, corrected_data, state, received_at"
    values = (5, 1, 1, bytes(32), 1, "C01", 1, EPOCH.to_bytes(2, "big") + sealed[2:], "open", 1)
    run(f"INSERT INTO corrections ({columns}) VALUES ({', '.join('?' * len(values))})", values)  # type: ignore[operator]  # noqa: S608 -- names of our own


STEPS = ("beginning", "begun", "destroyed", "finishing", "finished")


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_it_goes_on_and_is_never_half_certified(desk: Desk, tmp_path: Path, step: str) -> None:
    def kill(at: str, **_: object) -> None:
        if at == step:
            raise Killed

    agree(desk)
    with pytest.raises(Killed):
        shred(replace(desk, tell=kill))
    gone = evidence(desk)[0].kek not in desk.vault.ring.keks()
    assert gone == (step in {"destroyed", "finishing", "finished"})
    with desk.view() as ctx:
        if step == "finished":
            assert certificate_of(ctx, EPOCH).content
        else:
            with pytest.raises(NoSuch):
                certificate_of(ctx, EPOCH)
    assert broken(stage_of(desk, tmp_path)) == []
    assert len(shred(desk)[0]) == (step != "finished")
    with desk.view() as ctx:
        assert json.loads(certificate_of(ctx, EPOCH).content)["approved_by"] == OMAR
    assert (left_behind(desk, evidence(desk)), broken(stage_of(desk, tmp_path))) == ([], [])


def test_a_certificate_without_destruction_and_one_that_was_changed_are_seen(desk: Desk, tmp_path: Path) -> None:
    agree(desk)
    originator_id = desk.originator_id()
    with desk.action() as ctx:
        begin_shredding(ctx, originator_id, EPOCH)
    with desk.action() as ctx:
        finish_shredding(ctx, EPOCH)
    # The book has forgotten its part, and the host's was never destroyed: status says so, and the next run does it.
    assert left_behind(desk, evidence(desk)) == [EPOCH]
    assert broken(stage_of(desk, tmp_path)) == ["what_is_destroyed_has_no_key_here"]
    shred(desk)
    assert left_behind(desk, evidence(desk)) == []
    with desk.action() as ctx:
        ctx.session.execute(text("UPDATE reports SET name = 'other' WHERE part = 0"))
    with desk.view() as ctx, pytest.raises(BrokenInvariant, match="not the one that the audit chain knows"):
        certificate_of(ctx, EPOCH)
    with closing(sqlite3.connect(tmp_path / "stage" / "book.sqlite")) as book:
        book.execute("DELETE FROM shreddings")
        book.commit()
    assert "evidence_is_destroyed_with_a_certificate" in broken(stage_of(desk, tmp_path))


def test_a_key_that_was_lost_and_not_destroyed_is_broken(desk: Desk, tmp_path: Path) -> None:
    desk.vault.ring.destroy_kek(evidence(desk)[0].kek)
    assert broken(stage_of(desk, tmp_path)) == ["kept_bytes_are_what_was_sealed"]


def test_it_is_the_same_on_postgresql(postgres_book_url: str, tmp_path: Path) -> None:
    back = Script(fates={("B 000", 1): returned("R02")})
    stage = staged(tmp_path / "stage", [Sale()], behaviour=back, book=postgres_book_url)
    play(stage, *banking_days(MONDAY, 3))
    assert states(stage) == {"b000": "failed"}
    _end_of_quarter(stage.desk)
    later = at_desk(stage.desk, LATER, MARIA)
    with later.action() as ctx:
        ctx.session.execute(text("UPDATE files SET state = 'pended'"))
        ctx.session.execute(text("UPDATE authorizations SET legal_hold = true"))
    assert [each.what for each in evidence(later)[0].holds] == [Hold.FILE, Hold.LEGAL]
    with later.action() as ctx:
        ctx.session.execute(text("UPDATE files SET state = 'accepted'"))
        ctx.session.execute(text("UPDATE authorizations SET legal_hold = false"))
    agree(later)
    (done,), _ = shred(later)
    assert json.loads(done.certificate)["files"] == 1
    with later.view() as ctx:
        assert certificate_of(ctx, EPOCH).content == done.certificate
        assert readable_reports(ctx) == []
    assert broken(stage) == []


def test_the_verbs(desk: Desk, tmp_path: Path) -> None:
    place = ("--book", str(tmp_path / "stage" / "book.sqlite"), "--keys", str(tmp_path / "stage" / "book.keys"))
    day = ("--as-of", "2033-12-30")
    told = call(*place, "retention", "status", *day, "--json").json
    assert [(each["epoch"], each["due"]) for each in told["epochs"]] == [(EPOCH, True), (4, False)]
    assert call(*place, "retention", "ask", "2", "--reason", "kept long enough", "--as", "maria", *day).code == 0
    assert call(*place, "retention", "approve", "2", "--as", "maria", *day).code == 1
    assert call(*place, "retention", "approve", "2", "--as", "omar", *day).code == 0
    tried = call(*place, "retention", "shred", "--dry-run", "--as", "maria", *day, "--json").json
    assert tried == {"did": "nothing", "epochs": [EPOCH], "held_back": [], "dry_run": True}
    for held in (True, False):
        with desk.action() as ctx:
            set_legal_hold(ctx, ctx.session.scalars(select(Authorization.id)).first() or 0, held=held, reason="?")
        if held:
            back = call(*place, "retention", "shred", "--as", "maria", *day, "--json")
            assert (back.code, back.json["epochs"], back.json["held_back"][0]["epoch"]) == (1, [], EPOCH)
            assert "Epoch 2 stays: " in call(*place, "retention", "shred", "--as", "maria", *day).words
    assert call(*place, "retention", "ask", str(1 << 64), "--reason", "x", "--as", "maria").code == ExitCode.USAGE
    assert "retention certificate 2" in call(*place, "retention", "shred", "--as", "maria", *day).words
    page = call(*place, "retention", "certificate", "2", "--to", str(tmp_path / "certificate.json"))
    assert "Asked for by user:maria (kept long enough), approved by user:omar" in page.words
    said = call(*place, "retention", "certificate", "2", "--json").json
    assert said["proved_by"]["sha256"] == hashlib.sha256((tmp_path / "certificate.json").read_bytes()).hexdigest()
    assert "destroyed" in call(*place, "retention", "status", *day).words
    with desk.view() as ctx:
        name = ctx.session.scalars(select(File.id)).first()
    file = next(row["id"] for row in all_files(stage_of(desk, tmp_path)))
    assert parse_public_id(Prefix.FILE, file) == name
    shown = call(*place, "file", "verify", file)
    assert (shown.code, "see ingather retention certificate 2" in shown.words) == (1, True)
    assert call(*place, "db", "check", "--json").json["ok"]
    assert call(*place, "report", "again", "--all").code == 0
