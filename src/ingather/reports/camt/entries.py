"""The entries of one account's statement: a posting each, and what their transactions say came back or was refused."""

from dataclasses import dataclass, field
from datetime import date

from ingather.base.problems import Severity
from ingather.reports.camt.details import Detail, codes_of, detail_of
from ingather.reports.camt.markup import Element
from ingather.reports.camt.values import amount_of, day_of, number_of, provided, sign_of
from ingather.reports.charges import ANALYSIS, RETURN_FEE, charge_kind
from ingather.reports.findings import Findings
from ingather.reports.item_rows import Rows
from ingather.reports.items import Adjustments, EntryAnswers, PostingEvent, Postings, Receipts, Returns
from ingather.reports.mining import Miner, says_dispute
from ingather.reports.profile import ReportProfile

BOOKED = "BOOK"

_PROVISIONAL = frozenset({"PDNG", "INFO", "FUTR"})
_BACK = frozenset({PostingEvent.RETURN, PostingEvent.CREDIT_RETURN})
# What came back inside such an entry has an entry of another kind around it: it is still told of.
# A fee taken back is a fee of the other sign, and a return or a reject is one whatever it reverses.
_CAN_BE_TAKEN_BACK = frozenset({PostingEvent.SETTLEMENT, PostingEvent.RECEIPT, PostingEvent.OTHER})
_MAY_HOLD_RETURNS = _BACK | {PostingEvent.SETTLEMENT, PostingEvent.UNKNOWN}
_DIRECT_DEBITS = ("/IDDT/", "/RDDT/")
_MOST_TEXT = 1_000


