"""Files become rows of the book, each entirely or not at all."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from ingather.base.money import parse_minor
from ingather.base.problems import Severity
from ingather.domain.refusals import ExitCode
from ingather.jobs.desk import Desk
from ingather.jobs.imports import Did, FileReport, Limits, import_files
from ingather.store.tables import Account, AccountChange, AccountValidation, Authorization, Order
from ingather.vault.sealing import Place
from tests.red import ACCOUNTS
from tests.unit.jobs.imports.books import (
    DEMO,
    KINDS,
    count,
    demo_paths,
    demo_rows,
    fingerprint,
    told,
    write_rows,
)

DEMO_ROWS = {kind: len(demo_rows(kind)) for kind in KINDS}


def one(desk: Desk, path: Path) -> FileReport:
    """Import one file and return its report, whose counts add up."""
    (file,) = import_files(desk, [path]).files
    assert file.rows == file.new + file.same + file.refused
    return file


def test_the_demo_is_taken_in_any_order_and_a_second_time_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    first = import_files(desk, demo_paths())
    assert (first.did, first.exit_code) == (Did.IMPORTED, ExitCode.DONE)
    assert {file.kind: file.new for file in first.files} == DEMO_ROWS
    assert [file.kind for file in first.files] == list(reversed(KINDS))
    before = fingerprint(tmp_path)
    second = import_files(desk, demo_paths())
    assert (second.did, second.exit_code) == (Did.NOTHING, ExitCode.DONE)
    assert {file.kind: file.same for file in second.files} == DEMO_ROWS
    assert fingerprint(tmp_path) == before


def test_what_is_recorded_is_what_the_file_says(busy_desk: Desk) -> None:
    row = next(row for row in demo_rows("authorizations") if row["channel"] == "online" and row["validation_method"])
    one(busy_desk, DEMO / "orders.csv")
    with busy_desk.view() as ctx:
        kept = ctx.session.scalars(select(Authorization).where(Authorization.external_id == row["external_id"])).one()
        assert kept.evidence == {"ip": row["ip"], "user_agent": row["user_agent"]}
        assert kept.given_at == datetime.fromisoformat(row["given_at"])
        assert kept.text == row["text"]
        assert kept.max_amount_minor == parse_minor(row["max_amount"])
        assert kept.valid_from.isoformat() == row["valid_from"]
        account = ctx.session.get_one(Account, kept.account_id)
        assert account.validated
        methods = select(AccountValidation.method).where(AccountValidation.account_id == account.id)
        assert row["validation_method"] in ctx.session.scalars(methods).all()
        total = sum(ctx.session.scalars(select(Order.amount_minor)))
    assert total == sum(parse_minor(order["amount"]) for order in demo_rows("orders"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_makes_no_difference(desk: Desk, tmp_path: Path, encoding: str) -> None:
    path = write_rows(tmp_path / "b.csv", demo_rows("buyers"), encoding=encoding)
    assert one(desk, path).new == DEMO_ROWS["buyers"]


def test_utf_16_is_refused_and_the_other_files_go_on(desk: Desk, tmp_path: Path) -> None:
    wide = write_rows(tmp_path / "wide.csv", demo_rows("merchants"), encoding="utf-16")
    report = import_files(desk, [wide, DEMO / "buyers.csv"])
    assert report.exit_code is ExitCode.HAS_ERRORS
    assert told(report) == [(0, "", "import-encoding")]
    assert [file.new for file in report.files] == [0, DEMO_ROWS["buyers"]]


def test_a_bad_row_is_refused_with_all_that_is_wrong_and_the_rest_goes_on(busy_desk: Desk, tmp_path: Path) -> None:
    rows = demo_rows("orders")
    rows[0] |= {"amount": "1,234.56", "due_on": "11/30/2026", "currency": "usd"}
    rows[4] |= {"amount": "-5.00"}
    rows[5] |= {"merchant": "nobody"}
    rows[6] |= {"authorization": "nothing"}
    rows[7] |= {"buyer": "B0001"}
    file = one(busy_desk, write_rows(tmp_path / "o.csv", rows))
    assert told(file) == [
        (2, "amount", "import-thousands"),
        (2, "currency", "import-currency"),
        (2, "due_on", "import-date-order"),
        (6, "amount", "import-negative"),
        (7, "merchant", "import-refused"),
        (8, "authorization", "import-refused"),
        (9, "buyer", "import-refused"),
    ]
    assert (file.new, file.refused) == (len(rows) - 5, 5)
    assert count(tmp_path, "orders") == len(rows) - 5


def test_lines_are_those_of_the_file_also_after_cells_of_several_lines(desk: Desk, tmp_path: Path) -> None:
    import_files(desk, [DEMO / f"{kind}.csv" for kind in ("merchants", "buyers", "accounts")])
    rows = demo_rows("authorizations")[:3]
    rows[0] |= {"text": "I authorize this.\nAnd this.\nAnd that."}
    rows[2] |= {"given_at": "2026-11-01"}
    assert told(one(desk, write_rows(tmp_path / "u.csv", rows))) == [(6, "given_at", "import-instant")]
    with desk.view() as ctx:
        assert rows[0]["text"] in ctx.session.scalars(select(Authorization.text)).all()


@pytest.mark.parametrize("chunk_rows", [2, 20_000])
def test_the_same_key_twice_names_both_lines(busy_desk: Desk, tmp_path: Path, chunk_rows: int) -> None:
    rows = demo_rows("orders")[:6]
    rows.append(rows[1] | {"amount": "1.00"})
    path = write_rows(tmp_path / "o.csv", rows)
    report = import_files(busy_desk, [path], limits=Limits(chunk_rows=chunk_rows))
    assert told(report) == [(8, "external_id", "import-repeated")]
    message = report.files[0].problems[0].message
    assert message == "Lines 3 and 8 have the same merchant, external_id, instalment. Keep one of them."
    assert count(tmp_path, "orders") == 6


def test_a_known_key_with_other_content_is_refused(busy_desk: Desk, tmp_path: Path) -> None:
    one(busy_desk, DEMO / "orders.csv")
    rows = demo_rows("orders")[:4]
    rows[0] |= {"amount": "1.00"}
    rows[1] |= {"due_on": "2026-12-31"}
    rows[2] |= {"goods": "no" if rows[2]["goods"] == "yes" else "yes"}
    file = one(busy_desk, write_rows(tmp_path / "o.csv", rows))
    assert (file.same, file.refused) == (1, 3)
    assert [problem.line for problem in file.problems] == [2, 3, 4]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("text", "I agree to something else."),
        ("max_amount", "1.00"),
        ("valid_to", "2027-12-31"),
        ("given_at", "2026-10-31T10:00:00Z"),
        ("kind", "standing"),
        ("ip", "203.0.113.200"),
    ],
)
def test_what_a_buyer_agreed_to_is_never_rewritten(busy_desk: Desk, tmp_path: Path, column: str, value: str) -> None:
    row = next(row for row in demo_rows("authorizations") if row["channel"] == "online" and row["kind"] == "single")
    before = fingerprint(tmp_path)
    file = one(busy_desk, write_rows(tmp_path / "u.csv", [row | {column: value}]))
    assert told(file) == [(2, "external_id", "import-refused")]
    assert fingerprint(tmp_path) == before


def test_cells_that_contradict_each_other_are_refused(busy_desk: Desk, tmp_path: Path) -> None:
    rows = [row | {"external_id": f"NEW-{at}"} for at, row in enumerate(demo_rows("authorizations")[:3])]
    rows[0] |= {"valid_from": "2026-11-02", "valid_to": "2026-11-01"}
    rows[1] |= {"validation_method": "prenote", "validated_at": ""}
    rows[2] |= {"validation_method": "", "validated_at": "2026-11-01T10:00:00Z"}
    assert told(one(busy_desk, write_rows(tmp_path / "u.csv", rows))) == [
        (2, "valid_to", "import-term"),
        (3, "validated_at", "import-validation"),
        (4, "validation_method", "import-validation"),
    ]


def test_a_later_validation_of_a_known_authorization_is_added_once(busy_desk: Desk, tmp_path: Path) -> None:
    row = next(row for row in demo_rows("authorizations") if not row["validation_method"])
    row |= {"validation_method": "prenote", "validated_at": "2026-11-10T10:00:00-05:00"}
    path = write_rows(tmp_path / "u.csv", [row])
    before = count(tmp_path, "authorizations"), count(tmp_path, "account_validations")
    assert one(busy_desk, path).new == 1
    assert one(busy_desk, path).same == 1
    after = count(tmp_path, "authorizations"), count(tmp_path, "account_validations")
    assert after == (before[0], before[1] + 1)


@pytest.mark.parametrize("dry_run", [False, True])
def test_all_or_nothing_leaves_the_book_byte_for_byte(desk: Desk, tmp_path: Path, *, dry_run: bool) -> None:
    rows = demo_rows("orders")
    rows[-1] |= {"amount": "$1"}
    paths = [write_rows(tmp_path / "o.csv", rows), *demo_paths()[1:]]
    before = fingerprint(tmp_path)
    report = import_files(desk, paths, all_or_nothing=True, dry_run=dry_run, limits=Limits(chunk_rows=100))
    assert fingerprint(tmp_path) == before
    assert told(report.files[0]) == [(len(rows) + 1, "amount", "import-currency-sign")]
    assert report.exit_code is ExitCode.HAS_ERRORS
    assert report.did is (Did.REHEARSED if dry_run else Did.ROLLED_BACK)


def test_all_or_nothing_takes_everything_in_one_transaction_when_all_is_good(desk: Desk, tmp_path: Path) -> None:
    report = import_files(desk, demo_paths(), all_or_nothing=True, limits=Limits(chunk_rows=50))
    assert report.did is Did.IMPORTED
    assert count(tmp_path, "orders") == DEMO_ROWS["orders"]


def test_a_dry_run_tells_what_would_be_new_and_keeps_nothing(desk: Desk, tmp_path: Path) -> None:
    before = fingerprint(tmp_path)
    report = import_files(desk, demo_paths(), dry_run=True)
    assert (report.did, report.exit_code) == (Did.REHEARSED, ExitCode.DONE)
    assert {file.kind: file.new for file in report.files} == DEMO_ROWS
    assert fingerprint(tmp_path) == before


def accounts_with(*numbers: str) -> list[dict[str, str]]:
    """Return the demo's first accounts with other numbers."""
    rows = demo_rows("accounts")[: len(numbers)]
    return [row | {"account_number": number} for row, number in zip(rows, numbers, strict=True)]


