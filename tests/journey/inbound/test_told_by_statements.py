"""What came back is told by the bank's file, its report and its statement, in any order, and happens once."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from ingather.actions.report_profiles import take_profile
from ingather.jobs.rehearsal.moving import Moving
from ingather.jobs.rehearsal.stage import Stage
from ingather.simulator.state import Kind
from ingather.simulator.statement_forms import report_profile
from ingather.simulator.terms import Statement
from ingather.store.tables import Adjustment, Feed, Return
from tests.journey.answers import bank_days
from tests.journey.stage import (
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    broken,
    changed_terms,
    deliver,
    open_cases,
    returned,
    staged,
    states,
)

SALES = [Sale(amount=100 * (number + 1)) for number in range(4)]
BACK = Script(fates={("B 001", 1): returned("R01"), ("B 002", 1): returned("R03")})
ORDERS = [(0, 1, 2), (2, 1, 0), (2, 0, 1), (1, 2, 0, 1)]


def on_statements(folder: Path, form: Statement) -> Stage:
    """Return a stage whose account is kept by statements of a form, with the profile that reads them."""
    stage = staged(
        folder,
        SALES,
        behaviour=BACK,
        fee_cents=250,
        moving=Moving(statement=form),
        profile=changed_terms(posting__statement=form.value, posting__return_fee_minor=250),
    )
    with stage.desk.action() as ctx:
        originator_id = ctx.session.execute(select(Feed.originator_id)).scalar_one()
        take_profile(ctx, originator_id, report_profile(form))
    return stage


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "".join(map(str, order)))
@pytest.mark.parametrize("form", [Statement.CAMT, Statement.MT940])
def test_a_return_is_one_whoever_tells_of_it_first(tmp_path: Path, form: Statement, order: tuple[int, ...]) -> None:
    stage = on_statements(tmp_path, form)
    earlier = bank_days(stage, MONDAY, TUESDAY)
    evening = bank_days(stage, WEDNESDAY)
    deliver(stage, *earlier)
    told = [item for item in evening if item.kind in {Kind.RETURN, Kind.REPORT}]
    assert len(told) == 3
    for index in order:
        deliver(stage, told[index])
    with stage.desk.view() as ctx:
        columns = (Return.code, Return.applied, Return.return_trace, Return.posting_ref)
        rows = ctx.session.execute(select(*columns).order_by(Return.amount_cents)).all()
        fees = ctx.session.execute(
            select(func.count(), func.sum(Adjustment.amount_minor)).select_from(Adjustment)
        ).one()
    assert [(row.code, row.applied, row.return_trace > 0) for row in rows] == [("R01", True, True), ("R03", True, True)]
    assert all(row.posting_ref for row in rows)
    assert tuple(fees) == (2, -500)
    assert sorted(states(stage).values()).count("settled") == 2
    assert "duplicate_return" not in open_cases(stage)
    assert broken(stage) == []
