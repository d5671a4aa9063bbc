"""Addenda are numbered from 1 per entry and type, and name the entry that they follow."""

from ingather.nacha.reader import read
from tests.unit.nacha.composed import (
    abroad_addenda,
    addenda_of,
    batch_of,
    correspondent,
    entry_of,
    file_of,
    found,
    patched,
)


def trade(*addenda: bytes) -> list[bytes]:
    entry = entry_of("CTX", addenda_indicator=1, number_of_addenda=len(addenda))
    return batch_of("CTX", entry, *addenda)


def remittance(sequence: int, *, number: int = 1) -> bytes:
    words = "X" * 80
    return addenda_of("705", number=number, addenda_sequence=sequence, payment_related_information=words)


def test_remittances_are_numbered_from_one() -> None:
    assert found("addenda-sequence", trade(remittance(1), remittance(2), remittance(3))) == []
    assert found("addenda-sequence", trade(remittance(1), remittance(3), remittance(3))) == [(5, 84, 87)]
    assert found("addenda-sequence", trade(remittance(0), remittance(1))) == [(4, 84, 87), (5, 84, 87)]
    assert found("addenda-sequence", trade(patched(remittance(1), "705", addenda_sequence="  1"))) == [(4, 84, 87)]


def test_no_trace_number_ends_in_zeros_alone() -> None:
    entry = entry_of("CTX", number=0, addenda_indicator=1, number_of_addenda=1)
    assert found("addenda-sequence", batch_of("CTX", entry, remittance(1, number=0))) == [(4, 88, 94)]


def test_looking_at_the_numbers_changes_nothing() -> None:
    for records in ([remittance(1)], [remittance(1), remittance(2)]):
        reading = read(file_of(trade(*records)))
        assert [bytes(row) for row in reading.addenda.text] == records


def test_numbering_starts_again_with_each_entry() -> None:
    second = entry_of("CTX", number=2, addenda_indicator=1, number_of_addenda=1)
    first = entry_of("CTX", addenda_indicator=1, number_of_addenda=2)
    details = [first, remittance(1), remittance(2), second]
    assert found("addenda-sequence", batch_of("CTX", *details, remittance(1, number=2))) == []
    assert found("addenda-sequence", batch_of("CTX", *details, remittance(3, number=2))) == [(7, 84, 87)]


def test_an_addenda_repeats_the_end_of_its_entrys_trace_number() -> None:
    assert found("addenda-sequence", trade(remittance(1, number=2))) == [(4, 88, 94)]


def test_international_addenda_repeat_the_end_of_the_trace_number_too() -> None:
    entry = entry_of("IAT", addenda_indicator=1, number_of_addenda=7)
    details = abroad_addenda()
    details[3] = patched(details[3], "713", entry_sequence="0000009")
    assert found("addenda-sequence", batch_of("IAT", entry, *details)) == [(7, 88, 94)]


def test_international_remittances_and_correspondents_are_numbered_each_by_themselves() -> None:
    def more(first: int, second: int) -> list[tuple[int, int, int]]:
        entry = entry_of("IAT", addenda_indicator=1, number_of_addenda=9)
        remittance = addenda_of("717", addenda_sequence=first)
        return found("addenda-sequence", batch_of("IAT", entry, *abroad_addenda(), remittance, correspondent(second)))

    assert more(1, 1) == []
    assert more(1, 2) == [(12, 84, 87)]
    assert more(2, 1) == [(11, 84, 87)]


def test_advices_have_no_trace_number_to_repeat() -> None:
    lost = addenda_of("705", number=7, addenda_sequence=7)
    advice = batch_of("ADV", entry_of("ADV", addenda_indicator=1), lost)
    payment = batch_of("PPD", entry_of(number=2, addenda_indicator=1), lost, number=2)
    problems = read(file_of(advice, payment)).problems
    assert [problem.line for problem in problems if problem.check == "addenda-sequence"] == [8, 8]
