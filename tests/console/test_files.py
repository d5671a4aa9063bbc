"""Files: the list and its CSV, and the viewer: masked bytes, both figures of each total, where a field comes from."""

import csv
import html
import re
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from ingather.actions.files.opening import open_lines, open_whole
from ingather.actions.files.showing import show_file
from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.nacha.reader import read
from ingather.store.reading import files
from ingather.store.tables import AuditRecord, Entry, File, FileChunk, Merchant, Order
from ingather.vault.sealing import Place
from tests.console.front import Console


def _file(console: Console) -> dict[str, Any]:
    """Return the demo's largest file."""
    with console.desk.view() as ctx:
        return max(files.listed(ctx.session), key=lambda each: each["entries"])


def _openings(console: Console) -> int:
    with console.desk.view() as ctx:
        found = ctx.session.scalar(select(func.count()).select_from(AuditRecord).where(AuditRecord.verb == "show_file"))
    return int(found or 0)


def _text_of(page: str, line: int) -> str:
    found = re.search(rf'<li id="L{line}"[^>]*>.*?<code>(.*?)</code></li>', page, re.DOTALL)
    assert found is not None, line
    return html.unescape(re.sub(r"<[^>]+>", "", found[1]))


@pytest.fixture(scope="module")
def page(shown: Console) -> str:
    """Return the viewer's page of the demo's largest file."""
    answer = shown.browser("vera").get(f"/files/{_file(shown)['id']}")
    assert answer.status_code == 200
    return answer.text


def test_the_list_has_every_file_with_its_hash_and_the_same_rows_as_csv(shown: Console) -> None:
    vera = shown.browser("vera")
    text, sheet = vera.get("/files").text, list(csv.DictReader(StringIO(vera.get("/files.csv").text)))
    with shown.desk.view() as ctx:
        listed = files.listed(ctx.session)
    assert [row["file"] for row in sheet] == [row["id"] for row in reversed(listed)]
    for row, known in zip(sheet, reversed(listed), strict=True):
        assert known["name"] in text
        assert f'<code title="{known["sha256"]}">{known["sha256"][:8]}</code>' in text
        assert (row["entries"], row["sha256"]) == (str(known["entries"]), known["sha256"])
        assert float(row["debit"]) * 100 == pytest.approx(known["debit_cents"])


def test_the_list_is_narrowed_by_state_and_night(shown: Console) -> None:
    vera = shown.browser("vera")
    nights = [each["night_on"] for each in _listed(shown)]
    rows = csv.DictReader(StringIO(vera.get("/files.csv", to=min(nights)).text))
    assert len(list(rows)) == nights.count(min(nights))
    assert "No file fits" in vera.get("/files", state="rejected").text
    assert "is no state of a file" in vera.get("/files", state="nonsense").text
    assert "is no day" in vera.get("/files", **{"from": "yesterday"}).text


def _listed(console: Console) -> list[dict[str, Any]]:
    with console.desk.view() as ctx:
        return files.listed(ctx.session)


def test_each_line_has_its_94_columns_masked_as_everywhere(shown: Console, page: str) -> None:
    key = parse_public_id(Prefix.FILE, _file(shown)["id"])
    with shown.desk.action() as ctx:
        truth = show_file(ctx, key, after=0, limit=400)
    for line in truth.lines[:-10]:
        text = _text_of(page, line.line)
        assert len(text) == 94
        # Stars of the masking are bullets here, stars of the text are not.
        assert text.replace("•", "*") == line.text


def test_no_account_number_is_in_a_page_or_part(shown: Console, page: str) -> None:
    file = _file(shown)
    with shown.desk.view() as ctx:
        reading = read(open_whole(ctx, ctx.session.get_one(File, parse_public_id(Prefix.FILE, file["id"]))))
    accounts = {bytes(each).decode().strip() for each in reading.entries.account}
    vera = shown.browser("vera")
    line = int(reading.entries.line[0])
    part = vera.get(f"/files/{file['id']}/fields/{line}/13").text
    totals = vera.get(f"/files/{file['id']}/totals.csv").text
    lines = vera.get(f"/files/{file['id']}/lines", **{"from": 1}).text
    assert len(accounts) > 10
    assert not [each[-4:] for each in accounts if any(each in text for text in (page, part, totals, lines))]
    assert f"•{bytes(reading.entries.account[0]).decode().strip()[-4:]}" in part


