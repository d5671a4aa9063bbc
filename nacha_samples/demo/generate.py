"""Write the demo's CSV files: a marketplace's November 2026, invented from a fixed seed.

Run it at the project's root as ``python -m nacha_samples.demo.generate [FOLDER]``; without a folder it writes beside
itself.
"""

import csv
import random
import sys
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from nacha_samples.demo import names

HERE = Path(__file__).parent
SEED = 20261116
FIRST_DUE = date(2026, 11, 16)
LAST_DUE = date(2026, 11, 25)
ORDERS = 404
IN_TWO = 44
CONSUMERS = 116
ZONE = ZoneInfo("America/New_York")

VALIDATION = {
    "external": (timedelta(minutes=4), 0),
    "earlier_debit": (timedelta(days=-20), 0),
    "micro_entries": (timedelta(days=2), 7),
    "prenote": (timedelta(days=5), 10),
}
"""When an account was shown to be open, from the authorization on, and the days that takes before the first debit."""

CONSUMER_STATES = ("terms", "kind", "amount", "timing", "receiver", "account", "date", "revocation")
"""What every text says, by the words of the table of contents; that of a business says one thing more."""

Row = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """A merchant: what it sells, between which amounts (cents), and how its buyers authorize."""

    id: str
    name: str
    company_name: str
    company_id: str
    entry_description: str
    least_cents: int
    most_cents: int
    goods: bool
    channels: tuple[str, ...]


MERCHANTS = (
    Merchant(
        id="harbor", name="Harbor Goods Trading Company", company_name="HARBOR GOODS", company_id="1845550101",
        entry_description="HOMEGOODS", least_cents=1_499, most_cents=62_000, goods=True,
        channels=("online", "online", "online", "online", "phone"),
    ),
    Merchant(
        id="summit", name="Summit Supply Cooperative", company_name="SUMMIT SUPPLY", company_id="1845550102",
        entry_description="SUPPLIES", least_cents=12_500, most_cents=984_000, goods=False,
        channels=("online", "paper", "phone"),
    ),
    Merchant(
        id="lantern", name="Lantern Books & Records", company_name="LANTERN BOOKS", company_id="1845550103",
        entry_description="BOOKS", least_cents=899, most_cents=18_900, goods=True,
        channels=("online", "online", "paper", "phone"),
    ),
)  # fmt: skip


def amount(cents: int) -> str:
    """Return an amount in cents as the CSV files write it."""
    return f"{cents // 100}.{cents % 100:02d}"


def check_digit(eight: str) -> str:
    """Return the ninth digit of a routing number: weights 3, 7, 1 over the first eight, to a multiple of ten."""
    return str(-sum(int(digit) * weight for digit, weight in zip(eight, (3, 7, 1) * 3, strict=False)) % 10)


