"""Defects of forward entries and addenda, each in a file built for it with nothing else wrong."""

from dataclasses import replace

from nacha_samples.building import ROUTING, Batch, Entry, Head, exchange, payment, plain, records_of
from nacha_samples.expecting import Sample
from nacha_samples.forward.classes import OPENING, TERMINAL, abroad, advice
from nacha_samples.forward.generate import debit
from tests.red import red_account

OVER_SAME_DAY = 100_000_001
NO_BANK = "500000005"
"""A number whose check digit fits, of no Federal Reserve district."""


def _sample(name: str, *batches: Batch, errors: tuple[str, ...] = (), warnings: tuple[str, ...] = ()) -> Sample:
    return broken(name, "".join(line + "\n" for line in records_of(batches)), errors, warnings)


def broken(name: str, text: str, errors: tuple[str, ...] = (), warnings: tuple[str, ...] = ()) -> Sample:
    """Return a broken sample: the text of its file, and which checks must be errors and which warnings."""
    return Sample(
        name=name, source=text.encode("cp1252"), expected={"errors": sorted(errors), "warnings": sorted(warnings)}
    )


def check(sec: str, cents: int, *, serial: str = "8045", description: str = "PURCHASE") -> Batch:
    """Return a batch with one entry made from a check."""
    entry = plain(27, account=red_account(300), cents=cents, name="BUYER OF CHECKS", identification=serial)
    return Batch(sec=sec, service=225, entries=[entry], description=description)


def samples() -> list[Sample]:
    """Return every defect of forward files that is built here."""
    return [*_batches(), *_entries(), *_classes(), *_addenda(), *_international(), _advice()]


def _batches() -> list[Sample]:
    one = debit(0, 1_000)
    return [
        _sample("file_empty", errors=("file-empty",)),
        _sample(
            "batch_empty",
            Batch(sec="CCD", service=225, entries=[one]),
            Batch(sec="PPD", service=225, entries=[]),
            errors=("batch-empty",),
        ),
        _sample("advice_class_for_debits", Batch(sec="CCD", service=280, entries=[one]), errors=("service-class",)),
        _sample(
            "description_of_class",
            check("RCK", 2_500, description="PURCHASE"),
            errors=("description-class",),
        ),
    ]


def _entries() -> list[Sample]:
    savings = debit(7, 1_000, mark="S")
    return [
        _sample(
            "routing_prefix",
            Batch(sec="CCD", service=225, entries=[replace(debit(0, 1_000), routing=NO_BANK)]),
            errors=("routing-prefix",),
        ),
        _sample(
            "amount_same_day",
            Batch(sec="CCD", service=225, effective="261123", entries=[debit(0, OVER_SAME_DAY)]),
            warnings=("amount-same-day",),
        ),
        _sample("amount_of_class", check("RCK", 250_001, description="REDEPCHECK"), errors=("amount-of-class",)),
        _sample("amount_of_class_arc", check("ARC", 2_500_001), errors=("amount-of-class",)),
        _sample("serial_blank", check("BOC", 2_500, serial=""), errors=("serial-blank",)),
        _sample(
            "class_direction",
            Batch(sec="TEL", service=220, entries=[replace(savings, code=22)]),
            errors=("class-direction",),
        ),
        _sample(
            "class_use",
            Batch(sec="PPD", service=225, entries=[debit(1, 0, code=29, text="NTE*A*PAID\\")]),
            errors=("class-use",),
        ),
        _sample(
            "micro_entries",
            Batch(sec="PPD", service=220, description="ACCTVERIFY", entries=[debit(2, 150, code=22)]),
            warnings=("micro-entries",),
        ),
        _sample(
            "micro_entries_that_keep",
            Batch(
                sec="PPD",
                service=200,
                description="ACCTVERIFY",
                entries=[debit(2, 11, code=22, place=1), debit(2, 50, place=2)],
            ),
            warnings=("micro-entries",),
        ),
    ]


