"""The account's daily statement in the forms that banks use beside a report of their own: BAI2, camt.053 and MT940.

These forms tell of postings and balances. What a posting names of ours stands in its text, in words of this bank; the
profile that finds them again is ``report_profile``.
"""

from dataclasses import replace
from typing import assert_never

from ingather.simulator.bai2_reports import write_bai2
from ingather.simulator.camt_reports import write_camt
from ingather.simulator.state import Delivery, Kind
from ingather.simulator.statement_rows import DayStatement, statement_of
from ingather.simulator.str_reports import ReportBody, ReportHead, write_report
from ingather.simulator.swift_reports import write_mt940
from ingather.simulator.terms import BankTerms, Carrier, Statement

_MINED = """
[mined]
origination_file = 'FILE ([0-9]{10}[0-9A-Z])'
batch_number = 'BATCH ([0-9]{1,7})'
company_identification = 'CO ([0-9A-Z]{1,10})'
trace = 'TRN ([0-9]{15})'
reference = ' ID ([^ ]{1,15})'
reason = 'RSN (R[0-9]{2})'
"""
_EVENTS = {
    "166": "settlement",
    "466": "settlement",
    "557": "return",
    "468": "return",
    "257": "credit_return",
    "168": "credit_return",
    "567": "fee",
    "661": "fee",
}
_CODE_TYPES = {Statement.BAI2: "BAI2", Statement.CAMT: "PRTRY", Statement.MT940: "CTC"}


def told_on(head: ReportHead, body: ReportBody, terms: BankTerms, *, opening_cents: int) -> list[Delivery]:
    """Return the files that tell of a day at its ``as_of``: the statement, and the report where there is one."""
    told = []
    if terms.statement is not Statement.STR:
        statement = statement_of(head, body, terms, opening_cents=opening_cents)
        told.append(write_statement(terms.statement, statement))
    if terms.statement is Statement.STR or Carrier.STR in terms.returns_by:
        by_report = body if Carrier.STR in terms.returns_by else replace(body, returns=[], changes=[], disputes=[])
        told.insert(0, (f"{head.report_id}.txt", write_report(head, by_report, terms, opening_cents=opening_cents)))
    return [Delivery(name=name, data=content, kind=Kind.REPORT, at=head.as_of) for name, content in told]


def without_last_return(body: ReportBody) -> ReportBody | None:
    """Return a day's rows as they first go out by mistake; None where the day's last return moves no money alone."""
    if not body.returns:
        return None
    missing = body.returns[-1].values["posting_ref"]
    postings = [row for row in body.postings if row.values["bank_ref"] == missing]
    shared = any(row.values["posting_ref"] == missing for row in body.returns[:-1])
    settles = any(row.values["bank_ref"] == missing for row in body.settlements)
    if len(postings) != 1 or shared or settles:
        return None
    # The fee of a return that is not told yet is not told either.
    fees = {row.values["bank_ref"] for row in body.adjustments if row.values["related_ref"] == missing}
    return replace(
        body,
        returns=body.returns[:-1],
        adjustments=[row for row in body.adjustments if row.values["bank_ref"] not in fees],
        postings=[row for row in body.postings if row.values["bank_ref"] not in {missing, *fees}],
    )


def write_statement(form: Statement, statement: DayStatement) -> tuple[str, bytes]:
    """Return the name and the bytes of a day's statement in one of the other forms."""
    number = f"{statement.day:%Y%m%d}-{statement.sequence:04d}{'C' if statement.corrects else ''}"
    match form:
        case Statement.BAI2:
            return f"BAI-{number}.txt", write_bai2(statement)
        case Statement.CAMT:
            return f"CAMT-{number}.xml", write_camt(statement)
        case Statement.MT940:
            return f"MT940-{number}.txt", write_mt940(statement)
        case Statement.STR:
            message = "the report of this bank's own layout is written from its records"
            raise ValueError(message)
        case _:
            assert_never(form)


def report_profile(form: Statement) -> str:
    """Return the report profile (TOML) that reads this bank's statements in one of the other forms."""
    before = "BAI " if form is Statement.CAMT else ""
    codes = "".join(
        f'\n[[codes]]\ncode_type = "{_CODE_TYPES[form]}"\ncode = "{before}{code}"\nevent = "{event}"\n'
        for code, event in _EVENTS.items()
    )
    name = form.value.replace(".", "")
    head = f'id = "box-{name}"\nversion = 1\ncarrier = "{form.value}"\n'
    return f"{head}description = 'What the bank in a box writes into its postings.'\n{_MINED}{codes}"
