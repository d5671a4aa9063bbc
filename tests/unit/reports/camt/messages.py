"""Small ISO 20022 messages for the tests, in the shapes of versions 2 and 8."""

from datetime import date

from ingather.reports.code_map import CodeMap, CodeRule
from ingather.reports.items import Carrier, PostingEvent
from ingather.reports.profile import ReportProfile
from ingather.reports.tables import codes_before_packaged, packaged_codes

NEAR = date(2026, 11, 24)
NAMES = {
    "camt.052": ("BkToCstmrAcctRpt", "Rpt"),
    "camt.053": ("BkToCstmrStmt", "Stmt"),
    "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
CAMT = ReportProfile(id="camt", version=1, carrier=Carrier.CAMT_053, codes=packaged_codes())
OWN = ReportProfile(
    id="camt-own",
    version=1,
    carrier=Carrier.CAMT_053,
    codes=codes_before_packaged(
        CodeMap(
            rules=(
                CodeRule(code_type="PRTRY", code="ACH Debit Reject", event=PostingEvent.REJECTION),
                CodeRule(code_type="PRTRY:BANK", code="FEE9", event=PostingEvent.FEE),
            )
        )
    ),
    mined={
        "trace": r"TRN ([0-9]{15})",
        "reason": r'Reason: "(R[0-9]{2})"',
        "origination_file": r"FILE ([0-9]{10}[A-Z0-9])",
        "batch_number": r"BATCH ([0-9]{1,7})",
        "company_identification": r"CO ([0-9]{10})",
    },
)


def statement(*parts: str, message: str = "camt.053", version: str = "08", head: str = "") -> bytes:
    """Return a message of one account with these balances and entries."""
    root, container = NAMES[message]
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}.001.{version}"><{root}>'
        f"<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-24T18:00:00-05:00</CreDtTm></GrpHdr>\n"
        f"<{container}><Id>S-7</Id><ElctrncSeqNb>7</ElctrncSeqNb>{head}"
        f"<Acct><Id><Othr><Id>OUR-ACCOUNT</Id></Othr></Id><Ccy>USD</Ccy>"
        f"<Svcr><FinInstnId><BICFI>EXAMUS33</BICFI></FinInstnId></Svcr></Acct>\n"
        + "\n".join(parts)
        + f"\n</{container}></{root}></Document>\n"
    ).encode()


def balance(code: str, amount: str, sign: str = "CRDT", currency: str = "USD") -> str:
    """Return a booked balance of the day."""
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{amount}</Amt>"
        f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>2026-11-24</Dt></Dt></Bal>"
    )


def entry(  # noqa: PLR0913 -- an entry has as many parts
    amount: str,
    sign: str,
    code: str = "PMNT/IDDT/PADD",
    *details: str,
    status: str = "<Cd>BOOK</Cd>",
    own: str = "",
    ref: str = "REF1",
    batch: str = "",
    more: str = "",
    text: str = "",
) -> str:
    """Return an entry with its transactions; ``own`` is the bank's own code."""
    domain, family, sub = code.split("/")
    proprietary = f"<Prtry><Cd>{own}</Cd><Issr>BANK</Issr></Prtry>" if own else ""
    return (
        f"<Ntry><Amt Ccy='USD'>{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{more}<Sts>{status}</Sts>"
        "<BookgDt><Dt>2026-11-24</Dt></BookgDt><ValDt><Dt>2026-11-25</Dt></ValDt>"
        f"<AcctSvcrRef>{ref}</AcctSvcrRef><BkTxCd><Domn><Cd>{domain}</Cd><Fmly><Cd>{family}</Cd>"
        f"<SubFmlyCd>{sub}</SubFmlyCd></Fmly></Domn>{proprietary}</BkTxCd>"
        f"<NtryDtls>{batch}{''.join(details)}</NtryDtls><AddtlNtryInf>{text}</AddtlNtryInf></Ntry>"
    )


def detail(
    end_to_end: str, amount: str, *, back: str = "", item: str = "", name: str = "BUYER ONE", text: str = ""
) -> str:
    """Return a transaction; ``back`` is the content of the reason for which it came back."""
    returned = f"<RtrInf><Rsn>{back}</Rsn><AddtlInf>{text}</AddtlInf></RtrInf>" if back else ""
    return (
        f"<TxDtls><Refs><AcctSvcrRef>{item}</AcctSvcrRef><EndToEndId>{end_to_end}</EndToEndId></Refs>"
        f"<Amt Ccy='USD'>{amount}</Amt><RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr></RltdPties>"
        f"{returned}</TxDtls>"
    )
