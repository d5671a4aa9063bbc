"""A notification of change has six banking days: the account is debited until then, and not before it is decided."""

from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ingather.actions.corrections.applying import apply_change, leave_change
from ingather.actions.files.approval import approve_file
from ingather.base.ids import Prefix, encode_key, parse_public_id
from ingather.domain.refusals import NoSuch, WrongState
from ingather.jobs.rehearsal.stage import Stage
from ingather.nacha.reader import read
from ingather.store.reading import cases
from ingather.store.tables import AccountChange, AccountCheckEntry, Authorization, Entry
from tests.journey.checked import account, check, wanted
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    all_files,
    at,
    at_the_bank,
    balances,
    broken,
    changed_terms,
    night,
    open_cases,
    order,
    order_key,
    play,
    staged,
    states,
)
from tests.journey.told import account_row, change_key, change_policy, changes, notified, only_change, owed
from tests.red import red_account

BEFORE_LAST, LAST_DAY, HOLIDAY, DAY_AFTER = (date(2026, 11, day) for day in (24, 25, 26, 27))
"""Six banking days after Tuesday, the 17th, is the 25th; the 26th is Thanksgiving."""
LONGEST = "7" * 7 + red_account(5)[-10:]
SHORT = red_account(6)
ROUTING = "091000019"


def told_on_tuesday(
    folder: Path, code: str, corrected: str, *, sale: Sale | None = None, book: str | None = None, manual: str = ""
) -> Stage:
    """Return a stage whose one debit was answered with a notification on Tuesday evening."""
    stage = staged(folder, [sale or Sale(amount=100)], book=book)
    if manual:
        change_policy(stage, manual)
    play(stage, MONDAY)
    at(stage, TUESDAY)
    assert notified(stage, code, corrected).applied == 1
    return stage


def case_rows(stage: Stage) -> list[dict[str, Any]]:
    with stage.desk.view() as ctx:
        return cases.listed(ctx.session)


def authorization(stage: Stage) -> dict[str, Any]:
    with stage.desk.view() as ctx:
        (row,) = ctx.session.execute(select(*Authorization.__table__.columns)).mappings()
        return dict(row)


def applied(stage: Stage, key: int) -> str:
    with stage.desk.as_actor("user:ada").action() as ctx:
        return apply_change(ctx, key)


def left(stage: Stage, key: int, *, reason: str = "nothing to do") -> None:
    with stage.desk.as_actor("user:ada").action() as ctx:
        leave_change(ctx, key, reason=reason)


def test_an_account_is_debited_until_the_last_day_and_then_not_before_the_change_is_applied(
    tmp_path: Path, book_url: str
) -> None:
    stage = told_on_tuesday(tmp_path, "C01", LONGEST, book=book_url, manual="C01")
    found, agreed = only_change(stage), authorization(stage)
    assert (found["state"], found["due_on"], found["days_left"]) == ("open", LAST_DAY.isoformat(), 6)
    assert (found["old"], found["new"]) == ({"account": f"...{red_account(0)[-4:]}"}, {"account": f"...{LONGEST[-4:]}"})
    assert (account_row(stage).change_due_on, account_row(stage).version) == (LAST_DAY, 2)
    owed(stage, "second", due=DAY_AFTER, amount=200)
    owed(stage, "third", due=DAY_AFTER, amount=300)
    with stage.desk.action() as ctx:
        ctx.session.connection().exec_driver_sql("UPDATE orders SET collect_on = '2026-11-30' WHERE amount_minor = 300")
    assert night(stage, LAST_DAY).sealed_orders == 1
    assert night(stage, HOLIDAY).sealed_orders == 0
    assert night(stage, DAY_AFTER).refused == {"change-overdue": 1}
    assert order(stage, "third")["reason"] == "change-overdue"
    assert only_change(stage)["days_left"] == -1
    outcome = applied(stage, change_key(found))
    assert outcome == "applied C01 to the account by user:ada; the next entry carries it"
    assert (account_row(stage).change_due_on, only_change(stage)["state"]) == (None, "applied")
    assert night(stage, date(2026, 11, 30)).sealed_orders == 1
    entries = [read(data).entries.account[0].tobytes().decode().strip() for data in at_the_bank(stage).values()]
    carried = [number == LONGEST for number in entries]
    assert carried == [False, False, True]
    assert authorization(stage) == agreed
    (case,) = case_rows(stage)
    assert (case["state"], case["due_on"], "by user:ada" in case["outcome"]) == ("closed", LAST_DAY.isoformat(), True)
    assert broken(stage) == []


def approve(stage: Stage) -> None:
    for row in all_files(stage):
        if row["state"] == "sealed":
            with stage.desk.as_actor("user:ada").action() as ctx:
                approve_file(ctx, parse_public_id(Prefix.FILE, row["id"]))


