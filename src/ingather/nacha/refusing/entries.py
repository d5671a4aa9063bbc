"""What speaks against entries: every column looked at in chunks, never row by row."""

from dataclasses import dataclass

import numpy as np

from ingather.base.columns import BLANK, ZERO, Bytes2D, Mask
from ingather.nacha.findings import Faults
from ingather.nacha.purpose import Purpose
from ingather.nacha.refusing.classes import ClassRules, check_class, class_rules
from ingather.nacha.refusing.routing import check_routing
from ingather.nacha.refusing.scope import CHUNK_ROWS, Scope
from ingather.nacha.refusing.verdicts import CODES

MAX_AMOUNT = 9_999_999_999
_MAX_ADVICE = 999_999_999_999
_SEQUENCES = 10_000_000
_MAX_TRACE = 10**15
_HIGHEST = 0x7E
_HIGHEST_BYTE = 0xFF
_TWO_BLANKS, _TWO_ZEROS, _ZERO_BLANK = (int.from_bytes(text, "little") for text in (b"  ", b"00", b"0 "))
_SENTENCES = {
    "transaction-code": ("transaction_code", "the transaction code is not one that is written"),
    "service-class": ("transaction_code", "the direction does not fit the batch's service class"),
    "class-direction": ("transaction_code", "the SEC code allows this direction only when it reverses"),
    "class-use": ("transaction_code", "the SEC code does not allow what the transaction code says"),
    "routing-digits": ("receiving_dfi", "the routing number is not nine digits"),
    "routing-prefix": ("receiving_dfi", "no routing number starts with these two digits"),
    "check-digit": ("check_digit", "the routing number's check digit does not fit"),
    "account-blank": ("account_number", "the account number is blank"),
    "account-zeros": ("account_number", "the account number is all zeros"),
    "account-justified": ("account_number", "the account number does not start in its first column"),
    "account-spaces": ("account_number", "the account number holds blanks before its end"),
    "amount-use": ("amount", "live entries have an amount above zero, prenotes and zero-dollar entries none"),
    "amount-limit": ("amount", "the amount does not fit its columns"),
    "amount-same-day": ("amount", "an amount over 1,000,000.00 does not settle on the day the file is made"),
    "change-amount": ("amount", "a change has no amount"),
    "trace-digits": ("trace_number", "the trace number is not fifteen digits"),
    "trace-prefix": ("trace_number", "the trace number does not start with the batch's ODFI"),
    "trace-order": ("trace_number", "the trace number is not above the one before it in the batch"),
    "name-blank": ("receiver_name", "WEB and TEL entries name the receiver"),
    "name-of-class": ("receiver_name", "PPD entries name the receiver"),
    "field-fits:receiver_name": ("receiver_name", "the name does not fit the 16 columns of entries with many addenda"),
    "field-fits:number_of_addenda": ("number_of_addenda", "the count of addenda does not fit four digits"),
    "payment-type": ("discretionary_data", "WEB entries say R or S, TEL entries R, S or nothing"),
    "addenda-missing": ("addenda_indicator", "a zero-dollar entry needs an addenda"),
    "addenda-count": ("number_of_addenda", "the entry announces other than follows it"),
}
# What stands after the colon is the field.
_CHARACTERS = "characters:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summable:
    """Whether sums can be made: transaction codes tell debits, and amounts are amounts."""

    codes: bool
    amounts: bool


def check_entries(scope: Scope) -> Summable:
    """Tell what speaks against the entries; return whether they can be added up."""
    entries, faults, rules = scope.plan.entries, Faults(), class_rules(scope)
    codes_fit = True
    for low in range(0, len(entries), CHUNK_ROWS):
        chunk = slice(low, min(low + CHUNK_ROWS, len(entries)))
        code = entries.transaction_code[chunk]
        if code.min() < 0 or code.max() >= CODES:
            outside = (code < 0) | (code >= CODES)
            if scope.purpose is Purpose.COPY:
                faults.note("transaction-code", outside, low)
            codes_fit = False
            code = np.where(outside, 0, code)
        _check_amount(scope, rules, chunk, faults)
        check_routing(entries.routing[chunk], low, faults, strict=scope.makes("check-digit"))
        _check_trace(scope, rules, chunk, faults)
        _check_texts(scope, chunk, faults)
        if scope.makes("account-blank"):
            _check_account(entries.account[chunk], low, faults)
        check_class(scope, rules, code, chunk, faults)
    found = dict(faults.items())
    for check, at in found.items():
        if check.startswith(_CHARACTERS):
            sentence = "a text holds characters outside printable ASCII"
            scope.tell_entries("characters", at, check.removeprefix(_CHARACTERS), sentence)
        else:
            name, sentence = _SENTENCES[check]
            scope.tell_entries(check.partition(":")[0], at, name, sentence)
    return Summable(codes=codes_fit, amounts="amount-limit" not in found)


