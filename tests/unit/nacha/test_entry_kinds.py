"""What each entry is, told by its addenda: forward, return, dishonour, contest or change; and what a batch holds."""

import pytest

from ingather.nacha.entry_kinds import EntryKind, EntryKinds, entry_kinds
from ingather.nacha.reader import read
from tests.unit.nacha.composed import RDFI, addenda_of, answer_entry, batch_of, changed, entry_of, file_of, returned


def kinds_in(*batches: list[bytes]) -> EntryKinds:
    reading = read(file_of(*batches))
    return entry_kinds(reading.addenda, reading.entries, reading.batches, list(reading.standard_entry_class))


def dishonoured(reason: str, number: int = 1) -> bytes:
    return addenda_of("799", number=number, bank=RDFI, return_reason=reason, original_trace="091000010000001")


@pytest.mark.parametrize(
    ("addenda", "kind"),
    [
        (returned("R01"), EntryKind.RETURN),
        (returned("R85"), EntryKind.RETURN),
        (returned("R98"), EntryKind.RETURN),
        (returned("R00"), EntryKind.RETURN),
        (dishonoured("R61"), EntryKind.DISHONOUR),
        (dishonoured("R70"), EntryKind.DISHONOUR),
        (dishonoured("R71"), EntryKind.CONTEST),
        (dishonoured("R77"), EntryKind.CONTEST),
        (changed("C02", "231380104"), EntryKind.CHANGE),
        (changed("C61", "231380104"), EntryKind.CHANGE),
        (returned("R01")[:3] + b"RXX" + returned("R01")[6:], EntryKind.RETURN),
    ],
)
def test_the_addenda_tells_what_an_entry_is(addenda: bytes, kind: EntryKind) -> None:
    kinds = kinds_in(batch_of("PPD", answer_entry(), addenda, bank=RDFI))
    assert kinds.entry.tolist() == [kind]
    assert kinds.batch.tolist() == [kind]
    assert kinds.answers.tolist() == [True]
    assert kinds.forward_batches.tolist() == [False]
    assert kinds.mixed.tolist() == [False]


def test_payments_and_what_belongs_to_no_entry_answer_nothing() -> None:
    forward = batch_of("CCD", entry_of("CCD", addenda_indicator=1), addenda_of("705"))
    kinds = kinds_in([*forward[:1], returned("R01"), *forward[1:]], batch_of("PPD", entry_of(number=2), number=2))
    assert kinds.entry.tolist() == [EntryKind.FORWARD] * 2
    assert kinds.batch.tolist() == [EntryKind.FORWARD] * 2
    assert kinds.forward_batches.all()


def test_entries_of_a_batch_of_changes_are_changes_even_without_addenda() -> None:
    kinds = kinds_in(batch_of("COR", answer_entry("COR", amount=0), bank=RDFI), batch_of("PPD", entry_of(), number=2))
    assert kinds.entry.tolist() == [EntryKind.CHANGE, EntryKind.FORWARD]
    assert kinds.batch.tolist() == [EntryKind.CHANGE, EntryKind.FORWARD]


def test_each_batch_is_told_by_itself() -> None:
    kinds = kinds_in(
        batch_of("PPD", entry_of(number=1), entry_of(number=2)),
        batch_of("PPD", answer_entry(number=1), returned("R01", number=1), entry_of(number=2, bank=RDFI), number=2),
        batch_of("PPD", answer_entry(number=3), returned("R01", number=3), number=3),
        batch_of(
            "PPD",
            answer_entry(number=4),
            returned("R01", number=4),
            answer_entry(number=5),
            dishonoured("R61", number=5),
            number=4,
        ),
    )
    assert kinds.mixed.tolist() == [False, True, False, True]
    assert kinds.forward_batches.tolist() == [True, False, False, False]
    assert kinds.entry.tolist() == [0, 0, 1, 0, 1, 1, 2]
