"""Reserved columns are blank in every record that has some, in the layout that the SEC code gives it."""

import pytest

from ingather.nacha.reader import read
from ingather.nacha.records import LAYOUTS
from tests.unit.nacha.composed import abroad_addenda, addenda_of, batch_of, entry_of, file_of, patched


def told(lines: list[bytes], place: int, layout: str, field: str) -> list[tuple[int, int, int]]:
    damaged = [*lines[:place], patched(lines[place], layout, **{field: "X"}), *lines[place + 1 :]]
    problems = read(b"\n".join(damaged)).problems
    return [(one.line, one.start, one.end) for one in problems if one.check == "reserved"]


def made_of(sec: str) -> list[bytes]:
    match sec:
        case "IAT":
            entry = entry_of("IAT", addenda_indicator=1, number_of_addenda=7)
            return file_of(batch_of("IAT", entry, *abroad_addenda())).splitlines()
        case "CTX":
            entry = entry_of("CTX", addenda_indicator=1, number_of_addenda=1)
            return file_of(batch_of("CTX", entry, addenda_of("705"))).splitlines()
        case _:
            return file_of(batch_of(sec, entry_of(sec))).splitlines()


@pytest.mark.parametrize(
    ("sec", "start", "layout", "field"),
    [
        ("PPD", b"8", "8", "reserved"),
        ("PPD", b"9", "9", "reserved"),
        ("ADV", b"9", "9ADV", "reserved"),
        ("CTX", b"6", "6CTX", "reserved"),
        ("IAT", b"6", "6IAT", "reserved"),
        ("IAT", b"6", "6IAT", "reserved_2"),
    ],
)
def test_what_stands_in_reserved_columns_is_told(sec: str, start: bytes, layout: str, field: str) -> None:
    lines = made_of(sec)
    place = next(i for i, line in enumerate(lines) if line[:1] == start)
    columns = LAYOUTS[layout].field(field)
    assert told(lines, place, layout, field) == [(place + 1, columns.start, columns.end)]
    assert [one.check for one in read(b"\n".join(lines)).problems if one.check == "reserved"] == []


def test_the_wider_totals_of_advices_are_not_reserved_columns() -> None:
    lines = file_of(batch_of("ADV", entry_of("ADV", amount=123456789012))).splitlines()
    assert [one.check for one in read(b"\n".join(lines)).problems if one.check == "reserved"] == []


def test_the_columns_of_one_class_are_not_reserved_in_another() -> None:
    batches = [
        batch_of("PPD", entry_of(receiver_name="BUYER OF MANY GOODS XY")),
        batch_of("CTX", entry_of("CTX", number=2), number=2),
    ]
    assert [one.check for one in read(file_of(*batches)).problems] == []
