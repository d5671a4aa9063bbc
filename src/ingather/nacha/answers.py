"""What comes back as columns: returns, dishonours, contests, changes and refused changes, international ones too.

An addenda 99 is a return, a dishonour or a contest by its reason alone, an addenda 98 a change or a refused one by its
code alone (RB13 Appendix Four and Five); a code that the Rules do not know stays with the returns or changes. Texts are
``(k, width)`` blank-filled bytes; traces and amounts are numbers, 0 where they could not be read. ``entry`` and
``addenda`` are indices into the reading's entries and addenda, ``entry`` -1 where an addenda has none.
"""

from dataclasses import dataclass

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Int64, Mask, parse_digits
from ingather.nacha.addenda import (
    ABROAD,
    CHANGE,
    PAYMENT,
    RETURN,
    TERMINAL,
    Cut,
    abroad,
    columns_of,
    cut,
    of_type,
    owners,
    types_in,
)
from ingather.nacha.change_codes import CHANGE_CODES, ChangeKind
from ingather.nacha.reading import AddendaColumns, BatchColumns, EntryColumns, Reading
from ingather.nacha.records import LAYOUTS, Layout
from ingather.nacha.return_reasons import RETURN_REASONS, Family

INFORMATION_WIDTH = 44
CORRECTED_WIDTH = 35
_CODE = LAYOUTS["799"].span("return_reason")
_CODES = 100


def _of_family(family: Family) -> Mask:
    mask = np.zeros(_CODES, np.bool_)
    mask[[int(row.code[1:]) for row in RETURN_REASONS.values() if row.family is family]] = True
    return mask


