"""The page that proves an authorization: one HTML file that needs nothing else, prints well and escapes its quotes."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Any

from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.store.tables import Authorization, Batch, Entry, File, Order

_STYLE = """
body { font: 11pt/1.45 Georgia, serif; color: #111; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.1rem; margin: 1.6rem 0 .4rem; page-break-after: avoid; }
table { border-collapse: collapse; width: 100%; font-size: .92em; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid #ccc; }
th { font-weight: normal; color: #555; white-space: nowrap; }
@media screen and (max-width: 40rem) {
  th { white-space: normal; }
  table { display: block; overflow-x: auto; }
}
blockquote { white-space: pre-wrap; border-left: 3px solid #888; margin: .4rem 0; padding: .4rem .9rem; }
pre { font: 7.4pt/1.35 ui-monospace, Menlo, monospace; overflow-x: auto; background: #f4f4f4; padding: .5rem; }
code { font: .85em ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.small { color: #555; font-size: .9em; }
@media print { body { margin: 0; max-width: none; } pre { overflow: visible; } tr { page-break-inside: avoid; } }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEntry:
    """An entry as it was sent: its file and batch, and both records with the account masked."""

    entry: Entry
    file: File
    batch: Batch
    header: str
    record: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything the page says; ``rules`` are (id, what the row says, its source)."""

    authorization: Authorization
    order: Order
    buyer: str
    merchant: str
    company_name: str
    account: str
    sec: str
    lacks: Sequence[str]
    validations: Sequence[tuple[date, str, str]]
    entries: Sequence[ShownEntry]
    ruler: tuple[str, str]
    facts: Sequence[dict[str, Any]]
    rules: Sequence[tuple[str, str, str]]
    made_at: datetime
    made_by: str


def page_of(page: Page) -> str:
    """Return the page as HTML text."""
    row = page.authorization
    name = public_id(Prefix.AUTHORIZATION, row.id)
    body = [
        f"<h1>Proof of authorization {_text(name)}</h1>",
        f"<p class=small>Made on {_instant(page.made_at)} by {_text(page.made_by)}. Account numbers are masked.</p>",
        "<h2>The authorization</h2>",
        _pairs(_about(page)),
        "<h2>What the buyer agreed to, word for word</h2>",
        f"<blockquote>{_text(row.text)}</blockquote>",
        f"<p class=small>SHA-256 of these words in UTF-8, verified: <code>{row.text_sha256.hex()}</code></p>",
        "<h2>How it was given</h2>",
        _pairs([("channel", row.channel), ("given", _instant(row.given_at)), *sorted(row.evidence.items())]),
        "<h2>Validation of the account</h2>",
        _table(("on", "method", "evidence"), page.validations) if page.validations else "<p>None is on record.</p>",
        "<h2>The order</h2>",
        _pairs(_about_order(page.order)),
        "<h2>The entries, as they were sent</h2>",
        *([_entry(shown, page.ruler) for shown in page.entries] or ["<p>None was made.</p>"]),
        "<h2>History</h2>",
        _table(("recorded", "about", "what", "by", ""), [_fact(fact) for fact in page.facts]),
        "<h2>Rule rows that this rests on</h2>",
        _table(("row", "says", "source"), page.rules),
    ]
    return (
        f"<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n<title>Proof of authorization {_text(name)}"
        f"</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n" + "\n".join(body) + "\n</body>\n</html>\n"
    )


def _about(page: Page) -> list[tuple[str, object]]:
    row = page.authorization
    amounts = [
        f"from {format_minor(row.min_amount_minor)}" if row.min_amount_minor else "",
        f"at most {format_minor(row.max_amount_minor)} USD" if row.max_amount_minor else "",
    ]
    schedule = [
        f"every {row.every.replace('_', ' ')}" if row.every else "",
        f"{row.debits} debits" if row.debits else "",
    ]
    return [
        ("buyer", page.buyer),
        ("merchant", f"{page.merchant}, on the buyer's statement as {page.company_name}"),
        ("account", page.account),
        ("entry class", page.sec),
        ("kind", row.kind),
        ("amount", " ".join([row.amount_terms, *filter(None, amounts)])),
        ("schedule", ", ".join(filter(None, schedule)) or "none agreed"),
        ("valid", f"from {row.valid_from}" + (f" to {row.valid_to}" if row.valid_to else "")),
        ("version of the text", row.text_version or ""),
        ("language", row.locale or ""),
        ("state", row.state + (f" since {row.ended_on} ({row.ended_because})" if row.ended_on else "")),
        ("lacks", ", ".join(page.lacks)),
    ]


def _about_order(order: Order) -> list[tuple[str, object]]:
    return [
        ("order", f"{public_id(Prefix.ORDER, order.id)}: {order.external_id}, instalment {order.instalment}"),
        ("amount", f"{format_minor(order.amount_minor)} {order.currency}"),
        ("due", order.due_on),
        ("recorded", _instant(order.created_at)),
        ("started by the buyer", f"{order.act_channel}, {_instant(order.act_at)}" if order.act_at else ""),
        ("notice", f"{order.notice}, sent {order.noticed_on or 'never'}" if order.notice else ""),
        ("state", order.state),
    ]


def _entry(shown: ShownEntry, ruler: tuple[str, str]) -> str:
    entry, file, batch = shown.entry, shown.file, shown.batch
    sent = _instant(file.transmitted_at) if file.transmitted_at else "never"
    told: list[tuple[str, object]] = [
        ("entry", f"{public_id(Prefix.ENTRY, entry.id)}: {entry.kind}, presentation {entry.presentation}"),
        ("amount", f"{format_minor(entry.amount_cents)} USD"),
        (
            "batch",
            f"{batch.entry_class}, {batch.company_name}, {batch.entry_description}, effective {batch.effective_on}",
        ),
        ("settled", batch.settled_on or "not yet"),
        ("trace number", f"{entry.trace:015d}"),
        ("file", f"{file.name}, sent {sent}, line {entry.line}"),
        ("SHA-256 of the file, verified", file.sha256.hex()),
        ("ended", entry.ended or ""),
    ]
    lines = "\n".join([*ruler, shown.header, shown.record])
    return f"{_pairs(told)}\n<pre>{_text(lines)}</pre>"


def _fact(fact: dict[str, Any]) -> tuple[str, str, str, str, str]:
    detail = {key: value for key, value in fact["detail"].items() if key != "rule_set"}
    said = json.dumps(detail, ensure_ascii=False) if detail else ""
    at = datetime.fromisoformat(fact["at"])
    return _instant(at), fact["about"], f"{fact['kind'].replace('_', ' ')}, {fact['on']}", fact["actor"], said


def _pairs(pairs: Iterable[tuple[str, object]]) -> str:
    rows = [
        f"<tr><th>{_text(name.replace('_', ' '))}</th><td>{_text(value)}</td></tr>"
        for name, value in pairs
        if value != ""
    ]
    return "<table>" + "".join(rows) + "</table>"


def _table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f"<th>{_text(name)}</th>" for name in names)
    cells = ["<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows]
    return f"<table><tr>{head}</tr>" + "".join(cells) + "</table>"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(NEW_YORK):%Y-%m-%d %H:%M:%S %Z}"


def _text(value: object) -> str:
    return escape(str(value))
