"""Statements as files: CSV, JSON and PDF, each whole or not at all."""

import csv
import json
from collections.abc import Callable, Sequence
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Any

from ingather.base.money import format_minor
from ingather.jobs.statement_pdf import statement_pdf


class Form(StrEnum):
    """In which form a statement is written."""

    CSV = "csv"
    JSON = "json"
    PDF = "pdf"


_COLUMNS = ("order", "external_id", "instalment", "due_on", "kind", "amount", "currency", "code", "reason",
            "payable_on", "return", "report", "report_line")  # fmt: skip


def bytes_of(statement: dict[str, Any], form: Form) -> bytes:
    """Return a statement, in words, as the bytes of a file; the same statement gives the same bytes.

    Raises ``WrongState`` for a PDF where the extra for it is not installed.
    """
    return _WRITERS[form](statement)


def write_statements(
    statements: Sequence[dict[str, Any]], folder: Path, *, forms: Sequence[Form] = (Form.CSV, Form.JSON)
) -> list[str]:
    """Write each statement in each form, each whole or not at all, and return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for statement in statements:
        for form in forms:
            target = folder / f"{statement['as_of']}-{statement['merchant']}.{form}"
            temporary = target.with_suffix(f".{form}.part")
            temporary.write_bytes(bytes_of(statement, form))
            temporary.replace(target)
            written.append(str(target))
    return written


def _csv(statement: dict[str, Any]) -> bytes:
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for line in statement["lines"]:
        amount = format_minor(line["amount_minor"]).replace(",", "")
        said = line | {"amount": amount, "currency": statement["currency"]}
        writer.writerow(["" if said[name] is None else said[name] for name in _COLUMNS])
    return text.getvalue().encode()


def _json(statement: dict[str, Any]) -> bytes:
    return f"{json.dumps(statement, indent=2, ensure_ascii=False)}\n".encode()


_WRITERS: dict[Form, Callable[[dict[str, Any]], bytes]] = {
    Form.CSV: _csv,
    Form.JSON: _json,
    Form.PDF: statement_pdf,
}
