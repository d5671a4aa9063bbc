"""The mock-bank package on loopback: a bank of somebody else's making, reached by its folders and its control plane."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from mockbank import Config, make_server

IBAN = "DE89370400440532013000"
"""The mock bank gives every account one; it is the example of ISO 13616."""
_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterparty:
    """A running mock bank: it collects from ``drop``, delivers to ``pickup``, and its clock is moved by us."""

    url: str
    drop: Path
    pickup: Path

    def open_account(self, number: str, name: str) -> None:
        """Open a NACHA account by its number, which is the company identification of its batches."""
        self._ask("POST", "/_mock/accounts", {"id": name, "name": name, "currency": "USD", "format": "nacha",
                                              "iban": IBAN,
                                              "account_number": number})  # fmt: skip

    def behave(self, account: str, behaviour: str) -> None:
        """Have the bank answer an account's files in one of its ways, such as ``accept`` or ``reject-file``."""
        self._ask("PATCH", f"/_mock/accounts/{account}", {"behaviour": behaviour})

    def keep_holidays(self, days: list[date]) -> None:
        """Tell the bank on which days it does not settle."""
        self._ask("PUT", "/_mock/holidays", [day.isoformat() for day in days])

    def collect(self) -> list[dict[str, Any]]:
        """Have the bank take what lies in its folder now."""
        found: list[dict[str, Any]] = self._ask("POST", "/_mock/drop/scan")
        return found

    def move_to_next_day(self) -> None:
        """Let a calendar day pass: what came due settles and comes back, and the day's statement is written."""
        self._ask("POST", "/_mock/advance?days=1")

    def refuse(self, reference: str, reason: str) -> None:
        """Have the buyer's bank return a collection."""
        self._ask("POST", f"/_mock/collections/{reference}/refuse", {"reason": reason})

    def collections(self) -> list[dict[str, Any]]:
        """Return every collection in the bank's books."""
        found: list[dict[str, Any]] = self._ask("GET", "/_mock/collections")
        return found

    def balance(self, account: str) -> int:
        """Return an account's balance in cents."""
        return int(self._ask("GET", f"/_mock/accounts/{account}")["balance"])

    def unsent(self) -> list[Any]:
        """Return what the bank owes and could not write."""
        found: list[Any] = self._ask("GET", "/_mock/unsent")
        return found

    def _ask(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 -- JSON
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}{path}", data=data, method=method)  # noqa: S310 -- loopback, our own server
        try:
            with urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 -- as above
                return json.load(answer)
        except HTTPError as fault:
            message = f"{method} {path}: {fault.code} {fault.read().decode()}"
            raise AssertionError(message) from fault


@contextmanager
def counterparty(folder: Path, start: date) -> Iterator[Counterparty]:
    """Run a mock bank on a free port of loopback, at six in the evening of a day in New York."""
    drop, pickup = folder / "to-bank", folder / "from-bank"
    config = Config(
        port=0,
        quiet=True,
        timezone="America/New_York",
        cutoff="23:00",
        clock=f"{start}T18:05",
        drop_dir=str(drop),
        pickup_dir=str(pickup),
        drop_settle_ms=0,
        drop_interval_ms=3_600_000,
    )
    server = make_server(config)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Counterparty(url=f"http://127.0.0.1:{server.server_address[1]}", drop=drop, pickup=pickup)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
