"""Good plans of each purpose, and for every check of the writer a way to break them so that it alone must tell."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from ingather.base.columns import text_column
from ingather.nacha.dialect import Dialect
from ingather.nacha.plan import ADDENDA_CONTENT_WIDTH, Addenda, Entries, FilePlan, payment_addenda
from ingather.nacha.purpose import Purpose
from ingather.nacha.refusals import refuse
from ingather.nacha.writer import write
from tests.unit.nacha.plans import ODFI, one_batch, small_plan, with_batches, with_entries

FIRST_TRACE = ODFI * 10_000_000 + 1


def refused(plan: FilePlan, purpose: Purpose = Purpose.ORIGINATION, dialect: Dialect | None = None) -> set[str]:
    """Return the checks that speak against a plan; none when it is written."""
    findings, _ = refuse(plan, dialect=dialect or Dialect(), purpose=purpose)
    if not len(findings):
        assert write(plan, dialect=dialect, purpose=purpose).data
    return {problem.check for problem in findings.problems()}


def addenda(*rows: tuple[int, int, str]) -> Addenda:
    """Return addenda from their entry, type and content from column 4 on."""
    return Addenda(
        entry=np.array([entry for entry, _, _ in rows], np.int64),
        type_code=np.array([kind for _, kind, _ in rows], np.int64),
        content=text_column([content for *_, content in rows], ADDENDA_CONTENT_WIDTH),
    )


def returned(reason: str = "R01") -> str:
    """Return the content of a 99 about the first entry of an invented file."""
    return f"{reason}{FIRST_TRACE:015d}      23138010"


def answers(code: str = "PPD", *reasons: str, kind: int = 99) -> FilePlan:
    """Return one batch of answers, an addenda each."""
    reasons = reasons or ("R01", "R02", "R03")
    plan = with_entries(one_batch(code, len(reasons)), transaction_code=np.full(len(reasons), 26))
    rows = [(entry, kind, returned(reason)) for entry, reason in enumerate(reasons)]
    return with_entries(plan, addenda=addenda(*rows))


def base(purpose: Purpose) -> FilePlan:
    """Return a plan of two batches that nothing speaks against."""
    plan = small_plan()
    if purpose is Purpose.ORIGINATION:
        return plan
    rows = [(entry, 99, returned()) for entry in range(len(plan.entries))]
    return with_entries(plan, transaction_code=np.full(len(plan.entries), 26), addenda=addenda(*rows))


def first(plan: FilePlan, **values: int) -> FilePlan:
    """Return the plan with the first entry's numbers replaced."""
    columns = {name: getattr(plan.entries, name).copy() for name in values}
    for name, value in values.items():
        columns[name][0] = value
    return with_entries(plan, **columns)


def worded(plan: FilePlan, **texts: str) -> FilePlan:
    """Return the plan with the first entry's texts replaced."""
    columns = {name: getattr(plan.entries, name).copy() for name in texts}
    for name, text in texts.items():
        columns[name][0] = text_column([text], columns[name].shape[1])[0]
    return with_entries(plan, **columns)


def headed(plan: FilePlan, **values: Any) -> FilePlan:  # noqa: ANN401 -- any field of the head
    """Return the plan with fields of its head replaced."""
    return replace(plan, head=replace(plan.head, **values))


def batched(plan: FilePlan, **values: Any) -> FilePlan:  # noqa: ANN401 -- any column of the batches
    """Return the plan with the first batch's fields replaced; a column that was None is filled for all."""
    columns = {}
    for name, value in values.items():
        column = getattr(plan.batches, name)
        columns[name] = [value, *([value] * len(plan.batches) if column is None else column)[1:]]
    return with_batches(plan, **columns)


def _again(plan: FilePlan) -> FilePlan:
    """Return the plan with its second entry like the first one in all but the trace number."""
    entries = plan.entries
    rows = np.array([0, 0, *range(2, len(entries))])
    names = [name for name in Entries.__dataclass_fields__ if name not in {"trace", "addenda", "offset", "announced"}]
    return with_entries(plan, **{name: getattr(entries, name)[rows] for name in names}, addenda=None)


def _large(plan: FilePlan) -> FilePlan:
    """Return the plan with many batches' worth of the largest amount in the first batch."""
    count = 200
    rows = np.zeros(count, np.int64)
    names = ("batch", "transaction_code", "routing", "account", "identification", "name", "discretionary")
    columns = {name: getattr(plan.entries, name)[rows] for name in names}
    return with_batches(
        with_entries(
            plan,
            **columns,
            amount_cents=np.full(count, 9_999_999_999),
            trace=FIRST_TRACE + np.arange(count),
            addenda=None,
        ),
        **{name: getattr(plan.batches, name)[:1] for name in _BATCH_COLUMNS},
    )


_BATCH_COLUMNS = (
    "service_class", "company_name", "company_discretionary", "company_identification", "standard_entry_class",
    "entry_description", "descriptive_date", "effective_on", "originating_dfi", "batch_number",
)  # fmt: skip


def _trace_again(plan: FilePlan) -> FilePlan:
    trace = plan.entries.trace.copy()
    trace[2] = trace[0]
    return with_entries(plan, trace=trace)


def _micro(plan: FilePlan) -> FilePlan:
    """Return the plan with a first batch of micro-entries that only debit."""
    return batched(plan, entry_description="ACCTVERIFY")


def _offset(plan: FilePlan) -> FilePlan:
    """Return the plan with a first batch whose offset does not balance it."""
    offset = np.zeros(len(plan.entries), np.bool_)
    offset[1] = True
    code = plan.entries.transaction_code.copy()
    code[1] = 22
    return batched(with_entries(plan, transaction_code=code, offset=offset), service_class=200)


