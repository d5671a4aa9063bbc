"""The verbs of ``ingather authorization``, typed as people type them."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from ingather.jobs.rehearsal.stage import Stage
from ingather.store.tables import Authorization
from tests.journey.stage import MONDAY, TUESDAY, Sale, night, order, record_again, staged
from tests.unit.cli.shell import Said, at_book

SALES = [
    Sale(statements=None, channel="paper", evidence={}),
    Sale(kind="recurring", amount=100, amount_terms="varying"),
    Sale(kind="single"),
]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return a stage with a draft, a varying series and a single authorization."""
    return staged(tmp_path, SALES)


def said(stage: Stage, *arguments: str, day: date = MONDAY) -> Said:
    """Run a verb of authorizations as maria."""
    writes = arguments[0] not in {"list", "show", "notices"}
    more = ("--as", "maria", "--as-of", f"{day}T19:00:00-05:00") if writes else ()
    return at_book(stage, "authorization", *arguments, *more)


def ids(stage: Stage) -> list[str]:
    """Return the ids of the authorizations."""
    return [row["id"] for row in said(stage, "list", "--json").json]


def state(stage: Stage, authorization: str) -> str:
    """Return an authorization's state, as it is shown."""
    shown: dict[str, Any] = said(stage, "show", authorization, "--json").json
    return str(shown["state"])


def test_list_and_show_say_what_stands(stage: Stage) -> None:
    draft, series, single = ids(stage)
    listed = said(stage, "list")
    assert (listed.code, "draft" in listed.words, "varying" in listed.words) == (0, True, True)
    assert [row["id"] for row in said(stage, "list", "--state", "draft", "--json").json] == [draft]
    shown = said(stage, "show", draft)
    assert "lacks: terms, kind, amount" in shown.words
    assert "I authorize it." in shown.words
    assert said(stage, "show", series, "--json").json["orders"][0]["amount_minor"] == 100
    assert "ip: 192.0.2.7" in said(stage, "show", single).words
    assert said(stage, "show", "auth_0000000000001").code == 1


def test_a_draft_is_completed_and_every_state_is_a_verb(stage: Stage) -> None:
    draft, series, single = ids(stage)
    refused = said(stage, "activate", draft)
    assert (refused.code, "lacks: that it is an authorization" in refused.words) == (1, True)
    assert said(stage, "complete", draft, "--evidence", "signature").code == 2
    partly = said(stage, "complete", draft, "--evidence", "signature=scans/17.pdf", "--json").json
    assert partly["lacks"] == ["terms", "kind", "amount", "timing", "receiver", "account", "date", "revocation"]
    whole = said(stage, "complete", draft, "--states", " ".join(partly["lacks"]))
    assert "is complete" in whole.words
    assert state(stage, draft) == "active"
    assert said(stage, "suspend", series, "--reason", "asked").code == 0
    assert said(stage, "resume", series, "--reason", "cleared").code == 0
    assert said(stage, "revoke", single, "--reason", "called").code == 0
    assert [state(stage, each) for each in (draft, series, single)] == ["active", "active", "revoked"]


def test_an_authorization_is_replaced_by_a_newer_one(stage: Stage) -> None:
    _, series, single = ids(stage)
    assert said(stage, "supersede", series, "--by", single, "--reason", "x").code == 1
    with stage.desk.action() as ctx:
        rows = {row.external_id: row for row in ctx.session.query(Authorization)}
        rows["b002"].buyer_id = rows["b001"].buyer_id
    done = said(stage, "supersede", series, "--by", single, "--reason", "another account", "--move-orders", "--json")
    assert done.json["orders"] == 1
    assert said(stage, "show", series, "--json").json["superseded_by"] == single


def test_notices_are_listed_and_their_sending_recorded(stage: Stage) -> None:
    assert "No notice is due." in said(stage, "notices").words
    record_again(stage, "b001", due=date(2026, 12, 15), amount=200)
    (due,) = said(stage, "notices", "--json").json
    assert (due["kind"], due["send_by"], due["amount_minor"]) == ("amount", "2026-12-05", 200)
    assert "send by 2026-12-05" in said(stage, "notices").words
    told = said(stage, "notified", due["order"], "--on", "2026-11-16", "--proof", "letter 17")
    assert (told.code, "was announced to its buyer" in told.words) == (0, True)
    assert "No notice is due." in said(stage, "notices").words
    assert said(stage, "notices", "--all", "--json").json[0]["proof"] == "letter 17"


def test_proof_is_requested_and_made_into_a_file_that_is_new(stage: Stage, tmp_path: Path) -> None:
    single = ids(stage)[2]
    night(stage, MONDAY)
    of = order(stage, "b002")["id"]
    asked = said(stage, "requested", single, "--order", of, "--on", "2026-11-17", "--json", day=TUESDAY)
    assert asked.json["due_on"] == "2026-12-02"
    out = tmp_path / "proof.html"
    made = said(stage, "proof", single, "--order", of, "--out", str(out), "--json", day=TUESDAY).json
    assert made["file"] == str(out)
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
    facts = len(said(stage, "show", single, "--json").json["facts"])
    again = said(stage, "proof", single, "--order", of, "--out", str(out), day=TUESDAY)
    assert (again.code, "File exists" in again.words) == (2, True)
    assert len(said(stage, "show", single, "--json").json["facts"]) == facts


def test_a_purge_is_looked_at_first_and_writes_its_certificate(stage: Stage, tmp_path: Path) -> None:
    single = ids(stage)[2]
    assert said(stage, "revoke", single, "--reason", "called").code == 0
    assert at_book(stage, "order", "cancel", order(stage, "b002")["id"], "--reason", "x", "--as", "maria").code == 0
    out, day = tmp_path / "purge.json", date(2028, 11, 20)
    assert "Every authorization must still be kept." in said(stage, "purge", "--out", str(out)).words
    rehearsed = said(stage, "purge", "--out", str(out), "--dry-run", "--json", day=day).json
    assert (rehearsed["did"], rehearsed["authorizations"], out.exists()) == ("nothing", [single], False)
    assert said(stage, "hold", single, "--reason", "a court asks", day=day).code == 0
    assert said(stage, "purge", "--out", str(out), "--json", day=day).json["authorizations"] == []
    assert said(stage, "hold", single, "--end", "--reason", "settled", day=day).code == 0
    done = said(stage, "purge", "--out", str(out), "--json", day=day).json
    assert done["authorizations"] == [single]
    assert json.loads(out.read_bytes())["authorizations"][0]["id"] == single
    assert "The text was purged." in said(stage, "show", single).words


def test_what_is_exported_is_the_same_when_it_is_imported_again(stage: Stage, tmp_path: Path) -> None:
    out = tmp_path / "authorizations.csv"
    assert said(stage, "export", str(out), "--json").json["authorizations"] == 3
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == ["I authorize it."] * 3
    imported = at_book(stage, "import", str(out), "--as", "maria", "--json").json
    assert [(row["new"], row["same"], row["refused"]) for row in imported["files"]] == [(0, 3, 0)]
    with stage.desk.action() as ctx:
        ctx.session.execute(update(Authorization).values(state="revoked"))
    assert said(stage, "export", str(tmp_path / "none.csv"), "--json").json["authorizations"] == 0
