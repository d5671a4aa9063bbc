"""Many returns at once: as many statements as pages, whatever each return does."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, event, select

from ingather.actions.reports.keeping import keep_report
from ingather.actions.reports.taking import take_report
from ingather.jobs.desk import Desk
from ingather.reports.recognise import read_reports
from ingather.store.reading.match_invariants import MATCH_INVARIANTS
from ingather.store.tables import Match, Order
from tests.bench.bench_night import make_book
from tests.bench.bench_returns import RETURNED_ON, report_of_returns, settle_book

_OF_A_REPORT = 330
"""Statements that a report of returns makes besides those that insert rows, whatever it holds."""
_INSERTS = 600
"""Statements that insert the rows of 2,000 returns, about ten to each."""


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Yield the statements that are executed meanwhile; one with many sets of values counts for each."""
    seen: list[str] = []

    def note(*particulars: object) -> None:
        _, _, statement, values, _, many = particulars
        # Rows are what there are most of: they go in many to a statement.
        each = many and isinstance(values, list) and not str(statement).startswith("INSERT")
        seen.extend([str(statement)] * (len(values) if each and isinstance(values, list) else 1))

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def taken(folder: Path, returns: int) -> tuple[list[str], Desk]:
    """Return the statements of taking a report that says that so many settled debits came back."""
    folder.mkdir()
    desk = make_book(folder, orders=returns, merchants=3)
    settle_book(desk)
    data = report_of_returns(desk)
    (reading,) = read_reports(data, near=RETURNED_ON)
    with desk.action() as ctx:
        report_id, _ = keep_report(ctx, desk.originator_id(), name="returns", data=data)
    with counted(desk.engine) as seen, desk.action() as ctx:
        applied = take_report(ctx, report_id, reading, profile=desk.routes()[0].profile).applied
    assert applied == returns
    return seen, desk


def test_the_statements_do_not_grow_with_the_returns(tmp_path: Path) -> None:
    few, _ = taken(tmp_path / "few", 200)
    many, desk = taken(tmp_path / "many", 2_000)
    asked = [[each for each in seen if not each.startswith("INSERT")] for seen in (few, many)]
    assert len(asked[1]) - len(asked[0]) < 25, sorted(set(asked[1]) - set(asked[0]))
    assert len(asked[1]) < _OF_A_REPORT
    assert len(many) - len(asked[1]) < _INSERTS
    with desk.view() as ctx:
        back = ctx.session.scalars(select(Order.id).where(Order.state.in_(["returned", "failed"]))).all()
        matched = ctx.session.scalars(select(Match.target_id)).all()
        assert (len(back), len(set(matched))) == (2_000, 2_000)
        assert [name for name, question in MATCH_INVARIANTS.items() if question(ctx.session)] == []
