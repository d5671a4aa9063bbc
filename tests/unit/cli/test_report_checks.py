"""``ingather report check`` and ``report profile check``: what files hold, without a book, whatever the files are."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest

from ingather.domain.refusals import ExitCode
from ingather.reports.items import Carrier, ControlTotals, Report
from ingather.reports.showing import totals_of
from tests.golden.reports.expectations import SAMPLES
from tests.red import ACCOUNTS
from tests.unit.cli.shell import call
from tests.unit.reports.answers import HEADER, RETURN, nacha_answer, nacha_batch, nacha_file, str_text
from tests.unit.reports.test_laid_out import BY_NAME, ROWS

KEYS = {"file", "carrier", "ok", "items", "problems", "control_totals"}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder without a book."""
    monkeypatch.chdir(tmp_path)


def checked(*paths: Path | str, code: int = ExitCode.DONE, options: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return the objects that a check prints, one a line."""
    said = call("report", "check", *map(str, paths), "--json", *options)
    assert said.code == code, said
    return [json.loads(line) for line in said.out.splitlines()]


def laid(name: str, data: bytes | str) -> Path:
    path = Path(name)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_each_file_is_one_object_on_one_line() -> None:
    files = sorted(SAMPLES.glob("*.txt"))
    found = checked(*files, code=ExitCode.HAS_ERRORS)
    assert [each["file"] for each in found] == [str(file) for file in files]
    assert all(each.keys() >= KEYS for each in found)
    told = {Path(each["file"]).name: (each["ok"], each["control_totals"]) for each in found}
    differs = {name for name, (ok, totals) in told.items() if not ok or totals != "tie"}
    assert differs == {"0046-control-mismatch.delimited.txt", "0046-control-mismatch.fixed.txt"}


def test_items_are_counted_by_kind_and_both_widths_hold_the_same() -> None:
    delimited, fixed = checked(*(SAMPLES / f"0043-returns.{width}.txt" for width in ("delimited", "fixed")))
    assert delimited["items"] == fixed["items"]
    assert {kind: count for kind, count in delimited["items"].items() if count} == {
        "returns": 1, "changes": 1, "adjustments": 1, "postings": 2, "balances": 2,
    }  # fmt: skip
    assert (delimited["carrier"], fixed["carrier"]) == ("str-delimited", "str-fixed")


def test_a_problem_has_its_place_and_words_and_no_account_number() -> None:
    (found,) = checked(laid("bad.txt", str_text(RETURN.replace("|33050|", "|330.50|"))), code=ExitCode.HAS_ERRORS)
    first = found["problems"][0]
    assert first["line"] == 2
    assert first["severity"] == "error"
    assert set(first) == {"line", "columns", "field", "check", "severity", "message"}
    assert HEADER.split("|")[3] not in json.dumps(found)
    assert found["accounts"] == ["EXAMUS33 ...5678"]


def test_no_account_number_of_an_answer_is_said() -> None:
    answers = nacha_file(nacha_batch(nacha_answer("R01", 7, account=ACCOUNTS[0], amount=33050)))
    for options in ((), ("--json",)):
        said = call("report", "check", str(laid("answers.ach", answers)), *options)
        assert ACCOUNTS[0] not in said.out + said.err
        assert said.code == ExitCode.DONE


def test_utf_16_and_lone_carriage_returns_are_read_as_any_other_text() -> None:
    text = str_text(RETURN).decode()
    for name, data in (("wide", text.encode("utf-16")), ("cr", text.replace("\n", "\r").encode())):
        (found,) = checked(laid(name, data))
        assert (found["ok"], found["items"]["returns"], found["control_totals"]) == (True, 1, "tie")


@pytest.mark.parametrize(
    ("said", "together"),
    [
        (("tie", "tie"), "tie"),
        (("tie", "none"), "none"),
        (("none",), "none"),
        (("none", "differ", "tie"), "differ"),
    ],
)
def test_totals_tie_together_only_where_all_do(said: tuple[str, ...], together: str) -> None:
    reports = [Report(carrier=Carrier.BAI2, control_totals=ControlTotals(word)) for word in said]
    assert totals_of(reports) is ControlTotals(together)


def test_people_get_a_page() -> None:
    said = call("report", "check", str(SAMPLES / "0046-control-mismatch.fixed.txt"))
    assert said.code == ExitCode.HAS_ERRORS
    assert "str-fixed" in said.words
    assert "differ" in said.words
    assert "The trailer says" in said.words


WEIRD: dict[str, bytes] = {
    "nothing": b"",
    "blank": b"\r\n \r\n",
    "nul": b"\x00" * 4096,
    "huge-line": b"H|1|" + b"X" * (1 << 20),
    "cut": str_text(RETURN)[:70],
    "utf-16-cut": str_text(RETURN).decode().encode("utf-16")[:141],
    "gzip": gzip.compress(str_text(RETURN)),
    "xml-cut": b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>',
    "xml-bomb": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "cccc">]><a>&b;</a>',
    "bai2-cut": b"01,122099999,123456789,061119,0200",
    "bai2-words": b"01,\xff\xfe,,,,,,9/\n02,x/\n03,,USD,010,notanumber,,/\n16,165,,,,/\n49,,/\n",
    "swift-cut": b":20:X\n:25:1\n:28C:1/1\n:60F:C2602",
    "swift-words": b":20:X\n:25:1\n:61:\n:62F:Q\n:34F:\n:13D:\n:90D:x",
    "nacha-cut": nacha_file(nacha_batch(nacha_answer("R01", 7, account=ACCOUNTS[0], amount=33050)))[:200],
    "fedach": b"AJ001A01A08052\n   ACKNOWLEDGEMENT OF ACH FILE DEPOSITS\n\xff\x00",
    "ack": b"A|1|\nE|x\nZ|\n",
    "digits": b"9" * 100_000,
    "pipe": b"|" * 10_000,
    **{f"random-{seed}": random.Random(seed).randbytes(3_000) for seed in range(8)},  # noqa: S311 -- any bytes will do
}


@pytest.mark.parametrize("name", sorted(WEIRD))
def test_whatever_the_bytes_a_check_answers_in_words(name: str) -> None:
    (found,) = checked(laid(name, WEIRD[name]), code=ExitCode.HAS_ERRORS)
    assert not found["ok"]
    assert found["problems"] or found["control_totals"] == "differ"
    assert "reader-failed" not in {problem["check"] for problem in found["problems"]}


def test_damage_in_any_place_never_ends_a_check() -> None:
    rng = random.Random(6)  # noqa: S311 -- damage, not secrecy
    seeds = [path.read_bytes() for path in sorted(SAMPLES.glob("*.txt"))]
    for number in range(150):
        data = bytearray(rng.choice(seeds))
        for _ in range(rng.randrange(1, 6)):
            at = rng.randrange(len(data))
            data[at : at + rng.randrange(4)] = rng.randbytes(rng.randrange(4))
        laid(f"damaged-{number}", bytes(data))
    said = call("report", "check", *(f"damaged-{number}" for number in range(150)), "--json")
    assert said.code in {ExitCode.DONE, ExitCode.HAS_ERRORS}
    found = [json.loads(line) for line in said.out.splitlines()]
    assert len(found) == 150
    assert not [each for each in found if any(problem["check"] == "reader-failed" for problem in each["problems"])]


@pytest.mark.parametrize(("name", "words"), [("folder", "directory"), ("absent.txt", "no such file")])
def test_what_is_no_file_is_a_sentence(name: str, words: str) -> None:
    Path("folder").mkdir()
    said = call("report", "check", name, "--json")
    assert said.code == ExitCode.USAGE
    assert words in said.words
    assert said.out == ""


def test_a_book_that_is_named_and_is_not_there_is_told_and_no_hindrance() -> None:
    said = call("--book", "nowhere.sqlite", "report", "check", str(SAMPLES / "0041-zero-day.fixed.txt"), "--json")
    assert (said.code, said.json["ok"]) == (ExitCode.DONE, True)
    assert "no book" in said.err
    assert not Path("nowhere.sqlite").exists()


def test_a_profile_can_be_tried_from_its_file() -> None:
    rows, profile = laid("rows.csv", ROWS), laid("returns.toml", BY_NAME)
    (unknown,) = checked(rows, code=ExitCode.HAS_ERRORS)
    assert unknown["carrier"] == "unknown"
    (found,) = checked(rows, options=("--profile", str(profile)))
    assert (found["carrier"], found["profile"], found["items"]["returns"]) == ("str-delimited", "example-returns/1", 2)


def test_a_profile_is_checked_and_tried_on_samples() -> None:
    rows, profile = laid("rows.csv", ROWS), laid("returns.toml", BY_NAME)
    said = call("report", "profile", "check", str(profile), "--on", str(rows), "--json")
    assert (said.code, said.json["ok"], said.json["profile"]) == (0, True, "example-returns/1")
    assert said.json["samples"][0]["items"]["returns"] == 2
    page = call("report", "profile", "check", str(profile), "--on", str(rows))
    assert "rows.csv reads whole with example-returns/1" in page.words
    wrong = laid("wrong.csv", ROWS.replace("R01", "X01"))
    assert call("report", "profile", "check", str(profile), "--on", str(wrong)).code == ExitCode.HAS_ERRORS


def test_what_is_wrong_with_a_profile_is_told_with_its_line() -> None:
    profile = laid("returns.toml", BY_NAME.replace('type = "decimal"', 'type = "money"'))
    said = call("report", "profile", "check", str(profile), "--json")
    assert said.code == ExitCode.HAS_ERRORS
    assert said.json["problems"][0]["line"] == BY_NAME[: BY_NAME.index("decimal")].count("\n") + 1
    assert "wrong" in call("report", "profile", "check", str(profile)).words
    for data in (b"\xff\xfe", b"[[", b""):
        assert call("report", "profile", "check", str(laid("x.toml", data))).code == ExitCode.HAS_ERRORS
    assert call("report", "profile", "check", "absent.toml").code == ExitCode.USAGE


def test_the_profiles_that_ship_are_listed_and_shown() -> None:
    found = call("report", "profile", "list", "--json").json
    assert {row["name"] for row in found} >= {"generic-str-delimited/1", "bai2/1"}
    assert all(row["of"] == "ingather" and row["in_force"] for row in found)
    shown = call("report", "profile", "show", "generic-str-fixed/1")
    assert 'carrier = "str-fixed"' in shown.out
    assert call("report", "profile", "show", "nobody/1").code == ExitCode.HAS_ERRORS