def test_a_debit_sealed_in_time_does_not_go_out_once_the_change_is_overdue(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=100)], profile=changed_terms(auto_approve_under_cents=0))
    change_policy(stage, "C01")
    night(stage, MONDAY)
    approve(stage)
    night(stage, MONDAY)
    at(stage, TUESDAY)
    notified(stage, "C01", LONGEST)
    owed(stage, "second", due=date(2026, 11, 30), amount=200)
    sealed = night(stage, LAST_DAY, time(23))
    assert (sealed.sealed_orders, len(sealed.needs_approval)) == (1, 1)
    approve(stage)
    report = night(stage, HOLIDAY)
    assert (len(report.voided), report.sealed_orders, report.sent) == (1, 0, [])
    assert "1 order(s) in file" in all_files(stage)[-1]["void_reason"]
    assert order(stage, "second")["reason"] == "change-overdue"
    assert len(at_the_bank(stage)) == 1
    assert broken(stage) == []


@pytest.mark.parametrize(
    ("code", "corrected"),
    [("C01", LONGEST), ("C03", f"{ROUTING}   {LONGEST}"), ("C06", f"{LONGEST}   37"), ("C07", f"{ROUTING}{LONGEST}37")],
)
def test_an_account_number_of_seventeen_characters_is_read_by_its_columns(
    tmp_path: Path, code: str, corrected: str
) -> None:
    stage = told_on_tuesday(tmp_path, code, corrected)
    owed(stage, "second", due=THURSDAY, amount=200)
    assert night(stage, WEDNESDAY).sealed_orders == 1
    entries = read(list(at_the_bank(stage).values())[1]).entries
    carried = entries.account[0].tobytes().decode()
    assert carried == LONGEST or pytest.fail("the entry carries another number")
    fields = (f"{entries.routing[0]:09d}", int(entries.transaction_code[0]))
    unchanged = (f"{read(next(iter(at_the_bank(stage).values()))).entries.routing[0]:09d}", 27)
    assert fields == (ROUTING if "C03" <= code != "C06" else unchanged[0], 37 if code >= "C06" else 27)
    assert only_change(stage)["state"] == "applied"


def test_a_name_is_kept_and_never_applied_and_waits_for_nobody(tmp_path: Path, book_url: str) -> None:
    stage = told_on_tuesday(tmp_path, "C04", "SOMEBODY ELSE", book=book_url)
    found = only_change(stage)
    assert (found["state"], found["does"], found["due_on"], found["new"]) == ("logged", "log", None, {})
    assert (case_rows(stage), account_row(stage).version, account_row(stage).change_due_on) == ([], 1, None)
    with stage.desk.view() as ctx:
        assert ctx.session.query(AccountChange).count() == 0
    with pytest.raises(WrongState, match="is only kept"):
        applied(stage, change_key(found))


@pytest.mark.parametrize(
    ("code", "state", "owner"),
    [
        ("C08", "open", "returns_desk"),
        ("C09", "open", "returns_desk"),
        ("C10", "logged", "returns_desk"),
        ("C13", "open", "returns_desk"),
        ("C14", "open", "compliance"),
        ("C63", "logged", "returns_desk"),
        ("C99", "open", "returns_desk"),
    ],
)
def test_what_corrects_no_account_is_for_a_person(tmp_path: Path, code: str, state: str, owner: str) -> None:
    stage = told_on_tuesday(tmp_path, code, "SOMETHING")
    (case,) = case_rows(stage)
    found = only_change(stage)
    assert (found["state"], case["owner"], case["state"]) == (state, owner, "open")
    assert (account_row(stage).change_due_on is None) == (state == "logged")
    with pytest.raises(WrongState):
        applied(stage, change_key(found))
    left(stage, change_key(found), reason="seen")
    (case,) = case_rows(stage)
    assert (case["state"], case["outcome"]) == ("closed", "left by user:ada: seen")
    assert (only_change(stage)["state"], account_row(stage).change_due_on) == ("left", None)


def test_an_account_whose_debits_are_taken_for_international_ones_is_debited_no_more(tmp_path: Path) -> None:
    stage = told_on_tuesday(tmp_path, "C14", "IAT")
    owed(stage, "second", due=THURSDAY, amount=200)
    assert night(stage, WEDNESDAY).refused == {"account-blocked": 1}
    assert account(stage, "b000")["blocked_by"] == "C14"
    left(stage, change_key(only_change(stage)))
    assert account(stage, "b000")["state"] == "blocked"


def test_data_in_the_wrong_columns_change_nothing_and_wait(tmp_path: Path) -> None:
    stage = told_on_tuesday(tmp_path, "C03", f"{ROUTING} {SHORT}")
    found = only_change(stage)
    assert (found["state"], found["new"], "misplaced" in found["problem"]) == ("open", {}, True)
    with pytest.raises(WrongState, match="cannot be applied"):
        applied(stage, change_key(found))
    with pytest.raises(WrongState, match="not ours to leave"):
        left(stage, change_key(found))
    assert (open_cases(stage), account_row(stage).last4) == (["notification_of_change"], red_account(0)[-4:])


def test_of_two_changes_that_wait_the_earlier_day_counts(tmp_path: Path) -> None:
    stage = told_on_tuesday(tmp_path, "C01", LONGEST, manual="C01")
    at(stage, FRIDAY)
    notified(stage, "C09", "OTHER")
    first, second = changes(stage)
    assert (account_row(stage).change_due_on, second["due_on"]) == (LAST_DAY, "2026-12-01")
    applied(stage, change_key(first))
    assert account_row(stage).change_due_on == date(2026, 12, 1)
    left(stage, change_key(second))
    assert account_row(stage).change_due_on is None


