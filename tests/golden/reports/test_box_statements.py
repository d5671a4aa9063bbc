"""The bank in a box tells one evening in four forms and posts it as agreed; every form and every agreement adds up."""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import pytest

from ingather.nacha.return_reasons import RETURN_REASONS, Family
from ingather.reports.bai2.reader import read_bai2
from ingather.reports.camt.reader import read_camt
from ingather.reports.items import ControlTotals, Report
from ingather.reports.profile_language import read_profile
from ingather.reports.recognise import read_report
from ingather.reports.swift.reader import read_swift
from ingather.reports.tables import codes_before_packaged
from ingather.simulator.bank import BankInABox
from ingather.simulator.behaviour import Delivering, Fate
from ingather.simulator.state import Kind
from ingather.simulator.statement_forms import report_profile
from ingather.simulator.terms import BankTerms, Carrier, FeePostings, Granularity, ReturnPostings, Statement
from tests.unit.simulator.town import MONDAY, TERMS, TUESDAY, Batch, Script, bank, debits, eastern, nacha_file

DAYS = 50
NEAR = date(2026, 11, 23)
READERS = {Statement.BAI2: read_bai2, Statement.CAMT: read_camt, Statement.MT940: read_swift}
FEE = replace(TERMS, return_fee_cents=250)
AGREED = [
    replace(FEE, granularity=granularity, return_postings=returns, fee_postings=fees)
    for granularity in Granularity
    for returns, fees in zip(ReturnPostings, (*FeePostings, FeePostings.ITEMISED), strict=True)
]


@cache
def played(terms: BankTerms) -> tuple[BankInABox, tuple[tuple[Statement, Report], ...]]:
    """Return a bank after fifty days and its statements and reports, read with the profile of each form."""
    box = bank("marketplace", terms=terms)
    batches = (
        Batch(debits=debits(14, stem="BIZ"), effective=TUESDAY),
        Batch(debits=debits(14, stem="WEB", cents=2_000), effective=TUESDAY, sec="WEB", description="PURCHASE"),
        Batch(debits=debits(14, stem="OTHER", cents=3_000), effective=TUESDAY, company_id="1222222222"),
    )
    box.receive("one.ach", nacha_file(*batches, created=eastern(MONDAY)), eastern(MONDAY))
    handed = [item for ahead in range(DAYS) for item in box.close_day(MONDAY + timedelta(days=ahead))]
    return box, tuple(told(item.name, item.data) for item in handed if item.kind is Kind.REPORT)


def told(name: str, data: bytes) -> tuple[Statement, Report]:
    """Return a delivery's form and what it says."""
    form = {"B": Statement.BAI2, "C": Statement.CAMT, "M": Statement.MT940}.get(name[0], Statement.STR)
    if form is Statement.STR:
        return form, read_report(data, near=NEAR)
    profile = read_profile(report_profile(form))
    profile = replace(profile, codes=codes_before_packaged(profile.codes))
    [report] = READERS[form](data, profile, near=NEAR)
    return form, report


def rows(report: Report) -> list[tuple[object, ...]]:
    """Return what a report says of money."""
    posted = report.postings
    return list(zip(posted.amount_minor, posted.value_on, posted.bank_ref, posted.event, strict=True))


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize("terms", AGREED, ids=lambda terms: f"{terms.granularity}-{terms.return_postings}")
def test_each_form_of_a_statement_says_of_money_what_the_report_says(form: Statement, terms: BankTerms) -> None:
    _, said = played(replace(terms, statement=form))
    by_form = {each: [report for one, report in said if one is each] for each in (form, Statement.STR)}
    assert len(by_form[form]) == len(by_form[Statement.STR]) > 30
    for statement, report in zip(by_form[form], by_form[Statement.STR], strict=True):
        assert statement.complete
        assert not statement.problems
        assert statement.control_totals is ControlTotals.TIE
        assert [row[:3] for row in rows(statement)] == [row[:3] for row in rows(report)]
        assert (statement.business_date, statement.bank, statement.account, statement.currency) == (
            report.business_date,
            report.bank,
            report.account,
            report.currency,
        )
        balances = dict(zip(statement.balances.kind, statement.balances.amount_minor, strict=True))
        assert (balances["OPENING"], balances["CLOSING"]) == tuple(report.balances.amount_minor)


