"""What follows an entry that was sent: its reversal, its retry, the fee for its return.

Each stands in batches of its own, because the description is a field of the batch. Which entries may be reversed,
retried or charged for, and until when, is not the format's to say: here they only come out as the Rules want them.
"""

from dataclasses import replace
from datetime import date

import numpy as np

from ingather.base.columns import Int64
from ingather.nacha.descriptions import RETRY, RETURN_FEE, REVERSAL
from ingather.nacha.forms.drawing import Objections, Rows, draw, put_together, without_addenda
from ingather.nacha.plan import FileHead, FilePlan
from ingather.nacha.transaction_codes import DEBIT, LIVE, REVERSAL_OF, TRANSACTION_CODES, Use

_NO_MONEY = np.zeros(100, np.bool_)
_NO_MONEY[[code for code, row in TRANSACTION_CODES.items() if row.use in {Use.PRENOTE, Use.ZERO_DOLLAR}]] = True


def reversal_of(
    plan: FilePlan, rows: Rows, /, *, head: FileHead, effective_on: date, traces: Int64, batch_number: int = 1
) -> FilePlan:
    """Return the file that takes some entries of a plan back: 27 becomes 22, 37 becomes 32 and so on.

    ``rows`` are indices or a mask; ``traces`` are as many, in file order. Company, SEC code, amount, identification,
    name and addenda stay, ``REVERSAL`` replaces the description, and the service class follows: 220 for debits, 225 for
    credits, 200 for both (RB13 2.9). Raises ``FormatRefused`` (``reversal``) for prenotes, zero-dollar entries,
    answers, offsets, loan debits (which only reverse) and what stands in a batch of reversals.
    """
    drawn = draw(plan, rows)
    code = drawn.entries.transaction_code
    objections = Objections(drawn, "reversal")
    objections.moves_no_money()
    objections.balances()
    objections.entries(LIVE[code] & (REVERSAL_OF[code] == 0), "nothing reverses an entry with this transaction code")
    objections.described((REVERSAL,), "it is a reversal itself")
    objections.say()
    entries = replace(drawn.entries, transaction_code=REVERSAL_OF[code])
    return put_together(
        drawn,
        entries,
        head=head,
        effective_on=effective_on,
        traces=traces,
        batch_number=batch_number,
        description=REVERSAL,
    )


def reversible_rows(plan: FilePlan, /) -> Int64:
    """Return the entries that the reversal of a whole file takes back: all but offsets and what moved no money.

    A bank that wants balanced files gets the reversal balanced anew. Answers and loan debits are among them, so that a
    file which has any is refused as a whole.
    """
    entries = plan.entries
    wanted = ~_NO_MONEY[entries.transaction_code]
    if entries.offset is not None:
        wanted &= ~entries.offset
    return np.flatnonzero(wanted)


def reversal_of_file(
    plan: FilePlan, /, *, head: FileHead, effective_on: date, traces: Int64, batch_number: int = 1
) -> FilePlan:
    """Return the file that takes all of a plan back: ``reversal_of`` its ``reversible_rows``."""
    return reversal_of(
        plan,
        reversible_rows(plan),
        head=head,
        effective_on=effective_on,
        traces=traces,
        batch_number=batch_number,
    )


def retry_of(
    plan: FilePlan, rows: Rows, /, *, head: FileHead, effective_on: date, traces: Int64, batch_number: int = 1
) -> FilePlan:
    """Return the file that presents some returned debits of a plan again: ``RETRY PYMT``, all else as it was.

    ``rows`` are indices or a mask of the entries as they were sent; ``traces`` are as many, in file order (RB13
    2.12.4). Raises ``FormatRefused`` (``retry``) for credits, prenotes, zero-dollar entries, answers, offsets and what
    stands in a batch of reversals.
    """
    drawn = draw(plan, rows)
    objections = Objections(drawn, "retry")
    objections.moves_no_money()
    objections.balances()
    objections.entries(~DEBIT[drawn.entries.transaction_code], "only debits are presented again")
    objections.described((REVERSAL,), "a reversal is not presented again")
    objections.say()
    return put_together(
        drawn,
        drawn.entries,
        head=head,
        effective_on=effective_on,
        traces=traces,
        batch_number=batch_number,
        description=RETRY,
    )


def return_fee_of(
    plan: FilePlan,
    rows: Rows,
    /,
    *,
    head: FileHead,
    effective_on: date,
    traces: Int64,
    amount_cents: Int64,
    batch_number: int = 1,
    standard_entry_class: str = "",
) -> FilePlan:
    """Return the file that charges a fee for each of some returned debits of a plan: ``RETURN FEE``, no addenda.

    ``amount_cents`` and ``traces`` ``(k,)`` go with the entries in file order. The SEC code is that of the entry unless
    another is given: which one a fee needs follows from how it was authorized. Raises ``FormatRefused``
    (``return-fee``) for credits and what moved no money, for offsets, for amounts not above zero, and for what stands
    in a batch of fees or reversals: there is no fee on a fee (RB13 2.14).
    """
    drawn = draw(plan, rows)
    objections = Objections(drawn, "return-fee")
    objections.moves_no_money()
    objections.balances()
    objections.entries(~DEBIT[drawn.entries.transaction_code], "only returned debits bear a fee")
    objections.described((RETURN_FEE,), "there is no fee on a fee")
    objections.described((REVERSAL,), "a reversal bears no fee")
    if len(amount_cents) == len(drawn.rows):
        objections.entries(amount_cents <= 0, "the fee is not above zero", field="amount")
    else:
        objections.plan(f"There are {len(amount_cents):,} fees for {len(drawn.rows):,} entries.")
    objections.say()
    return put_together(
        drawn,
        without_addenda(replace(drawn.entries, amount_cents=amount_cents)),
        head=head,
        effective_on=effective_on,
        traces=traces,
        batch_number=batch_number,
        description=RETURN_FEE,
        standard_entry_class=standard_entry_class,
    )
