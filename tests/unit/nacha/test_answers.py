"""What comes back, as columns: every field of every answer, domestic and international."""

from typing import Any

import numpy as np

from ingather.base.columns import Bytes2D, column_texts
from ingather.nacha.answers import by_layout, changes, contests, dishonours, refused_changes, returns
from ingather.nacha.reader import read
from tests.red import red_account
from tests.unit.nacha.composed import (
    ODFI,
    RDFI,
    abroad_addenda,
    addenda_of,
    answer_entry,
    batch_of,
    changed,
    entry_of,
    file_of,
    returned,
)

ORIGINAL, OWN = int(f"{ODFI}0000001"), int(f"{RDFI}0000001")
RETURN_OF: dict[str, Any] = {
    "return_trace": f"{RDFI}0000007",
    "return_settlement_date": "328",
    "return_reason_digits": "01",
}


def texts(*columns: Bytes2D) -> list[list[str]]:
    return [column_texts(column) for column in columns]


def test_a_domestic_return_has_44_columns_of_information() -> None:
    words = "".join(chr(65 + at % 26) for at in range(44))
    addenda = returned("R15", date_of_death="261101", addenda_information=words)
    found = returns(read(file_of(batch_of("PPD", answer_entry(), addenda, bank=RDFI))))
    assert (found.entry.tolist(), found.addenda.tolist()) == ([0], [0])
    assert (found.original_trace.tolist(), found.trace.tolist()) == ([ORIGINAL], [OWN])
    assert texts(found.reason, found.date_of_death, found.original_rdfi, found.information) == [
        ["R15"], ["261101"], [RDFI], [words]
    ]  # fmt: skip
    assert (found.international.tolist(), found.original_amount_cents.tolist()) == ([False], [0])


def test_an_international_return_has_the_amount_and_34_columns_of_information() -> None:
    words = "".join(chr(65 + at % 26) for at in range(34))
    addenda = returned("R03", layout="799IAT", original_amount=1234567890, addenda_information=words)
    entry = answer_entry("IAT", number_of_addenda=8)
    far = batch_of("IAT", entry, *abroad_addenda(bank=RDFI), addenda, bank=RDFI)
    near = batch_of(
        "PPD", answer_entry(number=2), returned("R01", number=2, addenda_information="NEAR"), bank=RDFI, number=2
    )
    found = returns(read(file_of(far, near)))
    assert found.entry.tolist() == [0, 1]
    assert found.international.tolist() == [True, False]
    assert found.original_amount_cents.tolist() == [1234567890, 0]
    assert texts(found.information) == [[words, "NEAR"]]
    assert found.information.shape == (2, 44)


def test_a_dishonour_is_no_return_and_has_its_own_columns() -> None:
    addenda = returned("R69", layout="799DIS", addenda_information="02*04", **RETURN_OF)
    reading = read(file_of(batch_of("PPD", answer_entry(), addenda, bank=RDFI)))
    assert (len(returns(reading)), len(contests(reading))) == (0, 0)
    found = dishonours(reading)
    assert (found.original_trace.tolist(), found.return_trace.tolist()) == (
        [ORIGINAL],
        [int(RETURN_OF["return_trace"])],
    )
    assert texts(found.reason, found.original_rdfi, found.information) == [["R69"], [RDFI], ["02*04"]]
    assert texts(found.return_settlement, found.return_reason) == [["328"], ["01"]]
    assert (found.entry.tolist(), found.trace.tolist()) == ([0], [OWN])


def test_a_contest_is_no_return_and_has_its_own_columns() -> None:
    addenda = returned(
        "R73",
        layout="799CON",
        original_return_date="261120",
        original_settlement_date="322",
        dishonour_trace=f"{ODFI}0000009",
        dishonour_settlement_date="330",
        dishonour_reason_digits="68",
        **RETURN_OF,
    )
    reading = read(file_of(batch_of("PPD", answer_entry(), addenda, bank=RDFI)))
    assert (len(returns(reading)), len(dishonours(reading))) == (0, 0)
    found = contests(reading)
    assert texts(found.reason, found.original_return_date, found.original_rdfi, found.original_settlement) == [
        ["R73"], ["261120"], [RDFI], ["322"]
    ]  # fmt: skip
    assert texts(found.return_settlement, found.return_reason, found.dishonour_settlement, found.dishonour_reason) == [
        ["328"],
        ["01"],
        ["330"],
        ["68"],
    ]
    assert found.dishonour_trace.tolist() == [int(f"{ODFI}0000009")]
    assert found.return_trace.tolist() == [int(RETURN_OF["return_trace"])]
    assert (found.original_trace.tolist(), found.trace.tolist()) == ([ORIGINAL], [OWN])


