"""Approvals: a second person decides about exactly these bytes, and the maker sees why he cannot."""

import csv
import re
from io import StringIO

import pytest
from sqlalchemy import select, update

from ingather.base.ids import Prefix, parse_public_id, public_id
from ingather.domain.files import FileState
from ingather.domain.refusals import BrokenInvariant
from ingather.jobs.night.run import run_night
from ingather.jobs.transmit import send_approved
from ingather.store.tables import Approval, AuditRecord, Entry, Fact, File, Order
from tests.console.front import Console


def _file(console: Console, state: FileState) -> File:
    with console.desk.view() as ctx:
        found = ctx.session.scalars(select(File).where(File.state == state).order_by(File.id.desc())).first()
        assert found is not None
        ctx.session.expunge(found)
    return found


def _address(file: File) -> str:
    return f"/approvals/{public_id(Prefix.FILE, file.id)}"


def _state(console: Console, file: File) -> str:
    with console.desk.view() as ctx:
        return str(ctx.session.scalar(select(File.state).where(File.id == file.id)))


def _verbs(console: Console, file: File) -> list[str]:
    with console.desk.view() as ctx:
        subject = public_id(Prefix.FILE, file.id)
        statement = select(AuditRecord.verb).where(AuditRecord.subject == subject).order_by(AuditRecord.seq)
        return list(ctx.session.scalars(statement))


def test_the_queue_shows_what_waits_and_until_when(shown: Console) -> None:
    nadia = shown.browser("nadia")
    page = nadia.get("/approvals").text
    waiting, approved = _file(shown, FileState.SEALED), _file(shown, FileState.APPROVED)
    assert "Read and approve" in page
    assert "min left" in page
    rows = list(csv.DictReader(StringIO(nadia.get("/approvals.csv").text)))
    assert {row["file"]: row["state"] for row in rows} == {waiting.name: "sealed", approved.name: "approved"}
    assert {row["sha256"] for row in rows} == {waiting.sha256.hex(), approved.sha256.hex()}
    assert "Payouts" in page


def test_the_plan_stands_beside_the_bytes(shown: Console) -> None:
    nadia, file = shown.browser("nadia"), _file(shown, FileState.SEALED)
    page = nadia.get(_address(file)).text
    assert re.findall(r"<span>([0-9a-f]{8})</span>", page) == [file.sha256.hex()[at : at + 8] for at in range(0, 64, 8)]
    rows = list(csv.DictReader(StringIO(nadia.get(f"{_address(file)}/plan.csv").text)))
    assert sum(int(row["orders"]) for row in rows) == sum(int(row["entries"]) for row in rows) == file.entries
    assert sum(float(row["orders amount"]) for row in rows) * 100 == file.debit_cents
    assert nadia.get(f"/files/{public_id(Prefix.FILE, file.id)}/plan").status_code == 303
    against = nadia.get(f"/files/{public_id(Prefix.FILE, file.id)}/against")
    assert "By merchant and class" in against.text


def test_a_second_person_approves_the_bytes_that_were_read(console: Console) -> None:
    nadia, file = console.browser("nadia"), _file(console, FileState.SEALED)
    sent = {"reason": "the plan and the bytes agree", "code": nadia.code()}
    other = nadia.post(f"{_address(file)}/approve", sent, sha256="0" * 64)
    assert other.status_code == 409
    assert "the plan and the bytes agree" in other.text
    assert _state(console, file) == FileState.SEALED
    done = nadia.post(f"{_address(file)}/approve", sent | {"code": nadia.code()}, sha256=file.sha256.hex())
    assert done.status_code == 303
    assert _state(console, file) == FileState.APPROVED
    assert _verbs(console, file)[-1] == "approve_file"
    assert "Approved by nadia" in nadia.get(_address(file)).text
    again = nadia.post(f"{_address(file)}/approve", sent | {"code": nadia.code()}, sha256=file.sha256.hex())
    assert again.status_code == 409
    assert _verbs(console, file).count("approve_file") == 1


def test_no_code_no_reason_no_approval(console: Console) -> None:
    nadia, file = console.browser("nadia"), _file(console, FileState.SEALED)
    fields = {"sha256": file.sha256.hex(), "reason": "read"}
    assert nadia.post(f"{_address(file)}/approve", fields).status_code in {401, 403}
    assert nadia.post(f"{_address(file)}/approve", fields | {"reason": " ", "code": nadia.code()}).status_code == 422
    assert _state(console, file) == FileState.SEALED


