"""A file without its people: accounts, names, identifications and texts replaced, everything else byte for byte.

The masked file reads as the first one does: amounts, codes, routing numbers, trace numbers, dates, hashes and controls
stay, so each check finds what it found before. Which fields are hidden stands in ``hidden_fields.csv``. Banks are not
hidden, neither by number nor by name, nor are SEC codes, descriptions and countries of currencies; what stands in
reserved columns, in records of unknown types and behind the end of a record is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Int64, Mask, column_texts
from ingather.nacha.change_codes import CHANGE_CODES, ChangePart, PartKind
from ingather.nacha.lines import MAX_BYTES
from ingather.nacha.pseudonyms import OTHER, Pseudonyms, keep_shapes, number_values
from ingather.nacha.record_places import RecordPlaces, find_records, gather, put_back
from ingather.nacha.records import LAYOUTS, RECORD_WIDTH, Kind, Layout, class_of_batch, layout_of
from ingather.nacha.routing import is_routing_number
from ingather.nacha.sec import SEC_CODES
from ingather.nacha.structure import looks_like_nacha
from ingather.nacha.tables import rows_of


class Hidden(StrEnum):
    """What is hidden, each kind numbered by itself."""

    ACCOUNT = "account"
    NAME = "name"
    IDENTIFICATION = "identification"
    TEXT = "text"


HIDDEN_FIELDS: dict[str, Hidden] = {row["field"]: Hidden(row["hides"]) for row in rows_of("hidden_fields.csv")}
_PREFIXES = {Hidden.ACCOUNT: b"MASK", Hidden.NAME: b"NAME", Hidden.IDENTIFICATION: b"IDNO"}
_PARTS = {
    PartKind.ACCOUNT: Hidden.ACCOUNT,
    PartKind.NAME: Hidden.NAME,
    PartKind.IDENTIFICATION: Hidden.IDENTIFICATION,
    PartKind.FOREIGN_DFI: Hidden.TEXT,
    PartKind.TEXT: Hidden.TEXT,
    PartKind.BLANK: Hidden.TEXT,
}
_WRONG_FIELDS = "R69"
_KNOWN = np.zeros(256, np.bool_)
_KNOWN[list(b"156789")] = True
_PLAIN = np.arange(256, dtype=np.uint8)
_PLAIN[list(b"0123456789")] = ord("0")
_PLAIN[list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")] = ord("X")
_PLAIN[list(b"abcdefghijklmnopqrstuvwxyz")] = ord("x")
_PLAIN[128:] = OTHER[128:]


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenCount:
    """How many fields of one kind were replaced, and how many different values stood in them."""

    fields: int
    different: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedFile:
    """The masked bytes, as many as there were, with what was hidden in them."""

    data: bytes
    counts: dict[Hidden, HiddenCount]

    def __repr__(self) -> str:
        """Return how many bytes there are."""
        return f"MaskedFile(data={len(self.data)} bytes)"


class NotMasked(ValueError):  # noqa: N818 -- named for the business fact, as all our errors are
    """The bytes are not a NACHA file, or more than are read: nobody can say where an account stands in them."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Some columns of some records: ``rows`` are indices, ``span`` zero-based columns."""

    rows: Int64
    span: slice


def mask_file(source: bytes, /) -> MaskedFile:
    """Return the file with every account, name, identification and text replaced; raises ``NotMasked`` for no file.

    Equal values get equal replacements, different ones different replacements, all derived from the order in which
    they first appear. Line ends, lengths and blanks keep their places. Only two entries that are alike in batches whose
    classes name the columns differently (POP and BOC) may come out different, and are no duplicates any more.
    """
    if len(source) > MAX_BYTES:
        message = f"The file has {len(source):,} bytes or more; at most {MAX_BYTES:,} are read."
        raise NotMasked(message)
    places = find_records(source)
    rows = gather(source, places)
    if not looks_like_nacha(rows):
        message = "These bytes are not a NACHA file, so nobody can say what is to be masked."
        raise NotMasked(message)
    counts: dict[Hidden, HiddenCount] = {}
    found: dict[Hidden, list[_Place]] = {kind: [] for kind in Hidden}
    for kind, place in _hidden_places(rows):
        found[kind].append(place)
    for kind, spots in found.items():
        counts[kind] = _hide(rows, kind, spots)
    unknown = ~_KNOWN[rows[:, 0]]
    rows[unknown, 1:] = _PLAIN[rows[unknown, 1:]]
    target = np.frombuffer(source, np.uint8).copy()
    _blot_rests(target, places)
    put_back(target[None, :], places, rows)
    return MaskedFile(data=target.tobytes(), counts=counts)


