"""What counts of an account's reports: the balances of its books alone, each return once, and what is asked again."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ingather.actions.cases import close_case
from ingather.actions.context import Context
from ingather.actions.reconciliation.statements import tied_days
from ingather.actions.reconciliation.suspense import tell_suspense
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseState
from ingather.domain.reconciliation import MatchKind
from ingather.rules.banks import load_profile
from ingather.rules.reconciliation import Moves, Reasons
from ingather.store.reading.reconciliation import (
    Unexplained,
    first_statement,
    last_statement_on,
    statement_of,
    statements_through,
)
from ingather.store.tables import BankPosting, BankProfileRow, Case, Feed, Report, Return
from tests.journey.stage import MONDAY, TUESDAY, changed_terms
from tests.unit.actions.settlements.shop import Shop, opened


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Return a shop without terms."""
    return opened(tmp_path)


def told(ctx: Context, shop: Shop, carrier: str, day: date, *, opening: int, closing: int) -> int:
    """Keep a final report of a day with balances; returns its key."""
    key = ctx.ids.one()
    ctx.session.add(
        Report(
            id=key, originator_id=shop.originator_id, name=str(key), sha256=key.to_bytes(32), size=0, state="taken",
            carrier=carrier, feed_id=ctx.session.scalars(select(Feed.id)).one(), business_on=day, final=True,
            control_totals="tie", problems=0, summary="{}", received_at=ctx.now, opening_minor=opening,
            closing_minor=closing,
        )
    )  # fmt: skip
    ctx.session.flush()
    return key


def test_a_report_of_another_carrier_is_no_statement_of_the_account(shop: Shop) -> None:
    with shop.acting() as ctx:
        ctx.session.scalars(select(BankProfileRow)).one().toml = changed_terms(posting__statement="camt.053")
        feed = ctx.session.scalars(select(Feed)).one()
        told(ctx, shop, "str-delimited", MONDAY, opening=1, closing=100)
        assert first_statement(ctx.session, feed.id) is None
        assert last_statement_on(ctx.session, feed.id, through=TUESDAY) is None
        assert statement_of(ctx.session, feed.id, MONDAY) is None
        assert statements_through(ctx.session, shop.originator_id, through=TUESDAY) == 0
        key = told(ctx, shop, "camt.053", MONDAY, opening=2, closing=200)
        told(ctx, shop, "str-fixed", TUESDAY, opening=3, closing=300)
        assert tuple(first_statement(ctx.session, feed.id) or ()) == (MONDAY, 2, key)
        assert last_statement_on(ctx.session, feed.id, through=TUESDAY) == MONDAY
        assert tuple(statement_of(ctx.session, feed.id, MONDAY) or ()) == (2, 200)
        assert statements_through(ctx.session, shop.originator_id, through=TUESDAY) == 200


def test_a_return_whose_match_was_undone_counts_once(shop: Shop) -> None:
    (sold,) = shop.collect(4_000)
    first = shop.come_back(sold)
    shop.restore(sold)
    second = shop.come_back(sold)
    with shop.acting() as ctx:
        feed = ctx.session.scalars(select(Feed)).one()
        report_id = told(ctx, shop, "str-delimited", MONDAY, opening=0, closing=0)
        rows = [ctx.session.get_one(Return, key) for key in (first, second)]
        for row in rows:
            row.report_id = report_id
        rows[0].applied, rows[0].undone_on, rows[0].replaced_by = False, MONDAY, second
        rows[1].line, rows[1].applied = 0, False
        ctx.session.add(
            BankPosting(
                id=ctx.ids.one(), feed_id=feed.id, report_id=report_id, line=1, code="BAI2:555", amount_minor=-4_000,
                currency="USD", value_on=MONDAY, bank_ref="X", occurrence=0, event="return",
            )
        )  # fmt: skip
        ctx.session.flush()
        terms = load_profile(changed_terms()).posting
        assert tied_days(ctx, feed, [MONDAY], terms=terms) == {MONDAY: True}


def test_what_was_asked_many_times_is_asked_again(shop: Shop) -> None:
    (sold,) = shop.collect(4_000)
    nothing = Unexplained(
        moves=Moves(key=[], amount=[], on=[], event=[], bank_ref=[], company=[], origination_file=[], batch_number=[],
                    trace=[], reference=[]),
        booked_on=[], code=[], report_id=[], suspended=set(),
    )  # fmt: skip
    reasons = Reasons()
    reasons.add(MatchKind.SETTLEMENT, sold.batch_id, amount=4_000, on=MONDAY, batch=sold.batch_id, batch_number=1)
    later = MONDAY + timedelta(days=7)
    for turn in range(1, 12):
        with shop.acting() as ctx:
            feed = ctx.session.scalars(select(Feed)).one()
            for opened_now in (1, 0):
                asked = tell_suspense(ctx, feed, nothing, reasons, told=set(), used=set(), day=later)
                assert asked == opened_now
            row = ctx.session.scalars(select(Case).where(Case.state == CaseState.OPEN)).one()
            name = public_id(Prefix.BATCH, sold.batch_id)
            assert (row.subject, row.once) == (name, name if turn == 1 else f"{name}|{turn}")
            close_case(ctx, row.id, outcome="the bank says it moved")