def test_spreadsheet_damage_to_accounts_is_told_without_any_number(desk: Desk, tmp_path: Path) -> None:
    one(desk, DEMO / "buyers.csv")
    rows = accounts_with("6.32E+16", f"'{ACCOUNTS[4]}", f"{ACCOUNTS[5]} ", ACCOUNTS[6], ACCOUNTS[7], ACCOUNTS[8])
    rows[3] |= {"routing": rows[3]["routing"][1:]}
    rows[4] |= {"buyer": ACCOUNTS[7]}
    rows[5] |= {"routing": "021070612"}
    file = one(desk, write_rows(tmp_path / "a.csv", rows))
    assert told(file) == [
        (2, "account_number", "import-exponent"),
        (3, "account_number", "import-apostrophe"),
        (4, "account_number", "import-blanks"),
        (5, "routing", "import-leading-zero"),
        (6, "buyer", "import-refused"),
        (7, "routing", "import-refused"),
    ]
    sentences = " ".join(problem.message for problem in file.problems)
    assert not any(number in sentences for number in (*ACCOUNTS, "6.32"))
    assert file.new == 0


def test_rounded_numbers_are_refused_until_somebody_checked_them(desk: Desk, tmp_path: Path) -> None:
    one(desk, DEMO / "buyers.csv")
    alone = write_rows(tmp_path / "a.csv", accounts_with(ACCOUNTS[17], ACCOUNTS[0]))
    assert told(one(desk, alone)) == [(2, "account_number", "import-rounded")]
    among = write_rows(tmp_path / "b.csv", accounts_with(ACCOUNTS[17], ACCOUNTS[0], ACCOUNTS[8]))
    assert told(one(desk, among)) == [(2, "account_number", "import-rounded")]
    checked = import_files(desk, [alone], numbers_checked=True)
    assert (told(checked), checked.files[0].new, checked.files[0].same) == ([], 1, 1)


