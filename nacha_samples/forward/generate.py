"""Write the forward samples: every form that is written, in the smallest file that shows it.

Run it at the project's root as ``python -m nacha_samples.generate``. Four samples of other makers and ``four_codes``,
which a test writes itself, stand beside them.
"""

from pathlib import Path

from nacha_samples.building import OUR_BANK, ROUTING, Batch, Entry, Head, exchange, payment, plain
from nacha_samples.expecting import Sample, sample
from nacha_samples.forward import classes
from tests.red import red_account

HERE = Path(__file__).parent
MANY = 40
FIRST = 100
"""Where the invented accounts of these samples start; those before it are in other tests."""


def debit(
    index: int, cents: int, *, code: int = 27, mark: str = "", text: str = "", name: str = "", place: int = 0
) -> Entry:
    """Return a plain entry for the buyer with this index; ``place`` tells his entries apart."""
    return plain(
        code,
        account=red_account(FIRST + index),
        cents=cents,
        name=name or f"BUYER NUMBER {index}",
        routing=ROUTING[index % len(ROUTING)],
        identification=f"0C4M7R2V9K{index:03d}{place or ''}",
        discretionary=mark,
        addenda=(payment(text),) if text else (),
    )


def offset(code: int, cents: int) -> Entry:
    """Return the entry that balances a batch on our own account."""
    return plain(
        code,
        account=red_account(FIRST - 1),
        cents=cents,
        name="INGATHER",
        routing=OUR_BANK,
        identification="OFFSET-0001",
    )


def recurring(count: int, *, first: int = 0) -> list[Entry]:
    """Return debits that say in turn that they are single and recurring, of checking and of savings accounts."""
    return [
        debit(first + at, 1_000 + 37 * at, code=37 if at % 5 == 4 else 27, mark="R" if at % 3 else "S")  # noqa: PLR2004 -- every fifth and third
        for at in range(count)
    ]


def samples() -> list[Sample]:
    """Return every forward sample that is made here."""
    return [*_classes(), *_forms(), *_takings_back(), *_files(), *classes.samples()]


def _classes() -> list[Sample]:
    return [
        sample(
            "ccd_debits",
            Batch(sec="CCD", service=225, entries=[debit(0, 120_000, text="RMR*IV*77120**1200.00\\"), debit(1, 4_550)]),
        ),
        sample("ppd_debits", Batch(sec="PPD", service=225, entries=[debit(2, 1_999), debit(3, 2_501, code=37)])),
        sample(
            "ppd_payroll",
            Batch(
                sec="PPD",
                service=220,
                description="PAYROLL",
                entries=[debit(4, 215_000, code=22), debit(5, 198_050, code=32)],
            ),
        ),
        sample("web_debits", Batch(sec="WEB", service=225, entries=recurring(MANY))),
        sample("tel_debits", Batch(sec="TEL", service=225, description="ORDER", entries=recurring(MANY, first=MANY))),
        sample(
            "ctx_five_addenda",
            Batch(
                sec="CTX",
                service=225,
                description="INVOICES",
                entries=[
                    exchange(
                        27,
                        account=red_account(FIRST + 6),
                        cents=1_234_567,
                        name="NORTH MARKET INC",
                        texts=[f"RMR*IV*7712{number}**2469.13\\" for number in range(5)],
                    ),
                    exchange(37, account=red_account(FIRST + 7), cents=99, name="BLUE LANE LLC"),
                ],
            ),
        ),
        sample(
            "web_person_to_person",
            Batch(sec="WEB", service=220, description="PAY FRIEND", entries=[debit(8, 2_500, code=22, mark="S")]),
        ),
    ]


def _forms() -> list[Sample]:
    return [
        sample(
            "prenotes",
            Batch(sec="CCD", service=225, entries=[debit(9, 0, code=28), debit(10, 0, code=38)]),
            Batch(sec="WEB", service=225, entries=[debit(11, 0, code=28, mark="S")]),
            Batch(sec="PPD", service=220, entries=[debit(12, 0, code=23), debit(13, 0, code=33)]),
        ),
        sample(
            "zero_dollar",
            Batch(
                sec="CCD", service=225, description="REMITTANCE", entries=[debit(14, 0, code=29, text="NTE*A*PAID\\")]
            ),
            Batch(
                sec="CTX",
                service=225,
                description="REMITTANCE",
                entries=[
                    exchange(
                        39,
                        account=red_account(FIRST + 15),
                        cents=0,
                        name="CORNER SHOP",
                        texts=["NTE*A*1\\", "NTE*A*2\\"],
                    )
                ],
            ),
        ),
        sample(
            "micro_entries",
            Batch(
                sec="PPD",
                service=200,
                description="ACCTVERIFY",
                entries=[debit(16, 11, code=22, place=1), debit(16, 23, code=22, place=2), debit(16, 34, place=3)],
            ),
        ),
        sample(
            "balanced",
            Batch(sec="CCD", service=200, entries=[debit(21, 6_000), debit(22, 4_000), offset(22, 10_000)]),
            Batch(sec="PPD", service=200, description="REFUND", entries=[debit(23, 700, code=22), offset(27, 700)]),
        ),
        sample(
            "payer_named_offset",
            Batch(
                sec="CCD", service=200, entries=[debit(24, 5_000, name="OFFSET"), debit(25, 1_000), offset(22, 6_000)]
            ),
        ),
        sample(
            "same_day",
            Batch(sec="CCD", service=225, descriptive="SD1300", effective="261123", entries=[debit(26, 99_999_999)]),
        ),
    ]


def _takings_back() -> list[Sample]:
    return [
        sample(
            "reversal",
            Batch(
                sec="CCD",
                service=220,
                description="REVERSAL",
                entries=[debit(0, 120_000, code=22), debit(1, 4_550, code=22)],
            ),
            Batch(sec="WEB", service=220, description="REVERSAL", entries=[debit(17, 4_999, code=32, mark="S")]),
            Batch(sec="TEL", service=220, description="REVERSAL", entries=[debit(18, 1_250, code=22)]),
        ),
        sample(
            "reversal_of_a_loan_credit",
            Batch(sec="PPD", service=225, description="REVERSAL", entries=[debit(19, 30_000, code=55)]),
        ),
        sample("retry", Batch(sec="WEB", service=225, description="RETRY PYMT", entries=[debit(20, 3_999, mark="R")])),
        sample(
            "return_fee", Batch(sec="WEB", service=225, description="RETURN FEE", entries=[debit(20, 2_500, mark="S")])
        ),
    ]


def _files() -> list[Sample]:
    six = [
        Batch(
            sec=sec,
            service=225,
            company=f"MERCHANT {number}",
            entries=[debit(27 + number, 1_000 + number, mark="S"), debit(33 + number, 2_000 + number, mark="R")],
        )
        for number, sec in enumerate(("CCD", "PPD", "WEB", "TEL", "WEB", "CCD"))
    ]
    two = Batch(sec="CCD", service=225, entries=[debit(28, 1_001), debit(29, 1_002)])
    return [
        sample("several_batches", *six),
        sample("crlf", two, ending="\r\n"),
        sample("no_line_ends", two, ending=""),
        sample("origin_of_ten_digits", two, head=Head(origin="9876543210")),
        sample("origin_of_nine_digits", two, head=Head(origin=" 091000019")),
        sample("destination_after_a_zero", two, head=Head(destination="0091000019")),
    ]
