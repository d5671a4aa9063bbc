"""Plans for tests: a small file of each SEC code, and wide ones from arithmetic, without chance."""

from dataclasses import replace
from datetime import date, time
from typing import Any

import numpy as np

from ingather.base.columns import Bytes2D, digits_column, text_column
from ingather.nacha.plan import Batches, Entries, FileHead, FilePlan, payment_addenda
from tests.red import red_account

ODFI = 9100001
ROUTING = (231380104, 121042882, 21000021, 91000019)
HEAD = FileHead(
    destination="091000019",
    origin="1234567890",
    created_on=date(2026, 11, 23),
    created_at=time(18, 5),
    id_modifier="A",
    destination_name="FIRST BANK OF TESTS",
    origin_name="INGATHER",
    reference="REF00001",
)


def batches_of(*codes: str) -> Batches:
    count = len(codes)
    return Batches(
        service_class=[225] * count,
        company_name=["ACME GOODS", "NORTH MARKET", "BLUE LANE", "CORNER SHOP"][:count],
        company_discretionary=[""] * count,
        company_identification=["1234567890"] * count,
        standard_entry_class=list(codes),
        entry_description=["PURCHASE"] * count,
        descriptive_date=["261123"] * count,
        effective_on=[date(2026, 11, 24)] * count,
        originating_dfi=["09100001"] * count,
        batch_number=list(range(1, count + 1)),
    )


def entries_of(
    accounts: list[str], *, batch: list[int] | None = None, texts: list[tuple[int, str]] | None = None
) -> Entries:
    count = len(accounts)
    at = np.arange(count)
    return Entries(
        batch=np.array(batch if batch is not None else [0] * count, np.int64),
        transaction_code=np.where(at % 2 == 0, 27, 37),
        routing=np.array([ROUTING[i % len(ROUTING)] for i in range(count)], np.int64),
        account=text_column(accounts, 17),
        amount_cents=(at + 1) * 1999,
        identification=text_column([f"0C4M7R2V9K{i:03d}" for i in range(count)], 15),
        name=text_column([f"BUYER NUMBER {i}" for i in range(count)], 22),
        discretionary=text_column(["S"] * count, 2),
        trace=ODFI * 10_000_000 + at + 1,
        addenda=payment_addenda(
            np.array([entry for entry, _ in texts], np.int64), text_column([text for _, text in texts], 80)
        )
        if texts
        else None,
    )


def small_plan() -> FilePlan:
    """Return four batches (CCD, PPD, WEB, TEL) with two entries each, two of them with an addenda."""
    accounts = [red_account(i) for i in range(8)]
    texts = [(0, "RMR*IV*0001**19.99\\"), (4, "RMR*IV*0005**99.95\\")]
    batch = [0, 0, 1, 1, 2, 2, 3, 3]
    return FilePlan(
        head=HEAD,
        batches=batches_of("CCD", "PPD", "WEB", "TEL"),
        entries=entries_of(accounts, batch=batch, texts=texts),
    )


def one_batch(code: str = "CCD", count: int = 3) -> FilePlan:
    """Return one batch of a few entries."""
    accounts = [red_account(i) for i in range(count)]
    return FilePlan(head=HEAD, batches=batches_of(code), entries=entries_of(accounts))


def wide_plan(count: int, batches: int = 1) -> FilePlan:
    """Return a plan of many entries spread evenly over batches, made of arithmetic only."""
    at = np.arange(count)
    prefix = 1_000_000 + (at * 7919) % 11_000_000
    digits = digits_column(prefix, 8).astype(np.int64) - 48
    check = -(digits * np.array([3, 7, 1, 3, 7, 1, 3, 7])).sum(axis=1) % 10
    one = batches_of("CCD")
    return FilePlan(
        head=HEAD,
        batches=Batches(
            service_class=[225] * batches,
            company_name=[f"MERCHANT {i}" for i in range(batches)],
            company_discretionary=[""] * batches,
            company_identification=list(one.company_identification) * batches,
            standard_entry_class=["CCD"] * batches,
            entry_description=["PURCHASE"] * batches,
            descriptive_date=["261123"] * batches,
            effective_on=list(one.effective_on) * batches,
            originating_dfi=list(one.originating_dfi) * batches,
            batch_number=list(range(1, batches + 1)),
        ),
        entries=Entries(
            batch=at * batches // count,
            transaction_code=np.full(count, 27),
            routing=prefix * 10 + check,
            account=_padded(digits_column((at + 1) * 104_729 % 10**10, 10), 17),
            amount_cents=at % 500_000 + 1,
            identification=_padded(digits_column(at, 13), 15),
            name=_padded(np.tile(text_column(["BUYER OF MANY GOODS"], 22), (count, 1)), 22),
            discretionary=np.full((count, 2), 32, np.uint8),
            trace=ODFI * 10_000_000 + at + 1,
        ),
    )


def _padded(column: Bytes2D, width: int) -> Bytes2D:
    wide = np.full((len(column), width), 32, np.uint8)
    wide[:, : column.shape[1]] = column
    return wide


def with_entries(plan: FilePlan, **columns: Any) -> FilePlan:  # noqa: ANN401 -- any column of the entries
    """Return the plan with some columns of its entries replaced."""
    return replace(plan, entries=replace(plan.entries, **columns))


def with_batches(plan: FilePlan, **columns: Any) -> FilePlan:  # noqa: ANN401 -- any column of the batches
    """Return the plan with some columns of its batches replaced."""
    return replace(plan, batches=replace(plan.batches, **columns))
