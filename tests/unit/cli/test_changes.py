"""``ingather change`` and ``ingather request``, typed as people and programs do."""

from pathlib import Path

import pytest

from ingather.jobs.rehearsal.stage import Stage
from tests.journey.stage import MONDAY, Sale, night, staged
from tests.journey.told import change_policy, notified
from tests.red import red_account
from tests.unit.cli.shell import Said, at_book

ADA = ("--as", "ada", "--as-of", "2026-11-17T18:00:00-05:00")
LATER = ("--as-of", "2026-11-27T18:00:00-05:00")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return a stage on which three accounts wait for a person, the last with data that nobody can read."""
    stage = staged(tmp_path, [Sale(amount=100), Sale(amount=200), Sale(amount=300), Sale(amount=400)])
    change_policy(stage, "C01")
    night(stage, MONDAY)
    notified(stage, "C01", red_account(7), about="b000")
    notified(stage, "C09", "ANOTHER", about="b001")
    notified(stage, "C03", f"091000019 {red_account(7)}", about="b002")
    notified(stage, "C05", "37", about="b003")
    return stage


def change(stage: Stage, *words: str) -> Said:
    return at_book(stage, "change", *words)


def request(stage: Stage, *words: str) -> Said:
    return at_book(stage, "request", *words)


def names(stage: Stage) -> list[str]:
    rows = change(stage, "list", "--json", *LATER).json
    return [row["id"] for row in sorted(rows, key=lambda row: str(row["id"]))]


def test_the_worklist_says_what_is_to_be_corrected_and_how_long_there_is(stage: Stage) -> None:
    rows = change(stage, "list", "--json", *ADA[2:]).json
    assert [row["code"] for row in rows] == ["C01", "C09", "C03"]
    first = {key: rows[0][key] for key in ("old", "new", "due_on", "days_left", "state", "refuse_by", "external_id")}
    assert first == {
        "old": {"account": f"...{red_account(0)[-4:]}"}, "new": {"account": f"...{red_account(7)[-4:]}"},
        "due_on": "2026-11-24", "days_left": 5, "state": "open", "refuse_by": "2026-12-01", "external_id": "b000",
    }  # fmt: skip
    page = change(stage, "list", *LATER)
    assert (page.code, "2 over" in page.words, "cannot be read" in page.words) == (0, True, True)
    assert f"...{red_account(0)[-4:]} -> ...{red_account(7)[-4:]}" in page.words
    assert not any(red_account(number) in page.out for number in (0, 1, 2, 7))
    assert len(change(stage, "list", "--all", "--json").json) == 4
    assert change(stage, "list", "--all", "--code", "C05", "--json").json[0]["new"] == {"kind": "savings"}
    assert "No notification" in change(stage, "list", "--code", "C02").words


def test_one_is_shown_and_what_is_not_there_is_said(stage: Stage) -> None:
    first, _, third = names(stage)
    page = change(stage, "show", first, *ADA[2:])
    assert "to be applied by 2026-11-24, 5 days; the ODFI can refuse it until 2026-12-01" in page.words
    assert "misplaced" in change(stage, "show", third).words
    assert change(stage, "show", first, "--json").json["does"] == "apply"
    for words in (("show", "cor_0000000000001"), ("apply", "cor_0000000000001", *ADA), ("show", "ord_1")):
        said = change(stage, *words)
        assert (said.code, "Traceback" in said.words) == (1, False)


def test_a_change_is_applied_left_and_refused_by_people(stage: Stage) -> None:
    first, second, third = names(stage)
    said = change(stage, "apply", first, *ADA, "--json")
    assert (said.code, said.json["outcome"]) == (0, "applied C01 to the account by user:ada; the next entry carries it")
    assert change(stage, "apply", first, *ADA).code == 1
    assert "is not ours to leave" in change(stage, "leave", third, "--reason", "no", *ADA).words
    left = change(stage, "leave", second, "--reason", "it is our own reference", *ADA)
    assert (left.code, "is left; nothing of it was applied" in left.words) == (0, True)
    assert "There are: C61" in change(stage, "refuse", third, "--as-code", "C1", "--reason", "x", *ADA).words
    refused = change(stage, "refuse", third, "--as-code", "c65", "--reason", "in the wrong columns", *ADA, "--json")
    assert (refused.code, refused.json["request"][:4]) == (0, "req_")
    assert names(stage) == []
    page = change(stage, "show", third)
    assert f"refused as C65, {refused.json['request']} asked by user:ada" in page.words


def test_requests_are_listed_sent_answered_and_taken_back(stage: Stage) -> None:
    third = names(stage)[2]
    assert "Nothing is asked" in request(stage, "list").words
    asked = change(stage, "refuse", third, "--as-code", "C65", "--reason", "wrong", *ADA, "--json").json["request"]
    (row,) = request(stage, "list", "--json", *ADA[2:]).json
    assert (row["id"], row["kind"], row["code"], row["state"], row["due_on"], row["overdue"]) == (
        asked, "refuse_change", "C65", "asked", "2026-11-27", False,
    )  # fmt: skip
    assert "overdue" in request(stage, "list", "--as-of", "2026-11-30").words
    back = request(stage, "withdraw", asked, "--reason", "I looked again", *ADA)
    assert (back.code, third in names(stage)) == (0, True)
    assert request(stage, "withdraw", asked, "--reason", "twice", *ADA).code == 1
    again = change(stage, "refuse", third, "--as-code", "C66", "--reason", "wrong", *ADA, "--json").json["request"]
    assert again == asked
    sent = request(stage, "send", *ADA, "--json")
    assert (sent.code, sent.json["sent"], sent.json["waiting"]) == (0, ["REQ-20261117-1"], [])
    assert "Nothing to send" in request(stage, "send", *ADA).words
    assert "is sent" in request(stage, "withdraw", asked, "--reason", "too late", *ADA).words
    shown = request(stage, "show", asked)
    assert "in REQ-20261117-1, sent 2026-11-17" in shown.words
    done = request(stage, "answered", asked, "--outcome", "refused by our bank", "--on", "2026-11-18", *ADA)
    assert (done.code, request(stage, "list", "--json").json) == (0, [])
    assert request(stage, "show", asked, "--json").json["outcome"] == "refused by our bank"
    assert len(request(stage, "list", "--all", "--json").json) == 1
    assert request(stage, "answered", asked, "--outcome", "x", "--on", "18.11.", *ADA).code == 2
    assert request(stage, "show", "req_0000000000001").code == 1
