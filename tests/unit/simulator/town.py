"""A small town for the bank's tests: hand-composed files, a calendar around Thanksgiving 2026, and a bank."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from ingather.base.dates import NEW_YORK, format_yymmdd
from ingather.nacha.records import LAYOUTS, compose
from ingather.simulator.bank import BankInABox
from ingather.simulator.behaviour import (
    PAID,
    TAKEN,
    BatchView,
    Behaviour,
    Delivering,
    EntryView,
    Fate,
    FileFate,
    FileView,
)
from ingather.simulator.chance import Chance
from ingather.simulator.scenarios import SCENARIOS
from ingather.simulator.state import Delivery, Kind
from ingather.simulator.terms import BankTerms
from tests.red import red_account

ODFI = "121042882"
RDFI = "231380104"
ORIGIN = "1234567890"
TERMS = BankTerms(odfi_routing=ODFI, immediate_destination=ODFI)
MONDAY, TUESDAY, WEDNESDAY, THANKSGIVING, FRIDAY = (date(2026, 11, day) for day in range(23, 28))
NEXT_MONDAY, NEXT_TUESDAY = date(2026, 11, 30), date(2026, 12, 1)
CLOSED = frozenset({date(2026, 11, 11), date(2026, 11, 26), date(2026, 12, 25), date(2027, 1, 1), date(2027, 1, 18)})


def is_banking_day(day: date) -> bool:
    """Return whether the Reserve Banks are open, from Veterans Day 2026 to January 2027."""
    return day.weekday() < 5 and day not in CLOSED


def eastern(day: date, hour: int = 15, minute: int = 0) -> datetime:
    """Return an instant of New York."""
    return datetime.combine(day, time(hour, minute), tzinfo=NEW_YORK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Debit:
    """One entry of a hand-composed file."""

    reference: str
    cents: int = 10_000
    account: int = 0
    code: int = 27
    name: str = "BUYER ONE LLC"
    routing: str = RDFI


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One batch of a hand-composed file; ``effective`` may be any six characters."""

    debits: Sequence[Debit]
    effective: date | str
    sec: str = "CCD"
    description: str = "ORDERPMT"
    service_class: int = 225
    company: str = "NORTHWIND GOODS"
    company_id: str = "1987654321"


