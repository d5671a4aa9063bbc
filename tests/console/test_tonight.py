"""Tonight: the figures are the book's, each leads to its rows, and an empty book is calm."""

import csv
import re
from io import StringIO

from sqlalchemy import func, select, update

from ingather.console.kept import Kept
from ingather.domain.files import FileState
from ingather.store.reading.holds import on_hold
from ingather.store.tables import Batch, Entry, File, Merchant, Order, Return
from tests.console.front import Console


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def test_the_night_adds_up_to_its_files(shown: Console) -> None:
    page = shown.browser("nadia").get("/")
    assert page.status_code == 200
    [tonight, *past] = _rows(shown.browser("nadia").get("/tonight/nights.csv").text)
    with shown.desk.view() as ctx:
        files = ctx.session.scalars(select(File)).all()
        ctx.session.expunge_all()
        returned = ctx.session.execute(
            select(File.night_on, func.count(Return.id))
            .join(Batch, Batch.id == Return.batch_id)
            .join(File, File.id == Batch.file_id)
            .where(Return.applied, Return.undone_on.is_(None))
            .group_by(File.night_on)
        ).all()
    mine = [file for file in files if file.night_on.isoformat() == tonight["night"]]
    assert {file.state for file in mine} == {FileState.SEALED, FileState.APPROVED, FileState.TRANSMITTED}
    assert int(tonight["sealed"]) == sum(file.entries for file in mine)
    assert float(tonight["sealed amount"]) == sum(file.debit_cents for file in mine) / 100
    assert int(tonight["approved"]) == sum(file.entries for file in mine if file.state != FileState.SEALED)
    assert int(tonight["sent"]) == sum(file.entries for file in mine if file.state == FileState.TRANSMITTED)
    back = {night.isoformat(): count for night, count in returned}
    assert len(past) == 5
    assert [int(row["returned"]) for row in past] == [back.get(row["night"], 0) for row in past]
    for row in past:
        assert int(row["settled"]) == int(row["sealed"])


def test_what_is_left_out_says_why_and_leads_to_its_orders(shown: Console) -> None:
    nadia = shown.browser("nadia")
    [row] = _rows(nadia.get("/tonight/left-out.csv").text)
    with shown.desk.view() as ctx:
        waiting = ctx.session.scalar(
            select(func.count()).select_from(Order).where(Order.reason == row["reason"], Order.state == "open")
        )
    assert int(row["orders"]) == waiting
    address = f"/orders?reason={row['reason']}"
    assert address in nadia.get("/").text
    assert nadia.get(address).status_code == 200


def test_money_on_hold_is_what_is_neither_collected_nor_returned(shown: Console) -> None:
    rows = _rows(shown.browser("nadia").get("/tonight/holds.csv").text)
    with shown.desk.view() as ctx:
        held = on_hold(ctx.session, buffers={})
        open_orders = ctx.session.scalar(
            select(func.sum(Entry.amount_cents))
            .join(Order, Order.id == Entry.order_id)
            .where(Order.state.in_(["submitted", "settled"]), Entry.ended.is_(None))
        )
    assert round(sum(float(row["amount"]) for row in rows) * 100) == sum(each.minor for each in held) == open_orders


def test_the_missing_report_is_the_only_strong_mark(shown: Console) -> None:
    rows = _rows(shown.browser("nadia").get("/tonight/reports.csv").text)
    missing = [(row["report"], row["day"]) for row in rows if row["state"] == "missing"]
    assert missing == [("str-delimited", "2026-12-03")]
    assert {row["state"] for row in rows if row["day"] == "2026-11-26"} == {"closed"}


def test_what_needs_a_person_leads_there(shown: Console) -> None:
    nadia = shown.browser("nadia")
    page = nadia.get("/").text
    todo = page[page.index('class="todo"') : page.index("</ul>", page.index('class="todo"'))]
    links = re.findall(r'href="([^"]+)"', todo)
    assert links[0].startswith("/approvals/fil_")
    assert {nadia.get(link).status_code for link in links} == {200}


def test_a_night_that_has_made_nothing_is_calm(console: Console) -> None:
    with console.desk.action() as ctx:
        ctx.session.execute(update(File).values(state=FileState.VOIDED))
        ctx.session.execute(update(Batch).values(released=True))
    page = console.browser("vera").get("/").text
    assert "Nothing is on hold" in page
    assert "Due tonight" in page


def test_a_hostile_name_is_only_text(console: Console) -> None:
    with console.desk.action() as ctx:
        ctx.session.execute(update(Merchant).values(name="<script>alert(1)</script>"))
    object.__setattr__(console.front, "kept", Kept())
    page = console.browser("nadia").get("/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_the_chinese_page_has_no_english_of_its_own(shown: Console) -> None:
    nadia = shown.browser("nadia")
    nadia.http.cookies.set("__Host-ingather-language", "zh")
    page = nadia.get("/").text
    main = page[page.index("<main") :]
    for english in ("From due to collected", "Money on hold", "Needs a person now", "Bank reports", "Due tonight"):
        assert english not in main
