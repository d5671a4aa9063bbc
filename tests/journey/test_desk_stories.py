"""A desk's days on a real book: people type their verbs, nights run, and what counts are the bytes at the bank."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ingather.actions.authorizations.recording import NewAuthorizations, record_authorizations
from ingather.actions.orders import NewOrders, record_orders
from ingather.base.dates import NEW_YORK
from ingather.domain.refusals import ExitCode
from ingather.jobs.rehearsal.books import bank_agrees
from ingather.jobs.rehearsal.stage import Stage, banking_days
from tests.journey.stage import (
    EVIDENCE,
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    at_the_bank,
    broken,
    changed_terms,
    night,
    open_cases,
    order,
    play,
    record_again,
    returned,
    staged,
    states,
)
from tests.unit.cli.shell import Said, at_book

BY_HAND = changed_terms(auto_approve_under_cents=0)


def typed(stage: Stage, *words: str, code: int = 0) -> Said:
    """Type a verb as Maria of the desk, at the hour the stage's clock shows."""
    said = at_book(stage, *words, "--as", "user:maria", "--as-of", stage.clock.now.isoformat())
    assert said.code == code, said.words
    return said


def looked(stage: Stage, *words: str) -> Any:  # noqa: ANN401 -- the JSON value that was printed
    """Look something up, which needs no name and no day."""
    said = at_book(stage, *words, "--json")
    assert said.code == ExitCode.DONE, said.words
    return said.json


def debited(stage: Stage) -> list[tuple[str, str, str, int]]:
    """Return every debit at the bank: the buyer's name, SEC code, description and cents, in the order they came."""
    found, head = [], ""
    for content in at_the_bank(stage).values():
        for row in content.decode("ascii").splitlines():
            head = row if row[0] == "5" else head
            if row[0] == "6":
                found.append((row[54:76].strip(), head[50:53], head[53:63].strip(), int(row[29:39])))
    return found


def ids(stage: Stage, external_id: str) -> tuple[str, str]:
    """Return the public ids of an order and of its authorization."""
    shown = order(stage, external_id)
    return shown["id"], shown["authorization"]


def ends_well(stage: Stage) -> None:
    assert broken(stage) == []
    assert all(bank_agrees(stage).values())


def test_a_buyer_who_revokes_between_seal_and_send_is_not_debited_and_the_others_are_that_night(tmp_path: Path) -> None:
    calls: list[str] = []

    def the_phone_rings(step: str, **_: Any) -> None:  # noqa: ANN401 -- whatever a step says
        if step == "sealed" and not calls:
            calls.append(step)
            typed(stage, "authorization", "revoke", ids(stage, "b001")[1], "--reason", "the buyer called")

    stage = staged(tmp_path, [Sale(amount=100), Sale(amount=200), Sale(amount=300)], tell=the_phone_rings)
    report = night(stage, MONDAY)
    assert (len(report.sealed), len(report.voided), len(report.sent)) == (2, 1, 1)
    assert [(name, cents) for name, _, _, cents in debited(stage)] == [("B 000", 100), ("B 002", 300)]
    assert order(stage, "b001")["state"] == "open"
    play(stage, *banking_days(MONDAY, 8)[1:])
    assert states(stage) == {"b000": "collected", "b001": "open", "b002": "collected"}
    assert order(stage, "b001")["reason"] == "authorization-revoked"
    ends_well(stage)


def test_a_debit_that_came_a_day_early_is_corrected_once_and_then_paid(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=100)], behaviour=Script(fates={("B 000", 1): returned("R11")}))
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    assert open_cases(stage) == ["correctable_return"]
    name, _ = ids(stage, "b000")
    typed(stage, "order", "correct", name, "--reason", "it came a day before the day agreed")
    typed(stage, "order", "correct", name, "--reason", "and again", code=1)
    play(stage, *banking_days(THURSDAY, 7))
    assert [said for _, _, said, _ in debited(stage)] == ["ORDERS", "ORDERS"]
    assert [row["kind"] for row in order(stage, "b000")["entries"]] == ["debit", "corrected"]
    assert states(stage) == {"b000": "collected"}
    ends_well(stage)


def test_an_account_that_was_a_consumers_is_debited_as_web_under_a_new_authorization(tmp_path: Path) -> None:
    sale = Sale(amount=100, holder="business")
    stage = staged(tmp_path, [sale], behaviour=Script(fates={("B 000", 1): returned("R05")}))
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    assert states(stage) == {"b000": "failed"}
    record_again(stage, "b000", due=FRIDAY, amount=200)
    play(stage, THURSDAY)
    assert order(stage, "b000-again")["reason"] == "authorization-revoked"
    with stage.desk.action() as ctx:
        originator_id = stage.desk.originator_id()
        record_authorizations(ctx, originator_id, _given())
        intake = record_orders(ctx, originator_id, _ordered("b000-new", under="anew", amount=300, due=NEXT_MONDAY))
        assert not intake.refused
    play(stage, FRIDAY)
    assert debited(stage) == [("B 000", "CCD", "ORDERS", 100), ("B 000", "WEB", "ORDERS", 300)]
    ends_well(stage)


