"""What the SEC code and the description of a batch demand of its entries."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ingather.base.columns import BLANK, ZERO, Int64, Mask
from ingather.nacha.findings import Faults
from ingather.nacha.purpose import Purpose
from ingather.nacha.refusing.scope import Scope
from ingather.nacha.refusing.verdicts import (
    LIVE_ENTRY,
    NEEDS_ADDENDA,
    NO_CODE,
    OTHER_DIRECTION,
    OTHER_SERVICE,
    OTHER_USE,
    BatchKinds,
    batch_kinds,
)
from ingather.nacha.sec import SEC_CODES
from ingather.nacha.writing.frames import ADVICE

# Nacha: what is above settles the next day although the rest of its batch settles the same one.
MAX_SAME_DAY = 100_000_000
_CHANGE_CLASS = "COR"
_SHORTER_NAME = 16
# Of the classes that are written the one whose name is wanted although the Rules leave it to the receiving bank.
_NAMED = "PPD"
MAX_ADDENDA = 9_999
_RECURRING, _SINGLE = ord("R"), ord("S")
_MASKED_CHECKS = (
    (NO_CODE, "transaction-code"),
    (OTHER_SERVICE, "service-class"),
    (OTHER_DIRECTION, "class-direction"),
    (OTHER_USE, "class-use"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRules:
    """What each batch ``(b,)`` demands; ``addenda`` ``(n,)`` counts each entry's, None when there are none.

    ``odfi`` are the first eight digits of its traces; the masks say which batches are ``advice`` or ``change``, name
    the receiver (``expected``: by custom), say R or S (``typed_or_blank``: or nothing), are to settle the day the file
    is made (``same_day``), announce their addenda (``counting``) and so have a ``shorter`` name.
    """

    kinds: BatchKinds
    odfi: Int64
    advice: Mask
    named: Mask
    expected: Mask
    typed: Mask
    typed_or_blank: Mask
    same_day: Mask
    change: Mask
    counting: Mask
    shorter: Mask
    addenda: Int64 | None


def class_rules(scope: Scope) -> ClassRules:
    """Return what the batches of a plan demand of their entries under a purpose and a dialect."""
    batches, entries = scope.plan.batches, scope.plan.entries
    codes = [
        code.upper() if scope.dialect.upper_case and scope.originates else code for code in batches.standard_entry_class
    ]
    rows = [SEC_CODES.get(code) for code in codes]
    required = scope.dialect.payment_type_required
    addenda = None
    if entries.addenda is not None and len(entries.addenda):
        addenda = np.bincount(entries.addenda.entry, minlength=len(entries))
    return ClassRules(
        kinds=batch_kinds(scope),
        odfi=np.array(
            [int(dfi) if dfi.isascii() and dfi.isdigit() else -1 for dfi in batches.originating_dfi], np.int64
        ),
        advice=_mask(code == ADVICE for code in codes),
        named=_mask(row is not None and row.name_mandatory for row in rows),
        expected=_mask(code == _NAMED for code in codes),
        typed=_mask(code == "WEB" and required for code in codes),
        typed_or_blank=_mask(code == "TEL" for code in codes),
        same_day=_mask(day == scope.plan.head.created_on for day in batches.effective_on),
        change=_mask(code == _CHANGE_CLASS for code in codes),
        counting=_mask(row is not None and row.counts_addenda for row in rows),
        shorter=_mask(row is not None and row.counts_addenda and row.entry_layout != "6IAT" for row in rows),
        addenda=addenda,
    )


def _mask(flags: Iterable[bool]) -> Mask:
    return np.array(list(flags), np.bool_)


def check_class(scope: Scope, rules: ClassRules, code: Int64, chunk: slice, faults: Faults) -> None:
    """Note what the batches of a chunk of entries do not allow; ``code`` are transaction codes from 0 to 99."""
    entries, low = scope.plan.entries, chunk.start
    _check_counting(scope, rules, chunk, faults)
    if scope.purpose is Purpose.COPY:
        return
    batch, amount = entries.batch[chunk], entries.amount_cents[chunk]
    within = slice(int(batch[0]), int(batch[-1]) + 1)
    offset = entries.offset[chunk] if entries.offset is not None else None
    _check_codes(rules, code, chunk, scope, faults)
    if amount.max() > MAX_SAME_DAY and rules.same_day[within].any():
        faults.note("amount-same-day", rules.same_day[batch] & (amount > MAX_SAME_DAY), low)
    if rules.change[within].any():
        faults.note("change-amount", rules.change[batch] & (amount != 0), low)
    name = entries.name[chunk]
    if (rules.named | rules.expected)[within].any() and ((name[:, 0] == BLANK) | (name[:, 0] == ZERO)).any():
        blank = ((name == BLANK) | (name == ZERO)).all(axis=1)
        faults.note("name-blank", rules.named[batch] & blank, low)
        faults.note("name-of-class", rules.expected[batch] & blank, low)
    if rules.typed[within].any() or rules.typed_or_blank[within].any():
        said = entries.discretionary[chunk, 0]
        typed = ((said == _RECURRING) | (said == _SINGLE)) & (entries.discretionary[chunk, 1] == BLANK)
        blank = (entries.discretionary[chunk] == BLANK).all(axis=1)
        bad = (rules.typed[batch] & ~typed) | (rules.typed_or_blank[batch] & ~typed & ~blank)
        faults.note("payment-type", bad if offset is None else bad & ~offset, low)


def _check_codes(rules: ClassRules, code: Int64, chunk: slice, scope: Scope, faults: Faults) -> None:
    """Note transaction codes that the batch does not allow, and amounts that do not fit them."""
    entries, low = scope.plan.entries, chunk.start
    batch, amount = entries.batch[chunk], entries.amount_cents[chunk]
    kinds, table = rules.kinds.kind[int(batch[0]) : int(batch[-1]) + 1], rules.kinds.verdicts
    # A chunk mostly lies in batches of one kind, and then one row of verdicts serves all of it.
    verdict = table[kinds[0]][code] if (kinds == kinds[0]).all() else table[rules.kinds.kind[batch], code]
    if verdict.min() == LIVE_ENTRY == verdict.max():
        if amount.min() <= 0:
            faults.note("amount-use", amount <= 0, low)
        return
    for bit, check in _MASKED_CHECKS:
        bad = (verdict & bit) > 0
        if entries.offset is not None and bit == OTHER_DIRECTION:
            bad &= ~entries.offset[chunk]
        faults.note(check, bad, low)
    needy = (verdict & NEEDS_ADDENDA) > 0
    if needy.any():
        faults.note("addenda-missing", needy if rules.addenda is None else needy & (rules.addenda[chunk] == 0), low)
    misused = np.where((verdict & LIVE_ENTRY) > 0, amount <= 0, amount != 0)
    faults.note("amount-use", misused & (verdict != NO_CODE), low)


def _check_counting(scope: Scope, rules: ClassRules, chunk: slice, faults: Faults) -> None:
    """Note what does not fit entries that announce their addenda: a shorter name, the count itself."""
    entries, low = scope.plan.entries, chunk.start
    batch = entries.batch[chunk]
    within = slice(int(batch[0]), int(batch[-1]) + 1)
    if rules.shorter[within].any():
        # The two reserved columns after the name may be copied; no one else fills them.
        kept = _SHORTER_NAME + 2 if scope.purpose is Purpose.COPY else _SHORTER_NAME
        bad = (entries.name[chunk, kept:] != BLANK).any(axis=1)
        faults.note("field-fits:receiver_name", rules.shorter[batch] & bad, low)
    if entries.announced is not None:
        announced = entries.announced[chunk]
        faults.note("field-fits:number_of_addenda", (announced < 0) | (announced > MAX_ADDENDA), low)
        following = rules.addenda[chunk] if rules.addenda is not None else np.zeros(len(batch), np.int64)
        faults.note("addenda-count", rules.counting[batch] & (announced != following), low)