def nacha_file(*batches: Batch, created: datetime, modifier: str = "A", destination: str = ODFI) -> bytes:
    """Return the bytes of a file, composed record by record from the records table."""
    records = [
        compose(
            LAYOUTS["1"],
            immediate_destination=destination,
            immediate_origin=ORIGIN,
            file_creation_date=format_yymmdd(created.date()),
            file_creation_time=created.strftime("%H%M"),
            file_id_modifier=modifier,
            immediate_destination_name="EXAMPLE BANK",
            immediate_origin_name="INGATHER",
        )
    ]
    first_sequence = 1
    for number, batch in enumerate(batches, 1):
        records += batch_records(batch, number, first_sequence)
        first_sequence += len(batch.debits)
    every = [debit for batch in batches for debit in batch.debits]
    blocks = -(-(len(records) + 1) // 10)
    records.append(compose(LAYOUTS["9"], batch_count=len(batches), block_count=blocks, **totals(every)))
    records += [b"9" * 94] * (blocks * 10 - len(records))
    return b"".join(record + b"\n" for record in records)


def batch_records(batch: Batch, number: int, first_sequence: int) -> list[bytes]:
    """Return one batch, header to control; traces count from ``first_sequence``."""
    identity: dict[str, str | int] = {
        "service_class": batch.service_class,
        "originating_dfi": ODFI[:8],
        "batch_number": number,
    }
    effective = batch.effective if isinstance(batch.effective, str) else format_yymmdd(batch.effective)
    header = compose(
        LAYOUTS["5"],
        **identity,
        company_name=batch.company,
        company_identification=batch.company_id,
        standard_entry_class=batch.sec,
        company_entry_description=batch.description,
        effective_entry_date=effective,
    )
    entries = [
        compose(
            LAYOUTS["6"],
            transaction_code=debit.code,
            receiving_dfi=debit.routing[:8],
            check_digit=debit.routing[8],
            account_number=red_account(debit.account),
            amount=debit.cents,
            identification_number=debit.reference,
            receiver_name=debit.name,
            discretionary_data="S" if batch.sec == "WEB" else "",
            addenda_indicator=0,
            trace_number=int(ODFI[:8]) * 10**7 + sequence,
        )
        for sequence, debit in enumerate(batch.debits, first_sequence)
    ]
    control = compose(LAYOUTS["8"], **identity, company_identification=batch.company_id, **totals(batch.debits))
    return [header, *entries, control]


def totals(entries: Sequence[Debit]) -> dict[str, int]:
    """Return what a control record says of some entries."""
    return {
        "entry_addenda_count": len(entries),
        "entry_hash": sum(int(debit.routing[:8]) for debit in entries) % 10**10,
        "total_debit": sum(debit.cents for debit in entries if debit.code % 10 >= 5),
        "total_credit": sum(debit.cents for debit in entries if debit.code % 10 < 5),
    }


def debits(count: int, *, stem: str = "ORD", cents: int = 10_000) -> list[Debit]:
    """Return so many debits with references and accounts of their own; amounts rise by one cent."""
    return [Debit(reference=f"{stem}{index:04d}", cents=cents + index, account=index) for index in range(count)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A behaviour that a test writes down: fates by reference and presentation, and what happens to files."""

    fates: dict[tuple[str, int], Fate]
    file_fate: FileFate = TAKEN
    refused: frozenset[str] = frozenset()
    delivering: Delivering = Delivering()  # noqa: RUF009 -- frozen, so it may be shared
    name: str = "script"

    def decide(self, entry: EntryView, chance: Chance) -> Fate:  # noqa: ARG002 -- a script leaves nothing to chance
        return self.fates.get((entry.key, entry.presentation), PAID)

    def refuse(self, key: str, chance: Chance) -> str:  # noqa: ARG002 -- a script leaves nothing to chance
        return "NO SUCH RECEIVER" if key in self.refused else ""

    def take(self, file: FileView, chance: Chance) -> FileFate:  # noqa: ARG002 -- a script leaves nothing to chance
        return self.file_fate


def bank(behaviour: Behaviour | str = "all_paid", *, seed: int = 7, terms: BankTerms = TERMS) -> BankInABox:
    """Return a bank that plays a named scenario or a script."""
    chosen = SCENARIOS[behaviour] if isinstance(behaviour, str) else behaviour
    return BankInABox(terms=terms, is_banking_day=is_banking_day, seed=seed, behaviour=chosen)


def script(**returns: tuple[str, int]) -> Script:
    """Return a script from ``reference=(code, banking days after settlement)`` on the first presentation."""
    return Script(fates={(key, 1): Fate(return_code=code, banking_days=days) for key, (code, days) in returns.items()})


def sent_on_monday(played: BankInABox, *entries: Debit, sec: str = "CCD") -> bytes:
    """Hand a file dated Tuesday to the bank on Monday afternoon and return its bytes."""
    content = nacha_file(Batch(debits=entries, effective=TUESDAY, sec=sec), created=eastern(MONDAY))
    played.receive("one.ach", content, eastern(MONDAY))
    return content


def play(played: BankInABox, first: date, count: int) -> dict[date, list[Delivery]]:
    """Close so many calendar days and return what each evening brought."""
    return {day: played.close_day(day) for day in days(first, count)}


def reports(handed: Mapping[date, list[Delivery]]) -> list[Delivery]:
    """Return the daily reports among what some evenings brought."""
    return [item for evening in handed.values() for item in evening if item.kind is Kind.REPORT]


def records_of(report: bytes, kind: str) -> list[list[str]]:
    """Return the fields of a delimited report's records of one type, in file order."""
    return [line.split("|") for line in report.decode().splitlines() if line.startswith(f"{kind}|")]


def days(first: date, count: int) -> list[date]:
    """Return so many calendar days."""
    return [first + timedelta(days=index) for index in range(count)]


def batch_view(key: str, *, seen_before: bool = False) -> BatchView:
    """Return a batch as a scenario sees it."""
    return BatchView(
        number=1,
        company_identification=key,
        company_name=key,
        standard_entry_class="CCD",
        entry_description="ORDERPMT",
        effective_on=date(2026, 11, 24),
        entries=3,
        debit_cents=300,
        seen_before=seen_before,
    )


ENTRY = EntryView(
    key="ORD0001",
    account="231380104/1",
    name="BUYER ONE LLC",
    amount_cents=10_000,
    transaction_code=27,
    standard_entry_class="CCD",
    company_identification="1987654321",
    entry_description="ORDERPMT",
    presentation=1,
    settled_on=date(2026, 11, 24),
    corrected=False,
)


def entry_view(
    key: str, *, presentation: int = 1, sec: str = "CCD", account: str = "", corrected: bool = False
) -> EntryView:
    """Return an entry as a scenario sees it; its account is its own unless told."""
    return replace(
        ENTRY,
        key=key,
        presentation=presentation,
        standard_entry_class=sec,
        account=account or f"{RDFI}/{key}",
        corrected=corrected,
    )
