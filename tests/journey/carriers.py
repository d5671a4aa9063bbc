"""Small reports of other carriers about the stage's account, written by hand."""

from collections.abc import Sequence
from datetime import date

from ingather.jobs.rehearsal.stage import OUR_ACCOUNT

_OTHER = "99900011"


def bai2(day: date, *, opening: int, rows: Sequence[str] = (), number: int = 1, other: bool = False) -> bytes:
    """Return a BAI2 file of one day: ``rows`` are details without their record code, such as ``166,300,Z,R1,REF,``.

    Amounts of credits stand in codes below 400, of debits from 400 on. With ``other`` it tells of another account too.
    """
    moved = sum(int(row.split(",")[1]) * (1 if int(row.split(",")[0]) < 400 else -1) for row in rows)
    accounts = [_account(OUR_ACCOUNT, opening, opening + moved, rows)]
    if other:
        accounts.append(_account(_OTHER, 0, 0, ()))
    totals = sum(total for _, total in accounts)
    body = [line for lines, _ in accounts for line in lines]
    lines = [
        f"01,EXAMUS33,US,{day:%y%m%d},2100,{number},80,,2/",
        f"02,US,EXAMUS33,1,{day:%y%m%d},2359,USD,2/",
        *body,
        f"98,{totals},{len(accounts)},{len(body) + 2}/",
        f"99,{totals},1,{len(body) + 4}/",
    ]
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def _account(number: str, opening: int, closing: int, rows: Sequence[str]) -> tuple[list[str], int]:
    total = opening + closing + sum(int(row.split(",")[1]) for row in rows)
    lines = [f"03,{number},USD,010,{opening},,,015,{closing},,/", *(f"16,{row}/" for row in rows)]
    return [*lines, f"49,{total},{len(lines) + 1}/"], total


def mt94x(day: date, *, rows: Sequence[str], intraday: bool, number: int, opening: int = 0) -> bytes:
    """Return an MT940, or an MT942 of noon; ``rows`` are credits as ``3,00NTRFREF//R1``, amounts in whole dollars."""
    told = [f":61:{day:%y%m%d}{day:%m%d}C{row}" for row in rows]
    money = sum(int(row.split(",", maxsplit=1)[0]) for row in rows)
    head = [f":20:S{day:%y%m%d}{number}", f":25:EXAMUS33/{OUR_ACCOUNT}", f":28C:{number}/1"]
    if intraday:
        lines = [*head, ":34F:USD0,", f":13D:{day:%y%m%d}1210-0500", *told, f":90C:{len(rows)}USD{money},00", "-"]
    else:
        lines = [*head, f":60F:C{day:%y%m%d}USD{opening},00", *told, f":62F:C{day:%y%m%d}USD{opening + money},00", "-"]
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def camt_return(day: date, *, reference: str, cents: int, reason: str) -> bytes:
    """Return a camt.053 of one day with one returned debit that names our reference and an ISO reason."""
    amount = f"{cents // 100}.{cents % 100:02d}"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>{day}T21:00:00-05:00</CreDtTm></GrpHdr>
<Stmt><Id>ST-{day}</Id><ElctrncSeqNb>1</ElctrncSeqNb><CreDtTm>{day}T21:00:00-05:00</CreDtTm>
<Acct><Id><Othr><Id>{OUR_ACCOUNT}</Id></Othr></Id><Ccy>USD</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="USD">50000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>{day}</Dt></Dt></Bal>
<Ntry><Amt Ccy="USD">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>B1</AcctSvcrRef>
<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd><SubFmlyCd>UPDD</SubFmlyCd></Fmly></Domn></BkTxCd>
<NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs>
<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf></TxDtls></NtryDtls></Ntry>
</Stmt></BkToCstmrStmt></Document>
""".encode()
