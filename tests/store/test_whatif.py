"""The history of what was collected: when debits came back, whether or not the bank named the day."""

from datetime import timedelta
from pathlib import Path

from ingather.rules.whatif import NEVER
from ingather.store.tables import Return
from ingather.store.whatif import read_collected
from tests.journey.stage import MONDAY
from tests.unit.actions.settlements.shop import Shop, opened
from tests.unit.cli.shell import at_book

LATER = MONDAY + timedelta(days=3)


def returned_on(shop: Shop) -> list[int]:
    with shop.stage.desk.view() as ctx:
        found = read_collected(ctx.session, shop.originator_id, first=MONDAY, last=LATER)
    return list(found.history.returned_on)


def test_a_return_without_a_settlement_day_came_back_on_the_day_it_came(tmp_path: Path, book_url: str) -> None:
    shop = opened(tmp_path, book=book_url)
    sold, _ = shop.collect(10_000, 4_000)
    came = shop.on(LATER).come_back(sold)
    with shop.acting() as ctx:
        ctx.session.get_one(Return, came).returned_on = None
    # Late in the evening of New York it is the next day in UTC.
    assert returned_on(shop) == [LATER.toordinal(), NEVER]


def test_a_reserve_is_a_percentage_to_the_hundredth(tmp_path: Path) -> None:
    shop = opened(tmp_path)
    shop.collect(10_000)
    assert at_book(shop.stage, "whatif", "--reserve", "2.55", "--json").json["asked"] == {"reserve_bps": 255}
    for wrong in ("2.555", "101", "many"):
        said = at_book(shop.stage, "whatif", "--reserve", wrong)
        assert said.code == 2
        assert "--reserve" in said.words
