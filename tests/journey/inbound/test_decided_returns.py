"""What each return leads to on a real book: what stops, what follows, what a person is asked, what never happens."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ingather.actions.accounts import NewAccounts, record_accounts
from ingather.actions.order_decisions import correct_order
from ingather.actions.reconciliation.feeds import close_and_release
from ingather.actions.returns.requests import consent_to_late_return, request_return
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.refusals import WrongState
from ingather.jobs.rehearsal.stage import Stage, banking_days
from ingather.simulator.behaviour import Fate
from ingather.simulator.state import Kind
from ingather.store.reading import cases, returns
from tests.journey.answers import bank_days, of_kind, returns_and_reports
from tests.journey.stage import (
    MONDAY,
    NEXT_MONDAY,
    THURSDAY,
    WEDNESDAY,
    Sale,
    Script,
    broken,
    deliver,
    night,
    open_cases,
    order,
    order_key,
    play,
    record_again,
    returned,
    staged,
    states,
)
from tests.red import red_account

BUSINESS = Sale(holder="business")


def played(folder: Path, sales: list[Sale], *fates: Fate, days: int = 4, book: str | None = None) -> Stage:
    """Return a stage on which the n-th buyer's first debit came back with the n-th fate."""
    script = Script(fates={(f"B {number:03d}", 1): fate for number, fate in enumerate(fates)})
    stage = staged(folder, sales, behaviour=script, book=book)
    play(stage, *banking_days(MONDAY, days))
    return stage


def rows(stage: Stage, statement: str) -> list[tuple[Any, ...]]:
    with stage.desk.view() as ctx:
        return [tuple(row) for row in ctx.session.connection().exec_driver_sql(statement)]


def standing(stage: Stage) -> list[str]:
    """Return the states of the authorizations, by external id."""
    return [row[0] for row in rows(stage, "SELECT state FROM authorizations ORDER BY external_id")]


def case_of(stage: Stage, kind: str) -> dict[str, Any]:
    with stage.desk.view() as ctx:
        (found,) = [row for row in cases.listed(ctx.session) if row["kind"] == kind]
    return found


def close(stage: Stage, kind: str) -> None:
    with stage.desk.action() as ctx:
        close_and_release(ctx, parse_public_id(Prefix.CASE, case_of(stage, kind)["id"]), outcome="accepted")


def told(stage: Stage, code: str) -> dict[str, Any]:
    """Return the one return of a code with all that is on record about it."""
    with stage.desk.view() as ctx:
        (listed,) = returns.listed(ctx.session, code=code)
        shown = returns.shown(ctx.session, parse_public_id(Prefix.RETURN, listed["id"]))
    assert shown is not None
    return shown


def recorded_again(stage: Stage, holder: str) -> tuple[int, int]:
    """Record the first account once more as it was brought; returns how many are the same, and how many refused."""
    with stage.desk.action() as ctx:
        intake = record_accounts(
            ctx,
            stage.desk.originator_id(),
            NewAccounts(
                external_id=["b000"], buyer=["b000"], routing=["021000021"], number=[red_account(0)],
                kind=["checking"], holder=[holder], validation_method=[""], validated_on=[None],
            ),
        )  # fmt: skip
    return intake.same, len(intake.refused)


def test_every_kind_of_return_on_either_engine(book_url: str, tmp_path: Path) -> None:
    sales = [BUSINESS, BUSINESS, Sale(), Sale(), Sale(), BUSINESS, Sale(), Sale(), Sale()]
    fates = [returned(code) for code in ("R05", "R06", "R07", "R08", "R11", "R31", "R16", "R17", "R01")]
    stage = played(tmp_path, sales, *fates, days=3, book=book_url)
    assert list(states(stage).values()) == ["failed"] * 4 + ["returned"] + ["failed"] * 3 + ["returned"]
    assert standing(stage) == [
        "revoked", "active", "revoked", "suspended", "active", "revoked", "active", "active", "active",
    ]  # fmt: skip
    assert open_cases(stage) == [
        "compliance_return", "correctable_return", "return_to_investigate", "unrequested_return", "unrequested_return",
    ]  # fmt: skip
    assert [row[:2] for row in rows(stage, "SELECT external_id, blocked_by FROM accounts WHERE state = 'blocked'")] == [
        ("b006", "R16"),
    ]  # fmt: skip
    assert told(stage, "R01")["rows"] == [
        "clocks/retry-count@2000-01-01", "clocks/retry-window@2000-01-01", "return_codes/R01@2000-01-01",
    ]  # fmt: skip
    assert (told(stage, "R07")["timeliness"], told(stage, "R07")["deadline_on"]) == ("in_time", "2027-01-19")
    assert told(stage, "R31")["timeliness"] == "by_agreement"
    assert broken(stage) == []


