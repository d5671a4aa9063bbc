"""Reading MT940 and MT942: one report a statement, its pages joined; several messages a file, with or without blocks.

An MT940 is final, what an MT942 says is provisional. Lines of amount zero carry balances or words and move no money.
"""

import re
from collections.abc import Sequence
from datetime import date

from ingather.base.money import format_minor
from ingather.base.problems import Severity
from ingather.reports.findings import Findings, masked
from ingather.reports.items import Carrier, ControlTotals, Report
from ingather.reports.lines import text_lines
from ingather.reports.mining import Miner
from ingather.reports.profile import ReportProfile
from ingather.reports.swift.messages import Field, Message, messages_of, unwrapped
from ingather.reports.swift.statement import Statement, read_line, tell
from ingather.reports.swift.statement_lines import Stated, balance, entry_sum, floor, instant

_OF_INTERIM = frozenset({"13D", "34F", "90C", "90D"})
_OPENING = frozenset({"60F", "60M"})
_CLOSING = frozenset({"62F", "62M"})
_KINDS = {"60F": "OPENING", "62F": "CLOSING", "64": "AVAILABLE", "65": "AVAILABLE"}
_CURRENCY = re.compile(r"[A-Z]{3}")
_NUMBER = re.compile(r"(?P<number>[0-9]{1,18})(?:/(?P<page>[0-9]{1,5}))?")


def read_swift(data: bytes, profile: ReportProfile, *, near: date) -> tuple[Report, ...]:
    """Return a report for each statement of a file, in order; content never raises.

    ``near`` is a day close to the file's, for entry dates of a statement whose own days cannot be read.
    """
    findings = Findings()
    lines = text_lines(data, findings)
    messages = messages_of(lines, findings)
    if not messages:
        findings.add("record-missing", "The file holds no SWIFT statement.")
        return (Report(carrier=profile.carrier, profile=profile.name, lines=len(lines), problems=findings.all()),)
    statements: list[Statement] = []
    for message in messages:
        page = _page_of(message, profile, near)
        before = statements[-1] if statements else None
        if before is not None and _goes_on(before, page, message):
            _follow(before, message)
        else:
            statements.append(page)
            _follow(page, message)
    return tuple(_report(statement, findings, len(lines)) for statement in statements)


def _page_of(message: Message, profile: ReportProfile, near: date) -> Statement:
    """Return an empty statement with what a message's first fields say of it."""
    tags = {each.tag for each in message.fields}
    interim = message.type == "942" or (not tags & (_OPENING | _CLOSING) and bool(tags & _OF_INTERIM))
    told = {each.tag: each for each in reversed(message.fields)}
    number = told.get("28C") or told.get("28")
    found = _NUMBER.fullmatch(number.text.strip()) if number is not None else None
    bank, account = _account(told.get("25") or told.get("25P"))
    opening = next((balance(told[tag].text, currency="") for tag in ("60F", "60M") if tag in told), None)
    stated = [opening, *(floor(told[tag].text) for tag in ("34F",) if tag in told)]
    stated += [entry_sum(told[tag].text) for tag in ("90C", "90D") if tag in told]
    return Statement(
        profile=profile,
        carrier=Carrier.MT942 if interim else Carrier.MT940,
        findings=Findings(),
        miner=Miner(profile),
        near=opening.on if opening is not None and opening.on is not None else near,
        sender=message.sender or bank,
        reference=told["20"].text.strip() if "20" in told else "",
        account=account,
        number=int(found["number"]) if found is not None else 0,
        page=int(found["page"] or 0) if found is not None else 0,
        currency=next((each.currency for each in stated if each is not None and each.currency), ""),
    )


def _account(told: Field | None) -> tuple[str, str]:
    """Return (bank, account): field 25 holds the account alone, or after the bank, and the currency may follow."""
    parts = [part.strip() for part in told.text.strip().split("/")] if told is not None else []
    if len(parts) > 1 and _CURRENCY.fullmatch(parts[-1]) is not None:
        parts.pop()
    if len(parts) > 1 and parts[0] and parts[1]:
        return parts[0], parts[1]
    return "", "/".join(parts)


def _goes_on(before: Statement, page: Statement, message: Message) -> bool:
    """Return whether a message is the next page of the statement before it."""
    return (
        before.closed == "62M"
        and any(each.tag == "60M" for each in message.fields)
        and (before.account, before.number) == (page.account, page.number)
    )


def _follow(statement: Statement, message: Message) -> None:
    """Read a message's fields into its statement."""
    start, booked = statement.closing, statement.booked_minor
    fields = message.fields
    for index, told in enumerate(fields):
        tag = told.tag
        if tag == "61":
            read_line(statement, told, _details(fields, index))
        elif tag in _OPENING | _CLOSING or tag in _KINDS:
            _balance(statement, told, start if tag == "60M" else None)
        elif tag in {"90C", "90D"}:
            _sum(statement, told)
        elif tag == "34F":
            _floor(statement, told)
        elif tag in {"13", "13D"}:
            statement.as_of = instant(told.text)
            if statement.as_of is None:
                tell(statement, "date-unreadable", f"Line {told.line}: field {tag} is no time with an offset.", told)
    _tie(statement, message, statement.booked_minor - booked)


def _details(fields: Sequence[Field], index: int) -> list[str]:
    """Return the texts of the fields 86 that follow a line directly."""
    found = []
    for place in range(index + 1, len(fields)):
        told = fields[place]
        if told.tag not in {"86", "NS"}:
            break
        if told.tag == "86":
            found.append(unwrapped(told.lines))
    return found