def _classes() -> list[Sample]:
    nowhere = check("POP", 2_500, serial="8046")
    died = replace(debit(6, 0, code=23), addenda=(payment("DATE OF DEATH*111526*CUSTOMERSSN*000000000*AMOUNT*0\\"),))
    return [
        _sample("class_field", nowhere, errors=("class-field",)),
        _sample(
            "originator_of_class",
            Batch(sec="DNE", service=220, effective="", entries=[died], description="DEATH"),
            errors=("originator-of-class",),
        ),
    ]


def _addenda() -> list[Sample]:
    two = replace(debit(3, 1_000), addenda=(payment("RMR*IV*1**5\\"), payment("RMR*IV*2**5\\")))
    told = exchange(27, account=red_account(301), cents=1_000, name="NORTH MARKET INC", texts=["RMR*IV*1**10\\"])
    terminal = replace(debit(4, 1_000, mark="S"), addenda=(TERMINAL,))
    nowhere = replace(debit(4, 1_000, mark="01"), addenda=(TERMINAL[:-2] + "ON",))
    return [
        _sample("addenda_limit", Batch(sec="CCD", service=225, entries=[two]), errors=("addenda-limit",)),
        _sample(
            "addenda_of_telephone",
            Batch(sec="TEL", service=225, entries=[debit(4, 1_000, mark="S", text="RMR*IV*1**10\\")]),
            errors=("addenda-class", "addenda-limit"),
        ),
        _sample(
            "addenda_missing",
            Batch(sec="CCD", service=225, entries=[debit(5, 0, code=29)]),
            errors=("addenda-missing",),
        ),
        _sample(
            "addenda_count",
            Batch(sec="CTX", service=225, entries=[replace(told, addenda=(*told.addenda, payment("RMR*IV*2**1\\")))]),
            errors=("addenda-count",),
        ),
        _sample("terminal", Batch(sec="POS", service=225, entries=[nowhere]), errors=("terminal",)),
        _sample("addenda_class", Batch(sec="WEB", service=225, entries=[terminal]), errors=("addenda-class",)),
    ]


def _international() -> list[Sample]:
    whole = abroad("RECEIVER NUMBER 1")
    return [
        _abroad("iat_header", whole, errors=("iat-header",), currencies="usdCAD"),
        _abroad("iat_country", whole, errors=("iat-header",), country="XK"),
        _abroad("iat_currency", whole, errors=("iat-header",), currencies="USDRMB"),
        _abroad("iat_reason", ("10   " + whole[0][5:], *whole[1:]), errors=("iat-field",)),
        _abroad("iat_addenda", (*whole[:4], *whole[5:]), errors=("iat-addenda",)),
        _abroad("iat_field", (whole[0].replace("RECEIVER NUMBER 1", " " * 17), *whole[1:]), errors=("iat-field",)),
    ]


def _abroad(
    name: str, addenda: tuple[str, ...], *, errors: tuple[str, ...], currencies: str = "USDCAD", country: str = "CA"
) -> Sample:
    middle = f"{len(addenda):04d}{'':<13}{1_000:010d}{red_account(302):<35}{'':<4}"
    entry = Entry(code=27, routing=ROUTING[0], cents=1_000, middle=middle, addenda=addenda)
    batch = Batch(
        sec="IAT",
        service=225,
        entries=[entry],
        opening=OPENING[:-2] + country,
        description="TRADEPAYMT",
        descriptive=currencies,
    )
    return _sample(name, batch, errors=errors)


def _advice() -> Sample:
    batch = Batch(
        sec="ADV", service=280, status="0", entries=[advice(81, 1_000, 1), advice(22, 500, 2)], description="ADVICE"
    )
    return broken(
        "advice_of_a_payment", "".join(line + "\n" for line in records_of([batch], Head())), errors=("advice",)
    )
