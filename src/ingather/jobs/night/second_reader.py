"""The second reader: the ``ach`` package, which shares no line with our codec, reads the bytes before they are sealed.

It slices columns and wants LF, so it gets the bytes without CR. Every field of every record that it knows is compared.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from ach.parser import Parser

from ingather.base.columns import column_texts
from ingather.base.dates import format_yymmdd
from ingather.nacha.plan import FilePlan
from ingather.nacha.transaction_codes import DEBIT

_RECORD = 94
_HASH = 10_000_000_000


def second_reading_differs(plan: FilePlan, data: bytes) -> str:
    """Return the first difference between what the second reader reads and what was meant; empty when they agree.

    The sentence names the record and field, never a value.
    """
    text = data.decode("ascii").replace("\r\n", "\n")
    if "\n" not in text:
        text = "\n".join(text[start : start + _RECORD] for start in range(0, len(text), _RECORD))
    return next(_differences(plan, Parser(text).as_dict()), "")


def _differences(plan: FilePlan, read: dict[str, Any]) -> Iterator[str]:
    yield from _unequal("the file header", read["file_header"], _meant_head(plan))
    batches = read["batches"]
    if len(batches) != len(plan.batches):
        yield "the number of batches"
        return
    bounds = np.searchsorted(plan.entries.batch, np.arange(len(batches) + 1))
    entries = _meant_entries(plan)
    for number, batch in enumerate(batches):
        where = f"batch {number + 1}"
        first, end = int(bounds[number]), int(bounds[number + 1])
        yield from _unequal(f"the header of {where}", batch["batch_header"], _meant_batch(plan, number))
        yield from _unequal(f"the control of {where}", batch["batch_control"], _meant_totals(plan, first, end))
        if len(batch["entries"]) != end - first:
            yield f"the number of entries of {where}"
            return
        for found, *meant in zip(batch["entries"], *(column[first:end] for column in entries.values()), strict=True):
            yield from _unequal(f"an entry of {where}", found["entry_detail"], dict(zip(entries, meant, strict=True)))
    yield from _unequal("the file control", read["file_control"], _meant_totals(plan, 0, len(plan.entries)))


def _unequal(where: str, found: Mapping[str, str], meant: Mapping[str, str]) -> Iterator[str]:
    for field, value in meant.items():
        if found[field].rstrip() != value:
            yield f"{field} in {where}"


def _meant_head(plan: FilePlan) -> dict[str, str]:
    head = plan.head
    return {
        "immediate_dest": head.destination.rjust(10),
        "immediate_org": head.origin.rjust(10),
        "file_crt_date": format_yymmdd(head.created_on),
        "file_crt_time": head.created_at.strftime("%H%M"),
        "file_id_mod": head.id_modifier,
        "im_dest_name ": head.destination_name,
        "im_orgn_name ": head.origin_name,
    }


def _meant_batch(plan: FilePlan, number: int) -> dict[str, str]:
    batches = plan.batches
    effective_on = batches.effective_on[number]
    return {
        "serv_cls_code": str(batches.service_class[number]),
        "company_name": batches.company_name[number],
        "company_id": batches.company_identification[number],
        "std_ent_cls_code": batches.standard_entry_class[number],
        "entry_desc": batches.entry_description[number],
        "eff_ent_date": format_yymmdd(effective_on) if effective_on else "",
        "orig_dfi_id": batches.originating_dfi[number],
        "batch_id": f"{batches.batch_number[number]:07d}",
    }


def _meant_totals(plan: FilePlan, first: int, end: int) -> dict[str, str]:
    routing, cents = plan.entries.routing[first:end] // 10, plan.entries.amount_cents[first:end]
    debits = DEBIT[plan.entries.transaction_code[first:end]]
    return {
        "entry_hash": f"{int(routing.sum()) % _HASH:010d}",
        "debit_amount": f"{int(cents[debits].sum()):012d}",
        "credit_amount": f"{int(cents[~debits].sum()):012d}",
    }


def _meant_entries(plan: FilePlan) -> dict[str, list[str]]:
    entries = plan.entries
    return {
        "transaction_code": [str(code) for code in entries.transaction_code.tolist()],
        "recv_dfi_id": [f"{routing // 10:08d}" for routing in entries.routing.tolist()],
        "check_digit": [str(routing % 10) for routing in entries.routing.tolist()],
        "dfi_acnt_num": column_texts(entries.account),
        "amount": [f"{amount:010d}" for amount in entries.amount_cents.tolist()],
        "ind_id": column_texts(entries.identification),
        "ind_name": column_texts(entries.name),
        "disc_data": column_texts(entries.discretionary),
        "trace_num": [f"{trace:015d}" for trace in entries.trace.tolist()],
    }
