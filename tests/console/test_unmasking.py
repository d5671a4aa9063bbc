"""An account's number is shown to compliance alone, for a case, with reason and code, for minutes, on the record."""

import re
from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseState
from ingather.jobs.watch import watch
from ingather.rules.policy_watch import UnmaskTerms
from ingather.store.reading.audit import RECORDS
from ingather.store.reading.pages import Wanted, page_of
from ingather.store.tables import Account, Case, Unmasking
from tests.console.front import Browser, Console

_REASON = "the bank asks which account the entry was for"


def _account(console: Console, place: int = 0) -> str:
    with console.desk.view() as ctx:
        return public_id(Prefix.ACCOUNT, ctx.session.scalars(select(Account.id).order_by(Account.id)).all()[place])


def _case(console: Console, state: CaseState = CaseState.OPEN) -> str:
    with console.desk.view() as ctx:
        found = ctx.session.scalars(select(Case.id).where(Case.state == state).order_by(Case.id)).first()
    assert found is not None
    return public_id(Prefix.CASE, found)


def _number(console: Console, account: str) -> str:
    with console.desk.view() as ctx:
        row = ctx.session.scalars(select(Account).order_by(Account.id)).all()
        (mine,) = [each for each in row if public_id(Prefix.ACCOUNT, each.id) == account]
        (plain,) = ctx.vault.open_many([mine.id], [mine.number])
    return str(plain.tobytes().decode()).strip()


def _records(console: Console, verb: str) -> list[dict[str, object]]:
    with console.desk.view() as ctx:
        return page_of(ctx.session, RECORDS, Wanted(limit=50, filters={"verb": verb}))[0]


def _ask(browser: Browser, account: str, case: str) -> Response:
    sent = {"case": case, "reason": _REASON, "code": browser.code()}
    return browser.post(f"/accounts/{account}/unmask", sent)


def test_the_number_is_in_one_answer_that_no_cache_keeps_and_the_record_has_no_digit_of_it(console: Console) -> None:
    chen, account, case = console.browser("chen"), _account(console), _case(console)
    number = _number(console, account)
    before = chen.get(f"/accounts/{account}")
    assert before.status_code == 200
    assert number not in before.text
    answer = _ask(chen, account, case)
    assert answer.status_code == 200
    text = answer.text
    assert text.count(f"data-number>{number}<") == 1
    assert text.count(number) == 1
    assert answer.headers["cache-control"] == "no-store"
    assert "chen" in text
    assert case in text
    (record,) = _records(console, "unmask_account")
    assert (record["actor"], record["subject"]) == ("user:chen", account)
    assert number not in str(record)
    assert number[-4:] not in str(record["detail"])
    shown = chen.get(f"/accounts/{account}")
    assert shown.status_code == 200
    assert number not in shown.text
    assert _REASON in shown.text


def test_who_saw_it_may_see_it_again_for_minutes_and_nobody_else_may(console: Console) -> None:
    chen, account = console.browser("chen"), _account(console)
    number = _number(console, account)
    assert chen.post(f"/accounts/{account}/see").status_code == 403
    _ask(chen, account, _case(console))
    again = chen.post(f"/accounts/{account}/see")
    assert again.status_code == 200
    assert number in again.text
    assert chen.post(f"/accounts/{_account(console, 1)}/see").status_code == 403
    console.clock.ahead += timedelta(minutes=10, seconds=1)
    late = chen.post(f"/accounts/{account}/see")
    assert late.status_code == 403
    assert number not in late.text
    assert len(_records(console, "see_account")) == 1


@pytest.mark.parametrize("name", ["maria", "nadia", "ada", "vera"])
def test_no_other_role_sees_a_number_and_the_page_says_who_may(console: Console, name: str) -> None:
    browser, account = console.browser(name), _account(console)
    assert _ask(browser, account, _case(console)).status_code == 403
    page = browser.get(f"/accounts/{account}")
    assert page.status_code == 200
    assert "chen" in page.text
    assert "disabled" in page.text
    assert _records(console, "unmask_account") == []


def test_without_an_open_case_a_reason_or_a_code_nothing_is_shown_and_what_was_typed_stays(console: Console) -> None:
    chen, account = console.browser("chen"), _account(console)
    number = _number(console, account)
    path = f"/accounts/{account}/unmask"
    refused = [
        chen.post(path, {"case": _case(console), "reason": " ", "code": chen.code()}),
        chen.post(path, {"case": "case_0000000000000", "reason": _REASON, "code": chen.code()}),
        chen.post(path, {"case": "", "reason": _REASON, "code": chen.code()}),
        chen.post(path, {"case": _case(console), "reason": _REASON}),
    ]
    assert [each.status_code for each in refused] == [422, 404, 404, 403]
    assert _REASON in refused[1].text
    assert not any(number in each.text for each in refused)
    with console.desk.action() as ctx:
        case = ctx.session.scalars(select(Case).where(Case.state == CaseState.OPEN)).first()
        assert case is not None
        case.state, name = CaseState.CLOSED, public_id(Prefix.CASE, case.id)
    assert chen.post(path, {"case": name, "reason": _REASON, "code": chen.code()}).status_code == 409
    assert _records(console, "unmask_account") == []


def test_many_numbers_within_a_day_raise_an_alarm_that_ends_a_day_later(console: Console) -> None:
    chen, case, many = console.browser("chen"), _case(console), UnmaskTerms().a_day
    for place in range(many):
        _ask(chen, _account(console, place), case)
    assert "unmasked-often" not in {each.id for each in watch(console.desk)}
    _ask(chen, _account(console, many), case)
    (raised,) = [each for each in watch(console.desk) if each.id == "unmasked-often"]
    assert raised.subject == "user:chen"
    assert f"{many + 1} account numbers" in raised.sentence
    assert re.search(r"[0-9]{5}", raised.sentence) is None
    console.clock.ahead += timedelta(days=1)
    assert "unmasked-often" not in {each.id for each in watch(console.desk)}


@pytest.mark.parametrize("changed", ["UPDATE unmaskings SET actor = 'user:other'", "DELETE FROM unmaskings"])
def test_who_was_shown_a_number_is_never_changed_or_taken_out(console: Console, changed: str) -> None:
    _ask(console.browser("chen"), _account(console), _case(console))
    with pytest.raises(DBAPIError, match="append-only"), console.desk.engine.begin() as connection:
        connection.exec_driver_sql(changed)
    with console.desk.view() as ctx:
        assert ctx.session.scalars(select(Unmasking.actor)).all() == ["user:chen"]


def test_the_page_of_an_account_shows_its_orders_and_the_csv_has_the_same(shown: Console) -> None:
    vera, account = shown.browser("vera"), _account(shown)
    page = vera.get(f"/accounts/{account}").text
    rows = vera.get(f"/accounts/{account}/orders.csv").text.splitlines()[1:]
    assert rows
    assert all(row.split(",")[1] in page for row in rows)
    assert vera.get("/accounts/acc_0000000000000").status_code == 404
