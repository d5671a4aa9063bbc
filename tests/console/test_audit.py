"""The audit screen: the records that the book has, narrowed down, with the state of the chain and its export."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from ingather.console.audit import KINDS
from ingather.store import audit
from ingather.store.reading.audit import RECORDS, record_shown
from ingather.store.reading.pages import Wanted, page_of
from tests.console.front import Console


def test_the_list_shows_the_newest_records_and_leads_on_to_the_older(shown: Console) -> None:
    chen = shown.browser("chen")
    page = chen.get("/audit").text
    with shown.desk.view() as ctx:
        rows, after = page_of(ctx.session, RECORDS, Wanted(limit=60))
    assert after is not None
    assert all(f"/audit/records/{row['sequence']}" in page for row in rows[1:])
    older = chen.get("/audit", after=after).text
    assert f"/audit/records/{after - 1}" in older
    assert f"/audit/records/{after}" not in older.replace(f"after={after}", "")


def test_each_filter_leaves_what_the_book_has_of_it_and_the_csv_has_the_same(shown: Console) -> None:
    kim = shown.browser("kim")
    wanted: list[tuple[dict[str, str], dict[str, object]]] = [
        ({"actor": "maria"}, {"actor": "user:maria"}),
        ({"verb": "approve file"}, {"verb": "approve_file"}),
        ({"kind": "approved"}, {"verbs": KINDS["approved"]}),
    ]
    for asked, filters in wanted:
        with shown.desk.view() as ctx:
            rows, _ = page_of(ctx.session, RECORDS, Wanted(limit=10_000, filters=filters))
        told = list(csv.DictReader(io.StringIO(kim.get("/audit.csv", **asked).text)))
        assert [int(row["sequence"]) for row in told] == [row["sequence"] for row in rows], asked
        assert rows
        first = f"/audit/records/{rows[0]['sequence']}"
        assert first in kim.get("/audit", **asked).text
    with shown.desk.view() as ctx:
        row = record_shown(ctx.session, 7)
    assert row is not None
    subject = row["subject"]
    assert subject in kim.get("/audit", subject=subject).text
    assert "No record fits." in kim.get("/audit", actor="nobody").text
    assert kim.get("/audit", **{"from": "2999-01-01"}).text.count("/audit/records/") == 0
    assert kim.get("/audit", to="yesterday").status_code == 422


def test_a_record_stands_with_its_hash_and_one_that_is_not_there_is_not_found(shown: Console) -> None:
    chen = shown.browser("chen")
    with shown.desk.view() as ctx:
        row = record_shown(ctx.session, 3)
    assert row is not None
    page = chen.get("/audit/records/3").text
    assert all(row["hash"][start : start + 8] in page for start in range(0, 64, 8))
    assert row["verb"] in page
    assert chen.get("/audit/records/999999999").status_code == 404
    assert chen.get("/audit/records/x").status_code == 404


@pytest.mark.parametrize("name", ["maria", "nadia", "ada", "vera"])
def test_who_may_not_read_the_trail_is_told_what_it_needs(shown: Console, name: str) -> None:
    browser = shown.browser(name)
    for address in ("/audit", "/audit.csv", "/audit/records/1", "/audit/export", "/audit/verifier"):
        answer = browser.get(address)
        assert answer.status_code == 403
        assert "audit:read" in answer.text


def test_the_chain_is_verified_at_once_and_a_changed_record_is_named(console: Console) -> None:
    chen = console.browser("chen")
    assert "checked just now" in chen.post("/audit/verify").text
    with console.desk.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_no_update")
        end = connection.exec_driver_sql("SELECT max(seq) FROM audit").scalar_one()
        connection.exec_driver_sql("UPDATE audit SET actor = 'user:other' WHERE seq = ?", (end - 5,))
    broken = chen.post("/audit/verify").text
    assert f"Record {end - 5} was changed" in broken
    assert "checked just now" not in broken


def test_the_export_is_followed_by_the_program_that_is_handed_out_with_it(shown: Console, tmp_path: Path) -> None:
    kim = shown.browser("kim")
    export, program = tmp_path / "audit.ndjson", tmp_path / "verify.py"
    export.write_bytes(kim.get("/audit/export").content)
    program.write_bytes(kim.get("/audit/verifier").content)
    with shown.desk.view() as ctx:
        seq, value = audit.head(ctx.session)
    assert json.loads(export.read_text().splitlines()[-1])["head"] == {"seq": seq, "hash": value.hex()}
    done = subprocess.run([sys.executable, program, export], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(seq) in done.stdout
