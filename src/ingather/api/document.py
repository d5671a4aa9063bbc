"""What the published document says beside the routes: words for every field, and an example of every request.

A field that says nothing of itself is explained by its name in ``words.csv``; an example has what must be sent, as the
schemas and the examples of their fields have it.
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from ingather.base.ids import Prefix

Schema = dict[str, Any]
_REF = "#/components/schemas/"
_JSON = "application/json"
_DATE, _INSTANT, _KEY = "2026-12-01", "2026-12-01T15:00:00Z", "0C4M7R2V9K1HZ"
_FORMATS = {"date": _DATE, "date-time": _INSTANT, "ipvanyaddress": "192.0.2.7"}
_WORD_ONLY = "^[a-z_]{1,40}$"
_SAID = {
    "currency": "USD", "routing": "021000021", "number": "000123456789", "text": "I authorize it.",
    "toml": 'id = "house"',
    "url": "https://example.com/hooks", "reason": "as agreed with the buyer", "what": "access", "as_code": "C65",
    "company_identification": "1845550101",
}  # fmt: skip


@cache
def words() -> Mapping[str, str]:
    """Return what a field of this name is, by name."""
    with (files("ingather.api") / "words.csv").open(encoding="utf-8") as rows:
        return {row["name"]: row["says"] for row in csv.DictReader(rows)}


def explain_document(made: Schema) -> None:
    """Give every field of the document its words and every request in JSON an example, in place."""
    schemas: dict[str, Schema] = made["components"]["schemas"]
    for name, schema in schemas.items():
        schema.setdefault("description", f"{name.removeprefix('Page_').strip('_')}, page by page.")
        for field, shape in schema.get("properties", {}).items():
            _explain(field, shape)
    for methods in made["paths"].values():
        for operation in methods.values():
            operation["summary"] = operation["description"].partition("\n")[0].partition(": ")[0].rstrip(".")
            for parameter in operation.get("parameters", ()):
                if "description" not in parameter:
                    parameter["description"] = parameter["schema"].get("description") or _word_of(parameter["name"])
            content = operation.get("requestBody", {}).get("content", {})
            if _JSON in content:
                content[_JSON].setdefault("example", example_of(content[_JSON]["schema"], schemas))


def example_of(schema: Schema, schemas: Mapping[str, Schema], *, name: str = "") -> Any:  # noqa: ANN401 -- any JSON value
    """Return an example that a schema takes: what it says itself, else the least that must be sent."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(_REF)], schemas, name=name)
    said = [*schema.get("examples", ())[:1], schema.get("const"), schema.get("default"), *schema.get("enum", ())[:1]]
    known = [each for each in said if each is not None]
    if known:
        return known[0]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], schemas, name=name)
    plain = {"integer": max(int(schema.get("minimum", 1)), 1), "boolean": False, "array": []}
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {})
        sent = schema.get("required") or [field for field, shape in fields.items() if shape.get("examples")]
        return {field: example_of(fields[field], schemas, name=field) for field in sent}
    if kind == "array" and schema.get("minItems"):
        return [example_of(schema["items"], schemas, name=name)]
    return plain[kind] if kind in plain else _text(schema, name)


def _text(schema: Schema, name: str) -> str:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    if name in _SAID and schema.get("pattern") != _WORD_ONLY:
        return _SAID[name]
    pattern = schema.get("pattern", "")
    for prefix in Prefix:
        if pattern.startswith(f"^{prefix}_") or name == prefix.name.lower():
            return f"{prefix}_{_KEY}"
    if pattern == _WORD_ONLY:
        return "duplicate"
    return "R01" if "[A-Za-z][0-9]{2}" in pattern else name.replace("_", " ")[: schema.get("maxLength", 40)]


def _explain(field: str, shape: Schema) -> None:
    if "description" not in shape:
        shape["description"] = _word_of(field)


def _word_of(field: str) -> str:
    name, _, comparison = field.partition("[")
    said = words().get(name, "")
    match comparison:
        case "gte]":
            return f"From here on. {said}".strip()
        case "lte]":
            return f"Up to here. {said}".strip()
        case _:
            return said
