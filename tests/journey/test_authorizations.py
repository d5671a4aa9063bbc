"""What becomes of authorizations, on both engines: used once, revoked, suspended, expired, completed, replaced."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ingather.actions.authorizations.recording import revoke_authorization
from ingather.actions.authorizations.states import (
    activate_authorization,
    complete_authorization,
    judge_again,
    resume_authorization,
    supersede_authorization,
    suspend_authorization,
)
from ingather.actions.files.approval import approve_file, void_file
from ingather.actions.intake import Intake
from ingather.actions.orders import NewOrders, cancel_order, record_orders
from ingather.domain.refusals import WrongState
from ingather.jobs.rehearsal.stage import Stage, banking_days
from ingather.simulator.behaviour import FileFate
from ingather.store.reading import authorizations as reading
from ingather.store.tables import Account, Authorization, Fact, File
from tests.journey.stage import (
    EVIDENCE,
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    all_files,
    broken,
    changed_terms,
    night,
    order,
    order_key,
    play,
    record_again,
    returned,
    staged,
    states,
)

BY_HAND = changed_terms(auto_approve_under_cents=0)


def authorization(stage: Stage, external_id: str) -> Authorization:
    """Return an authorization as it stands."""
    with stage.desk.view() as ctx:
        found = ctx.session.scalars(select(Authorization).where(Authorization.external_id == external_id)).one()
        ctx.session.expunge_all()
        return found


def act(stage: Stage, do: Any, external_id: str, **more: Any) -> Any:  # noqa: ANN401 -- any action on an authorization
    """Do something to an authorization."""
    key = authorization(stage, external_id).id
    with stage.desk.as_actor("user:maria").action() as ctx:
        return do(ctx, key, **more)


def only_file(stage: Stage) -> int:
    """Return the key of the newest file."""
    with stage.desk.view() as ctx:
        return int(ctx.session.scalars(select(File.id).order_by(File.id.desc()).limit(1)).one())


def kinds_of(stage: Stage, external_id: str) -> list[str]:
    """Return the kinds of the facts in an authorization's history."""
    with stage.desk.view() as ctx:
        found = reading.shown(ctx.session, authorization(stage, external_id).id)
    assert found is not None
    return [fact["kind"] for fact in found["facts"]]


def test_a_single_authorization_is_used_up_by_the_debit_that_is_sealed(book_url: str, tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(kind="single"), Sale(kind="standing")], book=book_url)
    night(stage, MONDAY)
    used = authorization(stage, "b000")
    assert (used.state, used.ended_because, used.ended_on) == ("consumed", "consumed", TUESDAY)
    assert authorization(stage, "b001").state == "active"
    assert "consumed" in kinds_of(stage, "b000")
    assert "consumed" not in kinds_of(stage, "b001")
    record_again(stage, "b000", due=WEDNESDAY)
    night(stage, TUESDAY)
    assert order(stage, "b000-again")["reason"] == "authorization-consumed"
    assert broken(stage) == []


def test_of_two_orders_of_one_night_under_one_single_authorization_one_is_debited(
    book_url: str, tmp_path: Path
) -> None:
    stage = staged(tmp_path, [Sale(kind="single")], book=book_url)
    record_again(stage, "b000", due=TUESDAY)
    report = night(stage, MONDAY)
    assert report.refused == {"authorization-used": 1}
    assert sorted(states(stage).values()) == ["open", "submitted"]
    assert broken(stage) == []


def test_a_returned_debit_goes_on_under_its_used_authorization(book_url: str, tmp_path: Path) -> None:
    stage = staged(
        tmp_path, [Sale(kind="single")], behaviour=Script(fates={("B 000", 1): returned("R01")}), book=book_url
    )
    play(stage, *banking_days(MONDAY, 9))
    found = order(stage, "b000")
    assert (found["state"], found["presentations"]) == ("collected", 2)
    assert authorization(stage, "b000").state == "consumed"


