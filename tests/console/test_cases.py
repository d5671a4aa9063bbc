"""Cases in the console: the list, one case taken, noted and closed, and the calendar feed."""

import csv
import io
import re
from pathlib import Path

import pytest
from httpx2 import Response
from sqlalchemy import func, select

from ingather.actions.users.people import disable_user
from ingather.console import gate
from ingather.store.reading import cases
from ingather.store.tables import AuditRecord, Case, User
from tests.console.calendar_reader import events_of
from tests.console.desk_story import NUMBERS, empty_desk, returns_desk
from tests.console.front import HOST, Console

pytestmark = pytest.mark.xdist_group("console-desk")  # its book is played once


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Console:
    """Return a console on the desk's book, which tests only add to."""
    return returns_desk(tmp_path_factory.mktemp("cases") / "book")


def _cases(console: Console, kind: str) -> list[str]:
    with console.desk.view() as ctx:
        return [row["id"] for row in cases.listed(ctx.session, state="open", kind=kind)]


def _records(console: Console) -> int:
    with console.desk.view() as ctx:
        return ctx.session.scalar(select(func.count()).select_from(AuditRecord)) or 0


def test_the_list_is_every_open_case_by_its_last_day(desk: Console) -> None:
    page = desk.browser("vera").get("/cases")
    with desk.desk.view() as ctx:
        listed = cases.listed(ctx.session, state="open")
    assert page.status_code == 200
    assert re.findall(r"&amp;case=(case_\w+)#case", page.text) == [row["id"] for row in listed]
    assert f">{len(listed)}</span>" in page.text
    sheet = list(csv.DictReader(io.StringIO(desk.browser("vera").get("/cases.csv").text)))
    assert [row["case"] for row in sheet] == [row["id"] for row in listed]
    assert {row["kind"] for row in sheet} >= {"late_return", "misrouted_return", "notification_of_change"}
    assert "ingather" not in "".join(row["sentence"] for row in sheet)


def test_a_case_of_a_return_leads_to_its_order_entry_and_return(desk: Console) -> None:
    (late,) = _cases(desk, "late_return")
    page = desk.browser("vera").get(f"/cases/{late}").text
    assert re.search(r'href="/orders/ord_\w+">b001</a>, Harbor', page)
    assert re.search(r'href="/files/fil_\w+\?line=4#L4"', page)
    assert 'class="clock"' in page
    assert "You only look" in page
    (misrouted,) = _cases(desk, "misrouted_return")
    assert re.search(r'href="/returns/ret_\w+"', desk.browser("maria").get(f"/cases/{misrouted}").text)


def test_who_may_not_look_or_act_is_told(desk: Console) -> None:
    (late,) = _cases(desk, "late_return")
    assert desk.browser("kim").get("/cases").status_code == 403
    assert desk.browser("vera").post(f"/cases/{late}/take").status_code == 403
    assert desk.browser("maria").get("/cases/case_0000000000000").status_code == 404
    assert desk.browser("maria").get("/cases", after="nowhere").status_code == 422


def test_a_case_is_taken_noted_given_back_and_closed_once(desk: Console) -> None:
    maria, case = desk.browser("maria"), _cases(desk, "late_return")[0]
    before = _records(desk)
    taken = maria.post(f"/cases/{case}/take", which="all")
    assert (taken.status_code, taken.headers["location"]) == (303, f"/cases?which=all&case={case}")
    assert f">{1}</span>" in maria.get("/cases", which="mine").text
    assert maria.post(f"/cases/{case}/take").status_code == 409
    assert maria.post(f"/cases/{case}/note", text="<script>alert(1)</script>").status_code == 303
    page = maria.get(f"/cases/{case}").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert maria.post(f"/cases/{case}/take", back="1").status_code == 303
    refused = maria.post(f"/cases/{case}/note", text="", which="all")
    assert (refused.status_code, 'role="alert"' in refused.text) == (422, True)
    assert _records(desk) == before + 3
    closed = maria.post(f"/cases/{case}/close", outcome="the bank says that it stands")
    assert closed.status_code == 303
    assert "the bank says that it stands" in maria.get(f"/cases/{case}").text
    assert maria.post(f"/cases/{case}/close", outcome="again").status_code == 409
    assert _records(desk) > before + 3


def test_a_kind_that_needs_evidence_keeps_what_was_typed(desk: Console) -> None:
    case = _cases(desk, "rate_over_limit")[0]
    refused = desk.browser("maria").post(f"/cases/{case}/close", outcome="found out why", which="all")
    assert (refused.status_code, "found out why" in refused.text, 'role="alert"' in refused.text) == (409, True, True)
    closed = desk.browser("maria").post(f"/cases/{case}/close", outcome="found out why", evidence="ticket 7")
    assert closed.status_code == 303