def _hide(rows: Bytes2D, kind: Hidden, spots: list[_Place]) -> HiddenCount:
    """Replace the values of one kind in place, in the order in which they stand in the file."""
    if not spots:
        return HiddenCount(fields=0, different=0)
    width = max(place.span.stop - place.span.start for place in spots)
    at = np.concatenate([place.rows * RECORD_WIDTH + place.span.start for place in spots])
    values = np.full((len(at), width), BLANK, np.uint8)
    low = 0
    for place in spots:
        values[low : low + len(place.rows), : place.span.stop - place.span.start] = rows[place.rows, place.span]
        low += len(place.rows)
    order = np.argsort(at, kind="stable")
    full = order[(values[order] != BLANK).any(axis=1)]
    replaced = _replace(values[full], kind)
    values[full] = replaced.columns
    low = 0
    for place in spots:
        rows[place.rows, place.span] = values[low : low + len(place.rows), : place.span.stop - place.span.start]
        low += len(place.rows)
    return HiddenCount(fields=len(full), different=replaced.different)


def _replace(values: Bytes2D, kind: Hidden) -> Pseudonyms:
    return keep_shapes(values) if kind is Hidden.TEXT else number_values(values, prefix=_PREFIXES[kind])


def _hidden_places(rows: Bytes2D) -> Iterator[tuple[Hidden, _Place]]:
    companies: set[str] = set()
    heads: list[Int64] = []
    for layout, at in _rows_by_layout(rows):
        if layout.code in {"5", "5IAT"}:
            companies.update(_values(rows[at][:, layout.span("company_identification")]))
        elif layout.code == "1":
            heads.append(at)
        for field in layout.fields:
            hides = Hidden.TEXT if field.kind is Kind.BLANK else HIDDEN_FIELDS.get(field.name)
            if field.kind is Kind.CORRECTED:
                yield from _corrected_places(rows, layout, at)
            elif hides is Hidden.TEXT and layout.code == "799DIS" and field.kind is Kind.TEXT:
                wrong = (rows[at, 3:6] == np.frombuffer(_WRONG_FIELDS.encode(), np.uint8)).all(axis=1)
                listed = _lists_fields(rows[at, field.span])
                yield hides, _Place(at[~(wrong & listed)], field.span)
            elif hides is not None:
                yield hides, _Place(at, field.span)

    # Many a sender's number is its company identification: then it is hidden in the file header as well.
    origin = LAYOUTS["1"].span("immediate_origin")
    for at in heads:
        own = np.array([value in companies for value in _values(rows[at][:, origin])], np.bool_)
        yield Hidden.IDENTIFICATION, _Place(at[own], origin)


def _values(columns: Bytes2D) -> list[str]:
    return [text.strip() for text in column_texts(columns)]


def _lists_fields(columns: Bytes2D) -> Mask:
    """Return which texts hold only digits, stars and blanks, two digits at most together: the codes of wrong fields."""
    digit = (columns >= ord("0")) & (columns <= ord("9"))
    long = (digit[:, :-2] & digit[:, 1:-1] & digit[:, 2:]).any(axis=1)
    listed: Mask = (digit | (columns == ord("*")) | (columns == BLANK)).all(axis=1) & ~long
    return listed


def _rows_by_layout(rows: Bytes2D) -> Iterator[tuple[Layout, Int64]]:
    """Return the records of each layout as indices, by record type, SEC code of the batch and kind of addenda."""
    kinds = np.ascontiguousarray(rows[:, 0])
    classes, batch_class = _batch_classes(rows, kinds)
    for kind in b"1568":
        for index, code in enumerate(classes):
            own = np.flatnonzero((kinds == kind) & (batch_class == index))
            layout = layout_of(bytes(rows[own[0]]), standard_entry_class=code) if len(own) else None
            if layout is not None:
                yield layout, own
    controls = np.flatnonzero(kinds == ord("9"))
    fill = ((rows[controls] == ord("9")) | (rows[controls] == BLANK)).all(axis=1)
    yield LAYOUTS["9ADV" if "ADV" in classes else "9"], controls[~fill]
    addenda = np.flatnonzero(kinds == ord("7"))
    yield from _addenda_by_layout(rows, addenda, batch_class[addenda], classes)


