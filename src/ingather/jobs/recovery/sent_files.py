"""Files that were sent, read back from their bytes: which of our orders they debit, and what else is in them.

An order's reference stands in columns 40 to 54 of its debit. Reversals, refunds and return fees carry the same
reference, so that a credit, or a batch that says it is a fee, is never taken for the debit of an order.
"""

import hashlib
from datetime import date, datetime, time

from ingather.actions.files.sealing import NewBatches
from ingather.actions.restored.adopting import Debit, SentFile
from ingather.base.columns import column_texts
from ingather.base.ids import KEY_WIDTH, decode_key
from ingather.jobs.desk import BankRoute
from ingather.nacha.descriptions import RETRY, RETURN_FEE
from ingather.nacha.plan import FileHead
from ingather.nacha.reader import read
from ingather.nacha.reading import Reading, Tolerances
from ingather.nacha.records import LAYOUTS
from ingather.nacha.transaction_codes import DEBIT

# A file without fill is an error to everybody but the bank that wants it so.
_AS_SENT = Tolerances(name="sent", tolerated=frozenset({"blocking"}))
_HEAD = LAYOUTS["1"]


def read_sent(name: str, data: bytes, route: BankRoute) -> SentFile | None:
    """Return a file that we sent over a route from its bytes, None when they are no file of ours."""
    reading = read(data, tolerances=_AS_SENT)
    if not reading.ok or len(reading.heads) != 1 or not len(reading.batches) or not len(reading.entries):
        return None
    head = _head(bytes(reading.heads.record[0]).decode("ascii"), route)
    if head is None:
        return None
    debits, others = _debits(reading)
    batches = reading.batches
    effective = column_texts(batches.texts("effective_entry_date"))
    return SentFile(
        name=name,
        route_id=route.row.id,
        content=data,
        sha256=hashlib.sha256(data).digest(),
        head=head,
        effective_on=_day(effective[0]) or head.created_on,
        odfi=route.profile.odfi_routing[:8],
        batches=NewBatches(
            merchant_id=[0] * len(batches),
            entry_class=list(reading.standard_entry_class),
            company_name=column_texts(batches.texts("company_name")),
            company_identification=column_texts(batches.texts("company_identification")),
            entry_description=column_texts(batches.texts("company_entry_description")),
            entries=batches.entries.tolist(),
            debit_cents=batches.debit_cents.tolist(),
        ),
        debits=debits,
        others=others,
        entries=reading.entry_count,
        cents=reading.debit_cents + reading.credit_cents,
        last_trace=int(reading.entries.trace.max()) % 10_000_000,
    )


def _debits(reading: Reading) -> tuple[list[Debit], int]:
    """Return the debits of orders, and how many entries are something else."""
    entries = reading.entries
    words = [text.strip().upper() for text in column_texts(reading.batches.texts("company_entry_description"))]
    debit = DEBIT[entries.transaction_code]
    found: list[Debit] = []
    columns = zip(
        entries.batch.tolist(), debit.tolist(), column_texts(entries.identification), entries.line.tolist(),
        entries.trace.tolist(), entries.amount_cents.tolist(), strict=True,
    )  # fmt: skip
    for batch, is_debit, reference, line, trace, cents in columns:
        key = _key(reference)
        if key is None or not is_debit or words[batch] == RETURN_FEE:
            continue
        again = words[batch] == RETRY
        found.append(Debit(order_id=key, batch=batch, line=line, trace=trace, amount_cents=cents, again=again))
    return found, len(entries) - len(found)


def _key(reference: str) -> int | None:
    text = reference.rstrip()
    if len(text) != KEY_WIDTH:
        return None
    try:
        return decode_key(text)
    except ValueError:
        return None


def _head(record: str, route: BankRoute) -> FileHead | None:
    def told(field: str) -> str:
        return record[_HEAD.span(field)]

    created_on = _day(told("file_creation_date"))
    parties = (told("immediate_destination").strip(), told("immediate_origin").strip())
    if created_on is None or parties != (route.profile.destination.strip(), route.profile.origin.strip()):
        return None
    hhmm = told("file_creation_time").strip()
    return FileHead(
        destination=route.profile.destination,
        origin=route.profile.origin,
        created_on=created_on,
        created_at=time(int(hhmm[:2]), int(hhmm[2:])) if len(hhmm) == len("HHMM") and hhmm.isdecimal() else time(0),
        id_modifier=told("file_id_modifier"),
        destination_name=told("immediate_destination_name").rstrip(),
        origin_name=told("immediate_origin_name").rstrip(),
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text.strip(), "%y%m%d").date()  # noqa: DTZ007 -- a date, in no zone
    except ValueError:
        return None
