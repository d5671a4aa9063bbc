"""The file that ``ingather nacha bench`` writes: debits of several classes, made of arithmetic, without chance."""

from datetime import date, time
from itertools import cycle, pairwise

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, column_texts, digits_column, text_column
from ingather.base.dates import format_yymmdd
from ingather.nacha.plain_loop import PlainBatch, PlainEntry
from ingather.nacha.plan import ACCOUNT_WIDTH, Batches, Entries, FileHead, FilePlan
from ingather.nacha.routing import check_digits

_CREATED, _EFFECTIVE = date(2026, 11, 23), date(2026, 11, 24)
_ODFI = "09100001"
_SEQUENCES = 10_000_000
# Big batches, and small ones as merchants of a marketplace have them; with the SEC code of each.
_BATCHES = ((50_000, "CCD"), (5_000, "PPD"), (500, "WEB"))
_PREFIXES = np.array([*range(1, 13), *range(21, 33), *range(61, 73)])
_NAMES = ("ACME SUPPLIES", "BLUE LANE STORES", "CORNER SHOP", "DELTA FREIGHT LINES", "EASTERN TOOLS", "FIRST GROCERS")
_SAVINGS_EVERY = 8


def plan_of(entries: int) -> FilePlan:
    """Return a file of so many debits, made of arithmetic: the same number, the same file."""
    batches = _batches_of(entries)
    sizes = [size for size, _ in batches]
    at = np.arange(entries)
    batch = np.repeat(np.arange(len(sizes)), sizes)
    eight = _PREFIXES[at * 31 % len(_PREFIXES)] * 1_000_000 + at * 7_919 % 1_000_000
    web = np.array([code == "WEB" for _, code in batches], np.bool_)[batch]
    discretionary = np.full((entries, 2), BLANK, np.uint8)
    discretionary[web, 0] = np.where(at[web] % 3 == 0, ord("S"), ord("R"))
    names = text_column(list(_NAMES), 22)
    return FilePlan(
        head=FileHead(
            destination="091000019",
            origin="1234567890",
            created_on=_CREATED,
            created_at=time(18, 5),
            id_modifier="A",
            destination_name="FIRST BANK",
            origin_name="INGATHER",
        ),
        batches=_headers([code for _, code in batches]),
        entries=Entries(
            batch=batch,
            transaction_code=np.where(at % _SAVINGS_EVERY, 27, 37),
            routing=eight * 10 + check_digits(digits_column(eight, 8)),
            account=_accounts(entries),
            amount_cents=at * 37 % 50_000 + 100,
            identification=_references(entries),
            name=names[at % len(_NAMES)],
            discretionary=discretionary,
            trace=int(_ODFI) * _SEQUENCES + at + 1,
        ),
    )


def _batches_of(entries: int) -> list[tuple[int, str]]:
    batches: list[tuple[int, str]] = []
    for size, code in cycle(_BATCHES):
        if not entries:
            break
        batches.append((min(size, entries), code))
        entries -= batches[-1][0]
    return batches


def _headers(codes: list[str]) -> Batches:
    count = len(codes)
    return Batches(
        service_class=[225] * count,
        company_name=[f"MERCHANT {number}" for number in range(count)],
        company_discretionary=[""] * count,
        company_identification=["1234567890"] * count,
        standard_entry_class=codes,
        entry_description=["ORDERS"] * count,
        descriptive_date=[format_yymmdd(_CREATED)] * count,
        effective_on=[_EFFECTIVE] * count,
        originating_dfi=[_ODFI] * count,
        batch_number=list(range(1, count + 1)),
    )


def _accounts(entries: int) -> Bytes2D:
    """Return account numbers of ten digits, every third of thirteen."""
    at = np.arange(entries)
    column = np.full((entries, ACCOUNT_WIDTH), BLANK, np.uint8)
    column[:, :10] = digits_column(at * 104_729 % 9_000_000_000 + 1_000_000_000, 10)
    column[::3, 10:13] = digits_column(at[::3] % 1_000, 3)
    return column


def _references(entries: int) -> Bytes2D:
    column = np.empty((entries, 15), np.uint8)
    column[:, :3] = list(b"ORD")
    column[:, 3:] = digits_column(np.arange(entries) * 86_028_121 % 10**12, 12)
    return column


def plain_batches(plan: FilePlan) -> list[PlainBatch]:
    """Return the plan as objects of plain Python, as an application without columns would hold it."""
    entries, heads = plan.entries, plan.batches
    columns = (
        entries.transaction_code.tolist(),
        entries.routing.tolist(),
        column_texts(entries.account),
        entries.amount_cents.tolist(),
        column_texts(entries.identification),
        column_texts(entries.name),
        column_texts(entries.discretionary),
        entries.trace.tolist(),
    )
    rows = [PlainEntry(*row) for row in zip(*columns, strict=True)]
    bounds = np.searchsorted(entries.batch, np.arange(len(heads) + 1)).tolist()
    return [
        PlainBatch(
            header={
                "service_class": heads.service_class[place],
                "company_name": heads.company_name[place],
                "company_identification": heads.company_identification[place],
                "standard_entry_class": heads.standard_entry_class[place],
                "company_entry_description": heads.entry_description[place],
                "company_descriptive_date": heads.descriptive_date[place],
                "effective_entry_date": format_yymmdd(_EFFECTIVE),
                "originating_dfi": heads.originating_dfi[place],
                "batch_number": heads.batch_number[place],
            },
            entries=rows[start:stop],
        )
        for place, (start, stop) in enumerate(pairwise(bounds))
    ]