def _batch_classes(rows: Bytes2D, kinds: Bytes2D) -> tuple[list[str], Int64]:
    """Return SEC codes, and for each record the place of its batch's code among them; 0 is none that is known."""
    frames = np.flatnonzero(np.isin(kinds, list(b"1589")))
    classes = [""]
    class_of_frame = np.zeros(len(frames) + 1, np.int64)
    for index, frame in enumerate(frames.tolist(), 1):
        code = class_of_batch(bytes(rows[frame])) if kinds[frame] == ord("5") else ""
        if code in SEC_CODES and code not in classes:
            classes.append(code)
        class_of_frame[index] = classes.index(code) if code in SEC_CODES else 0
    reach = np.searchsorted(frames, np.arange(len(rows)), side="right")
    # A control is laid out by the class of the batch that it ends.
    reach -= (kinds == ord("8")) & (reach > 0)
    return classes, class_of_frame[reach]


def _addenda_by_layout(
    rows: Bytes2D, addenda: Int64, batch_class: Int64, classes: list[str]
) -> Iterator[tuple[Layout, Int64]]:
    if not len(addenda):
        return
    # Only returns and changes are laid out by the code in columns 4 to 6 as well; others hold anything there.
    heads = rows[addenda, :6]
    answers = (heads[:, 1] == ord("9")) & ((heads[:, 2] == ord("8")) | (heads[:, 2] == ord("9")))
    heads[~answers, 3:] = BLANK
    keys = np.empty((len(addenda), 8), np.uint8)
    keys[:, :6] = heads
    keys[:, 6:] = batch_class.astype("<u2").view(np.uint8).reshape(-1, 2)
    _, firsts, groups = np.unique(keys.view("<u8")[:, 0], return_index=True, return_inverse=True)
    for group, first in enumerate(firsts.tolist()):
        code = classes[int(batch_class[first])]
        layout = layout_of(bytes(rows[addenda[first]]), standard_entry_class=code) or LAYOUTS["7"]
        yield layout, addenda[groups == group]


def _corrected_places(rows: Bytes2D, layout: Layout, at: Int64) -> Iterator[tuple[Hidden, _Place]]:
    """Return what is hidden of corrected data: all but routing numbers that are some, and transaction codes."""
    data, codes = layout.field("corrected_data"), layout.span("change_code")
    international = layout.code == "798IAT"
    texts = column_texts(rows[at][:, codes])
    for code in sorted(set(texts)):
        own = at[np.array([text == code for text in texts], np.bool_)]
        known = CHANGE_CODES.get(code)
        parts: tuple[ChangePart, ...] = ()
        if known is not None:
            parts = (known.international_parts if international else known.parts) or known.parts
        end = 0
        for part in parts:
            span = slice(data.start - 1 + part.start - 1, data.start - 1 + min(part.end, data.width))
            kind = _PARTS.get(part.kind)
            if part.kind is PartKind.ROUTING:
                real = [is_routing_number(text) for text in column_texts(rows[own][:, span])]
                yield Hidden.ACCOUNT, _Place(own[~np.array(real, np.bool_)], span)
            elif kind is not None:
                yield kind, _Place(own, span)
            yield Hidden.TEXT, _Place(own, slice(data.start - 1 + end, span.start))
            end = part.end
        yield Hidden.TEXT, _Place(own, slice(data.start - 1 + end, data.end))


def _blot_rests(target: np.ndarray[tuple[int], np.dtype[np.uint8]], places: RecordPlaces) -> None:
    """Replace the letters and digits of what stands in no record."""
    if not len(places.rest_start):
        return
    steps = np.zeros(len(target) + 1, np.int8)
    np.add.at(steps, places.rest_start, 1)
    np.add.at(steps, places.rest_end, -1)
    inside = np.cumsum(steps[:-1]) > 0
    target[inside] = _PLAIN[target[inside]]
