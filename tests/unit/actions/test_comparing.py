"""Comparing an item with entries: what agrees, what differs, what nobody told, and the evidence that is kept."""

import json
from datetime import date

from ingather.actions.matches.comparing import Candidate, Told, choose_entry
from ingather.rules.matching import stages

TODAY = date(2026, 11, 23)
ENTRY = Candidate(1, 7, 3, 4, 5, None, 1, 12_345, 91_000_010_000_001, "1234567890", "2026-11-17", 2)
OTHER = ENTRY._replace(entry_id=2, order_id=8)


def test_everything_told_agrees() -> None:
    told = Told(7, ENTRY.trace, 12_345, "1234567890", date(2026, 11, 17), 2)
    found = choose_entry(told, [ENTRY], stages(TODAY))
    assert found is not None
    assert (found.candidate.entry_id, found.rule, found.score) == (1, "reference+trace+amount", 98)
    assert json.loads(found.evidence) == {"agreed": ["reference", "trace", "amount", "company", "effective", "batch"]}


def test_what_differs_is_kept_with_both_sides() -> None:
    told = Told(7, ENTRY.trace, 12_345, "9999999999", date(2026, 11, 18))
    found = choose_entry(told, [ENTRY], stages(TODAY))
    assert found is not None
    assert found.score == 88
    assert json.loads(found.evidence)["differed"] == {
        "company": {"told": "9999999999", "ours": "1234567890"},
        "effective": {"told": "2026-11-18", "ours": "2026-11-17"},
    }


def test_a_trace_of_two_entries_is_for_a_person_unless_the_date_tells_them_apart() -> None:
    told = Told(None, ENTRY.trace, 12_345, "1234567890")
    assert choose_entry(told, [ENTRY, OTHER], stages(TODAY)) is None
    dated = told._replace(effective_on=date(2026, 11, 17))
    found = choose_entry(dated, [OTHER._replace(effective_on="2026-11-03"), ENTRY], stages(TODAY))
    assert found is not None
    assert (found.candidate.entry_id, found.rule) == (1, "trace+amount+company+effective")


def test_the_banks_own_id_names_an_entry_by_what_another_report_says_of_it() -> None:
    told = Told(None, ENTRY.trace, 12_345, named_by=True)
    found = choose_entry(told, [ENTRY], stages(TODAY))
    assert found is not None
    assert (found.rule, found.score) == ("bank-item", 100)


def test_an_amount_that_nobody_told_agrees_and_another_one_does_not() -> None:
    assert choose_entry(Told(7, ENTRY.trace, None), [ENTRY], stages(TODAY)) is not None
    assert choose_entry(Told(7, ENTRY.trace, 1), [ENTRY], stages(TODAY)) is None
