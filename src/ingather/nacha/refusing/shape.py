"""What speaks against a plan as a whole: columns that do not fit together, counts and totals too large to be said."""

import numpy as np

from ingather.nacha.plan import (
    ACCOUNT_WIDTH,
    ADDENDA_CONTENT_WIDTH,
    DISCRETIONARY_WIDTH,
    IDENTIFICATION_WIDTH,
    NAME_WIDTH,
    Addenda,
    Batches,
    Entries,
)
from ingather.nacha.records import BLOCK_RECORDS, LAYOUTS
from ingather.nacha.refusing.scope import Scope
from ingather.nacha.writing.frames import ADVICE
from ingather.nacha.writing.sums import Sums


def _most(layout: str, name: str) -> int:
    return int("9" * LAYOUTS[layout].field(name).width)


MAX_TOTAL = _most("8", "total_debit")
MAX_BATCH_RECORDS = _most("8", "entry_addenda_count")
MAX_BATCHES = _most("9", "batch_count")
# Whole blocks; the file's eight digits of entries and addenda are never filled before these are.
MAX_FILE_RECORDS = _most("9", "block_count") * BLOCK_RECORDS


def fits_together(scope: Scope) -> bool:
    """Return whether the columns of the plan fit together, so that anything else can be looked at; tell if not."""
    batches, entries = scope.plan.batches, scope.plan.entries
    sentences = [*_batch_lengths(batches), *_entry_lengths(entries)]
    if entries.addenda is not None:
        sentences += _addenda_lengths(entries.addenda)
    if not sentences:
        index = entries.batch
        if len(index) and (index[0] < 0 or index[-1] >= len(batches) or (index[1:] < index[:-1]).any()):
            sentences.append("The entries do not follow their batches in order.")
        owner = entries.addenda.entry if entries.addenda is not None else index[:0]
        if len(owner) and (owner[0] < 0 or owner[-1] >= len(entries) or (owner[1:] < owner[:-1]).any()):
            sentences.append("The addenda do not follow their entries in order.")
    for sentence in sentences:
        scope.tell("plan-shape", sentence)
    return not sentences


def _batch_lengths(batches: Batches) -> list[str]:
    return [
        f"The batches' column {name} has {len(column)} rows, not {len(batches)}."
        for name in Batches.__dataclass_fields__
        if (column := getattr(batches, name)) is not None and len(column) != len(batches)
    ]


def _entry_lengths(entries: Entries) -> list[str]:
    count = len(entries)
    shapes: dict[str, tuple[int, ...]] = {
        "account": (count, ACCOUNT_WIDTH),
        "identification": (count, IDENTIFICATION_WIDTH),
        "name": (count, NAME_WIDTH),
        "discretionary": (count, DISCRETIONARY_WIDTH),
    }
    numbers = ("batch", "transaction_code", "routing", "amount_cents", "trace", "offset", "announced")
    shapes |= {name: (count,) for name in numbers if getattr(entries, name) is not None}
    return _misshapen("entries", entries, shapes)


def _addenda_lengths(addenda: Addenda) -> list[str]:
    count = len(addenda)
    shapes = {"entry": (count,), "type_code": (count,), "content": (count, ADDENDA_CONTENT_WIDTH)}
    return _misshapen("addenda", addenda, shapes)


def _misshapen(words: str, columns: Entries | Addenda, shapes: dict[str, tuple[int, ...]]) -> list[str]:
    sentences = []
    for name, shape in shapes.items():
        column = getattr(columns, name)
        kind = "bool" if name == "offset" else "int64" if len(shape) == 1 else "uint8"
        if column.shape != shape or column.dtype != kind:
            sentences.append(f"The {words}' column {name} is not {kind} of shape {shape}.")
    return sentences


def check_counts(scope: Scope, sums: Sums) -> None:
    """Tell batches without entries, and counts that a control cannot say."""
    count = len(scope.plan.batches)
    if not count:
        scope.tell("file-empty", "The file has no batch.")
    for row in np.flatnonzero(sums.entries == 0).tolist():
        scope.tell("batch-empty", f"Batch {row + 1} has no entries.")
    inside = sums.entries + sums.addenda
    for row in np.flatnonzero(inside > MAX_BATCH_RECORDS).tolist():
        sentence = f"Batch {row + 1} has {inside[row]:,} records; {MAX_BATCH_RECORDS:,} fit its control."
        scope.tell("batch-limit", sentence, layout="8", name="entry_addenda_count")
    records = 2 + 2 * count + int(inside.sum())
    if count > MAX_BATCHES:
        scope.tell(
            "batch-limit", f"The file has {count:,} batches; {MAX_BATCHES:,} fit.", layout="9", name="batch_count"
        )
    if records > MAX_FILE_RECORDS:
        sentence = f"The file has {records:,} records; {MAX_FILE_RECORDS:,} fit."
        scope.tell("batch-limit", sentence, layout="9", name="block_count")


def check_totals(scope: Scope, sums: Sums) -> None:
    """Tell totals over twelve digits, once every amount by itself is one; advices have twenty."""
    advices = np.array([code == ADVICE for code in scope.plan.batches.standard_entry_class], np.bool_)
    for name, cents in (("total_debit", sums.debit_cents), ("total_credit", sums.credit_cents)):
        words = name.replace("_", " ")
        for row in np.flatnonzero((cents > MAX_TOTAL) & ~advices).tolist():
            scope.tell("batch-limit", f"Batch {row + 1}: the {words} has over twelve digits.", layout="8", name=name)
        if int(cents.sum()) > MAX_TOTAL and not (len(advices) and advices.all()):
            scope.tell("batch-limit", f"The file's {words} has over twelve digits.", layout="9", name=name)
