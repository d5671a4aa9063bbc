"""Defects of what comes back, each in a file built for it with nothing else wrong."""

from dataclasses import replace

from nacha_samples.broken.forward import broken
from nacha_samples.building import BACK, ODFI, ROUTING, Batch, Entry, Head, changed, payment, records_of, returned
from nacha_samples.corrections.generate import batch as notices
from nacha_samples.corrections.generate import notice, refusal
from nacha_samples.expecting import Sample
from nacha_samples.forward.generate import debit
from nacha_samples.returns.generate import RDFI, SETTLED, back, batch, sent

NEXT = f"{RDFI}9000001{SETTLED}"


def _sample(
    name: str,
    *batches: Batch,
    errors: tuple[str, ...] = (),
    warnings: tuple[str, ...] = (),
    head: Head = BACK,
) -> Sample:
    return broken(name, "".join(line + "\n" for line in records_of(batches, head)), errors, warnings)


def saying(content: str, *, index: int = 300, code: int = 26) -> Entry:
    """Return an entry on its way back with this addenda."""
    return replace(back("R01", index, mark="R", code=code), addenda=(content,))


def samples() -> list[Sample]:
    """Return every defect of answers."""
    return [*_returns(), *_disputes(), *_changes()]


def _returns() -> list[Sample]:
    other_trace = [
        line[:79] + "231380109999999" if line.startswith("799") else line
        for line in records_of([batch("WEB", [back("R01", 300, mark="R")])], BACK)
    ]
    return [
        _sample(
            "unknown_return_code",
            batch("WEB", [back("R01", 300, mark="R"), back("R98", 301, mark="R")]),
            errors=("unknown-return-code",),
        ),
        _sample(
            "mixed_batch",
            batch("WEB", [back("R01", 300, mark="R"), debit(0, 1_000, mark="R")]),
            errors=("mixed-batch",),
        ),
        broken("addenda_trace", "".join(line + "\n" for line in other_trace), warnings=("addenda-trace",)),
        _sample(
            "original_trace",
            batch("WEB", [saying(returned("R01", 0, rdfi=RDFI))]),
            errors=("original-trace",),
        ),
        _sample(
            "original_rdfi",
            batch("WEB", [saying(returned("R01", sent(300), rdfi=""))]),
            warnings=("original-rdfi",),
        ),
        _sample(
            "answer_addenda",
            batch("CCD", [replace(back("R02", 300), addenda=(payment("RMR*IV*1**5\\"), *back("R02", 300).addenda))]),
            errors=("answer-addenda",),
        ),
        _sample("return_code_class", batch("PPD", [back("R29", 300)]), errors=("return-code-class",)),
        _sample("return_code_class_corporate", batch("CCD", [back("R10", 300)]), errors=("return-code-class",)),
        _sample("return_code_entry", batch("PPD", [back("R23", 300)]), errors=("return-code-entry",)),
        _sample(
            "return_code_of_a_credit",
            batch("PPD", [back("R01", 300, code=21)], service=220, description="PAYROLL"),
            errors=("return-code-entry",),
        ),
        _sample(
            "return_transaction_code", batch("PPD", [back("R01", 300, code=27)]), warnings=("return-transaction-code",)
        ),
        _sample(
            "date_of_death",
            batch("PPD", [saying(returned("R15", sent(300), rdfi=RDFI))]),
            warnings=("date-of-death",),
        ),
        _sample(
            "date_of_death_of_the_living",
            batch("PPD", [saying(returned("R01", sent(300), rdfi=RDFI, date_of_death="261115"))]),
            warnings=("date-of-death",),
        ),
    ]


def _disputes() -> list[Sample]:
    lost = f"99R67{sent(300):015d}{'':<6}{RDFI}{'':<3}{'':<15}{SETTLED}01{'':<21}"
    unsaid = f"99R69{sent(300):015d}{'':<6}{RDFI}{'':<3}{NEXT}01{'':<21}"
    undated = f"99R73{sent(300):015d}{'':<6}{RDFI}{'':<3}{NEXT}01{ODFI}800000133568 "
    ours = Batch(sec="WEB", service=225, entries=[], settlement="335", odfi=ODFI)
    away = Head(created="261201")
    return [
        _sample(
            "dishonour",
            replace(ours, entries=[replace(saying(lost), routing=ROUTING[0])]),
            errors=("dishonour",),
            head=away,
        ),
        _sample(
            "dishonour_without_fields",
            replace(ours, entries=[replace(saying(unsaid), routing=ROUTING[0])]),
            errors=("dishonour",),
            head=away,
        ),
        _sample("contest", batch("WEB", [saying(undated)]), errors=("contest",)),
    ]


def _changes() -> list[Sample]:
    change = changed("C02", sent(300), rdfi=RDFI, data="021000021")
    paid = notice("C02", 300, "021000021")
    return [
        _sample("unknown_change_code", notices([notice("C99", 300, "021000021")]), errors=("unknown-change-code",)),
        _sample(
            "change_class",
            batch("WEB", [replace(saying(change), cents=0, middle=paid.middle)]),
            errors=("change-class",),
        ),
        _sample(
            "return_among_changes",
            notices([paid, replace(back("R01", 301), addenda=(returned("R01", sent(301), rdfi=RDFI),))]),
            errors=("change-class", "mixed-batch"),
        ),
        _sample(
            "change_amount",
            notices([replace(paid, cents=100, middle=paid.middle[:17] + f"{100:010d}" + paid.middle[27:])]),
            errors=("change-amount",),
        ),
        _sample(
            "change_transaction_code",
            notices([replace(notice("C02", 300, "021000021"), code=27)]),
            errors=("change-transaction-code",),
        ),
        _sample("corrected_data", notices([notice("C02", 300, "021000022")]), errors=("corrected-data",)),
        _sample("corrected_data_code", notices([notice("C05", 300, "99")]), errors=("corrected-data",)),
        _sample("corrected_data_moved", notices([notice("C03", 300, "021000021 7")]), errors=("corrected-data",)),
        _sample(
            "refused_change",
            notices([refusal("C65", 300, refused="   ", data="021000021")]),
            errors=("refused-change",),
        ),
        _sample(
            "refused_change_of_nothing",
            notices([refusal("C65", 300, refused="C02", data="")]),
            errors=("refused-change",),
        ),
    ]
