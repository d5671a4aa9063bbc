"""Addenda against their entries: announced and following, of the types and in the number that the SEC code allows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ingather.base.columns import BLANK, Int64, Mask, parse_digits
from ingather.nacha.addenda import ANSWERS, KNOWN, KNOWN_TYPES, abroad, answered, columns_of, only, owners, picked
from ingather.nacha.answers import by_layout
from ingather.nacha.findings import Findings
from ingather.nacha.reading import AddendaColumns, BatchColumns, EntryColumns
from ingather.nacha.records import LAYOUTS, Kind
from ingather.nacha.sec import SEC_CODES, SecRow

_ENTRY = LAYOUTS["6"]
_INDICATOR = _ENTRY.field("addenda_indicator")
_TYPE = LAYOUTS["7"].field("addenda_type")
_TYPES = 100
_REMITTANCE, _CORRESPONDENT = 17, 18
# Of these types an international entry has fewer than its dozen addenda would leave room for.
_MOST = {_REMITTANCE: 2, _CORRESPONDENT: 5}
_UNLIMITED = 1 << 40


def check_addenda(
    batches: BatchColumns, entries: EntryColumns, addenda: AddendaColumns, sec: Sequence[str], findings: Findings
) -> None:
    """Tell entries whose addenda are not what they announce or what their SEC code allows, and junk between fields."""
    groups = Groups.of(addenda)
    _check_indicators(entries, groups, findings)
    rows = _sec_rows(batches, sec)
    if len(addenda):
        _check_types(entries, addenda, rows, findings)
        _check_limits(entries, addenda, rows, groups, findings)
        _check_reserved(batches, entries, addenda, findings)
    _check_announced(entries, addenda, rows, groups, findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The addenda of one entry after another: the entry ``(g,)``, and where its first one is among those owned."""

    entry: Int64
    first: Int64
    owned: Int64

    @classmethod
    def of(cls, addenda: AddendaColumns) -> "Groups":
        """Return the groups of addenda that have an entry."""
        owned = np.flatnonzero(addenda.entry >= 0)
        owner = addenda.entry[owned]
        first = np.flatnonzero(np.append(True, owner[1:] != owner[:-1])) if len(owner) else owned
        return cls(entry=owner[first], first=first, owned=owned)

    def count(self, which: Mask) -> Int64:
        """Return how many of each group's addenda are among ``which`` ``(k,)``."""
        if not len(self.first):
            return self.first
        counts: Int64 = np.add.reduceat(which[self.owned].astype(np.int64), self.first)
        return counts


def _sec_rows(batches: BatchColumns, sec: Sequence[str]) -> list[SecRow | None]:
    """Return each batch's row of the SEC codes, with one more for "no batch"; changes of IAT entries are IAT here."""
    international = abroad(batches).tolist()
    rows = [SEC_CODES["IAT"] if far else SEC_CODES.get(code) for far, code in zip(international, sec, strict=True)]
    return [*rows, None]


def _check_indicators(entries: EntryColumns, groups: Groups, findings: Findings) -> None:
    followed = np.zeros(len(entries), np.bool_)
    followed[groups.entry] = True
    announced = entries.addenda_indicator == 1
    at = np.flatnonzero(announced & ~followed)
    findings.rows(
        "addenda-indicator", entries.line[at], "The entry announces addenda and none follow.", field=_INDICATOR
    )
    at = groups.entry[entries.addenda_indicator[groups.entry] == 0]
    findings.rows(
        "addenda-indicator", entries.line[at], "Addenda follow an entry that announces none.", field=_INDICATOR
    )


def _check_types(
    entries: EntryColumns, addenda: AddendaColumns, rows: Sequence[SecRow | None], findings: Findings
) -> None:
    allowed = np.zeros((len(rows), _TYPES), np.bool_)
    for index, row in enumerate(rows):
        allowed[index, list(KNOWN_TYPES if row is None else row.addenda_types)] = True
    allowed[:, ANSWERS] = True
    # Types that the Rules do not know, and what is not digits (-1), are told by another check.
    allowed[:, ~KNOWN] = True
    batch = owners(entries.batch, addenda, np.arange(len(addenda)), missing=-1) % len(rows)
    bad = np.flatnonzero(~allowed.ravel()[batch * _TYPES + addenda.type_code % _TYPES])
    sentence = "The SEC code does not allow addenda of this type."
    findings.rows("addenda-class", addenda.line[bad], sentence, field=_TYPE)


def _check_limits(
    entries: EntryColumns, addenda: AddendaColumns, rows: Sequence[SecRow | None], groups: Groups, findings: Findings
) -> None:
    limits = np.array([_UNLIMITED if row is None else row.max_addenda for row in rows])
    answers = _answering(addenda)
    over = groups.count(~answers) > limits[entries.batch[groups.entry]]
    over |= groups.count(answers) > 1
    far = np.array([row is not None and row.code == "IAT" for row in rows])
    if far.any():
        inside = far[entries.batch[groups.entry]]
        for code, most in _MOST.items():
            over |= inside & (groups.count(addenda.type_code == code) > most)
    at = groups.entry[over]
    findings.rows("addenda-limit", entries.line[at], "The entry has more addenda than its SEC code allows.")


def _answering(addenda: AddendaColumns) -> Mask:
    mask: Mask = ANSWERS[addenda.type_code] & (addenda.type_code >= 0)
    return mask


def _check_announced(
    entries: EntryColumns, addenda: AddendaColumns, rows: Sequence[SecRow | None], groups: Groups, findings: Findings
) -> None:
    """Tell forward entries whose field for the number of addenda says another number than follows."""
    counting = [row.entry_layout if row is not None and row.counts_addenda else "" for row in rows]
    if not any(counting):
        return
    follow = np.zeros(len(entries), np.int64)
    follow[groups.entry] = groups.count(~_answering(addenda))
    forward = ~answered(addenda, len(entries))
    for code in sorted(set(counting) - {""}):
        field = LAYOUTS[code].field("number_of_addenda")
        at = np.flatnonzero(np.array([layout == code for layout in counting])[entries.batch] & forward)
        said, real = parse_digits(picked(entries.rows[:, field.span], entries.at[at]))
        wrong = np.flatnonzero(~real | (said != follow[at]))
        says = _says(follow[at[wrong]])
        findings.rows("addenda-count", entries.line[at[wrong]], says, field=field)


def _says(following: Int64) -> Callable[[int], str]:
    return lambda row: f"The entry does not announce the {following[row]:,} addenda that follow."


def _check_reserved(batches: BatchColumns, entries: EntryColumns, addenda: AddendaColumns, findings: Findings) -> None:
    for layout, at in by_layout(batches, entries, addenda):
        for field in layout.fields:
            if field.kind is Kind.BLANK:
                junk = ~only(columns_of(addenda, at, field.span), BLANK)
                sentence = f"Columns {field.start} to {field.end} are reserved and not blank."
                findings.rows("reserved", addenda.line[at[junk]], sentence, field=field)
