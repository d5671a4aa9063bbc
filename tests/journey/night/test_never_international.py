"""IAT entries are never written: no route leads there, and a book that says otherwise sends nothing that way."""

from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import update

from ingather.actions.banks import NewBook
from ingather.domain.refusals import WrongState
from ingather.jobs.founding import found
from ingather.nacha.reader import read
from ingather.rules.tables import profile_text
from ingather.store.tables import Merchant, Route
from ingather.wiring import new_desk
from tests.journey.stage import MONDAY, Sale, all_files, at_the_bank, night, staged
from tests.red import red_account

SALES = [
    Sale(holder=holder, channel=channel, goods=goods, amount=100 + number)
    for number, (holder, channel, goods) in enumerate(
        product(("business", "consumer"), ("online", "phone", "paper"), (False, True))
    )
]


@pytest.mark.parametrize("classes", [("IAT",), ("CCD", "WEB", "IAT"), ("CTX", "WEB"), ("ENR",), ()])
def test_a_route_of_a_class_that_is_not_ours_is_refused_at_the_founding(
    tmp_path: Path, classes: tuple[str, ...]
) -> None:
    desk = new_desk(str(tmp_path / "book.sqlite"), actor="user:maria", node=1)
    new = NewBook(
        mark="test", originator="Market", profile=profile_text("first-example"), bank="FIRST", account=red_account(0),
        channel={"kind": "folder", "outbound": "outbound", "inbound": "inbound"}, entry_classes=classes,
    )  # fmt: skip
    with pytest.raises(WrongState, match="no route leads there" if classes else "no entry class"):
        found(desk, new)


def test_whatever_is_due_the_night_writes_no_international_entry(tmp_path: Path) -> None:
    stage = staged(tmp_path, SALES)
    with stage.desk.action() as ctx:
        # Even where the merchant is paid out abroad and the ODFI's view is on record, its debits stay domestic.
        ctx.session.execute(update(Merchant).values(paid_abroad=True, iat_view="letter", iat_view_on=MONDAY))
        ctx.session.execute(update(Route).values(entry_classes=["CCD", "PPD", "WEB", "TEL", "IAT"]))
    assert night(stage, MONDAY).sealed_orders == len(SALES)
    classes = {batch["entry_class"] for file in all_files(stage) for batch in file["batch_list"]}
    assert classes == {"CCD", "PPD", "WEB", "TEL"}
    for data in at_the_bank(stage).values():
        assert b"IAT" not in data
        assert not [problem for problem in read(data).problems if problem.severity == "error"]


def test_a_route_that_a_book_says_is_for_iat_alone_takes_nothing(tmp_path: Path) -> None:
    stage = staged(tmp_path, SALES)
    with stage.desk.action() as ctx:
        ctx.session.execute(update(Route).values(entry_classes=["IAT"]))
    report = night(stage, MONDAY)
    assert (report.sealed_orders, report.refused) == (0, {"no-route": len(SALES)})
    assert at_the_bank(stage) == {}
