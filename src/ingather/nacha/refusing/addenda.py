"""What speaks against addenda: types, how many, bytes; and with answers, that each entry is one and which."""

import numpy as np

from ingather.base.columns import Bytes2D, Int64, Mask, parse_digits
from ingather.nacha.plan import Addenda
from ingather.nacha.purpose import Purpose
from ingather.nacha.refusing.classes import MAX_ADDENDA
from ingather.nacha.refusing.entries import other_characters
from ingather.nacha.refusing.scope import Scope
from ingather.nacha.sec import SEC_CODES

TYPES = (2, 5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 98, 99)
_CHANGE, _RETURN = 98, 99
_CHANGE_CLASS = "COR"
_ANY = 100
# Of the content, which starts at column 4: the two digits of the reason.
_REASON = slice(1, 3)
_DISHONOURS, _CONTESTS = range(61, 71), range(71, 78)


def check_addenda(scope: Scope) -> None:
    """Tell what speaks against the records 7, and with answers what speaks against entries without one."""
    entries = scope.plan.entries
    addenda = entries.addenda
    if scope.purpose is Purpose.ANSWER:
        _check_answers(scope)
    if addenda is None or not len(addenda):
        return
    highest = 0xFF if scope.purpose is Purpose.COPY else 0x7E
    bad = other_characters(addenda.content, highest)
    if bad is not None:
        sentence = "an addenda holds characters outside printable ASCII"
        scope.tell_entries("characters", _owners(addenda, bad), "", sentence)
    unknown = ~np.isin(addenda.type_code, TYPES)
    scope.tell_entries("addenda-type", _owners(addenda, unknown), "", "an addenda's type is not one the Rules know")
    _check_class(scope, addenda, ~unknown)


def _owners(addenda: Addenda, at: Mask) -> Int64:
    return np.unique(addenda.entry[at])


def _check_class(scope: Scope, addenda: Addenda, known: Mask) -> None:
    """Tell addenda that the SEC code does not allow, and more than it allows; at most what four digits count."""
    entries, batches = scope.plan.entries, scope.plan.batches
    rows = [SEC_CODES.get(code.upper()) for code in batches.standard_entry_class]
    most = np.array(
        [row.max_addenda if row is not None and scope.originates else MAX_ADDENDA for row in rows], np.int64
    )
    following = np.bincount(addenda.entry, minlength=len(entries))
    at = np.flatnonzero(following > most[entries.batch])
    name = "addenda_indicator"
    scope.tell_entries("addenda-limit", at, name, "it has more addenda than the SEC code of its batch allows")
    if scope.makes("addenda-class"):
        allowed = np.zeros((len(rows), _ANY), np.bool_)
        for number, row in enumerate(rows):
            allowed[number, list(row.addenda_types if row is not None else TYPES)] = True
        other = known.copy()
        other[known] = ~allowed[entries.batch[addenda.entry[known]], addenda.type_code[known]]
        sentence = "an addenda's type is not one its SEC code allows"
        scope.tell_entries("addenda-class", _owners(addenda, other), "", sentence)


def _check_answers(scope: Scope) -> None:
    """Tell entries that answer nothing, changes outside COR batches and others inside, and batches of two kinds."""
    entries, batches = scope.plan.entries, scope.plan.batches
    kind = np.zeros(len(entries), np.int64)
    if entries.addenda is not None and len(entries.addenda):
        answering = np.flatnonzero(np.isin(entries.addenda.type_code, (_CHANGE, _RETURN)))
        owner = entries.addenda.entry[answering]
        changes = entries.addenda.type_code[answering] == _CHANGE
        kind[owner] = np.where(changes, _CHANGE, _family(entries.addenda.content[answering]))
    sentence = "it answers no entry: an addenda 98 or 99 is missing"
    scope.tell_entries("addenda-missing", np.flatnonzero(kind == 0), "addenda_indicator", sentence)
    change_class = np.array([code == _CHANGE_CLASS for code in batches.standard_entry_class], np.bool_)
    other = (kind > 0) & ((kind == _CHANGE) != change_class[entries.batch])
    sentence = "changes, and nothing else, come in COR batches"
    scope.tell_entries("change-class", np.flatnonzero(other), "", sentence)
    first = np.searchsorted(entries.batch, np.arange(len(batches)))
    mixed = (kind > 0) & (kind != kind[first[entries.batch]])
    sentence = "returns, dishonours and contests do not share a batch"
    scope.tell_entries("mixed-batch", np.flatnonzero(mixed), "", sentence)


def _family(content: Bytes2D) -> Int64:
    """Return what a 99 is by its reason's digits: a dishonour, a contest, or a return whatever it says."""
    number, _ = parse_digits(content[:, _REASON])
    family = np.full(len(number), _RETURN, np.int64)
    family[np.isin(number, _DISHONOURS)] = _DISHONOURS.start
    family[np.isin(number, _CONTESTS)] = _CONTESTS.start
    return family