def test_a_voided_file_gives_its_single_authorizations_back(book_url: str, tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(kind="single"), Sale(kind="single")], profile=BY_HAND, book=book_url)
    night(stage, MONDAY)
    act(stage, revoke_authorization, "b001", reason="the buyer called")
    with stage.desk.as_actor("user:maria").action() as ctx:
        void_file(ctx, only_file(stage), reason="wrong")
    freed = authorization(stage, "b000")
    assert (freed.state, freed.ended_on, freed.ended_because) == ("active", None, None)
    assert authorization(stage, "b001").state == "revoked"
    assert kinds_of(stage, "b000")[-1] in {"voided", "unconsumed"}
    night(stage, TUESDAY)
    assert authorization(stage, "b000").state == "consumed"
    assert broken(stage) == []


@pytest.mark.parametrize(
    "fate", [FileFate(rejected_for="BAD FILE"), FileFate(batch_reasons=((0, "BAD BATCH"),))], ids=["file", "batch"]
)
def test_what_the_bank_rejects_gives_its_single_authorizations_back(
    book_url: str, tmp_path: Path, fate: FileFate
) -> None:
    sales = [Sale(kind="single"), Sale(kind="single", merchant="summit")]
    stage = staged(tmp_path, sales, behaviour=Script(files={1: fate}), book=book_url)
    play(stage, MONDAY)
    assert order(stage, "b000")["state"] == "open"
    whole = bool(fate.rejected_for)
    assert [authorization(stage, name).state for name in ("b000", "b001")] == [
        "active",
        "active" if whole else "consumed",
    ]
    play(stage, TUESDAY)
    assert authorization(stage, "b000").state == "consumed"
    assert broken(stage) == []


def test_a_retry_that_never_reached_the_buyer_gives_nothing_back(book_url: str, tmp_path: Path) -> None:
    script = Script(fates={("B 000", 1): returned("R01")}, files={2: FileFate(rejected_for="BAD FILE")})
    stage = staged(tmp_path, [Sale(kind="single"), Sale(kind="single", due=FRIDAY)], behaviour=script, book=book_url)
    play(stage, *banking_days(MONDAY, 4))
    assert [row["entries"] for row in all_files(stage)] == [1, 2]
    assert states(stage) == {"b000": "returned", "b001": "open"}
    assert [authorization(stage, name).state for name in ("b000", "b001")] == ["consumed", "active"]
    assert broken(stage) == []


@pytest.mark.parametrize("suspended", [False, True])
def test_a_revocation_stops_the_next_send_also_of_a_suspended_one(
    book_url: str, tmp_path: Path, *, suspended: bool
) -> None:
    stage = staged(tmp_path, [Sale(), Sale()], profile=BY_HAND, book=book_url)
    night(stage, MONDAY)
    with stage.desk.as_actor("user:maria").action() as ctx:
        approve_file(ctx, only_file(stage))
    if suspended:
        act(stage, suspend_authorization, "b000", reason="the buyer asks")
    act(stage, revoke_authorization, "b000", reason="the buyer called")
    report = night(stage, MONDAY)
    assert len(report.voided) == 1
    assert order(stage, "b000")["reason"] == "authorization-revoked"
    ended = authorization(stage, "b000")
    assert (ended.ended_on, ended.ended_because) == (MONDAY, "revoked")


def test_a_suspended_authorization_waits_until_it_is_resumed(book_url: str, tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()], book=book_url)
    act(stage, suspend_authorization, "b000", reason="the buyer asks")
    night(stage, MONDAY)
    assert order(stage, "b000")["reason"] == "authorization-suspended"
    with pytest.raises(WrongState, match="only an active one is suspended"):
        act(stage, suspend_authorization, "b000", reason="again")
    act(stage, resume_authorization, "b000", reason="cleared up")
    with pytest.raises(WrongState, match="only a suspended one is resumed"):
        act(stage, resume_authorization, "b000", reason="again")
    act(stage, suspend_authorization, "b000", reason="the buyer asks again")
    act(stage, resume_authorization, "b000", reason="cleared up again")
    night(stage, TUESDAY)
    assert states(stage) == {"b000": "submitted"}