def test_every_control_total_is_recomputed_and_equal(shown: Console, page: str) -> None:
    file = _file(shown)
    rows = list(csv.DictReader(StringIO(shown.browser("vera").get(f"/files/{file['id']}/totals.csv").text)))
    assert len(rows) == 4 * file["batches"] + 6
    assert [row for row in rows if row["in_the_file"] != row["recomputed"]] == []
    said = {(row["record"], row["figure"]): int(row["in_the_file"]) for row in rows}
    assert said["9 file", "debit_cents"] == file["debit_cents"]
    assert "we count" not in page


def test_an_opening_is_on_record_once_and_what_it_fetches_belongs_to_it(console: Console) -> None:
    vera, file = console.browser("vera"), _file(console)["id"]
    before = _openings(console)
    token = re.search(r'data-opening="(\w+)"', vera.get(f"/files/{file}").text)
    assert token is not None
    assert _openings(console) == before + 1
    assert vera.get(f"/files/{file}/lines", **{"from": 1, "opening": token[1]}).status_code == 200
    assert vera.get(f"/files/{file}/fields/3/30", opening=token[1]).status_code == 200
    assert _openings(console) == before + 1
    # Somebody else's token is none: their look is on record as their own.
    assert console.browser("maria").get(f"/files/{file}/lines", **{"from": 1, "opening": token[1]}).status_code == 200
    vera.get(f"/files/{file}/lines", **{"from": 1})
    assert _openings(console) == before + 3


def test_from_a_field_to_its_order_and_back_to_the_line(shown: Console) -> None:
    vera = shown.browser("vera")
    with shown.desk.view() as ctx:
        entry, order = ctx.session.execute(
            select(Entry, Order).join(Order, Order.id == Entry.order_id).where(Entry.presentation == 1).limit(1)
        ).one()
        file, order_id = public_id(Prefix.FILE, entry.file_id), public_id(Prefix.ORDER, order.id)
        line, name, cents = entry.line, order.external_id, entry.amount_cents
    part = vera.get(f"/files/{file}/fields/{line}/35").text
    assert f"/orders/{order_id}" in part
    assert name in part
    assert f"Line {line}, columns 30\N{EN DASH}39" in part
    assert f"{cents:010d}" in part
    assert "Record 6, field 6" in part
    assert "/authorizations/auth_" in part
    page = vera.get(f"/files/{file}", line=line).text
    assert re.search(rf'<li id="L{line}"[^>]*class="[^"]*on', page)
    assert f"/orders/{order_id}" in page


@pytest.mark.parametrize("by", ["trace", "amount", "name", "reference", "last four"])
def test_an_entry_is_found_by_what_people_know_of_it(shown: Console, by: str) -> None:
    file = _file(shown)
    with shown.desk.view() as ctx:
        reading = read(open_whole(ctx, ctx.session.get_one(File, parse_public_id(Prefix.FILE, file["id"]))))
    entries, at = reading.entries, 40
    asked = {
        "trace": f"{int(entries.trace[at]):015d}"[-7:],
        "amount": f"{int(entries.amount_cents[at]) / 100:,.2f}",
        "name": bytes(entries.name[at]).decode().strip().lower(),
        "reference": bytes(entries.identification[at]).decode().strip(),
        "last four": bytes(entries.account[at]).decode().strip()[-4:],
    }[by]
    text = shown.browser("vera").get(f"/files/{file['id']}", q=asked).text
    line = int(entries.line[at])
    assert re.search(rf"line={line}#L{line}\"[^>]*>{line} ", text)


def test_what_no_line_has_is_said_calmly(shown: Console) -> None:
    answer = shown.browser("vera").get(f"/files/{_file(shown)['id']}", q="nobody of this name")
    assert "Nothing fits" in answer.text


