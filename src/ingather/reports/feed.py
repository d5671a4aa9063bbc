"""What makes two arrivals the same report: its identity never depends on its bytes.

Its bytes decide whether the same identity means "again" or "another", which waits for a person.
"""

from ingather.reports.items import Carrier, Report

_FAMILIES = {
    Carrier.STR_DELIMITED: "str",
    Carrier.STR_FIXED: "str",
    Carrier.CAMT_052: Carrier.CAMT_053.value,
    Carrier.MT942: Carrier.MT940.value,
}
_SERIES = {Carrier.STR_DELIMITED: "str", Carrier.STR_FIXED: "str"}

Identity = tuple[str, str, str, str, str]


def identity_of(report: Report) -> Identity:
    """Return what makes two arrivals the same report: carrier family, bank, account, date and id or sequence.

    The date is part of it: some banks use report ids again in another year. A tuple, so that parts never run together.
    """
    family = str(report.carrier).partition("-")[0]
    number = report.report_id or str(report.sequence)
    day = report.business_date.isoformat() if report.business_date else ""
    return (family, report.bank, report.account, day, number)


def family_of(carrier: Carrier) -> str:
    """Return what a carrier's postings are counted with: reports of the day and those that confirm them are one family.

    The words are those of a bank profile's ``statement``.
    """
    return _FAMILIES.get(carrier, carrier.value)


def series_of(carrier: Carrier) -> str:
    """Return what a carrier's reports are numbered with: both widths of STR together, every other by itself."""
    return _SERIES.get(carrier, carrier.value)
