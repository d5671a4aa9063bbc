"""Recording what buyers agreed to: known once, never rewritten, a draft where something is lacking."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ingather.actions.authorizations.recording import NewAuthorizations, record_authorizations
from ingather.actions.authorizations.states import complete_authorization
from ingather.actions.authorizations.stopping import end_authorizations
from ingather.actions.intake import Intake
from ingather.jobs.rehearsal.stage import Stage
from ingather.rules.authorizations import ALL_STATEMENTS
from ingather.store.tables import Authorization, Fact
from tests.journey.stage import EVIDENCE, MONDAY, Sale, fingerprint, staged

ROW: dict[str, Any] = {
    "external_id": "new", "buyer": "b000", "account": "b000", "merchant": "harbor", "kind": "recurring",
    "channel": "online", "text": "I authorize it.", "given_at": datetime(2026, 10, 1, 16, tzinfo=UTC),
    "evidence": EVIDENCE, "max_amount_minor": 9_000, "valid_from": date(2026, 10, 1), "valid_to": None,
    "text_version": "7", "locale": "en-US", "statements": ALL_STATEMENTS, "amount_terms": "range",
    "min_amount_minor": 100, "every": "month", "debits": 12,
}  # fmt: skip


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return a stage on which somebody bought something."""
    return staged(tmp_path, [Sale()])


def recorded(stage: Stage, *rows: dict[str, Any]) -> Intake:
    """Record authorizations that differ from the usual one in what each row says."""
    full = [ROW | row for row in rows]
    with stage.desk.action() as ctx:
        new = NewAuthorizations(**{name: [row[name] for row in full] for name in ROW})
        return record_authorizations(ctx, stage.desk.originator_id(), new)


def kept(stage: Stage, external_id: str = "new") -> Authorization:
    """Return an authorization as it stands."""
    with stage.desk.view() as ctx:
        found = ctx.session.scalars(select(Authorization).filter_by(external_id=external_id)).one()
        ctx.session.expunge_all()
        return found


def test_everything_that_was_agreed_is_kept(stage: Stage) -> None:
    assert recorded(stage, {}).new == 1
    found = kept(stage)
    assert (found.state, found.lacks, found.text_version, found.locale) == ("active", [], "7", "en-US")
    assert (found.amount_terms, found.min_amount_minor, found.every, found.debits) == ("range", 100, "month", 12)
    assert found.statements == sorted(ALL_STATEMENTS)


def test_the_same_again_changes_nothing(stage: Stage) -> None:
    recorded(stage, {})
    before = fingerprint(stage)
    silent = dict.fromkeys(
        ("text_version", "locale", "statements", "amount_terms", "min_amount_minor", "every", "debits")
    )
    found = recorded(stage, {}, silent)
    assert (found.new, found.same, found.refused, found.told) == (0, 2, [], [])
    assert fingerprint(stage) == before


@pytest.mark.parametrize(
    "change",
    [
        {"text": "I authorize more."}, {"evidence": EVIDENCE | {"ip": "192.0.2.8"}},
        {"evidence": EVIDENCE | {"notice": "n"}},
        {"text_version": "8"}, {"locale": "es-US"}, {"amount_terms": "varying", "min_amount_minor": None},
        {"min_amount_minor": 200}, {"every": "week"}, {"debits": 11}, {"max_amount_minor": 8_000},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_other_content_under_a_known_name_is_refused(stage: Stage, change: dict[str, Any]) -> None:
    recorded(stage, {})
    found = recorded(stage, change)
    assert [each.field for each in found.refused] == ["external_id"]
    assert (found.new, found.same) == (0, 0)


def test_what_lacks_something_is_a_draft_and_told_with_what_it_lacks(stage: Stage) -> None:
    found = recorded(stage, {"statements": ("terms",)}, {"external_id": "bare", "evidence": {}})
    assert (found.new, [(each.row, each.field) for each in found.told]) == (2, [(0, "evidence"), (1, "evidence")])
    assert "how the buyer revokes it with us" in found.told[0].message
    assert [kept(stage, name).state for name in ("new", "bare")] == ["draft", "draft"]


def test_a_completed_draft_is_still_the_one_that_was_recorded(stage: Stage) -> None:
    lacking = {"statements": None, "evidence": {"ip": "192.0.2.7"}}
    recorded(stage, lacking)
    with stage.desk.action() as ctx:
        evidence = {"user_agent": "Browser/1.0"}
        assert complete_authorization(ctx, kept(stage).id, evidence=evidence, statements=ALL_STATEMENTS) == ()
    found = recorded(stage, lacking)
    assert (found.new, found.same, found.refused, found.told) == (0, 1, [], [])
    assert kept(stage).state == "active"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"statements": ("terms", "everything")}, "statements"),
        ({"amount_terms": "fixed"}, "amount_terms"),
        ({"min_amount_minor": 9_001}, "amount_terms"),
        ({"kind": "standing"}, "every"),
        ({"kind": "single", "every": None}, "debits"),
    ],
)
def test_what_cannot_be_is_refused(stage: Stage, change: dict[str, Any], field: str) -> None:
    assert [each.field for each in recorded(stage, change).refused] == [field]


def test_a_return_that_ends_an_authorization_is_why_it_ended_and_a_second_one_changes_nothing(stage: Stage) -> None:
    with stage.desk.action() as ctx:
        for _ in range(2):
            end_authorizations(ctx, stage.desk.originator_id(), [kept(stage, "b000").id], because="R10")
    found = kept(stage, "b000")
    assert (found.state, found.ended_because) == ("revoked", "R10")
    assert found.ended_on is not None
    assert found.ended_on < MONDAY
    with stage.desk.view() as ctx:
        assert len(ctx.session.scalars(select(Fact).where(Fact.kind == "revoked")).all()) == 1
