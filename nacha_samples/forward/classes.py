"""Forward entries of the SEC codes that are read but not written for payments: one batch each, in its columns."""

from nacha_samples.building import OUR_BANK, ROUTING, Batch, Entry, payment, plain
from nacha_samples.expecting import Sample, sample
from tests.red import red_account

FIRST = 500
SLASH = "\\"
TERMINAL = f"02{'REF0001':<7}{'':<3}TERM01000042{'1123'}AUTH01{'1 MAIN STREET':<27}{'PORTLAND':<15}OR"
CASH = f"02{'CHK-WDL':<7}{'NET'}TERM02000043{'1123'}180500{'2 MAIN STREET':<27}{'PORTLAND':<15}OR"
OPENING = f"{'':<16}FF3{'':<15}CA"


def own(index: int, detail: str, *, code: int = 27, cents: int | None = None, addenda: tuple[str, ...] = ()) -> Entry:
    """Return an entry whose columns 40 to 78 are the class's own."""
    amount = 1_000 + index if cents is None else cents
    middle = f"{red_account(FIRST + index):<17}{amount:010d}{detail:<39}"
    routing = ROUTING[index % len(ROUTING)]
    return Entry(code=code, routing=routing, cents=amount, middle=middle, addenda=addenda)


def abroad(name: str) -> tuple[str, ...]:
    """Return the seven mandatory addenda of an international entry."""
    return (
        f"10BUS{100_000:018d}{'FOREIGN-TRACE-77120':<22}{name:<35}{'':<6}",
        f"11{'ACME GOODS':<35}{'1 MAIN STREET':<35}{'':<14}",
        f"12{'PORTLAND*OR' + SLASH:<35}{'US*97201' + SLASH:<35}{'':<14}",
        f"13{'FIRST BANK OF TESTS':<35}01{OUR_BANK:<34}{'US':<3}{'':<10}",
        f"14{'BANK OF THE NORTH':<35}01{'000300012':<34}{'CA':<3}{'':<10}",
        f"15{'CUSTOMER-77120':<15}{'2 FRONT STREET':<35}{'':<34}",
        f"16{'TORONTO*ON' + SLASH:<35}{'CA*M5V2T6' + SLASH:<35}{'':<14}",
    )


def international(index: int, *more: str, code: int = 27) -> Entry:
    """Return an international entry with its seven addenda and those given besides."""
    addenda, cents = (*abroad(f"RECEIVER NUMBER {index}"), *more), 5_000 + index
    middle = f"{len(addenda):04d}{'':<13}{cents:010d}{red_account(FIRST + index):<35}{'':<4}"
    return Entry(code=code, routing=ROUTING[0], cents=cents, middle=middle, addenda=addenda)


def advice(code: int, cents: int, number: int) -> Entry:
    """Return an accounting advice: twelve columns of amount, and a sequence number for a trace."""
    middle = f"{red_account(FIRST + 90):<15}{cents:012d}{OUR_BANK}{'':<6}{'FIRST BANK OF TESTS':<22}{'':<2}"
    return Entry(code=code, routing=OUR_BANK, cents=cents, middle=middle, tail=f"09100001327{number:04d}")


def samples() -> list[Sample]:
    """Return the samples of these classes."""
    return [
        sample("made_from_checks", *_checks()),
        sample("by_card", *_cards()),
        sample("acknowledgements", *_acknowledgements()),
        sample("bill_payments", *_payments()),
        sample("federal_agencies", *_agencies()),
        sample("international", _international()),
        sample(
            "advices",
            Batch(
                sec="ADV",
                service=280,
                status="0",
                company="FIRST BANK OF TE",
                description="ADVICE",
                entries=[advice(code, 1_000 * code, number) for number, code in enumerate(range(81, 89), start=1)],
            ),
        ),
    ]


def _checks() -> list[Batch]:
    serial, item = f"{'8047':<15}{'BUYER OF CHECKS':<22}", f"{'8048':<15}{'PC0003':<6}{'ITEM-77122':<16}"
    return [
        Batch(sec="ARC", service=225, entries=[own(0, serial)]),
        Batch(sec="BOC", service=225, entries=[own(1, serial)]),
        Batch(sec="POP", service=225, entries=[own(2, f"{'8049':<9}PORTOR{'BUYER AT THE TILL':<22}")]),
        Batch(sec="RCK", service=225, description="REDEPCHECK", entries=[own(3, serial)]),
        Batch(sec="TRC", service=225, entries=[own(4, f"{item}01")]),
        Batch(sec="XCK", service=225, entries=[own(5, item)]),
        Batch(
            sec="TRX",
            service=225,
            entries=[own(6, f"{'8050':<15}0002{'BANK OF CHECKS':<16}", addenda=(payment("ITEM 1"), payment("ITEM 2")))],
        ),
    ]


def _cards() -> list[Batch]:
    number, name = "INV-77123", "BUYER WITH A CARD"
    return [
        Batch(sec="POS", service=225, entries=[own(7, f"{number:<15}{name:<22}01", addenda=(TERMINAL,))]),
        Batch(
            sec="SHR", service=225, entries=[own(8, f"1228{'00000077124'}{'CARD-77124':<22}01", addenda=(TERMINAL,))]
        ),
        Batch(sec="MTE", service=225, entries=[own(9, f"{'BUYER AT TELLER':<15}{number:<22}", addenda=(CASH,))]),
    ]


def _acknowledgements() -> list[Batch]:
    original = "231380100000077"
    return [
        Batch(sec="ACK", service=220, entries=[own(10, f"{original}{'NORTH MARKET INC':<22}", code=24, cents=0)]),
        Batch(
            sec="ATX",
            service=220,
            entries=[
                own(
                    11,
                    f"{original}0002{'NORTH MARKET INC':<16}",
                    code=34,
                    cents=0,
                    addenda=(payment("NTE*A*1\\"), payment("NTE*A*2\\")),
                )
            ],
        ),
    ]


def _payments() -> list[Batch]:
    detail = f"{'PAYING CONSUMER':<15}{'CUSTOMER-77125':<22}"
    entry = own(12, detail, code=22, addenda=(payment("RMR*IV*77125**10.12\\"),))
    return [Batch(sec="CIE", service=220, description="BILL PAY", entries=[entry])]


def _agencies() -> list[Batch]:
    died = plain(
        23,
        account=red_account(FIRST + 13),
        cents=0,
        name="RECEIVER OF PENSION",
        addenda=(payment("DATE OF DEATH*111526*CUSTOMERSSN*000000000*AMOUNT*0.00\\"),),
    )
    enrolled = own(
        14,
        f"{'ENROLL-1':<15}0001{'SOCIAL SECURITY':<16}",
        code=23,
        cents=0,
        addenda=(payment("22*02100002*1*0*000000000*DOE*JOHN*0\\"),),
    )
    return [
        Batch(sec="DNE", service=220, description="DEATH", effective="", status="2", entries=[died]),
        Batch(sec="ENR", service=220, description="AUTOENROLL", effective="", entries=[enrolled]),
    ]


def _international() -> Batch:
    remittance = [f"17{f'INVOICE {number}':<80}" for number in (1, 2)]
    banks = [f"18{f'BANK BETWEEN {number}':<35}01{'000300012':<34}{'CA':<3}{'':<6}" for number in (1, 2, 3)]
    return Batch(
        sec="IAT",
        service=200,
        opening=OPENING,
        description="TRADEPAYMT",
        descriptive="USDCAD",
        entries=[international(15), international(16, *remittance, *banks), international(17, code=22)],
    )
