"""Write the return samples: every reason of the Rules, by family, with the classes that it can come back for.

Run it at the project's root as ``python -m nacha_samples.generate``. A batch keeps the original's class, company and
effective date; its ODFI and traces are the returning bank's, and record 6 names our bank (RB13, Appendix Four).
Samples of other makers stand beside these.
"""

from collections.abc import Sequence
from pathlib import Path

from nacha_samples.building import ODFI, OUR_BANK, ROUTING, Batch, Entry, Head, plain, returned
from nacha_samples.expecting import Sample, sample
from nacha_samples.forward.classes import OPENING, abroad
from tests.red import red_account

HERE = Path(__file__).parent
FIRST = 200
MANY = 40
RDFI = "23138010"
SETTLED = "331"
"""The day of the year on which these returns settled: 27 November 2026."""
CONSUMER = ("R01", "R09", "R02", "R03", "R04", "R07", "R08", "R10", "R11", "R16", "R20", "R24")
DECEASED = frozenset({"R14", "R15"})


def sent(index: int) -> int:
    """Return the trace number that our entry with this index went out with."""
    return int(f"{ODFI}{index:07d}")


def back(
    reason: str, index: int, *, code: int = 26, cents: int = -1, mark: str = "", detail: str = "", words: str = ""
) -> Entry:
    """Return one entry on its way back; ``detail`` is columns 40 to 78 of the classes that have their own."""
    amount = 1_000 + index if cents < 0 else cents
    account = red_account(FIRST + index)
    content = returned(
        reason,
        sent(index),
        rdfi=RDFI,
        information=words,
        date_of_death="261115" if reason in DECEASED else "",
    )
    if detail:
        middle = f"{account:<17}{amount:010d}{detail:<39}"
        return Entry(code=code, routing=OUR_BANK, cents=amount, middle=middle, addenda=(content,))
    return plain(
        code,
        account=account,
        cents=amount,
        name=f"BUYER NUMBER {index}",
        routing=OUR_BANK,
        identification=f"0C4M7R2V9K{index:03d}",
        discretionary=mark,
        addenda=(content,),
    )


def batch(sec: str, entries: Sequence[Entry], *, service: int = 225, description: str = "PURCHASE") -> Batch:
    """Return a batch of returns: the original's header with the returning bank as ODFI and the day it settled."""
    return Batch(sec=sec, service=service, entries=entries, description=description, settlement=SETTLED, odfi=RDFI)


def each(*reasons: str, first: int, mark: str = "", code: int = 26) -> list[Entry]:
    """Return one entry for each reason."""
    return [back(reason, first + at, mark=mark, code=code) for at, reason in enumerate(reasons)]


def samples() -> list[Sample]:
    """Return every return sample that is made here."""
    return [*_families(), *_edits(), *_checks(), *_rest(), *_dishonours(), *_international()]


def _families() -> list[Sample]:
    return [
        sample("funds", batch("WEB", each("R01", "R09", first=0, mark="R")), batch("CCD", each("R01", first=2))),
        sample(
            "accounts",
            batch("WEB", each("R02", "R03", "R04", "R12", "R14", "R15", "R16", "R20", first=3, mark="S")),
            batch("CCD", each("R02", "R03", "R04", first=11)),
        ),
        sample(
            "authorizations",
            batch("WEB", each("R07", "R10", "R11", first=14, mark="R")),
            batch("PPD", each("R07", "R10", "R11", first=17)),
            batch("CCD", each("R05", "R29", first=20)),
        ),
        sample("stops", batch("WEB", each("R08", first=22, mark="R")), batch("CCD", each("R08", first=23))),
        sample(
            "questionable",
            batch("WEB", [back("R17", 24, mark="S", words="QUESTIONABLE")]),
            batch("CCD", [back("R17", 25, words="IMPROPER REVERSAL")]),
        ),
        sample(
            "by_agreement", batch("CCD", each("R06", "R31", first=26)), batch("WEB", each("R06", first=28, mark="S"))
        ),
        sample("web_returns", batch("WEB", _in_turn(first=100, mark="R"))),
        sample("tel_returns", batch("TEL", _in_turn(first=200, mark="S"))),
    ]


def _in_turn(*, first: int, mark: str) -> list[Entry]:
    return [
        back(CONSUMER[at % len(CONSUMER)], first + at, mark=mark, code=36 if at % 5 == 4 else 26)  # noqa: PLR2004 -- every fifth is a savings account
        for at in range(MANY)
    ]


def _edits() -> list[Sample]:
    anyone = ("R13", "R18", "R19", "R24", "R25", "R26", "R27", "R28", "R32", "R34", "R35")
    return [
        sample(
            "operator_edits",
            batch("PPD", each(*anyone, first=30)),
            batch("TRC", [back("R30", 42, detail=f"{'8041':<15}{'PC0001':<6}{'ITEM-77120':<16}01")]),
            batch("TEL", [back("R36", 43, code=21, mark="S")], service=220, description="REVERSAL"),
        )
    ]


