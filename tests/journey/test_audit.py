"""The audit trail day by day: its head is kept elsewhere each night, and what is done to it afterwards is known."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from ingather.cli import ingather_verify
from ingather.domain.refusals import ExitCode
from ingather.domain.restored import RestoredState
from ingather.gateway.anchors import AnchorFile
from ingather.jobs.rehearsal.stage import Stage
from ingather.jobs.watch import watch
from ingather.store import audit
from ingather.store.reading.told import WantedEvents, events_page
from ingather.store.tables import Restoration
from ingather.wiring import fixed_clock, open_desk
from tests.journey.stage import FRIDAY, MONDAY, TUESDAY, Sale, at, night, play, staged
from tests.unit.cli.shell import Said, call


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a book of two days whose heads are kept in a file."""
    folder = tmp_path_factory.mktemp("audited")
    stage = _keeping(staged(folder, [Sale()]))
    play(stage, MONDAY, TUESDAY)
    stage.desk.engine.dispose()
    return folder


def _keeping(stage: Stage) -> Stage:
    object.__setattr__(stage.desk, "anchors", AnchorFile(stage.folder / "anchors"))
    return stage


@pytest.fixture
def copied(played: Path, tmp_path: Path) -> Path:
    """Return a copy of that folder that may be ruined."""
    shutil.copytree(played, tmp_path / "copy")
    return tmp_path / "copy"


def at_folder(folder: Path, *words: str) -> Said:
    """Run the command line on the book of a folder."""
    return call("--book", str(folder / "book.sqlite"), "--keys", str(folder / "book.keys"), *words)


def test_each_night_keeps_the_head_and_says_it(tmp_path: Path) -> None:
    stage = _keeping(staged(tmp_path, [Sale()]))
    first = night(stage, MONDAY).anchored
    assert first is not None
    assert list(first.faults.values()) == [None, None]
    again = night(stage, MONDAY).anchored
    assert again is not None
    assert (again.seq, again.hash) == (first.seq, first.hash)
    play(stage, TUESDAY)
    lines = [line.split() for line in (tmp_path / "anchors").read_text().splitlines()]
    assert lines[0][0] == str(first.seq)
    assert len(lines) == 2
    assert {line[3] for line in lines} == {stage.desk.vault.instance}
    with stage.desk.view() as ctx:
        told = events_page(ctx.session, WantedEvents(limit=10, types=["audit.anchored"])).events
    assert [each["data"]["hash"] for each in told] == [line[1] for line in lines]
    assert watch(stage.desk, full=True) == []