def test_an_authorization_expires_in_the_night_after_its_last_day(book_url: str, tmp_path: Path) -> None:
    sales = [Sale(due=FRIDAY, valid_to=TUESDAY), Sale(due=FRIDAY, valid_to=TUESDAY, statements=None), Sale(due=FRIDAY)]
    stage = staged(tmp_path, sales, book=book_url)
    night(stage, TUESDAY)
    assert authorization(stage, "b000").state == "active"
    night(stage, WEDNESDAY)
    ended = authorization(stage, "b000")
    assert (ended.state, ended.ended_on, ended.ended_because) == ("expired", TUESDAY, "expired")
    assert authorization(stage, "b001").state == "expired"
    assert authorization(stage, "b002").state == "active"
    night(stage, THURSDAY)
    assert order(stage, "b000")["reason"] == "authorization-expired"
    assert kinds_of(stage, "b000").count("expired") == 1


def test_a_draft_is_kept_debits_nothing_and_is_completed(book_url: str, tmp_path: Path) -> None:
    sale = Sale(channel="paper", evidence={"ip": "192.0.2.1"}, statements=("terms", "kind", "amount", "timing"))
    stage = staged(tmp_path, [sale, Sale()], book=book_url)
    draft = authorization(stage, "b000")
    wanted = ["receiver", "account", "date", "revocation", "signature"]
    assert (draft.state, sorted(draft.lacks or [])) == ("draft", sorted(wanted))
    night(stage, MONDAY)
    assert order(stage, "b000")["reason"] == "authorization-missing"
    with pytest.raises(WrongState, match="how the buyer revokes it"):
        act(stage, activate_authorization, "b000")
    assert act(stage, complete_authorization, "b000", evidence={"signature": "scans/1.pdf"}) == (
        "receiver", "account", "date", "revocation",
    )  # fmt: skip
    with pytest.raises(WrongState, match="never replaced"):
        act(stage, complete_authorization, "b000", evidence={"signature": "scans/2.pdf"})
    with pytest.raises(WrongState, match="none of the statements"):
        act(stage, complete_authorization, "b000", statements=["everything"])
    assert act(stage, complete_authorization, "b000", statements=wanted[:-1]) == ()
    assert authorization(stage, "b000").state == "active"
    with pytest.raises(WrongState, match="only one that lacks something"):
        act(stage, complete_authorization, "b000", evidence={"notice": "x"})
    night(stage, TUESDAY)
    assert states(stage) == {"b000": "submitted", "b001": "submitted"}
    assert "activated" in kinds_of(stage, "b000")


def test_a_newer_authorization_takes_over_the_orders_that_were_never_presented(book_url: str, tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale(), Sale(due=FRIDAY)], book=book_url)
    # The third becomes another authorization of the first one's buyer.
    first = authorization(stage, "b000")
    with stage.desk.action() as ctx:
        newer = ctx.session.get_one(Authorization, authorization(stage, "b002").id)
        newer.buyer_id = first.buyer_id
        newer_id = newer.id
    with pytest.raises(WrongState, match="of another buyer"):
        act(stage, supersede_authorization, "b001", by=newer_id, reason="another account")
    with pytest.raises(WrongState, match="the same one"):
        act(stage, supersede_authorization, "b000", by=first.id, reason="another account")
    assert act(stage, supersede_authorization, "b000", by=newer_id, reason="other account", move_orders=True) == 1
    ended = authorization(stage, "b000")
    assert (ended.state, ended.superseded_by, ended.ended_because) == ("superseded", newer_id, "superseded")
    with pytest.raises(WrongState, match="there is nothing to replace"):
        act(stage, supersede_authorization, "b000", by=newer_id, reason="again")
    night(stage, MONDAY)
    assert states(stage) == {"b000": "submitted", "b001": "submitted", "b002": "open"}