def test_sixteen_digits_ending_in_zero_are_told_where_other_numbers_kept_theirs(desk: Desk, tmp_path: Path) -> None:
    one(desk, DEMO / "buyers.csv")
    row = next(row for row in demo_rows("accounts") if row["account_number"][15:] == "0")
    alone = one(desk, write_rows(tmp_path / "a.csv", [row]))
    assert (alone.new, alone.refused) == (0, 1)
    file = one(desk, write_rows(tmp_path / "b.csv", [row, demo_rows("accounts")[1]]))
    assert [problem.severity for problem in file.problems] == [Severity.WARNING]
    assert (file.new, file.refused, file.errors) == (2, 0, 0)


def test_an_account_that_a_bank_corrected_is_still_the_same_account(busy_desk: Desk, tmp_path: Path) -> None:
    row = demo_rows("accounts")[0]
    path = write_rows(tmp_path / "a.csv", [row])
    with busy_desk.action() as ctx:
        account = ctx.session.scalars(select(Account).where(Account.external_id == row["external_id"])).one()
        before = ctx.vault.seal(Place.ACCOUNT_NUMBER_BEFORE, 77, row["account_number"].encode().ljust(17))
        ctx.session.add(
            AccountChange(
                id=77, account_id=account.id, routing=account.routing, number=before, last4=account.last4,
                kind=account.kind, because="C01", correction_id=None, changed_at=ctx.now,
            )
        )  # fmt: skip
        account.number_index = ctx.vault.index_of(row["routing"], ACCOUNTS[3])
    assert one(busy_desk, path).same == 1
    assert one(busy_desk, write_rows(tmp_path / "b.csv", [row | {"account_number": ACCOUNTS[3]}])).same == 1
    assert told(one(busy_desk, write_rows(tmp_path / "c.csv", [row | {"account_number": ACCOUNTS[4]}]))) == [
        (2, "external_id", "import-refused")
    ]


