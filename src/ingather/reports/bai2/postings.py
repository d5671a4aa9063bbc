"""Postings from the details of an account: which way the money moved, what it means, and what the text names."""

from operator import mul
from typing import Any

from ingather.base.problems import Severity
from ingather.reports.bai2.details import Details
from ingather.reports.bai2.funds import CODE_TYPE, NO_MONEY, direction
from ingather.reports.code_map import CodeMap
from ingather.reports.findings import Findings
from ingather.reports.items import Postings, Report
from ingather.reports.mining import Miner
from ingather.reports.profile import ReportProfile

_FILE_NAME = 11
_MOST_REFERENCE = 35
_MOST_NAME = 16


def postings_of(
    details: Details, head: Report, *, codes: CodeMap, profile: ReportProfile, findings: Findings
) -> Postings:
    """Return the money among some details; those without are left out, and so are codes of no known direction.

    The value date is that of the funds type, else the group's own day.
    """
    signs = _signs(details, codes, findings)
    if 0 in signs.values():
        details = _only(details, [at for at, code in enumerate(details.codes) if signs[code]])
    amounts = list(map(mul, details.amounts, map(signs.__getitem__, details.codes)))
    rows = len(amounts)
    value_on = [head.business_date] * rows
    for at, day in details.value_on.items():
        value_on[at] = day
    return Postings(
        line=details.numbers,
        code_type=[CODE_TYPE] * rows,
        code=details.codes,
        amount_minor=amounts,
        value_on=value_on,
        bank_ref=details.bank_refs,
        customer_ref=details.customer_refs,
        text=details.texts,
        event=_events(details, signs, amounts, codes),
        items=[0] * rows,
        provisional=[head.kind == "INTRADAY"] * rows,
        **_mined(details, Miner(profile)),
    )


def _signs(details: Details, codes: CodeMap, findings: Findings) -> dict[str, int]:
    """Return the direction of each code, 0 for what makes no money; a code that nothing knows is a problem, once."""
    signs = {}
    for code in sorted(set(details.codes)):
        signs[code] = 0 if code == NO_MONEY else direction(code, codes)
        line = details.numbers[details.codes.index(code)]
        if code != NO_MONEY and not signs[code]:
            message = f"From line {line} on there are details of type {code}, which is neither credit nor debit."
            findings.add("direction-unknown", message, line=line, name=code)
        elif not codes.knows(CODE_TYPE, code):
            message = f"From line {line} on there are details of type {code}, which no table or profile knows."
            findings.add("code-unknown", message, line=line, name=code, severity=Severity.WARNING)
        elif any(rule.level == "summary" for rule in codes.rules_of(CODE_TYPE, code)[:1]):
            message = f"From line {line} on there are details of type {code}, which is one of summaries."
            findings.add("summary-in-detail", message, line=line, name=code, severity=Severity.WARNING)
    return signs


def _only(details: Details, kept: list[int]) -> Details:
    places = {old: new for new, old in enumerate(kept)}
    return Details(
        numbers=[details.numbers[at] for at in kept],
        codes=[details.codes[at] for at in kept],
        amounts=[details.amounts[at] for at in kept],
        value_on={places[at]: day for at, day in details.value_on.items() if at in places},
        bank_refs=[details.bank_refs[at] for at in kept],
        customer_refs=[details.customer_refs[at] for at in kept],
        texts=[details.texts[at] for at in kept],
        ref_lengths=details.ref_lengths,
        total=details.total,
    )


def _events(details: Details, signs: dict[str, int], amounts: list[int], codes: CodeMap) -> list[str]:
    if min(details.amounts, default=0) >= 0 and not any(codes.asks_text(CODE_TYPE, code) for code in signs):
        events: dict[str, str] = {code: codes.event(CODE_TYPE, code, amount_minor=sign) for code, sign in signs.items()}
        return list(map(events.__getitem__, details.codes))
    rows = zip(details.codes, amounts, details.texts, strict=True)
    return [codes.event(CODE_TYPE, code, amount_minor=amount, text=text) for code, amount, text in rows]


def _mined(details: Details, miner: Miner) -> dict[str, list[Any]]:
    """Return the columns that a posting's texts may name: our references where a pattern finds them."""
    rows = len(details.codes)
    if not miner:
        blank = [""] * rows
        return {
            "reference": blank,
            "trace": [0] * rows,
            "origination_file": _file_names(details, miner),
            "batch_number": [0] * rows,
            "company_identification": blank,
            "reason": blank,
        }
    texts = list(zip(details.texts, details.customer_refs, details.bank_refs, strict=True))
    return {
        "reference": [miner.text("reference", *each)[:_MOST_REFERENCE] for each in texts],
        "trace": [miner.trace(*each) for each in texts],
        "origination_file": [miner.origination_file(*each)[:_MOST_NAME] for each in texts],
        "batch_number": [miner.batch_number(*each) for each in texts],
        "company_identification": [miner.text("company_identification", *each)[:_MOST_NAME] for each in texts],
        "reason": [miner.reason(*each) for each in texts],
    }


def _file_names(details: Details, miner: Miner) -> list[str]:
    """Return the references that have the form of a file's own name; without a pattern only these name one."""
    if _FILE_NAME not in details.ref_lengths:
        return [""] * len(details.codes)
    refs = zip(details.customer_refs, details.bank_refs, strict=True)
    return [miner.origination_file(customer, bank) for customer, bank in refs]