def test_without_moving_them_the_orders_say_that_their_authorization_was_replaced(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale(due=FRIDAY)])
    with stage.desk.action() as ctx:
        newer = ctx.session.get_one(Authorization, authorization(stage, "b001").id)
        newer.buyer_id = authorization(stage, "b000").buyer_id
        newer_id = newer.id
    assert act(stage, supersede_authorization, "b000", by=newer_id, reason="other account") == 0
    night(stage, MONDAY)
    assert order(stage, "b000")["reason"] == "authorization-superseded"


def test_an_account_that_turns_out_to_be_a_consumers_is_asked_for_what_consumers_must_be_told(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(holder="business", statements=None), Sale(holder="business")])
    assert [authorization(stage, name).state for name in ("b000", "b001")] == ["active", "active"]
    with stage.desk.action() as ctx:
        for account in ctx.session.scalars(select(Account)).all():
            account.holder = "consumer"
        ctx.session.flush()
        assert [judge_again(ctx, account.id) for account in ctx.session.scalars(select(Account)).all()] == [1, 0]
    assert authorization(stage, "b000").state == "suspended"
    with pytest.raises(WrongState, match="lacks"):
        act(stage, resume_authorization, "b000", reason="it is fine")
    said = ["terms", "kind", "amount", "timing", "receiver", "account", "date", "revocation"]
    assert act(stage, complete_authorization, "b000", statements=said) == ()
    act(stage, resume_authorization, "b000", reason="now it is")
    assert authorization(stage, "b000").state == "active"


def further(stage: Stage, *rows: tuple[str, date, int]) -> Intake:
    """Record further orders of b000's series: name, due date, amount."""
    with stage.desk.action() as ctx:
        return record_orders(
            ctx,
            stage.desk.originator_id(),
            NewOrders(
                external_id=[row[0] for row in rows],
                instalment=[1] * len(rows),
                merchant=["harbor"] * len(rows),
                authorization=["b000"] * len(rows),
                amount_minor=[row[2] for row in rows],
                due_on=[row[1] for row in rows],
                goods=[False] * len(rows),
            ),
        )


def test_a_series_takes_no_more_orders_than_it_has_debits(book_url: str, tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(kind="recurring", debits=3, max_amount=20_000)], book=book_url)
    found = further(stage, ("x", WEDNESDAY, 100), ("y", THURSDAY, 100), ("z", FRIDAY, 100), ("x", WEDNESDAY, 100))
    assert (found.new, found.same) == (2, 1)
    assert [(each.row, each.field) for each in found.refused] == [(2, "authorization")]
    with stage.desk.action() as ctx:
        cancel_order(ctx, order_key(stage, "x"), reason="came back")
    assert further(stage, ("z", FRIDAY, 100)).new == 1
    assert further(stage, ("w", FRIDAY, 100)).new == 0


def test_terms_of_the_amount_hold_for_every_debit(book_url: str, tmp_path: Path) -> None:
    fixed = Sale(amount=500, amount_terms="fixed", max_amount=500, kind="recurring")
    ranged = Sale(amount=500, min_amount=400, max_amount=600, kind="recurring")
    stage = staged(tmp_path, [fixed, ranged, Sale(amount=399, min_amount=400, max_amount=600)], book=book_url)
    further(stage, ("less", TUESDAY, 499), ("more", TUESDAY, 501))
    night(stage, MONDAY)
    assert states(stage) == {
        "b000": "submitted", "b001": "submitted", "b002": "open", "less": "open", "more": "open",
    }  # fmt: skip
    assert {name: order(stage, name)["reason"] for name in ("b002", "less", "more")} == {
        "b002": "amount-not-as-authorized", "less": "amount-not-as-authorized", "more": "amount-over-authorization",
    }  # fmt: skip


def test_evidence_of_every_kind_is_kept_as_it_came(book_url: str, tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()], book=book_url)
    found = authorization(stage, "b000")
    assert found.evidence == EVIDENCE
    assert len(found.statements or []) == 9
    with stage.desk.view() as ctx:
        facts = ctx.session.scalars(select(Fact).where(Fact.scope == "authorization")).all()
    assert facts == []
    assert found.valid_from + timedelta(days=0) == date(2026, 10, 1)