def test_a_line_or_file_that_is_not_there_is_said(shown: Console) -> None:
    vera, file = shown.browser("vera"), _file(shown)["id"]
    assert vera.get(f"/files/{file}/fields/999999/1").status_code == 404
    assert vera.get("/files/fil_0000000000000").status_code == 404
    assert vera.get("/files/nonsense").status_code == 404
    assert vera.get(f"/files/{file}", line="x").status_code in {400, 422}
    assert vera.get(f"/files/{file}/lines", **{"from": 10**9}).status_code in {200, 400, 422}


def test_the_history_tells_who_sealed_and_what_became_of_it(shown: Console) -> None:
    file = _file(shown)
    text = shown.browser("vera").get(f"/files/{file['id']}/history").text
    for word in ("sealed", "approved", "transmitted", "accepted"):
        assert word in text


def test_a_hostile_name_stays_text(console: Console) -> None:
    with console.desk.action() as ctx:
        for merchant in ctx.session.scalars(select(Merchant)):
            merchant.name = "<script>alert(1)</script>"
        ctx.audit("rename", "test")
    vera, file = console.browser("vera"), _file(console)["id"]
    text = vera.get(f"/files/{file}").text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_in_chinese_nothing_of_the_frame_stays_english(shown: Console) -> None:
    vera = shown.browser("vera")
    vera.http.cookies.set("__Host-ingather-language", "zh")
    text = vera.get(f"/files/{_file(shown)['id']}").text
    assert "控制合计" in text
    for word in ("Control totals", "File header", "Where it comes from", "Inclusion", "batch control", "These bytes"):
        assert word not in text


def test_a_long_file_is_begun_at_once_and_its_totals_follow(shown: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    vera, file = shown.browser("vera"), _file(shown)["id"]
    whole = vera.get(f"/files/{file}").text
    monkeypatch.setattr("ingather.console.files.opened._LONG", 0)
    monkeypatch.setattr("ingather.console.files.opened.kept_check", lambda *_: None)
    begun = vera.get(f"/files/{file}").text
    address = re.search(r'data-sums="([^"]+)"', begun)
    assert address is not None
    assert "Control totals" not in begun
    # The lines are the same, byte for byte; tree, totals and checks come after them.
    assert [_text_of(begun, line) for line in range(1, 130)] == [_text_of(whole, line) for line in range(1, 130)]
    part = vera.get(html.unescape(address[1])).text
    assert part.count("equal when recomputed") == whole.count("equal when recomputed")
    assert "File header" in part
    assert "Control totals" in vera.get(f"/files/{file}", all=1).text


def test_lines_are_opened_from_the_parts_in_which_they_lie(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    with console.desk.action() as ctx:
        one = ctx.session.get_one(File, parse_public_id(Prefix.FILE, _file(console)["id"]))
        data, key = open_whole(ctx, one), ctx.ids.one()
        for module in ("ingather.vault.sealing", "ingather.actions.files.opening"):
            monkeypatch.setattr(f"{module}.CHUNK_BYTES", 1000)
        values = {column.key: getattr(one, column.key) for column in File.__table__.columns}
        ctx.session.execute(insert(File).values(**values | {"id": key, "name": "in parts", "id_modifier": "Z"}))
        sealed = ctx.vault.seal_chunks(Place.FILE_BYTES, key, data)
        parts = [{"file_id": key, "part": part, "content": content} for part, content in enumerate(sealed)]
        ctx.session.execute(insert(FileChunk), parts)
        ctx.audit("seal_file", public_id(Prefix.FILE, key))
    assert len(parts) > 10
    lines = data.splitlines()
    with console.desk.view() as ctx:
        row = ctx.session.get_one(File, key)
        assert open_whole(ctx, row) == data
        for first in range(1, len(lines), 7):
            assert open_lines(ctx, row, first=first, last=first + 8, stride=95) == lines[first - 1 : first + 8]
        assert open_lines(ctx, row, first=len(lines) + 1, last=len(lines) + 9, stride=95) == []
