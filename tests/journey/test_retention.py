"""Authorizations are kept for as long as they must be, then purged with a certificate, on both engines."""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ingather.actions.authorizations.proof import make_proof
from ingather.actions.authorizations.recording import NewAuthorizations, record_authorizations
from ingather.actions.authorizations.retention import Purge, purge_authorizations, set_legal_hold
from ingather.actions.authorizations.stopping import end_authorizations
from ingather.actions.cases import open_case
from ingather.actions.orders import cancel_order
from ingather.actions.rules import take_policy
from ingather.domain.cases import CaseKind
from ingather.domain.refusals import WrongState
from ingather.jobs.rehearsal.stage import Stage, banking_days
from ingather.store import audit
from ingather.store.tables import Authorization, Fact
from tests.journey.stage import MONDAY, Sale, at, order_key, play, staged

ENDED = date(2026, 11, 30)
TWO_YEARS = date(2028, 11, 30)
CLAIMS = date(2029, 2, 20)
"""Two years and 95 days after the only debit settled, on 17 November 2026."""


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return a stage in a SQLite book as others need it."""
    return ended(tmp_path, None)


@pytest.fixture
def either(book_url: str, tmp_path: Path) -> Stage:
    """Return the same stage in a book of either kind."""
    return ended(tmp_path, book_url)


def ended(tmp_path: Path, book: str | None) -> Stage:
    """Return a stage with b000 collected, b001 canceled and b002 still open, all revoked on 30 November 2026."""
    stage = staged(tmp_path, [Sale(), Sale(due=date(2027, 6, 1)), Sale(due=date(2027, 6, 1))], book=book)
    play(stage, *banking_days(MONDAY, 5))
    at(stage, ENDED)
    with stage.desk.action() as ctx:
        cancel_order(ctx, order_key(stage, "b001"), reason="came back")
        ids = list(ctx.session.scalars(select(Authorization.id)))
        end_authorizations(ctx, stage.desk.originator_id(), ids, because="the buyer left")
    return stage


def purge(stage: Stage, day: date, *, dry_run: bool = False) -> Purge | None:
    """Purge on a day."""
    at(stage, day)
    originator_id = stage.desk.originator_id()
    with stage.desk.as_actor("user:maria").action() as ctx:
        return purge_authorizations(ctx, originator_id, dry_run=dry_run)


def row(stage: Stage, external_id: str) -> Authorization:
    """Return an authorization as it stands."""
    with stage.desk.view() as ctx:
        found = ctx.session.scalars(select(Authorization).filter_by(external_id=external_id)).one()
        ctx.session.expunge_all()
        return found


def purged(stage: Stage) -> list[str]:
    """Return which authorizations have been purged."""
    with stage.desk.view() as ctx:
        return list(
            ctx.session.scalars(
                select(Authorization.external_id)
                .where(Authorization.purged_at.is_not(None))
                .order_by(Authorization.external_id),
            ),
        )


def certified(found: Purge | None) -> dict[str, Any]:
    """Return the certificate's content."""
    assert found is not None
    content: dict[str, Any] = json.loads(found.certificate)
    return content


def test_each_is_kept_to_its_last_day_and_what_still_moves_for_ever(either: Stage) -> None:
    stage = either
    assert purge(stage, TWO_YEARS) is None
    assert [each["external_id"] for each in certified(purge(stage, date(2028, 12, 1)))["authorizations"]] == ["b001"]
    assert purge(stage, CLAIMS) is None
    assert certified(purge(stage, date(2029, 2, 21)))["authorizations"][0]["external_id"] == "b000"
    assert purge(stage, date(2040, 1, 3)) is None
    assert purged(stage) == ["b000", "b001"]


