"""The account's statement as BAI2, after the specification of 10/2005: one group of one account, final for its day."""

from ingather.base.dates import format_yymmdd
from ingather.simulator.statement_rows import DayStatement

_UPDATE = "1"
_CORRECTION = "3"
_FINAL = "2"
_END_OF_DAY = "2400"


def write_bai2(statement: DayStatement) -> bytes:
    """Return one file: header, group, account with both balances, a detail a posting, and the trailers that tie."""
    day = format_yymmdd(statement.day)
    made = f"{statement.as_of:%y%m%d},{statement.as_of:%H%M}"
    status = _CORRECTION if statement.corrects else _UPDATE
    account = f"03,{statement.account},USD,010,{statement.opening_cents},,,015,{statement.closing_cents},,/"
    details = [
        f"16,{row.code},{abs(row.cents)},0,{row.bank_ref},{row.customer_ref},{_text(row.text)}"
        for row in statement.rows
    ]
    total = statement.opening_cents + statement.closing_cents + sum(abs(row.cents) for row in statement.rows)
    lines = [
        f"01,{statement.bank},{statement.customer},{made},{statement.sequence},,,2/",
        f"02,{statement.customer},{statement.bank},{status},{day},{_END_OF_DAY},USD,{_FINAL}/",
        account,
        *details,
        f"49,{total},{len(details) + 2}/",
        f"98,{total},1,{len(details) + 4}/",
        f"99,{total},1,{len(details) + 6}/",
    ]
    return "".join(f"{line}\n" for line in lines).encode("ascii", "replace")


def _text(text: str) -> str:
    """Return a text as the last field of a detail: it may hold commas and slashes, but not begin with a slash."""
    return text.lstrip("/") or "/"