def _check_amount(scope: Scope, rules: ClassRules, chunk: slice, faults: Faults) -> None:
    amount = scope.plan.entries.amount_cents[chunk]
    if not len(amount):
        return
    if amount.min() < 0 or amount.max() > MAX_AMOUNT:
        highest = np.where(rules.advice[scope.plan.entries.batch[chunk]], _MAX_ADVICE, MAX_AMOUNT)
        faults.note("amount-limit", (amount < 0) | (amount > highest), chunk.start)


def _check_trace(scope: Scope, rules: ClassRules, chunk: slice, faults: Faults) -> None:
    entries = scope.plan.entries
    trace, batch = entries.trace[chunk], entries.batch[chunk]
    lowest = 0 if scope.purpose is Purpose.COPY else 1
    if trace.min() < lowest or trace.max() >= _MAX_TRACE:
        faults.note("trace-digits", (trace < lowest) | (trace >= _MAX_TRACE), chunk.start)
    odfi = rules.odfi[batch] if batch[0] != batch[-1] else rules.odfi[batch[0]]
    faults.note("trace-prefix", trace // _SEQUENCES != odfi, chunk.start)
    since = slice(max(0, chunk.start - 1), chunk.stop)
    before = entries.trace[since]
    back = before[1:] <= before[:-1]
    if back.any():
        own = entries.batch[since]
        faults.note("trace-order", back & (own[1:] == own[:-1]), since.start + 1)


def _check_texts(scope: Scope, chunk: slice, faults: Faults) -> None:
    entries = scope.plan.entries
    highest = _HIGHEST_BYTE if scope.purpose is Purpose.COPY else _HIGHEST
    for name, column in (
        ("account_number", entries.account),
        ("identification_number", entries.identification),
        ("receiver_name", entries.name),
        ("discretionary_data", entries.discretionary),
    ):
        bad = other_characters(column[chunk], highest)
        if bad is not None:
            faults.note(_CHARACTERS + name, bad, chunk.start)


def other_characters(texts: Bytes2D, highest: int) -> Mask | None:
    """Return which rows hold bytes outside blank to ``highest``; None when none does."""
    if not len(texts) or (texts.min() >= BLANK and texts.max() <= highest):
        return None
    return np.asarray(((texts < BLANK) | (texts > highest)).any(axis=1))


def _check_account(account: Bytes2D, low: int, faults: Faults) -> None:
    first = account[:, :2].view("<u2")[:, 0]
    # Few accounts start with a blank or two zeros or are one zero: only those are looked at whole.
    lead = account[:, 0] == BLANK
    if lead.any():
        blank = (account == BLANK).all(axis=1)
        faults.note("account-blank", blank, low)
        faults.note("account-justified", lead & ~blank, low)
    at = np.flatnonzero((first == _TWO_ZEROS) | (first == _ZERO_BLANK))
    if len(at):
        zeros = ((account[at] == ZERO) | (account[at] == BLANK)).all(axis=1)
        bad = np.zeros(len(account), np.bool_)
        bad[at[zeros]] = True
        faults.note("account-zeros", bad, low)
    if _has_gaps(account):
        gap = (account[:, 1:] != BLANK) & (account[:, :-1] == BLANK)
        inside = gap & (account[:, :-1] != BLANK).cumsum(axis=1, dtype=np.uint8).astype(np.bool_)
        faults.note("account-spaces", np.asarray(inside.any(axis=1)), low)


def _has_gaps(account: Bytes2D) -> bool:
    """Return whether any row has a blank before a letter: all such steps, less those from one row into the next."""
    blank = np.ascontiguousarray(account).ravel() == BLANK
    steps = np.count_nonzero(blank[:-1] > blank[1:])
    width = account.shape[1]
    between = np.count_nonzero(blank[width - 1 : -1 : width] > blank[width::width])
    return bool(steps > between)