def _checks() -> list[Sample]:
    serial = f"{'8042':<15}{'BUYER OF CHECKS':<22}"
    terminal = f"{'8043':<9}PORTOR{'BUYER AT THE TILL':<22}"
    item = f"{'8044':<15}{'PC0002':<6}{'ITEM-77121':<16}"
    agency = f"{'ENROLL-1':<15}0000{'SOCIAL SECURITY':<16}"
    enrolled = [back(f"R{number}", 70 + number, cents=0, detail=agency) for number in range(40, 48)]
    return [
        sample(
            "converted_checks",
            batch("ARC", [back(reason, 50 + at, detail=serial) for at, reason in enumerate(("R37", "R38", "R39"))]),
            batch("BOC", [back(reason, 53 + at, detail=serial) for at, reason in enumerate(("R37", "R38", "R39"))]),
            batch("POP", [back(reason, 56 + at, detail=terminal) for at, reason in enumerate(("R37", "R39"))]),
            batch("XCK", [back("R33", 58, detail=item)]),
        ),
        sample(
            "represented_checks",
            batch(
                "RCK",
                [back(reason, 60 + at, detail=serial) for at, reason in enumerate(("R50", "R51", "R52", "R53"))],
                description="REDEPCHECK",
            ),
        ),
        sample("enrolments", batch("ENR", enrolled, description="AUTOENROLL")),
    ]


def _rest() -> list[Sample]:
    payer = f"{'PAYING CONSUMER':<15}{'CUSTOMER-77120':<22}"
    unknown = [back("R01", 130, mark="R"), back("R98", 131, mark="R"), back("R03", 132, mark="R")]
    return [
        sample(
            "refused_credits",
            batch("PPD", [back("R23", 64, code=21)], service=220, description="PAYROLL"),
            batch(
                "CIE",
                [back(reason, 65 + at, code=21, detail=payer) for at, reason in enumerate(("R21", "R22"))],
                service=220,
                description="BILL PAY",
            ),
        ),
        sample("sanctions", batch("WEB", each("R16", "R90", first=67, mark="S"))),
        sample("should_have_been_international", batch("CCD", each("R85", first=69))),
        sample("unknown_between_known", batch("WEB", unknown), errors=["unknown-return-code"]),
    ]


def _dishonours() -> list[Sample]:
    words = {"R69": "01*03*07"}
    dishonoured = [
        _answer(at, _dishonour(reason, at, words=words.get(reason, "")), routing=ROUTING[0])
        for at, reason in enumerate(("R61", "R62", "R67", "R68", "R69", "R70"))
    ]
    contested = [
        _answer(at, _contest(reason, at, dishonour), routing=OUR_BANK)
        for at, (reason, dishonour) in enumerate(
            (("R71", "61"), ("R72", "68"), ("R73", "68"), ("R74", "69"), ("R75", "67"), ("R76", "69"), ("R77", "62"))
        )
    ]
    ours = Batch(sec="CCD", service=225, entries=dishonoured, settlement="335", odfi=ODFI)
    return [sample("dishonours", ours, head=Head(created="261201")), sample("contests", batch("CCD", contested))]


def _answer(index: int, content: str, *, routing: str) -> Entry:
    return plain(
        26,
        account=red_account(FIRST + 140 + index),
        cents=5_000 + index,
        name=f"BUYER NUMBER {140 + index}",
        routing=routing,
        identification=f"0C4M7R2V9K{140 + index}",
        addenda=(content,),
    )


def _returned_trace(index: int) -> str:
    return f"{RDFI}{9000 + index:07d}"


def _dishonour(reason: str, index: int, *, words: str) -> str:
    """Return the content of a dishonour: the return's trace, settlement day and reason, and words of R69."""
    answered = "06" if reason == "R70" else "01"
    return (
        f"99{reason}{sent(140 + index):015d}{'':<6}{RDFI}{'':<3}{_returned_trace(index)}{SETTLED}{answered}{words:<21}"
    )


def _contest(reason: str, index: int, dishonour: str) -> str:
    """Return the content of a contest: R73 says when the original came back and when it settled."""
    on, settled = ("261125", "328") if reason == "R73" else ("", "")
    about = f"{_returned_trace(index)}{SETTLED}01{ODFI}{8000 + index:07d}335{dishonour}"
    return f"99{reason}{sent(140 + index):015d}{on:<6}{RDFI}{settled:<3}{about} "


def _international() -> list[Sample]:
    entries = [_from_abroad(f"R{number}", number) for number in range(80, 85)]
    come_back = Batch(
        sec="IAT",
        service=225,
        entries=entries,
        opening=OPENING,
        description="TRADEPAYMT",
        descriptive="USDCAD",
        settlement=SETTLED,
        odfi=RDFI,
    )
    return [sample("international", come_back)]


def _from_abroad(reason: str, index: int) -> Entry:
    amount = 100_000 + index
    middle = f"0008{'':<13}{amount:010d}{red_account(FIRST + 160 + index):<35}{'':<4}"
    content = f"99{reason}{sent(160 + index):015d}{'':<6}{RDFI}{amount:010d}{'CODING':<34}"
    addenda = (*abroad(f"RECEIVER NUMBER {index}"), content)
    return Entry(code=26, routing=OUR_BANK, cents=amount, middle=middle, addenda=addenda)
