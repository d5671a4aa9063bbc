"""The table of SEC codes says what the Rules say, and fits the records table."""

import pytest

from ingather.nacha.descriptions import MICRO_ENTRY, RESERVED_DESCRIPTIONS, RETRY, RETURN_FEE, REVERSAL, reserved_in
from ingather.nacha.records import LAYOUTS
from ingather.nacha.sec import SEC_CODES, Depth, Holder
from ingather.nacha.transaction_codes import DEBIT, LIVE, RETURN_OF, RETURNED, REVERSAL_OF, TRANSACTION_CODES, Use


def codes_where(**values: object) -> str:
    return " ".join(
        sorted(code for code, row in SEC_CODES.items() if all(getattr(row, n) == v for n, v in values.items()))
    )


def test_there_are_twenty_three_codes() -> None:
    assert " ".join(sorted(SEC_CODES)) == (
        "ACK ADV ARC ATX BOC CCD CIE COR CTX DNE ENR IAT MTE POP POS PPD RCK SHR TEL TRC TRX WEB XCK"
    )


@pytest.mark.parametrize("code", SEC_CODES)
def test_a_code_fits_its_layouts(code: str) -> None:
    row = SEC_CODES[code]
    names = {field.name for field in LAYOUTS[row.entry_layout].fields}
    assert row.batch_layout == ("5IAT" if code == "IAT" else "5")
    assert row.batch_layout in LAYOUTS
    assert row.counts_addenda is ("number_of_addenda" in names)
    assert row.name_mandatory <= ("receiver_name" in names)
    assert row.serial_mandatory <= ("check_serial_number" in names)
    assert all(f"7{kind:02d}" in LAYOUTS for kind in row.addenda_types)
    assert bool(row.addenda_types) is (row.max_addenda > 0)
    assert row.addenda_required <= (row.max_addenda > 0)
    assert row.debits or row.credits
    assert Use.RETURN not in row.uses


def test_only_the_classes_of_our_purpose_are_written() -> None:
    assert codes_where(depth=Depth.WRITTEN) == "CCD CTX PPD TEL WEB"
    assert codes_where(depth=Depth.WRITTEN, holder=Holder.BUSINESS) == "CCD CTX"


def test_addenda_are_limited_by_class() -> None:
    assert codes_where(max_addenda=0) == "ADV ARC BOC POP RCK TEL TRC XCK"
    assert codes_where(max_addenda=9999) == "ATX CTX ENR TRX"
    assert codes_where(max_addenda=12) == "IAT"
    assert codes_where(addenda_types=frozenset({2})) == "MTE POS SHR"
    assert codes_where(addenda_types=frozenset({98})) == "COR"
    assert SEC_CODES["IAT"].addenda_types == frozenset(range(10, 19))
    assert codes_where(addenda_required=True) == "COR DNE ENR IAT MTE POS SHR"


def test_directions_are_limited_by_class() -> None:
    assert codes_where(credits=False) == "ARC BOC POP RCK TEL TRC TRX XCK"
    assert codes_where(debits=False) == "ACK ATX CIE DNE"


def test_what_an_entry_may_do_is_limited_by_class() -> None:
    zero = {code for code, row in SEC_CODES.items() if Use.ZERO_DOLLAR in row.uses}
    assert zero == {"ACK", "ATX", "CCD", "CTX", "IAT"}
    assert codes_where(uses=frozenset({Use.ZERO_DOLLAR})) == "ACK ATX"
    assert codes_where(uses=frozenset({Use.PRENOTE})) == "DNE"
    assert codes_where(uses=frozenset()) == "COR"
    assert codes_where(non_monetary=True) == "ACK ATX COR DNE ENR"


def test_amounts_and_mandatory_parts_are_limited_by_class() -> None:
    assert codes_where(amount_limit_cents=25_000_00) == "ARC BOC POP"
    assert codes_where(amount_limit_cents=2_500_00) == "RCK XCK"
    assert codes_where(name_mandatory=True) == "TEL WEB"
    assert codes_where(serial_mandatory=True) == "ARC BOC POP RCK XCK"
    assert {code: row.entry_description for code, row in SEC_CODES.items() if row.entry_description} == {
        "ENR": "AUTOENROLL",
        "RCK": "REDEPCHECK",
    }


def test_reserved_descriptions_are_found_in_whatever_letters() -> None:
    assert [reserved_in(text) for text in ("REVERSAL  ", "Reversal", "retry pymt", "payroll 07", "Return Fee")] == [
        REVERSAL,
        REVERSAL,
        RETRY,
        "PAYROLL",
        RETURN_FEE,
    ]
    assert {reserved_in(text) for text in ("GAS BILL", "", "REVERSALS", " PAYROLL", "PURCHASES", "RETRY")} == {""}
    assert reserved_in("acctverify") == MICRO_ENTRY
    assert all(reserved_in(text) == text and len(text) <= 10 for text in RESERVED_DESCRIPTIONS)
    assert {row.since is None or row.since.year >= 2015 for row in RESERVED_DESCRIPTIONS.values()} == {True}
    assert {row.entry_description for row in SEC_CODES.values()} - {""} <= set(RESERVED_DESCRIPTIONS)


def test_only_blanks_may_stand_after_a_reserved_description() -> None:
    assert reserved_in("REVERSAL  ") == REVERSAL
    assert reserved_in("REVERSAL\xa0 ") == reserved_in("REVERSALS ") == ""


def test_what_comes_back_is_of_the_same_account_and_direction() -> None:
    pairs = {code: int(RETURN_OF[code]) for code in range(100) if RETURN_OF[code]}
    assert pairs.items() >= {27: 26, 28: 26, 29: 26, 22: 21, 23: 21, 37: 36, 47: 46, 52: 51, 53: 51, 55: 56}.items()
    assert not any(RETURNED[code] or not RETURNED[returned] for code, returned in pairs.items())
    for code, returned in pairs.items():
        row, back = TRANSACTION_CODES[code], TRANSACTION_CODES[returned]
        assert (row.account, row.debit) == (back.account, back.debit)
    assert set(pairs) == {code for code in TRANSACTION_CODES if code < 80 and not RETURNED[code]}


def test_a_reversal_is_of_the_same_account_and_the_other_direction() -> None:
    pairs = {code: int(REVERSAL_OF[code]) for code in range(100) if REVERSAL_OF[code]}
    assert pairs == {22: 27, 27: 22, 32: 37, 37: 32, 42: 47, 47: 42, 52: 55}
    for code, reversing in pairs.items():
        assert TRANSACTION_CODES[code].account is TRANSACTION_CODES[reversing].account
        assert DEBIT[code] != DEBIT[reversing]
        assert LIVE[code]
        assert LIVE[reversing]