# Indexed by the digits of a reason; what is neither is a return, known or not.
_DISHONOURED, _CONTESTED = _of_family(Family.DISHONOUR), _of_family(Family.CONTEST)
_REFUSED = np.zeros(_CODES, np.bool_)
_REFUSED[[int(code[1:]) for code, row in CHANGE_CODES.items() if row.kind is ChangeKind.REFUSAL]] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """Returned entries (99), ``(k,)`` each.

    ``reason`` (k, 3), ``date_of_death`` (k, 6), ``original_rdfi`` (k, 8) and ``information`` (k, 44) are bytes. Of an
    ``international`` return the information has 34 columns, and ``original_amount_cents`` is the amount of the entry
    that was sent, 0 for others.
    """

    entry: Int64
    addenda: Int64
    reason: Bytes2D
    original_trace: Int64
    date_of_death: Bytes2D
    original_rdfi: Bytes2D
    information: Bytes2D
    trace: Int64
    international: Mask
    original_amount_cents: Int64

    def __len__(self) -> int:
        """Return how many returns there are."""
        return len(self.entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dishonours:
    """Dishonoured returns (99, R61 to R70), ``(k,)`` each: which return is dishonoured, and why.

    ``reason`` (k, 3), ``original_rdfi`` (k, 8), ``return_settlement`` (k, 3, day of the year), ``return_reason`` (k, 2,
    without its R) and ``information`` (k, 21) are bytes.
    """

    entry: Int64
    addenda: Int64
    reason: Bytes2D
    original_trace: Int64
    original_rdfi: Bytes2D
    return_trace: Int64
    return_settlement: Bytes2D
    return_reason: Bytes2D
    information: Bytes2D
    trace: Int64

    def __len__(self) -> int:
        """Return how many dishonours there are."""
        return len(self.entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contests:
    """Contested dishonours (99, R71 to R77; R74 is a corrected return), ``(k,)`` each.

    Bytes: ``reason`` (k, 3), ``original_return_date`` (k, 6, YYMMDD), ``original_rdfi`` (k, 8); the three settlements
    (k, 3, days of the year); ``return_reason`` and ``dishonour_reason`` (k, 2, without their R).
    """

    entry: Int64
    addenda: Int64
    reason: Bytes2D
    original_trace: Int64
    original_return_date: Bytes2D
    original_rdfi: Bytes2D
    original_settlement: Bytes2D
    return_trace: Int64
    return_settlement: Bytes2D
    return_reason: Bytes2D
    dishonour_trace: Int64
    dishonour_settlement: Bytes2D
    dishonour_reason: Bytes2D
    trace: Int64

    def __len__(self) -> int:
        """Return how many contests there are."""
        return len(self.entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Changes (98), ``(k,)`` each: ``code`` (k, 3), ``original_rdfi`` (k, 8) and ``corrected_data`` (k, 35) are bytes.

    Corrected data stand in fixed columns and keep their blanks: 29 columns, or 35 where the change is
    ``international``; the columns beyond are blank. The repr never shows them: they may hold account numbers.
    """

    entry: Int64
    addenda: Int64
    code: Bytes2D
    original_trace: Int64
    original_rdfi: Bytes2D
    corrected_data: Bytes2D
    trace: Int64
    international: Mask

    def __len__(self) -> int:
        """Return how many changes there are."""
        return len(self.entry)

    def __repr__(self) -> str:
        """Return how many changes there are, and nothing of what they hold."""
        return f"Changes(k={len(self)}, corrected_data=***)"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedChanges:
    """Refused changes (98, C61 to C69), ``(k,)`` each: ``code`` says why, ``change_code`` which change is refused.

    ``code`` and ``change_code`` (k, 3), ``original_rdfi`` (k, 8) and ``corrected_data`` (k, 29) are bytes;
    ``change_sequence`` is the last seven digits of the refused change's trace number. The repr hides corrected data.
    """

    entry: Int64
    addenda: Int64
    code: Bytes2D
    original_trace: Int64
    original_rdfi: Bytes2D
    corrected_data: Bytes2D
    change_code: Bytes2D
    change_sequence: Int64
    trace: Int64

    def __len__(self) -> int:
        """Return how many refused changes there are."""
        return len(self.entry)

    def __repr__(self) -> str:
        """Return how many refused changes there are, and nothing of what they hold."""
        return f"RefusedChanges(k={len(self)}, corrected_data=***)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Which addenda are which answer: places among the addenda, in file order."""

    returns: Int64
    dishonours: Int64
    contests: Int64
    changes: Int64
    refusals: Int64


def places_of(addenda: AddendaColumns, /) -> Places:
    """Return where the answers are, by their codes."""
    returned, changed = of_type(addenda, RETURN), of_type(addenda, CHANGE)
    reason, code = code_number(addenda, returned, "R"), code_number(addenda, changed, "C")
    dishonoured, contested, refused = _DISHONOURED[reason], _CONTESTED[reason], _REFUSED[code]
    return Places(
        returns=returned[~(dishonoured | contested)],
        dishonours=returned[dishonoured],
        contests=returned[contested],
        changes=changed[~refused],
        refusals=changed[refused],
    )


def code_number(addenda: AddendaColumns, at: Int64, letter: str, /) -> Int64:
    """Return the two digits of the codes in columns 4 to 6, 0 where they do not start with the letter."""
    code = columns_of(addenda, at, _CODE)
    number, real = parse_digits(code[:, 1:])
    found: Int64 = np.where(real & (code[:, 0] == ord(letter)), number, 0)
    return found


def is_abroad(batches: BatchColumns, entries: EntryColumns, addenda: AddendaColumns, at: Int64) -> Mask:
    """Return which of these addenda stand in international batches."""
    mask: Mask = np.append(abroad(batches), False)[owners(entries.batch, addenda, at, missing=-1)]
    return mask


def by_layout(batches: BatchColumns, entries: EntryColumns, addenda: AddendaColumns, /) -> list[tuple[Layout, Int64]]:
    """Return every layout that some addenda have with the places of those; types the Rules do not know are left out."""
    present = types_in(addenda)
    kinds = [(f"7{code:02d}", of_type(addenda, code)) for code in (TERMINAL, PAYMENT, *ABROAD) if code in present]
    if present.isdisjoint({CHANGE, RETURN}):
        return [(LAYOUTS[code], at) for code, at in kinds]
    places = places_of(addenda)
    for code, at in (("799", places.returns), ("798", places.changes)):
        far = is_abroad(batches, entries, addenda, at)
        kinds += [(code, at[~far]), (code + "IAT", at[far])]
    kinds += [("799DIS", places.dishonours), ("799CON", places.contests), ("798REF", places.refusals)]
    return [(LAYOUTS[code], at) for code, at in kinds if len(at)]


def returns(reading: Reading) -> Returns:
    """Return the returned entries of a reading; dishonours and contests are not among them, unknown reasons are."""
    at = places_of(reading.addenda).returns
    far = is_abroad(reading.batches, reading.entries, reading.addenda, at)
    fields, wide = _cut(reading, at, "799"), _cut(reading, at, "799IAT")
    information = fields.octets("addenda_information").copy()
    short = wide.octets("addenda_information")
    information[far, short.shape[1] :] = BLANK
    information[far, : short.shape[1]] = short[far]
    return Returns(
        entry=reading.addenda.entry[at],
        addenda=at,
        reason=fields.octets("return_reason"),
        original_trace=fields.number("original_trace"),
        date_of_death=fields.octets("date_of_death"),
        original_rdfi=fields.octets("original_rdfi"),
        information=information,
        trace=fields.number("trace_number"),
        international=far,
        original_amount_cents=np.where(far, wide.number("original_amount"), 0),
    )


def dishonours(reading: Reading) -> Dishonours:
    """Return the dishonoured returns of a reading."""
    at = places_of(reading.addenda).dishonours
    fields = _cut(reading, at, "799DIS")
    return Dishonours(
        entry=reading.addenda.entry[at],
        addenda=at,
        reason=fields.octets("return_reason"),
        original_trace=fields.number("original_trace"),
        original_rdfi=fields.octets("original_rdfi"),
        return_trace=fields.number("return_trace"),
        return_settlement=fields.octets("return_settlement_date"),
        return_reason=fields.octets("return_reason_digits"),
        information=fields.octets("addenda_information"),
        trace=fields.number("trace_number"),
    )


def contests(reading: Reading) -> Contests:
    """Return the contested dishonours and corrected returns of a reading."""
    at = places_of(reading.addenda).contests
    fields = _cut(reading, at, "799CON")
    return Contests(
        entry=reading.addenda.entry[at],
        addenda=at,
        reason=fields.octets("return_reason"),
        original_trace=fields.number("original_trace"),
        original_return_date=fields.octets("original_return_date"),
        original_rdfi=fields.octets("original_rdfi"),
        original_settlement=fields.octets("original_settlement_date"),
        return_trace=fields.number("return_trace"),
        return_settlement=fields.octets("return_settlement_date"),
        return_reason=fields.octets("return_reason_digits"),
        dishonour_trace=fields.number("dishonour_trace"),
        dishonour_settlement=fields.octets("dishonour_settlement_date"),
        dishonour_reason=fields.octets("dishonour_reason_digits"),
        trace=fields.number("trace_number"),
    )


def changes(reading: Reading) -> Changes:
    """Return the changes of a reading; refused ones are not among them, codes the Rules do not know are."""
    at = places_of(reading.addenda).changes
    far = is_abroad(reading.batches, reading.entries, reading.addenda, at)
    fields, wide = _cut(reading, at, "798"), _cut(reading, at, "798IAT")
    corrected = wide.octets("corrected_data").copy()
    corrected[~far, fields.octets("corrected_data").shape[1] :] = BLANK
    return Changes(
        entry=reading.addenda.entry[at],
        addenda=at,
        code=fields.octets("change_code"),
        original_trace=fields.number("original_trace"),
        original_rdfi=fields.octets("original_rdfi"),
        corrected_data=corrected,
        trace=fields.number("trace_number"),
        international=far,
    )


def refused_changes(reading: Reading) -> RefusedChanges:
    """Return the refused changes of a reading."""
    at = places_of(reading.addenda).refusals
    fields = _cut(reading, at, "798REF")
    return RefusedChanges(
        entry=reading.addenda.entry[at],
        addenda=at,
        code=fields.octets("refusal_code"),
        original_trace=fields.number("original_trace"),
        original_rdfi=fields.octets("original_rdfi"),
        corrected_data=fields.octets("corrected_data"),
        change_code=fields.octets("change_code"),
        change_sequence=fields.number("change_trace_sequence"),
        trace=fields.number("trace_number"),
    )


def _cut(reading: Reading, at: Int64, layout: str) -> Cut:
    return cut(reading.addenda, at, LAYOUTS[layout])