def test_a_change_that_a_later_one_overtook_is_left_and_not_applied(tmp_path: Path) -> None:
    stage = told_on_tuesday(tmp_path, "C01", LONGEST, manual="C01")
    at(stage, FRIDAY)
    notified(stage, "C05", "37")
    first, later = changes(stage)
    assert later["state"] == "applied"
    with pytest.raises(WrongState, match="changed the account after"):
        applied(stage, change_key(first))
    left(stage, change_key(first))
    assert account_row(stage).kind == "savings"


@pytest.mark.parametrize(("kind", "state"), [("single", "left"), ("standing", "applied")])
def test_the_house_can_leave_changes_of_single_entries(tmp_path: Path, kind: str, state: str) -> None:
    stage = staged(tmp_path, [Sale(amount=100, kind=kind, max_amount=100)])
    change_policy(stage, single="leave")
    play(stage, MONDAY)
    notified(stage, "C01", LONGEST)
    (case,) = case_rows(stage)
    assert (only_change(stage)["state"], case["state"]) == (state, "closed")
    assert account_row(stage).last4 == (LONGEST if state == "applied" else red_account(0))[-4:]


def test_a_person_leaves_a_change_of_a_single_entry_only(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=100, kind="single", max_amount=100), Sale(amount=200)])
    change_policy(stage, "C01")
    play(stage, MONDAY)
    notified(stage, "C01", LONGEST)
    notified(stage, "C01", SHORT, about="b001")
    single, standing = (change_key(found) for found in changes(stage))
    left(stage, single)
    with pytest.raises(WrongState, match="not ours to leave"):
        left(stage, standing)
    with pytest.raises(WrongState, match="is left since"):
        applied(stage, single)
    with pytest.raises(NoSuch):
        applied(stage, 1)


def test_a_prenote_does_not_pass_before_its_change_is_applied_by_a_person(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=100, validated=False)])
    change_policy(stage, "C01")
    wanted(stage, "b000")
    play(stage, MONDAY)
    at(stage, TUESDAY)
    with stage.desk.view() as ctx:
        ((trace, check_id),) = ctx.session.execute(
            select(Entry.trace, AccountCheckEntry.check_id).join(
                AccountCheckEntry, AccountCheckEntry.entry_id == Entry.id
            )
        )
    assert notified(stage, "C01", LONGEST, reference=f"{encode_key(check_id)}P", trace=trace).applied == 1
    play(stage, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, NEXT_MONDAY)
    assert (check(stage, "b000")["state"], states(stage)["b000"]) == ("sealed", "open")
    found = only_change(stage)
    with pytest.raises(WrongState, match="answers a prenote"):
        left(stage, change_key(found))
    applied(stage, change_key(found))
    play(stage, BEFORE_LAST)
    assert (check(stage, "b000")["state"], states(stage)["b000"]) == ("passed", "submitted")
    live = read(list(at_the_bank(stage).values())[-1]).entries
    carried = live.account[0].tobytes().decode() == LONGEST
    assert carried
    assert broken(stage) == []


@pytest.mark.parametrize("kind", ["reversal", "refund", "return_fee"])
@pytest.mark.parametrize("told_by", ["reference", "trace"])
def test_a_notification_about_what_followed_a_debit_is_about_the_same_account(
    tmp_path: Path, kind: str, told_by: str
) -> None:
    stage = staged(tmp_path, [Sale(amount=100)])
    play(stage, MONDAY)
    key = order_key(stage, "b000")
    with stage.desk.action() as ctx:
        (debit,) = ctx.session.scalars(select(Entry))
        ctx.session.add(
            Entry(
                id=ctx.ids.one(), originator_id=debit.originator_id, order_id=key, original_entry_id=debit.id,
                file_id=debit.file_id, batch_id=debit.batch_id, kind=kind, presentation=None, order_version=None,
                line=99, trace=debit.trace + 1, amount_cents=100, ended=None, bucket=debit.bucket,
            )
        )  # fmt: skip
        trace = debit.trace + 1
    reference = encode_key(key) if told_by == "reference" else ""
    assert notified(stage, "C01", LONGEST, reference=reference, trace=trace).applied == 1
    assert (only_change(stage)["state"], account_row(stage).last4) == ("applied", LONGEST[-4:])
    assert notified(stage, "C01", SHORT, reference=reference, trace=trace + 1).unmatched == 1


def test_what_two_reports_tell_is_applied_once(tmp_path: Path, book_url: str) -> None:
    stage = told_on_tuesday(tmp_path, "C01", LONGEST, book=book_url)
    again = notified(stage, "C01", LONGEST, change_trace=0)
    assert (again.known, again.applied) == (1, 0)
    with stage.desk.view() as ctx:
        assert ctx.session.query(AccountChange).count() == 1
    assert sum(balances(stage).values()) == 0
