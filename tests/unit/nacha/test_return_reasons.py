"""The tables of return reasons and change codes say which entries each fits and where its parts stand."""

import pytest

from ingather.nacha.change_codes import CHANGE_CODES, ChangeKind, PartKind
from ingather.nacha.records import LAYOUTS, layout_of
from ingather.nacha.return_reasons import RETURN_REASONS, Direction, Family
from ingather.nacha.sec import SEC_CODES, Holder

UNASSIGNED = {"R48", "R49", "R54", "R55", "R56", "R57", "R58", "R59", "R60", "R63", "R64", "R65", "R66"} | {
    "R78",
    "R79",
    "R86",
    "R87",
    "R88",
    "R89",
}
FAMILY_LAYOUTS = {Family.RETURN: "799", Family.DISHONOUR: "799DIS", Family.CONTEST: "799CON"}
CHANGE_LAYOUTS = {ChangeKind.CHANGE: "798", ChangeKind.WITHDRAWN: "798", ChangeKind.REFUSAL: "798REF"}


def test_every_assigned_reason_is_there_and_no_other() -> None:
    assert set(RETURN_REASONS) == {f"R{number:02d}" for number in range(1, 91)} - UNASSIGNED


@pytest.mark.parametrize("code", RETURN_REASONS)
def test_a_reason_and_its_record_are_of_one_family(code: str) -> None:
    row = RETURN_REASONS[code]
    assert row.title
    assert row.classes <= set(SEC_CODES)
    assert layout_of(b"799" + code.encode(), standard_entry_class="PPD") is LAYOUTS[FAMILY_LAYOUTS[row.family]]


@pytest.mark.parametrize(
    ("reason", "fitting", "not_fitting"),
    [
        ("R01", "CCD PPD WEB IAT", ""),
        ("R05", "CCD CTX", "PPD WEB TEL IAT"),
        ("R07", "PPD WEB TEL", "CCD CTX ARC BOC POP RCK"),
        ("R10", "PPD WEB TEL ARC IAT", "CCD CTX"),
        ("R11", "PPD WEB TEL ARC IAT", "CCD CTX"),
        ("R29", "CCD CTX", "PPD WEB TEL ARC"),
        ("R31", "CCD CTX", "PPD WEB"),
        ("R33", "XCK", "PPD CCD"),
        ("R37", "ARC BOC POP", "RCK PPD"),
        ("R38", "ARC BOC", "POP PPD"),
        ("R39", "ARC BOC POP", "WEB"),
        ("R40", "ENR", "PPD CCD"),
        ("R47", "ENR", "PPD"),
        ("R50", "RCK", "WEB ARC"),
        ("R53", "RCK", "WEB"),
        ("R80", "IAT", "CCD PPD"),
        ("R84", "IAT", "CCD"),
        ("R85", "CCD PPD", ""),
    ],
)
def test_a_reason_fits_some_classes_only(reason: str, fitting: str, not_fitting: str) -> None:
    row = RETURN_REASONS[reason]
    assert all(row.fits_class(code) for code in fitting.split())
    assert not any(row.fits_class(code) for code in not_fitting.split())


def test_reasons_of_a_consumer_never_fit_a_class_for_businesses() -> None:
    business = {code for code, row in SEC_CODES.items() if row.holder is Holder.BUSINESS} - {"CIE"}
    assert not any(RETURN_REASONS[code].fits_class(row) for code in ("R07", "R10", "R11") for row in business)


def test_a_reason_fits_one_direction_or_both() -> None:
    assert RETURN_REASONS["R01"].fits_direction(debit=True)
    assert not RETURN_REASONS["R01"].fits_direction(debit=False)
    assert RETURN_REASONS["R23"].fits_direction(debit=False)
    assert not RETURN_REASONS["R23"].fits_direction(debit=True)
    assert RETURN_REASONS["R03"].fits_direction(debit=True)
    assert RETURN_REASONS["R03"].fits_direction(debit=False)
    credit = {code for code, row in RETURN_REASONS.items() if row.direction is Direction.CREDIT}
    assert credit == {"R23", "R36"}


@pytest.mark.parametrize("code", CHANGE_CODES)
def test_the_parts_of_a_change_stand_in_order_within_its_field(code: str) -> None:
    row = CHANGE_CODES[code]
    layout = LAYOUTS[CHANGE_LAYOUTS[row.kind]]
    assert layout_of(b"798" + code.encode()) is layout
    for parts, width in ((row.parts, 29), (row.international_parts, 35)):
        columns = [column for part in parts for column in range(part.start, part.end + 1)]
        assert columns == sorted(set(columns))
        assert all(1 <= column <= width for column in columns)
    assert bool(row.parts or row.international_parts) is (row.kind is not ChangeKind.REFUSAL)


def test_the_parts_that_touch_each_other_keep_their_columns() -> None:
    spans = {
        code: [(part.kind, part.start, part.end) for part in CHANGE_CODES[code].parts] for code in ("C03", "C06", "C07")
    }
    assert spans == {
        "C03": [(PartKind.ROUTING, 1, 9), (PartKind.BLANK, 10, 12), (PartKind.ACCOUNT, 13, 29)],
        "C06": [(PartKind.ACCOUNT, 1, 17), (PartKind.BLANK, 18, 20), (PartKind.TRANSACTION_CODE, 21, 22)],
        "C07": [(PartKind.ROUTING, 1, 9), (PartKind.ACCOUNT, 10, 26), (PartKind.TRANSACTION_CODE, 27, 28)],
    }
    assert CHANGE_CODES["C07"].parts[1].span == slice(9, 26)
    assert [(part.start, part.end) for part in CHANGE_CODES["C01"].international_parts] == [(1, 35)]
    assert not CHANGE_CODES["C08"].parts


def test_c04_is_known_and_withdrawn_and_c10_to_c12_are_not_known() -> None:
    assert CHANGE_CODES["C04"].kind is ChangeKind.WITHDRAWN
    assert not {"C10", "C11", "C12"} & set(CHANGE_CODES)
    refusals = {code for code, row in CHANGE_CODES.items() if row.kind is ChangeKind.REFUSAL}
    assert refusals == {f"C{number}" for number in range(61, 70)}
