"""``ingather rules``: rows with dates, standing, source and confidence; what decisions rested on; deadlines."""

from pathlib import Path

import pytest

from ingather.jobs.rehearsal.stage import Stage
from ingather.rules.rows import rows, table_names
from tests.journey.stage import MONDAY, Sale, night, staged
from tests.unit.cli.shell import at_book, call

ROW = {
    "id", "table", "key", "says", "effective_from", "effective_to", "standing", "source", "confidence", "values",
}  # fmt: skip
TODAY = ("--as-of", "2026-11-22")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return a stage with one sent file; only looked at."""
    stage = staged(tmp_path_factory.mktemp("sealed"), [Sale()])
    night(stage, MONDAY)
    return stage


def test_every_row_of_every_table_is_listed_without_a_book() -> None:
    found = call("rules", "list", *TODAY, "--json").json
    assert [row["id"] for row in found] == [row.id for name in table_names() for row in rows(name)]
    assert all(set(row) == ROW for row in found)
    page = call("rules", "list", "--table", "clocks", *TODAY)
    assert (page.code, "retry-window" in page.words, "[2]" in page.words) == (0, True, True)
    assert "C01" not in page.words


def test_the_future_and_the_unknown_are_marked() -> None:
    future = call("rules", "list", "--table", "return_codes", "--standing", "future", *TODAY, "--json").json
    assert {row["key"]: (row["standing"], row["effective_from"]) for row in future} == {
        "R16": ("future", "2028-03-17"), "R90": ("future", "2028-03-17"),
    }  # fmt: skip
    unknown = call("rules", "list", "--standing", "unknown", *TODAY, "--json").json
    assert {row["table"] for row in unknown} == {"not_established"}
    assert {row["effective_from"] for row in unknown} == {None}
    said = call("rules", "show", "R90", *TODAY)
    assert "FUTURE" in said.words
    assert "UNKNOWN" in said.words
    assert call("rules", "list", "--standing", "past", "--table", "clocks", *TODAY).words.startswith("No row stands so")


def test_the_rows_in_force_on_a_day_are_those_of_that_day() -> None:
    def keys(day: str) -> dict[str, str]:
        found = call("rules", "as-of", day, "--table", "return_codes", "--json").json
        assert {row["standing"] for row in found} == {"in_force"}
        return {row["key"]: row["id"] for row in found}

    before, after = keys("2028-03-16"), keys("2028-03-17")
    assert ("R90" in before, "R90" in after) == (False, True)
    assert before["R16"] != after["R16"]
    assert "R90" in call("rules", "as-of", "2028-03-17", "--table", "return_codes").words


@pytest.mark.parametrize(
    ("word", "ids"),
    [
        ("return_codes/R01@2000-01-01", ["return_codes/R01@2000-01-01"]),
        ("r01", ["return_codes/R01@2000-01-01"]),
        ("R16", ["return_codes/R16@2000-01-01", "return_codes/R16@2028-03-17"]),
    ],
)
def test_a_row_is_shown_by_its_id_or_its_key(word: str, ids: list[str]) -> None:
    said = call("rules", "show", word, *TODAY, "--json").json
    assert (said["word"], said["rule_set"], [row["id"] for row in said["rows"]]) == (word, None, ids)
    page = call("rules", "show", word, *TODAY)
    assert all(each in page.words for each in ids)
    assert "Nacha Operating Rules" in page.words


def test_what_a_file_rests_on_is_shown_by_the_file_and_by_its_set(sealed: Stage) -> None:
    (file,) = at_book(sealed, "file", "list", "--json").json
    assert file["rule_set"].startswith("rul_")
    assert f"rests on {file['rule_set']}" in at_book(sealed, "file", "show", file["id"]).words
    by_file = at_book(sealed, "rules", "show", file["id"], "--json").json
    by_set = at_book(sealed, "rules", "show", file["rule_set"], "--json").json
    assert by_file["rule_set"] == by_set["rule_set"] == file["rule_set"]
    assert by_file["rows"] == by_set["rows"]
    assert by_file["gone"] == []
    assert "entry_classes/consumer-online@2001-03-16" in {row["id"] for row in by_file["rows"]}
    page = at_book(sealed, "rules", "show", file["id"])
    assert (page.code, "consumer-online" in page.words) == (0, True)


def test_what_is_not_there_is_said_in_a_sentence(sealed: Stage) -> None:
    for words in (("show", "R99"), ("list", "--table", "codes"), ("as-of", "2026-11-22", "--table", "codes")):
        said = call("rules", *words)
        assert (said.code, "Traceback" in said.words) == (1, False)
    assert "There are: return_codes, change_codes" in call("rules", "list", "--table", "codes").words
    for word in ("fil_0000000000001", "ret_0000000000001", "rul_0000000000001", "fil_x"):
        assert at_book(sealed, "rules", "show", word).code == 1
    for day in ("23.11.2026", "2026-02-30", "1990-01-01", "2099-01-01"):
        assert call("rules", "clocks", day).code == 2
        assert call("rules", "as-of", day).code == 2


def test_the_deadlines_of_a_day_are_those_of_the_worked_example() -> None:
    said = call("rules", "clocks", "2026-11-23", "--json").json
    assert (said["from"], said["banking_day"]) == ("2026-11-23", True)
    days = {row["name"]: row["day"] for row in said["deadlines"]}
    assert days["return-ordinary"] == "2026-11-25"
    assert days["hold"] == "2026-11-27"
    assert days["reversal"] == "2026-12-01"
    assert days["return-extended"] == "2027-01-25"
    assert days["retry-window"] == "2027-05-22"
    assert {row["name"] for row in said["deadlines"] if row["row"] is None} == {"hold"}
    longer = call("rules", "clocks", "2026-11-23", "--buffer", "2", "--json").json
    assert {row["name"]: row["day"] for row in longer["deadlines"]}["hold"] == "2026-11-30"
    page = call("rules", "clocks", "2026-11-26").words
    assert page.startswith("Counted from Thu 2026-11-26, no banking day")


def test_the_operators_windows_are_shown_for_an_instant() -> None:
    said = call("rules", "windows", "--as-of", "2026-11-23T16:45:00-05:00", "--json").json
    assert (said["processing_on"], said["taking"]) == ("2026-11-23", "next-day-1")
    assert [row["ahead"] for row in said["windows"]] == [False, False, False, True, True, True]
    assert said["windows"][-1]["closes"] == "2026-11-24T02:15:00-05:00"
    page = call("rules", "windows", "--as-of", "2026-11-24T02:14:59-05:00").words
    assert page.startswith("Processing day Mon 2026-11-23.")
    assert "ahead" in page


def test_a_policy_is_shown_checked_and_taken_once(tmp_path: Path) -> None:
    stage = staged(tmp_path / "book", [Sale()])
    shown = at_book(stage, "policy", "show", "--json").json
    assert (shown["id"], shown["version"], shown["policy"]["screening"]["required"]) == ("rehearsal", 1, False)
    policy = tmp_path / "policy.toml"
    policy.write_text('id = "ours"\nversion = 1\n[duplicates]\ndays = 5\n', encoding="utf-8")
    assert call("policy", "check", str(policy), "--json").json == {"ok": True, "problems": []}
    taken = at_book(stage, "policy", "take", str(policy), "--as", "maria", "--json").json
    assert (taken["did"], taken["id"], taken["version"]) == ("something", "ours", 1)
    assert at_book(stage, "policy", "take", str(policy), "--as", "maria", "--json").json["did"] == "nothing"
    page = at_book(stage, "policy", "show").words
    assert page.startswith("Policy ours, version 1, taken by user:maria")
    assert "duplicates.days = 5" in page
    assert at_book(stage, "audit", "verify").code == 0


def test_a_policy_that_is_none_is_refused_by_key_and_changes_nothing(tmp_path: Path) -> None:
    stage = staged(tmp_path / "book", [Sale()])
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('id = "ours"\nversion = 1\n[duplicates]\ndayz = 5\n[retention]\nyears = 1\n', encoding="utf-8")
    said = call("policy", "check", str(wrong), "--json")
    assert (said.code, said.json["ok"], len(said.json["problems"])) == (1, False, 2)
    refused = at_book(stage, "policy", "take", str(wrong), "--as", "maria")
    assert refused.code == 1
    assert refused.words.startswith("The house policy cannot be used. The key duplicates.dayz")
    assert at_book(stage, "policy", "show", "--json").json["id"] == "rehearsal"
    assert call("policy", "check", str(tmp_path / "none.toml")).code == 2
    wrong.write_bytes(b'id = "\xff"')
    assert "not UTF-8" in call("policy", "check", str(wrong)).words


def test_an_older_policy_does_not_come_back_by_being_taken_again(tmp_path: Path) -> None:
    stage = staged(tmp_path / "book", [Sale()])
    for version in (1, 2):
        policy = tmp_path / f"{version}.toml"
        policy.write_text(f'id = "ours"\nversion = {version}\n', encoding="utf-8")
        assert at_book(stage, "policy", "take", str(policy), "--as", "maria").code == 0
    again = at_book(stage, "policy", "take", str(tmp_path / "1.toml"), "--as", "maria")
    assert (again.code, "a newer one is in force" in again.words) == (1, True)
    assert at_book(stage, "policy", "show", "--json").json["version"] == 2
    (tmp_path / "2.toml").write_text('id = "ours"\nversion = 2\n[give_up]\nafter_days = 1\n', encoding="utf-8")
    changed = at_book(stage, "policy", "take", str(tmp_path / "2.toml"), "--as", "maria")
    assert (changed.code, "with another text" in changed.words) == (1, True)


def test_taking_a_policy_needs_a_name(tmp_path: Path) -> None:
    stage = staged(tmp_path / "book", [Sale()])
    policy = tmp_path / "policy.toml"
    policy.write_text('id = "ours"\nversion = 1\n', encoding="utf-8")
    assert at_book(stage, "policy", "take", str(policy)).code == 2