class Marketplace:
    """The invented month, drawn in one fixed order from one sequence."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.routing = [self._routing(prefix) for prefix in (*names.BANK_PREFIXES * 2, *names.THRIFT_PREFIXES)]
        self.buyers: list[Row] = []
        self.accounts: list[Row] = []
        self.authorizations: list[Row] = []
        self.orders: list[Row] = []

    def _routing(self, prefix: str) -> str:
        eight = prefix + "".join(str(self.chance.randrange(10)) for _ in range(4))
        return eight + check_digit(eight)

    def _moment(self, day: date) -> datetime:
        minutes = self.chance.randrange(8 * 60, 22 * 60)
        start = datetime(day.year, day.month, day.day, tzinfo=ZONE)
        return start + timedelta(minutes=minutes, seconds=self.chance.randrange(60))

    def draw(self) -> None:
        """Draw buyers with their accounts, then orders with the authorizations they rest on."""
        self._draw_buyers()
        in_two = set(self.chance.sample(range(ORDERS), IN_TWO))
        standing: dict[tuple[str, str], Row] = {}
        for number in range(ORDERS):
            account = self.accounts[number] if number < len(self.accounts) else self.chance.choice(self.accounts)
            self._draw_order(number, account, standing, halves=number in in_two)
        self.orders.sort(key=lambda row: (row["due_on"], row["external_id"], row["instalment"]))

    def _draw_buyers(self) -> None:
        people: list[str] = []
        while len(people) < CONSUMERS:
            name = f"{self.chance.choice(names.FIRST)} {self.chance.choice(names.LAST)}"
            if name not in people:
                people.append(name)
        named = [(name, "consumer") for name in people] + [(name, "business") for name in names.BUSINESSES]
        self.chance.shuffle(named)
        for number, (name, holder) in enumerate(named, 1):
            buyer = f"B{number:04d}"
            self.buyers.append({"external_id": buyer, "name": name, "holder": holder})
            for _ in range(2 if self.chance.randrange(12) == 0 else 1):
                self._draw_account(buyer, holder)

    def _draw_account(self, buyer: str, holder: str) -> None:
        width = self.chance.choice((9, 10, 10, 10, 11, 12, 12, 13, 14, 16, 17))
        number = str(self.chance.randrange(10 ** (width - 1), 10**width))
        savings = holder == "consumer" and self.chance.randrange(8) == 0
        self.accounts.append(
            {
                "external_id": f"A{len(self.accounts) + 1:04d}",
                "buyer": buyer,
                "routing": self.chance.choice(self.routing),
                "account_number": number,
                "kind": "savings" if savings else "checking",
                "holder": holder,
            }
        )

    def _draw_order(self, number: int, account: Row, standing: dict[tuple[str, str], Row], *, halves: bool) -> None:
        business = account["holder"] == "business"
        merchant = self.chance.choice(MERCHANTS[1:] if business else MERCHANTS[::2])
        most = merchant.most_cents if self.chance.randrange(4) == 0 else merchant.most_cents // 4
        cents = self.chance.randrange(merchant.least_cents, most)
        days = (LAST_DUE - FIRST_DUE).days
        due = FIRST_DUE + timedelta(days=self.chance.randrange(days - 6 if halves else days + 1))
        dues = [due, due + timedelta(days=7)] if halves else [due]
        parts = [cents - cents // 2, cents // 2] if halves else [cents]
        regular = not halves and self.chance.randrange(10) < (7 if business else 2)
        key = account["external_id"], merchant.id
        if regular and key in standing:
            authorization = standing[key]
        else:
            authorization = self._authorize(account, merchant, dues, parts, regular=regular)
            if regular:
                standing[key] = authorization
        channel = authorization["channel"]
        self.orders += [
            {
                "external_id": f"{merchant.id[:3].upper()}-{10_001 + number}",
                "instalment": str(part),
                "merchant": merchant.id,
                "buyer": account["buyer"],
                "authorization": authorization["external_id"],
                "amount": amount(parts[part - 1]),
                "currency": "USD",
                "due_on": day.isoformat(),
                "goods": "yes" if merchant.goods or (channel == "online" and number % 3 == 0) else "no",
            }
            for part, day in enumerate(dues, 1)
        ]

    def _text(
        self, account: Row, merchant: Merchant, dues: list[date], parts: list[int], *, kind: str, most: int, given: date
    ) -> str:
        """Return the words the buyer agreed to: who, what, since when, on which day, and how it is revoked."""
        name = next(buyer["name"] for buyer in self.buyers if buyer["external_id"] == account["buyer"])
        day = f"{given:%B} {given.day}, {given.year}"
        since = f", from {day} on" if kind != "single" and len(dues) == 1 else ""
        bound = " We are bound by the Nacha Operating Rules." if account["holder"] == "business" else ""
        return (
            f"On {day} I, {name}, {_what(account, merchant, dues, parts, kind=kind, most=most)}{since}.{bound} "
            f"I may revoke this at any time by writing to {merchant.name}."
        )

    def _authorize(self, account: Row, merchant: Merchant, dues: list[date], parts: list[int], *, regular: bool) -> Row:
        kind = "recurring" if len(dues) > 1 else self.chance.choice(("standing", "recurring")) if regular else "single"
        channel = self.chance.choice(merchant.channels)
        opened = date(2026, 3, 2) if regular else date(2026, 10, 19)
        latest = FIRST_DUE - timedelta(days=3) if regular else dues[0] - timedelta(days=2)
        given = self._moment(opened + timedelta(days=self.chance.randrange((latest - opened).days)))
        most = merchant.most_cents if regular else max(parts)
        room = (dues[0] - given.date()).days
        method = self.chance.choice([each for each, (_, needed) in VALIDATION.items() if needed <= room])
        validated = account["holder"] == "consumer" or self.chance.randrange(3) == 0
        row = {
            "external_id": f"AUTH-{len(self.authorizations) + 1:04d}",
            "buyer": account["buyer"],
            "account": account["external_id"],
            "merchant": merchant.id,
            "kind": kind,
            "channel": channel,
            "text": self._text(account, merchant, dues, parts, kind=kind, most=most, given=given.date()),
            "given_at": given.isoformat(),
            "ip": f"{self.chance.choice(('192.0.2', '198.51.100', '203.0.113'))}.{self.chance.randrange(1, 255)}",
            "user_agent": self.chance.choice(names.AGENTS),
            "signature": f"scans/2026/{account['buyer']}-{len(self.authorizations) + 1:04d}.pdf",
            "recording": f"calls/{given:%Y%m%d}/{self.chance.randrange(10_000, 99_999)}.ogg",
            "max_amount": amount(most),
            "valid_from": given.date().isoformat(),
            "valid_to": "" if regular else (dues[-1] + timedelta(days=180)).isoformat(),
            "validation_method": method if validated else "",
            "validated_at": (given + VALIDATION[method][0]).isoformat() if validated else "",
            "text_version": "2026-02",
            "locale": "en-US",
            "states": " ".join(CONSUMER_STATES if account["holder"] == "consumer" else [*CONSUMER_STATES, "bound"]),
            "amount_terms": "fixed" if kind == "single" else "range",
            "debits": str(len(dues)) if len(dues) > 1 else "",
            "copy_sent": f"mail/2026/{len(self.authorizations) + 1:04d}",
        }
        evidence = {"online": ("ip", "user_agent"), "paper": ("signature",), "phone": ("recording",)}[channel]
        row |= dict.fromkeys({"ip", "user_agent", "signature", "recording"} - set(evidence), "")
        if channel == "online":
            row["copy_sent"] = ""
        self.authorizations.append(row)
        return row


def _what(account: Row, merchant: Merchant, dues: list[date], parts: list[int], *, kind: str, most: int) -> str:
    """Return what the buyer lets the merchant do; the account appears by its last four digits."""
    whose = f"my {account['kind']} account ending in {account['account_number'][-4:]}"
    if kind == "single":
        what = f"once for ${amount(parts[0])} on or after {dues[0]:%B} {dues[0].day}, {dues[0].year}"
    elif len(dues) > 1:
        each = " and ".join(
            f"${amount(cents)} on or after {day:%B} {day.day}" for cents, day in zip(parts, dues, strict=True)
        )
        what = f"twice, for {each}, {dues[0].year}"
    elif kind == "recurring":
        what = f"for each monthly statement, at most ${amount(most)} each time"
    else:
        what = f"whenever I place an order, at most ${amount(most)} each time"
    return f"authorize {merchant.name} to debit {whose} {what}"


def write(folder: Path) -> list[Path]:
    """Write the five CSV files into ``folder`` (UTF-8, LF) and return their paths."""
    market = Marketplace(SEED)
    market.draw()
    merchants = [
        {
            "external_id": each.id, "name": each.name, "company_name": each.company_name,
            "company_id": each.company_id, "entry_description": each.entry_description,
        }
        for each in MERCHANTS
    ]  # fmt: skip
    tables = {
        "merchants": merchants, "buyers": market.buyers, "accounts": market.accounts,
        "authorizations": market.authorizations, "orders": market.orders,
    }  # fmt: skip
    written = []
    for name, rows in tables.items():
        path = folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
        written.append(path)
    return written


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
