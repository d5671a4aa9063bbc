"""``ingather return`` and the verbs of an order that follow a return, as people and programs use them."""

from collections.abc import Iterator

import pytest

from ingather.jobs.rehearsal.stage import Stage, banking_days
from tests.journey.stage import MONDAY, Sale, Script, order, play, returned, staged, states
from tests.unit.cli.shell import at_book, call

BY = ("--as", "ada", "--as-of", "2026-11-18T22:00:00-05:00")


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Yield a stage on which debits came back in each way that a desk decides about."""
    codes = ("R01", "R11", "R06", "R11")
    script = Script(fates={(f"B {number:03d}", 1): returned(code) for number, code in enumerate(codes)})
    stage = staged(tmp_path_factory.mktemp("week"), [*[Sale()] * 5, Sale(holder="business")], behaviour=script)
    play(stage, *banking_days(MONDAY, 3))
    yield stage
    stage.desk.engine.dispose()


def test_returns_are_listed_and_chosen(week: Stage) -> None:
    rows = at_book(week, "return", "list", "--json").json
    assert sorted(row["code"] for row in rows) == ["R01", "R06", "R11", "R11"]
    (short,) = [row for row in rows if row["code"] == "R01"]
    assert short | {"id": "", "order": "", "report": ""} == {
        "id": "", "order": "", "external_id": "b000", "merchant": "harbor", "code": "R01",
        "meaning": "insufficient_funds", "category": "funds", "retryable": True,
        "rule": "return_codes/R01@2000-01-01", "entry_class": "WEB", "amount_minor": 12_345,
        "effective_on": "2026-11-17", "report": "", "evidence": None,
        "returned_on": "2026-11-18", "deadline_on": "2026-11-19", "timeliness": "in_time", "next_step": "retry",
        "late": False, "applied": True, "differs": None, "undone_on": None, "replaced_by": None, "dispute": None,
        "can_dishonour": [],
    }  # fmt: skip
    assert [row["code"] for row in at_book(week, "return", "list", "--code", "R06", "--json").json] == ["R06"]
    assert at_book(week, "return", "list", "--timeliness", "late", "--json").json == []
    assert at_book(week, "return", "list", "--unapplied", "--json").json == []
    page = at_book(week, "return", "list")
    assert (page.code, "in time" in page.out, "by agreement" in page.out) == (0, True, True)


def test_a_return_is_shown_with_what_it_rests_on_and_its_cases(week: Stage) -> None:
    (row,) = at_book(week, "return", "list", "--code", "R06", "--json").json
    shown = at_book(week, "return", "show", row["id"], "--json").json
    assert shown["rows"] == ["clocks/dishonour@2000-01-01", "return_codes/R06@2000-01-01"]
    assert [case["kind"] for case in shown["cases"]] == ["unrequested_return"]
    page = at_book(week, "return", "show", row["id"])
    assert "rests on return_codes/R06@2000-01-01" in page.words
    missing = at_book(week, "return", "show", row["order"].replace("ord_", "ret_"))
    assert (missing.code, "here is no return ret_" in missing.words) == (1, True)


def test_a_desk_decides_what_follows(week: Stage) -> None:
    names = {name: order(week, name)["id"] for name in states(week)}
    asked = at_book(week, "return", "request", names["b004"], "--reason", "the wrong buyer", "--json", *BY)
    assert (asked.code, asked.json["asked_on"]) == (0, "2026-11-18")
    agreed = at_book(week, "return", "consent", names["b005"], "--reason", "the bank asked", *BY)
    assert (agreed.code, "on record since 2026-11-18" in agreed.words) == (0, True)
    corrected = at_book(week, "order", "correct", names["b001"], "--reason", "a day early", "--on", "2026-12-01", *BY)
    assert (corrected.code, "corrected, from 2026-12-01 on" in corrected.words) == (0, True)
    paid = at_book(week, "order", "paid", names["b003"], "--reason", "by card", "--json", *BY)
    assert (paid.code, states(week)["b003"]) == (0, "failed")
    refused = at_book(week, "order", "correct", names["b000"], "--reason", "no", *BY)
    assert (refused.code, "no corrected entry follows that" in refused.words) == (1, True)


def test_a_return_is_disputed_let_be_and_shown(week: Stage) -> None:
    (back,) = at_book(week, "return", "list", "--code", "R06", "--disputable", "--json").json
    (way,) = back["can_dishonour"]
    assert way == {
        "code": "R70", "title": "permissible return not accepted or not requested", "fields": "",
        "ask_by": "2026-11-23", "dishonour_by": "2026-11-25",
    }  # fmt: skip
    page = at_book(week, "return", "list", "--on", "2026-11-18")
    assert "R70 until 2026-11-23" in page.out
    assert f"ingather return dishonour {back['id']} --code R70" in at_book(week, "return", "show", back["id"]).words
    wrong = at_book(week, "return", "dishonour", back["id"], "--code", "R68", *BY)
    assert (wrong.code, "cannot be dishonored as R68. It can as R70" in wrong.words) == (1, True)
    asked = at_book(week, "return", "dishonour", back["id"], "--code", "r70", "--reason", "never asked", "--json", *BY)
    assert (asked.code, asked.json["ask_by"], asked.json["dishonour_by"]) == (0, "2026-11-23", "2026-11-25")
    shown = at_book(week, "return", "show", back["id"], "--json").json
    assert [(each["code"], each["state"], each["actor"]) for each in shown["disputes"]] == [
        ("R70", "chosen", "user:ada"),
    ]  # fmt: skip
    assert [(each["kind"], each["code"], each["due_on"]) for each in shown["asked"]] == [
        ("dishonour", "R70", "2026-11-23"),
    ]  # fmt: skip
    assert {(each["kind"], each["state"]) for each in shown["cases"]} == {
        ("unrequested_return", "closed"), ("dishonour", "open"),
    }  # fmt: skip
    assert "R70 chosen by user:ada" in at_book(week, "return", "show", back["id"]).words
    (case,) = [each["id"] for each in shown["cases"] if each["state"] == "open"]
    closed = at_book(week, "case", "close", case, "--outcome", "enough of it", *BY)
    assert (closed.code, "ingather return undispute" in closed.words) == (1, True)
    retried = at_book(week, "return", "retry", back["id"], "--reason", "now", *BY)
    assert (retried.code, "is open" in retried.words) == (1, True)
    let_be = at_book(week, "return", "undispute", back["id"], "--reason", "they had asked", "--json", *BY)
    assert (let_be.code, let_be.json["retry_on"]) == (0, None)
    assert "R70 withdrawn" in at_book(week, "return", "show", back["id"]).words


def test_the_rules_answer_without_a_book() -> None:
    told = call("return", "decide", "r29", "--settled", "2026-11-23", "--returned", "2026-11-27", "--class", "web",
                "--holder", "consumer", "--json").json  # fmt: skip
    assert (told["last_day"], told["timeliness"], told["fits"]) == ("2026-11-25", "late", False)
    assert told["cases"] == "late_return until 2026-12-04, improper_return"
    page = call("return", "decide", "R98", "--settled", "2026-11-23", "--returned", "2026-11-24")
    assert (page.code, "not known" in page.words) == (0, True)
    wrong = call("return", "decide", "R01", "--settled", "23.11.2026", "--returned", "2026-11-24")
    assert (wrong.code, "write 2026-11-25" in wrong.words) == (2, True)
