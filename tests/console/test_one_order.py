"""Audit, accounts, rules and settings on a book with one order, on both engines: every page answers and is calm."""

from pathlib import Path

from sqlalchemy import select
from starlette.testclient import TestClient

from ingather.actions.standing_cases import open_review
from ingather.actions.unmasking import see_account, unmask_account
from ingather.actions.users.sessions import begin_session
from ingather.api.logs import open_log, told_of
from ingather.base.ids import Prefix, public_id
from ingather.console import gate
from ingather.console.app import make_console
from ingather.console.front import Front
from ingather.domain.cases import CaseKind
from ingather.domain.users import Role, SessionTerms, UserState
from ingather.store.reading.unmasking import shown_often
from ingather.store.tables import Account, User
from tests.console.front import CHEAP, HOST, MOST_BYTES
from tests.journey.stage import Sale, staged

_PAGES = (
    "/audit", "/audit?kind=saw", "/audit?actor=nobody", "/audit.csv", "/audit/records/1", "/audit/export", "/rules",
    "/rules?q=r10", "/rules/policies", "/rules/policies.csv", "/rules/banks", "/rules/banks.csv", "/rules/people",
    "/rules/people.csv", "/rules/api-keys", "/rules/api-keys.csv", "/rules/keys", "/rules/keys.csv",
    "/rules/retention", "/rules/retention.csv",
)  # fmt: skip


def test_every_page_answers_on_a_book_with_one_order(tmp_path: Path, book_url: str) -> None:
    desk = staged(tmp_path, [Sale()], book=book_url).desk
    front = Front(
        desk=desk, terms=SessionTerms(), password_cost=CHEAP, most_bytes=MOST_BYTES, log=open_log(), told_of=told_of
    )
    with desk.as_actor("user:ada").action() as ctx:
        user = User(id=ctx.ids.one(), name="chen", roles=Role.COMPLIANCE, state=UserState.ACTIVE, created_at=ctx.now,
                    created_by=ctx.actor)  # fmt: skip
        ctx.session.add(user)
        ctx.session.flush()
        token = begin_session(ctx, user, second_factor=True, terms=front.terms).token
        account_id = ctx.session.scalars(select(Account.id)).one()
    browser = TestClient(make_console(front), base_url=HOST, follow_redirects=False, cookies={gate.SESSION: token})
    pages = [*_PAGES, f"/accounts/{public_id(Prefix.ACCOUNT, account_id)}"]
    assert [page for page in pages if browser.get(page).status_code != 200] == []
    assert "No record fits." in browser.get("/audit?actor=nobody").text
    policy, originator_id = desk.policy(), desk.originator_id()
    with desk.as_actor("user:ada").action() as ctx:
        case_id = open_review(ctx, originator_id, CaseKind.ACCESS_REVIEW, policy=policy.cases)
    with desk.as_actor("user:chen").action() as ctx:
        first = unmask_account(ctx, account_id, case_id=case_id, reason="the bank asks", terms=policy.unmask)
    with desk.as_actor("user:chen").action() as ctx:
        assert see_account(ctx, account_id).until == first.until
        (often,) = shown_often(ctx.session, since=desk.clock().replace(year=2020), more_than=0)
    assert (often.actor, often.count) == ("user:chen", 1)
