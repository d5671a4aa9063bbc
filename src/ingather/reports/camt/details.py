"""The transactions of one entry: who, how much, by which references, and why it came back."""

from dataclasses import dataclass, field
from datetime import date

from ingather.reports.camt.markup import Element
from ingather.reports.camt.values import Amount, amount_of, day_of, provided, sign_of
from ingather.reports.mining import is_return_code

_TAIL = 4
_RDFI_DIGITS = frozenset({8, 9})
_AMOUNTS = (("Amt",), ("AmtDtls", "TxAmt", "Amt"), ("AmtDtls", "InstdAmt", "Amt"))
_PARTY_ACCOUNT = (("IBAN",), ("Othr", "Id"), ("PrtryAcct", "Id"))
_ISO_CODE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One transaction. ``returned`` when it says why it came back; ``reason`` only where the bank gave a return code.

    ``codes`` are its own transaction codes. ``sign`` is 0 where it has none of its own.
    """

    line: int
    amount: Amount
    sign: int
    reference: str
    item: str
    bank_ref: str
    returned: bool
    reason: str
    iso_reason: str
    information: str
    codes: tuple[tuple[str, str], ...]
    debtor: str = field(repr=False)
    debtor_last4: str
    debtor_bank: str
    creditor_account: str = field(repr=False)
    settled_on: date | None
    texts: tuple[str, ...] = field(repr=False)


def detail_of(element: Element, *, currency: str) -> Detail:
    """Return a TxDtls element's transaction."""
    references, parties = element.at("Refs") or element, element.at("RltdPties") or element
    amounts = [amount_of(found, currency=currency) for path in _AMOUNTS if (found := element.at(*path)) is not None]
    ours = [amount for amount in amounts if amount.currency == currency]
    back = element.at("RtrInf")
    prtry = back.said("Rsn", "Prtry") if back is not None else ""
    iso = back.said("Rsn", "Cd") if back is not None else ""
    said = [] if back is None else [text.text for text in back.all("AddtlInf")]
    information = " ".join([*([] if is_return_code(prtry) else [prtry]), *said]).strip()
    account = _party_account(parties.at("DbtrAcct"))
    item = references.first(("AcctSvcrRef",), ("TxId",), ("ClrSysRef",))
    return Detail(
        line=element.line,
        amount=(ours or amounts or [amount_of(None, currency=currency)])[0],
        sign=sign_of(element),
        reference=provided(references.said("EndToEndId")),
        item=provided(item),
        bank_ref=provided(references.said("AcctSvcrRef")),
        returned=back is not None,
        reason=prtry if is_return_code(prtry) else "",
        # An ISO reason has four characters; anything longer there is words, not a code.
        iso_reason=iso if len(iso) == _ISO_CODE else "",
        information=information if len(iso) <= _ISO_CODE else f"{iso} {information}".strip(),
        codes=codes_of(element.at("BkTxCd")),
        debtor=_name(parties.at("Dbtr")),
        debtor_last4=account[-_TAIL:],
        debtor_bank=_bank(element.at("RltdAgts", "DbtrAgt", "FinInstnId")),
        creditor_account=_party_account(parties.at("CdtrAcct")),
        settled_on=day_of(element.said("RltdDts", "IntrBkSttlmDt")),
        texts=_texts(element, references, information),
    )


def codes_of(element: Element | None) -> tuple[tuple[str, str], ...]:
    """Return the transaction codes as (code type, code), the bank's own first, since they say more."""
    if element is None:
        return ()
    found = []
    if own := element.said("Prtry", "Cd"):
        if issuer := element.said("Prtry", "Issr"):
            found.append((f"PRTRY:{issuer}", own))
        found.append(("PRTRY", own))
    parts = (element.said("Domn", "Cd"), element.said("Domn", "Fmly", "Cd"), element.said("Domn", "Fmly", "SubFmlyCd"))
    if any(parts):
        found.append(("ISO20022", "/".join(parts)))
    return tuple(found)


def _texts(element: Element, references: Element, information: str) -> tuple[str, ...]:
    found = [text.text for text in element.all("RmtInf", "Ustrd")]
    found += [text.text for text in element.all("RmtInf", "Strd", "CdtrRefInf", "Ref")]
    found += [element.said("AddtlTxInf"), information]
    found += [references.said(name) for name in ("MsgId", "PmtInfId", "InstrId", "EndToEndId", "TxId", "MndtId")]
    found += [text.text for text in references.all("Prtry", "Ref")]
    return tuple(filter(None, found))


def _name(party: Element | None) -> str:
    return party.first(("Nm",), ("Pty", "Nm"), ("Agt", "FinInstnId", "Nm")) if party is not None else ""


def _party_account(account: Element | None) -> str:
    return account.first(*(("Id", *path) for path in _PARTY_ACCOUNT)) if account is not None else ""


def _bank(institution: Element | None) -> str:
    if institution is None:
        return ""
    member = institution.said("ClrSysMmbId", "MmbId")
    return member if member.isascii() and member.isdigit() and len(member) in _RDFI_DIGITS else ""