def test_who_made_a_file_sees_why_another_decides(console: Console) -> None:
    file = _file(console, FileState.SEALED)
    maria, vera = console.browser("maria"), console.browser("vera")
    for somebody in (maria, vera):
        page = somebody.get(_address(file)).text
        assert "disabled" in page
        assert f"{_address(file)}/approve" not in page
        sent = {"sha256": file.sha256.hex(), "reason": "mine", "code": somebody.code()}
        assert somebody.post(f"{_address(file)}/approve", sent).status_code == 403
    with console.desk.action() as ctx:
        ctx.session.execute(update(File).where(File.id == file.id).values(maker="user:nadia"))
    nadia = console.browser("nadia")
    assert "You made this file" in nadia.get(_address(file)).text
    sent = {"sha256": file.sha256.hex(), "reason": "mine", "code": nadia.code()}
    assert nadia.post(f"{_address(file)}/approve", sent).status_code == 403
    assert _state(console, file) == FileState.SEALED


def test_an_approval_is_taken_back_until_the_file_is_sent(console: Console) -> None:
    nadia, file = console.browser("nadia"), _file(console, FileState.APPROVED)
    assert nadia.post(f"{_address(file)}/withdraw", reason="too early").status_code == 303
    assert _state(console, file) == FileState.SEALED
    assert _verbs(console, file)[-1] == "withdraw_approval"
    page = nadia.get(_address(file)).text
    assert "An approval was taken back by nadia" in page
    assert "Approved by nadia" not in page
    assert send_approved(console.desk.as_actor("system:night")).sent == []
    # The policy would approve it at the next run: what a person took back only a person gives again.
    run_night(console.desk.as_actor("system:night"))
    assert _state(console, file) == FileState.SEALED
    console.clock.ahead += console.clock.ahead.resolution
    sent = {"sha256": file.sha256.hex(), "reason": "now it is time", "code": nadia.code()}
    assert nadia.post(f"{_address(file)}/approve", sent).status_code == 303
    with console.desk.view() as ctx:
        kinds = ctx.session.scalars(
            select(Fact.kind).where(Fact.scope == "file", Fact.subject_id == file.id).order_by(Fact.seq)
        ).all()
    assert [kind for kind in kinds if kind in {"approved", "withdrawn"}] == ["approved", "withdrawn", "approved"]
    assert len(send_approved(console.desk.as_actor("system:night")).sent) == 1
    late = nadia.post(f"{_address(file)}/withdraw", reason="too late")
    assert late.status_code == 409
    assert _state(console, file) == FileState.TRANSMITTED


def test_a_refused_file_is_voided_and_its_successor_needs_its_own_approval(console: Console) -> None:
    nadia, file = console.browser("nadia"), _file(console, FileState.SEALED)
    with console.desk.view() as ctx:
        order_id = ctx.session.scalar(select(Entry.order_id).where(Entry.file_id == file.id).order_by(Entry.line))
        name = ctx.session.scalar(select(Order.external_id).where(Order.id == order_id))
    assert nadia.post(f"{_address(file)}/refuse", reason="one order is wrong").status_code == 303
    assert _state(console, file) == FileState.VOIDED
    with console.desk.action() as ctx:
        ctx.session.execute(update(Order).where(Order.id == order_id).values(held=True, version=Order.version + 1))
    run_night(console.desk.as_actor("system:night"))
    page = nadia.get(_address(file)).text
    assert "its approvals are gone with it" in page
    assert "one order is wrong" in page
    found = re.search(r'href="/approvals/(fil_\w+)">Its orders are in', page)
    assert found is not None
    successor = nadia.get(f"/files/{found[1]}/against", other=public_id(Prefix.FILE, file.id)).text
    assert "1 left out, 0 added, 0 with another amount" in successor
    assert f">{name}</a>" in successor
    assert parse_public_id(Prefix.FILE, found[1]) != file.id


def test_an_approval_of_other_bytes_is_none(console: Console) -> None:
    file = _file(console, FileState.APPROVED)
    with console.desk.action() as ctx:
        ctx.session.execute(update(File).where(File.id == file.id).values(sha256=bytes(32)))
    with pytest.raises(BrokenInvariant, match="not those that were sealed"):
        send_approved(console.desk.as_actor("system:night"))
    assert _state(console, file) == FileState.APPROVED


def test_the_policy_of_the_night_still_approves_what_nobody_took_back(console: Console) -> None:
    file = _file(console, FileState.SEALED)
    run_night(console.desk.as_actor("system:night"))
    assert _state(console, file) == FileState.TRANSMITTED
    with console.desk.as_actor("user:nadia").action() as ctx:
        assert ctx.session.scalars(select(Approval.checker).where(Approval.file_id == file.id)).all() == [
            "policy:auto-approve-under"
        ]


def test_the_chinese_pages_have_no_english_of_their_own(shown: Console) -> None:
    nadia = shown.browser("nadia")
    nadia.http.cookies.set("__Host-ingather-language", "zh")
    for address in ("/approvals", _address(_file(shown, FileState.SEALED))):
        page = nadia.get(address).text
        main = page[page.index("<main") :]
        for english in ("Approve", "Files that wait", "Decided last", "Planned", "Entries beside", "Limit<", "Checks"):
            assert english not in main, english
