"""A notification of change is refused by the ODFI, which is asked within fifteen days; nothing of it is applied."""

from datetime import date
from pathlib import Path

import pytest

from ingather.actions.corrections.applying import apply_change, leave_change
from ingather.actions.corrections.refusing import refuse_change, take_refusal_back
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.refusals import NoSuch, WrongState
from ingather.jobs.rehearsal.stage import Stage
from ingather.store.reading import cases, requests
from ingather.store.tables import AccountChange
from tests.journey.stage import MONDAY, TUESDAY, Sale, at, broken, night, open_cases, play, staged
from tests.journey.told import account_row, change_key, change_policy, changes, notified, only_change
from tests.red import red_account

RIGHT, WRONG = red_account(7), red_account(8)
LAST_DAY = date(2026, 12, 2)
"""Fifteen calendar days after Tuesday, the 17th of November."""


def told(folder: Path, *, code: str = "C01", corrected: str = WRONG, book: str | None = None) -> Stage:
    """Return a stage on which a notification waits for a person since Tuesday evening."""
    stage = staged(folder, [Sale(amount=100)], book=book)
    change_policy(stage, "C01")
    play(stage, MONDAY)
    at(stage, TUESDAY)
    notified(stage, code, corrected)
    return stage


def refused(stage: Stage, as_code: str, *, which: int = -1) -> int:
    with stage.desk.as_actor("user:ada").action() as ctx:
        return refuse_change(ctx, change_key(changes(stage)[which]), as_code=as_code, reason="not our buyer")


def test_a_refused_change_is_asked_of_the_odfi_in_time_and_never_applied(tmp_path: Path, book_url: str) -> None:
    stage = told(tmp_path, book=book_url)
    refused(stage, "c68")
    found = only_change(stage)
    with stage.desk.view() as ctx:
        (asked,) = requests.listed(ctx.session, today=TUESDAY)
        (case,) = cases.listed(ctx.session)
        assert ctx.session.query(AccountChange).count() == 0
    assert (asked["kind"], asked["code"], asked["about"]) == ("refuse_change", "C68", found["id"])
    assert (asked["state"], asked["due_on"], asked["by"]) == ("asked", "2026-11-30", "user:ada")
    assert (found["state"], found["refused_as"], found["ended_by"]) == ("refused", "C68", "user:ada")
    assert (case["state"], case["outcome"]) == (
        "closed", "the ODFI is asked to refuse it as C68 by user:ada: not our buyer",
    )  # fmt: skip
    assert (account_row(stage).change_due_on, account_row(stage).last4) == (None, red_account(0)[-4:])
    key = change_key(found)
    for act in (
        lambda ctx: apply_change(ctx, key),
        lambda ctx: leave_change(ctx, key, reason="no"),
        lambda ctx: refuse_change(ctx, key, as_code="C68", reason="again"),
    ):
        with pytest.raises(WrongState, match=r"(is|was) refused"), stage.desk.action() as ctx:
            act(ctx)
    assert broken(stage) == []


def test_what_was_applied_is_not_refused(tmp_path: Path) -> None:
    stage = told(tmp_path, code="C05", corrected="37")
    with pytest.raises(WrongState, match="what is in the account cannot be refused"):
        refused(stage, "C69")
    assert account_row(stage).kind == "savings"


@pytest.mark.parametrize(
    ("as_code", "said"),
    [
        ("C61", "fits none of our entries, and this one fits"),
        ("C62", "fits none of our entries, and this one fits"),
        ("C65", "its corrected data can be read"),
        ("C60", "C60 is no code of a refusal"),
        ("C05", "C05 is no code of a refusal"),
    ],
)
def test_a_change_is_refused_only_as_what_can_be_said_of_it(tmp_path: Path, as_code: str, said: str) -> None:
    stage = told(tmp_path)
    with pytest.raises(WrongState, match=said):
        refused(stage, as_code)
    assert only_change(stage)["state"] == "open"


def test_unreadable_data_are_refused_as_such(tmp_path: Path) -> None:
    stage = told(tmp_path, corrected=f" {WRONG}")
    refused(stage, "C65")
    assert only_change(stage)["refused_as"] == "C65"


def test_what_fits_none_of_our_entries_is_refused_as_misrouted_or_left(tmp_path: Path) -> None:
    stage = told(tmp_path, code="C04", corrected="NAME")
    for number in (1, 2):
        assert notified(stage, "C01", WRONG, reference="", trace=231380100000070 + number).unmatched == 1
    assert open_cases(stage) == ["unmatched_change"] * 2
    for as_code in ("C65", "C66", "C67", "C68", "C69"):
        with pytest.raises(WrongState, match="not refused as"):
            refused(stage, as_code)
    refused(stage, "C61")
    with stage.desk.action() as ctx:
        leave_change(ctx, change_key(changes(stage)[-2]), reason="the bank took it back")
    assert [found["state"] for found in changes(stage)] == ["logged", "left", "refused"]
    assert open_cases(stage) == []
    with stage.desk.view() as ctx:
        (asked,) = requests.listed(ctx.session, today=TUESDAY)
    assert (asked["order"], asked["due_on"]) == (None, "2026-11-30")


def test_after_the_fifteenth_day_the_odfi_cannot_refuse(tmp_path: Path) -> None:
    stage = told(tmp_path)
    at(stage, LAST_DAY)
    assert only_change(stage)["refuse_by"] == LAST_DAY.isoformat()
    at(stage, date(2026, 12, 3))
    with pytest.raises(WrongState, match=f"until {LAST_DAY}"):
        refused(stage, "C68")


def test_a_corrected_change_that_comes_after_a_refusal_is_a_new_one(tmp_path: Path, book_url: str) -> None:
    stage = told(tmp_path, book=book_url)
    refused(stage, "C67")
    assert notified(stage, "C01", WRONG).known == 1
    for _ in range(2):
        notified(stage, "C01", WRONG, change_trace=231380100000002)
    notified(stage, "C01", RIGHT, change_trace=231380100000003)
    assert [found["state"] for found in changes(stage)] == ["refused", "open", "open"]
    with stage.desk.action() as ctx:
        apply_change(ctx, change_key(changes(stage)[-1]))
    assert account_row(stage).last4 == RIGHT[-4:]


def test_a_refusal_that_the_odfi_has_not_been_told_is_taken_back(tmp_path: Path) -> None:
    stage = told(tmp_path)
    version = account_row(stage).version
    request = refused(stage, "C68")
    with stage.desk.action() as ctx:
        take_refusal_back(ctx, request, reason="it was right")
    found = only_change(stage)
    assert (found["state"], found["refused_as"], found["ended_by"]) == ("open", None, None)
    assert (open_cases(stage), account_row(stage).change_due_on) == (["notification_of_change"], date(2026, 11, 25))
    assert account_row(stage).version == version + 2
    refused(stage, "C67")
    night(stage, TUESDAY)
    with pytest.raises(WrongState, match="is sent"), stage.desk.action() as ctx:
        take_refusal_back(ctx, request, reason="too late")
    with pytest.raises(NoSuch), stage.desk.action() as ctx:
        take_refusal_back(ctx, parse_public_id(Prefix.REQUEST, "req_0000000000001"), reason="none")
    assert only_change(stage)["state"] == "refused"