def test_a_purge_takes_words_and_evidence_and_leaves_hash_skeleton_and_certificate(stage: Stage) -> None:
    before = row(stage, "b001")
    made = purge(stage, date(2028, 12, 1))
    after = row(stage, "b001")
    assert (after.text, after.evidence) == ("", {})
    assert after.text_sha256 == before.text_sha256 == hashlib.sha256(b"I authorize it.").digest()
    assert (after.state, after.kind, after.valid_from) == (before.state, before.kind, before.valid_from)
    content = certified(made)
    assert (content["purged_by"], content["purged_on"]) == ("user:maria", "2028-12-01")
    assert content["policy"] == {"id": "rehearsal", "version": 1, "years": 2}
    (told,) = content["authorizations"]
    evidence = json.dumps(before.evidence, sort_keys=True).encode()
    assert told["evidence_sha256"] == hashlib.sha256(evidence).hexdigest()
    assert told["rules"] == ["clocks/retention@2000-01-01"]
    assert (told["kept_until"], told["text_sha256"]) == ("2028-11-30", before.text_sha256.hex())
    assert "192.0.2" not in (made.certificate.decode() if made else "")
    with stage.desk.view() as ctx:
        (detail,) = ctx.session.scalars(select(Fact.detail).where(Fact.kind == "purged"))
        assert audit.first_fault(ctx.session) is None
    assert detail["certificate"] == (made.sha256 if made else "")
    with pytest.raises(WrongState, match="were purged"), stage.desk.action() as ctx:
        make_proof(ctx, before.id, order_key(stage, "b001"))


def test_a_dry_run_says_what_would_go_and_keeps_it(stage: Stage) -> None:
    found = purge(stage, date(2028, 12, 1), dry_run=True)
    assert found is not None
    assert len(found.ids) == 1
    assert purged(stage) == []


def test_a_legal_hold_keeps_whatever_its_days_until_it_ends(stage: Stage) -> None:
    with stage.desk.action() as ctx:
        set_legal_hold(ctx, row(stage, "b001").id, held=True, reason="a court asks")
    with pytest.raises(WrongState, match="already"), stage.desk.action() as ctx:
        set_legal_hold(ctx, row(stage, "b001").id, held=True, reason="a court asks")
    assert purge(stage, date(2028, 12, 1)) is None
    with stage.desk.action() as ctx:
        set_legal_hold(ctx, row(stage, "b001").id, held=False, reason="settled")
    assert purge(stage, date(2028, 12, 4)) is not None
    with pytest.raises(WrongState, match="purged"), stage.desk.action() as ctx:
        set_legal_hold(ctx, row(stage, "b001").id, held=True, reason="too late")


def test_an_open_case_about_an_order_keeps_its_authorization(stage: Stage) -> None:
    with stage.desk.action() as ctx:
        open_case(
            ctx, CaseKind.PROOF_OF_AUTHORIZATION, originator_id=stage.desk.originator_id(), once="1", subject="x",
            sentence="The bank asks.", order_id=order_key(stage, "b001"),
        )  # fmt: skip
    assert purge(stage, date(2028, 12, 1)) is None


def test_a_policy_keeps_longer(stage: Stage) -> None:
    with stage.desk.action() as ctx:
        take_policy(ctx, stage.desk.originator_id(), 'id = "ours"\nversion = 2\n[retention]\nyears = 7\n')
    assert purge(stage, date(2030, 1, 2)) is None
    assert len(certified(purge(stage, date(2033, 12, 1)))["authorizations"]) == 2


def test_a_purged_authorization_that_comes_again_is_the_same_one(stage: Stage) -> None:
    before = row(stage, "b001")
    purge(stage, date(2028, 12, 1))
    with stage.desk.action() as ctx:
        intake = record_authorizations(
            ctx,
            stage.desk.originator_id(),
            NewAuthorizations(
                external_id=["b001"], buyer=["b001"], account=["b001"], merchant=["harbor"], kind=[before.kind],
                channel=[before.channel], text=["I authorize it."], given_at=[before.given_at],
                evidence=[before.evidence], max_amount_minor=[None], valid_from=[before.valid_from],
                valid_to=[before.valid_to],
            ),
        )  # fmt: skip
    assert (intake.new, intake.same, intake.refused) == (0, 1, [])
    assert row(stage, "b001").text == ""
