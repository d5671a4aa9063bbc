"""Fields of entries by their own layout: what record 6 calls a name or an account lies elsewhere in some SEC codes.

The columns of ``EntryColumns`` are those of the common record 6. An international entry has its account in columns 40
to 74 and its receiver's name in an addenda, an advice has a shorter account, a converted check a serial number where
others have an identification. Whoever reads files of any class asks here.
"""

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Int64
from ingather.nacha.addenda import cut, of_type, picked
from ingather.nacha.reading import Reading
from ingather.nacha.records import LAYOUTS, Layout, class_of_batch, layout_of

_NAMED_ABROAD = LAYOUTS["710"]
_OTHERS = "6"


def entry_layouts(reading: Reading, /) -> tuple[Layout, ...]:
    """Return the layout of each batch's entries, with one more for entries outside any batch."""
    found = [layout_of(b"6", standard_entry_class=class_of_batch(bytes(record))) for record in reading.batches.record]
    return tuple(layout or LAYOUTS[_OTHERS] for layout in (*found, None))


def entry_field(reading: Reading, name: str, /) -> Bytes2D:
    """Return one field of every entry as ``(m, width)`` bytes, cut by its own layout; blank where that has none.

    The width is that of the widest layout in the file, at least that of the common record 6.
    """
    layouts = entry_layouts(reading)
    fields = [next((field for field in layout.fields if field.name == name), None) for layout in layouts]
    entries = reading.entries
    common = [field for field in LAYOUTS[_OTHERS].fields if field.name == name]
    if common and all(field is not None and field.span == common[0].span for field in fields[:-1]):
        return entries.cut(common[0].span)
    width = max((field.width for field in (*fields, *common) if field is not None), default=0)
    found = np.full((len(entries), width), BLANK, np.uint8)
    for span in {(field.start, field.end): field.span for field in fields if field is not None}.values():
        mine = np.array([field is not None and field.span == span for field in fields], np.bool_)
        at = np.flatnonzero(mine[entries.batch])
        found[at, : span.stop - span.start] = picked(entries.rows[:, span], entries.at[at])
    return found


def account_numbers(reading: Reading, /) -> Bytes2D:
    """Return account numbers as ``(m, 17)`` bytes, or ``(m, 35)`` in a file with international entries."""
    return entry_field(reading, "account_number")


def receiver_names(reading: Reading, /) -> Bytes2D:
    """Return receivers' names as ``(m, 22)`` bytes, or ``(m, 35)`` with those of international entries (addenda 10)."""
    found = entry_field(reading, "receiver_name")
    addenda, named = reading.addenda, _first_addenda(reading)
    if not len(named):
        return found
    span = _NAMED_ABROAD.span("receiver_name")
    wide = np.full((len(found), span.stop - span.start), BLANK, np.uint8)
    wide[:, : found.shape[1]] = found
    wide[addenda.entry[named]] = picked(addenda.text[:, span], named)
    return wide


def foreign_amounts(reading: Reading, /) -> Int64:
    """Return the foreign amounts of international entries, ``(m,)`` hundredths, 0 where there is none (addenda 10)."""
    found = np.zeros(len(reading.entries), np.int64)
    named = _first_addenda(reading)
    found[reading.addenda.entry[named]] = cut(reading.addenda, named, _NAMED_ABROAD).number("foreign_amount")
    return found


def _first_addenda(reading: Reading) -> Int64:
    at = of_type(reading.addenda, int(_NAMED_ABROAD.code[1:]))
    return at[reading.addenda.entry[at] >= 0]
