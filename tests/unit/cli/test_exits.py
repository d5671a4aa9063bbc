"""Each exit code, reached by what really leads to it; and bad input, answered with a sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from ingather.simulator.state import Kind
from ingather.store.tables import Order
from tests.journey.answers import bank_days, file_of, of_kind
from tests.journey.stage import FRIDAY, MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Sale, changed_terms, night, staged
from tests.red import ACCOUNTS
from tests.unit.cli.shell import at_book, call
from tests.unit.reports.answers import nacha_answer, nacha_batch

BY_HAND = changed_terms(auto_approve_under_cents=0)
WEEK = (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
MONDAY_NIGHT = ("--as-of", "2026-11-16")


def test_10_a_file_needs_approval_and_goes_out_after_it(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()], profile=BY_HAND)
    said = at_book(stage, "night", *MONDAY_NIGHT, "--json")
    assert (said.code, said.json["exit_code"], len(said.json["needs_approval"])) == (10, 10, 1)
    (file,) = said.json["needs_approval"]
    assert (
        f"{file} needs approval: ingather file approve {file} --as NAME" in at_book(stage, "night", *MONDAY_NIGHT).words
    )
    maker = at_book(stage, "file", "approve", file, "--as", "system:night")
    assert (maker.code, maker.words) == (1, "Who made it may not approve it. A second person approves with --as")
    sha256 = at_book(stage, "file", "show", file, "--json").json["sha256"]
    other = at_book(stage, "file", "approve", file, "--as", "maria", "--sha256", "0" * 64)
    assert (other.code, "other bytes" in other.words) == (1, True)
    approved = at_book(stage, "file", "approve", file, "--as", "maria", "--sha256", sha256, "--json")
    assert approved.json == {"did": "something", "file": file}
    sent = at_book(stage, "file", "send", *MONDAY_NIGHT, "--json")
    assert (sent.code, sent.json["sent"]) == (0, [file])
    again = at_book(stage, "file", "send", *MONDAY_NIGHT, "--json")
    assert (again.code, again.json["did"]) == (0, "nothing")
    void = at_book(stage, "file", "void", file, "--reason", "too late", "--as", "maria")
    assert (void.code, "a byte of it may have left" in void.words) == (1, True)


def test_a_file_is_refused_or_voided_with_a_reason(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()], profile=BY_HAND)
    (file,) = at_book(stage, "night", *MONDAY_NIGHT, "--json").json["needs_approval"]
    assert at_book(stage, "file", "refuse", file, "--reason", "odd", "--as", "maria").code == 0
    (file,) = at_book(stage, "night", *MONDAY_NIGHT, "--json").json["needs_approval"]
    assert at_book(stage, "file", "void", file, "--reason", "odd", "--as", "maria").code == 0
    rows = at_book(stage, "file", "list", "--json").json
    assert [(row["state"], row["void_reason"]) for row in rows] == [("voided", "odd"), ("voided", "odd")]


def test_11_the_nights_limit_is_reached(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=600)] * 2, profile=changed_terms(night_limit__debit_cents=1_000))
    said = at_book(stage, "night", *MONDAY_NIGHT, "--json")
    assert (said.code, said.json["exit_code"], said.json["refused"]) == (11, 11, {"night-limit": 1})


def test_12_the_bank_does_not_take_a_file(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    stage.outbound.rmdir()
    said = at_book(stage, "night", *MONDAY_NIGHT)
    assert (said.code, "the bank did not take it; the next run tries again" in said.words) == (12, True)
    assert at_book(stage, "file", "send", *MONDAY_NIGHT, "--json").code == 12


def test_12_a_folder_of_the_banks_is_gone(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    (tmp_path / "bank").rename(tmp_path / "moved")
    said = at_book(stage, "inbound")
    assert (said.code, "the folder is not there" in said.words) == (12, True)


def test_12_one_report_that_cannot_be_had_keeps_no_other_waiting(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    for delivery in bank_days(stage, MONDAY):
        (stage.inbound / delivery.name).write_bytes(delivery.data)
    huge = stage.inbound / "0-first.txt"
    with huge.open("wb") as file:
        file.truncate((1 << 30) + 1)
    said = at_book(stage, "inbound", "--as-of", "2026-11-16T21:00:00-05:00", "--json")
    assert (said.code, said.json["waiting"], len(said.json["reports"])) == (12, ["0-first.txt"], 2)
    page = at_book(stage, "inbound", "--as-of", "2026-11-16T21:00:00-05:00")
    assert "not taken 0-first.txt: the bank's folder did not hand it over" in page.words


def test_13_a_return_fits_nothing(tmp_path: Path) -> None:
    stage = staged(tmp_path / "stage", [Sale()])
    path = tmp_path / "stranger.ach"
    path.write_bytes(file_of(nacha_batch(nacha_answer("R01", 5, account=ACCOUNTS[0], amount=100))))
    said = at_book(stage, "report", "take", str(path), "--as-of", "2026-11-24", "--json")
    assert (said.code, said.json["exit_code"], said.json["reports"][0]["unmatched"]) == (13, 13, 1)
    (case,) = at_book(stage, "case", "list", "--json").json
    assert case["kind"] == "misrouted_return"
    assert case["id"] in at_book(stage, "case", "list").words
    assert (
        at_book(
            stage, "case", "close", case["id"], "--outcome", "not ours", "--evidence", "its letter", "--as", "maria"
        ).code
        == 0
    )
    assert at_book(stage, "case", "list", "--json").json == []
    assert len(at_book(stage, "case", "list", "--all", "--json").json) == 1
    closed = at_book(stage, "case", "close", case["id"], "--outcome", "again", "--as", "maria")
    assert (closed.code, "closed already" in closed.words) == (1, True)


def test_20_a_report_is_missing(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    reports = of_kind(bank_days(stage, *WEEK), Kind.REPORT)
    for report in (reports[0], reports[1], reports[3]):
        (stage.inbound / report.name).write_bytes(report.data)
    said = at_book(stage, "inbound", "--as-of", "2026-11-20T21:00:00-05:00")
    assert (said.code, "1 report(s) are missing: nothing they could cover is released." in said.words) == (20, True)


class Died(BaseException):
    """The process ends here."""


def test_30_a_file_is_in_doubt_until_two_persons_have_the_banks_word(tmp_path: Path) -> None:
    def die(step: str, **_: object) -> None:
        if step == "intent":
            raise Died

    stage = staged(tmp_path, [Sale()], tell=die)
    with pytest.raises(Died):
        night(stage, MONDAY)
    next(stage.outbound.iterdir()).unlink()
    said = at_book(stage, "night", *MONDAY_NIGHT, "--json")
    assert (said.code, len(said.json["in_doubt"])) == (30, 1)
    (file,) = said.json["in_doubt"]
    assert f"ask the bank, then: ingather file resolve {file}" in at_book(stage, "night", *MONDAY_NIGHT).words
    assert at_book(stage, "file", "send", *MONDAY_NIGHT).code == 30
    resolve = ("file", "resolve", file, "--not-delivered", "--word", "Ms Lee, 18:40", *MONDAY_NIGHT)
    alone = at_book(stage, *resolve, "--as", "maria", "--second", "maria")
    assert (alone.code, "may not approve" in alone.words) == (1, True)
    assert at_book(stage, *resolve, "--as", "maria", "--second", "omar").code == 0
    assert at_book(stage, "file", "send", *MONDAY_NIGHT, "--json").json["sent"] == [file]


def test_40_an_invariant_is_broken(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    with stage.desk.action() as ctx:
        ctx.session.execute(update(Order).values(state="collected"))
    said = at_book(stage, "db", "check", "--json")
    assert (said.code, said.json["ok"]) == (40, False)
    assert said.json["invariants"]["states_equal_the_fold_of_facts"] is False
    assert "BROKEN states_equal_the_fold_of_facts" in at_book(stage, "db", "check").words


def test_40_the_audit_chain_was_changed(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    with stage.desk.action() as ctx:
        connection = ctx.session.connection()
        guards = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
        )
        for (guard,) in guards.all():
            connection.exec_driver_sql(f"DROP TRIGGER {guard}")
        connection.exec_driver_sql("UPDATE audit SET actor = 'user:nobody' WHERE seq = 2")
    said = at_book(stage, "audit", "verify", "--json")
    assert (said.code, said.json["first_fault"]) == (40, 2)
    words = "The chain breaks at record 2. Record 2 was changed: its hash is not that of its content."
    assert at_book(stage, "audit", "verify").words == words


def test_40_a_restored_book_neither_seals_nor_sends(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    # A book's file is whole once nobody has it open.
    stage.desk.engine.dispose()
    earlier = (tmp_path / "book.sqlite").read_bytes()
    assert at_book(stage, "night", *MONDAY_NIGHT).code == 0
    for path in tmp_path.glob("book.sqlite*"):
        path.unlink()
    (tmp_path / "book.sqlite").write_bytes(earlier)
    said = at_book(stage, "night", *MONDAY_NIGHT)
    assert (said.code, "restored copy" in said.words) == (40, True)
    assert at_book(stage, "order", "list").code == 0


def test_1_the_kept_bytes_of_a_file_are_not_those_that_were_sealed(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    at_book(stage, "night", *MONDAY_NIGHT)
    (file,) = at_book(stage, "file", "list", "--json").json
    with stage.desk.action() as ctx:
        ctx.session.connection().exec_driver_sql("UPDATE file_chunks SET content = substr(content, 1, 20)")
    said = at_book(stage, "file", "verify", file["id"], "--json")
    assert (said.code, said.json["ok"], len(said.json["problems"])) == (1, False, 1)
    assert at_book(stage, "file", "verify", file["id"]).words.startswith("differs")


def _no_book(folder: Path) -> tuple[str, ...]:
    return ("--book", str(folder / "none.sqlite"), "night")


def _no_keys(folder: Path) -> tuple[str, ...]:
    return ("--book", str(folder / "stage" / "book.sqlite"), "--keys", str(folder / "none"), "night")


def _not_a_book(folder: Path) -> tuple[str, ...]:
    (folder / "text").write_text("hello, this is text and no book")
    return ("--book", str(folder / "text"), "--keys", str(folder / "stage" / "book.keys"), "night")


def _nowhere(folder: Path) -> tuple[str, ...]:
    url = f"postgresql://maria:secret-word@/book?host={folder}"
    return ("--book", url, "--keys", str(folder / "stage" / "book.keys"), "db", "check")


def _of_stage(*words: str) -> Callable[[Path], tuple[str, ...]]:
    def arguments(folder: Path) -> tuple[str, ...]:
        stage = folder / "stage"
        return ("--book", str(stage / "book.sqlite"), "--keys", str(stage / "book.keys"), *words)

    return arguments


NO_ID = "0000000000000"
BAD: dict[str, tuple[Callable[[Path], tuple[str, ...]], int, str]] = {
    "no book": (_no_book, 2, "Make one with: ingather init"),
    "no keys": (_no_keys, 2, "Point INGATHER_KEYS to the folder"),
    "not a book": (_not_a_book, 2, "file is not a database. Check --book"),
    "no server": (_nowhere, 2, "The book's server went away, or does not answer"),
    "no actor": (_of_stage("file", "approve", f"fil_{NO_ID}"), 2, "Name one with --as or INGATHER_ACTOR"),
    "a bad actor": (_of_stage("night", "--as", "a b"), 2, "an actor is a name".capitalize()),
    "no file": (_of_stage("file", "show", f"fil_{NO_ID}"), 1, f"there is no file fil_{NO_ID}".capitalize()),
    "an order's id for a file": (_of_stage("file", "show", f"ord_{NO_ID}"), 1, "an id that starts with fil_"),
    "half an id": (_of_stage("order", "show", "ord_12"), 1, "this one has 2"),
    "no order": (_of_stage("order", "hold", f"ord_{NO_ID}", "--reason", "x", "--as", "m"), 1, "There is no order"),
    "no authorization": (
        _of_stage("authorization", "revoke", f"auth_{NO_ID}", "--reason", "x", "--as", "m"), 1, "no authorization",
    ),
    "no case": (_of_stage("case", "close", f"case_{NO_ID}", "--outcome", "x", "--as", "m"), 1, "There is no case"),
    "a hash that is none": (
        _of_stage("file", "approve", f"fil_{NO_ID}", "--as", "m", "--sha256", "zz"), 2, "64 hexadecimal digits",
    ),
    "a day that is none": (_of_stage("night", "--as-of", "2026-13-01"), 2, "--as-of"),
    "a day without a calendar": (_of_stage("night", "--as-of", "2150-01-01"), 2, "no banking calendar"),
    "an instant without an offset": (_of_stage("night", "--as-of", "2026-11-16T18:00"), 2, "needs an offset"),
    "no report": (_of_stage("report", "take", "nothing-here.txt"), 2, "No such file or directory"),
    "a folder for a report": (_of_stage("report", "take", "/"), 2, "Is a directory"),
    "no NACHA file": (lambda _: ("nacha", "check", "nothing-here.ach"), 2, "cannot be read"),
    "no scenario": (lambda _: ("simulate", "nothing"), 1, "Known are: ack_pended"),
    "a folder that is no demo's": (lambda folder: ("demo", "--to", str(folder)), 1, "is not a demo's"),
    "a folder that is not empty": (lambda folder: ("simulate", "all_paid", "--keep", str(folder)), 1, "is not empty"),
    "no such command": (lambda _: ("nightly",), 2, "No such command"),
    "no such state": (_of_stage("order", "list", "--state", "lost"), 2, "is not one of"),
}  # fmt: skip


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a staged book in it; nothing that is asked here changes it."""
    folder = tmp_path_factory.mktemp("beside")
    staged(folder / "stage", [Sale()])
    return folder


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_answered_with_a_sentence(beside: Path, what: str) -> None:
    arguments, code, sentence = BAD[what]
    said = call(*arguments(beside))
    assert (said.code, sentence in said.words) == (code, True), said.words
    assert "secret-word" not in said.words


def test_a_night_for_a_day_without_a_calendar_leaves_the_book_as_it_was(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    assert at_book(stage, "night", "--as-of", "2150-01-01").code == 2
    assert at_book(stage, "night", *MONDAY_NIGHT, "--json").json["orders"] == 1


def test_what_is_no_nacha_file_has_errors(tmp_path: Path) -> None:
    path = tmp_path / "hello.ach"
    path.write_text("hello")
    said = call("nacha", "check", str(path), "--json")
    assert (said.code, said.json["ok"]) == (1, False)
    stage = staged(tmp_path / "stage", [Sale()])
    taken = at_book(stage, "report", "take", str(path), "--json")
    assert (taken.code, taken.json["reports"][0]["state"]) == (13, "unreadable")
