"""In the ERP: pull every statement of a merchant, check that it ties, and write a journal of it.

    python -m ingather.client.examples.settlements --url http://127.0.0.1:8000 --key ing_test_... --to journal

One CSV file for each statement, named by its id; those that are there already are not read again. With ``--settle`` the
statements of the day are made first, which otherwise the worker does.
"""

import argparse
import csv
import sys
from pathlib import Path

from ingather.client import Client, Problem
from ingather.client.shapes.settlements import Settlement

_COLUMNS = ("order", "external_id", "instalment", "kind", "code", "meaning", "amount_minor", "currency", "payable_on")
_ADDED = ("opening", "collected", "restored", "fees", "unreserved", "covered", "invoiced", "payable_again")
_TAKEN = ("clawed_back", "given_back", "charges", "reserved", "payable")


def ties(statement: Settlement) -> bool:
    """Return whether the statement's sums lead from its opening to its closing."""
    added = sum(getattr(statement, f"{name}_minor") for name in _ADDED)
    taken = sum(getattr(statement, f"{name}_minor") for name in _TAKEN)
    return bool(added - taken == statement.closing_minor)


def pull(client: Client, folder: Path, *, merchant: str | None = None) -> list[Path]:
    """Write the journal of every statement that has none yet, the oldest first; returns what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for statement in client.settlements.list(order="oldest", merchant=merchant):
        path = folder / f"{statement.id}.csv"
        if path.exists():
            continue
        if not ties(statement):
            message = f"{statement.id} does not tie: nothing of it is booked"
            raise ValueError(message)
        unfinished = path.with_suffix(".part")
        with unfinished.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(_COLUMNS)
            for line in client.settlements.lines(statement.id, order="oldest"):
                rows.writerow(getattr(line, name) for name in _COLUMNS)
        unfinished.replace(path)
        payable = f"{statement.payable_minor} {statement.currency} minor units"
        print(f"{statement.as_of} {statement.merchant}: payable {payable}")
        made.append(path)
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run the example; returns 0 when every statement is written."""
    parser = argparse.ArgumentParser(description="Pull statements into journals.")
    parser.add_argument("--url", required=True, help="where the server answers")
    parser.add_argument("--key", required=True, help="a key of the API")
    parser.add_argument("--merchant", help="the merchant's id or own name; all of them without it")
    parser.add_argument("--to", type=Path, default=Path("journal"), help="the folder of the journals")
    parser.add_argument("--settle", action="store_true", help="make the statements of today first")
    told = parser.parse_args(arguments)
    with Client(told.url, told.key) as client:
        try:
            if told.settle:
                client.settlements.create()
            pull(client, told.to, merchant=told.merchant)
        except (Problem, ValueError) as refused:
            print(refused, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
