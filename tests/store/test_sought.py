"""What people look for, on each engine: whole where an index answers, by stretches of the book where none does."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from ingather.base.ids import Prefix
from ingather.domain.orders import OrderState
from ingather.jobs.desk import Desk
from ingather.jobs.night.run import run_night
from ingather.store.reading.sought import anything, rows
from ingather.store.reading.sought import authorizations as authorizations_sought
from ingather.store.reading.sought import orders as orders_sought
from ingather.store.tables import Account, Authorization, Buyer, Entry, File, Order
from tests.crash.stories import begin, evening

_MANY = 12


@pytest.fixture
def desk(tmp_path: Path, book_url: str) -> Desk:
    """Return the desk of a book with orders of which a night sealed some: the first is held, and so is still open."""
    story, stage = begin(tmp_path, url=book_url.removeprefix("sqlite:///"), orders=_MANY, entries=5)
    with stage.desk.action() as ctx:
        first = ctx.session.scalars(select(Order.id).order_by(Order.id)).first()
        ctx.session.execute(update(Order).where(Order.id == first).values(held=True))
    desk = story.desk(evening(), node=1)
    run_night(desk)
    return desk


def _all(desk: Desk, wanted: orders_sought.Wanted, *, limit: int = 3) -> list[int]:
    keys: list[int] = []
    after: int | None = None
    with desk.view() as ctx:
        for _ in range(50):
            found = orders_sought.orders_wanted(ctx.session, wanted, after=after, limit=limit)
            keys += [row["key"] for row in found.rows]
            after = found.following
            if after is None:
                return keys
    pytest.fail("the list never ends")


def test_each_way_to_narrow_gives_the_orders_that_the_book_has(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders_sought, "LOOKS_AT", 4)
    with desk.view() as ctx:
        orders = ctx.session.scalars(select(Order).order_by(Order.id.desc())).all()
        file_id = ctx.session.scalars(select(File.id)).first()
        in_file = set(ctx.session.scalars(select(Entry.order_id).where(Entry.file_id == file_id)))
        ctx.session.expunge_all()
    one, wanted = orders[3], orders_sought.Wanted
    for asked, fits in (
        (wanted(), lambda _: True),
        (wanted(state=OrderState.OPEN), lambda each: each.state == "open"),
        (wanted(state=OrderState.SEALED), lambda each: each.state == "sealed"),
        (wanted(state=OrderState.RETURNED), lambda each: each.state == "returned"),
        (wanted(held=True), lambda each: each.held),
        (wanted(buyer_id=one.buyer_id), lambda each: each.buyer_id == one.buyer_id),
        (wanted(authorization_id=one.authorization_id), lambda each: each.authorization_id == one.authorization_id),
        (wanted(file_id=file_id), lambda each: each.id in in_file),
        (wanted(code="R01"), lambda each: each.last_code == "R01"),
        (
            wanted(amount_from=one.amount_minor, amount_to=one.amount_minor),
            lambda each: each.amount_minor == one.amount_minor,
        ),
    ):
        assert _all(desk, asked) == [each.id for each in orders if fits(each)], asked


def test_whatever_is_looked_for_by_a_text_is_found_and_shown(desk: Desk) -> None:
    with desk.view() as ctx:
        session = ctx.session
        entry = session.scalars(select(Entry).where(Entry.order_id.is_not(None))).first()
        assert entry is not None
        order = session.get_one(Order, entry.order_id)
        file = session.get_one(File, entry.file_id)
        authorization = session.get_one(Authorization, order.authorization_id)
        account = session.get_one(Account, authorization.account_id)
        buyer = session.get_one(Buyer, order.buyer_id)
        for hits, key, kind in (
            (anything.orders_of_trace(session, entry.trace), order.id, Prefix.ORDER),
            (anything.orders_named(session, order.external_id), order.id, Prefix.ORDER),
            (anything.orders_named(session, order.external_id[:-1]), order.id, Prefix.ORDER),
            (anything.orders_of_amount(session, order.amount_minor), order.id, Prefix.ORDER),
            (anything.orders_of_last_four(session, account.last4), order.id, Prefix.ORDER),
            (anything.orders_due_on(session, order.due_on), order.id, Prefix.ORDER),
            (anything.buyers_named(session, buyer.external_id), buyer.id, Prefix.BUYER),
            (anything.buyers_named(session, buyer.name[1:].upper()), buyer.id, Prefix.BUYER),
            (anything.authorizations_named(session, authorization.external_id), authorization.id, Prefix.AUTHORIZATION),
            (anything.accounts_named(session, account.external_id), account.id, Prefix.ACCOUNT),
            (anything.files_named(session, file.name[3:9].upper()), file.id, Prefix.FILE),
            (anything.files_of_amount(session, file.debit_cents), file.id, Prefix.FILE),
            (anything.of_hash(session, file.sha256.hex()[:9])[0], file.id, Prefix.FILE),
        ):
            assert key in hits.keys, kind
            assert all(row["external_id"] for row in rows.shown(session, kind, hits.keys))
        assert list(anything.reports_named(session, "no such").keys) == []
        assert list(anything.returns_of_trace(session, 1).keys) == []


def test_authorizations_are_gone_through_by_stretches_and_only_those_under_a_hold_are_held(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authorizations_sought, "LOOKS_AT", 4)
    with desk.action() as ctx:
        keys = ctx.session.scalars(select(Authorization.id).order_by(Authorization.id.desc())).all()
        ctx.session.execute(update(Authorization).where(Authorization.id == keys[-1]).values(legal_hold=True))
    seen: list[str] = []
    after: int | None = None
    with desk.view() as ctx:
        for _ in range(20):
            wanted = authorizations_sought.Wanted()
            found = authorizations_sought.authorizations_wanted(ctx.session, wanted, after=after, limit=3)
            seen += [row["id"] for row in found.rows]
            after = found.following
            if after is None:
                break
        assert len(seen) == len(keys) == len(set(seen))
        assert [row["id"] for row in authorizations_sought.under_legal_hold(ctx.session)] == seen[-1:]
        assert authorizations_sought.last_purges(ctx.session) == []
