"""The audit trail day by day: its head is kept elsewhere each night, and what is done to it afterwards is known."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import time
from pathlib import Path

import pytest

from ingather.domain.refusals import ExitCode
from ingather.gateway.anchors import AnchorFile
from ingather.jobs.rehearsal.stage import Stage
from ingather.jobs.watch import watch
from ingather.store.reading.told import WantedEvents, events_page
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