def _no_batches(plan: FilePlan) -> FilePlan:
    none = {
        name: column[:0]
        for name in Entries.__dataclass_fields__
        if isinstance(column := getattr(plan.entries, name), np.ndarray)
    }
    return with_batches(
        with_entries(plan, **none, addenda=None),
        **{name: getattr(plan.batches, name)[:0] for name in _BATCH_COLUMNS},
    )


def _no_entries_in_one(plan: FilePlan) -> FilePlan:
    return with_entries(plan, batch=np.maximum(plan.entries.batch, 1))


def _seventeen_thousand(plan: FilePlan) -> FilePlan:
    owner = np.zeros(10_000, np.int64)
    many = payment_addenda(owner, np.full((10_000, 80), 65, np.uint8))
    return with_entries(plan, addenda=many)


DIALECTS = {
    "same-day-mark": Dialect(same_day_mark="SD2500"),
}
BREAKS: dict[str, Callable[[FilePlan], FilePlan]] = {
    "plan-shape": lambda plan: with_entries(plan, amount_cents=plan.entries.amount_cents[1:]),
    "file-empty": _no_batches,
    "batch-empty": _no_entries_in_one,
    "batch-limit": _large,
    "field-fits": lambda plan: batched(plan, company_name="A NAME OF SEVENTEE"),
    "characters": lambda plan: worded(plan, name="BELL\x07"),
    "party": lambda plan: headed(plan, destination="12345678901"),
    "id-modifier": lambda plan: headed(plan, id_modifier="a"),
    "date-real": lambda plan: headed(plan, created_on=date(1999, 12, 31)),
    "destination-routing": lambda plan: headed(plan, destination="091000018"),
    "same-day-mark": lambda plan: plan,
    "company-name-blank": lambda plan: batched(plan, company_name="0000"),
    "company-id-blank": lambda plan: batched(plan, company_identification=" 00"),
    "description-blank": lambda plan: batched(plan, entry_description="00"),
    "description-case": lambda plan: batched(plan, entry_description="Purchase"),
    "effective-date-blank": lambda plan: batched(plan, effective_on=None),
    "effective-date-stale": lambda plan: batched(plan, effective_on=date(2026, 11, 22)),
    "settlement-date": lambda plan: batched(plan, settlement_date="367"),
    "originator-status": lambda plan: batched(plan, originator_status="7"),
    "service-class": lambda plan: batched(plan, service_class=220),
    "sec-code": lambda plan: batched(plan, standard_entry_class="XYZ"),
    "class-written": lambda plan: batched(plan, standard_entry_class="ARC"),
    "originating-dfi": lambda plan: batched(plan, originating_dfi="0910000"),
    "batch-number": lambda plan: batched(plan, batch_number=2),
    "transaction-code": lambda plan: first(plan, transaction_code=100),
    "routing-digits": lambda plan: first(plan, routing=1_000_000_000),
    "routing-prefix": lambda plan: first(plan, routing=500_000_005),
    "check-digit": lambda plan: first(plan, routing=231_380_105),
    "account-blank": lambda plan: worded(plan, account=""),
    "account-zeros": lambda plan: worded(plan, account="0"),
    "account-justified": lambda plan: worded(plan, account=" 1234"),
    "account-spaces": lambda plan: worded(plan, account="12 34"),
    "amount-limit": lambda plan: first(plan, amount_cents=10_000_000_000),
    "amount-use": lambda plan: first(plan, amount_cents=0),
    "amount-same-day": lambda plan: batched(first(plan, amount_cents=100_000_001), effective_on=plan.head.created_on),
    "name-blank": lambda plan: worded(batched(plan, standard_entry_class="WEB"), name=""),
    "name-of-class": lambda plan: worded(batched(plan, standard_entry_class="PPD"), name=""),
    "payment-type": lambda plan: worded(batched(plan, standard_entry_class="WEB"), discretionary=""),
    "class-direction": lambda plan: batched(
        first(plan, transaction_code=22), standard_entry_class="TEL", service_class=200
    ),
    "class-use": lambda plan: batched(first(plan, transaction_code=29, amount_cents=0), standard_entry_class="PPD"),
    "micro-entries": _micro,
    "offset": _offset,
    "trace-digits": lambda plan: first(plan, trace=10**15),
    "trace-prefix": lambda plan: first(plan, trace=FIRST_TRACE - 10_000_000),
    "trace-order": lambda plan: first(plan, trace=FIRST_TRACE + 1),
    "duplicate-trace": _trace_again,
    "duplicate-entry": _again,
    "addenda-type": lambda plan: with_entries(plan, addenda=addenda((0, 6, "X"))),
    "addenda-class": lambda plan: with_entries(plan, addenda=addenda((0, 2, "X"))),
    "addenda-limit": _seventeen_thousand,
    "addenda-missing": lambda plan: with_entries(first(plan, transaction_code=29, amount_cents=0), addenda=None),
    "addenda-count": lambda plan: with_entries(
        batched(worded(plan, name="BUYER"), standard_entry_class="CTX"), announced=np.zeros(len(plan.entries), np.int64)
    ),
    "mixed-batch": lambda plan: with_entries(
        plan, addenda=addenda(*((entry, 99, returned("R61" if entry == 1 else "R01")) for entry in range(8)))
    ),
    "change-class": lambda plan: batched(plan, standard_entry_class="COR"),
    "change-amount": lambda plan: batched(plan, standard_entry_class="COR"),
}
