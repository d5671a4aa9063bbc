"""Proof of authorization: the bank's request is a case with a clock, and one file answers it, on both engines."""

import hashlib
import re
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select, update

from ingather.actions.authorizations.proof import Proof, make_proof, note_proof_requested
from ingather.base.ids import Prefix, public_id
from ingather.domain.refusals import BrokenInvariant, NoSuch, WrongState
from ingather.jobs.rehearsal.stage import Stage, banking_days
from ingather.store import audit
from ingather.store.reading import cases
from ingather.store.tables import Authorization, Case, Fact, File, RuleSet
from tests.journey.stage import (
    EVIDENCE,
    MONDAY,
    NEXT_MONDAY,
    Sale,
    Script,
    at,
    night,
    order_key,
    play,
    returned,
    staged,
)
from tests.red import red_account

SCRIPT = "<script>alert('x')</script>"


class Listener:
    """Hears the tags and the text of a page, and what it would fetch."""

    def __init__(self, page: str) -> None:
        found = re.findall(r"<([a-z0-9]+)([^>]*)>", page)
        self.tags = [name for name, _ in found]
        self.outside = [words for _, words in found if re.search(r"\b(src|href|action|on\w+)\s*=", words)]
        self.words = unescape(re.sub(r"<[^>]*>", " ", page))


def authorization_key(stage: Stage, external_id: str = "b000") -> int:
    """Return an authorization's key."""
    with stage.desk.view() as ctx:
        return int(ctx.session.execute(select(Authorization.id).filter_by(external_id=external_id)).scalar_one())


def proof(stage: Stage, external_id: str = "b000", *, of: str = "b000") -> Proof:
    """Make the proof of an order."""
    with stage.desk.as_actor("user:maria").action() as ctx:
        return make_proof(ctx, authorization_key(stage, external_id), order_key(stage, of))


def test_one_file_holds_words_evidence_validation_order_entries_history_and_rules(
    book_url: str, tmp_path: Path
) -> None:
    sale = Sale(evidence=EVIDENCE | {"user_agent": SCRIPT})
    stage = staged(tmp_path, [sale, Sale()], behaviour=Script(fates={("B 000", 1): returned("R01")}), book=book_url)
    play(stage, *banking_days(MONDAY, 6))
    made = [proof(stage), proof(stage)]
    page = made[0].content.decode()
    heard = Listener(page)
    for said in (
        "I authorize it.",
        hashlib.sha256(b"I authorize it.").hexdigest(),
        "192.0.2.7",
        SCRIPT,
        "external",
        "123.45 USD",
        "presentation 1",
        "presentation 2",
        "RETRY PYMT",
        "returned",
        "consumer, ending in",
        "authorization_contents/WEB-any-statement-amount@2021-09-17",
        "clocks/proof-of-authorization@2000-01-01",
    ):
        assert said in heard.words, said
    assert len(re.findall(r"^6\d\d.{91}</pre>$", page, re.MULTILINE)) == 2
    assert len(re.findall(r"^5\d\d.{91}$", page, re.MULTILINE)) == 2
    # It needs nothing else, runs nothing, and shows no account number.
    assert ("script" in heard.tags, heard.outside, "url(" in page) == (False, [], False)
    assert (red_account(0) in page, f"*{red_account(0)[-4:]}" in page) == (False, True)
    with stage.desk.view() as ctx:
        facts = ctx.session.scalars(select(Fact).where(Fact.kind == "proof_made").order_by(Fact.seq)).all()
        assert [fact.detail["sha256"] for fact in facts] == [hashlib.sha256(each.content).hexdigest() for each in made]
        rows = ctx.session.get_one(RuleSet, facts[0].detail["rule_set"]).rows
        assert audit.first_fault(ctx.session) is None
    assert {"clocks/proof-of-authorization@2000-01-01", "entry_classes/consumer-online@2001-03-16"} <= set(rows)


def test_other_words_than_were_recorded_prove_nothing(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    with stage.desk.action() as ctx:
        ctx.session.execute(update(Authorization).values(text="I authorize everything."))
    with pytest.raises(BrokenInvariant, match="not the one that was recorded"):
        proof(stage)


def test_a_file_of_other_bytes_than_were_sealed_proves_nothing(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    night(stage, MONDAY)
    with stage.desk.action() as ctx:
        ctx.session.execute(update(File).values(sha256=bytes(32)))
    with pytest.raises(BrokenInvariant, match="not those that were sealed"):
        proof(stage)


def test_an_order_of_another_authorization_is_not_proven_by_this_one(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale()])
    with pytest.raises(WrongState, match="rests on another authorization"):
        proof(stage, "b001", of="b000")
    with pytest.raises(NoSuch, match="no order"), stage.desk.action() as ctx:
        make_proof(ctx, authorization_key(stage), 12)
    with pytest.raises(NoSuch, match="no authorization"), stage.desk.action() as ctx:
        make_proof(ctx, 12, order_key(stage, "b000"))


def test_an_order_that_was_never_sent_is_proven_without_entries(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    assert "None was made." in Listener(proof(stage).content.decode()).words


def test_the_banks_request_is_a_case_due_in_ten_banking_days_however_often_it_is_told(
    book_url: str, tmp_path: Path
) -> None:
    stage = staged(tmp_path, [Sale()], book=book_url)
    at(stage, NEXT_MONDAY)
    for _ in range(2):
        with stage.desk.as_actor("user:maria").action() as ctx:
            due_on = note_proof_requested(ctx, authorization_key(stage), order_key(stage, "b000"), on=MONDAY)
        # Thanksgiving on the 26th is no banking day.
        assert due_on == date(2026, 12, 1)
    with stage.desk.view() as ctx:
        (case,) = cases.listed(ctx.session, state="open")
        assert ctx.session.scalars(select(Case.order_id)).one() == order_key(stage, "b000")
        told = ctx.session.execute(select(Fact.on_date, Fact.detail).where(Fact.kind == "proof_requested")).one()
    assert (case["kind"], case["due_on"], case["owner"]) == ("proof_of_authorization", "2026-12-01", "compliance")
    assert case["subject"] == public_id(Prefix.AUTHORIZATION, authorization_key(stage))
    assert (told.on_date, told.detail["due_on"]) == (MONDAY, "2026-12-01")
    with pytest.raises(WrongState, match="still to come"), stage.desk.action() as ctx:
        note_proof_requested(ctx, authorization_key(stage), order_key(stage, "b000"), on=date(2027, 1, 4))