def test_r05_makes_the_holder_a_consumer_and_keeps_what_the_account_was(tmp_path: Path) -> None:
    stage = played(tmp_path, [BUSINESS], returned("R05", days=20), days=1)
    ((before,),) = rows(stage, "SELECT version FROM accounts")
    play(stage, *banking_days(MONDAY, 18)[1:])
    ((holder, state, version),) = rows(stage, "SELECT holder, state, version FROM accounts")
    assert (holder, state, version) == ("consumer", "active", before + 1)
    assert rows(stage, "SELECT holder, because, last4 IS NOT NULL FROM account_changes") == [("business", "R05", True)]
    assert standing(stage) == ["revoked"]
    assert recorded_again(stage, "business") == (1, 0)
    assert told(stage, "R05")["late"]
    assert told(stage, "R05")["timeliness"] == "in_time"
    assert broken(stage) == []


def test_a_payment_stop_suspends_the_authorization_and_the_next_order_waits(tmp_path: Path) -> None:
    stage = played(tmp_path, [Sale()], returned("R08"))
    record_again(stage, "b000", due=NEXT_MONDAY)
    report = night(stage, banking_days(MONDAY, 5)[-1])
    assert (standing(stage), report.refused) == (["suspended"], {"authorization-suspended": 1})


def test_suspected_fraud_stops_account_and_buyer_and_asks_compliance(tmp_path: Path) -> None:
    stage = played(tmp_path, [Sale()], returned("R17", information="QUESTIONABLE"))
    assert rows(stage, "SELECT state, blocked_by FROM accounts") == [("blocked", "R17")]
    assert rows(stage, "SELECT state FROM buyers") == [("suspended",)]
    case = case_of(stage, "questionable_return")
    assert (case["owner"], case["state"]) == ("compliance", "open")
    assert told(stage, "R17")["rows"] == ["return_codes/R17-QUESTIONABLE@2024-10-01"]


def test_a_debit_not_as_authorized_is_corrected_once_and_never_twice(tmp_path: Path) -> None:
    script = Script(fates={("B 000", 1): returned("R11"), ("B 000", 2): returned("R11")})
    stage = staged(tmp_path, [Sale()], behaviour=script)
    play(stage, MONDAY, *banking_days(MONDAY, 3)[1:])
    assert (states(stage)["b000"], case_of(stage, "correctable_return")["due_on"]) == ("returned", "2027-01-17")
    play(stage, THURSDAY)
    assert order(stage, "b000")["presentations"] == 1
    with stage.desk.action() as ctx:
        assert correct_order(ctx, order_key(stage, "b000"), reason="it was a day early") == THURSDAY
    with pytest.raises(WrongState, match="planned already"), stage.desk.action() as ctx:
        correct_order(ctx, order_key(stage, "b000"), reason="again")
    play(stage, *banking_days(MONDAY, 9)[4:])
    entries = order(stage, "b000")["entries"]
    assert [(row["kind"], row["description"] == "RETRY PYMT", row["ended"]) for row in entries] == [
        ("debit", False, "returned"), ("corrected", False, "returned"),
    ]  # fmt: skip
    assert states(stage) == {"b000": "failed"}
    assert open_cases(stage) == []
    with pytest.raises(WrongState, match="failed"), stage.desk.action() as ctx:
        correct_order(ctx, order_key(stage, "b000"), reason="once more")
    assert broken(stage) == []


def test_no_corrected_entry_follows_when_its_days_are_over_or_the_authorization_has_ended(tmp_path: Path) -> None:
    fates = (returned("R11"), returned("R11"), returned("R01"))
    stage = played(tmp_path, [Sale(), Sale(), Sale()], *fates)
    first, second, third = (order_key(stage, name) for name in ("b000", "b001", "b002"))
    rows_changed = "UPDATE authorizations SET state = 'revoked' WHERE external_id = 'b001'"
    with stage.desk.action() as ctx:
        ctx.session.connection().exec_driver_sql(rows_changed)
    for key, said in ((second, "is revoked"), (third, "with R01")):
        with pytest.raises(WrongState, match=said), stage.desk.action() as ctx:
            correct_order(ctx, key, reason="no")
    with pytest.raises(WrongState, match="had to settle by 2027-01-17"), stage.desk.action() as ctx:
        correct_order(ctx, first, reason="late", on=date(2027, 1, 18))