def test_a_review_is_opened_and_the_pages_say_it_in_chinese(desk: Console) -> None:
    maria = desk.browser("maria")
    opened = maria.post("/cases/review", what="access")
    assert (opened.status_code, "case=case_" in opened.headers["location"]) == (303, True)
    maria.http.cookies.set(gate.LANGUAGE, "zh")
    page = maria.get("/cases").text
    assert all(words in page for words in ("权限复核", "变更通知", "银行工作日", "等待银行"))
    assert not re.search(r"Waiting on a bank|banking days|Take it", page)


def test_no_page_shows_an_account_number(desk: Console) -> None:
    maria = desk.browser("maria")
    pages = [maria.get("/cases").text, maria.get("/cases.csv").text]
    pages += [maria.get(f"/cases/{case}").text for kind in ("notification_of_change",) for case in _cases(desk, kind)]
    assert not any(number in page for number in NUMBERS for page in pages)


def test_the_feed_holds_kinds_ids_and_last_days_and_nothing_else(desk: Console) -> None:
    token = _token(desk, "vera")
    answer = _feed(desk, token)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    events = {event["UID"]: event for event in events_of(answer.text)}
    with desk.desk.view() as ctx:
        due = {f"{row['id']}@ingather": row for row in cases.listed(ctx.session, state="open") if row["due_on"]}
    assert events.keys() == due.keys()
    for uid, event in events.items():
        assert event["DTSTART"] == due[uid]["due_on"].replace("-", "")
        assert re.fullmatch(r"[A-Z][a-z ]+, [a-z]+_[0-9A-Z]{13}", event["SUMMARY"])
    assert _token(desk, "maria") != token
    (misrouted,) = _cases(desk, "misrouted_return")
    moved = events[f"{misrouted}@ingather"]["URL"]
    assert moved == f"{HOST}/cases/{misrouted}"


def test_a_feed_ends_with_its_token_its_person_or_a_new_password(tmp_path: Path) -> None:
    console = returns_desk(tmp_path / "book")
    token = _token(console, "vera")
    for wrong in (token[:-1] + ("0" if token[-1] != "0" else "1"), "", "usr_1.2", token.split(".")[0] + "."):
        assert _feed(console, wrong).status_code == 404
    assert _feed(console, _token(console, "chen")).status_code == 200
    with console.desk.as_actor("user:ada").action() as ctx:
        user = ctx.session.scalars(select(User).where(User.name == "vera")).one()
        user.password_at = console.clock()
        ctx.audit("choose_password", "book", name="vera")
    assert _feed(console, token).status_code == 404
    token = _token(console, "vera")
    with console.desk.as_actor("user:ada").action() as ctx:
        user = ctx.session.scalars(select(User).where(User.name == "vera")).one()
        disable_user(ctx, user.id, reason="she left")
    assert _feed(console, token).status_code == 404


def test_a_list_of_many_goes_on_where_it_ended(desk: Console) -> None:
    vera = desk.browser("vera")
    with desk.desk.view() as ctx:
        listed = [row["id"] for row in cases.listed(ctx.session, state="open")]
        due = ctx.session.scalars(select(func.min(Case.due_on)).where(Case.state == "open")).one()
    place = f"{due}.{listed[0].removeprefix('case_')}"
    page = vera.get("/cases", after=place).text
    assert re.findall(r"&amp;case=(case_\w+)#case", page) == listed[1:]


def test_an_empty_book_says_so_calmly(tmp_path: Path) -> None:
    console = empty_desk(tmp_path / "book")
    vera = console.browser("vera")
    for address, words in (
        ("/cases", "No case is open."),
        ("/returns", "No debit has come back yet."),
        ("/returns/files", "No file has been made yet."),
        ("/changes", "No notice of change waits for a person."),
    ):
        page = vera.get(address)
        assert (page.status_code, words in page.text) == (200, True), address
    assert "No notice of change has come yet." in vera.get("/changes", which="all").text


def _feed(console: Console, token: str) -> Response:
    return console.browser().get("/cases.ics", feed=token)


def _token(console: Console, name: str) -> str:
    page = console.browser(name).get("/cases/feed")
    found = re.search(r'class="address">https://[^/]+/cases\.ics\?feed=([\w.]+)<', page.text)
    assert found is not None
    return found[1]
