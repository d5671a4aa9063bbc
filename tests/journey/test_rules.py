"""What a night decided stays judgeable: each file names the rows it rests on, each distinct set is kept once."""

from pathlib import Path

from sqlalchemy import func, select

from ingather.rules.rows import row_of
from ingather.store.tables import File, RuleSet
from tests.journey.stage import MONDAY, TUESDAY, WEDNESDAY, Sale, night, record, staged


def test_files_name_the_rule_rows_they_rest_on_and_a_set_is_kept_once(book_url: str, tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()], book=book_url)
    night(stage, MONDAY)
    record(stage, [Sale(due=WEDNESDAY)], first=1)
    night(stage, TUESDAY)
    record(stage, [Sale(due=WEDNESDAY, holder="business")], first=2)
    night(stage, WEDNESDAY)
    with stage.desk.view() as view:
        sets = view.session.execute(
            select(RuleSet.id, RuleSet.rows).join(File, File.rule_set_id == RuleSet.id).order_by(File.id),
        ).all()
        files = view.session.execute(select(func.count()).select_from(File)).scalar_one()
    assert files == len(sets) == 3
    first, second, third = sets
    assert first.id == second.id != third.id
    assert "entry_classes/consumer-online@2001-03-16" in first.rows
    assert "entry_classes/business-online@2000-01-01" in third.rows
    assert all(row_of(each) is not None for kept in sets for each in kept.rows)