def test_rows_of_another_width_are_refused(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text("external_id,name,holder\nB1,Day, Ann,consumer\nB2,Bo\nB3,Cy,consumer\n,,\n\n", encoding="utf-8")
    file = one(desk, path)
    assert told(file) == [(2, "", "import-cells"), (3, "", "import-cells")]
    assert (file.rows, file.new) == (3, 1)


def test_a_thousand_problems_are_listed_and_the_rest_counted(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text("external_id,name,holder\n" + "".join(f"B{at},Ann,nobody\n" for at in range(1_500)), "utf-8")
    file = one(desk, path)
    assert (len(file.problems), file.more, file.errors, file.refused) == (1_000, 500, 1_500, 1_500)


def test_names_too_long_for_the_bank_are_refused_not_cut(desk: Desk, tmp_path: Path) -> None:
    rows = demo_rows("merchants")
    rows[0] |= {"company_name": "HARBOR GOODS TRADING"}
    rows[1] |= {"company_id": "12345678901"}
    rows[2] |= {"entry_description": "BOOKSBOOKSB"}
    file = one(desk, write_rows(tmp_path / "m.csv", rows))
    assert [problem.check for problem in file.problems] == ["import-length"] * 3
    assert count(tmp_path, "merchants") == 0


def test_what_would_spoil_a_merchants_whole_file_is_refused_when_it_is_brought(desk: Desk, tmp_path: Path) -> None:
    rows = demo_rows("merchants")
    rows[0] |= {"company_id": "0000000000"}
    rows[1] |= {"entry_description": "0000"}
    rows[2] |= {"entry_description": "Reversal"}
    file = one(desk, write_rows(tmp_path / "m.csv", rows))
    assert [(problem.line, problem.field) for problem in file.problems] == [
        (2, "company_id"),
        (3, "entry_description"),
        (4, "entry_description"),
    ]
    assert "reserve REVERSAL" in file.problems[2].message
    assert count(tmp_path, "merchants") == 0


def test_a_number_in_the_wrong_column_is_not_repeated(busy_desk: Desk, tmp_path: Path) -> None:
    rows = [row | {"external_id": f"NEW-{at}"} for at, row in enumerate(demo_rows("authorizations")[:4])]
    rows[0] |= {"account": ACCOUNTS[9]}
    rows[1] |= {"buyer": ACCOUNTS[10]}
    rows[2] |= {"max_amount": f"${ACCOUNTS[11]}"}
    rows[3] |= {"account": " 48217"}
    file = one(busy_desk, write_rows(tmp_path / "u.csv", rows))
    assert file.refused == 4
    sentences = " ".join(problem.message for problem in file.problems)
    assert not any(number in sentences for number in (*ACCOUNTS, "48217"))


def test_a_file_without_any_row_says_so(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text("\n\n")
    assert told(one(desk, path)) == [(1, "", "import-header")]
    path.write_text("external_id,name,holder\n")
    assert import_files(desk, [path]).did is Did.NOTHING
