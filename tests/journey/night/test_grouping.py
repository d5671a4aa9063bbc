"""Which orders go out in which entry class, batch, file and route."""

from datetime import date
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import select

from ingather.actions.banks import add_profile
from ingather.jobs.rehearsal.stage import Stage
from ingather.nacha.reader import read
from ingather.nacha.reading import Reading
from ingather.rules.banks import load_profile
from ingather.store.tables import Route
from tests.journey.stage import (
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    all_files,
    at_the_bank,
    broken,
    changed_terms,
    night,
    order,
    play,
    returned,
    staged,
    states,
)

CLASSES = {
    ("business", "online"): "CCD",
    ("business", "phone"): "CCD",
    ("business", "paper"): "CCD",
    ("consumer", "online"): "WEB",
    ("consumer", "phone"): "TEL",
    ("consumer", "paper"): "PPD",
}
SALES = [
    Sale(holder=holder, channel=channel, goods=goods, kind=kind, amount=1_000 + number)
    for number, ((holder, channel), goods, kind) in enumerate(
        product(CLASSES, (False, True), ("single", "standing", "recurring"))
    )
]


def sent(stage: Stage) -> list[Reading]:
    """Return what lies at the bank, read."""
    return [read(data) for data in at_the_bank(stage).values()]


@pytest.fixture(scope="module")
def whole_table(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    """Return the file of a night with every holder, channel, kind of goods and authorization."""
    stage = staged(tmp_path_factory.mktemp("classes"), SALES)
    night(stage, MONDAY)
    (reading,) = sent(stage)
    return reading


@pytest.mark.parametrize("number", range(len(SALES)), ids=lambda number: "-".join(
    str(part) for part in (SALES[number].holder, SALES[number].channel, SALES[number].goods, SALES[number].kind)
))  # fmt: skip
def test_holder_and_channel_choose_the_class_and_goods_the_description(whole_table: Reading, number: int) -> None:
    sale = SALES[number]
    (row,) = [index for index, cents in enumerate(whole_table.entries.amount_cents.tolist()) if cents == sale.amount]
    batch = int(whole_table.entries.batch[row])
    header = {
        name: bytes(whole_table.batches.texts(name)[batch]).decode().strip()
        for name in ("standard_entry_class", "company_entry_description", "company_name")
    }
    entry_class = CLASSES[sale.holder, sale.channel]
    online = entry_class == "WEB" or (entry_class == "TEL" and sale.kind == "standing")
    goods_bought_online = online and sale.goods
    assert header == {
        "standard_entry_class": entry_class,
        "company_entry_description": "PURCHASE" if goods_bought_online else "ORDERS",
        "company_name": "HARBOR GOODS",
    }
    payment_type = bytes(whole_table.entries.discretionary[row]).decode().strip()
    if entry_class in {"WEB", "TEL"}:
        assert payment_type == ("R" if sale.kind == "recurring" else "S")
    else:
        assert payment_type == ""


def test_a_batch_holds_one_class_description_and_merchant(whole_table: Reading, tmp_path: Path) -> None:
    assert len(whole_table.batches) == len({"CCD", "TEL", "TEL for goods", "PPD", "WEB", "WEB for goods"})
    stage = staged(tmp_path, [Sale(merchant=merchant) for merchant in ("harbor", "summit", "harbor")])
    night(stage, MONDAY)
    (file,) = all_files(stage)
    batches = [(row["company_name"], row["entries"]) for row in file["batch_list"]]
    assert batches == [("HARBOR GOODS", 2), ("SUMMIT SUPPLY", 1)]


def test_a_retry_goes_in_a_batch_of_its_own_with_the_same_name_id_amount_and_reference(tmp_path: Path) -> None:
    script = Script(fates={("B 000", 1): returned("R01")})
    stage = staged(tmp_path, [Sale(goods=True), Sale(amount=700, due=date(2026, 11, 25), goods=True)], behaviour=script)
    play(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, *(date(2026, 11, day) for day in (20, 23, 24)))
    batches = [batch for file in all_files(stage) for batch in file["batch_list"]]
    assert [batch["description"] for batch in batches] == ["PURCHASE", "RETRY PYMT", "PURCHASE"]
    first, again = order(stage, "b000")["entries"]
    assert (first["kind"], again["kind"]) == ("debit", "retry")
    assert first["entry_class"] == again["entry_class"] == "WEB"
    readings = sent(stage)
    one, other = readings[0], readings[1]
    for column in ("identification", "account", "amount_cents", "routing", "name", "transaction_code"):
        assert getattr(one.entries, column)[0].tolist() == getattr(other.entries, column)[0].tolist()
    for name in ("company_name", "company_identification"):
        assert one.batches.texts(name)[0].tolist() == other.batches.texts(name)[0].tolist()
    assert one.entries.trace[0] != other.entries.trace[0]


def test_checking_and_savings_have_their_transaction_codes(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale(account_kind="savings")])
    night(stage, MONDAY)
    (reading,) = sent(stage)
    assert reading.entries.transaction_code.tolist() == [27, 37]