def _given() -> NewAuthorizations:
    """Return the authorization that the same buyer gives online for the same account."""
    return NewAuthorizations(
        external_id=["anew"],
        buyer=["b000"],
        account=["b000"],
        merchant=["harbor"],
        kind=["standing"],
        channel=["online"],
        text=["I authorize it."],
        given_at=[datetime(2026, 11, 19, 12, 0, tzinfo=NEW_YORK)],
        evidence=[dict(EVIDENCE)],
        max_amount_minor=[None],
        valid_from=[date(2026, 11, 19)],
        valid_to=[None],
        statements=[Sale().statements],
    )


def _ordered(external_id: str, *, under: str, amount: int, due: date) -> NewOrders:
    return NewOrders(
        external_id=[external_id],
        instalment=[1],
        merchant=["harbor"],
        authorization=[under],
        amount_minor=[amount],
        due_on=[due],
        goods=[False],
    )


def test_a_changed_amount_waits_until_the_letter_is_on_record_and_ten_days_old(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(kind="recurring", amount=5_000, amount_terms="varying")])
    record_again(stage, "b000", due=date(2026, 12, 10), amount=6_000)
    play(stage, MONDAY)
    (told,) = looked(stage, "authorization", "notices")
    assert (told["order"], told["send_by"]) == (ids(stage, "b000-again")[0], "2026-11-30")
    typed(stage, "authorization", "notified", told["order"], "--on", "2026-11-16", "--proof", "letter 17")
    play(stage, *banking_days(TUESDAY, 16))
    assert [cents for *_, cents in debited(stage)] == [5_000, 6_000]
    ends_well(stage)


def test_what_was_for_one_debit_is_free_again_when_its_file_is_voided(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(kind="single", amount=100)], profile=BY_HAND)
    record_again(stage, "b000", due=TUESDAY, amount=200)
    (sealed,) = night(stage, MONDAY).sealed
    shown = looked(stage, "authorization", "show", ids(stage, "b000")[1])
    assert shown["state"] == "consumed"
    typed(stage, "file", "void", sealed, "--reason", "the wrong day")
    shown = looked(stage, "authorization", "show", ids(stage, "b000")[1])
    assert shown["state"] == "active"
    (again,) = night(stage, TUESDAY).sealed
    typed(stage, "file", "approve", again)
    night(stage, TUESDAY)
    assert [cents for *_, cents in debited(stage)] == [100]
    assert broken(stage) == []


def test_a_screening_that_lapses_between_two_nights_stops_the_second(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=100), Sale(amount=200, due=THURSDAY)])
    clear = ("--status", "clear", "--provider", "watchlist", "--expires", "2026-11-18")
    for buyer in ("b000", "b001"):
        typed(stage, "buyer", "screen", buyer, "--reference", f"w-{buyer}", *clear)
    play(stage, MONDAY, TUESDAY, WEDNESDAY)
    assert [cents for *_, cents in debited(stage)] == [100]
    assert order(stage, "b001")["reason"] == "buyer-screening"
    newer = ("--status", "clear", "--provider", "watchlist", "--expires", "2027-11-18")
    typed(stage, "buyer", "screen", "b001", "--reference", "w-2", *newer)
    play(stage, THURSDAY)
    assert [cents for *_, cents in debited(stage)] == [100, 200]
    ends_well(stage)


def test_a_limit_and_the_exposure_end_a_night_with_eleven_and_nothing_of_it_is_sealed(tmp_path: Path) -> None:
    sales = [Sale(amount=600), Sale(amount=300), replace(Sale(), amount=500, due=WEDNESDAY)]
    terms = changed_terms(night_limit__debit_cents=800, exposure_limit__debit_cents=1_000)
    stage = staged(tmp_path, sales, profile=terms)
    said = typed_night(stage, MONDAY)
    assert (said.code, said.json["refused"]) == (ExitCode.LIMIT, {"night-limit": 1})
    assert [cents for *_, cents in debited(stage)] == [600]
    said = typed_night(stage, TUESDAY)
    assert (said.code, said.json["refused"]) == (ExitCode.LIMIT, {"exposure-limit": 1})
    assert [cents for *_, cents in debited(stage)] == [600, 300]
    freed = typed_night(stage, date(2026, 11, 20))
    assert freed.code == ExitCode.DONE
    assert [cents for *_, cents in debited(stage)] == [600, 300, 500]
    assert broken(stage) == []


def typed_night(stage: Stage, day: date) -> Said:
    """Type the night of a day."""
    return at_book(stage, "night", "--json", "--as", "system:night", "--as-of", day.isoformat())


def test_an_order_that_could_never_be_debited_is_given_up_by_the_policy(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=100), Sale(amount=200)])
    typed(stage, "authorization", "revoke", ids(stage, "b001")[1], "--reason", "the buyer called")
    play(stage, *banking_days(MONDAY, 24))
    assert states(stage) == {"b000": "collected", "b001": "failed"}
    assert [cents for *_, cents in debited(stage)] == [100]
    ends_well(stage)
