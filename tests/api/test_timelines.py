"""An order explained: one timeline of calls, files, bank and ledger, in every state an order can be in."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from ingather.base.ids import Prefix, parse_public_id
from ingather.cli import app
from ingather.domain.users import BOUND
from ingather.store.tables import FileChunk
from ingather.vault.sealing import Place
from tests.api.office import Client, Front, open_front
from tests.journey.stage import MONDAY, TUESDAY, WEDNESDAY, Sale, Script, changed_terms, night, play, returned
from tests.red import red_account

pytestmark = pytest.mark.xdist_group("api-timelines")  # its book is made once

AMOUNT, REFERENCE, TRACE = [30, 39], [40, 54], [80, 94]


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Front:
    script = Script(fates={("B 001", 1): returned("R01"), ("B 002", 1): returned("R02")})
    front = open_front(
        tmp_path_factory.mktemp("lives"), [Sale(amount=4_000 + number) for number in range(5)], behaviour=script
    )
    client = front.client()
    client.post(f"/orders/{_id(client, 'b003')}/cancel", {"reason": "sent back"})
    client.post(f"/orders/{_id(client, 'b004')}/hold", {"reason": "asked for"})
    play(front.stage, MONDAY, TUESDAY, WEDNESDAY)
    return front


def _id(client: Client, name: str) -> str:
    found: str = client.get("/orders", external_id=name).json()["data"][0]["id"]
    return found


def _told(client: Client, name: str) -> dict[str, Any]:
    answer = client.get(f"/orders/{_id(client, name)}/timeline")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_every_order_is_explained_with_what_is_next(front: Front) -> None:
    client = front.client()
    told = {name: _told(client, name) for name in ("b000", "b001", "b002", "b003", "b004")}
    states = {name: each["order"]["state"] for name, each in told.items()}
    assert states == {"b000": "settled", "b001": "returned", "b002": "failed", "b003": "canceled", "b004": "open"}
    next_by = {name: each["next_steps"][-1]["who"] for name, each in told.items()}
    assert next_by == {"b000": "bank", "b001": "nobody", "b002": "nobody", "b003": "nobody", "b004": "merchant"}
    assert "presented again" in told["b001"]["next_steps"][-1]["sentence"]
    assert {"hold"} <= {each["kind"] for each in told["b000"]["deadlines"]}
    retry = next(each for each in told["b001"]["deadlines"] if each["kind"] == "retry")
    assert retry["rule"].startswith("clocks/retry-window")


def test_an_entry_is_shown_where_it_stands_in_its_file(front: Front) -> None:
    told = _told(front.client(), "b001")
    entry = next(each for each in told["data"] if each["kind"] == "entry")["evidence"]
    assert entry["columns"] == {"amount": AMOUNT, "identification_number": REFERENCE, "trace_number": TRACE}
    line = _sealed_line(front, entry["file"], entry["line"])
    assert line[39:54].strip() == told["order"]["id"].removeprefix("ord_").encode()
    assert line[29:39] == b"0000004001"
    assert line[79:94].decode() == entry["trace"]


def _sealed_line(front: Front, file: str, line: int) -> bytes:
    key = parse_public_id(Prefix.FILE, file)
    with front.stage.desk.view() as ctx:
        chunks = ctx.session.scalars(
            select(FileChunk.content).where(FileChunk.file_id == key).order_by(FileChunk.part)
        ).all()
        return ctx.vault.open_chunks(Place.FILE_BYTES, key, chunks).splitlines()[line - 1]


def test_calls_bank_records_ledger_and_approvals_stand_in_the_order_in_which_they_came(front: Front) -> None:
    told = _told(front.client(), "b001")["data"]
    kinds = [each["kind"] for each in told]
    assert kinds[0] == "recorded"
    assert {"entry", "fact", "bank", "ledger"} <= set(kinds)
    assert [each["at"] for each in told] == sorted(each["at"] for each in told)
    bank = next(each for each in told if each["kind"] == "bank" and "code" in each["evidence"])
    assert (bank["evidence"]["code"], bank["evidence"]["meaning"]) == ("R01", "insufficient_funds")
    assert bank["evidence"]["line"] > 0
    assert bank["evidence"]["report_name"]
    call = next(each for each in _told(front.client(), "b003")["data"] if each["kind"] == "call")
    assert call["actor"].startswith("key:")
    assert call["evidence"]["route"].endswith("/cancel")


def test_a_merchant_is_told_its_own_story_and_not_the_desks(front: Front) -> None:
    told = _told(front.client(BOUND, merchant="harbor"), "b001")["data"]
    assert not {"ledger", "approval"} & {each["kind"] for each in told}
    assert all(
        each["actor"] is None for each in told if each["kind"] == "fact" and "fil_" in str(each["evidence"]["about"])
    )


def test_no_account_number_is_in_it(front: Front) -> None:
    client = front.client()
    for number in range(5):
        text = client.get(f"/orders/{_id(client, f'b00{number}')}/timeline").text
        assert not any(red_account(each) in text for each in range(5))


def test_the_command_tells_the_same(front: Front) -> None:
    order = _id(front.client(), "b001")
    book = ["--book", str(front.stage.folder / "book.sqlite"), "--keys", str(front.stage.folder / "book.keys")]
    said = CliRunner().invoke(app, [*book, "order", "explain", order])
    assert said.exit_code == 0, said.output
    assert "The bank returned the entry: R01" in said.output
    assert "next, nobody" in said.output


def test_who_must_act_next_follows_the_order_on_its_way(tmp_path: Path) -> None:
    front = open_front(tmp_path, [Sale()], profile=changed_terms(auto_approve_under_cents=0))
    client = front.client()

    def next_by() -> tuple[str, str]:
        told = _told(client, "b000")
        return told["order"]["state"], told["next_steps"][-1]["who"]

    assert next_by() == ("open", "nobody")
    night(front.stage, MONDAY)
    assert next_by() == ("sealed", "approver")
    assert client.post(f"/orders/{_id(client, 'b000')}/cancel", {"reason": "too late"}).status_code == 409