@pytest.mark.parametrize(
    ("limits", "sizes"),
    [
        ({"file_limit__entries": 2}, [2, 2, 1]),
        ({"file_limit__debit_cents": 250}, [2, 2, 1]),
        ({"file_limit__entries": 4, "file_limit__debit_cents": 300}, [3, 2]),
        ({}, [5]),
    ],
    ids=["by entries", "by amount", "by the narrower of both", "without a limit"],
)
def test_a_file_holds_no_more_than_its_limit(tmp_path: Path, limits: dict[str, object], sizes: list[int]) -> None:
    stage = staged(tmp_path, [Sale(amount=100)] * 5, profile=changed_terms(**limits))
    report = night(stage, MONDAY)
    files = all_files(stage)
    assert [file["entries"] for file in files] == sizes
    assert len(report.sent) == len(sizes)
    assert [file["name"] for file in files] == [f"marketplace.20261116.{letter}.ach" for letter in "ABC"[: len(sizes)]]
    traces = [trace for reading in sent(stage) for trace in reading.entries.trace.tolist()]
    assert traces == sorted(set(traces))
    assert set(states(stage).values()) == {"submitted"}
    assert broken(stage) == []


def test_a_route_takes_what_its_amounts_and_priority_say(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=100), Sale(amount=5_000), Sale(amount=90_000)])
    other = changed_terms(
        id="other-bank",
        odfi_routing="121042882",
        immediate_destination="121042882",
        file_name="other.{date}.{modifier}",
    )
    with stage.desk.action() as ctx:
        main = ctx.session.execute(select(Route)).scalar_one()
        main.max_cents = 10_000
        profile_id = add_profile(ctx, main.originator_id, profile=load_profile(other), toml=other)
        ctx.session.add(
            Route(
                id=ctx.ids.one(),
                originator_id=main.originator_id,
                name="large",
                bank_profile_id=profile_id,
                feed_id=main.feed_id,
                entry_classes=["WEB"],
                min_cents=5_000,
                max_cents=50_000,
                service_window="standard",
                priority=0,
                valid_from=date(2000, 1, 1),
                valid_to=None,
                channel=main.channel,
            )
        )
    report = night(stage, MONDAY)
    assert [(file["name"], file["entries"]) for file in all_files(stage)] == [
        ("other.20261116.A", 1),
        ("marketplace.20261116.A.ach", 1),
    ]
    traces = {reading.entries.amount_cents[0]: f"{reading.entries.trace[0]:015d}"[:8] for reading in sent(stage)}
    assert traces == {5_000: "12104288", 100: "23138010"}
    assert states(stage) == {"b000": "submitted", "b001": "submitted", "b002": "open"}
    assert report.refused == {"no-route": 1}
    assert order(stage, "b002")["reason"] == "no-route"


def test_receiver_names_and_references_stand_in_the_file(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    night(stage, MONDAY)
    (reading,) = sent(stage)
    assert bytes(reading.entries.name[0]).decode().strip() == "B 000"
    assert bytes(reading.entries.identification[0]).decode().strip() == order(stage, "b000")["id"].removeprefix("ord_")
