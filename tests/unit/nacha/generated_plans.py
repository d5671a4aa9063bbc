"""Generated plans that the writer accepts: every class we write, every use, any texts, any number of batches."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from string import ascii_letters, digits, punctuation

import numpy as np
from hypothesis import strategies as st

from ingather.base.columns import text_column
from ingather.nacha.dialect import Dialect, LineEnd
from ingather.nacha.plan import Batches, Entries, FileHead, FilePlan, payment_addenda
from ingather.nacha.routing import check_digit
from tests.red import red_account

CREATED = date(2026, 11, 23)
LETTERS = ascii_letters + digits + " " + punctuation
WRITTEN = ("CCD", "PPD", "WEB", "TEL", "CTX")
# By class: the transaction codes of live entries, of prenotes, and of zero-dollar entries with remittance.
DEBITS, CREDITS = ((27, 37), (28, 38), (29, 39)), ((22, 32), (23, 33), (24, 34))
MOST_TEXTS = {"CCD": 1, "PPD": 1, "WEB": 1, "TEL": 0, "CTX": 12}
DISTRICTS = [*range(1, 13), *range(21, 33), *range(61, 73), 80]
DESCRIPTIONS = ("ORDERS", "PURCHASE", "RETRY PYMT", "RETURN FEE", "a.b-c & 1", "PAYROLL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One entry: its code, amount, routing number, texts, discretionary data and the texts of its addenda."""

    code: int
    cents: int
    routing: int
    name: str
    reference: str
    discretionary: str
    texts: tuple[str, ...]


def texts(most: int, least: int = 0) -> st.SearchStrategy[str]:
    """Return printable texts that are not blank at either end; with ``least`` they are neither blank nor zeros."""
    words = st.text(LETTERS, min_size=least, max_size=most).map(str.strip)
    return words.filter(lambda text: bool(text.strip(" 0"))) if least else words


@st.composite
def routing_numbers(draw: st.DrawFn) -> int:
    """Return a routing number whose first digits and check digit are right."""
    eight = f"{draw(st.sampled_from(DISTRICTS)):02d}{draw(st.integers(1, 999_999)):06d}"
    return int(eight) * 10 + check_digit(eight)


@st.composite
def drawn_entries(draw: st.DrawFn, code: str, reference: str) -> Drawn:
    """Return one entry of a class."""
    directions = (DEBITS,) if code == "TEL" else (DEBITS, CREDITS)
    live, prenote, zero = draw(st.sampled_from(directions))
    uses = [live, live, live, prenote] + ([zero] if code in {"CCD", "CTX"} else [])
    use = draw(st.sampled_from(uses))
    least = 1 if use is zero else 0
    most = MOST_TEXTS[code]
    count = draw(st.integers(min(least, most), most)) if most else 0
    width = 16 if code == "CTX" else 22
    typed = ("R", "S") if code == "WEB" else ("R", "S", "") if code == "TEL" else ("", "A", "7x", "S")
    return Drawn(
        code=draw(st.sampled_from(use)),
        cents=draw(st.sampled_from((1, 99, 12_345, 99_999_999, 9_999_999_999))) if use is live else 0,
        routing=draw(routing_numbers()),
        name=draw(texts(width, 0 if code in {"CCD", "CTX"} else 1)),
        reference=reference + draw(texts(15 - len(reference))),
        discretionary=draw(st.sampled_from(typed)),
        texts=tuple(draw(texts(80)) for _ in range(count)),
    )


@st.composite
def plans(draw: st.DrawFn, most_batches: int = 3, most_entries: int = 4) -> FilePlan:
    """Return one file that the writer accepts."""
    classes = draw(st.lists(st.sampled_from(WRITTEN), min_size=1, max_size=most_batches))
    rows = [
        [draw(drawn_entries(code, f"{place}.{number}.")) for number in range(draw(st.integers(1, most_entries)))]
        for place, code in enumerate(classes)
    ]
    return plan_of(draw(heads()), draw(headers(classes, rows)), rows)


@st.composite
def heads(draw: st.DrawFn) -> FileHead:
    """Return who sends the file to whom, in nine or ten columns."""
    return FileHead(
        destination=draw(st.sampled_from(("091000019", "0091000019", " 091000019"))),
        origin=draw(st.sampled_from(("1234567890", "123456780", "9876543210"))),
        created_on=CREATED,
        created_at=time(draw(st.integers(0, 23)), draw(st.integers(0, 59))),
        id_modifier=draw(st.sampled_from("AZ09")),
        destination_name=draw(texts(23)),
        origin_name=draw(texts(23)),
        reference=draw(texts(8)),
    )


@st.composite
def headers(draw: st.DrawFn, classes: list[str], rows: list[list[Drawn]]) -> Batches:
    """Return the batches of these classes, their service class and number fitting."""
    count = len(classes)
    odfi = draw(st.sampled_from(("09100001", "02100002")))
    numbers = sorted(draw(st.lists(st.integers(1, 9_999_999), min_size=count, max_size=count, unique=True)))
    return Batches(
        service_class=[_service_class(entries, mixed=draw(st.booleans())) for entries in rows],
        company_name=[draw(texts(16, 1)) for _ in classes],
        company_discretionary=[draw(texts(20)) for _ in classes],
        company_identification=[draw(texts(10, 1)) for _ in classes],
        standard_entry_class=classes,
        entry_description=[draw(st.sampled_from(DESCRIPTIONS)) for _ in classes],
        descriptive_date=[draw(st.sampled_from(("", "261124", "NOV 24", "SD1300"))) for _ in classes],
        effective_on=[CREATED + timedelta(days=draw(st.integers(1, 40))) for _ in classes],
        originating_dfi=[odfi] * count,
        batch_number=numbers,
    )


def _service_class(entries: list[Drawn], *, mixed: bool) -> int:
    debits = [entry.code % 10 >= 5 for entry in entries]
    return 200 if mixed or len(set(debits)) == 2 else 225 if debits[0] else 220


def plan_of(head: FileHead, batches: Batches, rows: list[list[Drawn]]) -> FilePlan:
    """Return the plan of these entries, batch by batch, with ascending trace numbers."""
    entries = [entry for batch in rows for entry in batch]
    count = len(entries)
    owner = [place for place, entry in enumerate(entries) for _ in entry.texts]
    said = [text for entry in entries for text in entry.texts]
    return FilePlan(
        head=head,
        batches=batches,
        entries=Entries(
            batch=np.repeat(np.arange(len(rows)), [len(batch) for batch in rows]),
            transaction_code=np.array([entry.code for entry in entries], np.int64),
            routing=np.array([entry.routing for entry in entries], np.int64),
            account=text_column([red_account(place % 40) for place in range(count)], 17),
            amount_cents=np.array([entry.cents for entry in entries], np.int64),
            identification=text_column([entry.reference for entry in entries], 15),
            name=text_column([entry.name for entry in entries], 22),
            discretionary=text_column([entry.discretionary for entry in entries], 2),
            trace=int(batches.originating_dfi[0]) * 10_000_000 + 3 * np.arange(count) + 1,
            addenda=payment_addenda(np.array(owner, np.int64), text_column(said, 80)) if said else None,
        ),
    )


def dialects() -> st.SearchStrategy[Dialect]:
    """Return every way of ending lines, with and without the fill."""
    return st.builds(Dialect, line_end=st.sampled_from(list(LineEnd)), pad_to_block=st.booleans())
