"""Write the correction samples: every change code and every refusal of one, in the fixed columns of each code.

Run it at the project's root as ``python -m nacha_samples.generate``. What is written ``masked`` is the corrected data
as people may see it: what is or may be an account number is stars but for its last four characters. A sample of another
maker stands beside these.
"""

from collections.abc import Sequence
from pathlib import Path

from nacha_samples.building import OUR_BANK, Batch, Entry, changed, plain
from nacha_samples.expecting import Sample, sample
from nacha_samples.forward.classes import abroad
from nacha_samples.returns.generate import RDFI, SETTLED, sent
from tests.red import red_account

HERE = Path(__file__).parent
FIRST = 400
STARS = "*" * 13
LONGEST = 8
"""Which of the invented accounts has all seventeen digits and leaves no blank before what follows it."""


def notice(code: str, index: int, data: str) -> Entry:
    """Return an entry that carries a notice of change and no amount."""
    return _carrying(index, changed(code, sent(index), rdfi=RDFI, data=data))


def refusal(code: str, index: int, *, refused: str, data: str) -> Entry:
    """Return an entry that refuses a change: its data, code and the last seven digits of its trace number."""
    content = f"98{code}{sent(index):015d}{'':<6}{RDFI}{data:<29}{refused}{9000 + index:07d}{'':<5}"
    return _carrying(index, content)


def _carrying(index: int, content: str) -> Entry:
    return plain(
        26,
        account=red_account(FIRST + index),
        cents=0,
        name=f"BUYER NUMBER {index}",
        routing=OUR_BANK,
        identification=f"0C4M7R2V9K{index:03d}",
        addenda=(content,),
    )


def batch(entries: Sequence[Entry]) -> Batch:
    """Return a batch of notices."""
    return Batch(sec="COR", service=225, entries=entries, settlement=SETTLED, odfi=RDFI)


def _account() -> str:
    return red_account(LONGEST)


def samples() -> list[Sample]:
    """Return every correction sample that is made here."""
    new = _account()
    hidden = f"{STARS}{new[-4:]}"
    data = {
        "C01": (new, hidden),
        "C02": ("021000021", "021000021"),
        "C03": (f"021000021   {new}", f"021000021   {hidden}"),
        "C05": ("37", "37"),
        "C06": (f"{new}   37", f"{hidden}   37"),
        "C07": (f"021000021{new}37", f"021000021{hidden}37"),
        "C09": ("CUSTOMER-77120", "CUSTOMER-77120"),
        "C13": ("NOT AN X12 SEGMENT", "NOT AN X12 SEGMENT"),
        "C14": ("IAT", "IAT"),
    }
    withdrawn = {"C04": "BUYER OF ANOTHER NAME", "C10": "ACME GOODS INC", "C11": "1999999999", "C12": "ACME GOODS INC"}
    refused = [refusal(f"C{number}", 20 + number, refused="C02", data="021000021") for number in range(61, 70)]
    return [
        sample(
            "changes",
            batch([notice(code, at, text) for at, (code, (text, _)) in enumerate(data.items())]),
            masked=[shown for _, shown in data.values()],
        ),
        sample(
            "withdrawn_and_unassigned",
            batch([notice(code, 12 + at, text) for at, (code, text) in enumerate(withdrawn.items())]),
            errors=["unknown-change-code"],
            masked=["BUYER OF ANOTHER NAME", "ACME *OODS INC", "******9999", "ACME *OODS INC"],
        ),
        sample("refusals", batch(refused), masked=["*****0021"] * len(refused)),
        _international(),
    ]


def _international() -> Sample:
    iban = red_account(LONGEST)
    changes = {
        "C01": (iban, f"{STARS}{iban[-4:]}"),
        "C08": ("000300020", "*****0020"),
        "C09": ("CUSTOMER-77121", "CUSTOMER-77121"),
    }
    entries = []
    for at, (code, (text, _)) in enumerate(changes.items()):
        middle = f"0008{'':<13}{0:010d}{red_account(FIRST + 90 + at):<35}{'':<4}"
        content = changed(code, sent(90 + at), rdfi=RDFI, data=text, width=35)
        addenda = (*abroad(f"RECEIVER NUMBER {90 + at}"), content)
        entries.append(Entry(code=26, routing=OUR_BANK, cents=0, middle=middle, addenda=addenda))
    come_back = Batch(
        sec="COR",
        service=225,
        entries=entries,
        opening=f"{'IATCOR':<16}FF3{'':<15}CA",
        description="TRADEPAYMT",
        descriptive="USDCAD",
        settlement=SETTLED,
        odfi=RDFI,
    )
    return sample("international", come_back, masked=[shown for _, shown in changes.values()])
