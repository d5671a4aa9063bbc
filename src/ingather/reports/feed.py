"""What makes two arrivals the same report: its identity never depends on its bytes.

Its bytes decide whether the same identity means "again" or "another", which waits for a person.
"""

from ingather.reports.items import Report

Identity = tuple[str, str, str, str, str]


def identity_of(report: Report) -> Identity:
    """Return what makes two arrivals the same report: carrier family, bank, account, date and id or sequence.

    The date is part of it: some banks use report ids again in another year. A tuple, so that parts never run together.
    """
    family = str(report.carrier).partition("-")[0]
    number = report.report_id or str(report.sequence)
    day = report.business_date.isoformat() if report.business_date else ""
    return (family, report.bank, report.account, day, number)
