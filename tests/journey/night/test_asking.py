"""What the ODFI is asked goes out once, as a text and a sheet, whatever dies and whenever."""

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from ingather.actions.odfi_requests import answer_request, ask_odfi, withdraw_request
from ingather.actions.returns.requests import consent_to_late_return, request_return
from ingather.base.ids import Prefix, encode_key, public_id
from ingather.domain.refusals import BookRestored, NoSuch, WrongState
from ingather.domain.returns import OdfiRequestKind
from ingather.gateway.channel import Channel, ChannelUnreachable
from ingather.jobs.desk import BankRoute
from ingather.jobs.rehearsal.stage import Stage
from ingather.jobs.request_papers import COLUMNS
from ingather.jobs.requests import send_requests
from ingather.store.reading import requests
from ingather.store.tables import Book, OdfiRequest, Return
from tests.journey.stage import (
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    at,
    at_the_bank,
    changed_terms,
    night,
    order_key,
    play,
    returned,
    staged,
)
from tests.journey.told import change_key, change_policy, changes, notified
from tests.red import red_account

STEM = "REQ-20261119"


def asked(folder: Path, *, profile: str | None = None) -> Stage:
    """Return a stage on Thursday evening on which the ODFI is asked for the return of the first of two debits."""
    stage = staged(folder, [Sale(amount=12_345), Sale(amount=500)], profile=profile)
    night(stage, MONDAY)
    at(stage, THURSDAY)
    wrong_buyer(stage, "b000")
    return stage


def disputed(folder: Path, *, book: str | None = None) -> Stage:
    """Return a stage on Thursday evening whose one return the ODFI is asked to dishonor."""
    script = Script(fates={("B 000", 1): returned("R01")})
    stage = staged(folder, [Sale(amount=12_345), Sale(amount=500)], behaviour=script, book=book)
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    at(stage, THURSDAY)
    dishonor(stage)
    return stage


def wrong_buyer(stage: Stage, name: str) -> None:
    with stage.desk.action() as ctx:
        request_return(ctx, order_key(stage, name), reason="the wrong buyer")


def dishonor(stage: Stage, *, reason: str = "it came too late") -> int:
    with stage.desk.as_actor("user:ada").action() as ctx:
        found = ctx.session.scalars(select(Return)).one()
        return ask_odfi(
            ctx, OdfiRequestKind.DISHONOUR, originator_id=found.originator_id, about_id=found.id, code="R68",
            reason=reason, due_on=date(2026, 11, 23), entry_id=found.entry_id, order_id=found.order_id,
        )  # fmt: skip


def papers(stage: Stage) -> dict[str, bytes]:
    return {name: data for name, data in at_the_bank(stage).items() if name.startswith("REQ-")}


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def states(stage: Stage) -> list[str]:
    with stage.desk.view() as ctx:
        return [row["state"] for row in requests.listed(ctx.session, today=ctx.today)]


def test_a_request_goes_out_with_the_night_as_a_text_and_a_sheet(tmp_path: Path, book_url: str) -> None:
    stage = disputed(tmp_path, book=book_url)
    report = night(stage, THURSDAY)
    assert (report.requests, report.did, states(stage)) == ([f"{STEM}-1"], "something", ["sent"])
    assert set(papers(stage)) == {f"{STEM}-1.txt", f"{STEM}-1.csv"}
    (row,) = rows(papers(stage)[f"{STEM}-1.csv"])
    with stage.desk.view() as ctx:
        found, request = ctx.session.scalars(select(Return)).one(), ctx.session.scalars(select(OdfiRequest)).one()
        assert tuple(row) == COLUMNS
        assert row == {
            "request": public_id(Prefix.REQUEST, request.id), "kind": "dishonour", "code": "R68",
            "company_id": "1845550101", "original_trace": f"{found.original_trace:015d}",
            "return_trace": f"{found.return_trace:015d}", "amount_cents": "12345", "return_code": "R01",
            "return_settled_on": "2026-11-18", "change_code": "", "change_trace": "",
            "reference": encode_key(found.order_id or 0), "reply_by": "2026-11-23", "reason": "it came too late",
        }  # fmt: skip
        assert (request.document, request.sent_at) == (f"{STEM}-1", ctx.now)
    text = papers(stage)[f"{STEM}-1.txt"].decode()
    for said in (
        "please dishonor this return as R68 (Untimely Return).", "From: Marketplace", "123.45 USD",
        "Why: it came too late", "5 banking days after settlement of the return", "by 2026-11-23",
        "Nacha Operating Rules, Appendix Four",
    ):  # fmt: skip
        assert said in text, said
    assert night(stage, THURSDAY).requests == []
    assert send_requests(stage.desk) == []
    assert len(papers(stage)) == 2