@pytest.mark.parametrize("terms", AGREED, ids=lambda terms: f"{terms.granularity}-{terms.return_postings}")
def test_postings_as_agreed_add_up_to_the_banks_own_books(terms: BankTerms) -> None:
    box, said = played(terms)
    balances = [report.balances.amount_minor for _, report in said]
    assert all(closing == opening for (_, closing), (opening, _) in pairwise(balances))
    books = box.books()
    assert balances[-1][1] == books.balance_cents
    plain, _ = played(FEE)
    # The month that has begun is charged for when it ends.
    owed = plain.books().fees_cents - books.fees_cents
    assert books.balance_cents - owed == plain.books().balance_cents
    assert (owed > 0) <= (terms.fee_postings is FeePostings.ANALYSIS)


def test_a_batch_a_file_and_a_company_have_one_posting_each() -> None:
    counts = {}
    for granularity in Granularity:
        _, said = played(replace(FEE, granularity=granularity))
        settled = [report for _, report in said if len(report.settlements)]
        counts[granularity] = [report.postings.event.count("settlement") for report in settled]
        for report in settled:
            assert set(report.settlements.bank_ref) <= set(report.postings.bank_ref)
    assert counts[Granularity.BATCH][0] == 3
    assert counts[Granularity.FILE][0] == 1
    assert counts[Granularity.COMPANY_DAY][0] == 2


@pytest.mark.parametrize("form", READERS)
def test_the_statement_names_what_each_posting_is_of(form: Statement) -> None:
    _, said = played(replace(FEE, statement=form))
    [first, *_] = [report for one, report in said if one is form and len(report.postings)]
    posted = first.postings
    assert posted.origination_file == ["2611231500A"] * 3
    assert posted.batch_number == [1, 2, 3]
    assert posted.company_identification == ["1987654321", "1987654321", "1222222222"]
    named = {
        (trace, cents, on)
        for one, report in said
        if one is form
        for trace, cents, on, event, reason in zip(
            report.postings.trace,
            report.postings.amount_minor,
            report.postings.value_on,
            report.postings.event,
            report.postings.reason,
            strict=True,
        )
        if event == "return" and RETURN_REASONS[reason].family is Family.RETURN
    }
    returned = {
        (trace, -cents, on)
        for one, report in said
        if one is Statement.STR
        for trace, cents, on in zip(
            report.returns.original_trace, report.returns.amount_cents, report.returns.return_settled_on, strict=True
        )
    }
    assert named == returned
    assert returned


@pytest.mark.parametrize("form", [Statement.CAMT, Statement.MT940])
def test_what_came_back_is_told_alike_by_the_statement_and_the_report(form: Statement) -> None:
    _, said = played(replace(FEE, statement=form))
    columns = (
        "reason",
        "original_trace",
        "amount_cents",
        "identification",
        "company_identification",
        "return_settled_on",
        "posting_ref",
    )
    by_form = {
        each: [
            tuple(getattr(report.returns, name)[place] for name in columns)
            for one, report in said
            if one is each
            for place in range(len(report.returns))
        ]
        for each in (form, Statement.STR)
    }
    assert by_form[form] == by_form[Statement.STR]
    assert by_form[form]


def test_without_items_by_report_the_statement_comes_alone() -> None:
    _, said = played(replace(FEE, statement=Statement.BAI2, returns_by=frozenset({Carrier.NACHA})))
    assert {form for form, _ in said} == {Statement.BAI2}


def test_a_corrected_report_is_told_again_whole_on_the_next_banking_day() -> None:
    behaviour = Script(
        fates={(f"ORD000{n}", 1): Fate(return_code="R01", banking_days=1) for n in range(2)},
        delivering=Delivering(corrected=frozenset({3})),
    )
    box = bank(behaviour, terms=FEE)
    box.receive(
        "one.ach", nacha_file(Batch(debits=debits(3), effective=TUESDAY), created=eastern(MONDAY)), eastern(MONDAY)
    )
    evenings = [box.close_day(MONDAY + timedelta(days=ahead)) for ahead in range(5)]
    short, right = (
        [read_report(item.data, near=NEAR) for item in evening if item.kind is Kind.REPORT]
        for evening in (evenings[2], evenings[4])
    )
    [first] = short
    correction, following = right
    assert len(first.returns) == 1
    assert (correction.status, correction.corrects, len(correction.returns)) == ("CORRECTION", first.report_id, 2)
    assert first.complete
    assert correction.complete
    assert correction.balances.amount_minor[1] == following.balances.amount_minor[0] != first.balances.amount_minor[1]
    assert correction.sequence == first.sequence
