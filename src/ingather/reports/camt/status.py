"""Reading pain.002: what a bank says of a message we sent, of its batches, and of single transactions.

A rejected transaction never settled and no money moved; that is not a return. Its reason is an ISO code or the bank's
own; only the latter can be a return code, and the one is never made from the other.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from ingather.base.problems import Severity
from ingather.reports.acknowledgement import contradictions
from ingather.reports.camt.markup import Element, Markup
from ingather.reports.camt.values import amount_of, instant_of, number_of, provided
from ingather.reports.camt.versions import judge_version
from ingather.reports.findings import Findings
from ingather.reports.item_rows import Rows
from ingather.reports.items import Acknowledgements, BatchAnswers, Carrier, ControlTotals, EntryAnswers, Report
from ingather.reports.mining import Miner, is_return_code
from ingather.reports.profile import ReportProfile
from ingather.reports.tables import duplicate_codes

MESSAGE = "CstmrPmtStsRpt"
VERSIONS = range(3, 11)

_BATCH = "OrgnlPmtInfAndSts"
_GROUP = "OrgnlGrpInfAndSts"
_TRANSACTION = "TxInfAndSts"
_PIECES = frozenset({"GrpHdr", _GROUP, _BATCH, _TRANSACTION})
# ISO 20022, ExternalPaymentGroupStatus and ExternalPaymentTransactionStatus.
_STATUSES = {
    **dict.fromkeys(("ACCP", "ACSP", "ACSC", "ACTC", "ACWC", "ACCC", "ACWP", "ACFC"), "ACCEPTED"),
    **dict.fromkeys(("PDNG", "RCVD"), "PENDED"),
    "PART": "PARTIAL",
    "RJCT": "REJECTED",
}
_BATCH_STATUSES = frozenset({"ACCEPTED", "REJECTED"})
_REJECTED = "REJECTED"
_MOST_WORDS = 200


@dataclass(slots=True, kw_only=True)  # mutable -- its rows grow while the report is read
class _Status:
    profile: ReportProfile
    findings: Findings
    miner: Miner
    batches: Rows[BatchAnswers] = field(default_factory=lambda: Rows(BatchAnswers))
    entries: Rows[EntryAnswers] = field(default_factory=lambda: Rows(EntryAnswers))
    counts: Counter[str] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)
    of_batch: Counter[str] = field(default_factory=Counter)


def read_status(data: bytes, profile: ReportProfile, *, near: date) -> tuple[Report, ...]:
    """Return the one report of a status message; content never raises. ``near`` is not needed: dates carry their year.

    The message it answers names our file by the profile's pattern, or by having a file's own name for its id.
    """
    del near
    findings = Findings()
    read = _Status(profile=profile, findings=findings, miner=Miner(profile))
    markup = Markup(data, findings, pieces=_PIECES, messages=frozenset({MESSAGE}))
    header: Element | None = None
    group: Element | None = None
    for piece in markup.read():
        match piece.name:
            case "GrpHdr":
                header = header or piece
            case "OrgnlGrpInfAndSts":
                group = group or piece
            case "TxInfAndSts" if piece.ended:
                _entry(piece, read)
            case "OrgnlPmtInfAndSts":
                _batch(piece, read)
            case _:
                continue
    judge_version(markup, findings, {MESSAGE: Carrier.PAIN_002}, VERSIONS)
    return (_report(header, group, read, markup),)


def _report(header: Element | None, group: Element | None, read: _Status, markup: Markup) -> Report:
    as_of = instant_of(header.said("CreDtTm"), read.profile.semantics.zone) if header is not None else None
    number = header.said("MsgId") if header is not None else ""
    files = Rows(Acknowledgements)
    if group is None:
        read.findings.add("record-missing", "The report does not say which message it answers.")
    else:
        _file(group, read, files, as_of)
        # Reports list what was rejected and may leave out the rest.
        contradictions(files.items(), read.findings, parts=tuple(+read.of_batch), all_told=False)
    return Report(
        carrier=Carrier.PAIN_002,
        profile=read.profile.name,
        bank=_sender(header),
        kind="ACKNOWLEDGEMENT",
        as_of=as_of,
        business_date=as_of.date() if as_of is not None else None,
        report_id=number,
        lines=markup.records,
        acknowledgements=files.items(),
        batch_answers=read.batches.items(),
        entry_answers=read.entries.items(),
        problems=read.findings.all(),
        control_totals=_totals(group, read),
    )


def _sender(header: Element | None) -> str:
    if header is None:
        return ""
    agents = ("DbtrAgt", "CdtrAgt", "FwdgAgt")
    paths = [(agent, "FinInstnId", name) for agent in agents for name in ("BICFI", "BIC")]
    return header.first(*paths, ("InitgPty", "Id", "OrgId", "AnyBIC"), ("InitgPty", "Id", "OrgId", "BICOrBEI"))


def _file(group: Element, read: _Status, files: Rows[Acknowledgements], as_of: datetime | None) -> None:
    """Add what the report says of the whole message; without a word for it, what its parts come to."""
    original = provided(group.said("OrgnlMsgId"))
    told = group.said("GrpSts")
    status = _status(told, group, read) if told else _of_parts(group, read)
    name = read.miner.origination_file(original)
    if not name:
        message = "The report answers a message whose id names none of our files."
        read.findings.add("file-unnamed", message, line=group.line, name="OrgnlMsgId", severity=Severity.WARNING)
    reason, iso, words = _reasons(group, read)
    files.add(
        line=group.line,
        origination_file=name,
        status=status,
        answered_at=as_of,
        accepted_entries=read.counts["ACCEPTED"],
        accepted_cents=read.sums["ACCEPTED"],
        rejected_entries=read.counts[_REJECTED],
        rejected_cents=read.sums[_REJECTED],
        reason=" ".join(filter(None, (reason, iso, words)))[:_MOST_WORDS],
    )


def _of_parts(group: Element, read: _Status) -> str:
    statuses = {status for counts in (read.counts, read.of_batch) for status, count in counts.items() if count}
    if _REJECTED in statuses:
        everything = number_of(group.said("OrgnlNbOfTxs"))
        return _REJECTED if everything and read.counts[_REJECTED] == everything else "PARTIAL"
    return "ACCEPTED" if statuses == {"ACCEPTED"} else "PENDED"


def _batch(element: Element, read: _Status) -> None:
    """Add what is said of a batch as a whole, where it is accepted or rejected as one."""
    identification = provided(element.said("OrgnlPmtInfId"))
    told = element.said("PmtInfSts")
    if not told:
        return
    status = _status(told, element, read)
    read.of_batch[status] += 1
    if status not in _BATCH_STATUSES:
        return
    reason, iso, words = _reasons(element, read)
    read.batches.add(
        line=element.line,
        batch_number=read.miner.batch_number(identification),
        status=status,
        company_identification=read.miner.text("company_identification", identification),
        entries=number_of(element.said("OrgnlNbOfTxs")) or 0,
        debit_cents=amount_of(element.at("OrgnlCtrlSum")).minor or 0,
        reason=" ".join(filter(None, (reason, iso, words)))[:_MOST_WORDS],
    )


def _entry(element: Element, read: _Status) -> None:
    """Count a transaction, and add it where it is rejected; its batch's id stands before it."""
    told = element.said("TxSts")
    if not told:
        message = f"Line {element.line}: the transaction has no status."
        read.findings.add("status-missing", message, line=element.line, name="TxSts")
        return
    status = _status(told, element, read)
    found = element.at("OrgnlTxRef", "Amt", "InstdAmt") or element.at("OrgnlTxRef", "IntrBkSttlmAmt")
    cents = amount_of(found).minor or 0
    read.counts[status] += 1
    read.sums[status] += cents
    if status != _REJECTED:
        return
    batch = element.within.said("OrgnlPmtInfId") if element.within is not None else ""
    names = ("OrgnlEndToEndId", "OrgnlInstrId", "OrgnlTxId", "StsId")
    texts = tuple(filter(None, (provided(element.said(name)) for name in names)))
    reason, iso, words = _reasons(element, read)
    read.entries.add(
        line=element.line,
        batch_number=read.miner.batch_number(batch),
        trace=read.miner.trace(*texts),
        status=status,
        amount_cents=cents,
        reason=reason or words[:_MOST_WORDS],
        identification=read.miner.reference(*texts) or provided(element.said("OrgnlEndToEndId")),
        iso_reason=iso,
    )