def test_every_kind_is_asked_and_no_account_number_goes_with_it(tmp_path: Path) -> None:
    stage = disputed(tmp_path)
    change_policy(stage, "C01")
    notified(stage, "C01", red_account(9), about="b001")
    unmatched = notified(stage, "C02", "091000019", reference="", trace=231380100000099)
    assert unmatched.unmatched == 1
    with stage.desk.action() as ctx:
        key = order_key(stage, "b001")
        request_return(ctx, key, reason="=SUM(A1)\nthe wrong buyer")
        returned_id = ctx.session.scalars(select(Return.id)).one()
        for kind, about, code in (
            (OdfiRequestKind.REFUSE_CHANGE, change_key(changes(stage)[0]), "C68"),
            (OdfiRequestKind.REFUSE_CHANGE, change_key(changes(stage)[1]), "C61"),
            (OdfiRequestKind.STATEMENT_COPY, returned_id, None),
        ):
            ask_odfi(ctx, kind, originator_id=1, about_id=about, code=code, reason="so it is", due_on=None)
    night(stage, THURSDAY)
    sheet = rows(papers(stage)[f"{STEM}-1.csv"])
    assert [row["kind"] for row in sheet] == [
        "dishonour", "return_requested", "refuse_change", "refuse_change", "statement_copy",
    ]  # fmt: skip
    assert [row["change_code"] for row in sheet] == ["", "", "C01", "C02", ""]
    assert sheet[1]["reason"] == "'=SUM(A1) the wrong buyer"
    assert sheet[3]["original_trace"] == "231380100000099"
    text = papers(stage)[f"{STEM}-1.txt"].decode()
    assert "please refuse this notification of change as C61 (Misrouted notification of change)." in text
    both = b"".join(papers(stage).values()).decode()
    assert not any(red_account(number) in both for number in (0, 1, 9))
    assert states(stage) == ["sent"] * 5


def test_a_consent_to_a_late_return_is_told(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(holder="business")])
    play(stage, MONDAY)
    with stage.desk.action() as ctx:
        consent_to_late_return(ctx, order_key(stage, "b000"), reason="the bank asked")
    night(stage, TUESDAY)
    (text,) = (data.decode() for name, data in papers(stage).items() if name.endswith(".txt"))
    assert "we agree that the receiving bank returns this debit late." in text


class _Killed(BaseException):
    """The machine dies."""


def dying(stage: Stage, step: str) -> Callable[..., None]:
    def tell(told: str, **_: object) -> None:
        if told == step:
            object.__setattr__(stage.desk, "tell", lambda *_, **__: None)
            raise _Killed

    return tell


@pytest.mark.parametrize("step", ["request_laid", "request_intent", "request_published", "request_sent"])
@pytest.mark.parametrize("bank", ["leaves", "collects"])
def test_whatever_dies_a_request_goes_out_once(tmp_path: Path, step: str, bank: str) -> None:
    stage = asked(tmp_path)
    object.__setattr__(stage.desk, "tell", dying(stage, step))
    with pytest.raises(_Killed):
        night(stage, THURSDAY)
    seen = dict(papers(stage))
    if bank == "collects":
        for name in seen:
            if not name.endswith(".part"):
                (stage.outbound / name).unlink()
    again = send_requests(stage.desk)
    assert (states(stage), again != []) == (["sent"], step != "request_sent")
    everything = seen | papers(stage)
    final = {name for name in everything if not name.endswith(".part")}
    number = 2 if step == "request_laid" else 1
    assert final == {f"{STEM}-{number}.txt", f"{STEM}-{number}.csv"}
    assert not any(name.endswith(".part") for name in papers(stage))
    assert send_requests(stage.desk) == []


