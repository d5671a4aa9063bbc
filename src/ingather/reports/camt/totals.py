"""Whether a statement ties: its own counts and sums, and its balances, against the entries that were read."""

from datetime import date

from ingather.base.money import format_minor
from ingather.reports.camt.entries import Entries
from ingather.reports.camt.markup import Element
from ingather.reports.camt.values import amount_of, day_of, number_of, sign_of
from ingather.reports.findings import Findings
from ingather.reports.item_rows import Rows
from ingather.reports.items import Balances, ControlTotals

_OPENING = ("OPBD", "PRCD")
_CLOSING = "CLBD"
_INTERIM = "ITBD"
_AVAILABLE = frozenset({"CLAV", "ITAV", "FWAV", "OPAV"})


def balances_of(container: Element, entries: Entries) -> tuple[Balances, int | None, int | None]:
    """Return a statement's balances, and the booked ones it opens and closes with.

    The previous day's closing balance opens where no opening one is given. A balance in another currency than the
    account's, or without a readable amount, is a problem and is left out.
    """
    rows = Rows(Balances)
    found: dict[str, int] = {}
    for element in container.all("Bal"):
        code = element.first(("Tp", "CdOrPrtry", "Cd"), ("Tp", "CdOrPrtry", "Prtry"))
        amount, sign = amount_of(element.at("Amt"), currency=entries.currency), sign_of(element)
        entries.currency = entries.currency or amount.currency
        if amount.minor is None or not sign:
            message = f"Line {element.line}: the balance {code} has no readable amount and sign."
            entries.findings.add("balance-unreadable", message, line=element.line, name="Bal")
            continue
        if amount.currency != entries.currency:
            message = (
                f"Line {element.line}: the balance {code} is in {amount.currency}, the account in {entries.currency}."
            )
            entries.findings.add("currency-differs", message, line=element.line, name="Bal")
            continue
        found.setdefault(code, sign * amount.minor)
        if kind := _kind_of(code, found, final=entries.final):
            rows.add(line=element.line, kind=kind, amount_minor=sign * amount.minor, as_of_on=_day_of(element))
    opening = next((found[code] for code in _OPENING if code in found), None)
    return rows.items(), opening, found.get(_CLOSING)


def closing_day(container: Element) -> Element | None:
    """Return the closing balance's element, whose day is the statement's."""
    return next((each for each in container.all("Bal") if each.said("Tp", "CdOrPrtry", "Cd") == _CLOSING), None)


def compare(container: Element, entries: Entries, *, opening: int | None, closing: int | None) -> ControlTotals:
    """Return whether the statement's own totals tie; each that does not is a problem.

    Its summary counts all entries. A final statement's balances differ by exactly its booked entries.
    """
    results = [not entries.batches_differ] if entries.batches_differ else []
    summary = container.at("TxsSummry")
    if summary is not None:
        results += _summary(summary, entries)
    if entries.final and opening is not None and closing is not None:
        results.append(opening + entries.booked_minor == closing)
        if not results[-1]:
            message = (
                f"The booked entries sum to {format_minor(entries.booked_minor)}, the balances differ by "
                f"{format_minor(closing - opening)}."
            )
            entries.findings.add("control-total", message, line=container.line, name="Bal")
    if not results:
        return ControlTotals.NONE
    return ControlTotals.TIE if all(results) else ControlTotals.DIFFER


def _summary(summary: Element, entries: Entries) -> list[bool]:
    count = entries.credit_count + entries.debit_count
    read = {
        "TtlNtries": (count, entries.credit_minor + entries.debit_minor),
        "TtlCdtNtries": (entries.credit_count, entries.credit_minor),
        "TtlDbtNtries": (entries.debit_count, entries.debit_minor),
    }
    results = []
    for name, (entries_read, sum_read) in read.items():
        if (said := summary.at(name)) is None:
            continue
        if text := said.said("NbOfNtries"):
            results.append(_ties(number_of(text), entries_read, said, f"{name}/NbOfNtries", entries.findings))
        if (total := said.at("Sum")) is not None:
            minor = amount_of(total, currency=entries.currency).minor
            results.append(_ties(minor, sum_read, said, f"{name}/Sum", entries.findings))
        net = said.at("TtlNetNtry") or said
        if (amount := net.first_element("Amt", "TtlNetNtryAmt")) is not None:
            minor = amount_of(amount, currency=entries.currency).minor
            signed = None if minor is None else minor * (sign_of(net) or 1)
            results.append(
                _ties(signed, entries.credit_minor - entries.debit_minor, said, f"{name}/TtlNetNtry", entries.findings)
            )
    return results


def _ties(said: int | None, read: int, element: Element, name: str, findings: Findings) -> bool:
    if said == read:
        return True
    message = f"The statement says {'nothing readable' if said is None else said} for {name}, its entries give {read}."
    findings.add("control-total", message, line=element.line, name=name)
    return False


def _kind_of(code: str, found: dict[str, int], *, final: bool) -> str:
    if code == "OPBD" or (code == "PRCD" and "OPBD" not in found):
        return "OPENING"
    if code == _CLOSING or (code == _INTERIM and not final):
        return "CLOSING"
    return "AVAILABLE" if code in _AVAILABLE else ""


def _day_of(element: Element) -> date | None:
    return day_of(element.first(("Dt", "Dt"), ("Dt", "DtTm")))