def test_a_place_that_keeps_nothing_stops_no_night_and_is_told(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    object.__setattr__(stage.desk, "anchors", AnchorFile(tmp_path / "none" / "anchors"))
    report = night(stage, MONDAY)
    assert len(report.sent) == 1
    assert [(each.id, each.subject) for each in report.alarms] == [("anchor-missing", "file")]
    assert "No such file" in report.alarms[0].sentence
    (tmp_path / "none").mkdir()
    assert night(stage, MONDAY).alarms == []


def test_a_house_that_stopped_keeping_heads_elsewhere_is_told(tmp_path: Path) -> None:
    stage = _keeping(staged(tmp_path, [Sale()]))
    night(stage, MONDAY)
    object.__setattr__(stage.desk, "anchors", None)
    at(stage, FRIDAY, time(17, 59))
    assert "anchor-missing" not in {each.id for each in watch(stage.desk)}
    at(stage, FRIDAY, time(18, 1))
    assert "anchor-missing" in {each.id for each in watch(stage.desk)}


def test_a_chain_cut_off_or_made_anew_is_known_by_the_last_head_that_holds(copied: Path) -> None:
    heads = [int(line.split()[0]) for line in (copied / "anchors").read_text().splitlines()]
    for head in (copied / "book.keys").rglob("audit.head"):
        head.unlink()
    with closing(sqlite3.connect(copied / "book.sqlite")) as book:
        for (trigger,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            book.execute(f"DROP TRIGGER {trigger}")
        for table, named in (("audit", "seq"), ("audit_anchors", "seq")):
            book.execute(f"DELETE FROM {table} WHERE {named} > ?", (heads[1] - 1,))  # noqa: S608 -- names of ours
        book.commit()
    assert at_folder(copied, "audit", "verify").code == 0
    said = at_folder(copied, "audit", "verify", "--anchor", str(copied / "anchors"), "--json")
    assert said.code == ExitCode.BROKEN_INVARIANT
    assert said.json["fault"]["kind"] == "cut"
    assert (said.json["first_fault"], said.json["fault"]["until"]) == (heads[1], heads[1])
    assert f"The last anchored record that holds is {heads[0]}." in said.json["fault"]["sentence"]


def test_a_file_of_anchors_is_read_for_what_it_is(copied: Path) -> None:
    file = copied / "anchors"
    kept = file.read_text()
    file.write_text(f"{kept}17 abc")
    said = at_folder(copied, "audit", "verify", "--anchor", str(file), "--json").json
    assert (said["ok"], said["unread"]) == (True, {str(file): "1 line(s) are no heads"})
    AnchorFile(file).keep("1 word")
    assert file.read_text() == f"{kept}17 abc\n1 word\n"
    file.write_text(kept.replace(kept.split()[3], "another"))
    other = at_folder(copied, "audit", "verify", "--anchor", str(file))
    assert other.code != 0
    assert "keeps no head of this book" in other.words
    assert at_folder(copied, "audit", "verify", "--anchor", str(copied / "none")).code == ExitCode.USAGE
    assert at_folder(copied, "audit", "verify", "--from", "999").code != 0


def test_the_trail_is_listed_shown_and_exported(played: Path, tmp_path: Path) -> None:
    listed = at_folder(played, "audit", "list", "--verb", "seal_file", "--by", "system:night", "--json").json
    assert [each["verb"] for each in listed] == ["seal_file"]
    shown = at_folder(played, "audit", "show", str(listed[0]["sequence"]), "--json").json
    assert shown == listed[0]
    assert at_folder(played, "audit", "show", "9999").code != 0
    for beyond in (("show", "9" * 20), ("verify", "--from", "9" * 20), ("export", "--to", "9" * 20)):
        assert at_folder(played, "audit", *beyond).code == ExitCode.USAGE
    none = at_folder(played, "audit", "export", "--from", "9999", "--into", str(tmp_path / "none"))
    assert (none.code != 0, "the chain has no record from 9999 on" in none.words.lower()) == (True, True)
    assert not (tmp_path / "none").exists()
    assert "seal_file" in at_folder(played, "audit", "list", "--subject", listed[0]["subject"]).words
    assert at_folder(played, "audit", "list", "--since", "2030-01-01", "--json").json == []
    export, program = tmp_path / "audit.jsonl", tmp_path / "ingather_verify.py"
    assert at_folder(played, "audit", "export", "--into", str(export)).code == 0
    assert at_folder(played, "audit", "export", "--into", str(export)).code != 0
    program.write_text(at_folder(played, "audit", "verifier").out)
    plain = [sys.executable, "-I", "-S", str(program), str(export), str(played / "anchors")]
    assert subprocess.run(plain, check=False, capture_output=True).returncode == 0
    lines = export.read_text().splitlines()
    changed = json.loads(lines[2]) | {"detail": "{} "}
    export.write_text("\n".join([*lines[:2], json.dumps(changed), *lines[3:]]))
    done = subprocess.run(plain, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (40, "Record 2 is at fault: changed.\n")


def test_a_head_is_written_to_a_file_that_does_not_keep_it_yet(copied: Path) -> None:
    def anchored(name: str) -> list[str]:
        assert at_folder(copied, "audit", "anchor", "--as", "maria", "--file", str(copied / name)).code == 0
        return (copied / name).read_text().splitlines()

    old = anchored("anchors")
    assert anchored("anchors") == old
    (line,) = anchored("new")
    assert int(line.split()[0]) > int(old[-1].split()[0])
    assert anchored("new") == [line]
    (copied / "new").write_text(line.replace(line.split()[3], "another") + "\n")
    assert len(anchored("new")) == 2


def test_heads_of_a_book_that_was_lost_are_left_out_by_the_auditors_program_too(copied: Path) -> None:
    stage_desk = open_desk(
        str(copied / "book.sqlite"), keys=str(copied / "book.keys"), actor="maria",
        clock=fixed_clock(datetime(2026, 11, 18, 12, tzinfo=UTC)), node=3,
    )  # fmt: skip
    with stage_desk.action() as ctx:
        seq, value = audit.head(ctx.session)
        row = Restoration(
            id=ctx.ids.one(), state=RestoredState.RELEASED, begun_at=ctx.now, compared_at=ctx.now, head_seq=seq,
            head_hash=value, lost_seq=seq + 3, lost_hash=bytes(32), register_lines=0, held_orders=0,
            maker="user:maria", checker="user:otto", reason="the disk is gone", released_at=ctx.now,
        )  # fmt: skip
        ctx.session.add(row)
        ctx.audit("release_restored", "book")
    instance = stage_desk.vault.instance
    stage_desk.engine.dispose()
    anchors, export = copied / "anchors", copied / "audit.jsonl"
    lost = f"{seq + 1} {'ab' * 32} 2026-11-18T11:59:59+00:00 {instance}\n"
    anchors.write_text(anchors.read_text() + lost)
    assert at_folder(copied, "audit", "verify", "--anchor", str(anchors), "--json").json["lost"] == 1
    assert at_folder(copied, "audit", "export", "--into", str(export)).code == 0
    code, said = _followed(export, anchors)
    assert (code, "1 head(s) of a book in whose place a copy was released are left out." in said) == (0, True)
    anchors.write_text(lost.replace("11:59:59", "12:00:00"))
    assert _followed(export, anchors)[0] == ExitCode.BROKEN_INVARIANT


def test_what_is_no_export_and_no_anchors_is_said_in_a_sentence(played: Path, tmp_path: Path) -> None:
    export, other = tmp_path / "audit.jsonl", tmp_path / "other"
    assert at_folder(played, "audit", "export", "--into", str(export)).code == 0
    anchors = (played / "anchors").read_text()
    for useless in ("", "17 abc\n", anchors.replace(anchors.split()[3], "another")):
        other.write_text(useless)
        code, said = _followed(export, other)
        assert (code, said.startswith(f"{other} keeps no head of this book")) == (2, True)
    assert _followed(export, played / "anchors")[0] == 0
    about, *lines = export.read_text().splitlines()
    kept, last = json.loads(lines[0]), len(lines)
    for made, code, said in (
        ([about, "[]", *lines[1:]], 2, "Line 2 is no JSON object"),
        ([about, lines[0][:-9], *lines[1:]], 2, "Line 2 is no JSON object"),
        ([about, *lines[:-1], '{"head": 3}'], 2, "The last line is no head"),
        ([about.replace('"first": 1', '"first": "1"'), *lines], 2, "The first line says nothing"),
        ([about, *lines[:-1], "{}"], 40, f"Record {last} is at fault"),
        ([about], 40, "Record 1 is at fault: cut."),
        ([about, '{"head": {}}'], 40, "Record 1 is at fault: cut."),
        ([about, json.dumps(kept | {"hash": None, "at": ""}), *lines[1:]], 40, "Record 1 is at fault"),
        ([about, json.dumps(kept | {"previous": "no hash"}), *lines[1:]], 40, "Record 1 is at fault"),
        ([about.replace('"first": 1', '"first": 2'), *lines[1:2], lines[-1]], 40, "Record 3 is at fault: cut."),
        (["\x00\x00"], 2, "Line 1 is no JSON object"),
    ):
        export.write_text("\n".join(made) + "\n")
        assert (_followed(export)[0], _followed(export)[1][: len(said)]) == (code, said)


def _followed(*arguments: Path) -> tuple[int, str]:
    """Follow an export with the auditor's program in a Python that has nothing but its own library."""
    plain = [sys.executable, "-I", "-S", ingather_verify.__file__, *map(str, arguments)]
    done = subprocess.run(plain, check=False, capture_output=True, text=True)
    assert done.stderr == ""
    return done.returncode, done.stdout
