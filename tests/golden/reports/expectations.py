"""What a report yields as plain values for comparison, without the columns that may hold account numbers or names.

``python -m tests.golden.reports.expectations`` writes it for every sample.
"""

import json
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path

from ingather.reports.items import ITEM_KINDS, Items, Report
from ingather.reports.recognise import read_reports

NEAR = date(2026, 11, 20)
SAMPLES = Path(__file__).parents[3] / "nacha_samples" / "reports"


def plain(report: Report) -> dict[str, object]:
    """Return the report's values and items; dates become ISO texts, kinds without rows are left out."""
    values: dict[str, object] = {}
    for field in fields(report):
        value = getattr(report, field.name)
        if not field.repr:
            continue
        if field.name in ITEM_KINDS:
            if len(value):
                values[field.name] = _rows(value)
        elif field.name == "problems":
            values[field.name] = [problem.as_dict() for problem in value]
        else:
            values[field.name] = _iso(value)
    return values


def _rows(items: Items) -> list[dict[str, object]]:
    names = [field.name for field in fields(items) if field.repr]
    columns = [getattr(items, name) for name in names]
    return [dict(zip(names, map(_iso, row), strict=True)) for row in zip(*columns, strict=True)]


def _iso(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value


def expected(name: str) -> object:
    """Return what reading a sample must yield."""
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def main() -> None:
    """Write what every sample yields now, for a person to read before it is kept: look at the difference."""
    for sample in sorted(SAMPLES.glob("*.txt")):
        (report,) = read_reports(sample.read_bytes(), near=NEAR)
        text = json.dumps(plain(report), indent=1, ensure_ascii=False) + "\n"
        sample.with_suffix(".json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
