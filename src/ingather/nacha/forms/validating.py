"""How an account is tried before it is debited: prenotes, which move nothing, and micro-entries, which move cents."""

from dataclasses import replace
from datetime import date

import numpy as np

from ingather.base.columns import Bytes2D, Int64, column_texts
from ingather.nacha.descriptions import MICRO_ENTRY
from ingather.nacha.forms.codes import CREDIT_BESIDE, DEBIT_BESIDE, PRENOTE_OF
from ingather.nacha.forms.drawing import Objections, Rows, draw, put_together, repeated, without_addenda
from ingather.nacha.plan import FileHead, FilePlan

_DOLLAR = 100
_MOST_CREDITS = 2


def prenotes_of(
    plan: FilePlan, rows: Rows, /, *, head: FileHead, effective_on: date, traces: Int64, batch_number: int = 1
) -> FilePlan:
    """Return the file of prenotes for some entries of a plan: 27 becomes 28, 22 becomes 23, without amount or addenda.

    ``rows`` are indices or a mask; ``traces`` are as many, in file order. Raises ``FormatRefused`` (``class-use``) for
    entries whose code has no prenote, such as loan debits and answers, and for offsets.
    """
    drawn = draw(plan, rows)
    code = PRENOTE_OF[drawn.entries.transaction_code]
    objections = Objections(drawn, "class-use")
    objections.entries(code == 0, "there is no prenote for this transaction code")
    objections.balances()
    objections.say()
    entries = replace(drawn.entries, transaction_code=code, amount_cents=np.zeros(len(code), np.int64))
    return put_together(
        drawn,
        without_addenda(entries),
        head=head,
        effective_on=effective_on,
        traces=traces,
        batch_number=batch_number,
    )


def micro_entries(  # noqa: PLR0913 -- the columns of the entries and the dates of their file
    plan: FilePlan,
    rows: Rows,
    /,
    *,
    credit_cents: Int64,
    identification: Bytes2D,
    head: FileHead,
    effective_on: date,
    traces: Int64,
    batch_number: int = 1,
    take_back: bool = True,
) -> FilePlan:
    """Return the file of micro-entries to the accounts of some entries of a plan, described ``ACCTVERIFY``.

    Each account gets the one or two credits of its row in ``credit_cents`` ``(k, 1)`` or ``(k, 2)``, below 1.00 each,
    and then, unless ``take_back`` is false, the debit that takes their sum back, in one batch and for one day (Nacha,
    Micro-Entries). ``traces`` and ``identification`` ``(m, 15)`` are of the entries as they come out, account by
    account. Raises ``FormatRefused`` (``micro-entries``) for other amounts, for identifications that are blank or
    alike, for accounts that cannot be debited, such as loans, and for offsets.
    """
    drawn = draw(plan, rows)
    code = drawn.entries.transaction_code
    credit, debit = CREDIT_BESIDE[code], DEBIT_BESIDE[code]
    count = credit_cents.shape[1] if credit_cents.ndim == _MOST_CREDITS else 0
    objections = Objections(drawn, "micro-entries")
    objections.entries((credit == 0) | (debit == 0), "no micro-entries go to an account with this transaction code")
    objections.balances()
    if credit_cents.shape != (len(code), count) or not 1 <= count <= _MOST_CREDITS:
        objections.plan("There are not one or two credits for every account.")
        objections.say()
    bad = np.asarray(((credit_cents <= 0) | (credit_cents >= _DOLLAR)).any(axis=1))
    objections.entries(bad, "a micro-entry credits from 0.01 to 0.99", field="amount")
    texts = column_texts(identification)
    each = count + take_back
    if len(texts) != len(code) * each or len(set(texts)) != len(texts) or not all(texts):
        objections.plan("There is not an identification of its own for every micro-entry.")
    objections.say()
    entries = repeated(np.full(len(code), each, np.int64), drawn.entries)
    codes = np.concatenate([np.repeat(credit[:, None], count, axis=1), debit[:, None]], axis=1)[:, :each]
    cents = np.concatenate([credit_cents, credit_cents.sum(axis=1)[:, None]], axis=1)[:, :each]
    return put_together(
        drawn,
        replace(entries, transaction_code=codes.ravel(), amount_cents=cents.ravel(), identification=identification),
        head=head,
        effective_on=effective_on,
        traces=traces,
        batch_number=batch_number,
        description=MICRO_ENTRY,
    )
