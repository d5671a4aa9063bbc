"""What goes back about entries, as plans: returns, dishonours, contests, changes and refused changes.

The bank in a box writes with it, and tests do. An answer goes the way back: from the bank that received an entry to the
one that sent it, under a trace number of the bank that answers, with the header that the entry came under; of that only
the SEC code of changes (COR), the service class, the settlement day, the sending bank and the number are others. So the
answer to an answer is made in the same way: the dishonour of a return, the contest of a dishonour, the refusal of a
change. Such plans are written with ``Purpose.ANSWER``. (Nacha Operating Rules, Appendix Four and Five.)
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ingather.base.columns import Int64, Mask, digits_column
from ingather.base.dates import format_yymmdd
from ingather.nacha.answer_addenda import joined
from ingather.nacha.copying import batches_of, entries_of
from ingather.nacha.findings import Findings
from ingather.nacha.plan import Addenda, Batches, Entries, FileHead, FilePlan
from ingather.nacha.plan_parts import services_of, taken_addenda, taken_entries
from ingather.nacha.reading import Reading
from ingather.nacha.records import LAYOUTS
from ingather.nacha.refused import FormatRefused
from ingather.nacha.routing import check_digits
from ingather.nacha.transaction_codes import RETURN_OF, RETURNED

CHANGE_CLASS = "COR"
_ABROAD, _ABROAD_CHANGES = "IAT", "IATCOR"
_CHANGE, _LAST_MANDATORY = 98, 16
_SEQUENCES = 10_000_000


def answer_plan(
    reading: Reading, rows: Int64, /, *, addenda: Addenda, traces: Int64, settlement_day: Int64, head: FileHead
) -> FilePlan:
    """Return the plan of the file that answers some entries of a reading.

    ``rows`` ``(k,)`` are the entries; ``addenda`` are one per entry, by its place in ``rows``, as ``answer_addenda``
    packs them; ``traces`` ``(k,)`` are of the answering banks, which the first eight digits name; ``settlement_day``
    ``(k,)`` are days of the year, 0 for none. 27 comes back as 26, what came back already keeps its code; changes have
    no amount; international returns repeat the seven mandatory addenda. Raises ``FormatRefused`` where a trace number
    is not of the bank that received the entry, or an entry stands in no batch.
    """
    batches, entries = batches_of(reading), entries_of(reading)
    _refuse(entries, rows, traces)
    sent = np.array([int(text) if text.isdigit() else 0 for text in batches.originating_dfi], np.int64)
    sent = sent * 10 + check_digits(digits_column(sent, 8))
    back = taken_entries(entries, rows)
    changes = np.zeros(len(rows), np.bool_)
    changes[addenda.entry[addenda.type_code == _CHANGE]] = True
    code, far = back.transaction_code, _abroad(batches)[back.batch]
    whole = _with_repeated(entries, rows, addenda, far & ~changes)
    following = np.bincount(whole.entry, minlength=len(rows))
    back = replace(
        back,
        transaction_code=np.where(RETURNED[code], code, RETURN_OF[code]),
        routing=sent[back.batch],
        amount_cents=np.where(changes, 0, back.amount_cents),
        trace=traces,
        addenda=whole,
        announced=np.where(far, following, back.announced) if back.announced is not None else None,
    )
    return plan_of_answers(back, batches, settlement_day=settlement_day, head=head)


def plan_of_answers(entries: Entries, batches: Batches, /, *, settlement_day: Int64, head: FileHead) -> FilePlan:
    """Return the plan of a file of answers that are made already: its batches by header, bank and settlement day.

    ``batches`` are the headers as they were sent and ``entries`` the answers in any order: codes for returns, routed to
    the bank that sent, under trace numbers of the one that answers. Batches come in the order of their company, texts,
    effective date and bank, entries by their trace numbers; numbers start at 1.
    """
    changes = np.zeros(len(entries), np.bool_)
    if entries.addenda is not None:
        changes[entries.addenda.entry[entries.addenda.type_code == _CHANGE]] = True
    rank = _ranks(batches)[entries.batch]
    bank = entries.trace // _SEQUENCES
    order = np.lexsort((entries.trace, settlement_day, bank, changes, rank))
    keys = np.stack([rank, changes.astype(np.int64), bank, settlement_day], axis=1)[order]
    fresh = np.append(True, (keys[1:] != keys[:-1]).any(axis=1))[: len(order)]
    back = taken_entries(entries, order)
    firsts = np.flatnonzero(fresh)
    back = replace(back, batch=np.cumsum(fresh) - 1)
    headers = _headers(batches, entries.batch[order][firsts].tolist(), keys[firsts])
    return FilePlan(head=head, batches=replace(headers, service_class=services_of(back, len(headers))), entries=back)


def _refuse(entries: Entries, rows: Int64, traces: Int64) -> None:
    findings = Findings()
    stray = np.flatnonzero(entries.batch[rows] < 0)
    lines = np.zeros(len(stray), np.int64)
    findings.rows("order-of-records", lines, lambda index: f"Entry {int(stray[index]) + 1:,} stands in no batch.")
    other = np.flatnonzero(traces // _SEQUENCES != entries.routing[rows] // 10)
    sentence = "the trace number is not of the bank that received the entry"
    findings.rows(
        "trace-prefix",
        np.zeros(len(other), np.int64),
        lambda index: f"Answer {int(other[index]) + 1:,}: {sentence}.",
        field=LAYOUTS["6"].field("trace_number"),
    )
    if len(findings):
        raise FormatRefused(findings.problems())


def _abroad(batches: Batches) -> Mask:
    return np.array(
        [
            code == _ABROAD or name == _ABROAD_CHANGES
            for code, name in zip(batches.standard_entry_class, batches.company_name, strict=True)
        ],
        np.bool_,
    )


def _with_repeated(entries: Entries, rows: Int64, addenda: Addenda, returned: Mask) -> Addenda:
    """Return the addenda, before them the seven mandatory ones of the international entries that are ``returned``."""
    if entries.addenda is None or not returned.any():
        return addenda
    sent = taken_addenda(entries.addenda, rows[returned], len(entries))
    kept = sent.type_code <= _LAST_MANDATORY
    owner = np.flatnonzero(returned)[sent.entry[kept]]
    return joined(Addenda(entry=owner, type_code=sent.type_code[kept], content=sent.content[kept]), addenda)


def _ranks(batches: Batches) -> Int64:
    """Return the place of each header among all, equal ones together."""
    keys = list(
        zip(
            batches.company_identification,
            batches.company_name,
            batches.company_discretionary,
            batches.standard_entry_class,
            batches.entry_description,
            batches.descriptive_date,
            ["" if day is None else format_yymmdd(day) for day in batches.effective_on],
            strict=True,
        )
    )
    places = {key: place for place, key in enumerate(sorted(set(keys)))}
    return np.array([places[key] for key in keys], np.int64)


def _headers(batches: Batches, rows: Sequence[int], keys: Int64) -> Batches:
    """Return the headers of the answers: ``keys`` say whether they are changes, of which bank, and when they settle."""

    def of(column: Sequence[str]) -> list[str]:
        return [column[row] for row in rows]

    changes, banks, days = keys[:, 1].tolist(), keys[:, 2].tolist(), keys[:, 3].tolist()
    code, name = of(batches.standard_entry_class), of(batches.company_name)
    return Batches(
        service_class=[0] * len(rows),
        company_name=[
            _ABROAD_CHANGES if change and sec == _ABROAD else text
            for change, sec, text in zip(changes, code, name, strict=True)
        ],
        company_discretionary=of(batches.company_discretionary),
        company_identification=of(batches.company_identification),
        standard_entry_class=[CHANGE_CLASS if change else sec for change, sec in zip(changes, code, strict=True)],
        entry_description=of(batches.entry_description),
        descriptive_date=of(batches.descriptive_date),
        effective_on=[batches.effective_on[row] for row in rows],
        originating_dfi=[f"{bank:08d}" for bank in banks],
        batch_number=range(1, len(rows) + 1),
        settlement_date=[f"{day:03d}" if day else "" for day in days],
    )
