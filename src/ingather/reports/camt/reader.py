"""Reading camt.052, camt.053 and camt.054 in any version, by local names: one report an account and statement.

Real files differ by version in where a status, a party or a sum stands; every known place is looked at. A version or a
part that is not known is told, and what can be read is read.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from ingather.base.problems import Severity
from ingather.reports.camt.entries import Entries
from ingather.reports.camt.markup import Element, Markup
from ingather.reports.camt.totals import balances_of, closing_day, compare
from ingather.reports.camt.values import day_of, instant_of, number_of
from ingather.reports.camt.versions import judge_version
from ingather.reports.findings import Findings, masked
from ingather.reports.items import Carrier, ControlTotals, Report
from ingather.reports.mining import Miner
from ingather.reports.profile import ReportProfile

MESSAGES = {
    "BkToCstmrAcctRpt": ("Rpt", Carrier.CAMT_052),
    "BkToCstmrStmt": ("Stmt", Carrier.CAMT_053),
    "BkToCstmrDbtCdtNtfctn": ("Ntfctn", Carrier.CAMT_054),
}
VERSIONS = range(2, 9)

_CONTAINERS = frozenset(name for name, _ in MESSAGES.values())
_PIECES = _CONTAINERS | {"GrpHdr", "Ntry", "TxDtls"}
_BANK = (("BICFI",), ("BIC",), ("BICOrBEI",), ("ClrSysMmbId", "MmbId"), ("Othr", "Id"), ("Nm",))


def read_camt(data: bytes, profile: ReportProfile, *, near: date) -> tuple[Report, ...]:
    """Return a report for each account's statement in a message, in order; content never raises.

    ``near`` is not needed: every date carries its year. What is wrong with the whole document is a problem of each of
    its reports, since what is missing may belong to any.
    """
    del near
    findings = Findings()
    markup = Markup(data, findings, pieces=_PIECES, messages=frozenset(MESSAGES))
    header: Element | None = None
    open_entries: dict[int, Entries] = {}
    read: list[tuple[Element, Entries]] = []
    for piece in markup.read():
        if piece.name == "GrpHdr":
            header = header or piece
        elif piece.name in _CONTAINERS:
            known = open_entries.pop(id(piece)) if id(piece) in open_entries else _entries_of(piece, markup, profile)
            read.append((piece, known))
        else:
            container = _container_of(piece)
            if container is None:
                continue
            if id(container) not in open_entries:
                open_entries[id(container)] = _entries_of(container, markup, profile)
            entries = open_entries[id(container)]
            if piece.name == "TxDtls":
                entries.add_detail(piece)
            elif piece.ended:
                entries.add(piece)
    judge_version(markup, findings, {name: carrier for name, (_, carrier) in MESSAGES.items()}, VERSIONS)
    if not read:
        findings.add("record-missing", "The message holds no report, statement or notification of an account.")
        carrier = _carrier_of(markup, profile)
        return (Report(carrier=carrier, profile=profile.name, lines=markup.records, problems=findings.all()),)
    reports = [_report(*each, header=header, markup=markup) for each in read]
    return tuple(replace(report, problems=(*findings.all(), *report.problems)) for report in reports)


def _container_of(piece: Element) -> Element | None:
    above = piece.within
    while above is not None and above.name not in _CONTAINERS:
        above = above.within
    return above


def _entries_of(container: Element, markup: Markup, profile: ReportProfile) -> Entries:
    return Entries(
        profile=profile,
        findings=Findings(),
        final=_carrier_of(markup, profile) is Carrier.CAMT_053,
        currency=container.first(("Acct", "Ccy")) or _balance_currency(container),
        miner=Miner(profile),
    )


def _balance_currency(container: Element) -> str:
    found = container.at("Bal", "Amt")
    return found.currency if found is not None else ""


def _carrier_of(markup: Markup, profile: ReportProfile) -> Carrier:
    return MESSAGES[markup.message][1] if markup.message in MESSAGES else profile.carrier


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pages:
    number: int
    last: bool


def _report(container: Element, entries: Entries, *, header: Element | None, markup: Markup) -> Report:
    profile, findings = entries.profile, entries.findings
    balances, opening, closing = balances_of(container, entries)
    pages = _pages_of(container, findings, final=entries.final)
    whole = pages.number == 1 and pages.last
    if whole:
        totals = compare(container, entries, opening=opening, closing=closing)
    else:
        totals = ControlTotals.DIFFER if entries.batches_differ else ControlTotals.NONE
    for name, (line, count) in entries.unknown.items():
        told = f"the code {masked(name)}" if name else "an entry without a code"
        often = "one entry has" if count == 1 else f"{count} entries have"
        message = f"Nobody says what {told} means; {often} it, the first on line {line}."
        findings.add("code-unknown", message, line=line, name="BkTxCd", severity=Severity.WARNING)
    created = container.said("CreDtTm") or (header.said("CreDtTm") if header is not None else "")
    as_of = instant_of(created, profile.semantics.zone)
    account = container.first(("Acct", "Id", "IBAN"), ("Acct", "Id", "Othr", "Id"), ("Acct", "Id", "PrtryAcct", "Id"))
    if not account:
        findings.add("account-missing", "The statement does not say which account it is of.", line=container.line)
    number = container.said("Id") or (header.said("MsgId") if header is not None else "")
    return Report(
        carrier=_carrier_of(markup, profile),
        profile=profile.name,
        bank=container.first(*(("Acct", "Svcr", "FinInstnId", *path) for path in _BANK)),
        account=account,
        currency=entries.currency,
        kind="EOD" if entries.final else "INTRADAY",
        mode=profile.semantics.mode,
        as_of=as_of,
        sequence=number_of(container.said("ElctrncSeqNb")),
        business_date=_business_date(container, entries, as_of),
        report_id=number if whole else f"{number}/{pages.number}",
        lines=markup.records,
        returns=entries.returns.items(),
        adjustments=entries.adjustments.items(),
        postings=entries.postings.items(),
        receipts=entries.receipts.items(),
        balances=balances,
        entry_answers=entries.answers.items(),
        problems=findings.all(),
        control_totals=totals,
    )


def _pages_of(container: Element, findings: Findings, *, final: bool) -> _Pages:
    """Return which page this is; one of several of a final statement is an error, since alone it ties to nothing."""
    name = next((name for name in ("StmtPgntn", "RptPgntn", "NtfctnPgntn") if container.at(name) is not None), "")
    if not name:
        return _Pages(number=1, last=True)
    number = number_of(container.said(name, "PgNb")) or 1
    last = container.said(name, "LastPgInd") not in {"false", "0"}
    if number != 1 or not last:
        message = f"This is page {number} of a statement of several; its totals are those of all pages together."
        severity = Severity.ERROR if final else Severity.WARNING
        findings.add("statement-pages", message, line=container.line, name=name, severity=severity)
    return _Pages(number=number, last=last)


def _business_date(container: Element, entries: Entries, as_of: datetime | None) -> date | None:
    """Return a statement's day: of its closing balance, else the end of its period, its last entry, its making."""
    closing = closing_day(container)
    told = (
        day_of(closing.first(("Dt", "Dt"), ("Dt", "DtTm"))) if closing is not None else None,
        day_of(container.first(("FrToDt", "ToDtTm"), ("FrToDt", "ToDt"))),
        entries.last_on,
    )
    return next((day for day in told if day is not None), as_of.date() if as_of is not None else None)