def test_a_bank_that_takes_temporary_names_too_gets_it_once(tmp_path: Path) -> None:
    stage = asked(tmp_path, profile=changed_terms(collects_only_final_names=False, requests__name="ASK"))
    night(stage, THURSDAY)
    laid = [name for name in at_the_bank(stage) if name.startswith("ASK-")]
    assert laid == ["ASK-20261119-1.csv", "ASK-20261119-1.txt"]
    assert states(stage) == ["sent"]


def test_a_request_taken_back_while_its_document_is_laid_is_not_in_it(tmp_path: Path) -> None:
    stage = asked(tmp_path)
    wrong_buyer(stage, "b001")
    with stage.desk.view() as ctx:
        first = ctx.session.scalars(select(OdfiRequest.id).order_by(OdfiRequest.id)).first()

    def take_back(step: str, **_: object) -> None:
        if step == "request_laid" and states(stage) == ["asked", "asked"]:
            with stage.desk.action() as ctx:
                withdraw_request(ctx, first or 0, reason="it stands")

    object.__setattr__(stage.desk, "tell", take_back)
    assert night(stage, THURSDAY).requests == [f"{STEM}-2"]
    assert [row["amount_cents"] for row in rows(papers(stage)[f"{STEM}-2.csv"])] == ["500"]
    assert set(papers(stage)) == {f"{STEM}-2.txt", f"{STEM}-2.csv"}
    assert states(stage) == ["withdrawn", "sent"]


def test_a_bank_that_does_not_answer_stops_no_night_and_is_asked_with_the_next(tmp_path: Path) -> None:
    stage = asked(tmp_path)
    open_channel = stage.desk.open_channel

    def silent(route: BankRoute, mark: str) -> Channel:
        channel = open_channel(route, mark)
        publish = channel.publish

        def unanswered(name: str) -> None:
            publish(name)
            if name.startswith("REQ-"):
                raise ChannelUnreachable(name=name, doing="publish", why="the wire")

        object.__setattr__(channel, "publish", unanswered)
        return channel

    object.__setattr__(stage.desk, "open_channel", silent)
    report = night(stage, THURSDAY)
    assert (report.requests, states(stage)) == ([], ["asked"])
    with pytest.raises(WrongState, match=f"on its way in {STEM}-1"), stage.desk.action() as ctx:
        withdraw_request(ctx, ctx.session.scalars(select(OdfiRequest.id)).one(), reason="no")
    object.__setattr__(stage.desk, "open_channel", open_channel)
    assert send_requests(stage.desk) == [f"{STEM}-1"]
    assert set(papers(stage)) == {f"{STEM}-1.txt", f"{STEM}-1.csv"}


def test_a_name_is_never_used_again_and_a_request_past_its_day_is_shown(tmp_path: Path) -> None:
    stage = asked(tmp_path)
    assert send_requests(stage.desk) == [f"{STEM}-1"]
    at(stage, date(2026, 11, 24))
    wrong_buyer(stage, "b001")
    with stage.desk.action() as ctx:
        first, late = ctx.session.scalars(select(OdfiRequest).order_by(OdfiRequest.id))
        answer_request(ctx, first.id, on=ctx.today, outcome="returned")
        late.due_on = date(2026, 11, 23)
    with stage.desk.view() as ctx:
        assert [row["overdue"] for row in requests.listed(ctx.session, today=ctx.today)] == [False, True]
    assert send_requests(stage.desk) == ["REQ-20261124-1"]
    with pytest.raises(NoSuch), stage.desk.action() as ctx:
        answer_request(ctx, 1, on=ctx.today, outcome="none")


def test_a_restored_book_asks_nothing(tmp_path: Path) -> None:
    stage = asked(tmp_path)
    with stage.desk.action() as ctx:
        ctx.session.get_one(Book, 1).state = "restored"
    with pytest.raises(BookRestored):
        send_requests(stage.desk)
    assert papers(stage) == {}