@dataclass(slots=True, kw_only=True)  # mutable -- its rows grow while the statement is read
class Entries:
    """What has been read of one statement's entries so far; ``currency`` is the account's, once anything names it.

    The sums are of what was read: ``booked_minor`` of booked entries, those of credits and debits of all.
    """

    profile: ReportProfile
    findings: Findings
    final: bool
    currency: str = ""
    miner: Miner
    postings: Rows[Postings] = field(default_factory=lambda: Rows(Postings))
    returns: Rows[Returns] = field(default_factory=lambda: Rows(Returns))
    answers: Rows[EntryAnswers] = field(default_factory=lambda: Rows(EntryAnswers))
    adjustments: Rows[Adjustments] = field(default_factory=lambda: Rows(Adjustments))
    receipts: Rows[Receipts] = field(default_factory=lambda: Rows(Receipts))
    details: list[Detail] = field(default_factory=list)
    unknown: dict[str, tuple[int, int]] = field(default_factory=dict)
    booked_minor: int = 0
    credit_count: int = 0
    credit_minor: int = 0
    debit_count: int = 0
    debit_minor: int = 0
    last_on: date | None = None
    batches_differ: bool = False

    def add_detail(self, element: Element) -> None:
        """Keep a transaction until the entry that it is part of ends."""
        self.details.append(detail_of(element, currency=self.currency or _currency_of(element)))

    def add(self, element: Element) -> None:
        """Add an entry with the transactions kept for it; what cannot be read of it is a problem, never an error."""
        details, self.details = self.details, []
        amount, sign = amount_of(element.at("Amt"), currency=self.currency), sign_of(element)
        self.currency = self.currency or amount.currency
        line = element.line
        if amount.minor is None:
            self._problem(
                "amount-unreadable", f"Line {line}: the entry's amount is no plain amount; it was not read.", line
            )
            return
        if not sign:
            self._problem("sign-missing", f"Line {line}: the entry is neither CRDT nor DBIT; it was not read.", line)
            return
        if amount.currency != self.currency:
            message = (
                f"Line {line}: the entry is in {amount.currency}, the account in {self.currency}; it was not read."
            )
            self._problem("currency-differs", message, line)
            return
        self._keep(_Entry.of(element, details, cents=sign * amount.minor, entries=self))

    def _keep(self, entry: "_Entry") -> None:
        signed, first = entry.cents, entry.details[0] if entry.details else None
        single = first if len(entry.details) == 1 else None
        texts = entry.texts if single is None else (*entry.texts, *single.texts)
        mined = self.miner
        self._count(entry)
        self.postings.add(
            line=entry.line,
            code_type=entry.code_type,
            code=entry.code,
            amount_minor=signed,
            value_on=entry.value_on,
            bank_ref=entry.bank_ref or (single.bank_ref if single is not None else ""),
            customer_ref=entry.batch_refs[0] if entry.batch_refs else (single.reference if single is not None else ""),
            text=" ".join(texts)[:_MOST_TEXT],
            event=entry.event,
            reference=mined.reference(*texts) or (single.reference if single is not None else ""),
            trace=mined.trace(*texts),
            origination_file=mined.origination_file(*texts),
            batch_number=mined.batch_number(*texts),
            company_identification=mined.text("company_identification", *texts),
            reason=mined.reason(*texts) or (single.reason if single is not None else ""),
            items=mined.items(*texts) or entry.count or len(entry.details),
            provisional=entry.provisional,
        )
        for detail in entry.details:
            if entry.event is PostingEvent.REJECTION:
                self._refuse(entry, detail)
            elif entry.event in _BACK or (detail.returned and entry.event in _MAY_HOLD_RETURNS):
                self._take_back(entry, detail)
        self._receive(entry, texts, single)
        self._charge(entry, texts)

    def _count(self, entry: "_Entry") -> None:
        if entry.cents > 0:
            self.credit_count += 1
            self.credit_minor += entry.cents
        else:
            self.debit_count += 1
            self.debit_minor -= entry.cents
        if entry.booked:
            self.booked_minor += entry.cents
        if entry.booked_on is not None and (self.last_on is None or entry.booked_on > self.last_on):
            self.last_on = entry.booked_on

    def _amount_of(self, entry: "_Entry", detail: Detail) -> int | None:
        """Return what one transaction moved: its own amount in our currency, else the entry's where it is alone."""
        if detail.amount.minor is not None and detail.amount.currency == self.currency:
            return detail.amount.minor
        if len(entry.details) == 1:
            return abs(entry.cents)
        message = f"Line {detail.line}: what came back has no readable amount in {self.currency}; it was not read."
        self._problem("amount-unreadable", message, detail.line)
        return None

    def _take_back(self, entry: "_Entry", detail: Detail) -> None:
        cents = self._amount_of(entry, detail)
        if cents is None:
            return
        texts, mined = (*detail.texts, *entry.texts), self.miner
        reason = detail.reason or mined.reason(*texts)
        if says_dispute(reason):
            return
        self.returns.add(
            line=detail.line,
            klass="RETURN",
            reason=reason,
            iso_reason=detail.iso_reason,
            original_trace=mined.trace(*texts),
            amount_cents=cents,
            identification=mined.reference(*texts) or detail.reference,
            name=detail.debtor,
            account_last4=detail.debtor_last4,
            rdfi=detail.debtor_bank,
            company_identification=mined.text("company_identification", *texts),
            batch_number=mined.batch_number(*texts),
            return_settled_on=detail.settled_on or entry.booked_on or entry.value_on,
            information=detail.information,
            posting_ref=entry.bank_ref,
            bank_item=mined.text("bank_item", *texts) or detail.item,
        )

    def _refuse(self, entry: "_Entry", detail: Detail) -> None:
        cents = self._amount_of(entry, detail)
        if cents is None:
            return
        texts = (*detail.texts, *entry.texts)
        self.answers.add(
            line=detail.line,
            batch_number=self.miner.batch_number(*texts),
            trace=self.miner.trace(*texts),
            status="REJECTED",
            amount_cents=cents,
            reason=detail.reason or self.miner.reason(*texts),
            identification=self.miner.reference(*texts) or detail.reference,
            iso_reason=detail.iso_reason,
        )

    def _receive(self, entry: "_Entry", texts: tuple[str, ...], single: Detail | None) -> None:
        """Tell of a receipt where the profile says how its virtual account is found."""
        if single is None or entry.event is not PostingEvent.RECEIPT:
            return
        account = self.miner.text("virtual_account", *texts, single.creditor_account)
        if account:
            self.receipts.add(
                line=entry.line,
                virtual_account=account,
                payer_name=single.debtor,
                payer_account_last4=single.debtor_last4,
                payer_bank=single.debtor_bank,
                amount_minor=entry.cents,
                currency=self.currency,
                bank_ref=entry.bank_ref,
                remittance=" ".join(single.texts)[:_MOST_TEXT],
                value_on=entry.value_on,
                provisional=entry.provisional,
            )

    def _charge(self, entry: "_Entry", texts: tuple[str, ...]) -> None:
        """Tell of a fee: an entry that is one, or charges inside a booked entry. What is provisional is told later."""
        if entry.provisional:
            return
        if entry.event is PostingEvent.FEE:
            amount = entry.cents
            kind = charge_kind(self.profile.codes, entry.code_type, entry.code, " ".join(texts))
        elif entry.charged:
            amount, kind = -entry.charged, RETURN_FEE if entry.event in _BACK else ANALYSIS
        else:
            return
        self.adjustments.add(
            line=entry.line,
            kind=kind,
            amount_minor=amount,
            bank_ref=entry.bank_ref,
            related_ref=entry.batch_refs[0] if entry.batch_refs else "",
            text=" ".join(texts)[:_MOST_TEXT],
        )

    def _problem(self, check: str, message: str, line: int) -> None:
        self.findings.add(check, message, line=line)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One entry: ``cents`` signed, ``charged`` what of it are charges, ``count`` what its batches say they hold."""

    line: int
    cents: int
    details: list[Detail]
    code_type: str
    code: str
    event: PostingEvent
    booked: bool
    provisional: bool
    booked_on: date | None
    value_on: date | None
    bank_ref: str
    batch_refs: tuple[str, ...]
    count: int
    charged: int
    texts: tuple[str, ...]

    @classmethod
    def of(cls, element: Element, details: list[Detail], *, cents: int, entries: Entries) -> "_Entry":
        findings, line = entries.findings, element.line
        status = element.first(("Sts", "Cd"), ("Sts", "Prtry"), ("Sts",))
        if status != BOOKED and status not in _PROVISIONAL:
            message = f"Line {line}: the entry's status is none of {BOOKED}, {', '.join(sorted(_PROVISIONAL))}; "
            message += "it counts as provisional."
            findings.add("status-unknown", message, line=line, severity=Severity.WARNING)
        booked_on, value_on = (_day(element, name, findings) for name in ("BookgDt", "ValDt"))
        batch_refs, count = _batches(element, details, entries)
        own = element.said("AddtlNtryInf")
        code_type, code, event = _event(element, details, cents=cents, texts=(own,), entries=entries)
        return cls(
            line=line,
            cents=cents,
            details=details,
            code_type=code_type,
            code=code,
            event=event,
            booked=status == BOOKED,
            provisional=status != BOOKED or not entries.final,
            booked_on=booked_on or value_on,
            value_on=value_on or booked_on,
            bank_ref=provided(element.said("AcctSvcrRef")),
            batch_refs=batch_refs,
            count=count,
            charged=_charges(element, entries.currency),
            texts=tuple(filter(None, (own, *batch_refs))),
        )


def _day(element: Element, name: str, findings: Findings) -> date | None:
    text = element.first((name, "Dt"), (name, "DtTm"))
    found = day_of(text)
    if found is None and text:
        message = f"Line {element.line}: {name} is no day there is."
        findings.add("date-unreadable", message, line=element.line, name=name)
    return found


def _batches(element: Element, details: list[Detail], entries: Entries) -> tuple[tuple[str, ...], int]:
    """Return the references and the number of transactions of an entry's batches, checked against the details."""
    references: list[str] = []
    count, sums = 0, []
    for batch in element.all("NtryDtls", "Btch"):
        references += filter(None, map(provided, (batch.said("PmtInfId"), batch.said("MsgId"))))
        count += number_of(batch.said("NbOfTxs")) or 0
        if (total := batch.at("TtlAmt")) is not None:
            sums.append(amount_of(total, currency=entries.currency))
    if not details:
        return tuple(references), count
    wrong = bool(count) and count != len(details)
    currencies = {amount.currency for amount in (*sums, *(detail.amount for detail in details))}
    if sums and len(currencies) == 1:
        wrong = wrong or sum(each.minor or 0 for each in sums) != sum(each.amount.minor or 0 for each in details)
    if wrong:
        entries.batches_differ = True
        message = (
            f"Line {element.line}: the entry's batch says {count} transactions or another sum than its details give."
        )
        entries.findings.add("control-total", message, line=element.line, name="Btch")
    return tuple(references), count


