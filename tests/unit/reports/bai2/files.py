"""A small writer of BAI2 for tests, after the specification and sharing nothing with the reader."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A detail: its code, amount, funds fields, references, and its text in one or several records."""

    code: str = "165"
    amount: int | None = 100
    funds: tuple[str, ...] = ("Z",)
    bank_ref: str = ""
    customer_ref: str = ""
    texts: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """An account: its number, its status and summary groups, and its details."""

    number: str = "12345"
    currency: str = ""
    groups: tuple[tuple[str, int], ...] = ()
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A group: the accounts of a day."""

    on: str = "261119"
    at: str = "2400"
    status: str = "1"
    modifier: str = "2"
    currency: str = "USD"
    books: tuple[Book, ...] = field(default_factory=lambda: (Book(),))


def written(*days: Day, end: str = "\n", name: str = "7") -> bytes:
    """Return a file of groups whose totals and counts are right."""
    lines = [f"01,BANK,US,261120,0600,{name},,,2/"]
    grand = 0
    for day in days:
        lines.append(f"02,US,BANK,{day.status},{day.on},{day.at},{day.currency},{day.modifier}/")
        above, whole = len(lines) - 1, 0
        for book in day.books:
            start = len(lines)
            groups = "".join(f",{code},{amount},," for code, amount in book.groups)
            lines.append(f"03,{book.number},{book.currency}{groups or ','}/")
            total = sum(amount for _, amount in book.groups)
            for item in book.items:
                amount = "" if item.amount is None else str(item.amount)
                total += item.amount or 0
                fields = ["16", item.code, amount, *item.funds, item.bank_ref, item.customer_ref, item.texts[0]]
                lines.append(f"{','.join(fields)}/")
                lines += [f"88,{text}/" for text in item.texts[1:]]
            lines.append(f"49,{total},{len(lines) - start + 1}/")
            whole += total
        lines.append(f"98,{whole},{len(day.books)},{len(lines) - above + 1}/")
        grand += whole
    lines.append(f"99,{grand},{len(days)},{len(lines) + 1}/")
    return end.join(lines).encode() + end.encode()
