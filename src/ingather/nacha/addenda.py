"""Addenda out of their records: their types, which entry and batch each belongs to, and fields cut out of many."""

from dataclasses import dataclass

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Int64, Mask, parse_digits
from ingather.nacha.findings import Findings
from ingather.nacha.lines import Lines
from ingather.nacha.reading import AddendaColumns, BatchColumns
from ingather.nacha.records import LAYOUTS, Layout
from ingather.nacha.structure import Structure

TERMINAL, PAYMENT, CHANGE, RETURN = 2, 5, 98, 99
# 10 to 16 once each, then up to two 17 (remittance) and five 18 (correspondent banks).
ABROAD = range(10, 19)
KNOWN_TYPES = (TERMINAL, PAYMENT, *ABROAD, CHANGE, RETURN)
_TYPE = LAYOUTS["7"].field("addenda_type")


def _marked(*codes: int) -> Mask:
    mask = np.zeros(100, np.bool_)
    mask[list(codes)] = True
    return mask


# Indexed by type, (100,); a type that is not digits (-1) is looked up as 99 and has to be left out first.
KNOWN = _marked(*KNOWN_TYPES)
ANSWERS = _marked(CHANGE, RETURN)
_SEC = LAYOUTS["5"].span("standard_entry_class")
_INDICATOR = slice(4, 10)


def read_addenda(lines: Lines, structure: Structure, findings: Findings) -> AddendaColumns:
    """Return the addenda as columns, with the types that the Rules do not know told."""
    at = structure.addenda_at
    text = picked(lines.rows, at)
    type_code, real = parse_digits(text[:, _TYPE.span])
    type_code[~real] = -1
    addenda = AddendaColumns(line=lines.number[at], entry=structure.addenda_entry, type_code=type_code, text=text)
    if len(at):
        bad = ~KNOWN[type_code] | (type_code < 0)
        findings.rows("addenda-type", addenda.line[bad], "The addenda type is not one the Rules know.", field=_TYPE)
    return addenda


def picked(rows: Bytes2D, at: Int64, /) -> Bytes2D:
    """Return the rows at these places of ``(n, width)`` bytes, each moved as one item instead of byte by byte."""
    width = rows.shape[1]
    if not len(at):
        return np.empty((0, width), np.uint8)
    return rows.view(f"V{width}")[:, 0][at].view(np.uint8).reshape(-1, width)


def columns_of(addenda: AddendaColumns, at: Int64, span: slice, /) -> Bytes2D:
    """Return some columns of the addenda at these places, ``(n, width)``; a view where these are all there are."""
    columns = addenda.text[:, span]
    return columns if len(at) == len(columns) else picked(columns, at)


def only(column: Bytes2D, *octets: int) -> Mask:
    """Return which rows of ``(n, width)`` hold nothing but these bytes, one of them or a mixture."""
    mask = np.ones(len(column), np.bool_)
    for index in range(column.shape[1]):
        one = column[:, index]
        here = one == octets[0]
        for octet in octets[1:]:
            here |= one == octet
        mask &= here
    return mask


def of_type(addenda: AddendaColumns, *codes: int) -> Int64:
    """Return the places of the addenda of these types, in file order."""
    if len(codes) == 1:
        return np.flatnonzero(addenda.type_code == codes[0])
    return np.flatnonzero(_marked(*codes)[addenda.type_code] & (addenda.type_code >= 0))


def types_in(addenda: AddendaColumns, /) -> frozenset[int]:
    """Return the types that occur, -1 for what is not digits."""
    counts = np.bincount(addenda.type_code + 1)
    return frozenset((np.flatnonzero(counts) - 1).tolist())


def answered(addenda: AddendaColumns, count: int, /) -> Mask:
    """Return which of ``count`` entries are answers: a change (98) or a return (99) follows them."""
    mask = np.zeros(count, np.bool_)
    if len(addenda):
        owner = addenda.entry[of_type(addenda, CHANGE, RETURN)]
        mask[owner[owner >= 0]] = True
    return mask


def abroad(batches: BatchColumns, /) -> Mask:
    """Return which batches are international: their SEC code is IAT, or COR and their columns 5 to 10 say IATCOR."""
    code = batches.record[:, _SEC]
    changes = (code == np.frombuffer(b"COR", np.uint8)).all(axis=1)
    changes &= (batches.record[:, _INDICATOR] == np.frombuffer(b"IATCOR", np.uint8)).all(axis=1)
    mask: Mask = (code == np.frombuffer(b"IAT", np.uint8)).all(axis=1) | changes
    return mask


def owners(column: Int64, addenda: AddendaColumns, at: Int64, /, *, missing: int) -> Int64:
    """Return a column of the entries for the addenda at these places; ``missing`` stands where no entry owns one."""
    owner = addenda.entry[at]
    if not len(column):
        return np.full(len(owner), missing, np.int64)
    found: Int64 = column[owner]
    found[owner < 0] = missing
    return found


@dataclass(frozen=True, slots=True)
class Cut:
    """Records of one layout, ``(n, 94)``, whose fields are cut out by name; the repr shows none of them."""

    layout: Layout
    rows: Bytes2D

    def __len__(self) -> int:
        """Return how many records there are."""
        return len(self.rows)

    def __repr__(self) -> str:
        """Return the layout and the count, and nothing of what the records hold."""
        return f"Cut({self.layout.code}, n={len(self.rows)}, rows=***)"

    def octets(self, name: str, /) -> Bytes2D:
        """Return one field as ``(n, width)`` bytes; raises ``KeyError`` for a field the layout lacks."""
        return self.rows[:, self.layout.span(name)]

    def parsed(self, name: str, /) -> tuple[Int64, Mask]:
        """Return one field as numbers, 0 where it is none, and where it really is digits."""
        return parse_digits(self.octets(name))

    def number(self, name: str, /) -> Int64:
        """Return one field as numbers, 0 where it is none."""
        return self.parsed(name)[0]

    def blank(self, name: str, /) -> Mask:
        """Return where one field is all blank."""
        return only(self.octets(name), BLANK)


def cut(addenda: AddendaColumns, at: Int64, layout: Layout, /) -> Cut:
    """Return the addenda at these places as records of one layout."""
    return Cut(layout, addenda.text if len(at) == len(addenda) else picked(addenda.text, at))