def _event(
    element: Element, details: list[Detail], *, cents: int, texts: tuple[str, ...], entries: Entries
) -> tuple[str, str, PostingEvent]:
    """Return the code that says what an entry is, and what: the bank's own code first, then that of ISO 20022.

    A code that nobody knows is told; what then still shows a return is a reason for it, or a reversed direct debit.
    """
    codes = codes_of(element.at("BkTxCd")) or (details[0].codes if details else ())
    reversing = element.said("RvslInd") in {"true", "1"}
    told = " ".join((*texts, *(details[0].texts if len(details) == 1 else ())))
    for code_type, code in codes:
        event = entries.profile.codes.event(code_type, code, amount_minor=cents, text=told)
        if event is not PostingEvent.UNKNOWN:
            taken_back = reversing and event in _CAN_BE_TAKEN_BACK and not any(detail.returned for detail in details)
            return code_type, code, PostingEvent.REVERSAL if taken_back else event
    code_type, code = codes[-1] if codes else ("", "")
    name = f"{code_type} {code}".strip()
    line, count = entries.unknown.get(name, (element.line, 0))
    entries.unknown[name] = (line, count + 1)
    back = PostingEvent.RETURN if cents < 0 else PostingEvent.CREDIT_RETURN
    if details and all(detail.returned for detail in details):
        return code_type, code, back
    reversed_debit = reversing and any(part in code for part in _DIRECT_DEBITS)
    return code_type, code, back if reversed_debit and cents < 0 else PostingEvent.UNKNOWN


def _charges(element: Element, currency: str) -> int:
    """Return the charges that an entry's amount contains, in minor units; 0 for none or where it does not say so."""
    total = 0
    for record in (*element.all("Chrgs", "Rcrd"), *element.all("Chrgs")):
        if record.said("ChrgInclInd") in {"true", "1"}:
            amount = amount_of(record.at("Amt"), currency=currency)
            if amount.minor is not None and amount.currency == currency:
                total += amount.minor if sign_of(record) <= 0 else -amount.minor
    return total


def _currency_of(element: Element) -> str:
    found = element.at("Amt")
    return found.currency if found is not None else ""
