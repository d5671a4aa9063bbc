"""The account's statement as camt.053 version 8: an entry a posting, a transaction for each thing that came back."""

from collections.abc import Iterator, Mapping
from html import escape

from ingather.simulator.statement_rows import DayStatement, StatementRow
from ingather.simulator.str_reports import Row

# What this bank calls its postings in ISO 20022, by their BAI2 codes.
_CODES: Mapping[str, str] = {
    "166": "PMNT/IDDT/PADD",
    "466": "PMNT/ICDT/ACOR",
    "557": "PMNT/IDDT/UPDD",
    "468": "PMNT/IDDT/UPDD",
    "257": "PMNT/ICDT/RRTN",
    "168": "PMNT/ICDT/RRTN",
    "567": "PMNT/MDOP/CHRG",
    "661": "PMNT/MDOP/CHRG",
}
_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def write_camt(statement: DayStatement) -> bytes:
    """Return one message of one statement, with balances and a summary that tie."""
    return "".join(f"{line}\n" for line in _lines(statement)).encode()


def _lines(statement: DayStatement) -> Iterator[str]:
    number = f"{statement.day:%Y%m%d}-{statement.sequence:04d}{'C' if statement.corrects else ''}"
    made = statement.as_of.isoformat()
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<Document xmlns="{_NAMESPACE}"><BkToCstmrStmt>'
    yield f"<GrpHdr><MsgId>CAMT-{number}</MsgId><CreDtTm>{made}</CreDtTm></GrpHdr>"
    yield f"<Stmt><Id>STMT-{number}</Id><ElctrncSeqNb>{statement.sequence}</ElctrncSeqNb><CreDtTm>{made}</CreDtTm>"
    yield f"<Acct><Id><Othr><Id>{escape(statement.account)}</Id></Othr></Id><Ccy>USD</Ccy>"
    yield f"<Svcr><FinInstnId><BICFI>{statement.bank}</BICFI></FinInstnId></Svcr></Acct>"
    for code, cents in (("OPBD", statement.opening_cents), ("CLBD", statement.closing_cents)):
        yield f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount(cents)}"
        yield f"<Dt><Dt>{statement.day}</Dt></Dt></Bal>"
    yield from _summary(statement)
    for row in statement.rows:
        yield from _entry(statement, row)
    yield "</Stmt></BkToCstmrStmt></Document>"


def _summary(statement: DayStatement) -> Iterator[str]:
    into = [row.cents for row in statement.rows if row.cents > 0]
    out = [-row.cents for row in statement.rows if row.cents <= 0]
    yield "<TxsSummry>"
    for name, cents in (("TtlNtries", [*into, *out]), ("TtlCdtNtries", into), ("TtlDbtNtries", out)):
        yield f"<{name}><NbOfNtries>{len(cents)}</NbOfNtries><Sum>{_decimal(sum(cents))}</Sum></{name}>"
    yield "</TxsSummry>"


def _entry(statement: DayStatement, row: StatementRow) -> Iterator[str]:
    domain, family, sub = _CODES[row.code].split("/")
    day = f"<Dt>{statement.day}</Dt>"
    yield f"<Ntry>{_amount(row.cents)}<Sts><Cd>BOOK</Cd></Sts><BookgDt>{day}</BookgDt><ValDt>{day}</ValDt>"
    yield f"<AcctSvcrRef>{row.bank_ref}</AcctSvcrRef><BkTxCd><Domn><Cd>{domain}</Cd><Fmly><Cd>{family}</Cd>"
    yield f"<SubFmlyCd>{sub}</SubFmlyCd></Fmly></Domn>"
    yield f"<Prtry><Cd>BAI {row.code}</Cd><Issr>{statement.bank}</Issr></Prtry></BkTxCd>"
    if row.back:
        yield "<NtryDtls>"
        yield from map(_detail, row.back)
        yield "</NtryDtls>"
    elif row.items:
        yield f"<NtryDtls><Btch><PmtInfId>{escape(row.customer_ref)}</PmtInfId>"
        yield f"<NbOfTxs>{row.items}</NbOfTxs></Btch></NtryDtls>"
    yield f"<AddtlNtryInf>{escape(row.text)}</AddtlNtryInf></Ntry>"


def _detail(row: Row) -> str:
    values = {name: escape(str(value)) for name, value in row.values.items()}
    cents = int(row.values["amount"])
    named = f"TRN {values['original_trace']} CO {values['company_id']}"
    return (
        f"<TxDtls><Refs><EndToEndId>{values['individual_id'] or 'NOTPROVIDED'}</EndToEndId></Refs>"
        f'<Amt Ccy="USD">{_decimal(cents)}</Amt><CdtDbtInd>DBIT</CdtDbtInd>'
        f"<RltdPties><Dbtr><Pty><Nm>{values['name']}</Nm></Pty></Dbtr></RltdPties>"
        f"<RtrInf><Rsn><Prtry>{values['reason']}</Prtry></Rsn></RtrInf><AddtlTxInf>{named}</AddtlTxInf></TxDtls>"
    )


def _amount(cents: int) -> str:
    sign = "CRDT" if cents > 0 else "DBIT"
    return f'<Amt Ccy="USD">{_decimal(abs(cents))}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'


def _decimal(cents: int) -> str:
    whole, part = divmod(cents, 100)
    return f"{whole}.{part:02d}"