def _balance(statement: Statement, told: Field, before: Stated | None) -> None:
    found = balance(told.text, currency=statement.currency)
    if found is None:
        tell(statement, "balance-unreadable", f"Line {told.line}: field {told.tag} is no balance that is read.", told)
        return
    if found.on is None:
        tell(statement, "date-unreadable", f"Line {told.line}: field {told.tag} names a day there is not.", told)
    statement.currency = statement.currency or found.currency
    if found.currency != statement.currency:
        message = f"Line {told.line}: the balance is in {found.currency}, the account in {statement.currency}."
        tell(statement, "currency-differs", message, told)
        return
    if told.tag in _OPENING:
        statement.opening, statement.opened = found, statement.opened or told.tag
        if before is not None and before.amount_minor != found.amount_minor:
            statement.checks.append(False)
            message = f"Line {told.line}: the page opens with another balance than the one before it closed with."
            tell(statement, "control-total", message, told)
    elif told.tag in _CLOSING:
        statement.closing, statement.closed = found, told.tag
    if told.tag in _KINDS:
        statement.balances.add(
            line=told.line, kind=_KINDS[told.tag], amount_minor=found.amount_minor, as_of_on=found.on
        )


def _tie(statement: Statement, message: Message, booked_minor: int) -> None:
    """Check that a page's lines make the difference of its balances."""
    tags = {each.tag for each in message.fields}
    if not (tags & _OPENING and tags & _CLOSING) or statement.opening is None or statement.closing is None:
        return
    difference = statement.closing.amount_minor - statement.opening.amount_minor
    statement.checks.append(difference == booked_minor)
    if difference != booked_minor:
        text = f"The lines sum to {format_minor(booked_minor)}, the balances differ by {format_minor(difference)}."
        statement.findings.add("control-total", text, line=message.line, name="62")


def _sum(statement: Statement, told: Field) -> None:
    found, side = entry_sum(told.text), statement.credits if told.tag == "90C" else statement.debits
    if found is None:
        tell(statement, "field-unreadable", f"Line {told.line}: field {told.tag} is no count and sum.", told)
        return
    ties = (found.count, found.amount_minor) == (len(side), sum(map(abs, side)))
    statement.checks.append(ties)
    if not ties:
        message = (
            f"Field {told.tag} says {found.count} entries of {format_minor(found.amount_minor)}, "
            f"the lines give {len(side)} of {format_minor(sum(map(abs, side)))}."
        )
        tell(statement, "control-total", message, told)


def _floor(statement: Statement, told: Field) -> None:
    found = floor(told.text)
    if found is None:
        tell(statement, "field-unreadable", f"Line {told.line}: field 34F is no floor.", told)
    elif found.amount_minor:
        message = f"Entries below {format_minor(found.amount_minor)} {found.currency} are not in this report."
        statement.findings.add("floor-limit", message, line=told.line, name="34F", severity=Severity.WARNING)


def _report(statement: Statement, common: Findings, lines: int) -> Report:
    _judge(statement)
    business_date = statement.as_of.date() if statement.as_of is not None else None
    for stated in (statement.closing, statement.opening):
        if statement.final and stated is not None and stated.on is not None:
            business_date = stated.on
            break
    numbered = f"{statement.number}/{statement.page}" if statement.page else str(statement.number)
    return Report(
        carrier=statement.carrier,
        profile=statement.profile.name,
        bank=statement.sender,
        account=statement.account,
        currency=statement.currency,
        kind="EOD" if statement.final else "INTRADAY",
        mode=statement.profile.semantics.mode,
        as_of=statement.as_of,
        sequence=_sequence(statement),
        business_date=business_date or statement.last_on,
        report_id=numbered if statement.number else statement.reference,
        lines=lines,
        returns=statement.returns.items(),
        adjustments=statement.adjustments.items(),
        postings=statement.postings.items(),
        receipts=statement.receipts.items(),
        balances=statement.balances.items(),
        problems=(*common.all(), *statement.findings.all()),
        control_totals=_totals(statement),
    )


def _sequence(statement: Statement) -> int | None:
    """Return what tells a statement from the one before: its number, or an interim one's page where the bank counts."""
    by_page = not statement.final and statement.profile.semantics.interim_number == "page"
    return (statement.page if by_page and statement.page else statement.number) or None


def _totals(statement: Statement) -> ControlTotals:
    if not statement.checks:
        return ControlTotals.NONE
    return ControlTotals.TIE if all(statement.checks) else ControlTotals.DIFFER


def _judge(statement: Statement) -> None:
    """Tell what is wrong with a statement as a whole."""
    findings = statement.findings
    if not statement.account:
        findings.add("account-missing", "The statement does not say which account it is of.", name="25")
    if statement.final and (not statement.opened or not statement.closed):
        findings.add("record-missing", "The statement lacks its opening or its closing balance.", name="60")
    elif statement.opened == "60M" or statement.closed == "62M":
        findings.add("statement-pages", "Pages of this statement are missing from the file.", name="60")
    if statement.zeros:
        message = f"{statement.zeros} lines of amount zero carry words or balances and were not read as money."
        findings.add("zero-amount", message, line=statement.zero_line, name="61", severity=Severity.WARNING)
    for name, (line, count) in statement.unknown.items():
        often = "one line has" if count == 1 else f"{count} lines have"
        message = f"Nobody says what the code {masked(name)} means; {often} it, the first on line {line}."
        findings.add("code-unknown", message, line=line, name="61", severity=Severity.WARNING)
