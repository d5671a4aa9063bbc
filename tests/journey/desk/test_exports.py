"""Exports of a book that has lived a week: every table, in both forms, masked, in pages, cut by day and merchant."""

import csv
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import text, update

from ingather.domain.refusals import ExitCode, NoSuch, WrongState
from ingather.jobs.exports import write_export
from ingather.jobs.rehearsal.stage import Stage
from ingather.jobs.settle import run_settle
from ingather.simulator.behaviour import Fate
from ingather.store.reading import orders, returns
from ingather.store.reading.exports import EXPORTS, ColumnType, Cut, ExportKind, page_of, wanted_rows
from ingather.store.tables import Merchant
from tests.journey.stage import FRIDAY, MONDAY, NEXT_MONDAY, TUESDAY, Sale, Script, at, play, staged
from tests.red import ACCOUNTS
from tests.unit.cli.shell import at_book

SALES = [Sale(), Sale(amount=33_050), Sale(merchant="summit"), Sale(due=NEXT_MONDAY), Sale(amount=99)]
WEEK = tuple(date(2026, 11, day) for day in (16, 17, 18, 19, 20))


def lived(folder: Path, book: str | None = None) -> Stage:
    """Return a stage after a week in which one order came back."""
    stage = staged(
        folder, SALES, book=book, behaviour=Script(fates={("B 001", 1): Fate(return_code="R01")})
    )  # fmt: skip
    play(stage, *WEEK)
    run_settle(stage.desk, as_of=FRIDAY)
    return stage


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return one such stage for all tests that only read it."""
    return lived(tmp_path_factory.mktemp("week"))


def exported(stage: Stage, kind: ExportKind, *, cut: Cut | None = None, page: int = 50_000) -> list[dict[str, str]]:
    path = stage.folder / f"{kind}.csv"
    written = write_export(stage.desk, kind, path, cut=cut or Cut(), page=page)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == written.rows
    return rows


def test_every_table_is_written_in_both_forms_and_says_the_same(tmp_path: Path, book_url: str) -> None:
    stage = lived(tmp_path, book_url)
    for kind, export in EXPORTS.items():
        rows = exported(stage, kind)
        assert rows, kind
        path = tmp_path / f"{kind}.parquet"
        write_export(stage.desk, kind, path, cut=Cut())
        table = pq.read_table(path)
        assert table.column_names == list(rows[0]) == [column.name for column in export.columns]
        said = [{name: worded(value) for name, value in row.items()} for row in table.to_pylist()]
        assert said == rows
        for column in export.columns:
            of_parquet = table.schema.field(column.name)
            assert of_parquet.type == TYPES[column.type], column.name
            assert of_parquet.metadata[b"meaning"].decode() == column.meaning


TYPES = {
    ColumnType.ID: pa.string(),
    ColumnType.TEXT: pa.string(),
    ColumnType.TRACE: pa.string(),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.DAY: pa.date32(),
    ColumnType.INSTANT: pa.timestamp("us", tz="UTC"),
    ColumnType.FLAG: pa.bool_(),
}


def worded(value: Any) -> str:  # noqa: ANN401 -- a cell of any column
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        case date():
            return value.isoformat()
        case _:
            return str(value)


def test_rows_are_those_of_the_book(week: Stage) -> None:
    stage = week
    with stage.desk.view() as view:
        listed = {row["id"]: row for row in orders.listed(view.session)}
        back = returns.listed(view.session)
    told = exported(stage, ExportKind.ORDERS)
    assert [(row["order"], row["external_id"], row["state"], int(row["amount_minor"])) for row in told] == [
        (row["id"], row["external_id"], row["state"], row["amount_minor"]) for row in listed.values()
    ]
    (returned,) = exported(stage, ExportKind.RETURNS)
    assert (returned["return"], returned["code"], returned["amount_minor"]) == (back[0]["id"], "R01", "33050")
    entries = exported(stage, ExportKind.ENTRIES)
    assert returned["original_trace"] in {row["trace"] for row in entries}
    assert {len(row["trace"]) for row in entries} == {15}
    assert {row["settlement_basis"] for row in entries if row["settled_on"]} == {"confirmed"}
    settlements = exported(stage, ExportKind.SETTLEMENTS)
    assert {row["merchant"] for row in settlements} == {"harbor", "summit"}
    postings = exported(stage, ExportKind.POSTINGS)
    assert {"settlement", "return"} <= {row["event"] for row in postings}


def test_no_account_number_and_no_name_leaves_the_book(week: Stage) -> None:
    stage = week
    for kind in ExportKind:
        exported(stage, kind)
        written = (stage.folder / f"{kind}.csv").read_text()
        assert not [account for account in ACCOUNTS if account in written]
        assert "Buyer" not in written
    assert {row["account_last4"] for row in exported(stage, ExportKind.ORDERS)} == {
        account[-4:] for account in ACCOUNTS[: len(SALES)]
    }


def test_no_text_of_a_sheet_is_a_formula(tmp_path: Path) -> None:
    stage = staged(tmp_path, SALES[:1])
    with stage.desk.action() as ctx:
        ctx.session.execute(update(Merchant).values(external_id="=1+1"))
    assert {row["merchant"] for row in exported(stage, ExportKind.ORDERS)} == {"'=1+1"}
    path = tmp_path / "orders.parquet"
    write_export(stage.desk, ExportKind.ORDERS, path, cut=Cut())
    assert set(pq.read_table(path).column("merchant").to_pylist()) == {"=1+1"}


def test_pages_of_any_size_give_the_same_file(week: Stage) -> None:
    stage = week
    for kind in ExportKind:
        assert exported(stage, kind, page=2) == exported(stage, kind)


def test_a_page_is_found_by_its_key_and_never_sorted(week: Stage) -> None:
    originator_id = week.desk.originator_id()
    with week.desk.view() as view:
        for kind, export in EXPORTS.items():
            for merchant in (None, "harbor") if export.of_merchants else (None,):
                cut = Cut(first_on=MONDAY, merchant=merchant)
                query = page_of(export, wanted_rows(view.session, export, originator_id, cut), after=0, page=10)
                sql = str(query.compile(view.session.connection(), compile_kwargs={"literal_binds": True}))
                plan = [row[3] for row in view.session.execute(text(f"EXPLAIN QUERY PLAN {sql}"))]
                assert "PRIMARY KEY (rowid>?)" in plan[0], (kind, plan)
                assert not [step for step in plan if "TEMP B-TREE" in step], (kind, plan)


def test_a_table_is_cut_by_its_day_and_by_merchant(week: Stage) -> None:
    stage = week
    cut = Cut(first_on=NEXT_MONDAY)
    assert [row["due_on"] for row in exported(stage, ExportKind.ORDERS, cut=cut)] == ["2026-11-23"]
    cut = Cut(first_on=TUESDAY, last_on=TUESDAY, merchant="summit")
    assert [row["merchant"] for row in exported(stage, ExportKind.ORDERS, cut=cut)] == ["summit"]
    assert {row["merchant"] for row in exported(stage, ExportKind.ENTRIES, cut=Cut(merchant="summit"))} == {"summit"}
    assert exported(stage, ExportKind.RETURNS, cut=Cut(merchant="summit")) == []
    with pytest.raises(NoSuch, match="no merchant nobody"):
        exported(stage, ExportKind.ORDERS, cut=Cut(merchant="nobody"))
    with pytest.raises(WrongState, match="no one merchant"):
        exported(stage, ExportKind.POSTINGS, cut=Cut(merchant="summit"))


def test_what_is_refused_leaves_no_file(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    with pytest.raises(WrongState, match=r"ends in neither"):
        write_export(stage.desk, ExportKind.ORDERS, tmp_path / "orders.xlsx", cut=Cut())
    with pytest.raises(NoSuch):
        write_export(stage.desk, ExportKind.ORDERS, tmp_path / "orders.csv", cut=Cut(merchant="nobody"))
    assert not list(tmp_path.glob("orders*"))


def test_without_the_extra_a_sentence_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(tmp_path, [Sale()])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    said = at_book(stage, "export", "orders", "--to", str(tmp_path / "orders.parquet"))
    assert said.code == ExitCode.HAS_ERRORS
    assert "pip install 'ingather[parquet]'" in said.words
    assert not list(tmp_path.glob("orders*"))


def test_the_verb_writes_counts_and_explains(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale()])
    at(stage, MONDAY)
    to = tmp_path / "orders.csv"
    said = at_book(stage, "export", "orders", "--to", str(to), "--json")
    assert (said.code, said.json["rows"], said.json["form"]) == (0, 2, "csv")
    assert to.read_text().splitlines()[0].startswith("order,external_id,instalment,merchant")
    assert "2 orders are in" in at_book(stage, "export", "orders", "--to", str(to)).words
    told = at_book(stage, "export", "postings", "--columns", "--json").json
    assert {column["name"] for column in told["columns"]} == {
        column.name for column in EXPORTS[ExportKind.POSTINGS].columns
    }
    assert "due date" in at_book(stage, "export", "orders", "--columns").words
    assert at_book(stage, "export", "orders").code == ExitCode.USAGE
    assert at_book(stage, "export", "orders", "--to", str(to), "--from", "soon").code == ExitCode.USAGE
    assert at_book(stage, "export", "buyers", "--to", str(to)).code == ExitCode.USAGE
    folder = tmp_path / "none" / "orders.csv"
    assert at_book(stage, "export", "orders", "--to", str(folder)).code == ExitCode.USAGE
