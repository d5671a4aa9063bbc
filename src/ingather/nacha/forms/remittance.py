"""What a payment is for, in addenda 05: with the payment, or without any in a zero-dollar entry."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import chain

import numpy as np

from ingather.base.columns import Int64, text_column
from ingather.nacha.findings import Findings
from ingather.nacha.forms.codes import ZERO_DOLLAR_OF
from ingather.nacha.forms.drawing import Objections, Rows, draw, put_together, with_addenda
from ingather.nacha.plan import ADDENDA_TEXT_WIDTH, Addenda, FileHead, FilePlan, payment_addenda
from ingather.nacha.records import LAYOUTS
from ingather.nacha.refused import FormatRefused


def remittance(texts: Sequence[Sequence[str]], /) -> Addenda:
    """Return the 05 records of entries from their texts, any number each, of at most 80 characters.

    CTX takes 9,999 an entry, CCD, PPD and WEB one. Raises ``FormatRefused`` for a text that is longer, and for
    characters outside printable ASCII; nothing is cut and nothing moved into a next record.
    """
    findings, field = Findings(), LAYOUTS["705"].field("payment_related_information")
    for entry, words in enumerate(texts, start=1):
        if any(len(text) > ADDENDA_TEXT_WIDTH for text in words):
            sentence = f"Entry {entry:,}: a text has more than {ADDENDA_TEXT_WIDTH} characters, and none are cut."
            findings.add("field-fits", sentence, field=field)
        if not all(text.isascii() and text.isprintable() for text in words):
            sentence = f"Entry {entry:,}: a text holds characters outside printable ASCII."
            findings.add("characters", sentence, field=field)
    if len(findings):
        raise FormatRefused(findings.problems())
    owner = np.repeat(np.arange(len(texts)), [len(words) for words in texts]) if texts else np.empty(0, np.int64)
    return payment_addenda(owner, text_column(list(chain.from_iterable(texts)), ADDENDA_TEXT_WIDTH))


def with_remittance(plan: FilePlan, texts: Sequence[Sequence[str]], /) -> FilePlan:
    """Return the plan with these texts as the addenda of its entries, one list for each; raises as ``remittance``."""
    _refuse_count(len(texts), len(plan.entries))
    return replace(plan, entries=with_addenda(plan.entries, remittance(texts)))


def zero_dollar_of(
    plan: FilePlan,
    rows: Rows,
    /,
    *,
    texts: Sequence[Sequence[str]],
    head: FileHead,
    effective_on: date,
    traces: Int64,
    batch_number: int = 1,
) -> FilePlan:
    """Return the file that tells the receivers of some entries something and moves nothing: 27 becomes 29, and an 05.

    ``rows`` are indices or a mask; ``texts`` and ``traces`` go with them in file order, one list of texts each. Only
    CCD and CTX have such entries. Raises ``FormatRefused``: ``addenda-missing`` for an entry without text,
    ``class-use`` for a code that has no such form and for offsets, and as ``remittance``.
    """
    drawn = draw(plan, rows)
    code = ZERO_DOLLAR_OF[drawn.entries.transaction_code]
    objections = Objections(drawn, "class-use")
    objections.entries(code == 0, "there is no zero-dollar form of this transaction code")
    objections.balances()
    objections.say()
    _refuse_count(len(texts), len(code))
    objections = Objections(drawn, "addenda-missing")
    silent = np.array([not words for words in texts], np.bool_)
    objections.entries(silent, "a zero-dollar entry needs a text", field="addenda_indicator")
    objections.say()
    entries = replace(drawn.entries, transaction_code=code, amount_cents=np.zeros(len(code), np.int64))
    return put_together(
        drawn,
        with_addenda(entries, remittance(texts)),
        head=head,
        effective_on=effective_on,
        traces=traces,
        batch_number=batch_number,
    )


def _refuse_count(texts: int, entries: int) -> None:
    if texts != entries:
        findings = Findings()
        findings.add("plan-shape", f"There are {texts:,} lists of texts for {entries:,} entries.")
        raise FormatRefused(findings.problems())