def _reasons(element: Element, read: _Status) -> tuple[str, str, str]:
    """Return (return code, ISO code, words) of one reason: the first, or before it one that says "sent before".

    The return code only where the bank itself gave one.
    """
    found = element.all("StsRsnInf")
    for reason in sorted(found, key=lambda each: each.said("Rsn", "Cd") not in duplicate_codes()):
        own, iso = reason.said("Rsn", "Prtry"), reason.said("Rsn", "Cd")
        words = " ".join(filter(None, ("" if is_return_code(own) else own, *(t.text for t in reason.all("AddtlInf")))))
        return own if is_return_code(own) else read.miner.reason(words), iso, words
    return "", "", ""


def _status(told: str, element: Element, read: _Status) -> str:
    found = _STATUSES.get(told)
    if found is None:
        message = f"Line {element.line}: the status is none that is known; it was read as pended."
        read.findings.add("status-unknown", message, line=element.line, severity=Severity.WARNING)
        return "PENDED"
    return found


def _totals(group: Element | None, read: _Status) -> ControlTotals:
    """Return whether the numbers by status are those of the transactions that the report lists, where it gives any."""
    results = []
    for said in group.all("NbOfTxsPerSts") if group is not None else ():
        status, count = _STATUSES.get(said.said("DtldSts")), number_of(said.said("DtldNbOfTxs"))
        # Reports list what was rejected and may leave out the rest.
        if status == _REJECTED:
            results.append(count == read.counts[_REJECTED])
            if not results[-1]:
                message = f"The report says {count} transactions are rejected, it lists {read.counts[_REJECTED]}."
                read.findings.add("control-total", message, line=said.line, name="NbOfTxsPerSts")
    if not results:
        return ControlTotals.NONE
    return ControlTotals.TIE if all(results) else ControlTotals.DIFFER