def test_corrected_data_keep_their_blanks_and_their_width() -> None:
    near = batch_of("COR", answer_entry("COR", amount=0), changed("C06", f"{'12-3':20}37"), bank=RDFI)
    entry = answer_entry("IAT", number=2, amount=0, number_of_addenda=1)
    far = batch_of(
        "COR", entry, changed("C01", "9" * 35, layout="798IAT", number=2), bank=RDFI, number=2, iat_indicator="IATCOR"
    )
    found = changes(read(file_of(near, far)))
    assert found.international.tolist() == [False, True]
    assert [bytes(row) for row in found.corrected_data] == [b"12-3" + b" " * 16 + b"37" + b" " * 13, b"9" * 35]
    assert texts(found.code, found.original_rdfi) == [["C06", "C01"], [RDFI, RDFI]]
    assert found.original_trace.tolist() == [ORIGINAL, ORIGINAL + 1]
    assert found.trace.tolist() == [OWN, OWN + 1]


def test_junk_behind_domestic_corrected_data_is_no_part_of_them() -> None:
    addenda = changed("C01", red_account(1))
    found = changes(
        read(file_of(batch_of("COR", answer_entry("COR", amount=0), addenda[:64] + b"JUNK" + addenda[68:])))
    )
    assert bytes(found.corrected_data[0]) == red_account(1).encode().ljust(35)


def test_a_refused_change_is_no_change_and_has_its_own_columns() -> None:
    addenda = changed("C62", "ODD DATA", layout="798REF", change_code="C01", change_trace_sequence="0000042")
    reading = read(file_of(batch_of("COR", answer_entry("COR", amount=0), addenda, bank=RDFI)))
    assert len(changes(reading)) == 0
    found = refused_changes(reading)
    assert texts(found.code, found.change_code, found.corrected_data, found.original_rdfi) == [
        ["C62"], ["C01"], ["ODD DATA"], [RDFI]
    ]  # fmt: skip
    assert (found.change_sequence.tolist(), found.original_trace.tolist()) == ([42], [ORIGINAL])


def test_answers_without_an_entry_or_a_batch_are_read() -> None:
    reading = read(b"\n".join([returned("R01"), answer_entry(), returned("R02"), changed("C05", "37")]))
    assert returns(reading).entry.tolist() == [-1, 0]
    assert changes(reading).entry.tolist() == [0]


def test_an_answer_outside_any_batch_is_domestic() -> None:
    lines = file_of(batch_of("IAT", entry_of("IAT", number=9))).splitlines()
    found = returns(read(b"\n".join([lines[0], answer_entry(), returned("R01"), *lines[1:]])))
    assert found.international.tolist() == [False]


def test_a_file_without_answers_has_none() -> None:
    reading = read(file_of(batch_of("PPD", entry_of())))
    columns = (returns(reading), dishonours(reading), contests(reading), changes(reading), refused_changes(reading))
    assert [len(column) for column in columns] == [0] * 5


def test_every_addenda_of_a_known_type_has_one_layout() -> None:
    details = [
        answer_entry(),
        returned("R01"),
        answer_entry(number=2),
        returned("R68", layout="799DIS", number=2, **RETURN_OF),
    ]
    reading = read(
        file_of(
            batch_of("PPD", *details, bank=RDFI),
            batch_of("CCD", entry_of(number=3, addenda_indicator=1), addenda_of("705", number=3), number=2),
            batch_of("IAT", entry_of("IAT", number=4, addenda_indicator=1), *abroad_addenda(4), number=3),
        )
    )
    found = by_layout(reading.batches, reading.entries, reading.addenda)
    assert {layout.code for layout, _ in found} == {"799", "799DIS", "705", *(f"7{code}" for code in range(10, 17))}
    assert sorted(np.concatenate([at for _, at in found]).tolist()) == list(range(len(reading.addenda)))


def test_what_may_hold_account_numbers_is_not_shown() -> None:
    addenda = changed("C01", red_account(1))
    reading = read(file_of(batch_of("COR", answer_entry("COR", amount=0), addenda)))
    shown = repr(changes(reading)) + repr(refused_changes(reading)) + repr(reading)
    assert red_account(1) not in shown