def test_a_return_we_asked_for_answers_the_request_and_opens_no_case(tmp_path: Path) -> None:
    script = Script(
        fates={("B 000", 1): returned("R06", after=4), ("B 001", 1): returned("R31", after=4),
               ("B 002", 1): returned("R06", after=4)},
    )  # fmt: skip
    stage = staged(tmp_path, [BUSINESS, BUSINESS, Sale()], behaviour=script)
    play(stage, *banking_days(MONDAY, 3))
    asked, agreed, other = (order_key(stage, name) for name in ("b000", "b001", "b002"))
    with stage.desk.action() as ctx:
        assert request_return(ctx, asked, reason="sent to the wrong buyer") == WEDNESDAY
        assert consent_to_late_return(ctx, agreed, reason="the bank asked us") == WEDNESDAY
    with pytest.raises(WrongState, match="on record"), stage.desk.action() as ctx:
        request_return(ctx, asked, reason="again")
    with pytest.raises(WrongState, match="WEB"), stage.desk.action() as ctx:
        consent_to_late_return(ctx, other, reason="no")
    play(stage, *banking_days(MONDAY, 7)[3:])
    assert set(states(stage).values()) == {"failed"}
    assert [told(stage, "R31")["asked"][0][key] for key in ("kind", "answered_on")] == [
        "late_return_consented", told(stage, "R31")["returned_on"],
    ]  # fmt: skip
    assert open_cases(stage) == ["unrequested_return"]
    case = case_of(stage, "unrequested_return")
    assert case["due_on"] == "2026-11-27"
    with pytest.raises(WrongState, match="only a debit that is with the bank"), stage.desk.action() as ctx:
        request_return(ctx, asked, reason="too late")
    assert broken(stage) == []


def test_a_late_return_is_for_a_person_and_nothing_is_debited_while_that_is_open(tmp_path: Path) -> None:
    stage = played(tmp_path, [Sale(), Sale()], returned("R01", after=3), returned("R01"), days=5)
    late, case = order(stage, "b000"), case_of(stage, "late_return")
    assert (late["state"], late["collect_on"], case["due_on"]) == ("returned", "2026-11-27", "2026-11-25")
    report = night(stage, date(2026, 11, 25))
    assert (report.sealed_orders, report.refused) == (0, {"entangled": 1})
    assert [order(stage, name)["presentations"] for name in ("b000", "b001")] == [1, 2]
    close(stage, "late_return")
    assert night(stage, date(2026, 11, 27)).sealed_orders == 1
    assert broken(stage) == []


def test_a_late_return_without_a_day_has_no_deadline_and_waits_for_a_person(tmp_path: Path) -> None:
    script = Script(fates={("B 000", 1): returned("R01", after=3)})
    stage = staged(tmp_path, [Sale()], behaviour=script)
    deliveries = bank_days(stage, *banking_days(MONDAY, 5))
    back, _ = returns_and_reports(deliveries)
    undated = b"\n".join(
        line[:75] + b"   " + line[78:] if line[:1] == b"5" else line for line in back.data.splitlines()
    )
    deliver(stage, *of_kind(deliveries, Kind.ACKNOWLEDGEMENT), ("undated.ach", undated + b"\n"))
    assert [told(stage, "R01")[key] for key in ("returned_on", "timeliness")] == [None, "not_defined"]
    case = case_of(stage, "late_return")
    assert (case["due_on"], "does not say when" in case["sentence"]) == (None, True)


def test_a_code_that_cannot_be_about_the_debit_is_applied_and_asked_about(tmp_path: Path) -> None:
    stage = played(tmp_path, [Sale(), BUSINESS], returned("R29"), returned("R10"))
    assert states(stage) == {"b000": "failed", "b001": "failed"}
    assert open_cases(stage) == ["improper_return", "improper_return"]
    assert standing(stage) == ["revoked", "revoked"]
    assert broken(stage) == []
