"""A statement as the jobs read it from a book, made up: long names, many lines, every kind."""

from typing import Any

from ingather.domain.settlements import SUMS, LineKind


def line(kind: LineKind, minor: int, number: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- a line's values
    """Return one line about an order."""
    return {
        "order": f"ord_06E8AG3KZ7{number:05d}",
        "external_id": f"LAN-{10_000 + number}",
        "instalment": 1,
        "due_on": "2026-11-20",
        "kind": str(kind),
        "amount_minor": minor,
        "code": None,
        "reason_id": None,
        "payable_on": None,
        "return": None,
        "report": None,
        "report_line": None,
        **more,
    }


def statement(*lines: dict[str, Any], name: str = "Harbor Goods", **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- a statement's values
    """Return a statement whose sums are those of its lines, all of it paid."""
    sums = {
        column: sum(each["amount_minor"] for each in lines if each["kind"] == kind)
        for kind, (column, _) in SUMS.items()
    }
    position = sum(sign * sums[column] for column, sign in SUMS.values())
    return {
        "id": "stl_06E8AG3KZ7QX0",
        "merchant": "harbor",
        "merchant_id": "mer_06E8AG3KZ7QX0",
        "merchant_name": name,
        "originator": "Lantern Marketplace",
        "as_of": "2026-12-02",
        "since": "2026-11-27",
        "currency": "USD",
        "opening_minor": 0,
        **sums,
        "payable_minor": max(position, 0),
        "closing_minor": min(position, 0),
        "held_minor": 0,
        "reserve_minor": 0,
        "lines": list(lines),
        "steps": [],
        "reserves": [],
        "payout": {"id": "pay_06E8AG3KZ7QX1", "method": "ach", "amount_minor": max(position, 0)},
        **more,
    }
