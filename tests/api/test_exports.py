"""Exports over HTTP: the same rows in each form, page by page of one state of the book, few at once, nothing red."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from ingather.domain.users import Permission
from ingather.jobs.export_streams import StreamForm, stream_export
from ingather.jobs.exports import write_export
from ingather.jobs.rehearsal.stage import banking_days
from ingather.store.reading.exports import Cut, ExportKind
from tests.api.office import Client, Front, open_front
from tests.journey.stage import MONDAY, Sale, Script, play, returned
from tests.red import red_account

pytestmark = pytest.mark.xdist_group("api-exports")  # its book is made once


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    """Return a played week of three orders with one return and the statements of its end."""
    back = Script(fates={("B 001", 1): returned("R03")})
    front = open_front(tmp_path_factory.mktemp("exports"), [Sale(), Sale(), Sale(merchant="summit")], behaviour=back)
    play(front.stage, *banking_days(MONDAY, 5))
    front.client().post("/settlements")
    return front


@pytest.fixture(scope="module")
def client(front: Front) -> Client:
    return front.client({Permission.EXPORTS_READ})


def rows_of(client: Client, kind: str, form: str, **query: Any) -> list[dict[str, Any]]:  # noqa: ANN401 -- filters of any kind
    answer = client.get(f"/exports/{kind}", format=form, **query)
    assert answer.status_code == 200, answer.text
    match form:
        case "csv":
            return list(csv.DictReader(io.StringIO(answer.text)))
        case "ndjson":
            return [json.loads(line) for line in answer.text.splitlines()]
        case _:
            found: list[dict[str, Any]] = pq.read_table(io.BytesIO(answer.content)).to_pylist()
            return found


@pytest.mark.parametrize("kind", ExportKind)
def test_every_table_has_the_same_rows_in_each_form(client: Client, kind: ExportKind) -> None:
    table = next(each for each in client.get("/exports").json()["data"] if each["kind"] == kind)
    told = {form: rows_of(client, kind, form) for form in ("csv", "ndjson", "parquet")}
    assert len({len(rows) for rows in told.values()}) == 1
    assert told["ndjson"], "there is something to compare"
    for rows in told.values():
        assert list(rows[0]) == [each["name"] for each in table["columns"]]
    for plain, said in zip(told["csv"], told["ndjson"], strict=True):
        for name, value in said.items():
            assert plain[name] == (
                "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
            )
    for whole, said in zip(told["parquet"], told["ndjson"], strict=True):
        assert {name: value for name, value in said.items() if not isinstance(whole[name], date)} == {
            name: value for name, value in whole.items() if not isinstance(value, date)
        }
    assert not any(red_account(number) in str(told) for number in range(3))


def test_a_cut_is_that_of_the_command_line(front: Front, client: Client, tmp_path: Path) -> None:
    query = {"from": "2026-11-17", "to": "2026-11-17"}
    answer = client.get("/exports/orders", merchant="harbor", **query)
    file = tmp_path / "orders.csv"
    day = date(2026, 11, 17)
    write_export(front.stage.desk, ExportKind.ORDERS, file, cut=Cut(merchant="harbor", first_on=day, last_on=day))
    assert answer.content == file.read_bytes()
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert len(rows_of(client, "orders", "csv")) == 3
    assert rows_of(client, "orders", "ndjson", **{"from": "2026-11-18"}) == []


def test_what_cannot_be_cut_so_is_refused_before_anything_is_sent(client: Client) -> None:
    postings = client.get("/exports/postings", merchant="harbor")
    assert (postings.status_code, postings.json()["code"]) == (422, "unreadable")
    assert client.get("/exports/orders", merchant="nobody").json()["code"] == "no_such"
    assert client.get("/exports/wishes").status_code == 422
    assert client.get("/exports/orders", format="xls").status_code == 422


def test_parquet_without_its_extra_is_a_sentence(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingather.jobs.exports.find_spec", lambda _: None)
    answer = client.get("/exports/orders", format="parquet")
    assert (answer.status_code, answer.json()["code"]) == (409, "extra_missing")


def test_pages_are_of_one_state_of_the_book_and_joined_without_a_seam(front: Front) -> None:
    for form in StreamForm:
        whole, paged = (
            b"".join(stream_export(front.stage.desk, ExportKind.ENTRIES, form, cut=Cut(), page=page))
            for page in (100, 1)
        )
        if form is StreamForm.PARQUET:
            tables = [pq.read_table(io.BytesIO(each)).to_pylist() for each in (whole, paged)]
            assert tables[0] == tables[1]
        else:
            assert whole == paged


def test_no_more_than_a_page_is_held(front: Front) -> None:
    for form in (StreamForm.CSV, StreamForm.NDJSON):
        pieces = list(stream_export(front.stage.desk, ExportKind.ORDERS, form, cut=Cut(), page=1))
        assert max(piece.count(b"\n") for piece in pieces) == 1


def test_an_export_that_nobody_reads_on_frees_its_place(front: Front, client: Client) -> None:
    from ingather.api import exports  # noqa: PLC0415 -- its places are what is looked at

    def held() -> Iterator[bytes]:
        return exports.few_at_once(stream_export(front.stage.desk, ExportKind.ORDERS, StreamForm.CSV, cut=Cut()))

    several = [held(), held()]
    assert [next(each)[:5] for each in several] == [b"order"] * 2
    busy = client.get("/exports/orders")
    assert (busy.status_code, busy.json()["code"]) == (503, "too_busy")
    several.clear()
    assert client.get("/exports/orders").status_code == 200
